//! Lists of those to whom something comes: which page of them, and how far ahead.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::control::protocol::Rows;
use crate::control::protocol::consent::DAYS_MAX;
use crate::control::server::read::{next_of, place};
use crate::control::server::refusal::Refusal;
use crate::store::Page;

/// How many subscriptions are read for one page.
pub(super) const SUBSCRIPTIONS_MAX: u32 = 500;

/// Which page, and how far ahead.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    days: Option<u32>,
    after: Option<String>,
}

impl Asked {
    /// Which subscriptions to read.
    pub(super) fn page<const N: usize>(&self) -> Result<Page<[i64; N]>, Refusal> {
        Ok(Page {
            after: place(self.after.as_deref())?,
            limit: SUBSCRIPTIONS_MAX,
        })
    }

    /// Until when to look.
    pub(super) fn until(
        &self,
        now: Timestamp,
        unless_said: Duration,
    ) -> Result<Timestamp, Refusal> {
        let ahead = match self.days {
            None => unless_said,
            Some(days @ 1..=DAYS_MAX) => Duration::from_hours(24) * days,
            Some(odd) => {
                return Err(Refusal::invalid(format!(
                    "days {odd} is not allowed: ask for 1 to {DAYS_MAX}"
                )));
            }
        };
        Ok(now.checked_add(ahead).unwrap_or(Timestamp::MAX))
    }
}

/// Those of a page of subscriptions of whom there is something to tell.
pub(super) fn rows_of<V, T, const N: usize>(
    found: &[V],
    key: impl Fn(&V) -> [i64; N],
    row: impl FnMut(&V) -> Option<T>,
) -> Rows<T> {
    Rows {
        next: next_of(found, SUBSCRIPTIONS_MAX, key),
        rows: found.iter().filter_map(row).collect(),
    }
}
