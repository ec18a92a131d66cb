//! Pauses that end by themselves, and anchors that move.

use dues::core::price::Trial;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use expect_test::expect;

use crate::shop;
use crate::sim::{self, id};
use crate::story::open;
use crate::story::prices::without_waiting;

/// What happens to these, who are paused until the tenth of March, and of whom a cycle comes due meanwhile.
async fn paused_over_a_cycle(ways: &[(&str, Option<Missed>)]) -> String {
    let mut sim = open().await;
    let until = shop::instant("2026-03-10T09:00:00+09:00");
    for (name, missed) in ways {
        sim.add(name, name, "basic").await;
        let pause = Command::PauseUntil(id(name), until, *missed);
        let said = sim.tell(pause).await;
        assert!(said.ends_with(", goes on at 2026-03-10 09:00:00"), "{said}");
    }
    sim.until("2026-04-12T10:00:00+09:00").await;
    without_waiting(&sim.ends().await)
}

#[tokio::test]
async fn a_pause_until_a_day_is_over_by_itself() {
    let told = paused_over_a_cycle(&[("alice", None), ("bob", Some(Missed::ChargeLatest))]).await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 alice pause -> paused, asked by a person
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-31 10:00:00 bob pause -> paused, asked by a person
        2026-03-10 09:00:00 alice resumed -> active
        2026-03-10 09:00:00 alice 1 released
        2026-03-10 09:00:00 bob resumed -> active
        2026-03-10 09:00:00 bob 1 released
        2026-03-10 09:00:00 bob 1 released
        2026-03-10 09:00:00 alice 1 begun -> charging, 2 enrolled
        2026-03-10 09:00:00 alice 1 paid -> paid (imp_000000000003)
        2026-03-10 09:00:00 bob 1 begun -> charging, 2 enrolled
        2026-03-10 09:00:00 bob 1 paid -> paid (imp_000000000004)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000005)
        2026-03-31 10:00:00 bob 2 paid -> paid (imp_000000000006)
    "#]]
    .assert_eq(&told);
}

#[tokio::test]
async fn what_came_due_in_a_pause_is_skipped_or_begins_when_it_is_over() {
    let told = paused_over_a_cycle(&[
        ("alice", Some(Missed::Skip)),
        ("bob", Some(Missed::MoveAnchor)),
    ])
    .await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 alice pause -> paused, asked by a person
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-31 10:00:00 bob pause -> paused, asked by a person
        2026-03-10 09:00:00 alice resumed -> active
        2026-03-10 09:00:00 alice 1 released
        2026-03-10 09:00:00 alice 1 forgone -> skipped, 2 enrolled (missed)
        2026-03-10 09:00:00 alice 2 released
        2026-03-10 09:00:00 bob 1 recast
        2026-03-10 09:00:00 bob resumed -> active
        2026-03-10 09:00:00 bob 1 released
        2026-03-10 09:00:00 bob 1 released
        2026-03-10 09:00:00 bob 1 begun -> charging, 2 enrolled
        2026-03-10 09:00:00 bob 1 paid -> paid (imp_000000000003)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000004)
        2026-04-10 09:00:00 bob 2 begun -> charging, 3 enrolled
        2026-04-10 09:00:00 bob 2 paid -> paid (imp_000000000005)
    "#]]
    .assert_eq(&told);
}

