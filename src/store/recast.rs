//! A cycle that was not tried yet, by another plan, another version of it, or from another moment on.

use jiff::Timestamp;

use crate::core::consent::Rise;
use crate::core::cycle::State;
use crate::core::succession::rise_to;
use crate::store::batch::write;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::rows::CycleRow;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::{Work, not_before};
use crate::store::{StoreError, columns};

impl Turn<'_> {
    /// Makes of a cycle that was not tried what it is for the subscription as it is now, due at that
    /// moment, and writes it.
    pub(super) async fn recast(
        &mut self,
        waiting: &mut Work,
        row: &mut SubscriptionRow,
        due_at: Timestamp,
        actor: &str,
    ) -> Result<(), StoreError> {
        let terms = self.book.terms(row.plan_key)?;
        let try_at = terms.window.earliest(due_at, &terms.plan.zone);
        let before = waiting.row.cycle.clone();
        let after = CycleRow {
            due_at: due_at.as_microsecond(),
            act_at: Some(try_at.as_microsecond()),
            wake_at: Some(try_at.as_microsecond()),
            ..self.repriced(waiting, row)?
        };
        let after = not_before(self.now, after);

        let entry = Entry::of_change("recast", self.now, &before, &after);
        self.journal.push(entry.by(actor));
        let statement = include_str!("sql/reprice_cycles.sql");
        let (rows, bind) = (vec![after.clone()], CycleRow::bind_repriced);
        write(&mut self.tx, "repriced cycles", statement, rows, bind).await?;
        waiting.cycle.state = State::Scheduled { try_at };
        waiting.price = columns::price(&after)?;
        (waiting.row.cycle, waiting.terms) = (after, terms);
        let known = &mut waiting.row.subscription;
        (known.moved_n, known.moved_at) = (row.moved_n, row.moved_at);
        Ok(())
    }

    /// Why the price of a cycle that was not tried cannot change now: the gateway is being asked whether it was
    /// paid as it is.
    pub(super) fn may_be_charged_already(
        &self,
        waiting: &Work,
    ) -> Result<Option<NotDone>, StoreError> {
        let is_asked_about = self.unknown.history && waiting.due_at()? <= self.now;
        Ok(is_asked_about.then(|| NotDone::HistoryUnknown {
            id: waiting.id.to_string(),
            cycle: waiting.row.cycle.n,
        }))
    }

    /// How a cycle that was not tried costs more than what was agreed to, if it is the subscription's as it is
    /// now.
    pub(super) fn rise(
        &self,
        waiting: &Work,
        row: &SubscriptionRow,
    ) -> Result<Option<Rise>, StoreError> {
        let terms = self.book.terms(row.plan_key)?;
        let new = (&terms.plan, row.contract()?);
        let old = (&waiting.terms.plan, waiting.row.subscription.contract()?);
        Ok(rise_to(new, old, (waiting.n()?, waiting.row.cycle.rise())))
    }

    /// The same cycle, by the version that the subscription is on now. What was taken off its price
    /// before goes back first.
    pub(super) fn repriced(
        &self,
        waiting: &Work,
        row: &mut SubscriptionRow,
    ) -> Result<CycleRow, StoreError> {
        let terms = self.book.terms(row.plan_key)?;
        let contract = row.contract()?;
        let (n, before) = (waiting.n()?, &waiting.row.cycle);
        let rise = self.rise(waiting, row)?;
        let mut after = CycleRow {
            amount: terms.plan.price(contract, n).won(),
            name: terms.plan.name_of(contract, n).to_string(),
            rises_from: rise.map(|rise| rise.from),
            rises_to: rise.map(|rise| rise.to),
            plan_key: row.plan_key,
            credit: None,
            ..before.clone()
        };
        row.is_credited(before.credit.unwrap_or(0));
        row.takes_off(&mut after);
        Ok(after)
    }
}
