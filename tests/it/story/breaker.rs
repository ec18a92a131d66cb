//! The circuit breaker: what opens it, who is let through, and what an outage costs.

use std::time::Duration;

use dues::gateway::simulator::outcome::{Decline, Mishap, Outcome, Work};
use dues::gateway::simulator::switches::{Rates, Switches};

use crate::shop;
use crate::sim;

/// When the first attempt of a cycle 0 began, of a subscription: `10:00:45`.
fn begun(told: &str, id: &str) -> String {
    let wanted = format!(" {id} 0 begun");
    let line = told.lines().find(|line| line.contains(&wanted));
    let line = line.unwrap_or_else(|| panic!("{id} was never tried:\n{told}"));
    line.get(11..19).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_late_answer_of_before_does_not_close_it() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.slow_down(Duration::from_secs(40));
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:00:10+09:00").await;
    sim.slow_down(Duration::ZERO);
    sim.script("bob", &["decline-merchant", "pay"]);
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-01-31T10:00:45+09:00").await;
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 1, "alice, who was sent before");
    sim.add("carol", "carol", "basic").await;
    sim.until("2026-01-31T11:00:00+09:00").await;
    let told = sim.ends().await;
    assert!(*begun(&told, "carol") >= *"10:01:10", "{told}");
}

#[tokio::test]
async fn a_look_up_does_not_keep_it_half_open() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.script("dan", &["lose-answer"]);
    sim.add("dan", "dan", "basic").await;
    sim.until("2026-01-31T10:02:30+09:00").await;
    sim.script("bob", &["decline-merchant", "pay"]);
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-01-31T10:02:40+09:00").await;
    sim.slow_down(Duration::from_secs(50));
    sim.add("carol", "carol", "basic").await;
    sim.until("2026-01-31T11:00:00+09:00").await;
    let told = sim.ends().await;
    // Dan is asked about from 10:03:10 to 10:04:00, and the half of a minute goes by.
    assert_eq!(begun(&told, "carol"), "10:03:40", "{told}");
}

/// Everybody's charges come to this from now on.
async fn outage(charges: Vec<(Outcome, u32)>) -> (String, i64) {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.behaves(Switches {
        rates: Rates {
            charges,
            ..Rates::default()
        },
        ..Switches::honest()
    });
    let people: Vec<String> = (0..60).map(|n| format!("p{n:02}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    sim.import(&people, "basic", "2026-01-31T10:00:00+09:00")
        .await;
    sim.until("2026-01-31T10:30:00+09:00").await;
    let stopped = sim.stopped();
    assert!(
        stopped.iter().any(|why| why.starts_with("outage: ")),
        "{stopped:?}"
    );
    let tries: u32 = people
        .iter()
        .map(|id| sim.tries(&format!("shop-{id}-0")))
        .sum();
    assert!(tries < 30, "{tries} tries of 60 in half an hour of outage");

    sim.behaves(Switches::honest());
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.stopped(), Vec::<String>::new());
    let declines = sim.count("SELECT sum(declines) FROM cycle").await;
    assert_eq!(
        sim.count("SELECT count(*) FROM cycle WHERE state = 'paid'")
            .await,
        60
    );
    (sim.ends().await, declines)
}

#[tokio::test]
async fn an_outage_of_the_pg_stops_everybody_and_climbs_no_ladder() {
    let technical = Outcome::Decline(Decline::Technical);
    let (told, declines) = outage(vec![(technical, 1_000_000)]).await;
    // Until five in a row show what it is.
    assert!(declines < 5, "{declines}: {told}");
    assert!(told.contains(" 0 outage -> retrying ([CC98]"), "{told}");
}

#[tokio::test]
async fn an_hour_of_time_outs_stops_everybody() {
    let silent = Outcome::Mishap(Mishap::Cut, Work::Unpaid);
    let (told, declines) = outage(vec![(silent, 1_000_000)]).await;
    assert_eq!(declines, 0, "{told}");
}

#[tokio::test]
async fn after_a_refusal_only_what_was_under_way_is_answered() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.behaves(Switches {
        rates: Rates {
            charges: vec![(Outcome::Decline(Decline::Merchant), 1_000_000)],
            ..Rates::default()
        },
        ..Switches::honest()
    });
    let people: Vec<String> = (0..30).map(|n| format!("p{n:02}")).collect();
    let people: Vec<&str> = people.iter().map(String::as_str).collect();
    sim.import(&people, "basic", "2026-01-31T10:00:00+09:00")
        .await;
    let begun = "SELECT count(*) FROM attempt";
    sim.until("2026-01-31T10:00:59+09:00").await;
    assert_eq!(sim.count(begun).await, 3, "as many as go first");
    sim.until("2026-01-31T10:02:30+09:00").await;
    assert_eq!(sim.count(begun).await, 4, "one tries after a minute");
    sim.behaves(Switches::honest());
    sim.until("2026-01-31T10:20:00+09:00").await;
    assert_eq!(sim.count("SELECT sum(declines) FROM cycle").await, 0);
    let told = sim.ends().await;
    assert_eq!(told.matches(" -> paid").count(), 30, "{told}");
}
