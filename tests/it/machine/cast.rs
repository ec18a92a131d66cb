//! Every state and every event, by name: one of each variant, and more where what a variant carries
//! makes a difference.

use std::time::Duration;

use dues::core::answer::{Answer, Decline, Finding, ImpUid, Receipt, Unanswered, Words};
use dues::core::cycle::{Cause, Cycle, Doubt, Event, Forgone, State, Tally};
use dues::core::dunning::Class;
use dues::core::order::UidNo;
use jiff::Timestamp;

use crate::shop::instant;

/// When every event of the snapshot happens.
pub(crate) fn now() -> Timestamp {
    instant("2026-03-01T10:00:00+09:00")
}

/// The cycle in this state, with a past.
pub(crate) fn before(state: &State) -> Cycle {
    let is_untried = matches!(state, State::Scheduled { .. } | State::Skipped(_));
    let tally = Tally {
        attempts: 2,
        declines: 1,
        traceless: 0,
        ladder_at: None,
        uid_no: UidNo::FIRST,
    };
    Cycle {
        state: state.clone(),
        tally: if is_untried { Tally::default() } else { tally },
    }
}

/// Every state.
pub(crate) fn states() -> Vec<(String, State)> {
    let begun_at = now() - Duration::from_mins(10);
    let doubt = |doubt| State::InDoubt {
        doubt,
        begun_at,
        asked: 1,
        ask_at: now(),
    };
    let retrying = |cause| State::Retrying {
        cause,
        try_at: now(),
    };
    let words = || Words::new("words");
    let named = |name: &str, state| (name.to_owned(), state);
    vec![
        named("scheduled", State::Scheduled { try_at: now() }),
        named(
            "charging",
            State::Charging {
                begun_at,
                answer_by: now(),
            },
        ),
        named("in doubt: silence", doubt(Doubt::Silence(words()))),
        named(
            "in doubt: refused",
            doubt(Doubt::Refused(decline(Class::Funds))),
        ),
        named("in doubt: settled", doubt(Doubt::Settled(words()))),
        named("in doubt: mismatch", doubt(Doubt::Mismatch(words()))),
        named(
            "retrying: declined",
            retrying(Cause::Declined(decline(Class::Funds))),
        ),
        named("retrying: not sent", retrying(Cause::NotSent(words()))),
        named("retrying: absent", retrying(Cause::Absent)),
        named("retrying: malformed", retrying(Cause::Malformed(words()))),
        named("retrying: barred", retrying(Cause::Barred(words()))),
        named("retrying: outage", retrying(Cause::Outage(words()))),
        named(
            "exhausted",
            State::Exhausted {
                decline: decline(Class::Funds),
                until: now(),
            },
        ),
        named("paid", State::Paid(receipt(1, 0))),
        named(
            "partially refunded",
            State::PartiallyRefunded(receipt(1, 3_000)),
        ),
        named("refunded", State::Refunded(receipt(1, 9_900))),
        named("uncollectible", State::Uncollectible(decline(Class::Funds))),
        named("skipped: canceled", State::Skipped(Forgone::Canceled)),
        named("skipped: missed", State::Skipped(Forgone::Missed)),
        named("skipped: skipped", State::Skipped(Forgone::Skipped)),
        named("skipped: free", State::Skipped(Forgone::Free)),
        named("waived: canceled", State::Waived(Forgone::Canceled)),
        named("waived: missed", State::Waived(Forgone::Missed)),
    ]
}

/// Every event.
pub(crate) fn events() -> Vec<(&'static str, Event)> {
    let until = now() + Duration::from_hours(3);
    let mut events = vec![
        ("begun", Event::Begun),
        ("expired", Event::Expired),
        ("asked", Event::Asked),
        ("deferred 3h", Event::Deferred { until }),
        ("overtaken", Event::Overtaken),
    ];
    let answers = answers().into_iter();
    events.extend(answers.map(|(name, answer)| (name, Event::Answered(answer))));
    events.extend([
        (
            "not sent",
            Event::Unanswered(Unanswered::NotSent(Words::new("words"))),
        ),
        (
            "lost",
            Event::Unanswered(Unanswered::Lost(Words::new("words"))),
        ),
    ]);
    let findings = findings().into_iter();
    events.extend(findings.map(|(name, finding)| (name, Event::Found(finding))));
    events.extend([
        ("forgone: canceled", Event::Forgone(Forgone::Canceled)),
        ("forgone: missed", Event::Forgone(Forgone::Missed)),
        ("forgone: skipped", Event::Forgone(Forgone::Skipped)),
        ("forgone: free", Event::Forgone(Forgone::Free)),
        ("forgone: no consent", Event::Forgone(Forgone::NoConsent)),
        ("grace over", Event::GraceOver),
        ("retried", Event::Retried),
        ("released", Event::Released),
        ("card changed", Event::CardChanged),
        ("unconsented", Event::Unconsented),
        ("card died", Event::CardDied(Class::Never)),
        ("withheld", Event::Withheld(Words::new("words"))),
    ]);
    events
}

