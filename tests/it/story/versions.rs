//! A changed price: for new subscribers at once, for those who were there before from a day on, when
//! somebody has looked at what that means and said so.

use dues::core::money::Krw;
use dues::core::particulars::Tax;
use dues::core::plan::Terms;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{ChangeName, NotApplied, Who};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};

use crate::shop;
use crate::sim::{self, Sim};
use crate::story::consent::consent;
use crate::story::prices::without_waiting;

/// At this price, from that day on for those who were there before.
fn changed(won: i64, from: &str) -> Terms {
    let mut terms = shop::monthly();
    terms.plan.amount = Krw::parse(won).expect("an amount");
    terms.applies_from = Some(from.parse().expect("a day"));
    terms
}

/// What `dues plan diff` shows: a line each, and its name.
async fn diff<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &Sim<N>,
) -> (Vec<String>, Option<String>) {
    let now = sim.stage.now();
    let found = sim.reader().behind(-1, now, 3).await;
    let (found, _) = found.expect("it can be read");
    let mut name = ChangeName::default();
    let mut lines = Vec::new();
    for one in &found {
        let of = one.outlook.expect("not too dear");
        name.add(one, &of);
        let (from, to) = (one.from_version, one.to_version);
        let rise = of.rise.map_or("", |_| ", to be asked");
        lines.push(format!(
            "{} {from} -> {to}: cycle {} {} -> {}, {} in all{rise}",
            one.id,
            of.n,
            of.before,
            of.after,
            of.sum_after - of.sum_before
        ));
    }
    (lines, name.text())
}

async fn apply<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &Sim<N>,
    hash: &str,
) -> Result<u64, NotApplied> {
    let applied = sim.handle().apply_plans(hash, Who::named("test")).await;
    let applied = applied.expect("the engine runs");
    applied.map(|given| given.answer.subscriptions)
}

#[tokio::test]
async fn a_price_rises_for_those_who_agree() {
    let plans = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", plans, Switches::honest()).await;
    for name in ["alice", "bob"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-10T10:00:00+09:00").await;
    sim.sells(vec![changed(12_900, "2026-03-15")]).await;
    sim.add("carol", "carol", "basic").await;
    sim.until("2026-02-11T10:00:00+09:00").await;

    let (lines, hash) = diff(&sim).await;
    assert_eq!(
        lines,
        [
            "alice 1 -> 2: cycle 2 9900 -> 12900, 9000 in all, to be asked",
            "bob 1 -> 2: cycle 2 9900 -> 12900, 9000 in all, to be asked",
        ]
    );
    let hash = hash.expect("somebody changes");
    let refused = apply(&sim, "0123456789ab").await;
    assert!(
        matches!(refused, Err(NotApplied::Another { .. })),
        "{refused:?}"
    );
    assert_eq!(apply(&sim, &hash).await, Ok(2));
    assert_eq!(apply(&sim, &hash).await, Err(NotApplied::Nothing));

    sim.until("2026-03-20T10:00:00+09:00").await;
    let agreed = consent("alice", sim.stage.now(), 12_900);
    sim.tell(agreed).await;
    sim.until("2026-05-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-31 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-10 10:00:00  plan_version (basic version 2: 12,900 KRW every 1 month, Asia/Seoul)
        2026-02-10 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-02-10 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-02-10 10:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-11 10:00:00  plans_applied (ccf916289a46), asked by a person
        2026-02-11 10:00:00 alice plan_will_change -> active, asked by a person
        2026-02-11 10:00:00 bob plan_will_change -> active, asked by a person
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice plan_changed -> active
        2026-02-28 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 bob plan_changed -> active
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000004)
        2026-02-28 10:00:00 bob 1 paid -> paid (imp_000000000005)
        2026-03-10 10:00:00 carol 1 begun -> charging, 2 enrolled
        2026-03-10 10:00:00 carol 1 paid -> paid (imp_000000000006)
        2026-03-20 10:00:00 alice consented -> active (mail), asked by a person
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 unconsented
        2026-03-31 10:00:00 bob held -> active (no_consent)
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000007)
        2026-04-10 10:00:00 carol 2 begun -> charging, 3 enrolled
        2026-04-10 10:00:00 carol 2 paid -> paid (imp_000000000008)
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000009)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

#[tokio::test]
async fn a_cycle_that_waits_is_repriced_and_one_that_was_tried_is_not() {
    let plans = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", plans, Switches::honest()).await;
    sim.script("alice", &["decline-funds-x2", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T09:00:00+09:00").await;
    let mut cheaper = changed(7_000, "2026-02-01");
    cheaper.plan.particulars.tax = Tax::Free;
    sim.sells(vec![cheaper]).await;
    let (lines, hash) = diff(&sim).await;
    assert_eq!(lines, ["alice 1 -> 2: cycle 1 9900 -> 7000, -8700 in all"]);
    assert_eq!(apply(&sim, &hash.expect("a change")).await, Ok(1));
    sim.until("2026-03-31T12:00:00+09:00").await;
    let paid = sim.paid_since(shop::instant("2026-01-31T00:00:00+09:00"));
    let paid: Vec<(&str, i64)> = paid.iter().map(|(uid, won)| (uid.as_str(), *won)).collect();
    assert_eq!(
        paid,
        [
            ("shop-alice-0", 9_900),
            ("shop-alice-1", 7_000),
            ("shop-alice-2", 7_000)
        ]
    );
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-02-01 09:00:00  plan_version (basic version 2: 7,000 KRW every 1 month, Asia/Seoul)
        2026-02-01 09:00:00  plans_applied (4d1695669b17), asked by a person
        2026-02-01 09:00:00 alice 1 repriced, asked by a person
        2026-02-01 09:00:00 alice plan_changed -> past_due, asked by a person
        2026-02-01 10:23:06 alice 0 begun -> charging
        2026-02-01 10:23:06 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-06 10:38:28 alice 0 begun -> charging
        2026-02-06 10:38:28 alice 0 paid -> paid (imp_000000000003)
        2026-02-06 10:38:28 alice recovered -> active
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000004)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000005)
    "#]]
    .assert_eq(&without_waiting(&sim.ends().await));
}

/// What was foreseen after the change is what is then paid.
#[tokio::test]
async fn a_change_is_foreseen_to_the_won() {
    let plans = vec![shop::monthly()];
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", plans, Switches::honest()).await;
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
        let later = sim.stage.now() + SignedDuration::from_hours(24 * 9);
        sim.until(&later.to_string()).await;
    }
    sim.sells(vec![changed(8_800, "2026-04-01")]).await;
    let (_, hash) = diff(&sim).await;
    assert_eq!(apply(&sim, &hash.expect("a change")).await, Ok(3));
    let (now, until) = (sim.stage.now(), shop::instant("2026-07-15T10:00:00+09:00"));
    let foreseen = crate::preview::foreseen(&sim, now, until).await;
    sim.until_with_crashes(&until.to_string(), 7).await;
    let paid = sim.paid_since(now + SignedDuration::from_secs(1));
    assert_eq!(foreseen.won(), paid);
    let prices: std::collections::BTreeSet<i64> = paid.into_values().collect();
    assert_eq!(prices.into_iter().collect::<Vec<_>>(), [8_800, 9_900]);
    sim.audit().await;
}
