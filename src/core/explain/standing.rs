//! What keeps a whole subscription from being charged: where it stands, its end, its hold and its card.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::card_expiry::CardExpiry;
use crate::core::civil::local;
use crate::core::cycle::State;
use crate::core::dunning::CARD_DECLINES_MAX;
use crate::core::explain::Case;
use crate::core::preview::Foreseen;
use crate::core::subscription::{Card, Hold, Status};

pub(super) fn status(case: Case<'_>) -> (bool, String) {
    if let (Status::Paused, Some(at)) = (case.status, case.resumes_at) {
        let at = local(at, &case.terms.plan.zone);
        let words = format!("paused: nothing is charged until {at}, or until `dues resume`");
        return (false, words);
    }
    let status = case.status;
    let words = match status {
        Status::Trialing | Status::Active => "",
        Status::PastDue => ": a cycle is owed, and the others are charged all the same",
        Status::Paused => ": nothing is charged until `dues resume`",
        Status::Suspended => {
            ": dunning gave up, or a person stopped it; nothing is charged until `dues reactivate`"
        }
        Status::Canceled | Status::Completed => ": nothing is charged any more",
    };
    let is_passed = match status {
        Status::Trialing | Status::Active | Status::PastDue => true,
        Status::Paused | Status::Suspended | Status::Canceled | Status::Completed => false,
    };
    (is_passed, format!("{}{words}", status.name()))
}

pub(super) fn end(ends_at: Timestamp, zone: &TimeZone, now: Timestamp) -> (bool, String) {
    let words = format!(
        "the subscription is canceled at {}: nothing is charged from then on (dues uncancel)",
        local(ends_at, zone)
    );
    (now < ends_at, words)
}

pub(super) fn hold(hold: Option<Hold>) -> (bool, String) {
    match hold {
        None => (true, "none".to_owned()),
        Some(hold) => (
            false,
            format!(
                "{}: nothing is charged until `dues release`; `dues doctor` says more",
                hold.name()
            ),
        ),
    }
}

/// When the card of a subscription expires, and the first charge that it does not live to see, if one is near.
pub fn expiry(expires: CardExpiry, lost: Option<Foreseen>, zone: &TimeZone) -> String {
    let Some(lost) = lost else {
        return format!("expires {expires}");
    };
    format!(
        "expires {expires}, before cycle {} is charged at {}: ask for another (`dues card`)",
        lost.n,
        local(lost.at, zone)
    )
}

pub(super) fn card(case: Case<'_>) -> (bool, String) {
    match case.card {
        Card::Free => (true, "no other charge of it is open".to_owned()),
        Card::Busy => (false, "another charge of it is open".to_owned()),
        Card::Dead(class) => (
            case.cycle.tally.ladder_at.is_some(),
            format!(
                "it was declined for good ({}): nothing is asked of it; `dues card` gives another",
                class.name()
            ),
        ),
        Card::Spent { until } => (
            matches!(case.cycle.state, State::Scheduled { .. }),
            format!(
                "it was declined {CARD_DECLINES_MAX} times within 30 days: retries rest until {}",
                local(until, &case.terms.plan.zone)
            ),
        ),
    }
}
