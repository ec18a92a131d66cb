//! Pausing until a day, going on by itself on it, and counting anew from there.

use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::subscription::{self, Missed, Request, Status};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns, doing};

impl Turn<'_> {
    /// Pauses until then. Saying it again changes the day.
    pub(super) fn pause_until(
        &mut self,
        mut row: SubscriptionRow,
        (until, missed): (Timestamp, Option<Missed>),
        works: &[Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        let hold = columns::hold(&row.id, row.hold.as_deref())?;
        let ruling = match subscription::rule(Request::Pause, status, hold, Status::Active) {
            Ok(ruling) => ruling,
            Err(refused) => return Ok(Err(refused.into())),
        };
        if self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }
        if until <= self.now {
            return Ok(Err(NotDone::Past { at: until }));
        }
        if missed == Some(Missed::MoveAnchor) && self.has_fixed_day(&row)? {
            return Ok(Err(NotDone::FixedDay(row.id)));
        }

        let before = row.clone();
        row.stands(ruling.status, self.now);
        row.resumes_at = Some(until.as_microsecond());
        row.resumes_how = missed.map(|missed| missed.name().to_owned());
        if row == before {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let entry = Entry::of_subscription("pause", self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row.clone());
        Ok(Ok(self.led_to(&row, works, true)))
    }

    /// The day has come: it goes on, and what came due in the meantime is settled as somebody said, or as
    /// its plan says.
    pub(super) async fn resume_by_itself(
        &mut self,
        mut row: SubscriptionRow,
    ) -> Result<(), StoreError> {
        let mut works = self.unsettled(row.key).await?;
        let status = columns::status(&row.id, &row.status)?;
        let going = self.going(&row, &works)?;
        let missed = row.resumes_how.as_deref().and_then(Missed::named);
        let Ok(ruling) = subscription::rule(Request::Resume, status, None, going) else {
            return Err(columns::corrupt_subscription(
                &row.id,
                &row.status,
                "a status that can be resumed",
            ));
        };

        if missed == Some(Missed::MoveAnchor) {
            // When nothing came due there is nothing to move: what is paid for goes on.
            self.move_anchor(&mut row, &mut works, "dues").await?.ok();
        }
        row.stands(ruling.status, self.now);
        let entry = Entry::of_subscription("resumed", self.now, &row);
        self.journal.push(entry);
        self.pending.subscriptions.insert(row.key, row);
        self.free(&mut works, missed, "dues").await?;
        for at_work in works {
            self.put(at_work);
        }
        Ok(())
    }

    /// What a subscription is while it is charged.
    pub(super) fn going(
        &self,
        row: &SubscriptionRow,
        works: &[Work],
    ) -> Result<Status, StoreError> {
        if works.iter().any(|at_work| at_work.cycle.tally.declines > 0) {
            return Ok(Status::PastDue);
        }
        let Some(waiting) = works.iter().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Status::Active);
        };
        let beyond = |_| waiting.corrupt("a cycle inside the calendar");
        let (anchor, n) = (row.contract()?.anchor.at, waiting.n()?);
        let first = u32::try_from(row.first_cycle).ok();
        let first = first
            .and_then(|first| CycleNo::parse(first).ok())
            .unwrap_or(n);
        let plan = &waiting.terms.plan;
        let is_trialing = plan.is_trialing(anchor, (first, n), self.now);
        Ok(if is_trialing.map_err(beyond)? {
            Status::Trialing
        } else {
            Status::Active
        })
    }

    /// The cycle that came due in the meantime begins now, and those after it are counted from here.
    pub(super) async fn move_anchor(
        &mut self,
        row: &mut SubscriptionRow,
        works: &mut [Work],
        actor: &str,
    ) -> Result<Result<(), NotDone>, StoreError> {
        if self.has_fixed_day(row)? {
            return Ok(Err(NotDone::FixedDay(row.id.clone())));
        }
        let now = self.now;
        let Some(place) = works.iter().position(|at_work| self.is_missed(at_work)) else {
            return Ok(Err(NotDone::NothingMissed(row.id.clone())));
        };
        let Some(waiting) = works.get_mut(place) else {
            return Ok(Err(NotDone::NothingMissed(row.id.clone())));
        };
        if let Some(why) = self.may_be_charged_already(waiting)? {
            return Ok(Err(why));
        }

        row.moved_n = Some(waiting.row.cycle.n);
        row.moved_at = Some(now.as_microsecond());
        // A version that applies from a day that has come by now applies to what begins now.
        if row.next_at <= row.moved_at {
            row.takes_next_version();
        }
        self.recast(waiting, row, now, actor).await?;
        Ok(Ok(()))
    }

    /// The cycles that dunning gave up on: reactivating does not ask for them again.
    pub(super) async fn given_up(&mut self, subscription: i64) -> Result<Vec<i64>, StoreError> {
        sqlx::query_scalar(include_str!("sql/given_up_cycles.sql"))
            .bind(subscription)
            .fetch_all(&mut *self.tx)
            .await
            .map_err(doing("read which cycles were given up"))
    }

    fn has_fixed_day(&self, row: &SubscriptionRow) -> Result<bool, StoreError> {
        let terms = self.book.terms(row.plan_key)?;
        Ok(terms.plan.dates.are_everybodys())
    }
}
