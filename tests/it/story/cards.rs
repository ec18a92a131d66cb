//! Stories about cards: one for many, and a new one for an old one.

use std::fmt::Write;
use std::time::Duration;

use dues::core::card_expiry::{ASKED_AHEAD, CardExpiry};
use dues::core::dunning::CARD_DECLINES_MAX;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::{Duplicates, Switches};
use dues::store::{Command, NewSubscription, Page};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, card, id};
use crate::story::open;

#[tokio::test]
async fn ten_on_one_card_are_never_in_flight_together() {
    let slow = Switches {
        latency: Duration::from_secs(20),
        ..Switches::honest()
    };
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![shop::monthly()], slow).await;
    for member in 0..10 {
        sim.add(&format!("member-{member}"), "family", "basic")
            .await;
    }
    sim.until("2026-01-31T12:00:00+09:00").await;
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 10);

    let told = sim.ends().await;
    let paid: Vec<&str> = told
        .lines()
        .filter(|line| line.contains(" paid ->"))
        .collect();
    expect![[r#"
        2026-01-31 10:01:00 member-0 0 paid -> paid (imp_000000000001)
        2026-01-31 10:05:40 member-1 0 paid -> paid (imp_000000000002)
        2026-01-31 10:10:40 member-2 0 paid -> paid (imp_000000000003)
        2026-01-31 10:11:20 member-3 0 paid -> paid (imp_000000000004)
        2026-01-31 10:16:20 member-4 0 paid -> paid (imp_000000000005)
        2026-01-31 10:21:20 member-5 0 paid -> paid (imp_000000000006)
        2026-01-31 10:26:20 member-6 0 paid -> paid (imp_000000000007)
        2026-01-31 10:32:00 member-7 0 paid -> paid (imp_000000000008)
        2026-01-31 10:36:20 member-8 0 paid -> paid (imp_000000000009)
        2026-01-31 10:41:20 member-9 0 paid -> paid (imp_000000000010)"#]]
    .assert_eq(&paid.join("\n"));
}

/// Four ladders on one card without money would ask its bank two dozen times.
#[tokio::test]
async fn no_card_is_tried_again_that_was_declined_ten_times_in_thirty_days() {
    let mut sim = open().await;
    sim.script("family", &["decline-funds"]);
    for member in 0..4 {
        sim.add(&format!("member-{member}"), "family", "basic")
            .await;
    }
    sim.until("2026-05-31T10:00:00+09:00").await;
    let most = "SELECT max((SELECT count(*) FROM attempt b
                             WHERE b.customer_uid = a.customer_uid AND b.outcome = 'declined'
                               AND b.begun_at > a.begun_at - 30 * 86400000000
                               AND b.begun_at < a.begun_at))
                  FROM attempt a WHERE a.k > 1";
    assert_eq!(sim.count(most).await, i64::from(CARD_DECLINES_MAX) - 1);
    let all = "SELECT count(*) FROM attempt WHERE outcome = 'declined'";
    assert!(sim.count(all).await > 2 * i64::from(CARD_DECLINES_MAX));
    sim.ends().await;
}

/// A new card has a count of its own.
#[tokio::test]
async fn a_new_card_is_charged_though_the_old_one_rests() {
    let mut sim = open().await;
    sim.script("family", &["decline-funds"]);
    for member in 0..4 {
        sim.add(&format!("member-{member}"), "family", "basic")
            .await;
    }
    sim.until("2026-02-20T10:00:00+09:00").await;
    sim.tell(Command::ChangeCard(id("member-3"), card("new"), None))
        .await;
    sim.until("2026-02-20T12:00:00+09:00").await;
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 1);
    sim.ends().await;
}

