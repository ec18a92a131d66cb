//! What has nothing left to charge: cycles that ask for nothing, and subscriptions after their last
//! cycle.

use crate::core::cycle::{Event, Forgone};
use crate::core::subscription::{Card, Status};
use crate::store::journal::Entry;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::{self, Work};
use crate::store::{StoreError, doing};

impl Turn<'_> {
    /// Notes that a cycle of a plan with an end is over: its subscription may be.
    pub(super) fn note_end(&mut self, at_work: &Work) {
        let is_over = at_work.cycle.state.act_at().is_none();
        if is_over && at_work.terms.plan.price_list.has_end() {
            self.ending.insert(at_work.row.cycle.subscription_key);
        }
    }

    /// Completes the subscriptions of this turn of which no cycle is left. It comes last in a turn, when
    /// all that happened to their cycles is written.
    pub(super) async fn complete(&mut self) -> Result<(), StoreError> {
        if self.ending.is_empty() {
            return Ok(());
        }
        for key in std::mem::take(&mut self.ending) {
            let row: Option<SubscriptionRow> =
                sqlx::query_as(include_str!("sql/subscription_over.sql"))
                    .bind(key)
                    .fetch_optional(&mut *self.tx)
                    .await
                    .map_err(doing("look whether a subscription is over"))?;
            let Some(mut row) = row else { continue };
            row.stands(Status::Completed, self.now);
            let entry = Entry::of_subscription("completed", self.now, &row);
            self.journal.push(entry);
            self.pending.subscriptions.insert(key, row);
        }
        self.flush().await
    }

    /// Passes over the cycles of the next subscriptions that ask for nothing and are due, so that those
    /// after them can be asked about. Tells whether there were any.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn pass_free_cycles(&mut self, after: i64, limit: u32) -> Result<bool, StoreError> {
        let rows: String = sqlx::query_scalar(include_str!("sql/free_cycles_due.sql"))
            .bind(after)
            .bind(i64::from(limit))
            .bind(self.now.as_microsecond())
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the free cycles that are due"))?;
        let rows = work::rows(&rows)?;
        let has_passed = !rows.is_empty();
        for row in rows {
            let mut at_work = self.take(row)?;
            let event = Event::Forgone(Forgone::Free);
            self.step(&mut at_work, &event, Card::Free, "dues").await?;
            self.put(at_work);
        }
        self.flush().await?;
        Ok(has_passed)
    }
}
