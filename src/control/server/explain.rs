//! Why a subscription was, was not, or will be charged: the decision, with what it was taken from.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;

use crate::control::protocol::Kind;
use crate::control::protocol::preview::{Explained, Guard, Reasons};
use crate::control::server::Api;
use crate::control::server::cards::card;
use crate::control::server::read::find;
use crate::control::server::refusal::Refusal;
use crate::control::server::status::stopped;
use crate::core::calendar::{Anchor, CycleNo, OutOfCalendar};
use crate::core::contract::{Contract, Quantity};
use crate::core::coupon::Discount;
use crate::core::cycle;
use crate::core::explain::{self, Case};
use crate::core::money::grouped;
use crate::core::plan::Terms;
use crate::core::preview::Waiting;
use crate::store::{AttemptView, Look, Page, SubscriptionView};

/// The most attempts that are told of a cycle: more than a ladder has rungs, and sends that never
/// left the machine besides.
const ATTEMPTS_MAX: u32 = 50;

/// Which cycle.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    cycle: Option<u32>,
}

pub(super) async fn explain(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Explained>, Refusal> {
    let (Path(id), Query(asked)) = (id?, asked?);
    let now = (api.now)();
    let found = find(&api, &id).await?;

    let wanted: Vec<i64> = match asked.cycle {
        Some(n) => vec![n.into()],
        None => open_cycles(&api, &found).await?,
    };
    let mut cycles = Vec::with_capacity(wanted.len());
    for n in wanted {
        cycles.push(match api.reader.look(found.key, n, now).await? {
            Some(look) => of_enrolled(&api, &found, &look, now).await?,
            None => of_later(&api, &found, n).await?,
        });
    }
    let term = term(&api, found.key, now).await?;
    let card = card(&api, &found, now).await?;
    Ok(Json(Explained {
        term,
        card,
        stopped: api.handle.health().stopped.iter().map(stopped).collect(),
        subscription: found.into(),
        cycles,
    }))
}

/// What binds the subscription, and when it would end if somebody said so now.
pub(super) async fn term(api: &Api, key: i64, now: Timestamp) -> Result<Option<String>, Refusal> {
    let Some(ahead) = api.reader.ahead_of(key).await? else {
        return Ok(None);
    };
    let is_scheduled = |one: &&Waiting| matches!(one.cycle.state, cycle::State::Scheduled { .. });
    let Some(waiting) = ahead.waiting.iter().find(is_scheduled) else {
        return Ok(None);
    };
    let waits = (waiting.n, waiting.due_at);
    explain::term(&ahead.terms, ahead.contract.anchor, waits, now).map_err(beyond)
}

/// The cycles that are not over, or the newest.
async fn open_cycles(api: &Api, found: &SubscriptionView) -> Result<Vec<i64>, Refusal> {
    let ahead = api.reader.ahead_of(found.key).await?;
    let waiting = ahead.map(|ahead| ahead.waiting).unwrap_or_default();
    if waiting.is_empty() {
        return Ok(vec![found.newest_cycle]);
    }
    Ok(waiting
        .iter()
        .map(|one| i64::from(one.n.number()))
        .collect())
}

async fn of_enrolled(
    api: &Api,
    found: &SubscriptionView,
    look: &Look,
    now: Timestamp,
) -> Result<Reasons, Refusal> {
    let n = i64::from(look.n.number());
    let after = (found.key, n, 0);
    let limit = ATTEMPTS_MAX;
    let attempts = api.reader.attempts(Page { after, limit }).await?;
    let is_of_it = |row: &AttemptView| (row.subscription_key, row.cycle) == (found.key, n);

    let case = Case {
        terms: &look.terms,
        anchor: look.contract.anchor,
        status: look.status,
        hold: look.hold,
        card: look.card,
        n: look.n,
        due_at: look.due_at,
        price: look.price,
        rise: look.rise,
        agreement: look.agreement,
        ends_at: look.ends_at,
        resumes_at: look.resumes.map(|resumption| resumption.at),
        cycle: &look.cycle,
        wake_at: look.wake_at,
    };
    let mut guards: Vec<Guard> = explain::guards(case, now).into_iter().map(guard).collect();
    if look.wake_at.is_some() {
        guards.push(of_daemon(api));
    }
    let next = explain::next(case, now);
    let mut reasons = dated(api, found, &look.terms, look.n)?;
    look.cycle.state.name().clone_into(&mut reasons.state);
    reasons.amount = look.price.won();
    if look.credit > 0 {
        let credit = format!(" - {} paid before and not used", grouped(look.credit));
        reasons.price.push_str(&credit);
    }
    reasons.due_at = look.due_at.to_string();
    let first = attempts.first().filter(|row| is_of_it(row));
    let begun_at = first.and_then(|row| Timestamp::from_microsecond(row.begun_at).ok());
    let tried = (begun_at, &look.cycle.state);
    reasons.first_try = explain::first_try_of(&look.terms, look.due_at, tried);
    reasons.guards = guards;
    reasons.rung = explain::rung(&look.cycle, &look.terms.ladder, &look.terms.plan.zone);
    reasons.attempts = attempts
        .into_iter()
        .take_while(is_of_it)
        .map(Into::into)
        .collect();
    reasons.next_at = next.as_ref().map(|next| next.at.to_string());
    reasons.next = next.map(|next| next.words);
    Ok(reasons)
}

/// A cycle that nobody has enrolled: it is still to come, or it was before the first one.
async fn of_later(api: &Api, found: &SubscriptionView, n: i64) -> Result<Reasons, Refusal> {
    let not_found = |message: String| Refusal::new(Kind::NotFound, message);
    if n <= found.newest_cycle {
        let message = format!(
            "cycle {n} of {} is not charged here: it starts with a later one",
            found.id
        );
        return Err(not_found(message));
    }
    let number = u32::try_from(n).ok().and_then(|n| CycleNo::parse(n).ok());
    let number = number.ok_or_else(|| {
        let most = CycleNo::MAX;
        Refusal::invalid(format!("cycle {n} does not exist: the last one is {most}"))
    })?;
    let terms = api.reader.terms_of(found.plan_key)?;
    let anchor = contract(found)?.anchor;
    let due_at = terms.plan.due_at(anchor, number).map_err(beyond)?;
    let ahead = api.reader.ahead_of(found.key).await?;
    let next = ahead.and_then(|ahead| ahead.next);
    let next = next.filter(|(_, from)| due_at >= *from);
    let terms = next.map_or(terms, |(next, _)| next);
    let mut reasons = dated(api, found, &terms, number)?;
    let saw = if found.ended_at.is_some() {
        format!("it never comes: the subscription is {}", found.status)
    } else if terms.plan.has_cycle(anchor, number).map_err(beyond)? {
        format!("it is enrolled when cycle {} is begun or skipped", n - 1)
    } else {
        "it never comes: the plan ends before".to_owned()
    };
    reasons.guards.push(Guard {
        guard: "cycle".to_owned(),
        passed: false,
        saw,
    });
    Ok(reasons)
}

/// What follows from the plan and the calendar alone.
fn dated(
    api: &Api,
    found: &SubscriptionView,
    terms: &Terms,
    n: CycleNo,
) -> Result<Reasons, Refusal> {
    let contract = contract(found)?;
    let anchor = contract.anchor;
    let due_at = terms.plan.due_at(anchor, n).map_err(beyond)?;
    let (plan, version) = (&found.plan, api.reader.version_of(terms));
    let price = explain::price(terms, contract, n);
    Ok(Reasons {
        cycle: n.number(),
        state: "not_enrolled".to_owned(),
        amount: terms.plan.price(contract, n).won(),
        price: format!("plan {plan}, version {version}: {price}"),
        due_at: due_at.to_string(),
        due: explain::due(terms, anchor, n).map_err(beyond)?,
        first_try: explain::first_try(terms, due_at),
        guards: Vec::new(),
        rung: None,
        attempts: Vec::new(),
        next_at: None,
        next: None,
    })
}

fn contract(found: &SubscriptionView) -> Result<Contract, Refusal> {
    let corrupt = |why: &dyn std::fmt::Display| Refusal::invalid(why.to_string());
    let instant = |at| Timestamp::from_microsecond(at).map_err(|why| corrupt(&why));
    let moved = match found.moved_n.zip(found.moved_at) {
        Some((n, at)) => {
            let n = CycleNo::parse(u32::try_from(n).unwrap_or(u32::MAX));
            Some((n.map_err(|why| corrupt(&why))?, instant(at)?))
        }
        None => None,
    };
    let at = instant(found.anchor_at)?;
    Ok(Contract {
        anchor: Anchor { at, moved },
        quantity: Quantity::parse(found.quantity).map_err(|why| corrupt(&why))?,
        discount: found.discount.as_deref().and_then(Discount::read),
    })
}

fn of_daemon(api: &Api) -> Guard {
    let stopped = api.handle.health().stopped;
    let reasons: Vec<&str> = stopped.iter().map(|one| one.why.as_str()).collect();
    let saw = if reasons.is_empty() {
        "charging".to_owned()
    } else {
        format!("nobody is charged: {}", reasons.join("; "))
    };
    Guard {
        guard: "daemon".to_owned(),
        passed: reasons.is_empty(),
        saw,
    }
}

fn guard(guard: explain::Guard) -> Guard {
    Guard {
        guard: guard.name.to_owned(),
        passed: guard.is_passed,
        saw: guard.words,
    }
}

fn beyond(why: OutOfCalendar) -> Refusal {
    Refusal::invalid(why.to_string())
}
