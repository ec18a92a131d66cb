//! An end that is named beforehand. A subscription ends with the period that was begun last: at the moment
//! at which the cycle after it is due, or with a later one if its plan binds it for longer. Until then it is
//! charged as usual, and the end can be taken back.

use crate::core::civil::local;
use crate::core::subscription::{self, Refused, Request, Status};
use crate::core::term::Leave;
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns};

impl Turn<'_> {
    /// Has it end with the period that was begun last. If no cycle was begun for the period that it is
    /// now, that is at once: what was not begun is not charged any more.
    pub(super) async fn cancel_at_period_end(
        &mut self,
        mut row: SubscriptionRow,
        request: Request,
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        let hold = columns::hold(&row.id, row.hold.as_deref())?;
        if let Err(refused) = subscription::rule(request, status, hold, status) {
            return Ok(Err(refused.into()));
        }
        if status.is_ended() {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let Some(waiting) = works.iter().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };
        let is_early = request == Request::CancelEarly;
        let (ends_at, kept_by) = if is_early || self.binds_nobody(&row)? {
            (Some(waiting.row.cycle.due_at), None)
        } else if self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        } else {
            let leave = self.leave(&row, waiting)?;
            (Some(leave.at.as_microsecond()), leave.kept_by)
        };
        let told = |led_to: Changed| Changed {
            kept_by: kept_by.map(|bond| bond.to_string()),
            ..led_to
        };
        if row.ends_at == ends_at {
            return Ok(Ok(told(self.led_to(&row, works, false))));
        }

        row.ends_at = ends_at;
        let kind = if is_early {
            "cancel_early_at_period_end"
        } else {
            "cancel_at_period_end"
        };
        let entry = Entry::of_subscription(kind, self.now, &row);
        self.journal.push(entry.asked_by(who));
        let is_known = !self.unknown.time && !self.unknown.history;
        let is_over = ends_at <= Some(self.now.as_microsecond()) && is_known;
        if is_over {
            self.end(&mut row, works).await?;
        } else {
            self.pending.subscriptions.insert(row.key, row.clone());
        }
        Ok(Ok(told(self.led_to(&row, works, true))))
    }

    /// Ends it once it is known what was charged; nobody is charged before that. After its end nothing more
    /// comes due of it, so that nobody would ask what a lost history charged.
    pub(super) fn end_once_history_is_known(
        &mut self,
        mut row: SubscriptionRow,
        request: Request,
        works: &[Work],
        who: &Who,
    ) -> Changed {
        let now = self.now.as_microsecond();
        // By a clock ten years ahead it would be charged until then: it ends before anything more is due.
        let due = works.iter().map(|one| one.row.cycle.due_at).min();
        let end = due
            .filter(|_| self.unknown.time)
            .map_or(now, |due| due.min(now));
        if row.ends_at.is_some_and(|before| before <= end) {
            return self.led_to(&row, works, false);
        }
        row.ends_at = Some(end);
        let entry = Entry::of_subscription(request.name(), self.now, &row);
        self.journal.push(entry.asked_by(who));
        let told = self.led_to(&row, works, true);
        self.pending.subscriptions.insert(row.key, row);
        told
    }

    /// Why it cannot end at once, if its plan binds it for longer.
    pub(super) fn is_bound(
        &self,
        row: &SubscriptionRow,
        works: &[Work],
    ) -> Result<Option<NotDone>, StoreError> {
        let waiting = works.iter().find(|at_work| at_work.is_scheduled());
        let Some(waiting) = waiting.filter(|_| row.ended_at.is_none()) else {
            return Ok(None);
        };
        if self.binds_nobody(row)? {
            return Ok(None);
        }
        if self.unknown.time {
            return Ok(Some(NotDone::TimeUnknown));
        }
        let leave = self.leave(row, waiting)?;
        Ok(leave.not_now.map(|bond| NotDone::Bound {
            id: row.id.clone(),
            by: bond.to_string(),
            until: local(leave.at, &waiting.terms.plan.zone),
        }))
    }

    fn binds_nobody(&self, row: &SubscriptionRow) -> Result<bool, StoreError> {
        Ok(self
            .book
            .terms(row.plan_key)?
            .plan
            .price_list
            .term
            .is_none())
    }

    /// When it may end, of which this cycle waits.
    fn leave(&self, row: &SubscriptionRow, waiting: &Work) -> Result<Leave, StoreError> {
        let terms = self.book.terms(row.plan_key)?;
        let due_at = columns::instant(&row.id, waiting.row.cycle.due_at)?;
        let waits = (waiting.n()?, due_at);
        let leave = terms.plan.leave(row.contract()?.anchor, waits, self.now);
        leave.map_err(|_| waiting.corrupt("a term inside the calendar"))
    }

    /// Takes back an end that is still to come.
    pub(super) fn uncancel(
        &mut self,
        mut row: SubscriptionRow,
        works: &[Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("uncancel", status.name());
            return Ok(Err(Refused { request, status }.into()));
        }
        if row.ends_at.take().is_none() {
            return Ok(Ok(self.led_to(&row, works, false)));
        }

        let entry = Entry::of_subscription("uncancel", self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row.clone());
        Ok(Ok(self.led_to(&row, works, true)))
    }

    /// The end has come.
    pub(super) async fn end_by_itself(
        &mut self,
        mut row: SubscriptionRow,
    ) -> Result<(), StoreError> {
        let mut works = self.unsettled(row.key).await?;
        self.end(&mut row, &mut works).await?;
        for at_work in works {
            self.put(at_work);
        }
        Ok(())
    }

    async fn end(
        &mut self,
        row: &mut SubscriptionRow,
        works: &mut [Work],
    ) -> Result<(), StoreError> {
        row.stands(Status::Canceled, self.now);
        let entry = Entry::of_subscription("ended", self.now, row);
        self.journal.push(entry);
        self.pending.subscriptions.insert(row.key, row.clone());
        self.forgo(works, "dues").await
    }
}
