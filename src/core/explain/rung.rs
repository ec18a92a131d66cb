//! Where a cycle stands on its ladder, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::answer::Decline;
use crate::core::cycle::{Cause, Cycle, State};
use crate::core::dunning::Ladder;
use crate::core::explain::local;

/// How far a cycle has come on its ladder; nothing when it was not declined.
pub fn rung(cycle: &Cycle, ladder: &Ladder) -> Option<String> {
    let State::Retrying {
        cause: Cause::Declined(decline),
        ..
    } = &cycle.state
    else {
        return None;
    };
    let declines = cycle.tally.declines;
    let more = (declines + 1..=Ladder::DECLINES_CEILING)
        .take_while(|declines| ladder.wait_after(decline.class, *declines).is_some())
        .count();
    Some(format!(
        "decline {declines} of {} at most, {}; if the next try is declined so as well, {} more follow",
        ladder.declines_max,
        decline.class.name(),
        more
    ))
}

/// What a cycle waits for whose ladder has ended.
pub(super) fn exhausted(
    cycle: &Cycle,
    decline: &Decline,
    until: Timestamp,
    zone: &TimeZone,
) -> String {
    format!(
        "dunning has ended after {} declines ({}: {}); until {} only another card is charged",
        cycle.tally.declines,
        decline.class.name(),
        decline.message,
        local(until, zone)
    )
}
