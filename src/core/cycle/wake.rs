//! What a cycle's wake-up means. Crash, time-out, lost answer and plain due date all come through
//! here: there is no other way back to work.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::cycle::{Cycle, Event, Forgone, Rules, State};
use crate::core::subscription::Standing;

/// How often a cycle that may not be charged is looked at, in case its release was lost.
pub(super) const LOOK_AGAIN: Duration = Duration::from_hours(24);

/// How long a charge waits while another charge of the same card is open.
const CARD_BUSY: Duration = Duration::from_mins(5);

/// The event that waking this cycle at `now` amounts to. `next_due_at` is the due instant of the
/// cycle after it.
pub fn on_wake(cycle: &Cycle, rules: Rules<'_>, next_due_at: Timestamp, now: Timestamp) -> Event {
    let is_first_try = match &cycle.state {
        State::Charging { .. } => return Event::Expired,
        State::InDoubt { .. } => return Event::Asked,
        State::Scheduled { .. } => true,
        State::Retrying { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_)
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => false,
    };

    match rules.standing {
        Standing::Ended => Event::Forgone(Forgone::Canceled),
        Standing::Stopped => Event::Deferred {
            until: later(now, LOOK_AGAIN),
        },
        Standing::CardBusy => Event::Deferred {
            until: later(now, CARD_BUSY),
        },
        // Two debts at once mean that we were away, or that the subscription was brought in with the
        // wrong dates. Charging both unasked is what a customer would call a double charge.
        Standing::Chargeable if is_first_try && next_due_at <= now => Event::Overtaken,
        Standing::Chargeable => {
            let opens_at = rules.terms.window.earliest(now, &rules.terms.plan.zone);
            if opens_at > now {
                Event::Deferred { until: opens_at }
            } else {
                Event::Begun
            }
        }
    }
}

/// `now` plus a span, or the end of time.
pub(super) fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}
