//! Rows that wait to be written: one statement a table and kind of change, whatever the number of rows.
//! What happens to nearly every cycle has a narrow statement of its own.

use std::collections::BTreeMap;
use std::mem::take;

use sqlx::SqliteConnection;

use crate::core::cycle::{Cycle, Tally};
use crate::store::StoreError;
use crate::store::batch::{write, write_through};
use crate::store::rows::{AttemptRow, BegunRow, CycleRow, CycleUpdate, PaidRow};
use crate::store::subscription::SubscriptionRow;

/// Subscription, cycle and number of an attempt.
type AttemptKey = (i64, i64, i64);

/// What a turn has decided and not written yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) new_subscriptions: Vec<SubscriptionRow>,
    pub(super) new_cycles: Vec<CycleRow>,
    begun: Vec<BegunRow>,
    paid: Vec<PaidRow>,
    changed: Vec<CycleUpdate>,
    ended_attempts: BTreeMap<AttemptKey, AttemptRow>,
    pub(super) adopted_attempts: Vec<AttemptRow>,
    pub(super) new_attempts: Vec<AttemptRow>,
    pub(super) subscriptions: BTreeMap<i64, SubscriptionRow>,
}

/// What a cycle was like when it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seen {
    state: &'static str,
    tally: Tally,
}

impl Seen {
    pub(super) const fn of(cycle: &Cycle) -> Self {
        Self {
            state: cycle.state.name(),
            tally: cycle.tally,
        }
    }

    /// Whether it was never tried.
    pub(super) fn is_scheduled(self) -> bool {
        self.state == "scheduled"
    }

    /// Whether nothing was counted since, besides so many attempts.
    fn counts(self, row: &CycleRow, attempts: i64) -> bool {
        let Tally {
            attempts: seen,
            declines,
            traceless,
            ladder_at,
            uid_no,
        } = self.tally;
        // The narrow statements leave it as it is.
        let is_by_hand = ladder_at.is_some() || row.ladder_at.is_some();
        !is_by_hand
            && row.uid_no == i64::from(uid_no.number())
            && (row.attempts, row.declines, row.traceless)
                == (
                    i64::from(seen) + attempts,
                    i64::from(declines),
                    i64::from(traceless),
                )
    }
}

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.new_subscriptions.is_empty()
            && self.new_cycles.is_empty()
            && self.begun.is_empty()
            && self.paid.is_empty()
            && self.changed.is_empty()
            && self.ended_attempts.is_empty()
            && self.adopted_attempts.is_empty()
            && self.new_attempts.is_empty()
            && self.subscriptions.is_empty()
    }

    /// The first wake-up among the cycles that are to be tried.
    pub(super) fn earliest(&self) -> i64 {
        let changed = self.changed.iter().map(|update| &update.row);
        let next = self.begun.iter().filter_map(|begun| begun.next.as_ref());
        let is_tried = |row: &&CycleRow| matches!(row.state.as_str(), "scheduled" | "retrying");
        let added = self.new_cycles.iter().chain(next);
        let tried = added.chain(changed).filter(is_tried);
        let wakes = tried.filter_map(|row| row.wake_at);
        wakes.min().unwrap_or(i64::MAX)
    }

    /// Adds how an attempt ended.
    pub(super) fn end(&mut self, row: AttemptRow) {
        self.ended_attempts
            .insert((row.subscription_key, row.n, row.k), row);
    }

    /// Adds what became of a cycle.
    pub(super) fn change(&mut self, seen: Seen, row: &CycleRow) {
        match (seen.state, row.state.as_str()) {
            ("scheduled", "charging") if seen.counts(row, 1) => self.begin(seen, row),
            ("charging", "paid") if seen.counts(row, 0) => self.pay(seen, row),
            _ => self.update(seen, row),
        }
    }

    /// Puts a cycle that begins together with what came with it just now.
    fn begin(&mut self, seen: Seen, row: &CycleRow) {
        let is_its = |intent: &mut AttemptRow| {
            (intent.subscription_key, intent.n, intent.k) == (row.subscription_key, row.n, 1)
        };
        let Some(intent) = self.new_attempts.pop_if(is_its) else {
            return self.update(seen, row);
        };
        // One whose price rises, or that a credit is taken off, has a statement of its own.
        let is_next = |next: &mut CycleRow| {
            (next.subscription_key, next.n) == (row.subscription_key, row.n + 1)
                && next.rises_from.is_none()
                && next.credit.is_none()
        };
        self.begun.push(BegunRow {
            answer_by: row.act_at,
            intent,
            next: self.new_cycles.pop_if(is_next),
        });
    }

    /// Puts a cycle that is paid together with its attempt.
    fn pay(&mut self, seen: Seen, row: &CycleRow) {
        let key = (row.subscription_key, row.n, row.attempts);
        match self.ended_attempts.remove(&key) {
            Some(ended) if ended.outcome == Some("paid") && ended.imp_uid == row.imp_uid => {
                let paid_at = row.paid_at;
                self.paid.push(PaidRow { paid_at, ended });
            }
            other => {
                self.ended_attempts.extend(other.map(|ended| (key, ended)));
                self.update(seen, row);
            }
        }
    }

    fn update(&mut self, seen: Seen, row: &CycleRow) {
        self.changed.push(CycleUpdate {
            row: row.clone(),
            seen_state: seen.state,
            seen_attempts: i64::from(seen.tally.attempts),
        });
    }

    /// Writes everything. What is written first makes room for what comes after: a cycle is there
    /// before its attempt, and an attempt ends before the next one of its card begins.
    pub(super) async fn write(mut self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        self.write_cycles(tx).await?;
        self.write_attempts(tx).await?;
        write(
            tx,
            "subscriptions",
            include_str!("sql/update_subscriptions.sql"),
            self.subscriptions.into_values().collect(),
            SubscriptionRow::bind_change,
        )
        .await
    }

    async fn write_cycles(&mut self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        write(
            tx,
            "new subscriptions",
            include_str!("sql/insert_subscriptions.sql"),
            take(&mut self.new_subscriptions),
            SubscriptionRow::bind_new,
        )
        .await?;
        write(
            tx,
            "new cycles",
            include_str!("sql/insert_cycles.sql"),
            take(&mut self.new_cycles),
            CycleRow::bind_new,
        )
        .await?;
        write_through(
            tx,
            "cycles that are paid",
            include_str!("sql/paid_cycles.sql"),
            take(&mut self.paid),
            PaidRow::bind,
        )
        .await?;
        write_through(
            tx,
            "cycles",
            include_str!("sql/update_cycles.sql"),
            take(&mut self.changed),
            CycleUpdate::bind,
        )
        .await?;
        Ok(())
    }

    async fn write_attempts(&mut self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        write_through(
            tx,
            "ended attempts",
            include_str!("sql/end_attempts.sql"),
            take(&mut self.ended_attempts).into_values().collect(),
            AttemptRow::bind_end,
        )
        .await?;
        write(
            tx,
            "adopted attempts",
            include_str!("sql/adopt_attempts.sql"),
            take(&mut self.adopted_attempts),
            AttemptRow::bind_adopted,
        )
        .await?;
        write_through(
            tx,
            "cycles that begin",
            include_str!("sql/begin_cycles.sql"),
            take(&mut self.begun),
            BegunRow::bind,
        )
        .await?;
        write(
            tx,
            "new attempts",
            include_str!("sql/insert_attempts.sql"),
            take(&mut self.new_attempts),
            AttemptRow::bind_new,
        )
        .await?;
        Ok(())
    }
}
