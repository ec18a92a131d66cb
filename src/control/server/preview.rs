//! The charges to come: of a subscription, of a plan, of everybody page by page. Nothing is kept from
//! one page to the next, so that a million subscriptions need no more memory than a thousand.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use jiff::Timestamp;
use serde::Deserialize;

use crate::control::protocol::Kind;
use crate::control::protocol::preview::{CYCLES_MAX, Charge, OfPlan, Preview};
use crate::control::server::Api;
use crate::control::server::ahead::SUBSCRIPTIONS_MAX;
use crate::control::server::read::{find, limit, place};
use crate::control::server::refusal::Refusal;
use crate::core::calendar::CycleNo;
use crate::core::contract::{Contract, Quantity};
use crate::core::coupon::{CouponCode, Discount};
use crate::core::order::PlanId;
use crate::core::plan::Terms;
use crate::core::preview::{self, Agreed, Foreseen};
use crate::core::subscription::Standing;
use crate::store::{Ahead, NotDone, Page};

/// How far ahead anybody may look: prices and rules do not stay for longer.
const AHEAD_MAX: Duration = Duration::from_hours(24 * 366 * 3);

/// How many cycles are shown when nobody says.
const CYCLES: u32 = 12;

/// Which page of everybody, and until when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfFleet {
    until: String,
    after: Option<String>,
    limit: Option<u32>,
}

/// How much of a subscription.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct OfSubscription {
    until: Option<String>,
    cycles: Option<u32>,
}

/// What is to come of everybody until then, by subscription and cycle.
pub(super) async fn fleet(
    State(api): State<Api>,
    asked: Result<Query<OfFleet>, QueryRejection>,
) -> Result<Json<Preview>, Refusal> {
    let Query(asked) = asked?;
    let now = (api.now)();
    let until = until(&asked.until, now)?;
    let [key, n] = place(asked.after.as_deref())?;
    let limit = limit(asked.limit)? as usize;
    // The subscription that the last page ended with comes first again: there may be more of it.
    let page = Page {
        after: key.saturating_sub(1),
        limit: SUBSCRIPTIONS_MAX,
    };
    let found = api.reader.ahead_of_fleet(page, until).await?;

    let is_full = found.len() >= SUBSCRIPTIONS_MAX as usize;
    let mut last = found.last().filter(|_| is_full).map(|last| {
        let end = i64::from(CycleNo::MAX);
        format!("{}.{end}", last.key)
    });
    let mut shown = Preview::empty();
    for one in found {
        let (one_key, from) = (one.key, if one.key == key { n } else { -1 });
        if stands_still(&one) && from < 0 {
            shown.standing_still += 1;
        }
        let mut rows: Vec<Foreseen> = ahead(&one, now)
            .until(until)
            .filter(|row| i64::from(row.n.number()) > from)
            .collect();
        // A page ends with a cycle, whatever comes of it when.
        rows.sort_unstable_by_key(|row| row.n);
        rows.truncate(limit - shown.rows.len());
        let newest = rows.last().map_or(0, |row| row.n.number());
        for row in &rows {
            shown.put(row, &one);
        }
        if shown.rows.len() >= limit {
            last = Some(format!("{one_key}.{newest}"));
            break;
        }
    }
    shown.next = last;
    Ok(Json(shown))
}

/// What is to come of one subscription.
pub(super) async fn subscription(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<OfSubscription>, QueryRejection>,
) -> Result<Json<Preview>, Refusal> {
    let (Path(id), Query(asked)) = (id?, asked?);
    let now = (api.now)();
    let until = asked.until.map(|text| until(&text, now)).transpose()?;
    let most = if until.is_some() && asked.cycles.is_none() {
        CYCLES_MAX
    } else {
        cycles(asked.cycles)?
    };
    let key = find(&api, &id).await?.key;

    let mut shown = Preview::empty();
    if let Some(one) = api.reader.ahead_of(key).await? {
        shown.standing_still = u32::from(stands_still(&one));
        let wanted = ahead(&one, now).until(until.unwrap_or(Timestamp::MAX));
        for row in wanted.take(most as usize) {
            shown.put(&row, &one);
        }
    }
    Ok(Json(shown))
}

