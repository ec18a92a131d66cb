//! A few charges go first, and have to come back well.

use std::time::Duration;

use dues::gateway::simulator::outcome::Outcome;
use dues::gateway::simulator::switches::{Rates, Switches};

use crate::shop;
use crate::sim;

const BEGUN: &str = "SELECT count(*) FROM attempt";

fn people(prefix: &str) -> Vec<String> {
    (0..20).map(|n| format!("{prefix}{n:02}")).collect()
}

#[tokio::test]
async fn after_each_start_and_reload_three_go_first() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.slow_down(Duration::from_secs(10));
    let first = people("a");
    let names: Vec<&str> = first.iter().map(String::as_str).collect();
    sim.import(&names, "basic", "2026-01-31T10:00:00+09:00")
        .await;
    // A token, the charge and the look-up take ten seconds each.
    sim.until("2026-01-31T10:00:25+09:00").await;
    assert_eq!(sim.count(BEGUN).await, 3, "paid, and looked up just now");
    sim.until("2026-01-31T10:00:35+09:00").await;
    assert_eq!(sim.count(BEGUN).await, 3 + 8, "as many as may be in flight");
    sim.until("2026-01-31T11:00:00+09:00").await;
    assert_eq!(sim.count(BEGUN).await, 20);

    sim.crash().await;
    let second = people("b");
    let names: Vec<&str> = second.iter().map(String::as_str).collect();
    sim.until("2026-01-31T11:10:00+09:00").await;
    sim.import(&names, "basic", "2026-01-31T11:10:00+09:00")
        .await;
    sim.until("2026-01-31T11:10:05+09:00").await;
    assert_eq!(sim.count(BEGUN).await, 20 + 3, "again after a start");
    sim.until("2026-01-31T12:00:00+09:00").await;

    let handle = sim.handle();
    let reloaded = handle
        .reload(vec![shop::monthly()], shop::standards())
        .await;
    reloaded
        .expect("the engine runs")
        .expect("it is taken over");
    let third = people("c");
    let names: Vec<&str> = third.iter().map(String::as_str).collect();
    sim.import(&names, "basic", "2026-01-31T12:00:00+09:00")
        .await;
    sim.until("2026-01-31T12:00:05+09:00").await;
    assert_eq!(sim.count(BEGUN).await, 40 + 3, "and after a reload");
    sim.until("2026-01-31T13:00:00+09:00").await;
    let told = sim.ends().await;
    assert_eq!(told.matches(" -> paid").count(), 60, "{told}");
}

#[tokio::test]
async fn requests_that_are_wrong_hold_a_few_and_not_everybody() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.behaves(Switches {
        rates: Rates {
            charges: vec![(Outcome::BadRequest, 1_000_000)],
            ..Rates::default()
        },
        ..Switches::honest()
    });
    let all = people("p");
    let names: Vec<&str> = all.iter().map(String::as_str).collect();
    sim.import(&names, "basic", "2026-01-31T10:00:00+09:00")
        .await;
    sim.settle().await;
    let held = "SELECT count(*) FROM subscription WHERE hold = 'malformed'";
    assert_eq!(sim.count(held).await, 3);
    let stopped = sim.stopped();
    assert!(
        stopped
            .iter()
            .any(|why| why.starts_with("canary: the request is wrong")),
        "{stopped:?}"
    );
    sim.until("2026-01-31T10:30:00+09:00").await;
    let many = sim.count(held).await;
    assert!(many <= 8, "{many} are held after half an hour");

    sim.behaves(Switches::honest());
    sim.until("2026-01-31T15:00:00+09:00").await;
    assert_eq!(sim.stopped(), Vec::<String>::new());
    let told = sim.ends().await;
    let paid = i64::try_from(told.matches(" -> paid").count()).expect("a few");
    assert_eq!(paid, 20 - many, "{told}");
}

#[tokio::test]
async fn what_a_look_up_says_while_the_daemon_stops_is_recorded() {
    let terms = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await;
    sim.will_wait_for_answers().await;
    sim.behaves(Switches {
        latency: Duration::from_secs(10),
        lookup_lag: Duration::from_secs(15),
        ..Switches::honest()
    });
    sim.add("alice", "alice", "basic").await;
    // A token, the charge and a look-up take ten seconds each. The first look-up comes too early, and
    // before the second one the payment is given back.
    sim.until("2026-01-31T10:00:31+09:00").await;
    sim.gives_back_the_newest();
    sim.until("2026-01-31T10:00:55+09:00").await;
    sim.stops_until("2026-01-31T10:01:10+09:00").await;
    sim.crash().await;
    let told = sim.ends().await;
    assert!(
        told.contains("10:01:10 alice 0 found_refunded -> refunded"),
        "{told}"
    );
}
