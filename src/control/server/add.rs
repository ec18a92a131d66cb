//! Adding subscriptions: one, or a batch of which each is taken or refused by itself.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::Value;

use crate::control::protocol::{Added, BATCH_MAX, Kind, Outcome, Wanted};
use crate::control::server::Api;
use crate::control::server::peer::Operator;
use crate::control::server::refusal::{Refusal, parse};
use crate::core::calendar::CycleNo;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::core::subscription::Status;
use crate::store::{self, NewSubscription};

/// How many subscriptions of a card are looked at when one is added without an anchor.
const SAME_CARD_MAX: u32 = 100;

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
            let outcomes = add_all(&api, &operator, wanted).await?;
            Ok(Json(outcomes).into_response())
        }
        one @ (Value::Object(_)
        | Value::Null
        | Value::Bool(_)
        | Value::Number(_)
        | Value::String(_)) => {
            let added = add_one(&api, &operator, one).await?;
            Ok(Json(added).into_response())
        }
    }
}

async fn add_one(api: &Api, operator: &Operator, one: Value) -> Result<Added, Refusal> {
    let wanted = read(one)?;
    let anchor_at = match &wanted.anchor {
        Some(text) => anchor(text)?,
        None => (api.now)(),
    };
    let is_anonymous = wanted.anchor.is_none() && wanted.id.is_none();
    let wanted = valid(&wanted, anchor_at)?;
    if is_anonymous {
        refuse_second(api, &wanted).await?;
    }

    let mut added = api.handle.add(vec![wanted], &operator.actor).await?;
    let added = added
        .pop()
        .ok_or_else(|| Refusal::new(Kind::Failed, "the engine gave no answer"))?;
    Ok(shown(added?))
}

/// Without an anchor and an id, adding twice would make two subscriptions, for "now" differs: a
/// command repeated after a lost answer would charge the card twice.
async fn refuse_second(api: &Api, wanted: &NewSubscription) -> Result<(), Refusal> {
    let customer = wanted.customer_uid.as_str();
    let others = api.reader.subscriptions_of(customer, SAME_CARD_MAX).await?;
    let is_ended = |status: &str| Status::named(status).is_some_and(Status::is_ended);
    let same = others
        .iter()
        .find(|other| other.plan == wanted.plan.as_str() && !is_ended(&other.status));
    match same {
        None => Ok(()),
        Some(same) => Err(Refusal::new(
            Kind::Conflict,
            format!(
                "{customer:?} is on plan {:?} already, as subscription {:?}: say id or anchor to \
                 add another",
                same.plan, same.id
            ),
        )),
    }
}

async fn add_all(
    api: &Api,
    operator: &Operator,
    wanted: Vec<Value>,
) -> Result<Vec<Outcome>, Refusal> {
    let read: Vec<Result<NewSubscription, Refusal>> = wanted.into_iter().map(read_dated).collect();
    let good = read.iter().filter_map(|one| one.as_ref().ok().cloned());
    let mut answers = api
        .handle
        .add(good.collect(), &operator.actor)
        .await?
        .into_iter();

    let outcome = |one: Result<NewSubscription, Refusal>| {
        let answer = one.and_then(|_| {
            let missing = || Refusal::new(Kind::Failed, "the engine gave no answer");
            Ok(shown(answers.next().ok_or_else(missing)??))
        });
        match answer {
            Ok(added) => Outcome::Added(added),
            Err(refusal) => Outcome::Refused(refusal.into_failed()),
        }
    };
    Ok(read.into_iter().map(outcome).collect())
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
    let anchor_at = anchor(text)?;
    valid(&wanted, anchor_at)
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
    Ok(NewSubscription {
        id: id.map_err(|bad| Refusal::invalid(bad.to_string()))?,
        customer_uid: CustomerUid::parse(&wanted.customer_uid)
            .map_err(|bad| Refusal::invalid(bad.to_string()))?,
        plan: PlanId::parse(&wanted.plan).map_err(|bad| Refusal::invalid(bad.to_string()))?,
        anchor_at,
        first_cycle: CycleNo::parse(first_cycle)
            .map_err(|bad| Refusal::invalid(format!("next_cycle {first_cycle}: {bad}")))?,
    })
}

fn shown(added: store::Added) -> Added {
    Added {
        id: added.id,
        is_new: added.is_new,
        first_due_at: added.first_due_at.to_string(),
    }
}
