//! Other plans: with the next cycle, or now and with a credit.

use dues::core::answer::Words;
use dues::core::change_plan::Begins;
use dues::core::consent::Agreement;
use dues::core::money::Krw;
use dues::core::order::PlanId;
use dues::core::plan::Terms;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::Command;
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, id};
use crate::story::prices::without_waiting;

fn priced(id: &str, cadence: &str, won: i64) -> Terms {
    let mut terms = shop::terms(id, cadence);
    terms.plan.amount = Krw::parse(won).expect("an amount");
    terms
}

async fn open() -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let plans = vec![
        shop::monthly(),
        priced("cheap", "1 month", 3_000),
        priced("yearly", "1 year", 8_000),
        priced("dear", "1 month", 29_000),
    ];
    sim::open("2026-01-31T10:00:00+09:00", plans, Switches::honest()).await
}

fn change(name: &str, plan: &str, begins: Begins) -> Command {
    Command::ChangePlan(id(name), PlanId::parse(plan).expect("an id"), begins)
}

#[tokio::test]
async fn a_plan_changes_with_the_next_cycle_and_a_rise_needs_consent() {
    let mut sim = open().await;
    for name in ["alice", "bob", "carol", "dave"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-10T10:00:00+09:00").await;
    sim.tell(change("alice", "cheap", Begins::AtPeriodEnd))
        .await;
    sim.tell(change("bob", "dear", Begins::AtPeriodEnd)).await;
    sim.tell(change("carol", "dear", Begins::AtPeriodEnd)).await;
    sim.tell(change("dave", "yearly", Begins::AtPeriodEnd))
        .await;
    let agreement = Agreement {
        at: sim.stage.now(),
        won: 29_000,
    };
    let consent = Command::Consent(id("carol"), agreement, Words::new("mail"));
    sim.tell(consent).await;
    sim.until("2026-04-10T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (cheap version 1: 3,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (yearly version 1: 8,000 KRW every 1 year, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (dear version 1: 29,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-31 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-01-31 10:00:00 dave added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 dave 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 dave 0 paid -> paid (imp_000000000004)
        2026-02-10 10:00:00 alice 1 recast, asked by a person
        2026-02-10 10:00:00 alice plan_changed -> active, asked by a person
        2026-02-10 10:00:00 bob 1 recast, asked by a person
        2026-02-10 10:00:00 bob plan_changed -> active, asked by a person
        2026-02-10 10:00:00 carol 1 recast, asked by a person
        2026-02-10 10:00:00 carol plan_changed -> active, asked by a person
        2026-02-10 10:00:00 dave 1 recast, asked by a person
        2026-02-10 10:00:00 dave plan_changed -> active, asked by a person
        2026-02-10 10:00:00 carol consented -> active (mail), asked by a person
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 bob 1 unconsented
        2026-02-28 10:00:00 bob held -> active (no_consent)
        2026-02-28 10:00:00 carol 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 dave 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000005)
        2026-02-28 10:00:00 carol 1 paid -> paid (imp_000000000006)
        2026-02-28 10:00:00 dave 1 paid -> paid (imp_000000000007)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 carol 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000008)
        2026-03-31 10:00:00 carol 2 paid -> paid (imp_000000000009)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

#[tokio::test]
async fn what_is_left_of_a_period_is_taken_off_the_next_cycles() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-07T10:00:00+09:00").await;
    // A week of four is used: 2,475 of 9,900.
    let said = sim.tell(change("alice", "cheap", Begins::Now)).await;
    assert_eq!(said, "active forgone []");
    sim.until("2026-06-10T10:00:00+09:00").await;
    let tries = sim.first_tries("alice").await;
    let tries: Vec<(i64, i64)> = tries.iter().map(|(n, won, _)| (*n, *won)).collect();
    assert_eq!(tries, [(0, 9_900), (3, 1_575), (4, 3_000), (5, 3_000)]);
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (cheap version 1: 3,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (yearly version 1: 8,000 KRW every 1 year, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (dear version 1: 29,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-07 10:00:00 alice 1 recast, asked by a person
        2026-02-07 10:00:00 alice plan_changed -> active, asked by a person
        2026-02-07 10:00:00 alice 1 forgone -> skipped, 2 enrolled (free)
        2026-02-07 10:00:00 alice credit_taken -> active
        2026-03-07 10:00:00 alice 2 forgone -> skipped, 3 enrolled (free)
        2026-03-07 10:00:00 alice credit_taken -> active
        2026-04-07 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-07 10:00:00 alice 3 paid -> paid (imp_000000000002)
        2026-05-07 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-05-07 10:00:00 alice 4 paid -> paid (imp_000000000003)
        2026-06-07 10:00:00 alice 5 begun -> charging, 6 enrolled
        2026-06-07 10:00:00 alice 5 paid -> paid (imp_000000000004)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

/// What nobody asks for leaves what was taken off it.
#[tokio::test]
async fn a_credit_comes_back_from_a_cycle_that_is_skipped() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-07T10:00:00+09:00").await;
    sim.tell(change("alice", "cheap", Begins::Now)).await;
    sim.until("2026-02-07T11:00:00+09:00").await;
    sim.tell(Command::Skip(id("alice"), None)).await;
    sim.until("2026-05-10T10:00:00+09:00").await;
    let tries = sim.first_tries("alice").await;
    let tries: Vec<(i64, i64)> = tries.iter().map(|(n, won, _)| (*n, *won)).collect();
    assert_eq!(tries, [(0, 9_900), (4, 1_575)]);
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (cheap version 1: 3,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (yearly version 1: 8,000 KRW every 1 year, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (dear version 1: 29,000 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-07 10:00:00 alice 1 recast, asked by a person
        2026-02-07 10:00:00 alice plan_changed -> active, asked by a person
        2026-02-07 10:00:00 alice 1 forgone -> skipped, 2 enrolled (free)
        2026-02-07 10:00:00 alice credit_taken -> active
        2026-02-07 11:00:00 alice 2 skip, asked by a person
        2026-02-07 11:00:00 alice credit_back -> active
        2026-02-07 11:00:00 alice 2 forgone -> skipped, 3 enrolled (skipped), asked by a person
        2026-02-07 11:00:00 alice credit_taken -> active
        2026-04-07 10:00:00 alice 3 forgone -> skipped, 4 enrolled (free)
        2026-04-07 10:00:00 alice credit_taken -> active
        2026-05-07 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-05-07 10:00:00 alice 4 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

#[tokio::test]
async fn a_plan_that_cannot_be_changed_is_not() {
    let mut sim = open().await;
    sim.script("bob", &["decline-funds"]);
    sim.add("alice", "alice", "basic").await;
    sim.add("bob", "bob", "basic").await;
    let later = shop::wanted(
        "carol",
        "carol",
        "basic",
        shop::instant("2026-02-05T10:00:00+09:00"),
    );
    sim.ask_for(later).await.expect("she may come later");
    sim.until("2026-02-01T10:00:00+09:00").await;
    let mut told = String::new();
    for (name, plan, begins) in [
        ("alice", "gold", Begins::Now),
        ("alice", "basic", Begins::Now),
        ("bob", "cheap", Begins::Now),
        ("bob", "cheap", Begins::AtPeriodEnd),
        ("carol", "cheap", Begins::Now),
    ] {
        told += &sim.tell(change(name, plan, begins)).await;
        told.push('\n');
    }
    sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    told += &sim
        .tell(change("alice", "cheap", Begins::AtPeriodEnd))
        .await;
    expect![[r#"
        plan "gold" does not exist: the configuration has basic, cheap, dear, yearly
        active forgone []
        cycle 0 is owed: it can change now when that is paid (dues retry, dues card), or with the next cycle
        past_due forgone [], tried at 2026-02-01 10:37:33
        no cycle was begun yet: without --now its first one is charged so
        the subscription ends before that begins: `dues uncancel` it first"#]].assert_eq(&told);
    sim.ends().await;
}
