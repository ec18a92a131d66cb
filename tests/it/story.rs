//! Stories: what customers live through, and everything that `dues` wrote down about it. Each ends
//! with an audit against the gateway's books.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its texts so"
)]

mod breaker;
mod canaries;
mod cards;
mod changes;
mod clock;
mod consent;
mod coupons;
mod crashes;
mod disk;
mod doubts;
mod dunning;
mod endings;
mod everybodys;
mod guard;
mod names;
mod outage;
mod pace;
mod pauses;
mod prices;
mod quantities;
mod reconcile;
mod recovery;
mod suspensions;
mod terms;
mod uids;
mod unknown_time;
mod versions;

use dues::core::calendar::CycleNo;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, id};

/// The shop opens on the last day of January at ten in the morning.
async fn open() -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let terms = vec![shop::monthly(), shop::terms("weekly", "1 week")];
    sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await
}

#[tokio::test]
async fn a_month_end_anchor_is_paid_for_a_year() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2027-01-31T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000004)
        2026-05-31 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-05-31 10:00:00 alice 4 paid -> paid (imp_000000000005)
        2026-06-30 10:00:00 alice 5 begun -> charging, 6 enrolled
        2026-06-30 10:00:00 alice 5 paid -> paid (imp_000000000006)
        2026-07-31 10:00:00 alice 6 begun -> charging, 7 enrolled
        2026-07-31 10:00:00 alice 6 paid -> paid (imp_000000000007)
        2026-08-31 10:00:00 alice 7 begun -> charging, 8 enrolled
        2026-08-31 10:00:00 alice 7 paid -> paid (imp_000000000008)
        2026-09-30 10:00:00 alice 8 begun -> charging, 9 enrolled
        2026-09-30 10:00:00 alice 8 paid -> paid (imp_000000000009)
        2026-10-31 10:00:00 alice 9 begun -> charging, 10 enrolled
        2026-10-31 10:00:00 alice 9 paid -> paid (imp_000000000010)
        2026-11-30 10:00:00 alice 10 begun -> charging, 11 enrolled
        2026-11-30 10:00:00 alice 10 paid -> paid (imp_000000000011)
        2026-12-31 10:00:00 alice 11 begun -> charging, 12 enrolled
        2026-12-31 10:00:00 alice 11 paid -> paid (imp_000000000012)
        2027-01-31 10:00:00 alice 12 begun -> charging, 13 enrolled
        2027-01-31 10:00:00 alice 12 paid -> paid (imp_000000000013)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn two_declines_for_funds_and_recovered() {
    let mut sim = open().await;
    sim.script("alice", &["decline-funds-x2", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-02-01 10:23:06 alice 0 begun -> charging
        2026-02-01 10:23:06 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-06 10:38:28 alice 0 begun -> charging
        2026-02-06 10:38:28 alice 0 paid -> paid (imp_000000000003)
        2026-02-06 10:38:28 alice recovered -> active
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_dead_card_suspends() {
    let mut sim = open().await;
    sim.script("alice", &["card-dead"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-03-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC14] 해지된 카드입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 10:00:00 alice card_died -> past_due (new_card)
        2026-02-21 10:00:00 alice 0 grace_over -> uncollectible
        2026-02-21 10:00:00 alice gave_up -> suspended
        2026-02-28 10:00:00 alice 1 deferred
        2026-03-01 10:00:00 alice 1 deferred
        2026-03-02 10:00:00 alice 1 deferred
        2026-03-04 10:00:00 alice 1 deferred
        2026-03-08 10:00:00 alice 1 deferred
        2026-03-16 10:00:00 alice 1 deferred
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn canceled_in_dunning_is_waived() {
    let mut sim = open().await;
    sim.script("alice", &["decline-funds"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    let said = sim.tell(Command::Cancel(id("alice"))).await;
    assert_eq!(said, "canceled forgone [0, 1]");
    sim.until("2026-04-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 15:00:00 alice cancel -> canceled, asked by a person
        2026-01-31 15:00:00 alice 0 forgone -> waived (canceled), asked by a person
        2026-01-31 15:00:00 alice 1 forgone -> skipped (canceled), asked by a person
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn paused_over_two_due_dates_and_resumed_with_skip() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    sim.tell(Command::Pause(id("alice"))).await;
    sim.until("2026-04-10T10:00:00+09:00").await;
    let unsaid = sim.tell(Command::Resume(id("alice"), None)).await;
    assert!(
        unsaid.contains("--skip-missed, --charge-latest or --move-anchor"),
        "{unsaid}"
    );
    let said = sim
        .tell(Command::Resume(id("alice"), Some(Missed::Skip)))
        .await;
    assert_eq!(said, "active forgone [1, 2]");
    sim.until("2026-05-01T10:00:00+09:00").await;
    let told = sim.ends().await;
    let told: String = told
        .lines()
        .filter(|line| !line.contains("deferred"))
        .collect::<Vec<_>>()
        .join("\n");
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-10 10:00:00 alice pause -> paused, asked by a person
        2026-04-10 10:00:00 alice resume -> active, asked by a person
        2026-04-10 10:00:00 alice 1 released, asked by a person
        2026-04-10 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed), asked by a person
        2026-04-10 10:00:00 alice 2 forgone -> skipped, 3 enrolled (missed), asked by a person
        2026-04-10 10:00:00 alice 3 released, asked by a person
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000002)"#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn a_skipped_cycle_is_never_charged() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    let n = |n| Some(CycleNo::parse(n).expect("a number"));
    let other = sim.tell(Command::Skip(id("alice"), n(2))).await;
    expect![[r#"cycle 2 of "alice" does not wait to be charged: cycle 1 does (dues show alice)"#]]
        .assert_eq(&other);
    let said = sim.tell(Command::Skip(id("alice"), n(1))).await;
    assert_eq!(said, "active forgone [1]");
    let again = sim.tell(Command::Skip(id("alice"), n(1))).await;
    assert!(again.contains("cycle 2 does"), "{again}");
    sim.until("2026-04-10T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-10 10:00:00 alice 1 skip, asked by a person
        2026-02-10 10:00:00 alice 1 forgone -> skipped, 2 enrolled (skipped), asked by a person
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn two_subscriptions_of_one_customer() {
    let mut sim = open().await;
    sim.add("alice-m", "alice", "basic").await;
    sim.add("alice-w", "alice", "weekly").await;
    sim.until("2026-02-15T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice-m added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice-m 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice-m 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 alice-w added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice-w 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice-w 0 paid -> paid (imp_000000000002)
        2026-02-07 10:00:00 alice-w 1 begun -> charging, 2 enrolled
        2026-02-07 10:00:00 alice-w 1 paid -> paid (imp_000000000003)
        2026-02-14 10:00:00 alice-w 2 begun -> charging, 3 enrolled
        2026-02-14 10:00:00 alice-w 2 paid -> paid (imp_000000000004)
    "#]]
    .assert_eq(&sim.ends().await);
}
