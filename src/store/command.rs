//! What a person asks of a subscription that exists. Each command is decided by the core and written
//! whole; commands and charges pass through the same turns, so none can overtake the other.

use jiff::Timestamp;

use crate::core::answer::Words;
use crate::core::calendar::CycleNo;
use crate::core::card_expiry::CardExpiry;
use crate::core::change_plan::Begins;
use crate::core::consent::Agreement;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::core::subscription::{self, Missed, Request};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::{Given, Who};
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::{self, Work};
use crate::store::{StoreError, columns, doing};

/// A command about one subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Do not charge it for now.
    Pause(SubscriptionId),
    /// Do not charge it until then, and do so with what came due in the meantime; as its plan says, if
    /// nobody says how.
    PauseUntil(SubscriptionId, Timestamp, Option<Missed>),
    /// Charge it again.
    Resume(SubscriptionId, Option<Missed>),
    /// Do not charge it, for a reason that is not the customer's wish.
    Suspend(SubscriptionId),
    /// Charge it again although it was suspended.
    Reactivate(SubscriptionId, Option<Missed>),
    /// End it.
    Cancel(SubscriptionId),
    /// End it with the period that was begun last.
    CancelAtPeriodEnd(SubscriptionId),
    /// End it although it is bound for longer, now or with the period that was begun last.
    CancelEarly(SubscriptionId, Ends),
    /// Do not end it with its period after all.
    Uncancel(SubscriptionId),
    /// Lift its hold.
    Release(SubscriptionId, Option<Missed>),
    /// Charge it by another plan, from its next cycle on or from now on.
    ChangePlan(SubscriptionId, PlanId, Begins),
    /// Charge it for so many of its plan, from its next cycle on or from now on.
    ChangeQuantity(SubscriptionId, Quantity, Begins),
    /// Charge another card from now on, which expires then; or the same one, of which that is told.
    ChangeCard(SubscriptionId, CustomerUid, Option<CardExpiry>),
    /// Do not charge the cycle that waits; the one that was named, if one was.
    Skip(SubscriptionId, Option<CycleNo>),
    /// Its customer agreed to a price, and this shows it.
    Consent(SubscriptionId, Agreement, Words),
    /// Try the cycle that is owed now; the one that was named, if one was.
    Retry(SubscriptionId, Option<CycleNo>),
    /// Redeem a coupon.
    Coupon(SubscriptionId, CouponCode),
    /// Take its coupon away.
    TakeCouponAway(SubscriptionId),
}

/// When a subscription ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ends {
    /// At once.
    Now,
    /// With the period that was begun last.
    AtPeriodEnd,
}