fn answers() -> Vec<(&'static str, Answer)> {
    let words = || Words::new("words");
    vec![
        ("answered paid", Answer::Paid(receipt(1, 0))),
        ("answered paid as imp_2", Answer::Paid(receipt(2, 0))),
        ("answered declined funds", declined(Class::Funds)),
        ("answered declined technical", declined(Class::Technical)),
        ("answered declined generic", declined(Class::Generic)),
        ("answered declined new_card", declined(Class::NewCard)),
        ("answered declined never", declined(Class::Never)),
        ("answered settled", Answer::Settled(words())),
        ("answered refused", Answer::Refused(decline(Class::Generic))),
        ("answered refunded", Answer::Refunded(receipt(1, 9_900))),
        ("answered mismatch", Answer::Mismatch(words())),
        ("answered malformed", Answer::Malformed(words())),
        ("answered barred", Answer::Barred(words())),
        ("answered outage", Answer::Outage(words())),
        ("answered no card", Answer::NoCard(decline(Class::NewCard))),
    ]
}

fn findings() -> Vec<(&'static str, Finding)> {
    let failed = |failed_at| Finding::Failed {
        decline: decline(Class::Funds),
        failed_at,
    };
    let earlier = now() - Duration::from_hours(24);
    vec![
        ("found paid", Finding::Paid(receipt(1, 0))),
        ("found paid, 4000 back", Finding::Paid(receipt(1, 4_000))),
        ("found paid as imp_2", Finding::Paid(receipt(2, 0))),
        ("found failed", failed(Some(now()))),
        ("found failed, no time", failed(None)),
        ("found failed, a day ago", failed(Some(earlier))),
        ("found absent", Finding::Absent),
        ("found refunded", Finding::Refunded(receipt(1, 9_900))),
        ("found mismatch", Finding::Mismatch(Words::new("words"))),
        ("found unclear", Finding::Unclear(Words::new("words"))),
    ]
}

fn declined(class: Class) -> Answer {
    Answer::Declined(decline(class))
}

pub(super) fn decline(class: Class) -> Decline {
    Decline {
        class,
        pg: None,
        code: None,
        message: Words::new("no"),
    }
}

fn receipt(number: u32, refunded_won: i64) -> Receipt {
    Receipt {
        imp_uid: ImpUid::parse(&format!("imp_{number}")).expect("a name"),
        paid_at: now(),
        refunded_won,
    }
}

/// The lists above hold every variant: a new one breaks the matches here, and one that was left out
/// of a list breaks the count.
#[test]
fn the_cast_is_complete() {
    let mut seen: Vec<usize> = states().iter().map(|(_, state)| place_of(state)).collect();
    seen.dedup();
    assert_eq!(seen, (0..19).collect::<Vec<_>>(), "states, causes, doubts");

    let mut seen: Vec<usize> = events()
        .iter()
        .map(|(_, event)| event_place(event))
        .collect();
    seen.dedup();
    assert_eq!(
        seen,
        (0..31).collect::<Vec<_>>(),
        "events, answers, findings"
    );
}

fn place_of(state: &State) -> usize {
    match state {
        State::Scheduled { .. } => 0,
        State::Charging { .. } => 1,
        State::InDoubt { doubt, .. } => match doubt {
            Doubt::Silence(_) => 2,
            Doubt::Refused(_) => 3,
            Doubt::Settled(_) => 4,
            Doubt::Mismatch(_) => 5,
        },
        State::Retrying { cause, .. } => match cause {
            Cause::Declined(_) => 6,
            Cause::NotSent(_) => 7,
            Cause::Absent => 8,
            Cause::Malformed(_) => 9,
            Cause::Barred(_) => 10,
            Cause::Outage(_) => 11,
        },
        State::Exhausted { .. } => 12,
        State::Paid(_) => 13,
        State::PartiallyRefunded(_) => 14,
        State::Refunded(_) => 15,
        State::Uncollectible(_) => 16,
        State::Skipped(_) => 17,
        State::Waived(_) => 18,
    }
}

fn event_place(event: &Event) -> usize {
    match event {
        Event::Begun => 0,
        Event::Expired => 1,
        Event::Asked => 2,
        Event::Deferred { .. } => 3,
        Event::Overtaken => 4,
        Event::Answered(answer) => match answer {
            Answer::Paid(_) => 5,
            Answer::Declined(_) => 6,
            Answer::Settled(_) => 7,
            Answer::Refused(_) => 8,
            Answer::Refunded(_) => 9,
            Answer::Mismatch(_) => 10,
            Answer::Malformed(_) => 11,
            Answer::Barred(_) => 12,
            Answer::Outage(_) => 13,
            Answer::NoCard(_) => 14,
        },
        Event::Unanswered(Unanswered::NotSent(_)) => 15,
        Event::Unanswered(Unanswered::Lost(_) | Unanswered::TooOften { .. }) => 16,
        Event::Found(finding) => match finding {
            Finding::Paid(_) => 17,
            Finding::Failed { .. } => 18,
            Finding::Absent => 19,
            Finding::Refunded(_) => 20,
            Finding::Mismatch(_) => 21,
            Finding::Unclear(_) => 22,
        },
        Event::Forgone(_) => 23,
        Event::GraceOver => 24,
        Event::Retried => 25,
        Event::Released => 26,
        Event::CardChanged => 27,
        Event::Unconsented => 28,
        Event::CardDied(_) => 29,
        Event::Withheld(_) => 30,
    }
}
