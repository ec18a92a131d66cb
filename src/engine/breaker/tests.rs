//! When it opens, who may try, and what says nothing.

use super::*;
use crate::core::answer::Decline;
use crate::core::order::UidNo;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn outcome(subscription: i64, answer: Answer) -> Outcome {
    Outcome {
        key: CycleKey::for_test(subscription),
        attempt: 1,
        uid: UidNo::FIRST,
        event: Event::Answered(answer),
    }
}

fn declined(subscription: i64, class: Class) -> Outcome {
    let decline = Decline {
        class,
        pg: None,
        code: None,
        message: Words::new("장애"),
    };
    outcome(subscription, Answer::Declined(decline))
}

fn barred(subscription: i64) -> Outcome {
    outcome(subscription, Answer::Barred(Words::new("401")))
}

fn lost(subscription: i64) -> Outcome {
    Outcome {
        event: Event::Unanswered(Unanswered::Lost(Words::new("time-out"))),
        ..barred(subscription)
    }
}

/// Opened at 0 by a refusal.
fn opened() -> Breaker {
    let mut breaker = Breaker::default();
    let change = breaker.learn(&mut [barred(1), barred(2)], at(0));
    let why = Words::new("401");
    assert_eq!(change, Some(Change::Opened(Stop::Barred, why)));
    breaker
}

fn tries(breaker: &mut Breaker, subscription: i64, now: i64) {
    assert_eq!(breaker.allowed(at(now - 1)), 0, "a second before");
    assert_eq!(breaker.allowed(at(now)), 1);
    let probe = (CycleKey::for_test(subscription), 1);
    breaker.tries_with(probe, at(now));
    assert_eq!(breaker.allowed(at(now)), 0, "one is enough");
}

#[test]
fn one_tries_after_a_pause_that_doubles_and_its_answer_closes_it() {
    let mut breaker = opened();
    tries(&mut breaker, 3, 60);
    assert_eq!(breaker.learn(&mut [barred(3)], at(61)), None, "no news");
    tries(&mut breaker, 4, 181);
    let changed = breaker.learn(&mut [lost(4)], at(240));
    assert!(matches!(changed, Some(Change::Opened(Stop::Outage, _))));
    tries(&mut breaker, 5, 480);
    // A card that is declined is an answer as good as a payment.
    let changed = breaker.learn(&mut [declined(5, Class::Funds)], at(481));
    assert_eq!(changed, Some(Change::Closed));
    assert_eq!(breaker.allowed(at(481)), u32::MAX);
}

#[test]
fn who_was_under_way_before_has_no_say() {
    let mut breaker = opened();
    assert_eq!(
        breaker.learn(&mut [declined(3, Class::Funds)], at(30)),
        None
    );
    tries(&mut breaker, 4, 60);
    let late = &mut [declined(5, Class::Funds), barred(6), lost(7)];
    assert_eq!(breaker.learn(late, at(70)), None);
    assert_eq!(breaker.allowed(at(3_600)), 1, "the one broke off: another");
}

#[test]
fn an_outage_is_five_in_a_row_or_half_of_twenty() {
    let fails = |breaker: &mut Breaker, pattern: &str, step: i64| {
        let chars = pattern.chars().zip(0..);
        let opens = |(sign, place): (char, i64)| {
            let one = match sign {
                'x' => lost(place),
                't' => declined(place, Class::Technical),
                _ => declined(place, Class::Generic),
            };
            breaker.learn(&mut [one], at(place * step)).is_some()
        };
        chars.map(opens).position(|opened| opened)
    };
    let check = |pattern: &str, step| fails(&mut Breaker::default(), pattern, step);
    assert_eq!(check("xtxtx", 1), Some(4));
    assert_eq!(check("xxxx.xxxx.xx", 1), Some(11));
    assert_eq!(check(&"x.".repeat(50), 1), Some(18));
    assert_eq!(check(&"x..".repeat(50), 1), None, "a bank that is down");
    assert_eq!(check(&"x".repeat(50), 300), None, "five in 20 minutes");
}

#[test]
fn what_fails_in_an_outage_is_no_decline() {
    let mut breaker = Breaker::default();
    let mut outcomes: Vec<Outcome> = (0..6)
        .map(|place| declined(place, Class::Technical))
        .chain([declined(9, Class::Funds)])
        .collect();
    breaker.learn(&mut outcomes, at(0));
    let is_outage = |outcome: &Outcome| matches!(outcome.event, Event::Answered(Answer::Outage(_)));
    assert_eq!(outcomes.iter().filter(|one| is_outage(one)).count(), 6);
    let mut early = [declined(1, Class::Technical)];
    Breaker::default().learn(&mut early, at(0));
    assert!(!early.iter().any(is_outage), "one card alone is a decline");
}

/// Seed 2181: an hour of the year 2036 was waited for.
#[test]
fn a_pause_by_a_wrong_time_ends_by_the_right_one() {
    let mut breaker = Breaker::default();
    breaker.learn(&mut [barred(1)], at(315_360_000));
    breaker.was_corrected(at(0));
    assert_eq!(breaker.allowed(at(3_600)), 1);
}

/// Five charges that were kept back, because nobody answered about their earlier uids, are no outage.
#[test]
fn what_was_kept_back_is_no_outage() {
    let withheld = |subscription| Outcome {
        event: Event::Withheld(Words::new("not found")),
        ..lost(subscription)
    };
    let mut breaker = Breaker::default();
    for subscription in 0..20 {
        assert_eq!(breaker.learn(&mut [withheld(subscription)], at(1)), None);
    }
    assert_eq!(breaker.allowed(at(1)), u32::MAX);

    let mut breaker = opened();
    tries(&mut breaker, 3, 60);
    assert_eq!(breaker.learn(&mut [withheld(3)], at(61)), None, "no news");
    assert_eq!(breaker.allowed(at(120)), 0);
    tries(&mut breaker, 4, 121);
}
