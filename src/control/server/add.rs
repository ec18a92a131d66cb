//! Adding subscriptions: one, or a batch of which each is taken or refused by itself.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;

use crate::control::protocol::{Added, BATCH_MAX, Kind, Outcome, Wanted};
use crate::control::server::Api;
use crate::control::server::change::expires;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::refusal::{Refusal, parse};
use crate::control::server::rows::instant;
use crate::core::calendar::CycleNo;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::engine::handle::{Handle, Stop};
use crate::store::{self, Given, Identity, NewSubscription};

/// An object is answered with an object or an error; a list with a list, one result for each.
pub(super) async fn add(
    operator: Operator,
    State(api): State<Api>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Refusal> {
    match parse(body)? {
        Value::Array(wanted) if wanted.len() > BATCH_MAX => Err(Refusal::invalid(format!(
            "{} subscriptions are too many for one request: send at most {BATCH_MAX}",
            wanted.len()
        ))),
        Value::Array(wanted) => {
            let outcomes = add_all(&api, operator, wanted).await?;
            Ok(Answered(outcomes).into_response())
        }
        one @ (Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)) => {
            let added = add_one(&api, operator, one).await?;
            Ok(Answered(added).into_response())
        }
    }
}

async fn add_one(api: &Api, operator: Operator, one: Value) -> Result<Given<Added>, Refusal> {
    let wanted = read(one)?;
    let who = operator.asking("add", &wanted, wanted.reason.as_deref())?;
    let anchor_at = match &wanted.anchor {
        Some(text) => anchor(text)?,
        None => anchor_now(api).await?,
    };

    let given = api
        .handle
        .add(vec![valid(&wanted, anchor_at)?], who)
        .await??;
    let (mut answers, is_repeated) = (given.answer, given.is_repeated);
    let answer = shown(answers.pop().ok_or_else(no_answer)??);
    Ok(Given {
        answer,
        is_repeated,
    })
}

async fn add_all(
    api: &Api,
    operator: Operator,
    wanted: Vec<Value>,
) -> Result<Given<Vec<Outcome>>, Refusal> {
    let who = operator.asking("add", &wanted, None)?;
    let read: Vec<Result<NewSubscription, Refusal>> = wanted.into_iter().map(read_dated).collect();
    let good = read.iter().filter_map(|one| one.as_ref().ok().cloned());
    let given = api.handle.add(good.collect(), who).await??;

    let mut answers = given.answer.into_iter();
    let outcome = |one: Result<NewSubscription, Refusal>| {
        let answer = one.and_then(|_| Ok(shown(answers.next().ok_or_else(no_answer)??)));
        match answer {
            Ok(added) => Outcome::Added(added),
            Err(refusal) => Outcome::Refused(refusal.into_failed()),
        }
    };
    Ok(Given {
        answer: read.into_iter().map(outcome).collect(),
        is_repeated: given.is_repeated,
    })
}

fn no_answer() -> Refusal {
    Refusal::new(Kind::Failed, "the engine gave no answer")
}

fn read(one: Value) -> Result<Wanted, Refusal> {
    serde_json::from_value(one).map_err(|error| Refusal::invalid(error.to_string()))
}

fn read_dated(one: Value) -> Result<NewSubscription, Refusal> {
    let wanted = read(one)?;
    let Some(text) = &wanted.anchor else {
        return Err(Refusal::invalid(format!(
            "anchor is missing: {ANCHOR_FORM}"
        )));
    };
    if wanted.reason.is_some() {
        return Err(Refusal::invalid(
            "a reason is taken with one subscription at a time: leave it out of a list",
        ));
    }
    let anchor_at = anchor(text)?;
    valid(&wanted, anchor_at)
}

/// How long somebody who subscribes now waits until it is known when that is: the gateway is asked for
/// its time when the daemon starts.
const TIME_WITHIN: Duration = Duration::from_secs(5);

async fn anchor_now(api: &Api) -> Result<Timestamp, Refusal> {
    let mut handle = api.handle.clone();
    let known = async {
        while why_unknown(&handle).is_some() {
            handle.next_turn().await?;
        }
        Ok((api.now)())
    };
    match tokio::time::timeout(TIME_WITHIN, known).await {
        Ok(now) => now,
        Err(_) => Err(Refusal::new(
            Kind::Conflict,
            format!(
                "it is not known what time it is ({}): say the anchor, or add it again when it is known",
                why_unknown(&api.handle).unwrap_or_default()
            ),
        )),
    }
}

/// Why it is not known what time it is; nothing when it is.
fn why_unknown(handle: &Handle) -> Option<String> {
    let stopped = handle.health().stopped.into_iter();
    let mut clock = stopped.filter(|one| one.reason == Stop::Clock);
    clock.next().map(|one| one.why)
}

const ANCHOR_FORM: &str = "write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00";

fn anchor(text: &str) -> Result<Timestamp, Refusal> {
    text.trim()
        .parse()
        .map_err(|_| Refusal::invalid(format!("anchor {text:?} is not an instant: {ANCHOR_FORM}")))
}

fn valid(wanted: &Wanted, anchor_at: Timestamp) -> Result<NewSubscription, Refusal> {
    let first_cycle = wanted.next_cycle.unwrap_or(0);
    let id = wanted.id.as_deref().map(SubscriptionId::parse).transpose();
    let id = id.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    Ok(NewSubscription {
        identity: match (id, &wanted.anchor) {
            (Some(id), _) => Identity::Chosen(id),
            (None, Some(_)) => Identity::Derived,
            (None, None) => Identity::Only,
        },
        customer_uid: CustomerUid::parse(&wanted.customer_uid)
            .map_err(|bad| Refusal::invalid(bad.to_string()))?,
        plan: PlanId::parse(&wanted.plan).map_err(|bad| Refusal::invalid(bad.to_string()))?,
        anchor_at,
        first_cycle: CycleNo::parse(first_cycle)
            .map_err(|bad| Refusal::invalid(format!("next_cycle {first_cycle}: {bad}")))?,
        quantity: match wanted.quantity {
            Some(number) => {
                Quantity::parse(number.into()).map_err(|bad| Refusal::invalid(bad.to_string()))?
            }
            None => Quantity::ONE,
        },
        coupon: wanted
            .coupon
            .as_deref()
            .map(CouponCode::parse)
            .transpose()
            .map_err(|bad| Refusal::invalid(bad.to_string()))?,
        card_expires: expires("card_expires", wanted.card_expires.as_deref())?,
    })
}

fn shown(added: store::Added) -> Added {
    Added {
        id: added.id,
        is_new: added.is_new,
        first_due_at: instant(added.first_due_at),
    }
}
