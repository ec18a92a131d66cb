//! Minimum terms and notice.

use dues::core::calendar::Cadence;
use dues::core::term::{Minimum, Term};
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Ends};
use expect_test::expect;

use crate::shop;
use crate::sim::{self, id};

#[tokio::test]
async fn who_cancels_within_the_term_is_charged_until_its_end() {
    let mut terms = shop::terms("basic", "1 month");
    terms.plan.price_list.term = Term {
        minimum: Some(Minimum::Cycles(3)),
        notice: Some(Cadence::parse("14 days").expect("a span")),
    };
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await;
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-10T10:00:00+09:00").await;
    let said = sim.tell(Command::Cancel(id("alice"))).await;
    assert!(
        said.contains("is kept by its minimum term of 3 cycles"),
        "{said}"
    );
    let said = sim.tell(Command::CancelAtPeriodEnd(id("alice"))).await;
    assert_eq!(said, "active forgone [], ends at 2026-04-30 10:00:00");
    sim.tell(Command::CancelEarly(id("bob"), Ends::AtPeriodEnd))
        .await;

    // Too late for the end of the term.
    sim.until("2026-04-20T10:00:00+09:00").await;
    let said = sim.tell(Command::CancelAtPeriodEnd(id("carol"))).await;
    assert_eq!(said, "active forgone [], ends at 2026-05-31 10:00:00");
    sim.until("2026-06-02T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-31 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-10 10:00:00 alice cancel_at_period_end -> active, asked by a person
        2026-02-10 10:00:00 bob cancel_early_at_period_end -> active, asked by a person
        2026-02-28 10:00:00 bob ended -> canceled
        2026-02-28 10:00:00 bob 1 forgone -> skipped (canceled)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 carol 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000004)
        2026-02-28 10:00:00 carol 1 paid -> paid (imp_000000000005)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 carol 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000006)
        2026-03-31 10:00:00 carol 2 paid -> paid (imp_000000000007)
        2026-04-20 10:00:00 carol cancel_at_period_end -> active, asked by a person
        2026-04-30 10:00:00 alice ended -> canceled
        2026-04-30 10:00:00 alice 3 forgone -> skipped (canceled)
        2026-04-30 10:00:00 carol 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 carol 3 paid -> paid (imp_000000000008)
        2026-05-31 10:00:00 carol ended -> canceled
        2026-05-31 10:00:00 carol 4 forgone -> skipped (canceled)
    "#]]
    .assert_eq(&sim.ends().await);
}
