//! Consents to prices: writing one down, and whom to ask.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;

use crate::control::protocol::Rows;
use crate::control::protocol::consent::{Consent, Want};
use crate::control::server::Api;
use crate::control::server::ahead::{Asked, rows_of};
use crate::control::server::refusal::Refusal;
use crate::control::server::wish::{Reply, Wish};
use crate::core::answer::Words;
use crate::core::consent::{Agreement, GOOD_FOR, Rise};
use crate::core::money::Krw;
use crate::core::preview::{Agreed, Foreseen, Preview};
use crate::core::subscription::{Hold, Standing};
use crate::store::{Ahead, Command, Page};

pub(super) async fn consent(wish: Wish<Consent>) -> Reply {
    let consent = &wish.words;
    let written = consent.at.clone();
    let at: Timestamp = written.parse().map_err(|_| {
        Refusal::invalid(format!(
            "at {written:?} is no instant: write one such as 2026-03-01T15:30:00+09:00"
        ))
    })?;
    let won = Krw::parse(consent.amount).map_err(|bad| Refusal::invalid(bad.to_string()))?;
    if consent.evidence.trim().is_empty() {
        return Err(Refusal::invalid(
            "evidence is empty: say where the customer's answer can be found",
        ));
    }
    let (won, evidence) = (won.won(), Words::new(&consent.evidence));
    let note = |id| Command::Consent(id, Agreement { at, won }, evidence);
    let noted = wish.carry_out("consent", note).await;
    noted.map_err(|why| why.in_the_words_of(at, &written))
}

/// Whom to ask: everybody whose price rises by then and who has not agreed to that.
pub(super) async fn wanted(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Rows<Want>>, Refusal> {
    let Query(asked) = asked?;
    let now = (api.now)();
    let until = asked.until(now, GOOD_FOR)?;
    let Page { after, limit } = asked.page()?;
    let [after] = after;
    let found = api.reader.rises_ahead(Page { after, limit }, until).await?;
    let asked = |one: &Ahead| want(one, now, until);
    Ok(Json(rows_of(&found, |one| [one.key], asked)))
}

/// The first rise of a subscription that its customer has not agreed to.
fn want(one: &Ahead, now: Timestamp, until: Timestamp) -> Option<Want> {
    // Who is held for want of a consent is asked too.
    let is_asked = one.hold == Some(Hold::NoConsent);
    let standing = if is_asked {
        Standing::Chargeable
    } else {
        one.standing()
    };
    let subject = one.subject(standing, Agreed::WhenAsked);
    let rises = Preview::new(subject, one.waiting.clone(), now).until(until);
    let lacking = |row: Foreseen| {
        let rise = row.rise.filter(|_| row.fate.is_first_try())?;
        (!rise.is_covered(one.agreement, row.at)).then_some((row, rise))
    };
    let (row, rise) = rises.into_iter().find_map(lacking)?;
    Some(Want {
        subscription: one.id.clone(),
        customer_uid: one.customer_uid.clone(),
        plan: one.terms.plan.id.to_string(),
        cycle: row.n.number(),
        from: rise.from,
        to: rise.to,
        at: row.at.to_string(),
        ask_from: Rise::ask_from(row.at).to_string(),
        without: one.terms.without_consent.name().to_owned(),
    })
}
