//! What charges that go first lead to, by how they come back.

use super::*;
use crate::core::answer::Decline;
use crate::core::answer::{Receipt, Unanswered};
use crate::core::order::UidNo;
use crate::gateway::iamport::loopback::order;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn receipt(imp_uid: &str) -> Receipt {
    Receipt {
        imp_uid: ImpUid::parse(imp_uid).unwrap(),
        paid_at: at(0),
        refunded_won: 0,
    }
}

fn decline(class: Class) -> Decline {
    Decline {
        class,
        pg: None,
        code: None,
        message: Words::new("한도초과"),
    }
}

fn outcome(subscription: i64, event: Event) -> Outcome {
    Outcome {
        key: CycleKey::for_test(subscription),
        attempt: 1,
        uid: UidNo::FIRST,
        event,
    }
}

fn answered(subscription: i64, answer: Answer) -> Outcome {
    outcome(subscription, Event::Answered(answer))
}

fn found(subscription: i64, finding: Finding) -> Outcome {
    outcome(subscription, Event::Found(finding))
}

/// These have gone at 0.
fn gone(subscriptions: &[i64]) -> Canaries {
    let mut canaries = Canaries::new();
    for subscription in subscriptions {
        let sending = Sending {
            key: CycleKey::for_test(*subscription),
            attempt: 1,
            order: order(),
            earlier: Vec::new(),
        };
        canaries.sent(&sending, at(0));
    }
    canaries
}

#[test]
fn the_rest_goes_when_three_have_come_back_well() {
    let mut canaries = gone(&[1, 2]);
    assert_eq!(canaries.allowed(), 1);
    let funds = Answer::Declined(decline(Class::Funds));
    let paid = |imp_uid| Answer::Paid(receipt(imp_uid));
    let back = [answered(1, funds.clone()), answered(2, paid("imp_2"))];
    assert_eq!(canaries.learn(&back, at(1)), None);
    assert_eq!(canaries.allowed(), 1, "a payment is looked up first");

    let asked = canaries.look_ups(9, at(1));
    assert_eq!(asked.len(), 1);
    assert!(canaries.look_ups(9, at(1)).is_empty(), "asked once");
    assert_eq!(canaries.learn(&[found(2, Finding::Absent)], at(2)), None);
    assert!(canaries.look_ups(9, at(21)).is_empty());
    assert_eq!(canaries.look_ups(9, at(22)).len(), 1, "asked again");
    canaries.not_answered(at(30));
    assert_eq!(canaries.look_ups(9, at(50)).len(), 1, "nobody answered");
    let shown = found(2, Finding::Paid(receipt("imp_2")));
    assert_eq!(canaries.learn(&[shown], at(51)), None);

    let sending = Sending {
        key: CycleKey::for_test(3),
        attempt: 1,
        order: order(),
        earlier: Vec::new(),
    };
    canaries.sent(&sending, at(60));
    assert_eq!(canaries.allowed(), 0);
    assert_eq!(
        canaries.learn(&[answered(3, funds)], at(61)),
        Some(News::AllWell)
    );
    assert_eq!(canaries.allowed(), u32::MAX);
}

#[test]
fn a_history_that_lags_and_a_silence_hold_nobody_for_long() {
    let mut canaries = gone(&[1, 2, 3]);
    let silence = Event::Unanswered(Unanswered::Lost(Words::new("time-out")));
    let technical = Answer::Declined(decline(Class::Technical));
    let back = [outcome(1, silence), answered(2, technical)];
    assert_eq!(canaries.learn(&back, at(60)), None);
    assert_eq!(canaries.allowed(), 2, "others go in their place");
    assert_eq!(canaries.acts_at(), Some(at(600)));
    assert_eq!(canaries.learn(&[], at(600)), None);
    assert_eq!(canaries.allowed(), 3, "missed");

    let mut canaries = gone(&[1, 2, 3]);
    let paid = [1, 2, 3].map(|n| answered(n, Answer::Paid(receipt("imp_1"))));
    canaries.learn(&paid, at(1));
    canaries.look_ups(9, at(1));
    assert_eq!(canaries.acts_at(), Some(at(181)));
    assert_eq!(canaries.learn(&[], at(181)), Some(News::AllWell));
}

#[test]
fn one_that_comes_back_wrong_stops_the_rest() {
    let wrong = [
        Answer::Malformed(Words::new("name")),
        Answer::Mismatch(Words::new("amount")),
    ];
    for answer in wrong {
        let mut canaries = gone(&[1]);
        let news = canaries.learn(&[answered(1, answer.clone())], at(1));
        assert!(
            matches!(news, Some(News::Bad(_, 1))),
            "{answer:?}: {news:?}"
        );
        assert_eq!(canaries.allowed(), 3, "it begins anew");
    }
    let failed = Finding::Failed {
        decline: decline(Class::Funds),
        failed_at: None,
    };
    let others = Finding::Paid(receipt("imp_9"));
    for finding in [failed, others, Finding::Mismatch(Words::new("amount"))] {
        let mut canaries = gone(&[1]);
        canaries.learn(&[answered(1, Answer::Paid(receipt("imp_1")))], at(1));
        let news = canaries.learn(&[found(1, finding.clone())], at(2));
        assert!(
            matches!(news, Some(News::Bad(_, 1))),
            "{finding:?}: {news:?}"
        );
    }
}
