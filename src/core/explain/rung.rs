//! Where a cycle stands on its ladder, in words.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::answer::Decline;
use crate::core::civil::local;
use crate::core::counted::counted;
use crate::core::cycle::{Cause, Cycle, State};
use crate::core::dunning::{Class, Ladder, PAYDAY_REACH_DAYS, REST, SPREAD};

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
        "decline {declines} of {} at most, {}{}; if the next try is declined so as well, {more} more",
        ladder.declines_max,
        decline.class.name(),
        again(ladder, decline.class, declines)
    ))
}

/// When the ladder, as it is now, has a cycle tried again after this decline.
fn again(ladder: &Ladder, class: Class, declines: u8) -> String {
    let Some(wait) = ladder.wait_after(class, declines) else {
        return String::new();
    };
    let wait = wait.max(class.rest());
    if wait < REST {
        return format!(": again {} after it", span(wait));
    }
    let paydays: Vec<String> = ladder.paydays.iter().map(i8::to_string).collect();
    let payday = if class == Class::Funds && !paydays.is_empty() {
        format!(
            ", or on a payday ({}) within {PAYDAY_REACH_DAYS} days of that",
            paydays.join(", ")
        )
    } else {
        String::new()
    };
    format!(
        ": again {} after it{payday}, spread over {}",
        span(wait),
        span(SPREAD)
    )
}

/// A span in the largest unit that it is a whole number of.
fn span(span: Duration) -> String {
    let seconds = span.as_secs();
    let units = [(86_400, "day"), (3_600, "hour"), (60, "minute")];
    let whole = units
        .into_iter()
        .find(|(unit, _)| seconds.is_multiple_of(*unit));
    let (unit, name) = whole.unwrap_or((1, "second"));
    counted(seconds / unit, name)
}

/// What a cycle waits for whose ladder has ended.
pub(super) fn exhausted(
    cycle: &Cycle,
    decline: &Decline,
    until: Timestamp,
    zone: &TimeZone,
) -> String {
    format!(
        "dunning has ended after {} ({}: {}); until {} only another card is charged",
        counted(cycle.tally.declines, "decline"),
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
    use crate::core::order::UidNo;

    #[test]
    fn when_it_is_tried_again_is_told_as_the_ladder_has_it() {
        let ladder = Ladder {
            technical: [90, 1_800, 86_400].map(Duration::from_secs).to_vec(),
            ..Ladder::standard()
        };
        let none = Ladder {
            paydays: Vec::new(),
            ..ladder.clone()
        };
        let told = [
            again(&ladder, Class::Technical, 1),
            again(&ladder, Class::Technical, 2),
            again(&ladder, Class::Technical, 3),
            again(&ladder, Class::Generic, 1),
            again(&none, Class::Funds, 5),
            again(&ladder, Class::Funds, 6),
            again(&ladder, Class::NewCard, 1),
        ];
        assert_eq!(
            told,
            [
                ": again 90 seconds after it",
                ": again 1,710 seconds after it",
                ": again 1,410 minutes after it",
                ": again 3 days after it, spread over 1 hour",
                ": again 7 days after it, spread over 1 hour",
                "",
                "",
            ]
        );
    }

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
            "decline 2 of 6 at most, funds: again 5 days after it, or on a payday (25, 10, 1, 15) within 2 days of \
             that, spread over 1 hour; if the next try is declined so as well, 3 more"
        );
        assert_eq!(
            told(Some("2026-02-05T01:00:00Z")),
            "decline 2 of 6 at most, funds; the next try is one that a person asked for and takes no rung: if \
             it is declined, the ladder goes on where it was, at 2026-02-05 01:00 +00:00"
        );
    }
}
