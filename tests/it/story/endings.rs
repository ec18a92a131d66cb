//! Ends that are named beforehand, and taken back.

use dues::store::Command;
use expect_test::expect;
use jiff::SignedDuration;

use crate::sim::id;
use crate::story::open;

#[tokio::test]
async fn a_subscription_ends_with_its_period_and_nobody_is_charged_after_it() {
    let mut sim = open().await;
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-10T10:00:00+09:00").await;
    let said = sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    assert_eq!(said, "active forgone [], ends at 2026-02-28 10:00:00");
    sim.tell(Command::CancelAtPeriodEnd(id("bob"))).await;
    sim.tell(Command::CancelAtPeriodEnd(id("carol"))).await;
    sim.tell(Command::Pause(id("carol"))).await;
    let said = sim.tell(Command::Skip(id("alice"), None)).await;
    assert!(said.contains("is not charged anyhow"), "{said}");
    sim.until("2026-02-20T10:00:00+09:00").await;
    let said = sim.tell(Command::Uncancel(id("bob"))).await;
    assert_eq!(said, "active forgone []");

    sim.until("2026-03-01T10:00:00+09:00").await;
    let said = sim.tell(Command::Uncancel(id("alice"))).await;
    assert_eq!(said, "cannot uncancel a subscription that is canceled");
    sim.until("2026-04-02T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-31 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-10 10:00:00 alice cancel_at_period_end -> active, asked by a person
        2026-02-10 10:00:00 bob cancel_at_period_end -> active, asked by a person
        2026-02-10 10:00:00 carol cancel_at_period_end -> active, asked by a person
        2026-02-10 10:00:00 carol pause -> paused, asked by a person
        2026-02-20 10:00:00 bob uncancel -> active, asked by a person
        2026-02-28 10:00:00 alice ended -> canceled
        2026-02-28 10:00:00 alice 1 forgone -> skipped (canceled)
        2026-02-28 10:00:00 carol ended -> canceled
        2026-02-28 10:00:00 carol 1 forgone -> skipped (canceled)
        2026-02-28 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 bob 1 paid -> paid (imp_000000000004)
        2026-03-31 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 paid -> paid (imp_000000000005)
    "#]]
    .assert_eq(&sim.ends().await);
}

/// A charge that is late because the daemon was away is not made after the end.
#[tokio::test]
async fn the_end_comes_before_what_is_late() {
    let mut sim = open().await;
    sim.script("alice", &["pay", "decline-funds"]);
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-02-07T12:00:00+09:00").await;
    sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    sim.is_away_until("2026-02-16T12:00:00+09:00").await;
    sim.until("2026-03-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-07 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-07 10:00:00 alice 1 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-07 10:00:00 alice fell_behind -> past_due
        2026-02-07 12:00:00 alice cancel_at_period_end -> past_due, asked by a person
        2026-02-16 12:00:00 alice ended -> canceled
        2026-02-16 12:00:00 alice 1 forgone -> waived (canceled)
        2026-02-16 12:00:00 alice 2 forgone -> skipped (canceled)
    "#]]
    .assert_eq(&sim.ends().await);
}

/// What was not begun when somebody cancels is not charged any more, although it was due.
#[tokio::test]
async fn an_end_that_is_past_is_now() {
    let mut sim = open().await;
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    sim.tell(Command::Pause(id("alice"))).await;
    sim.until("2026-02-09T10:00:00+09:00").await;
    let said = sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    assert_eq!(said, "canceled forgone [1]");
    sim.ends().await;
}

/// By a clock that is ten years ahead nobody's end has come.
#[tokio::test]
async fn no_end_comes_while_the_time_is_not_known() {
    let mut sim = open().await;
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    sim.stage
        .set_machine_ahead(SignedDuration::from_hours(24 * 3_650));
    sim.crash().await;
    let ended = "SELECT count(*) FROM subscription WHERE status = 'canceled'";
    assert_eq!(sim.count(ended).await, 0);
    sim.stage.set_machine_ahead(SignedDuration::ZERO);
    sim.crash().await;
    sim.until("2026-02-07T10:00:00+09:00").await;
    assert_eq!(sim.count(ended).await, 1);
    sim.ends().await;
}
