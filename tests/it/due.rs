//! What is due of a plan at some moment, and who is in a trial: pure functions of the plan and the clock.

use dues::core::calendar::{Anchor, Cadence, CycleNo};
use dues::core::catch_up::CatchUp;
use dues::core::plan::Terms;
use dues::core::price::Trial;
use dues::core::subscription::Hold;
use jiff::{SignedDuration, Timestamp};

use crate::shop;

fn at(text: &str) -> Timestamp {
    shop::instant(text)
}

fn n(number: u32) -> CycleNo {
    CycleNo::parse(number).expect("a number")
}

/// Four cycles, a day apart, from the 31st of January on.
fn daily() -> (Terms, Anchor) {
    let mut terms = shop::terms("basic", "1 day");
    terms.plan.price_list.cycles = Some(4);
    (terms, Anchor::of(at("2026-01-31T10:00:00+09:00")))
}

#[test]
fn a_cycle_is_due_from_its_instant_on() {
    let (terms, anchor) = daily();
    let third = at("2026-02-02T10:00:00+09:00");
    let due = |now| {
        terms
            .cycles_due(anchor, n(0), now)
            .expect("in the calendar")
    };
    let a_moment = SignedDuration::from_micros(1);
    // The one in hand counts, whenever it is due.
    assert_eq!(due(at("2026-01-30T10:00:00+09:00")), 1);
    assert_eq!((due(third - a_moment), due(third)), (2, 3));
    // There are four in all.
    assert_eq!(due(at("2026-03-01T10:00:00+09:00")), 4);

    let endless = shop::terms("basic", "1 day");
    let many = endless.cycles_due(anchor, n(0), at("2027-01-31T10:00:00+09:00"));
    assert_eq!(many.expect("in the calendar"), CatchUp::CHARGES_MAX + 1);
}

#[test]
fn of_those_that_are_due_after_it_the_latest_are_told() {
    let (terms, anchor) = daily();
    let after = |most, now| {
        let (due, left_out) = terms
            .due_after(anchor, n(0), (most, now))
            .expect("in the calendar");
        let due: Vec<u32> = due.into_iter().map(CycleNo::number).collect();
        (due, left_out)
    };
    let third = at("2026-02-02T10:00:00+09:00");
    assert_eq!(
        after(9, third - SignedDuration::from_micros(1)),
        (vec![1], 0)
    );
    assert_eq!(after(9, third), (vec![1, 2], 0));
    assert_eq!(after(2, third), (vec![1, 2], 0));
    assert_eq!(after(1, third), (vec![2], 1));
    assert_eq!(after(1, at("2026-03-01T10:00:00+09:00")), (vec![3], 2));
}

#[test]
fn a_trial_ends_with_its_span_or_with_the_cycle_after_its_free_ones() {
    let anchor = at("2026-01-31T10:00:00+09:00");
    let plan = |trial| {
        let mut terms = shop::monthly();
        terms.plan.price_list.trial = Some(trial);
        terms.plan
    };
    let span = plan(Trial::Span(Cadence::parse("14 days").expect("a span")));
    let end = at("2026-02-14T10:00:00+09:00");
    let before = end - SignedDuration::from_micros(1);
    let is_trial = |number, now| {
        span.is_trial(anchor, n(number), now)
            .expect("in the calendar")
    };
    assert!(is_trial(0, before) && !is_trial(0, end));
    assert!(!is_trial(1, before), "its first cycle is over");

    let cycles = plan(Trial::Cycles(2));
    let is_trial = |number| {
        cycles
            .is_trial(anchor, n(number), end)
            .expect("in the calendar")
    };
    assert_eq!([0, 1, 2].map(is_trial), [true, true, false]);
    // Cycle 2 waits to be charged, and what was begun last was free; unless it was begun elsewhere.
    let is_trialing = |first, waits| {
        let waits = (n(first), n(waits));
        cycles
            .is_trialing(anchor, waits, end)
            .expect("in the calendar")
    };
    let table = [
        (0, 0, true),
        (0, 2, true),
        (1, 2, true),
        (2, 2, false),
        (0, 3, false),
    ];
    for (first, waits, expected) in table {
        assert_eq!(is_trialing(first, waits), expected, "{first} {waits}");
    }
}

#[test]
fn every_hold_is_read_back_by_its_name() {
    for hold in Hold::ALL {
        assert_eq!(Hold::named(hold.name()), Some(hold));
    }
    assert_eq!(Hold::named("holding"), None);
}
