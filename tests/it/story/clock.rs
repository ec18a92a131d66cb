//! Clocks that are moved: nobody is charged early, nobody is skipped, and the front page says so.

use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use expect_test::{Expect, expect};
use jiff::SignedDuration;

use crate::shop;
use crate::sim;

/// Bob is due on the first of February at ten. An hour before, somebody sets the machine's clock, and
/// puts it right an hour after.
async fn check(ahead: SignedDuration, expected: &Expect) {
    let terms = vec![shop::terms("weekly", "1 week")];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.add("bob", "bob", "weekly").await;
    sim.until("2026-02-01T09:00:00+09:00").await;

    sim.stage.set_machine_ahead(ahead);
    sim.until("2026-02-01T11:00:00+09:00").await;
    let stopped = sim.stopped();
    sim.stage.set_machine_ahead(SignedDuration::ZERO);
    sim.until("2026-02-01T11:10:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());

    let told = sim.ends().await;
    let charges = told.lines().filter(|line| line.contains(" bob "));
    let charges: Vec<&str> = charges.collect();
    expected.assert_eq(&[stopped.join("\n"), charges.join("\n")].join("\n"));
}

#[tokio::test]
async fn a_day_ahead() {
    check(
        SignedDuration::from_hours(24),
        &expect![[r#"
            clock: the machine's clock is 86400 s ahead of the gateway's: set the machine's clock right
            2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
            2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
            2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
            2026-02-01 11:00:30 bob 1 begun -> charging, 2 enrolled
            2026-02-01 11:00:30 bob 1 paid -> paid (imp_000000000002)"#]],
    )
    .await;
}

#[tokio::test]
async fn a_day_behind() {
    check(
        SignedDuration::from_hours(-24),
        &expect![[r#"
            clock: the machine's clock is 86400 s behind the gateway's: set the machine's clock right
            2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
            2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
            2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
            2026-02-01 11:00:30 bob 1 begun -> charging, 2 enrolled
            2026-02-01 11:00:30 bob 1 paid -> paid (imp_000000000002)"#]],
    )
    .await;
}

#[tokio::test]
async fn ten_years_ahead() {
    check(SignedDuration::from_hours(24 * 3_652), &expect![[r#"
        clock: the machine's clock is 315532800 s ahead of the gateway's: set the machine's clock right
        2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
        2026-02-01 11:00:30 bob 1 begun -> charging, 2 enrolled
        2026-02-01 11:00:30 bob 1 paid -> paid (imp_000000000002)"#]]).await;
}

#[tokio::test]
async fn ten_years_behind() {
    check(SignedDuration::from_hours(-24 * 3_652), &expect![[r#"
        clock: the machine's clock is 315532800 s behind the gateway's: set the machine's clock right
        2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
        2026-02-01 11:00:30 bob 1 begun -> charging, 2 enrolled
        2026-02-01 11:00:30 bob 1 paid -> paid (imp_000000000002)"#]]).await;
}

#[tokio::test]
async fn a_minute_is_nothing() {
    check(
        SignedDuration::from_mins(1),
        &expect![[r#"

        2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
        2026-02-01 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-01 10:00:00 bob 1 paid -> paid (imp_000000000002)"#]],
    )
    .await;
}

/// By a clock ten years ahead, `--charge-latest` would let ten years of cycles go.
#[tokio::test]
async fn what_came_due_is_not_settled_by_a_clock_that_nobody_trusts() {
    let terms = vec![shop::terms("weekly", "1 week")];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.add("bob", "bob", "weekly").await;
    sim.until("2026-01-26T10:00:00+09:00").await;
    sim.tell(Command::Pause(sim::id("bob"))).await;
    sim.until("2026-02-10T10:00:00+09:00").await;

    let resume = Command::Resume(sim::id("bob"), Some(Missed::ChargeLatest));
    sim.stage
        .set_machine_ahead(SignedDuration::from_hours(24 * 3_652));
    sim.until("2026-02-10T11:00:00+09:00").await;
    expect!["it is not known what time it is, so nobody can tell which cycles came due: see the clock in `dues status`, and say this again when it is right"]
        .assert_eq(&sim.tell(resume.clone()).await);
    let late = shop::wanted(
        "eve",
        "eve",
        "weekly",
        shop::instant("2025-12-31T10:00:00+09:00"),
    );
    let refused = sim
        .ask_for(late)
        .await
        .expect_err("it is not known how many");
    expect!["it is not known what time it is, so nobody can tell how many cycles are due: see the clock in `dues status`, and add it again when it is right"]
        .assert_eq(&refused.to_string());

    sim.stage.set_machine_ahead(SignedDuration::ZERO);
    sim.until("2026-02-10T12:00:00+09:00").await;
    expect!["active forgone [1]"].assert_eq(&sim.tell(resume).await);
    sim.until("2026-02-10T13:00:00+09:00").await;
    expect![[r#"
        2026-01-25 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 bob 0 paid -> paid (imp_000000000001)
        2026-01-26 10:00:00 bob pause -> paused, asked by a person
        2026-02-01 10:00:00 bob 1 deferred
        2026-02-02 10:00:00 bob 1 deferred
        2026-02-03 10:00:00 bob 1 deferred
        2026-02-05 10:00:00 bob 1 deferred
        2026-02-09 10:00:00 bob 1 deferred
        2026-02-10 12:00:00 bob resume -> active, asked by a person
        2026-02-10 12:00:00 bob 1 released, asked by a person
        2026-02-10 12:00:00 bob 1 forgone -> skipped, 2 enrolled (missed), asked by a person
        2026-02-10 12:00:00 bob 2 released, asked by a person
        2026-02-10 12:00:00 bob 2 begun -> charging, 3 enrolled
        2026-02-10 12:00:00 bob 2 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&sim.ends().await);
}
