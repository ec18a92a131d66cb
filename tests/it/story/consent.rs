//! Prices that rise: nobody pays more than what was agreed to within the last 30 days.

use dues::core::answer::Words;
use dues::core::consent::{Agreement, WithoutConsent};
use dues::core::money::Krw;
use dues::core::plan::Terms;
use dues::core::price::{Phase, Trial};
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, id};
use crate::story::prices::without_waiting;

/// Two months free, then 9,900 won.
fn long_trial() -> Terms {
    let mut terms = shop::monthly();
    terms.plan.price_list.trial = Some(Trial::Cycles(2));
    terms
}

async fn open(terms: Terms) -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await
}

/// A customer agrees to so much, then.
pub(crate) fn consent(name: &str, at: Timestamp, won: i64) -> Command {
    Command::Consent(id(name), Agreement { at, won }, Words::new("mail"))
}

#[tokio::test]
async fn a_long_trial_becomes_paid_only_with_consent() {
    let mut sim = open(long_trial()).await;
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-03-01T10:00:00+09:00").await;
    // Too early, too little, and just so.
    let now = sim.stage.now();
    let told = [
        sim.tell(consent(
            "alice",
            now - jiff::SignedDuration::from_hours(24),
            9_900,
        ))
        .await,
        sim.tell(consent("bob", now, 9_899)).await,
        sim.tell(consent("carol", now, 9_900)).await,
    ];
    assert_eq!(
        told,
        ["active forgone []"; 3].map(|_| "trialing forgone []")
    );
    sim.until("2026-04-02T10:00:00+09:00").await;
    // Who agrees late pays when it is written down.
    let late = consent("alice", sim.stage.now(), 9_900);
    sim.tell(late).await;
    sim.until("2026-05-01T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> trialing, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 forgone -> skipped, 1 enrolled (free)
        2026-01-31 10:00:00 bob added -> trialing, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 forgone -> skipped, 1 enrolled (free)
        2026-01-31 10:00:00 carol added -> trialing, 0 enrolled, asked by a person
        2026-01-31 10:00:00 carol 0 forgone -> skipped, 1 enrolled (free)
        2026-02-28 10:00:00 alice 1 forgone -> skipped, 2 enrolled (free)
        2026-02-28 10:00:00 bob 1 forgone -> skipped, 2 enrolled (free)
        2026-02-28 10:00:00 carol 1 forgone -> skipped, 2 enrolled (free)
        2026-03-01 10:00:00 alice consented -> trialing (mail), asked by a person
        2026-03-01 10:00:00 bob consented -> trialing (mail), asked by a person
        2026-03-01 10:00:00 carol consented -> trialing (mail), asked by a person
        2026-03-31 10:00:00 alice 2 unconsented
        2026-03-31 10:00:00 alice held -> trialing (no_consent)
        2026-03-31 10:00:00 bob 2 unconsented
        2026-03-31 10:00:00 bob held -> trialing (no_consent)
        2026-03-31 10:00:00 carol 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 carol trial_ended -> active
        2026-03-31 10:00:00 carol 2 paid -> paid (imp_000000000001)
        2026-04-02 10:00:00 alice consented -> trialing (mail), asked by a person
        2026-04-02 10:00:00 alice 2 released, asked by a person
        2026-04-02 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-04-02 10:00:00 alice trial_ended -> active
        2026-04-02 10:00:00 alice 2 paid -> paid (imp_000000000002)
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000003)
        2026-04-30 10:00:00 carol 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 carol 3 paid -> paid (imp_000000000004)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

#[tokio::test]
async fn a_subscription_ends_by_policy_without_consent() {
    let mut terms = long_trial();
    terms.without_consent = WithoutConsent::Cancel;
    let mut sim = open(terms).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-06-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> trialing, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 forgone -> skipped, 1 enrolled (free)
        2026-02-28 10:00:00 alice 1 forgone -> skipped, 2 enrolled (free)
        2026-03-31 10:00:00 alice 2 forgone -> skipped (no_consent)
        2026-03-31 10:00:00 alice lapsed -> canceled
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

/// Releasing and skipping do not make a price one that was agreed to.
#[tokio::test]
async fn a_skipped_rise_is_a_rise_still() {
    let mut terms = shop::terms("basic", "1 month");
    let amount = Krw::parse(4_900).expect("an amount");
    terms.plan.price_list.phases = vec![Phase { cycles: 2, amount }];
    let mut sim = open(terms).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-03-31T12:00:00+09:00").await;
    let told = sim
        .tell(Command::Release(id("alice"), Some(Missed::Skip)))
        .await;
    assert_eq!(told, "active forgone [2]");
    sim.until("2026-05-01T12:00:00+09:00").await;
    let told = sim
        .tell(Command::Release(id("alice"), Some(Missed::ChargeLatest)))
        .await;
    assert_eq!(told, "active forgone []");
    sim.until("2026-05-02T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-03-31 10:00:00 alice 2 unconsented
        2026-03-31 10:00:00 alice held -> active (no_consent)
        2026-03-31 12:00:00 alice release -> active, asked by a person
        2026-03-31 12:00:00 alice 2 released, asked by a person
        2026-03-31 12:00:00 alice 2 forgone -> skipped, 3 enrolled (missed), asked by a person
        2026-03-31 12:00:00 alice 3 released, asked by a person
        2026-04-30 10:00:00 alice 3 unconsented
        2026-04-30 10:00:00 alice held -> active (no_consent)
        2026-05-01 12:00:00 alice release -> active, asked by a person
        2026-05-01 12:00:00 alice 3 released, asked by a person
        2026-05-01 12:00:00 alice 3 released, asked by a person
        2026-05-01 12:00:00 alice 3 unconsented
        2026-05-01 12:00:00 alice held -> active (no_consent)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}
