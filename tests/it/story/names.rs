//! Names that follow from the cycle.

use dues::core::contract::Quantity;
use dues::core::template::NameTemplate;
use dues::gateway::simulator::switches::Switches;
use dues::store::NewSubscription;

use crate::shop;
use crate::sim;

#[tokio::test]
async fn a_cycle_is_called_by_its_period_in_every_month() {
    let mut terms = shop::monthly();
    let template = "{plan} {cycle}: {from}~{to} x{quantity}";
    terms.plan.name = NameTemplate::parse(template).expect("a name");
    let start = "2026-01-31T10:00:00+09:00";
    let mut sim = sim::open(start, vec![terms], Switches::honest()).await;
    let wanted = NewSubscription {
        quantity: Quantity::parse(3).expect("a quantity"),
        ..shop::wanted("alice", "alice", "basic", shop::instant(start))
    };
    sim.ask_for(wanted).await.expect("it is added");
    sim.until("2026-03-31T12:00:00+09:00").await;
    let named = "SELECT count(*) FROM cycle WHERE (n, name) IN (VALUES
                     (0, 'basic 1: 2026-01-31~2026-02-27 x3'),
                     (1, 'basic 2: 2026-02-28~2026-03-30 x3'),
                     (2, 'basic 3: 2026-03-31~2026-04-29 x3'))";
    assert_eq!(sim.count(named).await, 3);
    sim.ends().await;
}
