//! What a cycle's wake-up means. Crash, time-out, lost answer and plain due date all come through
//! here: there is no other way back to work.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::catch_up::Decision;
use crate::core::consent::{Consent, WithoutConsent};
use crate::core::cycle::{Cycle, Event, Forgone, Rules, State};
use crate::core::price::Price;
use crate::core::subscription::Standing;

/// How soon a cycle that may not be charged is looked at again, in case its release was lost; then
/// after twice as long each time, because each look is a line in the journal.
pub(super) const LOOK_AGAIN: Duration = Duration::from_hours(24);

/// The longest of these spans.
const LOOK_AGAIN_MAX: Duration = Duration::from_hours(64 * 24);

/// How long a charge waits while another charge of the same card is open.
const CARD_BUSY: Duration = Duration::from_mins(5);

/// The event that waking this cycle at `now` amounts to. `due` counts the subscription's cycles that
/// are due by now, from this one on.
pub fn on_wake(cycle: &Cycle, rules: Rules<'_>, due: u8, now: Timestamp) -> Event {
    let first_try_at = match &cycle.state {
        State::Charging { .. } => return Event::Expired,
        State::InDoubt { .. } => return Event::Asked,
        State::Exhausted { .. } => return on_grace_over(rules, now),
        State::Scheduled { try_at } => Some(*try_at),
        State::Retrying { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_)
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => None,
    };

    match rules.standing {
        Standing::Ended => Event::Forgone(Forgone::Canceled),
        Standing::Stopped => looked_at_later(cycle, now),
        // Nothing is sent: neither the card nor the window nor other cycles that are due matter.
        Standing::CardBusy
        | Standing::CardSpent { .. }
        | Standing::CardDead(_)
        | Standing::Chargeable
            if rules.price == Price::Free =>
        {
            Event::Forgone(Forgone::Free)
        }
        // Retries rest. A cycle that was not tried yet is a debt of its own: it is never passed over.
        Standing::CardSpent { until } if until > now && first_try_at.is_none() => {
            Event::Deferred { until }
        }
        // A cycle that was not tried yet waits for another card, and so do those after it: it is not
        // passed over. One that was tried waits no longer than its grace.
        Standing::CardDead(class) if !cycle.is_tried_by_hand() => match first_try_at {
            Some(_) => looked_at_later(cycle, now),
            None => Event::CardDied(class),
        },
        Standing::CardBusy => Event::Deferred {
            until: later(now, CARD_BUSY),
        },
        Standing::CardSpent { .. } | Standing::CardDead(_) | Standing::Chargeable => {
            let late = |try_at| span(try_at, now);
            let decision = first_try_at.map(|at| rules.terms.catch_up.decide(due, late(at)));
            match decision {
                Some(Decision::Hold) => Event::Overtaken,
                Some(Decision::Skip) => Event::Forgone(Forgone::Missed),
                Some(Decision::Charge) => begun_as_agreed(rules, now),
                None => begun_in_the_window(rules, now),
            }
        }
    }
}

/// Nothing is begun before its release, which wakes it.
fn looked_at_later(cycle: &Cycle, now: Timestamp) -> Event {
    let waits = cycle.state.act_at().map_or(LOOK_AGAIN, |at| span(at, now));
    Event::Deferred {
        until: later(now, waits.clamp(LOOK_AGAIN, LOOK_AGAIN_MAX)),
    }
}

/// A first try. A retry asks for what the customer agreed to when it was tried first.
fn begun_as_agreed(rules: Rules<'_>, now: Timestamp) -> Event {
    let event = begun_in_the_window(rules, now);
    match (rules.consent, rules.terms.without_consent) {
        _ if event != Event::Begun => event,
        (Consent::NotNeeded | Consent::Given, _) => event,
        (Consent::Lacking, WithoutConsent::Hold) => Event::Unconsented,
        (Consent::Lacking, WithoutConsent::Cancel) => Event::Forgone(Forgone::NoConsent),
    }
}

/// Nothing is sent where we give up: neither the card nor the window matters. While the subscription
/// stands still, so does its grace.
fn on_grace_over(rules: Rules<'_>, now: Timestamp) -> Event {
    match rules.standing {
        Standing::Ended => Event::Forgone(Forgone::Canceled),
        Standing::Stopped => Event::Deferred {
            until: later(now, LOOK_AGAIN),
        },
        Standing::CardBusy
        | Standing::CardSpent { .. }
        | Standing::CardDead(_)
        | Standing::Chargeable => Event::GraceOver,
    }
}

fn begun_in_the_window(rules: Rules<'_>, now: Timestamp) -> Event {
    let opens_at = rules.terms.window.earliest(now, &rules.terms.plan.zone);
    if opens_at > now {
        Event::Deferred { until: opens_at }
    } else {
        Event::Begun
    }
}

/// How long it is from one instant to a later one.
fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}

/// `now` plus a span, or the end of time.
pub(super) fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}
