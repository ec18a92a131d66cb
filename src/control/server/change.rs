//! Commands about one subscription.

use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};

use crate::control::protocol::change::{Cancel, NewPlan, NewQuantity, Pause};
use crate::control::protocol::{self, Changed, Coupon, Freed, NewCard, Reason, Retry, Skip};
use crate::control::server::Api;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::refusal::{Refusal, parse};
use crate::core::calendar::CycleNo;
use crate::core::change_plan::Begins;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::store::{Command, Ends, Given, Missed, NotDone, Who};

pub(super) type Id = Result<Path<String>, PathRejection>;
pub(super) type Body = Result<Bytes, BytesRejection>;
pub(super) type Reply = Result<Answered<Changed>, Refusal>;

pub(super) async fn pause(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let pause: Pause = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("pause {id}"), &pause, pause.reason.as_deref())?;
    let Some(until) = &pause.until else {
        if pause.missed.is_some() {
            let message = "missed goes with until: say it when you resume the subscription";
            return Err(Refusal::invalid(message));
        }
        return command(&api, who, Command::Pause(id)).await;
    };
    let at = until.parse().map_err(|_| {
        Refusal::invalid(format!(
            "until {until:?} is no instant: write one such as 2026-03-01T00:00:00+09:00"
        ))
    })?;
    let missed = pause.missed.map(missed);
    let paused = command(&api, who, Command::PauseUntil(id, at, missed));
    paused.await.map_err(|why| why.in_the_words_of(at, until))
}

pub(super) async fn resume(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let freed: Freed = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("resume {id}"), &freed, freed.reason.as_deref())?;
    command(&api, who, Command::Resume(id, freed.missed.map(missed))).await
}

pub(super) async fn suspend(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let why: Reason = parse(body)?;
    if why.reason.is_none() {
        return Err(Refusal::invalid("reason: say why it is suspended"));
    }
    let id = id_of(id)?;
    let who = operator.asking(&format!("suspend {id}"), &why, why.reason.as_deref())?;
    command(&api, who, Command::Suspend(id)).await
}

pub(super) async fn reactivate(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let freed: Freed = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("reactivate {id}"), &freed, freed.reason.as_deref())?;
    command(&api, who, Command::Reactivate(id, freed.missed.map(missed))).await
}

pub(super) async fn cancel(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let cancel: Cancel = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("cancel {id}"), &cancel, cancel.reason.as_deref())?;
    if cancel.waive_term && cancel.reason.is_none() {
        let message = "a term is waived for a reason, which the journal keeps: give it";
        return Err(Refusal::invalid(message.to_owned()));
    }
    let wanted = match (cancel.waive_term, cancel.at_period_end) {
        (false, false) => Command::Cancel(id),
        (false, true) => Command::CancelAtPeriodEnd(id),
        (true, false) => Command::CancelEarly(id, Ends::Now),
        (true, true) => Command::CancelEarly(id, Ends::AtPeriodEnd),
    };
    command(&api, who, wanted).await
}

pub(super) async fn uncancel(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let why: Reason = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("uncancel {id}"), &why, why.reason.as_deref())?;
    command(&api, who, Command::Uncancel(id)).await
}

pub(super) async fn release(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let freed: Freed = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("release {id}"), &freed, freed.reason.as_deref())?;
    command(&api, who, Command::Release(id, freed.missed.map(missed))).await
}

pub(super) async fn card(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let card: NewCard = parse(body)?;
    let customer_uid =
        CustomerUid::parse(&card.customer_uid).map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("card {id}"), &card, card.reason.as_deref())?;
    command(&api, who, Command::ChangeCard(id, customer_uid)).await
}

pub(super) async fn coupon(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let coupon: Coupon = parse(body)?;
    let code = CouponCode::parse(&coupon.coupon);
    let code = code.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("coupon {id}"), &coupon, coupon.reason.as_deref())?;
    command(&api, who, Command::Coupon(id, code)).await
}

pub(super) async fn plan(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let new: NewPlan = parse(body)?;
    let plan = PlanId::parse(&new.plan).map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let begins = begins(new.now, new.reason.as_deref())?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("plan {id}"), &new, new.reason.as_deref())?;
    command(&api, who, Command::ChangePlan(id, plan, begins)).await
}

pub(super) async fn quantity(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let new: NewQuantity = parse(body)?;
    let quantity = Quantity::parse(new.quantity);
    let quantity = quantity.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let begins = begins(new.now, new.reason.as_deref())?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("quantity {id}"), &new, new.reason.as_deref())?;
    command(&api, who, Command::ChangeQuantity(id, quantity, begins)).await
}

pub(super) async fn uncoupon(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let why: Reason = parse(body)?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("uncoupon {id}"), &why, why.reason.as_deref())?;
    command(&api, who, Command::TakeCouponAway(id)).await
}

pub(super) async fn skip(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let skip: Skip = parse(body)?;
    let n = skip.cycle.map(CycleNo::parse).transpose();
    let n = n.map_err(|bad| Refusal::invalid(format!("cycle: {bad}")))?;
    let id = id_of(id)?;
    let who = operator.asking(&format!("skip {id}"), &skip, skip.reason.as_deref())?;
    command(&api, who, Command::Skip(id, n)).await
}

pub(super) async fn retry(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let retry: Retry = parse(body)?;
    let n = retry.cycle.map(CycleNo::parse).transpose();
    let n = n.map_err(|bad| Refusal::invalid(format!("cycle: {bad}")))?;
    if retry.reason.trim().is_empty() {
        return Err(Refusal::invalid("reason: say why it is tried now"));
    }
    let id = id_of(id)?;
    let who = operator.asking(&format!("retry {id}"), &retry, Some(&retry.reason))?;
    command(&api, who, Command::Retry(id, n)).await
}

pub(super) async fn command(api: &Api, who: Who, command: Command) -> Reply {
    let given = api.handle.command(command, who).await??;
    Ok(Answered(Given {
        answer: given.answer.into(),
        is_repeated: given.is_repeated,
    }))
}

/// Now, for a reason; or with the next cycle.
fn begins(now: bool, reason: Option<&str>) -> Result<Begins, Refusal> {
    match (now, reason) {
        (false, _) => Ok(Begins::AtPeriodEnd),
        (true, Some(_)) => Ok(Begins::Now),
        (true, None) => Err(Refusal::invalid("reason: say why it changes now")),
    }
}

/// What cannot be an id is nobody's.
pub(super) fn id_of(id: Id) -> Result<SubscriptionId, Refusal> {
    let Path(text) = id?;
    SubscriptionId::parse(&text).map_err(|_| NotDone::Unknown(text).into())
}

const fn missed(missed: protocol::Missed) -> Missed {
    match missed {
        protocol::Missed::Skip => Missed::Skip,
        protocol::Missed::ChargeLatest => Missed::ChargeLatest,
        protocol::Missed::MoveAnchor => Missed::MoveAnchor,
    }
}
