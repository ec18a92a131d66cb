//! Cards that expire before they are charged: whom to ask for another. It never keeps anybody from being charged.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;

use crate::control::protocol::Rows;
use crate::control::protocol::cards::Expiring;
use crate::control::server::Api;
use crate::control::server::ahead::{Asked, rows_of};
use crate::control::server::refusal::Refusal;
use crate::core::card_expiry::ASKED_AHEAD;
use crate::core::explain;
use crate::core::preview::Foreseen;
use crate::store::{self, SubscriptionView};

/// Whom to ask: everybody who is charged by then with a card that is over before.
pub(super) async fn expiring(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Rows<Expiring>>, Refusal> {
    let Query(asked) = asked?;
    let now = (api.now)();
    let until = asked.until(now, ASKED_AHEAD)?;
    let found = api.reader.cards_ahead(asked.page()?, until).await?;
    let asked = |one: &store::Expiring| Some(row(one, one.first_lost(now, until)?));
    Ok(Json(rows_of(&found, store::Expiring::place, asked)))
}

fn row(one: &store::Expiring, lost: Foreseen) -> Expiring {
    Expiring {
        subscription: one.ahead.id.clone(),
        customer_uid: one.ahead.customer_uid.clone(),
        plan: one.ahead.terms.plan.id.to_string(),
        card_expires: one.expires.to_string(),
        cycle: lost.n.number(),
        at: lost.at.to_string(),
    }
}

/// When the card of a subscription expires, if that was told, and whether that is before it is charged.
pub(super) async fn card(
    api: &Api,
    found: &SubscriptionView,
    now: Timestamp,
) -> Result<Option<String>, Refusal> {
    let Some(month) = found.card_expires.filter(|_| found.ended_at.is_none()) else {
        return Ok(None);
    };
    let until = now.checked_add(ASKED_AHEAD).unwrap_or(Timestamp::MAX);
    let one = api.reader.card_ahead(found.key, month).await?;
    Ok(one.map(|one| {
        let lost = one.first_lost(now, until);
        explain::expiry(one.expires, lost, &one.ahead.terms.plan.zone)
    }))
}
