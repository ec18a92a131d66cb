//! Coupons: redeemed when somebody subscribes, or later.

use dues::core::coupon::{Coupon, CouponCode, Lasts, Off, Percent};
use dues::core::money::Krw;
use dues::core::plan::Terms;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, NewSubscription, NotAdded};
use expect_test::expect;

use crate::shop;
use crate::sim::{self, id};
use crate::story::consent::consent;

const PAID: &str = "SELECT sum(amount) FROM cycle WHERE state = 'paid'";

fn code(text: &str) -> CouponCode {
    CouponCode::parse(text).expect("a code")
}

fn terms() -> Terms {
    let mut terms = shop::monthly();
    let coupon = |text, off, lasts| Coupon {
        code: code(text),
        off,
        lasts,
    };
    terms.coupons = vec![
        coupon(
            "third",
            Off::Percent(Percent::of(33).expect("a percentage")),
            Lasts::Cycles(2),
        ),
        coupon(
            "gift",
            Off::Percent(Percent::of(100).expect("a percentage")),
            Lasts::Cycles(1),
        ),
        coupon(
            "loyal",
            Off::Amount(Krw::parse(1_000).expect("an amount")),
            Lasts::Forever,
        ),
    ];
    terms
}

fn wanted(name: &str, coupon: &str) -> NewSubscription {
    NewSubscription {
        coupon: Some(code(coupon)),
        ..shop::wanted(
            name,
            name,
            "basic",
            shop::instant("2026-01-31T10:00:00+09:00"),
        )
    }
}

/// 33 % of 9,900 are 3,267. Its end was agreed to with it: cycle 2 needs no consent. A gift is free, and what
/// follows on it needs one that is no older than 30 days: the sign-up is, in March.
#[tokio::test]
async fn a_coupon_ends_without_a_word_unless_it_was_a_gift() {
    let mut sim = sim::open(
        "2026-01-31T10:00:00+09:00",
        vec![terms()],
        Switches::honest(),
    )
    .await;
    for (name, coupon) in [("alice", "third"), ("bob", "gift")] {
        sim.ask_for(wanted(name, coupon))
            .await
            .expect("it is added");
    }
    let refused = sim.ask_for(wanted("carol", "fourth")).await;
    assert!(
        matches!(refused, Err(NotAdded::NoCoupon { .. })),
        "{refused:?}"
    );
    sim.until("2026-03-31T12:00:00+09:00").await;
    // A gift that comes later makes the next cycle free, and the one after it a rise.
    sim.tell(Command::Coupon(id("alice"), code("gift"))).await;
    sim.until("2026-05-31T12:00:00+09:00").await;
    sim.tell(consent("alice", sim.stage.now(), 9_900)).await;
    sim.until("2026-06-30T12:00:00+09:00").await;
    let (alice, bob) = (2 * 6_633 + 3 * 9_900, 5 * 9_900);
    assert_eq!(sim.count(PAID).await, alice + bob);
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 forgone -> skipped, 1 enrolled (free)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-02-28 10:00:00 bob 1 paid -> paid (imp_000000000003)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000004)
        2026-03-31 10:00:00 bob 2 paid -> paid (imp_000000000005)
        2026-03-31 12:00:00 alice 3 repriced, asked by a person
        2026-03-31 12:00:00 alice coupon -> active, asked by a person
        2026-04-30 10:00:00 alice 3 forgone -> skipped, 4 enrolled (free)
        2026-04-30 10:00:00 bob 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 bob 3 paid -> paid (imp_000000000006)
        2026-05-31 10:00:00 alice 4 unconsented
        2026-05-31 10:00:00 alice held -> active (no_consent)
        2026-05-31 10:00:00 bob 4 begun -> charging, 5 enrolled
        2026-05-31 10:00:00 bob 4 paid -> paid (imp_000000000007)
        2026-05-31 12:00:00 alice consented -> active (mail), asked by a person
        2026-05-31 12:00:00 alice 4 released, asked by a person
        2026-05-31 12:00:00 alice 4 begun -> charging, 5 enrolled
        2026-05-31 12:00:00 alice 4 paid -> paid (imp_000000000008)
        2026-06-30 10:00:00 alice 5 begun -> charging, 6 enrolled
        2026-06-30 10:00:00 bob 5 begun -> charging, 6 enrolled
        2026-06-30 10:00:00 alice 5 paid -> paid (imp_000000000009)
        2026-06-30 10:00:00 bob 5 paid -> paid (imp_000000000010)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_coupon_is_redeemed_for_what_waits_and_what_comes() {
    let mut sim = sim::open(
        "2026-01-31T10:00:00+09:00",
        vec![terms()],
        Switches::honest(),
    )
    .await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T12:00:00+09:00").await;
    let mut said = Vec::new();
    for coupon in ["loyal", "loyal", "spring"] {
        said.push(sim.tell(Command::Coupon(id("alice"), code(coupon))).await);
    }
    sim.until("2026-03-31T12:00:00+09:00").await;
    assert_eq!(sim.count(PAID).await, 9_900 + 2 * 8_900);
    sim.tell(Command::Cancel(id("alice"))).await;
    said.push(sim.tell(Command::Coupon(id("alice"), code("third"))).await);
    expect![[r#"
        active forgone []
        active forgone []
        coupon "spring" cannot be redeemed for plan "basic": see [coupons] in the configuration
        cannot redeem a coupon for a subscription that is canceled"#]]
    .assert_eq(&said.join("\n"));
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-10 12:00:00 alice 1 repriced, asked by a person
        2026-02-10 12:00:00 alice coupon -> active, asked by a person
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-03-31 12:00:00 alice cancel -> canceled, asked by a person
        2026-03-31 12:00:00 alice 3 forgone -> skipped (canceled), asked by a person
    "#]]
    .assert_eq(&sim.ends().await);
}
