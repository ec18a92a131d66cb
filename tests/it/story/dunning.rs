//! Stories about the end of dunning: the grace period, and what follows it.

use std::time::Duration;

use dues::core::dunning::EndAction;
use dues::gateway::simulator::switches::Switches;
use dues::store::Command;
use expect_test::expect;

use crate::shop;
use crate::sim::{self, card, id};
use crate::story::open;

/// The old card is dead: nothing is sent until there is another, which then is charged at once.
#[tokio::test]
async fn a_new_card_within_the_grace_is_charged_at_once() {
    let mut sim = open().await;
    sim.script("old", &["card-dead"]);
    sim.add("alice", "old", "basic").await;
    sim.until("2026-02-10T15:00:00+09:00").await;
    sim.tell(Command::ChangeCard(id("alice"), card("new"), None))
        .await;
    sim.until("2026-02-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC14] 해지된 카드입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 10:00:00 alice card_died -> past_due (new_card)
        2026-02-10 15:00:00 alice card_changed -> past_due, asked by a person
        2026-02-10 15:00:00 alice 0 card_changed, asked by a person
        2026-02-10 15:00:00 alice 1 card_changed, asked by a person
        2026-02-10 15:03:00 alice 0 begun -> charging
        2026-02-10 15:03:00 alice 0 paid -> paid (imp_000000000002)
        2026-02-10 15:03:00 alice recovered -> active
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn after_the_grace_the_end_action_follows() {
    let mut said = Vec::new();
    for action in [EndAction::Suspend, EndAction::Cancel, EndAction::Keep] {
        let mut terms = shop::monthly();
        terms.ladder.end_action = action;
        let start = "2026-01-31T10:00:00+09:00";
        let mut sim = sim::open(start, vec![terms], Switches::honest()).await;
        sim.script("alice", &["card-dead", "pay"]);
        sim.add("alice", "alice", "basic").await;
        sim.until("2026-03-01T00:00:00+09:00").await;
        let told = sim.ends().await;
        let after = told.lines().skip_while(|line| !line.contains("grace_over"));
        let after: Vec<&str> = after.collect();
        said.push(format!("{action:?}\n  {}", after.join("\n  ")));
    }
    expect![[r#"
        Suspend
          2026-02-21 10:00:00 alice 0 grace_over -> uncollectible
          2026-02-21 10:00:00 alice gave_up -> suspended
          2026-02-28 10:00:00 alice 1 deferred
        Cancel
          2026-02-21 10:00:00 alice 0 grace_over -> uncollectible
          2026-02-21 10:00:00 alice gave_up -> canceled
          2026-02-21 10:00:00 alice 1 forgone -> skipped (canceled)
        Keep
          2026-02-21 10:00:00 alice 0 grace_over -> uncollectible
          2026-02-28 10:00:00 alice 1 deferred
    "#]]
    .assert_eq(&(said.join("\n") + "\n"));
}

/// While a subscription stands still, so does its grace; and nobody gives up on one that was canceled.
#[tokio::test]
async fn the_grace_of_a_paused_subscription_waits() {
    let mut sim = open().await;
    sim.script("alice", &["card-dead"]);
    sim.script("bob", &["card-dead"]);
    sim.add("alice", "alice", "basic").await;
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-02-10T15:00:00+09:00").await;
    sim.tell(Command::Pause(id("alice"))).await;
    sim.tell(Command::Cancel(id("bob"))).await;
    sim.until("2026-02-22T15:00:00+09:00").await;
    sim.tell(Command::Resume(id("alice"), None)).await;
    sim.until("2026-02-25T15:00:00+09:00").await;
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
        2026-02-10 15:00:00 alice pause -> paused, asked by a person
        2026-02-10 15:00:00 bob cancel -> canceled, asked by a person
        2026-02-10 15:00:00 bob 0 forgone -> waived (canceled), asked by a person
        2026-02-10 15:00:00 bob 1 forgone -> skipped (canceled), asked by a person
        2026-02-21 10:00:00 alice 0 deferred
        2026-02-22 10:00:00 alice 0 deferred
        2026-02-22 15:00:00 alice resume -> past_due, asked by a person
        2026-02-22 15:00:00 alice 0 released, asked by a person
        2026-02-22 15:00:00 alice 1 released, asked by a person
        2026-02-23 15:00:00 alice 0 grace_over -> uncollectible
        2026-02-23 15:00:00 alice gave_up -> suspended
    "#]]
    .assert_eq(&sim.ends().await);
}

/// The ladder's own tries stay on their days, and none of its rungs is taken.
#[tokio::test]
async fn a_retry_by_hand_leaves_the_ladder_where_it_was() {
    let mut plain = open().await;
    plain.script("alice", &["decline-funds"]);
    plain.add("alice", "alice", "basic").await;
    plain.until("2026-03-02T10:00:00+09:00").await;

    let mut sim = open().await;
    sim.script("alice", &["decline-funds"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-08T15:00:00+09:00").await;
    let told = sim.tell(Command::Retry(id("alice"), None)).await;
    assert_eq!(told, "past_due forgone [], tried at 2026-02-08 15:03:00");
    sim.until("2026-03-02T10:00:00+09:00").await;

    let tries = "SELECT count(*) FROM attempt WHERE n = 0";
    assert_eq!(sim.count(tries).await, plain.count(tries).await + 1);
    let declines = "SELECT declines FROM cycle WHERE n = 0";
    assert_eq!(sim.count(declines).await, plain.count(declines).await);
    let last = "SELECT max(begun_at) / 86400000000 FROM attempt WHERE n = 0";
    assert_eq!(sim.count(last).await, plain.count(last).await);
    plain.ends().await;
    sim.ends().await;
}

/// The ladder of one class had ended; a decline of a class that is tried for longer does not lengthen it.
#[tokio::test]
async fn a_retry_by_hand_after_the_ladder_is_the_last_one() {
    let mut terms = shop::monthly();
    terms.ladder.generic = vec![Duration::from_hours(7 * 24)];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await;
    sim.script("alice", &["decline-uncoded-x2", "decline-funds"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T15:00:00+09:00").await;
    let told = sim.tell(Command::Retry(id("alice"), None)).await;
    assert_eq!(told, "past_due forgone [], tried at 2026-02-10 15:03:00");
    sim.until("2026-02-27T10:00:00+09:00").await;
    let tries = "SELECT count(*) FROM attempt WHERE n = 0";
    assert_eq!(sim.count(tries).await, 3);
    let given_up = "SELECT count(*) FROM cycle WHERE n = 0 AND state = 'uncollectible'";
    assert_eq!(sim.count(given_up).await, 1);
    sim.ends().await;
}

#[tokio::test]
async fn a_retry_by_hand_pays() {
    let mut sim = open().await;
    sim.script("alice", &["decline-funds", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T15:00:00+09:00").await;
    sim.tell(Command::Retry(id("alice"), None)).await;
    sim.until("2026-02-20T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 15:00:00 alice 0 retry, asked by a person
        2026-01-31 15:00:00 alice 0 retried, asked by a person
        2026-01-31 15:03:00 alice 0 begun -> charging
        2026-01-31 15:03:00 alice 0 paid -> paid (imp_000000000002)
        2026-01-31 15:03:00 alice recovered -> active
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn what_may_not_be_retried_says_why() {
    let mut sim = open().await;
    sim.script("alice", &["decline-lost"]);
    sim.script("bob", &["decline-funds"]);
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-01T15:00:00+09:00").await;
    let retry = |name: &str, n: Option<u32>| {
        let n = n.map(|n| dues::core::calendar::CycleNo::parse(n).expect("a number"));
        Command::Retry(id(name), n)
    };
    let mut said = Vec::new();
    said.push(sim.tell(retry("alice", None)).await);
    said.push(sim.tell(retry("bob", Some(1))).await);
    said.push(sim.tell(retry("carol", None)).await);
    said.push(sim.tell(retry("nobody", None)).await);
    sim.tell(Command::Pause(id("bob"))).await;
    said.push(sim.tell(retry("bob", None)).await);
    sim.tell(Command::Cancel(id("bob"))).await;
    said.push(sim.tell(retry("bob", None)).await);
    // Another card is another matter; and the retry does not wait any longer than it does.
    sim.tell(Command::ChangeCard(id("alice"), card("new"), None))
        .await;
    said.push(sim.tell(retry("alice", Some(0))).await);
    expect![[r#"
        not tried: its card is lost, stolen or forged: it must not be tried again; give another card with `dues card`
        not tried: cycle 1 is not owed: cycle 0 is
        not tried: no cycle of it was declined and is still owed: `dues explain` says how it stands
        no subscription has the id "nobody": `dues list` shows them
        not tried: the subscription is paused: `dues resume` it first
        not tried: no cycle of it was declined and is still owed: `dues explain` says how it stands
        past_due forgone [], tried at 2026-02-01 15:03:00"#]].assert_eq(&said.join("\n"));
    sim.ends().await;
}
