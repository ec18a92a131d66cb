//! More of a plan, or less: with the next cycle, or now and with a credit.

use dues::core::answer::Words;
use dues::core::change_plan::Begins;
use dues::core::consent::Agreement;
use dues::core::contract::Quantity;
use dues::core::coupon::{Coupon, CouponCode, Lasts, Off, Percent};
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::Command;
use expect_test::expect;
use jiff::SignedDuration;

use crate::shop;
use crate::sim::{self, id};
use crate::story::open;

fn change(name: &str, quantity: i64, begins: Begins) -> Command {
    let quantity = Quantity::parse(quantity).expect("a quantity");
    Command::ChangeQuantity(id(name), quantity, begins)
}

/// Fewer cost less from now on, and what was paid for the others is a credit; more need consent first.
#[tokio::test]
async fn a_quantity_changes_now_or_with_the_next_cycle() {
    let mut sim = open().await;
    let three = Quantity::parse(3).expect("a quantity");
    for name in ["alice", "bob"] {
        let wanted = shop::wanted(name, name, "basic", sim.stage.now());
        let wanted = dues::store::NewSubscription {
            quantity: three,
            ..wanted
        };
        sim.ask_for(wanted).await.expect("it is added");
    }
    sim.until("2026-02-07T10:00:00+09:00").await;
    let mut said = vec![
        // A week of four is used, 7,425 of 29,700: 22,275 are left, and two cost 19,800.
        sim.tell(change("alice", 2, Begins::Now)).await,
        sim.tell(change("alice", 2, Begins::Now)).await,
        sim.tell(change("bob", 4, Begins::AtPeriodEnd)).await,
    ];
    // What was agreed to at sign-up were three.
    sim.until("2026-02-20T10:00:00+09:00").await;
    said.push(sim.tell(change("bob", 5, Begins::Now)).await);
    let at = sim.stage.now() - SignedDuration::from_hours(1);
    let agreement = Agreement { at, won: 49_500 };
    sim.tell(Command::Consent(id("bob"), agreement, Words::new("mail")))
        .await;
    said.push(sim.tell(change("bob", 5, Begins::Now)).await);
    sim.until("2026-04-10T10:00:00+09:00").await;
    expect![[r#"
        active forgone []
        active forgone []
        active forgone []
        a cycle would cost 49,500 won instead of 29,700, and the customer has not agreed to that in the last 30 days: write that down first (dues consent), or change with the next cycle
        active forgone []"#]].assert_eq(&said.join("\n"));

    let mut tries = Vec::new();
    for name in ["alice", "bob"] {
        for (n, won, at) in sim.first_tries(name).await {
            tries.push(format!("{name} {n} {won} {at}"));
        }
    }
    expect![[r#"
        alice 0 29700 1769821200000000
        alice 2 17325 1772845200000000
        alice 3 19800 1775523600000000
        bob 0 29700 1769821200000000
        bob 1 41014 1771549200000000
        bob 2 49500 1773968400000000"#]]
    .assert_eq(&tries.join("\n"));
    sim.ends().await;
}

/// A coupon that is taken away before its end is a rise for whoever was charged with it, and for nobody else.
#[tokio::test]
async fn a_coupon_is_taken_away() {
    let mut terms = shop::monthly();
    let half = Percent::of(50).expect("a percentage");
    let code = CouponCode::parse("half").expect("a code");
    terms.coupons = vec![Coupon {
        code: code.clone(),
        off: Off::Percent(half),
        lasts: Lasts::Forever,
    }];
    let start = "2026-01-31T10:00:00+09:00";
    let mut sim = sim::open(start, vec![terms], Switches::honest()).await;
    for name in ["alice", "bob"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-10T12:00:00+09:00").await;
    for name in ["alice", "bob"] {
        sim.tell(Command::Coupon(id(name), code.clone())).await;
    }
    let mut said = vec![sim.tell(Command::TakeCouponAway(id("bob"))).await];
    sim.until("2026-03-10T12:00:00+09:00").await;
    for name in ["alice", "alice", "bob"] {
        said.push(sim.tell(Command::TakeCouponAway(id(name))).await);
    }
    sim.until("2026-04-10T12:00:00+09:00").await;
    expect![[r#"
        active forgone []
        active forgone []
        active forgone []
        active forgone []"#]]
    .assert_eq(&said.join("\n"));
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-10 12:00:00 alice 1 repriced, asked by a person
        2026-02-10 12:00:00 alice coupon -> active, asked by a person
        2026-02-10 12:00:00 bob 1 repriced, asked by a person
        2026-02-10 12:00:00 bob coupon -> active, asked by a person
        2026-02-10 12:00:00 bob 1 repriced, asked by a person
        2026-02-10 12:00:00 bob coupon_taken_away -> active, asked by a person
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000003)
        2026-02-28 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 bob 1 paid -> paid (imp_000000000004)
        2026-03-10 12:00:00 alice 2 repriced, asked by a person
        2026-03-10 12:00:00 alice coupon_taken_away -> active, asked by a person
        2026-03-31 10:00:00 alice 2 unconsented
        2026-03-31 10:00:00 alice held -> active (no_consent)
        2026-03-31 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 paid -> paid (imp_000000000005)
        2026-04-01 10:00:00 alice 2 deferred
        2026-04-02 10:00:00 alice 2 deferred
        2026-04-04 10:00:00 alice 2 deferred
        2026-04-08 10:00:00 alice 2 deferred
    "#]]
    .assert_eq(&sim.ends().await);
}
