//! The process dies again and again, in the middle of whatever it does, with a gateway that loses
//! requests and answers. Nobody is charged twice, and in the end everything is settled.

use dues::gateway::simulator::outcome::Outcome;
use dues::gateway::simulator::switches::{Rates, Switches};

use crate::shop;
use crate::sim;

/// How many lives are lived.
const SEEDS: u64 = 6;

#[tokio::test]
async fn everything_settles_and_nobody_is_charged_twice() {
    for seed in 0..SEEDS {
        let terms = vec![shop::monthly(), shop::terms("weekly", "1 week")];
        let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, unreliable(seed)).await;
        for customer in 0..6 {
            let plan = if customer % 2 == 0 { "basic" } else { "weekly" };
            // Two subscriptions share a card.
            let card = format!("card-{}", customer / 2);
            sim.add(&format!("c{customer}"), &card, plan).await;
        }
        sim.until_with_crashes("2026-03-09T10:00:00+09:00", seed)
            .await;
        sim.until("2026-03-14T09:00:00+09:00").await;

        let open = "SELECT count(*) FROM cycle WHERE state IN ('charging', 'in_doubt')";
        assert_eq!(sim.count(open).await, 0, "seed {seed}: attempts left open");
        let late = "SELECT count(*) FROM cycle WHERE state = 'scheduled' AND due_at <
                      (SELECT max(at) FROM journal) - 86400000000";
        let active = "SELECT count(*) FROM subscription WHERE status IN ('active', 'past_due')";
        if sim.count(active).await == 6 {
            assert_eq!(sim.count(late).await, 0, "seed {seed}: cycles left behind");
        }
        let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
        assert!(
            sim.count(paid).await >= 15,
            "seed {seed}: hardly anybody paid"
        );
        sim.stop().await;
        sim.audit().await;
    }
}

fn unreliable(seed: u64) -> Switches {
    let rates = [
        ("cut-paid", 100_000),
        ("cut-unpaid", 100_000),
        ("time-out-paid", 50_000),
        ("http-500-paid", 50_000),
        ("unreachable", 50_000),
        ("decline-technical", 100_000),
    ];
    let charges = rates.map(|(name, rate)| (Outcome::named(name).expect("an outcome"), rate));
    Switches {
        seed,
        rates: Rates {
            charges: charges.to_vec(),
            lookups: Vec::new(),
        },
        ..Switches::honest()
    }
}
