//! What becomes of cycles that came due while the daemon was away, by the rule of the plan.

use dues::core::catch_up::CatchUp;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use expect_test::{Expect, expect};

use crate::shop;
use crate::sim::{self, id};

/// A weekly subscription from 25 January; the daemon is away from the 30th until this moment, and is
/// then watched until 23 February. A held one is released, the latest cycle to be charged.
async fn check(rule: CatchUp, back_at: &str, expected: &Expect) {
    let mut terms = shop::terms("weekly", "1 week");
    terms.catch_up = rule;
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "weekly").await;
    sim.until("2026-01-30T10:00:00+09:00").await;
    sim.is_away_until(back_at).await;
    sim.until("2026-02-21T10:00:00+09:00").await;
    if sim
        .count("SELECT count(*) FROM subscription WHERE hold IS NOT NULL")
        .await
        > 0
    {
        let release = Command::Release(id("alice"), Some(Missed::ChargeLatest));
        sim.tell(release).await;
    }
    sim.until("2026-02-23T10:00:00+09:00").await;

    let told = sim.ends().await;
    let after = told.lines().filter(|line| *line > "2026-01-30");
    expected.assert_eq(&after.collect::<Vec<_>>().join("\n"));
}

/// The cycles of the 1st, 8th and 15th of February are missed.
const THREE_LATE: &str = "2026-02-20T10:00:00+09:00";

/// The cycle of the 1st is missed.
const ONE_LATE: &str = "2026-02-05T10:00:00+09:00";

#[tokio::test]
async fn charge_one_holds_three() {
    check(
        CatchUp::ChargeOne,
        THREE_LATE,
        &expect![[r#"
        2026-02-20 10:00:00 alice 1 overtaken
        2026-02-20 10:00:00 alice held -> active (missed_cycles)
        2026-02-21 10:00:00 alice 1 deferred
        2026-02-21 10:00:00 alice release -> active, asked by a person
        2026-02-21 10:00:00 alice 1 released, asked by a person
        2026-02-21 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed), asked by a person
        2026-02-21 10:00:00 alice 2 forgone -> skipped, 3 enrolled (missed), asked by a person
        2026-02-21 10:00:00 alice 3 released, asked by a person
        2026-02-21 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-21 10:00:00 alice 3 paid -> paid (imp_000000000002)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000003)"#]],
    )
    .await;
}

#[tokio::test]
async fn charge_one_charges_one() {
    check(
        CatchUp::ChargeOne,
        ONE_LATE,
        &expect![[r#"
        2026-02-05 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-05 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-02-08 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-02-08 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-02-15 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-15 10:00:00 alice 3 paid -> paid (imp_000000000004)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000005)"#]],
    )
    .await;
}

#[tokio::test]
async fn latest_only_skips_two_of_three() {
    check(
        CatchUp::LatestOnly,
        THREE_LATE,
        &expect![[r#"
        2026-02-20 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed)
        2026-02-20 10:00:00 alice 2 forgone -> skipped, 3 enrolled (missed)
        2026-02-20 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-20 10:00:00 alice 3 paid -> paid (imp_000000000002)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000003)"#]],
    )
    .await;
}

#[tokio::test]
async fn charge_all_charges_three() {
    check(
        CatchUp::ChargeAll(3),
        THREE_LATE,
        &expect![[r#"
        2026-02-20 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-20 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-02-20 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-02-20 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-02-20 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-20 10:00:00 alice 3 paid -> paid (imp_000000000004)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000005)"#]],
    )
    .await;
}

#[tokio::test]
async fn charge_all_holds_beyond_its_most() {
    check(
        CatchUp::ChargeAll(2),
        THREE_LATE,
        &expect![[r#"
        2026-02-20 10:00:00 alice 1 overtaken
        2026-02-20 10:00:00 alice held -> active (missed_cycles)
        2026-02-21 10:00:00 alice 1 deferred
        2026-02-21 10:00:00 alice release -> active, asked by a person
        2026-02-21 10:00:00 alice 1 released, asked by a person
        2026-02-21 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed), asked by a person
        2026-02-21 10:00:00 alice 2 forgone -> skipped, 3 enrolled (missed), asked by a person
        2026-02-21 10:00:00 alice 3 released, asked by a person
        2026-02-21 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-21 10:00:00 alice 3 paid -> paid (imp_000000000002)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000003)"#]],
    )
    .await;
}

#[tokio::test]
async fn hold_holds_one_that_is_a_day_late() {
    check(
        CatchUp::Hold,
        ONE_LATE,
        &expect![[r#"
            2026-02-05 10:00:00 alice 1 overtaken
            2026-02-05 10:00:00 alice held -> active (missed_cycles)
            2026-02-06 10:00:00 alice 1 deferred
            2026-02-11 10:00:00 alice 1 deferred
            2026-02-21 10:00:00 alice 1 deferred
            2026-02-21 10:00:00 alice release -> active, asked by a person
            2026-02-21 10:00:00 alice 1 released, asked by a person
            2026-02-21 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed), asked by a person
            2026-02-21 10:00:00 alice 2 forgone -> skipped, 3 enrolled (missed), asked by a person
            2026-02-21 10:00:00 alice 3 released, asked by a person
            2026-02-21 10:00:00 alice 3 begun -> charging, 4 enrolled
            2026-02-21 10:00:00 alice 3 paid -> paid (imp_000000000002)
            2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
            2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000003)"#]],
    )
    .await;
}

#[tokio::test]
async fn hold_charges_one_that_is_an_hour_late() {
    check(
        CatchUp::Hold,
        "2026-02-01T11:00:00+09:00",
        &expect![[r#"
        2026-02-01 11:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-01 11:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-02-08 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-02-08 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-02-15 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-02-15 10:00:00 alice 3 paid -> paid (imp_000000000004)
        2026-02-22 10:00:00 alice 4 begun -> charging, 5 enrolled
        2026-02-22 10:00:00 alice 4 paid -> paid (imp_000000000005)"#]],
    )
    .await;
}
