//! The counts of the front page that are more in a larger fleet. Counting a million rows takes tens of
//! milliseconds, and more when nobody has read them for long: of a large fleet they are counted beside the page
//! that asks, and the page says of when its counts are. A small one is counted for each page anew.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{Notify, watch};
use tracing::warn;

use crate::store::{Reader, StoreError, Tallies};

/// Up to how many subscriptions, or rows that are counted, a fleet is small: counting takes some two milliseconds.
const FEW: i64 = 20_000;

/// How long the counts of a large fleet stand before whoever looks has them counted again.
const STAND_FOR: Duration = Duration::from_secs(2);

/// How much longer for each row: ten times as long as counting it takes, so that somebody who looks again and
/// again costs a tenth of a processor at most.
const STAND_FOR_ROW: Duration = Duration::from_micros(1);

/// How old counts may be that are shown.
const OLD_MAX: Duration = Duration::from_mins(1);

/// The counts as they were when somebody last looked. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Tally {
    reader: Reader,
    last: watch::Sender<Option<Arc<Tallies>>>,
    wanted: Arc<Notify>,
}

impl Tally {
    /// Counts nothing yet.
    pub fn new(reader: Reader) -> Self {
        Self {
            reader,
            last: watch::Sender::new(None),
            wanted: Arc::new(Notify::new()),
        }
    }

    /// The counts of now, or of a moment ago.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub(super) async fn of(&self, now: Timestamp) -> Result<Arc<Tallies>, StoreError> {
        let last = self.last.borrow().clone();
        match last.map(|last| (kept(&last, now), last)) {
            Some((Kept::Stands, last)) => Ok(last),
            Some((Kept::CountedAgain, last)) => {
                self.wanted.notify_one();
                Ok(last)
            }
            Some((Kept::No, _)) | None => self.count(now).await,
        }
    }

    /// Counts when somebody has looked, for ever.
    pub(super) async fn count_when_wanted(&self, now: impl Fn() -> Timestamp) {
        loop {
            self.wanted.notified().await;
            if let Err(why) = self.count(now()).await {
                warn!(%why, "the counts of the front page stay as they were");
            }
        }
    }

    async fn count(&self, now: Timestamp) -> Result<Arc<Tallies>, StoreError> {
        let counted = Arc::new(self.reader.tallies(now).await?);
        self.last.send_replace(Some(Arc::clone(&counted)));
        Ok(counted)
    }
}

/// Whether counts are shown.
#[derive(Debug, PartialEq, Eq)]
enum Kept {
    /// As they are.
    Stands,
    /// As they are, while they are counted again.
    CountedAgain,
    /// No more.
    No,
}

fn kept(last: &Tallies, now: Timestamp) -> Kept {
    let rows = last.rows();
    let age = Duration::try_from(now.duration_since(last.at)).unwrap_or(Duration::ZERO);
    let is_small = rows.max(last.subscriptions()) <= FEW;
    if is_small || age > OLD_MAX {
        return Kept::No;
    }
    let more = STAND_FOR_ROW.saturating_mul(u32::try_from(rows).unwrap_or(u32::MAX));
    if age < STAND_FOR + more {
        Kept::Stands
    } else {
        Kept::CountedAgain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Count;

    fn check(rows: i64, age: Duration, expected: &Kept) {
        let now: Timestamp = "2026-01-15T00:00:00Z".parse().unwrap();
        let last = counted(rows, now - age);
        assert_eq!(&kept(&last, now), expected, "{rows} rows, {age:?} old");
    }

    fn counted(rows: i64, at: Timestamp) -> Tallies {
        Tallies {
            at,
            overdue: rows,
            due_next_day: 0,
            retrying: 0,
            ending: 0,
            card_dead: 0,
            card_expiring: 0,
            paid_last_day: 0,
            collected_last_day: 0,
            by_status: Vec::new(),
        }
    }

    #[test]
    fn a_small_fleet_is_counted_for_every_page() {
        check(FEW, Duration::ZERO, &Kept::No);
        check(FEW + 1, Duration::ZERO, &Kept::Stands);
    }

    #[test]
    fn a_large_fleet_of_which_nothing_is_due_is_large() {
        let check = |active, expected: &Kept| {
            let now: Timestamp = "2026-01-15T00:00:00Z".parse().unwrap();
            let mut last = counted(0, now);
            last.by_status.push(Count {
                name: "active".to_owned(),
                count: active,
            });
            assert_eq!(&kept(&last, now), expected, "{active} subscriptions");
        };
        check(FEW, &Kept::No);
        check(FEW + 1, &Kept::Stands);
    }

    #[test]
    fn a_large_fleet_is_counted_beside_the_page_when_its_counts_are_old() {
        check(1_000_000, Duration::from_millis(2_999), &Kept::Stands);
        check(1_000_000, Duration::from_secs(3), &Kept::CountedAgain);
        check(10_000_000, Duration::from_secs(11), &Kept::Stands);
        check(10_000_000, Duration::from_secs(12), &Kept::CountedAgain);
    }

    #[test]
    fn what_is_older_than_a_minute_is_not_shown() {
        check(1_000_000, OLD_MAX, &Kept::CountedAgain);
        check(1_000_000, OLD_MAX + Duration::from_millis(1), &Kept::No);
    }
}
