//! An end that is named beforehand. A subscription ends with the period that was begun last: at the moment
//! at which the cycle after it is due. Until then it is charged as usual, and the end can be taken back.

use crate::core::subscription::{self, Refused, Request, Status};
use crate::store::changed::{Changed, changed};
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
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        let hold = columns::hold(&row.id, row.hold.as_deref())?;
        if let Err(refused) = subscription::rule(Request::Cancel, status, hold, false) {
            return Ok(Err(refused.into()));
        }
        if status.is_ended() {
            return Ok(Ok(changed(&row, works, false)));
        }
        let Some(waiting) = works.iter().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };
        let ends_at = Some(waiting.row.cycle.due_at);
        if row.ends_at == ends_at {
            return Ok(Ok(changed(&row, works, false)));
        }

        row.ends_at = ends_at;
        let entry = Entry::of_subscription("cancel_at_period_end", self.now, &row);
        self.journal.push(entry.asked_by(who));
        let is_over = ends_at <= Some(self.now.as_microsecond()) && !self.is_time_in_doubt;
        if is_over {
            self.end(&mut row, works).await?;
        } else {
            self.pending.subscriptions.insert(row.key, row.clone());
        }
        Ok(Ok(changed(&row, works, true)))
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
            return Ok(Ok(changed(&row, works, false)));
        }

        let entry = Entry::of_subscription("uncancel", self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row.clone());
        Ok(Ok(changed(&row, works, true)))
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
