//! Rows that wait to be written: one statement a table and kind of change, whatever the number of rows.
//! What happens to nearly every cycle has a narrow statement of its own.

use std::collections::BTreeMap;
use std::mem::take;

use sqlx::SqliteConnection;

use crate::core::cycle::{Cycle, Tally};
use crate::store::StoreError;
use crate::store::batch::{write, write_through};
use crate::store::rows::{AttemptRow, BegunRow, CycleRow, CycleUpdate, PaidRow, SubscriptionRow};

/// What a turn has decided and not written yet.
#[derive(Debug, Default)]
pub(super) struct Pending {
    pub(super) new_subscriptions: Vec<SubscriptionRow>,
    pub(super) new_cycles: Vec<CycleRow>,
    begun: Vec<BegunRow>,
    paid: Vec<PaidRow>,
    changed: Vec<CycleUpdate>,
    pub(super) ended_attempts: Vec<AttemptRow>,
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

    /// Whether nothing was counted since, besides so many attempts.
    fn counts(self, row: &CycleRow, attempts: i64) -> bool {
        let Tally {
            attempts: seen,
            declines,
            traceless,
        } = self.tally;
        (row.attempts, row.declines, row.traceless)
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
        let is_tried = |row: &&CycleRow| matches!(row.state.as_str(), "scheduled" | "retrying");
        let tried = self.new_cycles.iter().chain(changed).filter(is_tried);
        let wakes = tried.filter_map(|row| row.wake_at);
        wakes.min().unwrap_or(i64::MAX)
    }

    /// Adds what became of a cycle.
    pub(super) fn change(&mut self, seen: Seen, row: CycleRow) {
        match (seen.state, row.state.as_str()) {
            ("scheduled", "charging") if seen.counts(&row, 1) => {
                self.begun.push(BegunRow::of(&row));
            }
            ("charging", "paid") if seen.counts(&row, 0) => self.paid.push(PaidRow::of(row)),
            _ => self.changed.push(CycleUpdate {
                row,
                seen_state: seen.state,
                seen_attempts: i64::from(seen.tally.attempts),
            }),
        }
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
            "cycles that begin",
            include_str!("sql/begin_cycles.sql"),
            take(&mut self.begun),
            BegunRow::bind,
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
            take(&mut self.ended_attempts),
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
