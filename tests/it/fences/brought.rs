//! What a lost history brought forward, by another plan or from another day on: the copy does not come to it.

use dues::core::change_plan::Begins;
use dues::core::money::Krw;
use dues::core::order::PlanId;
use dues::core::plan::Terms;
use dues::gateway::simulator::switches::Switches;
use dues::store::Command;
use expect_test::expect;

use super::SUSPICIONS;
use crate::shop;
use crate::sim::{self, id};

/// Seed 12977: what came after a payment of another amount was on record at the gateway alone.
#[tokio::test]
async fn what_comes_after_a_payment_that_differs_is_asked_about() {
    let mut daily: Terms = shop::terms("daily", "1 day");
    daily.plan.amount = Krw::parse(2_000).expect("an amount");
    let terms = vec![shop::monthly(), daily];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-02-27T10:00:00+09:00").await;
    let plan = PlanId::parse("daily").expect("a plan");
    sim.tell(Command::ChangePlan(id("alice"), plan, Begins::Now))
        .await;
    sim.until("2026-03-01T12:00:00+09:00").await;

    sim.come_back_to(&copy).await;
    sim.until("2026-03-02T12:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    let differing = sim.reader().differences(9).await.expect("a database");
    let told: Vec<String> = differing
        .iter()
        .map(|one| format!("{} {}: {}", one.subscription, one.cycle, one.theirs))
        .collect();
    expect!["alice 1: a payment that is not ours: amount is 1646, not 9900; there is a record of shop-alice-2, which comes after it; there is a record of shop-alice-3, which comes after it"].assert_eq(&told.join("\n"));
    // Nothing is sent for any of it.
    let tries = [1, 2, 3, 4].map(|n| sim.tries(&format!("shop-alice-{n}")));
    assert_eq!(tries, [1, 1, 1, 0]);
    sim.nobody_is_charged_twice();
    sim.stop().await;
}