/// A command without the subscription that it is about.
enum Asked<'a> {
    Card(&'a CustomerUid, Option<CardExpiry>),
    Plan(&'a PlanId, Begins),
    Quantity(Quantity, Begins),
    Skip(Option<CycleNo>),
    Consent(Agreement, &'a Words),
    Retry(Option<CycleNo>),
    Coupon(&'a CouponCode),
    NoCoupon,
    Status(Request, Option<Missed>),
    AtPeriodEnd(Request),
    Uncancel,
    PauseUntil(Timestamp, Option<Missed>),
}

impl Turn<'_> {
    /// Carries out a command, unless that was done before under its idempotency key.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn command(
        &mut self,
        command: &Command,
        who: &Who,
    ) -> Result<Result<Given<Changed>, NotDone>, StoreError> {
        match self.replied(who).await? {
            Err(taken) => return Ok(Err(taken.into())),
            Ok(Some(answer)) => return Ok(Ok(Given::before(answer))),
            Ok(None) => {}
        }
        // Rare, and larger than what nearly every turn does.
        let ruled = Box::pin(self.carry_out_command(command, who)).await?;
        if let Ok(changed) = &ruled {
            self.keep_reply(who, changed).await?;
        }
        Ok(ruled.map(Given::now))
    }

    async fn carry_out_command(
        &mut self,
        command: &Command,
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let id = command.id().as_str();
        let Some(row) = self.find(id).await? else {
            return Ok(Err(NotDone::Unknown(id.to_owned())));
        };
        let mut works = self.unsettled(row.key).await?;

        let asked = match command {
            Command::ChangeCard(_, card, expires) => Asked::Card(card, *expires),
            Command::ChangePlan(_, plan, begins) => Asked::Plan(plan, *begins),
            Command::ChangeQuantity(_, quantity, begins) => Asked::Quantity(*quantity, *begins),
            Command::Skip(_, n) => Asked::Skip(*n),
            Command::Consent(_, agreement, evidence) => Asked::Consent(*agreement, evidence),
            Command::Retry(_, n) => Asked::Retry(*n),
            Command::Coupon(_, code) => Asked::Coupon(code),
            Command::TakeCouponAway(_) => Asked::NoCoupon,
            Command::Pause(_) => Asked::Status(Request::Pause, None),
            Command::PauseUntil(_, until, missed) => Asked::PauseUntil(*until, *missed),
            Command::Cancel(_) => Asked::Status(Request::Cancel, None),
            Command::CancelAtPeriodEnd(_) => Asked::AtPeriodEnd(Request::Cancel),
            Command::CancelEarly(_, Ends::Now) => Asked::Status(Request::CancelEarly, None),
            Command::CancelEarly(_, Ends::AtPeriodEnd) => Asked::AtPeriodEnd(Request::CancelEarly),
            Command::Uncancel(_) => Asked::Uncancel,
            Command::Resume(_, missed) => Asked::Status(Request::Resume, *missed),
            Command::Suspend(_) => Asked::Status(Request::Suspend, None),
            Command::Reactivate(_, missed) => Asked::Status(Request::Reactivate, *missed),
            Command::Release(_, missed) => Asked::Status(Request::Release, *missed),
        };
        let ruled = match asked {
            Asked::Card(card, expires) => {
                let new = (card, expires);
                self.change_card(row, new, &mut works, who).await?
            }
            Asked::Plan(plan, begins) => {
                self.change_plan(row, (plan, begins), &mut works, who)
                    .await?
            }
            Asked::Quantity(quantity, begins) => {
                let change = (quantity, begins);
                self.change_quantity(row, change, &mut works, who).await?
            }
            Asked::Skip(n) => self.skip(&row, n, &mut works, who).await?,
            Asked::Consent(agreement, evidence) => {
                let consent = (agreement, evidence);
                self.agree(row, consent, &mut works, who).await?
            }
            Asked::Retry(n) => self.retry(&row, n, &mut works, who).await?,
            Asked::Coupon(code) => self.redeem(row, code, &mut works, who).await?,
            Asked::NoCoupon => self.take_coupon_away(row, &mut works, who).await?,
            Asked::Status(request, missed) => {
                self.change(row, (request, missed), &mut works, who).await?
            }
            Asked::AtPeriodEnd(request) => {
                self.cancel_at_period_end(row, request, &mut works, who)
                    .await?
            }
            Asked::PauseUntil(until, missed) => {
                self.pause_until(row, (until, missed), &works, who)?
            }
            Asked::Uncancel => self.uncancel(row, &works, who)?,
        };
        for at_work in works {
            self.put(at_work);
        }
        self.flush().await?;
        Box::pin(self.revive(&who.actor)).await?;
        Ok(ruled)
    }

    async fn change(
        &mut self,
        row: SubscriptionRow,
        (request, missed): (Request, Option<Missed>),
        works: &mut Vec<Work>,
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        let hold = columns::hold(&row.id, row.hold.as_deref())?;
        let going = self.going(&row, works)?;
        let ruling = match subscription::rule(request, status, hold, going) {
            Ok(ruling) => ruling,
            Err(refused) => return Ok(Err(refused.into())),
        };
        // A pause without an end is another one than a pause until a day.
        let is_other = request == Request::Pause && row.resumes_at.is_some();
        if (ruling.status, ruling.hold) == (status, hold) && !is_other {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        if request == Request::Cancel
            && let Some(why) = self.is_bound(&row, works)?
        {
            return Ok(Err(why));
        }
        if ruling.status.is_ended() && !status.is_ended() && self.unknown.history {
            let told = self.end_once_history_is_known(row, request, works, who);
            return Ok(Ok(told));
        }

        let is_freed = matches!(
            request,
            Request::Resume | Request::Reactivate | Request::Release
        );
        // By a clock ten years ahead ten years of cycles would be let go.
        if is_freed && self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }
        let overdue = works.iter().find(|at_work| self.is_missed(at_work));
        if let (true, Some(overdue), None) = (is_freed, overdue, missed) {
            let (cycle, amount) = (overdue.row.cycle.n, overdue.row.cycle.amount);
            return Ok(Err(NotDone::MissedCycle { cycle, amount }));
        }

        let mut after = row;
        if missed == Some(Missed::MoveAnchor) {
            let moved = self.move_anchor(&mut after, works, &who.actor).await?;
            if let Err(why) = moved {
                return Ok(Err(why));
            }
        }
        after.stands(ruling.status, self.now);
        if is_other {
            (after.resumes_at, after.resumes_how) = (None, None);
        }
        after.hold = ruling.hold.map(|hold| hold.name().to_owned());
        let entry = Entry::of_subscription(request.name(), self.now, &after);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(after.key, after.clone());

        if ruling.status.is_ended() {
            self.forgo(works, &who.actor).await?;
        } else if is_freed {
            self.free(works, missed, &who.actor).await?;
        }
        let mut told = self.led_to(&after, works, true);
        if request == Request::Reactivate {
            told.given_up = self.given_up(after.key).await?;
        }
        Ok(Ok(told))
    }

    async fn find(&mut self, id: &str) -> Result<Option<SubscriptionRow>, StoreError> {
        sqlx::query_as(include_str!("sql/subscription_by_id.sql"))
            .bind(id)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(doing("read a subscription"))
    }

    pub(super) async fn unsettled(&mut self, subscription: i64) -> Result<Vec<Work>, StoreError> {
        let rows: String = sqlx::query_scalar(include_str!("sql/work_of_subscription.sql"))
            .bind(subscription)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the cycles of a subscription"))?;
        let rows = work::rows(&rows)?;
        rows.into_iter().map(|row| self.take(row)).collect()
    }

    pub(super) async fn unsettled_of_card(&mut self, card: &str) -> Result<Vec<Work>, StoreError> {
        let rows: String = sqlx::query_scalar(include_str!("sql/work_of_card.sql"))
            .bind(card)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the cycles of a card"))?;
        let rows = work::rows(&rows)?;
        rows.into_iter().map(|row| self.take(row)).collect()
    }
}

impl Command {
    /// The subscription it is about.
    pub const fn id(&self) -> &SubscriptionId {
        match self {
            Self::Pause(id)
            | Self::PauseUntil(id, ..)
            | Self::Resume(id, _)
            | Self::Suspend(id)
            | Self::Reactivate(id, _)
            | Self::Cancel(id)
            | Self::CancelAtPeriodEnd(id)
            | Self::CancelEarly(id, _)
            | Self::Uncancel(id)
            | Self::Release(id, _)
            | Self::ChangeCard(id, ..)
            | Self::ChangePlan(id, ..)
            | Self::ChangeQuantity(id, ..)
            | Self::Skip(id, _)
            | Self::Consent(id, _, _)
            | Self::Retry(id, _)
            | Self::Coupon(id, _)
            | Self::TakeCouponAway(id) => id,
        }
    }
}
