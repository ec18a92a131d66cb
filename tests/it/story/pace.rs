//! A gateway that is asked too often, and says so.

use dues::gateway::simulator::switches::Switches;

use crate::shop;
use crate::sim;

#[tokio::test]
async fn a_gateway_that_is_asked_too_often_is_asked_less_often_for_a_while() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    let start = "2026-01-31T10:00:00+09:00";
    sim.import(&["c1", "c2", "c3"], "basic", start).await;
    sim.until("2026-01-31T10:10:00+09:00").await;

    sim.behaves(Switches {
        calls_per_second: Some(5),
        ..Switches::honest()
    });
    let people: Vec<String> = (0..40).map(|n| format!("p{n:02}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    sim.import(&people, "basic", "2026-01-31T10:10:00+09:00")
        .await;
    sim.settle().await;
    let health = sim.handle().health();
    let pace = health.pace.expect("it was told to slow down");
    assert_eq!(pace.calls_per_minute, 30_000, "half of the most");
    assert!(health.stopped.is_empty(), "{:?}", health.stopped);
    let refused = health.unanswered;
    assert!((1..8).contains(&refused), "{refused} of those in flight");

    sim.until("2026-01-31T14:00:00+09:00").await;
    assert_eq!(sim.handle().health().pace, None, "it has recovered");
    assert_eq!(sim.stopped(), Vec::<String>::new());
    let told = sim.ends().await;
    assert_eq!(told.matches(" -> paid").count(), 43, "{told}");
}
