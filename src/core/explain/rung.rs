//! Where a cycle stands on its ladder, in words.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::answer::Decline;
use crate::core::civil::local;
use crate::core::cycle::{Cause, Cycle, State};
use crate::core::dunning::Ladder;

/// How far a cycle has come on its ladder; nothing when it was not declined.
pub fn rung(cycle: &Cycle, ladder: &Ladder, zone: &TimeZone) -> Option<String> {
    let State::Retrying {
        cause: Cause::Declined(decline),
        ..
    } = &cycle.state
    else {
        return None;
    };
    let declines = cycle.tally.declines;
    if let Some(ladder_at) = cycle.tally.ladder_at {
        return Some(format!(
            "decline {declines} of {} at most, {}; the next try is one that a person asked for and takes no \
             rung: if it is declined, the ladder goes on where it was, at {}",
            ladder.declines_max,
            decline.class.name(),
            local(ladder_at, zone)
        ));
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::answer::Words;
    use crate::core::cycle::Tally;
    use crate::core::dunning::Class;
    use crate::core::order::UidNo;

    #[test]
    fn a_retry_by_hand_is_told_from_the_ladders_own() {
        let told = |ladder_at: Option<&str>| {
            let cause = Cause::Declined(Decline {
                class: Class::Funds,
                pg: None,
                code: None,
                message: Words::new("한도 초과"),
            });
            let cycle = Cycle {
                state: State::Retrying {
                    cause,
                    try_at: Timestamp::UNIX_EPOCH,
                },
                tally: Tally {
                    attempts: 2,
                    declines: 2,
                    traceless: 0,
                    ladder_at: ladder_at.map(|at| at.parse().unwrap()),
                    uid_no: UidNo::FIRST,
                },
            };
            rung(&cycle, &Ladder::standard(), &TimeZone::UTC).unwrap()
        };
        assert_eq!(
            told(None),
            "decline 2 of 6 at most, funds; if the next try is declined so as well, 3 more follow"
        );
        assert_eq!(
            told(Some("2026-02-05T01:00:00Z")),
            "decline 2 of 6 at most, funds; the next try is one that a person asked for and takes no rung: if \
             it is declined, the ladder goes on where it was, at 2026-02-05 01:00 +00:00"
        );
    }
}
