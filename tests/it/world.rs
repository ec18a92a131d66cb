//! A small world around the pure functions: one cycle's row, a gateway with books of its own, and
//! nothing else. The two checkers (`exhaustive`, `model`) put faults, time and chance around it.

pub(crate) mod books;
pub(crate) mod row;

use std::time::Duration;

use dues::core::answer::{Decline, Words};
use dues::core::dunning::{Class, EndAction, Ladder};
use dues::core::order::UidScope;
use dues::core::plan::{Pace, Terms};
use jiff::Timestamp;

use crate::shop;

/// How long an attempt without an answer stays open.
pub(crate) const ANSWER_WITHIN: Duration = Duration::from_mins(2);

/// How long a doubt rests.
pub(crate) const QUIET: Duration = Duration::from_mins(3);

/// From the first decline to the second try, which is the last.
pub(crate) const RETRY_AFTER: Duration = Duration::from_mins(10);

/// The shop's plan with two tries, and spans that are short in minutes: what counts is only which
/// of two spans is the longer one. Declines are technical: after any other the card rests for a day.
pub(crate) fn two_tries() -> Terms {
    Terms {
        ladder: Ladder {
            funds: Vec::new(),
            technical: vec![RETRY_AFTER],
            generic: Vec::new(),
            paydays: Vec::new(),
            declines_max: 2,
            grace: Duration::ZERO,
            end_action: EndAction::Suspend,
        },
        pace: Pace {
            answer_within: ANSWER_WITHIN,
            quiet_period: QUIET,
            ask_again_max: Duration::from_mins(4),
            uid_scope: UidScope::Cycle,
        },
        ..shop::monthly()
    }
}

/// When every story begins.
pub(crate) fn beginning() -> Timestamp {
    shop::instant("2026-03-01T10:00:00+09:00")
}

/// A decline that may be tried again.
pub(crate) fn decline(class: Class) -> Decline {
    Decline {
        class,
        pg: None,
        code: None,
        message: Words::new("no"),
    }
}