/// What a subscription to a plan would pay.
pub(super) async fn plan(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
    asked: Result<Query<OfPlan>, QueryRejection>,
) -> Result<Json<Preview>, Refusal> {
    let (Path(id), Query(asked)) = (id?, asked?);
    let now = (api.now)();
    let from = asked.from.map_or(Ok(now), |text| instant("from", &text))?;
    let most = cycles(asked.cycles)?;
    let quantity = Quantity::parse(asked.quantity.unwrap_or(1));
    let quantity = quantity.map_err(|bad| Refusal::invalid(bad.to_string()))?;
    let plan = PlanId::parse(&id).ok();
    let terms = plan.and_then(|plan| api.reader.terms_on_offer(&plan));
    let terms = terms.ok_or_else(|| {
        let on_offer = api.reader.on_offer().join(", ");
        let message = format!("plan {id:?} does not exist: the configuration has {on_offer}");
        Refusal::new(Kind::NotFound, message)
    })?;

    let many = terms.plan.check_quantity(quantity);
    many.map_err(|why| Refusal::invalid(why.to_string()))?;
    let discount = asked.coupon.map(|code| discount(&terms, &code, from));
    let contract = Contract {
        quantity,
        discount: discount.transpose()?,
        ..Contract::of_one(from)
    };

    let mut shown = Preview::empty();
    // As it would have been seen then: nobody is late for a date that is only thought of.
    for row in of_new(&terms, contract)?.take(most as usize) {
        shown.add(&row, "", "", terms.plan.id.as_str());
    }
    Ok(Json(shown))
}

/// What a coupon takes off for somebody who redeems it at sign-up.
fn discount(terms: &Terms, code: &str, from: Timestamp) -> Result<Discount, Refusal> {
    let invalid = |why: String| Refusal::invalid(why);
    let code = CouponCode::parse(code).map_err(|bad| invalid(bad.to_string()))?;
    let coupon = terms.coupon(&code).ok_or_else(|| {
        let plan = terms.plan.id.to_string();
        let coupon = code.to_string();
        invalid(NotDone::NoCoupon { coupon, plan }.to_string())
    })?;
    let first = CycleNo::parse(0).map_err(|bad| invalid(bad.to_string()))?;
    Ok(coupon.from(terms.plan.first_charged(from, first)))
}

fn of_new(terms: &Arc<Terms>, contract: Contract) -> Result<preview::Preview<'_>, Refusal> {
    let (first, now) = (CycleNo::parse(0), contract.anchor.at);
    let preview = first.and_then(|first| preview::Preview::of_new(terms, contract, first, now));
    preview.map_err(|why| Refusal::invalid(why.to_string()))
}

impl Preview {
    const fn empty() -> Self {
        Self {
            rows: Vec::new(),
            sum: 0,
            standing_still: 0,
            next: None,
        }
    }

    fn put(&mut self, row: &Foreseen, one: &Ahead) {
        self.add(row, &one.id, &one.customer_uid, one.terms.plan.id.as_str());
    }

    fn add(&mut self, row: &Foreseen, subscription: &str, customer_uid: &str, plan: &str) {
        if row.fate.is_charge() {
            self.sum = self.sum.saturating_add(row.price.won());
        }
        self.rows.push(Charge {
            subscription: subscription.to_owned(),
            customer_uid: customer_uid.to_owned(),
            plan: plan.to_owned(),
            cycle: row.n.number(),
            due_at: row.due_at.to_string(),
            at: row.at.to_string(),
            amount: row.price.won(),
            what: row.fate.name().to_owned(),
        });
    }
}

fn ahead(one: &Ahead, now: Timestamp) -> preview::Preview<'_> {
    let subject = one.subject(one.standing(), Agreed::To(one.agreement));
    preview::Preview::new(subject, one.waiting.clone(), now)
}

/// Whether nothing is charged until a person says so. A card that rests is charged again by itself, and
/// so is whoever is paused until a day.
fn stands_still(one: &Ahead) -> bool {
    match one.standing() {
        Standing::Chargeable | Standing::CardSpent { .. } => false,
        Standing::CardBusy | Standing::CardDead(_) | Standing::Stopped | Standing::Ended => true,
    }
}

fn cycles(wanted: Option<u32>) -> Result<u32, Refusal> {
    match wanted.unwrap_or(CYCLES) {
        cycles @ 1..=CYCLES_MAX => Ok(cycles),
        odd => Err(Refusal::invalid(format!(
            "cycles {odd} is not allowed: ask for 1 to {CYCLES_MAX}"
        ))),
    }
}

fn until(text: &str, now: Timestamp) -> Result<Timestamp, Refusal> {
    let until = instant("until", text)?;
    let latest = now.checked_add(AHEAD_MAX).unwrap_or(Timestamp::MAX);
    if until <= latest {
        return Ok(until);
    }
    Err(Refusal::invalid(format!(
        "until {text} is too far ahead: ask for 3 years at most"
    )))
}

fn instant(name: &str, text: &str) -> Result<Timestamp, Refusal> {
    text.parse().map_err(|_| {
        Refusal::invalid(format!(
            "{name} {text:?} is no instant: write one such as 2026-03-01T00:00:00+09:00"
        ))
    })
}
