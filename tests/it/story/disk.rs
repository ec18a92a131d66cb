//! A disk that is nearly full: nothing is begun whose outcome might not fit, and nothing is lost.

use dues::gateway::simulator::switches::Switches;
use expect_test::expect;

use crate::shop;
use crate::sim;

#[tokio::test]
async fn a_full_disk_delays_charges_and_says_so() {
    let terms = vec![shop::terms("weekly", "1 week")];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-30T10:00:00+09:00").await;

    sim.takes_for_full(u64::MAX).await;
    sim.until("2026-02-01T11:00:00+09:00").await;
    let stopped = sim.stopped();
    assert_eq!(stopped.len(), 1, "{stopped:?}");
    assert!(
        stopped.iter().all(|why| why.starts_with("disk: ")),
        "{stopped:?}"
    );
    assert!(
        stopped.iter().all(|why| why.contains("make room")),
        "{stopped:?}"
    );

    sim.takes_for_full(1).await;
    sim.until("2026-02-01T12:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    let told = sim.ends().await;
    let after = told.lines().filter(|line| *line > "2026-01-30");
    expect![[r#"
        2026-02-01 11:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-01 11:00:00 alice 1 paid -> paid (imp_000000000002)"#]]
    .assert_eq(&after.collect::<Vec<_>>().join("\n"));
}
