//! More than one uid a cycle, for a gateway that takes none again after a decline: a later one leaves only
//! when those before it were found failed, immediately before.

use std::time::Duration;

use dues::core::order::UidScope;
use dues::core::plan::Terms;
use dues::gateway::simulator::switches::{Reuse, Switches};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim};

/// A technical decline is tried again after half an hour, and then after an hour.
fn terms(uid_scope: UidScope) -> Terms {
    let mut terms = shop::monthly();
    terms.ladder.technical = vec![Duration::from_mins(30), Duration::from_mins(90)];
    terms.pace.uid_scope = uid_scope;
    terms
}

fn strict() -> Switches {
    Switches {
        reuse_after_decline: Reuse::Refused,
        time_out: Duration::from_mins(10),
        ..Switches::honest()
    }
}

async fn open(uid_scope: UidScope) -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    sim::open(
        "2026-01-31T10:00:00+09:00",
        vec![terms(uid_scope)],
        strict(),
    )
    .await
}

/// What happened to her, without the beginning.
fn hers(told: &str) -> String {
    let is_hers = |line: &&str| line.contains(" alice 0 ");
    told.lines().filter(is_hers).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_declined_cycle_is_paid_under_its_next_uid() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-technical-x2", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    let tries = [
        "shop-alice-0",
        "shop-alice-0a1",
        "shop-alice-0a2",
        "shop-alice-0a3",
    ];
    assert_eq!(tries.map(|uid| sim.tries(uid)), [1, 1, 1, 0]);
    assert_eq!(sim.uids("charge").await, ["shop-alice-0a2", "shop-alice-1"]);
    assert_eq!(
        sim.uids("attempt").await,
        ["shop-alice-0", "shop-alice-0a1", "shop-alice-0a2"]
    );
    expect![[r#"
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 10:30:00 alice 0 begun -> charging
        2026-01-31 10:30:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 11:30:00 alice 0 begun -> charging
        2026-01-31 11:30:00 alice 0 paid -> paid (imp_000000000003)"#]].assert_eq(&hers(&sim.ends().await));
}

/// With one uid such a gateway refuses every further try: what the option is for.
#[tokio::test]
async fn with_one_uid_such_a_gateway_is_asked_in_vain() {
    let mut sim = open(UidScope::Cycle).await;
    sim.script("alice", &["decline-technical", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.uids("attempt").await, ["shop-alice-0"; 2]);
    let told = sim.ends().await;
    assert!(!told.contains("-> paid"), "{told}");
}

/// The danger: nothing at the gateway refuses the second payment. Whoever does not ask charges twice.
#[tokio::test]
async fn a_decline_that_turned_paid_is_found_before_the_next_uid_leaves() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-turns-paid", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.tries("shop-alice-0a1"), 0, "it never left");
    assert_eq!(sim.uids("charge").await, ["shop-alice-0", "shop-alice-1"]);
    expect![[r#"
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 10:30:00 alice 0 begun -> charging
        2026-01-31 10:30:00 alice 0 not_sent -> retrying (shop-alice-0, asked for before: was paid as imp_000000000001)
        2026-01-31 10:30:00 alice 0 found_paid -> paid (imp_000000000001)"#]].assert_eq(&hers(&sim.ends().await));
}

/// No record, no proof: it waits, and is sent once the gateway shows what it said before.
#[tokio::test]
async fn a_decline_that_is_not_shown_yet_keeps_the_next_uid_back() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-technical", "pay"]);
    sim.behaves(Switches {
        lookup_lag: Duration::from_mins(40),
        ..strict()
    });
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.tries("shop-alice-0a1"), 1);
    expect![[r#"
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 10:30:00 alice 0 begun -> charging
        2026-01-31 10:30:00 alice 0 not_sent -> retrying (shop-alice-0, asked for before: is not shown any more)
        2026-01-31 10:31:00 alice 0 begun -> charging
        2026-01-31 10:31:00 alice 0 not_sent -> retrying (shop-alice-0, asked for before: is not shown any more)
        2026-01-31 10:36:00 alice 0 begun -> charging
        2026-01-31 10:36:00 alice 0 not_sent -> retrying (shop-alice-0, asked for before: is not shown any more)
        2026-01-31 10:51:00 alice 0 begun -> charging
        2026-01-31 10:51:00 alice 0 paid -> paid (imp_000000000002)"#]].assert_eq(&hers(&sim.ends().await));
}

/// A doubt, and a charge that never arrived, are met with the same uid.
#[tokio::test]
async fn what_was_not_declined_goes_out_under_the_same_uid() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["lose-request", "no-billing-key", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    let uids = sim.uids("attempt").await;
    assert!(
        uids.len() > 1 && uids.iter().all(|uid| uid == "shop-alice-0"),
        "{uids:?}"
    );
    sim.ends().await;
}

/// The configuration changes while a cycle is in dunning: its uid does not go back.
#[tokio::test]
async fn a_changed_scope_changes_no_uid_that_was_taken() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-technical-x2", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:10:00+09:00").await;
    let handle = sim.handle();
    let reloaded = handle
        .reload(vec![terms(UidScope::Cycle)], shop::standards())
        .await;
    reloaded.expect("it runs").expect("it is taken over");
    sim.until("2026-01-31T15:00:00+09:00").await;
    let uids = sim.uids("attempt").await;
    assert_eq!(uids, ["shop-alice-0", "shop-alice-0a1", "shop-alice-0a1"]);
    sim.ends().await;
}

/// The copy knows of one uid, and the gateway of two: it is asked about the next as long as one failed.
#[tokio::test]
async fn an_older_copy_is_healed_under_every_uid() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-technical-x2", "pay"]);
    let due = shop::instant("2026-01-31T10:30:00+09:00");
    let added = sim
        .ask_for(shop::wanted("alice", "alice", "basic", due))
        .await;
    assert!(added.is_ok(), "{added:?}");
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    sim.come_back_to(&copy).await;
    sim.until("2026-01-31T16:00:00+09:00").await;
    assert_eq!(sim.uids("charge").await, ["shop-alice-0a2", "shop-alice-1"]);
    assert_eq!(sim.tries("shop-alice-0a2"), 1);
    expect![[r#"
        2026-01-31 15:00:00 alice 0 found_failed -> retrying, 1 enrolled ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 15:00:00 alice 0 found_failed ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 15:00:00 alice 0 found_paid -> paid (imp_000000000003)"#]].assert_eq(&hers(&sim.ends().await));
}

/// The comparison asks about every uid that a cycle went out under.
#[tokio::test]
async fn a_second_payment_under_an_earlier_uid_is_found_at_night() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-turns-paid", "pay"]);
    sim.behaves(Switches {
        // Longer than the next try waits: the boundary that docs/decisions/0013 names.
        time_out: Duration::from_mins(55),
        ..strict()
    });
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T04:00:00+09:00").await;
    assert_eq!(sim.uids("charge").await, ["shop-alice-0a1", "shop-alice-1"]);
    assert_eq!(sim.reconcile().await.compared, 2, "both uids");
    let held = "SELECT count(*) FROM subscription WHERE hold = 'paid_twice'";
    assert_eq!(sim.count(held).await, 1);
}

/// What asks before a later uid leaves is a call like any other: who is told "too often" calls less often,
/// and what is kept back is no charge that failed.
#[tokio::test]
async fn too_often_is_heard_before_a_later_uid_leaves() {
    let mut sim = open(UidScope::Attempt).await;
    sim.script("alice", &["decline-technical", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:20:00+09:00").await;
    sim.behaves(Switches {
        calls_per_second: Some(0),
        ..strict()
    });
    sim.until("2026-01-31T10:31:00+09:00").await;
    assert!(sim.handle().health().pace.is_some());
    assert_eq!(sim.tries("shop-alice-0a1"), 0);
    sim.behaves(strict());
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.uids("charge").await, ["shop-alice-0a1", "shop-alice-1"]);
}

/// So many people are declined at ten for a technical reason, and between them others pay: no outage.
async fn some_are_declined(sim: &mut Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static>) {
    for person in ["a", "b", "c", "d", "e", "f", "g", "h"] {
        sim.script(person, &["decline-technical", "pay"]);
        sim.add(person, person, "basic").await;
        let payer = format!("{person}-pays");
        sim.add(&payer, &payer, "basic").await;
    }
    sim.until("2026-01-31T10:29:59+09:00").await;
    assert_eq!(sim.stopped(), Vec::<String>::new());
}

/// Many that are kept back say nothing of the gateway: it was asked, and it answered.
#[tokio::test]
async fn charges_that_are_kept_back_are_no_outage() {
    let mut sim = open(UidScope::Attempt).await;
    some_are_declined(&mut sim).await;
    sim.behaves(Switches {
        lookup_lag: Duration::from_mins(40),
        ..strict()
    });
    sim.until("2026-01-31T10:30:30+09:00").await;
    let kept_back = "SELECT count(*) FROM cycle WHERE state = 'retrying'";
    assert_eq!(sim.count(kept_back).await, 8);
    assert_eq!(sim.stopped(), Vec::<String>::new());
    sim.until("2026-01-31T15:00:00+09:00").await;
    let told = sim.ends().await;
    assert_eq!(told.matches(" -> paid").count(), 16, "{told}");
}

/// What is asked before a later uid leaves is a call of the pace: a gateway that takes not many more than
/// are allowed has no reason to complain.
#[tokio::test]
async fn questions_before_a_later_uid_count_as_calls() {
    let mut sim = open(UidScope::Attempt).await;
    some_are_declined(&mut sim).await;
    sim.calls_at_most(8).await;
    sim.behaves(Switches {
        calls_per_second: Some(11),
        ..strict()
    });
    sim.until_in_tenths("2026-01-31T10:30:05+09:00").await;
    assert_eq!(sim.handle().health().pace, None);
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 16, "all of them within five seconds");
    sim.ends().await;
}