#[tokio::test]
async fn a_new_card_is_charged_soon() {
    let mut sim = open().await;
    sim.script("alice", &["decline-funds"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    sim.tell(Command::ChangeCard(id("alice"), card("alice-new"), None))
        .await;
    sim.until("2026-02-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 15:00:00 alice card_changed -> past_due, asked by a person
        2026-01-31 15:00:00 alice 0 card_changed, asked by a person
        2026-01-31 15:00:00 alice 1 card_changed, asked by a person
        2026-01-31 15:03:00 alice 0 begun -> charging
        2026-01-31 15:03:00 alice 0 paid -> paid (imp_000000000002)
        2026-01-31 15:03:00 alice recovered -> active
    "#]]
    .assert_eq(&sim.ends().await);
}

/// A gateway that looks for a uid first and charges then; a decline that is paid after all, some minutes
/// later. A new card in between must not be charged for the same cycle.
#[tokio::test]
async fn a_new_card_waits_until_the_old_ones_decline_is_one() {
    let switches = Switches {
        duplicates: Duplicates::CheckThenAct,
        time_out: Duration::from_secs(150),
        ..Switches::honest()
    };
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, switches).await;
    sim.script("alice", &["decline-turns-paid"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:01:00+09:00").await;
    sim.tell(Command::ChangeCard(id("alice"), card("alice-new"), None))
        .await;
    sim.until("2026-02-02T10:00:00+09:00").await;

    // The gateway refuses the second; a person sees that the old card was charged after all.
    assert_eq!(sim.tries("shop-alice-0"), 2);
    let paid = sim.paid_since(shop::instant("2026-01-31T10:00:00+09:00"));
    assert_eq!(paid.get("shop-alice-0"), Some(&9_900));
    sim.nobody_is_charged_twice();
    let held = "SELECT count(*) FROM subscription WHERE hold = 'mismatch'";
    assert_eq!(sim.count(held).await, 1);
}

/// A lost card is asked once. What falls due while nobody has given another waits, of everybody on that card,
/// and follows the catch-up rule once there is one.
#[tokio::test]
async fn a_lost_card_is_not_asked_again_for_the_next_cycle() {
    let mut sim = open().await;
    sim.script("family", &["decline-lost"]);
    sim.add("alice", "family", "weekly").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    sim.add("bob", "other", "weekly").await;
    sim.tell(Command::ChangeCard(id("bob"), card("family"), None))
        .await;
    sim.until("2026-02-14T15:00:00+09:00").await;
    sim.tell(Command::ChangeCard(id("alice"), card("alice-new"), None))
        .await;
    sim.until("2026-02-15T15:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC43] 도난 또는 분실 신고된 카드입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 10:00:00 alice card_died -> past_due (never)
        2026-02-01 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-02-01 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-02-01 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-01 10:00:00 bob card_changed -> active, asked by a person
        2026-02-01 10:00:00 bob 1 card_changed, asked by a person
        2026-02-07 10:00:00 alice 1 deferred
        2026-02-08 10:00:00 alice 1 deferred
        2026-02-08 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-08 10:00:00 bob 1 declined -> retrying ([CC43] 도난 또는 분실 신고된 카드입니다)
        2026-02-08 10:00:00 bob fell_behind -> past_due
        2026-02-08 10:00:00 bob card_died -> past_due (never)
        2026-02-09 10:00:00 alice 1 deferred
        2026-02-11 10:00:00 alice 1 deferred
        2026-02-14 15:00:00 alice card_changed -> past_due, asked by a person
        2026-02-14 15:00:00 alice 0 card_changed, asked by a person
        2026-02-14 15:00:00 alice 1 card_changed, asked by a person
        2026-02-14 15:03:00 alice 0 begun -> charging
        2026-02-14 15:03:00 alice 1 deferred
        2026-02-14 15:03:00 alice 0 paid -> paid (imp_000000000004)
        2026-02-14 15:03:00 alice recovered -> active
        2026-02-14 15:08:00 alice 1 overtaken
        2026-02-14 15:08:00 alice held -> active (missed_cycles)
        2026-02-15 10:00:00 bob 2 deferred
    "#]]
    .assert_eq(&sim.ends().await);
}

/// The gateway keeps a new billing key under the same name: only a person can know. A retry by hand that
/// succeeds says so, and so does giving the same card again.
#[tokio::test]
async fn a_closed_card_is_charged_again_once_a_person_knows_better() {
    let mut sim = open().await;
    sim.script("family", &["card-dead", "card-dead", "pay"]);
    sim.script("carol", &["card-dead", "pay"]);
    sim.add("alice", "family", "weekly").await;
    sim.add("bob", "family", "weekly").await;
    sim.add("carol", "carol", "weekly").await;
    sim.until("2026-02-10T15:00:00+09:00").await;
    sim.tell(Command::Retry(id("alice"), None)).await;
    sim.tell(Command::ChangeCard(id("carol"), card("carol"), None))
        .await;
    sim.until("2026-02-12T15:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC14] 해지된 카드입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 10:00:00 alice card_died -> past_due (new_card)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 declined -> retrying ([CC14] 해지된 카드입니다)
        2026-01-31 10:00:00 bob fell_behind -> past_due
        2026-01-31 10:00:00 bob card_died -> past_due (new_card)
        2026-01-31 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 carol 0 declined -> retrying ([CC14] 해지된 카드입니다)
        2026-01-31 10:00:00 carol fell_behind -> past_due
        2026-01-31 10:00:00 carol card_died -> past_due (new_card)
        2026-02-07 10:00:00 alice 1 deferred
        2026-02-07 10:00:00 bob 1 deferred
        2026-02-07 10:00:00 carol 1 deferred
        2026-02-08 10:00:00 alice 1 deferred
        2026-02-08 10:00:00 bob 1 deferred
        2026-02-08 10:00:00 carol 1 deferred
        2026-02-09 10:00:00 alice 1 deferred
        2026-02-09 10:00:00 bob 1 deferred
        2026-02-09 10:00:00 carol 1 deferred
        2026-02-10 15:00:00 alice 0 retry, asked by a person
        2026-02-10 15:00:00 alice 0 retried, asked by a person
        2026-02-10 15:00:00 carol card_changed -> past_due, asked by a person
        2026-02-10 15:00:00 carol 0 card_changed, asked by a person
        2026-02-10 15:00:00 carol 1 card_changed, asked by a person
        2026-02-10 15:03:00 alice 0 begun -> charging
        2026-02-10 15:03:00 carol 0 begun -> charging
        2026-02-10 15:03:00 carol 1 deferred
        2026-02-10 15:03:00 alice 0 paid -> paid (imp_000000000004)
        2026-02-10 15:03:00 alice recovered -> active
        2026-02-10 15:03:00 carol 0 paid -> paid (imp_000000000005)
        2026-02-10 15:03:00 carol recovered -> active
        2026-02-10 15:03:00 alice card_lives -> active
        2026-02-10 15:03:00 bob card_lives -> past_due
        2026-02-10 15:03:00 alice 1 card_changed
        2026-02-10 15:03:00 bob 1 card_changed
        2026-02-10 15:06:00 alice 1 begun -> charging, 2 enrolled
        2026-02-10 15:06:00 bob 1 deferred
        2026-02-10 15:06:00 alice 1 paid -> paid (imp_000000000006)
        2026-02-10 15:08:00 carol 1 begun -> charging, 2 enrolled
        2026-02-10 15:08:00 carol 1 paid -> paid (imp_000000000007)
        2026-02-10 15:11:00 bob 1 begun -> charging, 2 enrolled
        2026-02-10 15:11:00 bob 1 paid -> paid (imp_000000000008)
    "#]]
    .assert_eq(&sim.ends().await);
}

/// Another card under the name of one that is dead expires at some other time, for all who have it.
#[tokio::test]
async fn what_was_told_of_a_dead_card_is_forgotten_with_it() {
    let mut sim = open().await;
    sim.script("family", &["card-dead", "card-dead", "pay"]);
    for name in ["alice", "bob"] {
        let wanted = NewSubscription {
            card_expires: CardExpiry::numbered(202_602),
            ..shop::wanted(name, "family", "weekly", sim.stage.now())
        };
        sim.ask_for(wanted).await.expect("it is added");
    }
    sim.until("2026-02-10T15:00:00+09:00").await;
    let told = "SELECT sum(card_expires) FROM subscription WHERE card_dead IS NOT NULL";
    assert_eq!(sim.count(told).await, 2 * 202_602);

    sim.tell(Command::ChangeCard(id("alice"), card("family"), None))
        .await;
    let told = "SELECT count(*) FROM subscription WHERE card_expires IS NOT NULL";
    assert_eq!(sim.count(told).await, 0);
    let month = CardExpiry::numbered(203_101);
    sim.tell(Command::ChangeCard(id("bob"), card("family"), month))
        .await;
    let told = "SELECT count(*) FROM subscription WHERE card_expires = 203101";
    assert_eq!(sim.count(told).await, 2);
    sim.until("2026-02-12T15:00:00+09:00").await;
    sim.ends().await;
}

/// Their cards are good until the end of March. At D-30 of the first charge after that there is a warning; it is
/// over when there is another card, when they leave, when the card is declined, and when it has paid all the same:
/// Alice's bank renewed it. Everybody is charged when they are due, warned of or not.
#[tokio::test]
async fn whoever_has_a_card_that_expires_is_warned_of_and_charged_all_the_same() {
    let mut sim = open().await;
    sim.script("dave", &["pay", "pay", "pay", "card-dead"]);
    for name in ["alice", "bob", "carol", "dave"] {
        let wanted = NewSubscription {
            card_expires: CardExpiry::numbered(202_603),
            ..shop::wanted(name, name, "basic", sim.stage.now())
        };
        sim.ask_for(wanted).await.expect("it is added");
    }
    let mut told = Vec::new();
    for at in ["03-31T09:59:00", "03-31T12:00:00"] {
        sim.until(&format!("2026-{at}+09:00")).await;
        told.push(warned_of(&sim).await);
    }
    let month = CardExpiry::numbered(203_001);
    sim.tell(Command::ChangeCard(id("bob"), card("bob-new"), month))
        .await;
    sim.tell(Command::Cancel(id("carol"))).await;
    told.push(warned_of(&sim).await);
    for at in ["04-30T09:59:00", "04-30T12:00:00", "05-20T12:00:00"] {
        sim.until(&format!("2026-{at}+09:00")).await;
        told.push(warned_of(&sim).await);
    }
    expect![[r#"
        2026-03-31T00:59:00Z:
        2026-03-31T03:00:00Z: alice at 2026-04-30T01:00:00Z bob at 2026-04-30T01:00:00Z carol at 2026-04-30T01:00:00Z dave at 2026-04-30T01:00:00Z
        2026-03-31T03:00:00Z: alice at 2026-04-30T01:00:00Z dave at 2026-04-30T01:00:00Z
        2026-04-30T00:59:00Z: alice at 2026-04-30T01:00:00Z dave at 2026-04-30T01:00:00Z
        2026-04-30T03:00:00Z:
        2026-05-20T03:00:00Z:"#]].assert_eq(&told.join("\n"));
    let paid =
        "SELECT count(*) FROM cycle WHERE paid_at IS NOT NULL AND paid_at < due_at + 60000000";
    assert_eq!(sim.count(paid).await, 4 * 3 + 2);
    sim.ends().await;
}

/// Who is warned of, and at which charge.
async fn warned_of<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(sim: &Sim<N>) -> String {
    let now = sim.stage.now();
    let until = now + ASKED_AHEAD;
    let first = Page {
        after: [-1, -1],
        limit: 1,
    };
    let mut told = format!("{now}:");
    let mut page = sim
        .reader()
        .cards_ahead(first, until)
        .await
        .expect("a page");
    while let Some(one) = page.pop() {
        if let Some(lost) = one.first_lost(now, until) {
            write!(told, " {} at {}", one.ahead.id, lost.at).expect("a string takes everything");
        }
        let after = one.place();
        let next = Page { after, ..first };
        page = sim.reader().cards_ahead(next, until).await.expect("a page");
    }
    told
}
