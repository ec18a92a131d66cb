//! Ends that come, or are asked for, while it is not known what a lost history charged.

use std::time::Duration;

use dues::core::dunning::{EndAction, Ladder};
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Unknown, Who};
use expect_test::expect;
use jiff::SignedDuration;

use crate::fences::{SUSPICIONS, open, tail};
use crate::shop;
use crate::sim::{self, id};

/// The lost history took the ends back and charged for another period. Whoever has ended is asked for no
/// further cycle, so that no end comes before it is known what was charged.
#[tokio::test]
async fn nobody_ends_before_it_is_known_what_was_charged() {
    let mut sim = open().await;
    let people = ["alice", "bob", "carol"];
    for name in people {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-01T10:00:00+09:00").await;
    sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    sim.tell(Command::Uncancel(id("alice"))).await;
    sim.until("2026-04-01T10:00:00+09:00").await;

    sim.slow_down(Duration::from_secs(10));
    sim.come_back_to(&copy).await;
    sim.until("2026-04-01T10:00:05+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    let bob = sim.tell(Command::Cancel(id("bob"))).await;
    let again = sim.tell(Command::Cancel(id("bob"))).await;
    let carol = sim.tell(Command::CancelAtPeriodEnd(id("carol"))).await;
    sim.until("2026-05-01T10:00:00+09:00").await;
    expect![[r#"
        active forgone [], ends at 2026-02-28 10:00:00
        active forgone [], ends at 2026-02-28 10:00:00
        active forgone [], ends at 2026-02-28 10:00:00
        2026-04-01 10:00:00  suspected (an older copy of the database was put back)
        2026-04-01 10:00:05 bob cancel -> active, asked by a person
        2026-04-01 10:00:05 carol cancel_at_period_end -> active, asked by a person
        2026-04-01 10:00:30 alice 1 found_paid -> paid, 2 enrolled (imp_000000000004)
        2026-04-01 10:00:30 bob 1 found_paid -> paid, 2 enrolled (imp_000000000005)
        2026-04-01 10:00:30 carol 1 found_paid -> paid, 2 enrolled (imp_000000000006)
        2026-04-01 10:00:40 alice 2 found_paid -> paid, 3 enrolled (imp_000000000007)
        2026-04-01 10:00:40 bob 2 found_paid -> paid, 3 enrolled (imp_000000000008)
        2026-04-01 10:00:40 carol 2 found_paid -> paid, 3 enrolled (imp_000000000009)
        2026-04-01 10:00:40  suspicion_cleared (an older copy of the database was put back)
        2026-04-01 10:00:40 alice ended -> canceled
        2026-04-01 10:00:40 alice 3 forgone -> skipped (canceled)
        2026-04-01 10:00:40 bob ended -> canceled
        2026-04-01 10:00:40 bob 3 forgone -> skipped (canceled)
        2026-04-01 10:00:40 carol ended -> canceled
        2026-04-01 10:00:40 carol 3 forgone -> skipped (canceled)
    "#]]
    .assert_eq(&format!(
        "{bob}\n{again}\n{carol}\n{}",
        tail(&sim.ends().await)
    ));
}

/// What has ended already and is released meanwhile has no second end.
#[tokio::test]
async fn what_has_ended_is_released_as_ever() {
    let mut sim = open().await;
    sim.script("alice", &["wrong-amount"]);
    sim.add("alice", "alice", "basic").await;
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let canceled = sim.tell(Command::Cancel(id("alice"))).await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-01T10:00:00+09:00").await;
    sim.slow_down(Duration::from_secs(10));
    sim.come_back_to(&copy).await;
    sim.until("2026-03-01T10:00:15+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    let released = sim.tell(Command::Release(id("alice"), None)).await;
    expect![[r#"
        canceled held: mismatch forgone [1]
        canceled forgone []"#]]
    .assert_eq(&format!("{canceled}\n{released}"));
}

/// Canceled by a clock that is ten years ahead, before anybody said so: it ends before the next cycle is due by
/// the right one.
#[tokio::test]
async fn whoever_cancels_by_a_wrong_clock_ends_before_more_is_due() {
    let directory = tempfile::tempdir().expect("a directory");
    let start = shop::instant("2026-01-31T10:00:00+09:00");
    let store = shop::open(directory.path(), &[shop::monthly()], start).await;
    let (mut writer, _reader, _lock) = store.into_parts();
    let mut turn = writer.begin(start).await.expect("a turn");
    let due = start + SignedDuration::from_hours(24);
    let wanted = [shop::wanted("alice", "alice", "basic", due)];
    let added = turn.add(&wanted, &Who::named("test")).await;
    added.expect("it can be written").expect("no key");
    turn.commit().await.expect("it is written");

    let wrong = start + SignedDuration::from_hours(10 * 365 * 24);
    let mut turn = writer.begin(wrong).await.expect("a turn");
    turn.without(Unknown {
        time: true,
        history: true,
    });
    let cancel = Command::Cancel(id("alice"));
    let canceled = turn.command(&cancel, &Who::named("test")).await;
    let canceled = canceled.expect("it can be written").expect("it may end");
    assert_eq!(canceled.answer.ends_at, Some(due.as_microsecond()));
}

/// A decline of the lost history is found when its grace is over already. What was paid after it is asked about
/// first (seed 59279).
#[tokio::test]
async fn whom_dunning_gives_up_on_ends_after_what_was_paid_is_known() {
    let mut told = String::new();
    for end_action in [EndAction::Cancel, EndAction::Suspend] {
        let mut weekly = shop::terms("weekly", "1 week");
        weekly.ladder = Ladder {
            generic: Vec::new(),
            funds: Vec::new(),
            grace: Duration::from_hours(15 * 24),
            end_action,
            ..Ladder::standard()
        };
        let mut sim = sim::open(
            "2026-01-31T10:00:00+09:00",
            vec![weekly],
            Switches::honest(),
        )
        .await;
        sim.script("alice", &["pay", "decline-funds", "pay"]);
        sim.add("alice", "alice", "weekly").await;
        sim.until("2026-02-01T10:00:00+09:00").await;
        let (_kept, copy) = sim.back_up().await;
        sim.until("2026-02-23T10:00:00+09:00").await;
        sim.slow_down(Duration::from_secs(10));
        sim.come_back_to(&copy).await;
        sim.until("2026-03-15T10:00:00+09:00").await;
        told.push_str(&tail(&sim.ends().await));
    }
    expect![[r#"
        2026-02-23 10:00:00  suspected (an older copy of the database was put back)
        2026-02-23 10:00:30 alice 1 found_failed -> uncollectible, 2 enrolled ([CC61] 1회 이용한도 초과입니다)
        2026-02-23 10:00:30 alice gave_up -> active
        2026-02-23 10:00:40 alice 2 found_paid -> paid, 3 enrolled (imp_000000000003)
        2026-02-23 10:00:50 alice 3 found_paid -> paid, 4 enrolled (imp_000000000004)
        2026-02-23 10:00:50  suspicion_cleared (an older copy of the database was put back)
        2026-02-23 10:00:50 alice ended -> canceled
        2026-02-23 10:00:50 alice 4 forgone -> skipped (canceled)
        2026-02-23 10:00:00  suspected (an older copy of the database was put back)
        2026-02-23 10:00:30 alice 1 found_failed -> uncollectible, 2 enrolled ([CC61] 1회 이용한도 초과입니다)
        2026-02-23 10:00:30 alice gave_up -> suspended
        2026-02-23 10:00:40 alice 2 found_paid -> paid, 3 enrolled (imp_000000000003)
        2026-02-23 10:00:50 alice 3 found_paid -> paid, 4 enrolled (imp_000000000004)
        2026-02-23 10:00:50  suspicion_cleared (an older copy of the database was put back)
        2026-02-28 10:00:00 alice 4 deferred
        2026-03-01 10:00:00 alice 4 deferred
        2026-03-02 10:00:00 alice 4 deferred
        2026-03-04 10:00:00 alice 4 deferred
        2026-03-08 10:00:00 alice 4 deferred
    "#]].assert_eq(&told);
}
