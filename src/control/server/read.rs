//! Lists of subscriptions, and one of them with its history.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use serde::Deserialize;

use crate::control::protocol::{Kind, PAGE_MAX, Rows, Shown, Subscription};
use crate::control::server::Api;
use crate::control::server::cards::card;
use crate::control::server::explain::term;
use crate::control::server::refusal::Refusal;
use crate::control::server::rows;
use crate::core::subscription::Status;
use crate::store::{NotDone, Page, SubscriptionView};

/// How many cycles, attempts and entries of the journal are shown of a subscription.
const SHOWN_MAX: u32 = 20;

/// How many subscriptions of a card are named when somebody has to choose.
const CHOICE_MAX: u32 = 10;

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    after: Option<String>,
    limit: Option<u32>,
    status: Option<String>,
}

pub(super) async fn list(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Rows<Subscription>>, Refusal> {
    let Query(asked) = asked?;
    if let Some(status) = &asked.status {
        known(status)?;
    }
    let [after] = place(asked.after.as_deref())?;
    let limit = limit(asked.limit)?;
    let page = Page { after, limit };
    let views = api
        .reader
        .subscriptions(page, asked.status.as_deref())
        .await?;
    Ok(Json(rows_of(views, limit, |row| [row.key], Into::into)))
}

pub(super) async fn show(
    State(api): State<Api>,
    id: Result<Path<String>, PathRejection>,
) -> Result<Json<Shown>, Refusal> {
    let Path(id) = id?;
    let found = find(&api, &id).await?;

    let key = found.key;
    let cycles = api.reader.cycles_of(key, SHOWN_MAX).await?;
    let attempts = api.reader.attempts_of(key, SHOWN_MAX).await?;
    let events = api.reader.journal_of(key, SHOWN_MAX).await?;
    let now = (api.now)();
    let (term, card) = (term(&api, key, now).await?, card(&api, &found, now).await?);
    Ok(Json(Shown {
        term,
        card,
        subscription: found.into(),
        cycles: cycles
            .into_iter()
            .map(|row| rows::cycle(row, &api.reader))
            .collect(),
        attempts: attempts.into_iter().map(Into::into).collect(),
        events: events.into_iter().map(Into::into).collect(),
    }))
}

/// The subscription of this id, or the only one of this customer.
pub(super) async fn find(api: &Api, id: &str) -> Result<SubscriptionView, Refusal> {
    match api.reader.subscription(id).await? {
        Some(found) => Ok(found),
        None => of_customer(api, id).await,
    }
}

/// The only subscription of a customer.
async fn of_customer(api: &Api, customer_uid: &str) -> Result<SubscriptionView, Refusal> {
    let mut found = api
        .reader
        .subscriptions_of(customer_uid, CHOICE_MAX)
        .await?;
    match (found.pop(), found.as_slice()) {
        (None, _) => Err(NotDone::Unknown(customer_uid.to_owned()).into()),
        (Some(only), []) => Ok(only),
        (Some(last), others) => {
            let ids: Vec<&str> = others.iter().map(|row| row.id.as_str()).collect();
            let message = format!(
                "{customer_uid:?} has several subscriptions: name one of {}, {}",
                ids.join(", "),
                last.id
            );
            Err(Refusal::new(Kind::Conflict, message))
        }
    }
}

fn known(status: &str) -> Result<Status, Refusal> {
    Status::named(status).ok_or_else(|| {
        let names = Status::ALL.map(Status::name).join(", ");
        Refusal::invalid(format!(
            "status {status:?} does not exist: there are {names}"
        ))
    })
}

/// Reads how many rows are wanted.
pub(super) fn limit(wanted: Option<u32>) -> Result<u32, Refusal> {
    match wanted.unwrap_or(PAGE_MAX) {
        limit @ 1..=PAGE_MAX => Ok(limit),
        odd => Err(Refusal::invalid(format!(
            "limit {odd} is not allowed: ask for 1 to {PAGE_MAX} rows"
        ))),
    }
}

/// Reads a place in a list: the numbers of a row's key with dots between; before the first row when
/// there is none.
pub(super) fn place<const N: usize>(after: Option<&str>) -> Result<[i64; N], Refusal> {
    let Some(after) = after else {
        return Ok([-1; N]);
    };
    let bad = || {
        Refusal::invalid(format!(
            "after {after:?} is not a place: give what `next` said"
        ))
    };
    let numbers: Result<Vec<i64>, _> = after.split('.').map(str::parse).collect();
    numbers
        .ok()
        .and_then(|numbers| numbers.try_into().ok())
        .ok_or_else(bad)
}

/// A page, with the place of its last row if there may be more.
pub(super) fn rows_of<V, T, const N: usize>(
    views: Vec<V>,
    limit: u32,
    key: impl Fn(&V) -> [i64; N],
    row: impl FnMut(V) -> T,
) -> Rows<T> {
    Rows {
        next: next_of(&views, limit, key),
        rows: views.into_iter().map(row).collect(),
    }
}

/// The place of the last of a page, if there may be more.
pub(super) fn next_of<V, const N: usize>(
    views: &[V],
    limit: u32,
    key: impl Fn(&V) -> [i64; N],
) -> Option<String> {
    let is_full = u32::try_from(views.len()).is_ok_and(|count| count >= limit);
    let last = views.last().filter(|_| is_full);
    last.map(|last| key(last).map(|number| number.to_string()).join("."))
}
