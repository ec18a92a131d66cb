//! The shop that these tests are about: its plan, its rules and its installation. Rules are the
//! standard ones, so that a snapshot shows what an operator gets.

use std::time::Duration;

use dues::core::calendar::Cadence;
use dues::core::dunning::Ladder;
use dues::core::money::Krw;
use dues::core::order::{OrderName, PlanId};
use dues::core::plan::{Pace, Plan, Terms};
use dues::core::window::Window;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// 9,900 won a month, at any time of the day.
pub(crate) fn monthly() -> Terms {
    terms("basic", "1 month")
}

/// 9,900 won at this cadence, at any time of the day.
pub(crate) fn terms(id: &str, cadence: &str) -> Terms {
    Terms {
        plan: Plan {
            id: PlanId::parse(id).expect("a plan's id"),
            name: OrderName::parse("Basic").expect("a name"),
            amount: Krw::parse(9_900).expect("an amount"),
            cadence: Cadence::parse(cadence).expect("a cadence"),
            zone: TimeZone::get("Asia/Seoul").expect("a zone that is compiled in"),
        },
        ladder: Ladder::standard(),
        window: Window::Always,
        pace: pace(),
    }
}

/// How long the gateway is waited for.
pub(crate) fn pace() -> Pace {
    Pace {
        answer_within: Duration::from_secs(90),
        quiet_period: Duration::from_mins(3),
        ask_again_max: Duration::from_hours(1),
    }
}

/// An instant, written down.
pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}
