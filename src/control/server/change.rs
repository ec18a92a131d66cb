//! Commands about one subscription: from the words of a wish to the command that it comes to.

use jiff::Timestamp;

use crate::control::protocol::change::{Cancel, NewCard, NewPlan, NewQuantity, Pause};
use crate::control::protocol::{self, Coupon, Freed, Reason, Retry, Skip};
use crate::control::server::refusal::Refusal;
use crate::control::server::wish::{Reply, Wish};
use crate::core::calendar::CycleNo;
use crate::core::card_expiry::CardExpiry;
use crate::core::change_plan::Begins;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::order::{CustomerUid, PlanId};
use crate::store::{Command, Ends, Missed};

pub(super) async fn pause(wish: Wish<Pause>) -> Reply {
    let missed = wish.words.missed.map(missed);
    let Some(until) = wish.words.until.clone() else {
        if missed.is_some() {
            let message = "missed goes with until: say it when you resume the subscription";
            return Err(Refusal::invalid(message));
        }
        return wish.carry_out("pause", Command::Pause).await;
    };
    let at: Timestamp = until.parse().map_err(|_| {
        Refusal::invalid(format!(
            "until {until:?} is no instant: write one such as 2026-03-01T00:00:00+09:00"
        ))
    })?;
    let paused = wish.carry_out("pause", |id| Command::PauseUntil(id, at, missed));
    paused.await.map_err(|why| why.in_the_words_of(at, &until))
}

pub(super) async fn resume(wish: Wish<Freed>) -> Reply {
    let missed = wish.words.missed.map(missed);
    let resume = |id| Command::Resume(id, missed);
    wish.carry_out("resume", resume).await
}

pub(super) async fn suspend(wish: Wish<Reason>) -> Reply {
    if wish.reason.is_none() {
        return Err(Refusal::invalid("reason: say why it is suspended"));
    }
    wish.carry_out("suspend", Command::Suspend).await
}

pub(super) async fn reactivate(wish: Wish<Freed>) -> Reply {
    let missed = wish.words.missed.map(missed);
    let reactivate = |id| Command::Reactivate(id, missed);
    wish.carry_out("reactivate", reactivate).await
}

pub(super) async fn cancel(wish: Wish<Cancel>) -> Reply {
    let Cancel {
        waive_term,
        at_period_end,
        ..
    } = wish.words;
    if waive_term && wish.reason.is_none() {
        let message = "a term is waived for a reason, which the journal keeps: give it";
        return Err(Refusal::invalid(message));
    }
    let cancel = |id| match (waive_term, at_period_end) {
        (false, false) => Command::Cancel(id),
        (false, true) => Command::CancelAtPeriodEnd(id),
        (true, false) => Command::CancelEarly(id, Ends::Now),
        (true, true) => Command::CancelEarly(id, Ends::AtPeriodEnd),
    };
    wish.carry_out("cancel", cancel).await
}

pub(super) async fn uncancel(wish: Wish<Reason>) -> Reply {
    wish.carry_out("uncancel", Command::Uncancel).await
}

pub(super) async fn release(wish: Wish<Freed>) -> Reply {
    let missed = wish.words.missed.map(missed);
    let release = |id| Command::Release(id, missed);
    wish.carry_out("release", release).await
}

pub(super) async fn card(wish: Wish<NewCard>) -> Reply {
    let customer_uid = CustomerUid::parse(&wish.words.customer_uid);
    let customer_uid = customer_uid.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let expires = expires("expires", wish.words.expires.as_deref())?;
    let change = |id| Command::ChangeCard(id, customer_uid, expires);
    wish.carry_out("card", change).await
}

pub(super) async fn coupon(wish: Wish<Coupon>) -> Reply {
    let code = CouponCode::parse(&wish.words.coupon);
    let code = code.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let redeem = |id| Command::Coupon(id, code);
    wish.carry_out("coupon", redeem).await
}

pub(super) async fn uncoupon(wish: Wish<Reason>) -> Reply {
    wish.carry_out("uncoupon", Command::TakeCouponAway).await
}

pub(super) async fn plan(wish: Wish<NewPlan>) -> Reply {
    let plan = PlanId::parse(&wish.words.plan);
    let plan = plan.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let begins = begins(wish.words.now, wish.reason.as_deref())?;
    let change = |id| Command::ChangePlan(id, plan, begins);
    wish.carry_out("plan", change).await
}

pub(super) async fn quantity(wish: Wish<NewQuantity>) -> Reply {
    let quantity = Quantity::parse(wish.words.quantity);
    let quantity = quantity.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let begins = begins(wish.words.now, wish.reason.as_deref())?;
    let change = |id| Command::ChangeQuantity(id, quantity, begins);
    wish.carry_out("quantity", change).await
}

pub(super) async fn skip(wish: Wish<Skip>) -> Reply {
    let n = cycle(wish.words.cycle)?;
    wish.carry_out("skip", |id| Command::Skip(id, n)).await
}

pub(super) async fn retry(wish: Wish<Retry>) -> Reply {
    let n = cycle(wish.words.cycle)?;
    if wish.words.reason.trim().is_empty() {
        return Err(Refusal::invalid("reason: say why it is tried now"));
    }
    wish.carry_out("retry", |id| Command::Retry(id, n)).await
}

/// When a card expires, if that is said.
pub(super) fn expires(field: &str, text: Option<&str>) -> Result<Option<CardExpiry>, Refusal> {
    let expires = text.map(CardExpiry::parse).transpose();
    expires.map_err(|bad| Refusal::invalid(format!("{field}: {bad}")))
}

/// The cycle that is meant, if one is named.
fn cycle(number: Option<u32>) -> Result<Option<CycleNo>, Refusal> {
    let n = number.map(CycleNo::parse).transpose();
    n.map_err(|bad| Refusal::invalid(format!("cycle: {bad}")))
}

/// Now, for a reason; or with the next cycle.
fn begins(now: bool, reason: Option<&str>) -> Result<Begins, Refusal> {
    match (now, reason) {
        (false, _) => Ok(Begins::AtPeriodEnd),
        (true, Some(_)) => Ok(Begins::Now),
        (true, None) => Err(Refusal::invalid("reason: say why it changes now")),
    }
}

const fn missed(missed: protocol::Missed) -> Missed {
    match missed {
        protocol::Missed::Skip => Missed::Skip,
        protocol::Missed::ChargeLatest => Missed::ChargeLatest,
        protocol::Missed::MoveAnchor => Missed::MoveAnchor,
    }
}
