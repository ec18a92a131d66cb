//! The nightly comparison: the gateway may have changed its mind about a charge that we gave up on.

use std::time::Duration;

use dues::core::dunning::EndAction;
use dues::engine::handle::Reconciled;
use dues::gateway::simulator::switches::Switches;
use expect_test::expect;

use crate::shop;
use crate::sim;

#[tokio::test]
async fn a_payment_that_was_given_up_and_turned_paid_is_found() {
    let mut terms = shop::terms("weekly", "1 week");
    terms.ladder.generic = Vec::new();
    terms.ladder.funds = Vec::new();
    terms.ladder.technical = Vec::new();
    terms.ladder.end_action = EndAction::Keep;
    terms.ladder.grace = Duration::ZERO;
    let switches = Switches {
        time_out: Duration::from_mins(10),
        ..Switches::honest()
    };
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", vec![terms], switches).await;
    sim.script("alice", &["decline-turns-paid"]);
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-26T04:00:00+09:00").await;

    let wanted = Reconciled {
        compared: 1,
        differing: 1,
        unanswered: 0,
    };
    assert_eq!(sim.reconcile().await, wanted);
    let again = Reconciled {
        differing: 0,
        ..wanted
    };
    assert_eq!(sim.reconcile().await, again);
    expect![[r#"
        2026-01-25 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-25 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 alice 0 declined -> uncollectible ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-26 04:00:30 alice 0 found_paid -> paid (imp_000000000001)
    "#]].assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_decline_that_turned_paid_while_the_next_try_is_far_off_is_found() {
    let mut terms = shop::terms("weekly", "1 week");
    terms.ladder.technical = vec![Duration::from_hours(48)];
    let switches = Switches {
        time_out: Duration::from_mins(10),
        ..Switches::honest()
    };
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", vec![terms], switches).await;
    sim.script("alice", &["decline-turns-paid"]);
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-26T04:00:00+09:00").await;

    let wanted = Reconciled {
        compared: 1,
        differing: 1,
        unanswered: 0,
    };
    assert_eq!(sim.reconcile().await, wanted);
    expect![[r#"
        2026-01-25 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-25 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-25 10:00:00 alice fell_behind -> past_due
        2026-01-26 04:00:30 alice 0 found_paid -> paid (imp_000000000001)
        2026-01-26 04:00:30 alice recovered -> active
    "#]].assert_eq(&sim.ends().await);
}

/// The bug: it waited for as long as anything stopped charges, which may be days.
#[tokio::test]
async fn a_comparison_goes_on_while_nobody_is_charged() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-26T04:00:00+09:00").await;
    sim.gives_back_the_newest();
    sim.takes_for_full(u64::MAX).await;
    let stopped = sim.stopped();
    assert!(
        stopped.iter().any(|why| why.starts_with("disk")),
        "{stopped:?}"
    );

    let wanted = Reconciled {
        compared: 1,
        differing: 1,
        unanswered: 0,
    };
    assert_eq!(sim.reconcile().await, wanted);
    let told = sim.ends().await;
    assert!(told.contains("found_refunded -> refunded"), "{told}");
}

/// The bug: it looked back by due dates, and ladder and grace had taken longer than it looks back.
#[tokio::test]
async fn what_was_given_up_lately_is_asked_about_however_long_ago_it_was_due() {
    let mut terms = shop::monthly();
    terms.ladder.technical = Vec::new();
    terms.ladder.end_action = EndAction::Keep;
    terms.ladder.grace = Duration::from_hours(40 * 24);
    let switches = Switches {
        time_out: Duration::from_hours(45 * 24),
        ..Switches::honest()
    };
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", vec![terms], switches).await;
    sim.script("alice", &["decline-turns-paid", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-03-12T04:00:00+09:00").await;
    let given_up = "SELECT count(*) FROM cycle WHERE n = 0 AND state = 'uncollectible'";
    assert_eq!(sim.count(given_up).await, 1);
    sim.reconcile().await;
    let paid = "SELECT count(*) FROM cycle WHERE n = 0 AND state = 'paid' AND given_up_at IS NULL";
    assert_eq!(sim.count(paid).await, 1);
}