/// What is paid for goes on when nothing came due.
#[tokio::test]
async fn a_short_pause_moves_no_anchor() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    let soon = shop::instant("2026-02-05T09:00:00+09:00");
    let soon = Command::PauseUntil(id("alice"), soon, Some(Missed::MoveAnchor));
    sim.tell(soon).await;
    sim.until("2026-03-05T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 alice pause -> paused, asked by a person
        2026-02-05 09:00:00 alice resumed -> active
        2026-02-05 09:00:00 alice 1 released
        2026-02-05 09:00:00 alice 1 released
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

/// More cycles fell into the pause than the plan lets be charged at once, and nobody said what to do.
#[tokio::test]
async fn a_long_pause_ends_as_the_plan_says() {
    let mut sim = open().await;
    let until = shop::instant("2026-03-10T09:00:00+09:00");
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-31T11:00:00+09:00").await;
    sim.tell(Command::PauseUntil(id("alice"), until, None))
        .await;
    sim.until("2026-03-11T10:00:00+09:00").await;
    let held = "SELECT count(*) FROM subscription WHERE hold = 'missed_cycles'";
    assert_eq!(sim.count(held).await, 1);
    let said = sim
        .tell(Command::Release(id("alice"), Some(Missed::MoveAnchor)))
        .await;
    assert_eq!(said, "active forgone []");
    sim.until("2026-03-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 11:00:00 alice pause -> paused, asked by a person
        2026-03-10 09:00:00 alice resumed -> active
        2026-03-10 09:00:00 alice 1 released
        2026-03-10 09:00:00 alice 1 overtaken
        2026-03-10 09:00:00 alice held -> active (missed_cycles)
        2026-03-11 10:00:00 alice 1 recast, asked by a person
        2026-03-11 10:00:00 alice release -> active, asked by a person
        2026-03-11 10:00:00 alice 1 released, asked by a person
        2026-03-11 10:00:00 alice 1 released, asked by a person
        2026-03-11 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-03-11 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-03-18 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-18 10:00:00 alice 2 paid -> paid (imp_000000000003)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

#[tokio::test]
async fn an_anchor_moves_to_the_moment_of_resuming_and_numbers_go_on() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    sim.tell(Command::Pause(id("alice"))).await;
    sim.until("2026-02-20T10:00:00+09:00").await;
    let resume = || Command::Resume(id("alice"), Some(Missed::MoveAnchor));
    let said = sim.tell(resume()).await;
    assert!(said.starts_with("no cycle of \"alice\" came due"), "{said}");
    sim.until("2026-04-05T15:00:00+09:00").await;
    assert_eq!(sim.tell(resume()).await, "active forgone []");
    sim.until("2026-06-10T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-10 10:00:00 alice pause -> paused, asked by a person
        2026-04-05 15:00:00 alice 1 recast, asked by a person
        2026-04-05 15:00:00 alice resume -> active, asked by a person
        2026-04-05 15:00:00 alice 1 released, asked by a person
        2026-04-05 15:00:00 alice 1 released, asked by a person
        2026-04-05 15:00:00 alice 1 begun -> charging, 2 enrolled
        2026-04-05 15:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-05-05 15:00:00 alice 2 begun -> charging, 3 enrolled
        2026-05-05 15:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-06-05 15:00:00 alice 3 begun -> charging, 4 enrolled
        2026-06-05 15:00:00 alice 3 paid -> paid (imp_000000000004)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

/// Of a day that is past, and taken back by a pause without an end.
#[tokio::test]
async fn a_pause_has_one_end() {
    let mut sim = open().await;
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-31T11:00:00+09:00").await;
    let past = shop::instant("2026-01-31T10:00:00+09:00");
    let said = sim.tell(Command::PauseUntil(id("alice"), past, None)).await;
    let wanted = "2026-01-31T01:00:00Z is not in the future: give a moment to come";
    assert_eq!(said, wanted);
    let until = shop::instant("2026-02-03T09:00:00+09:00");
    sim.tell(Command::PauseUntil(id("alice"), until, None))
        .await;
    let said = sim.tell(Command::Release(id("alice"), None)).await;
    assert_eq!(said, "paused forgone [], goes on at 2026-02-03 09:00:00");
    let said = sim.tell(Command::Pause(id("alice"))).await;
    assert_eq!(said, "paused forgone []");
    sim.until("2026-02-20T10:00:00+09:00").await;
    let paused = "SELECT count(*) FROM subscription WHERE status = 'paused'";
    assert_eq!(sim.count(paused).await, 1);
    sim.ends().await;
}

/// Whoever stood still in a trial is in it again.
#[tokio::test]
async fn a_trial_that_was_paused_goes_on_as_one() {
    let mut terms = shop::monthly();
    terms.plan.price_list.trial = Some(Trial::Cycles(1));
    let start = "2026-01-31T10:00:00+09:00";
    let mut sim = sim::open(start, vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-05T10:00:00+09:00").await;
    let mut said = vec![sim.tell(Command::Suspend(id("alice"))).await];
    said.push(sim.tell(Command::Reactivate(id("alice"), None)).await);
    sim.until("2026-02-28T12:00:00+09:00").await;
    said.push(sim.tell(Command::Pause(id("alice"))).await);
    said.push(sim.tell(Command::Resume(id("alice"), None)).await);
    expect![[r#"
        suspended forgone []
        trialing forgone []
        paused forgone []
        active forgone []"#]]
    .assert_eq(&said.join("\n"));
    sim.ends().await;
}

/// The answer named when what is owed is tried, though it stood still, and a moment that was over.
#[tokio::test]
async fn an_answer_names_when_what_is_owed_is_tried_and_never_while_nothing_is() {
    let mut sim = open().await;
    sim.script("alice", &["decline-generic", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T15:00:00+09:00").await;
    let paused = sim.tell(Command::Pause(id("alice"))).await;
    let resumed = sim.tell(Command::Resume(id("alice"), None)).await;
    sim.tell(Command::Pause(id("alice"))).await;
    sim.until("2026-02-05T23:45:00+09:00").await;
    let late = sim.tell(Command::Resume(id("alice"), None)).await;
    sim.until("2026-02-07T10:00:00+09:00").await;
    expect![[r#"
        paused forgone []
        past_due forgone [], tried at 2026-02-03 10:23:06
        past_due forgone [], tried at 2026-02-06 00:40:00
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC01] 카드사로 문의하시기 바랍니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-02-01 15:00:00 alice pause -> paused, asked by a person
        2026-02-01 15:00:00 alice resume -> past_due, asked by a person
        2026-02-01 15:00:00 alice 0 released, asked by a person
        2026-02-01 15:00:00 alice 1 released, asked by a person
        2026-02-01 15:00:00 alice pause -> paused, asked by a person
        2026-02-03 10:23:06 alice 0 deferred
        2026-02-04 10:23:06 alice 0 deferred
        2026-02-05 10:23:06 alice 0 deferred
        2026-02-05 23:45:00 alice resume -> past_due, asked by a person
        2026-02-05 23:45:00 alice 0 released, asked by a person
        2026-02-05 23:45:00 alice 1 released, asked by a person
        2026-02-05 23:45:00 alice 0 deferred
        2026-02-06 00:40:00 alice 0 begun -> charging
        2026-02-06 00:40:00 alice 0 paid -> paid (imp_000000000002)
        2026-02-06 00:40:00 alice recovered -> active
    "#]]
    .assert_eq(&format!(
        "{paused}\n{resumed}\n{late}\n{}",
        sim.ends().await
    ));
}
