//! Minimum terms and notice, as the desk meets them.

use dues::core::calendar::{Cadence, CycleNo};
use dues::core::term::{Minimum, Term};
use expect_test::expect;

use super::shop::{Shop, plan};
use super::story::check;
use crate::shop::{instant, wanted};

/// Alice and Bob are in their first period, which began on 20 December; Carol's begins on the 20th.
fn shop() -> Shop {
    let mut yearly = plan("basic", 9_900, "1 month");
    yearly.plan.price_list.term = Term {
        minimum: Some(Minimum::Cycles(12)),
        notice: Some(Cadence::parse("14 days").unwrap()),
    };
    let begun = instant("2025-12-20T10:00:00+09:00");
    let mut people = [
        wanted("a-1", "alice", "basic", begun),
        wanted("b-1", "bob", "basic", begun),
        wanted(
            "c-1",
            "carol",
            "basic",
            instant("2026-01-20T10:00:00+09:00"),
        ),
    ];
    for one in people.iter_mut().take(2) {
        one.first_cycle = CycleNo::parse(1).unwrap();
    }
    let sold = vec![yearly];
    Shop::having_sold(&sold, &people, sold.clone())
}

#[test]
fn an_end_waits_for_the_term_unless_that_is_waived() {
    check(
        &shop(),
        &[
            "cancel a-1",
            "cancel a-1 --at-period-end",
            "cancel a-1 --at-period-end",
            "explain a-1",
            "cancel b-1 --waive-term",
            "cancel b-1 --waive-term --at-period-end --reason moved",
            "cancel b-1 --waive-term --reason moved",
            "cancel c-1",
        ],
        &expect![[r#"
            $ dues cancel a-1
            dues: "a-1" is kept by its minimum term of 12 cycles: `dues cancel a-1 --at-period-end` ends it at 2026-12-20 10:00 +09:00, and `--waive-term --reason TEXT` lets it go sooner
            [6]
            $ dues cancel a-1 --at-period-end
            a-1 is active; cancels at 2026-12-20 10:00 +09:00, kept by its minimum term of 12 cycles
            [0]
            $ dues cancel a-1 --at-period-end
            a-1 is active; nothing changed; cancels at 2026-12-20 10:00 +09:00, kept by its minimum term of 12 cycles
            [0]
            $ dues explain a-1
            a-1 of alice on plan basic (version 1): active
              term        at least 12 cycles, 14 days of notice; canceled now it would end at 2026-12-20 10:00 +09:00, kept by its minimum term of 12 cycles

            cycle 1: 9,900 KRW, scheduled
              due         anchor 2025-12-20 10:00 +09:00 + 1 x 1 month = 2026-01-20 10:00 +09:00 in Asia/Seoul
              first try   2026-01-20 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       yes  it was not tried yet
              amount      yes  9,900 KRW
              status      yes  active
              end         yes  the subscription is canceled at 2026-12-20 10:00 +09:00: nothing is charged from then on (dues uncancel)
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-01-20 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     yes  its price is not above what was agreed to
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-01-20 10:00 +09:00: attempt 1 is sent
            [0]
            $ dues cancel b-1 --waive-term
            error: the following required arguments were not provided:
              --reason <TEXT>

            Usage: dues cancel --reason <TEXT> --waive-term <ID>

            For more information, try '--help'.
            [2]
            $ dues cancel b-1 --waive-term --at-period-end --reason moved
            b-1 is active; cancels at 2026-01-20 10:00 +09:00
            [0]
            $ dues cancel b-1 --waive-term --reason moved
            b-1 is canceled; not charged any more: cycle 1
            [0]
            $ dues cancel c-1
            c-1 is canceled; not charged any more: cycle 0
            [0]
        "#]],
    );
}

#[test]
fn a_term_is_waived_for_a_reason_over_the_socket_too() {
    let shop = shop();
    let said = shop.ask(
        "POST",
        "/v1/subscriptions/a-1/cancel",
        r#"{"waive_term":true}"#,
    );
    assert!(said.contains("a term is waived for a reason"), "{said}");
    let said = shop.ask("GET", "/v1/subscriptions/a-1", "");
    expect![[r#""at least 12 cycles, 14 days of notice; canceled now it would end at 2026-12-20 10:00 +09:00, kept by its minimum term of 12 cycles""#]].assert_eq(
        said.split("\"term\":")
            .nth(1)
            .unwrap()
            .split(",\"cycles\"")
            .next()
            .unwrap(),
    );
}
