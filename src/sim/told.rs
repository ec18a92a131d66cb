//! What the gateway said about being asked too often, and what was asked all the same. It knows the pace
//! from outside alone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::sim::stage::later;

/// The longest that a gateway is left alone because it says so, and for how long after that the pace is
/// half of what is configured at most.
const ALONE_MAX: Duration = Duration::from_mins(5);
const HALF_FOR: Duration = Duration::from_secs(5);

/// The true time, and by how much the engine's is ahead: by another one nothing is left of what it was
/// told.
type When = (Timestamp, SignedDuration);

/// What a process was told since it started.
#[derive(Debug, Default)]
pub(super) struct Told {
    last: Option<Last>,
    /// A call that should have waited.
    rash: Option<String>,
}

#[derive(Debug)]
struct Last {
    at: Timestamp,
    /// Until then the gateway is left alone.
    until: Timestamp,
    ours_ahead: SignedDuration,
    /// What was asked since.
    calls: Vec<Timestamp>,
}

impl Told {
    /// It was told, and for how long to leave the gateway alone.
    pub(super) fn is_told(&mut self, alone: Duration, (at, ours_ahead): When) {
        let before = self.last.take().filter(|one| one.ours_ahead == ours_ahead);
        let until = later(at, alone.min(ALONE_MAX));
        self.last = Some(Last {
            at,
            until: before.map_or(until, |before| before.until.max(until)),
            ours_ahead,
            calls: Vec::new(),
        });
    }

    /// A request about a payment leaves; the question for the time has a pace of its own.
    pub(super) fn asks(&mut self, what: &str, (now, ours_ahead): When) {
        let Some(last) = &mut self.last else {
            return;
        };
        if last.ours_ahead != ours_ahead {
            return;
        }
        // What leaves in the instant in which it is told may have been on its way out.
        if now > last.at && now < last.until {
            self.rash = Some(format!(
                "{what}: told at {} to leave the gateway alone until {}, and it did not",
                last.at, last.until
            ));
        }
        last.calls.push(now);
    }

    /// A call that left while the gateway was to be left alone, in words.
    pub(super) fn take_rash(&mut self) -> Option<String> {
        self.rash.take()
    }

    /// How many calls began within the last second, while the pace is half of what is configured at most.
    pub(super) fn calls(&self, (now, ours_ahead): When) -> usize {
        let last = self
            .last
            .as_ref()
            .filter(|one| one.ours_ahead == ours_ahead);
        let Some(last) = last.filter(|one| now < later(one.until, HALF_FOR)) else {
            return 0;
        };
        let since = now.checked_sub(Duration::from_secs(1));
        let is_new = |at: &&Timestamp| since.as_ref().is_ok_and(|since| *at > since);
        last.calls.iter().filter(is_new).count()
    }
}
