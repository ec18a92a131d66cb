//! What people ask for while the machine's clock is ten years ahead and nobody knows what time it is: what
//! depends on which cycles are due is refused, and says so; what does not is done.

use dues::core::change_plan::Begins;
use dues::core::contract::Quantity;
use dues::core::money::Krw;
use dues::core::order::PlanId;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Who};
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};

use crate::shop;
use crate::sim::{self, Sim, card, id};

/// Alice pays, Bob waits for a retry, and Carol's card is lost.
async fn open() -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let weekly = shop::terms("weekly", "1 week");
    let daily = shop::terms("daily", "1 day");
    let terms = vec![weekly.clone(), daily.clone()];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.script("bob", &["decline-funds"]);
    sim.script("carol", &["decline-lost"]);
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "weekly").await;
    }
    sim.until("2026-01-25T11:00:00+09:00").await;
    let mut dearer = weekly;
    dearer.plan.amount = Krw::parse(8_800).expect("an amount");
    dearer.applies_from = Some("2026-01-26".parse().expect("a day"));
    sim.sells(vec![dearer, daily]).await;
    sim
}

/// What each of them is told, a line each.
async fn told<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(sim: &mut Sim<N>) -> String {
    let daily = || PlanId::parse("daily").expect("an id");
    let two = Quantity::parse(2).expect("a quantity");
    let changes = [
        Command::ChangeQuantity(id("alice"), two, Begins::AtPeriodEnd),
        Command::ChangePlan(id("alice"), daily(), Begins::AtPeriodEnd),
        Command::ChangePlan(id("alice"), daily(), Begins::Now),
        Command::ChangeCard(id("alice"), card("alice-new"), None),
        Command::ChangeCard(id("bob"), card("bob-new"), None),
        Command::ChangeCard(id("carol"), card("carol-new"), None),
    ];
    let handle = sim.handle();
    let applied = handle.apply_plans("0123456789ab", Who::named("test"));
    let mut lines = vec![match applied.await.expect("the engine runs") {
        Ok(given) => format!("apply: {:?}", given.answer),
        Err(why) => format!("apply: {why}"),
    }];
    for change in changes {
        let what = format!("{change:?}");
        let what = what.split('(').next().unwrap_or_default().to_owned();
        lines.push(format!("{what}: {}", sim.tell(change).await));
    }
    lines.join("\n")
}

#[tokio::test]
async fn what_depends_on_the_time_is_refused_while_nobody_knows_it() {
    let mut sim = open().await;
    let ten_years = SignedDuration::from_hours(24 * 3_652);
    sim.stage.set_machine_ahead(ten_years);
    sim.until("2026-01-25T12:00:00+09:00").await;
    assert!(!sim.stopped().is_empty(), "nobody trusts this clock");
    let before = "SELECT sum(wake_at) FROM cycle";
    let moments = sim.count(before).await;
    expect![[r#"
        apply: it is not known what time it is, so nobody can tell whom it applies to: see the clock in `dues status`, and say this again when it is right
        ChangeQuantity: it is not known what time it is, so nobody can tell which cycles came due: see the clock in `dues status`, and say this again when it is right
        ChangePlan: it is not known what time it is, so nobody can tell which cycles came due: see the clock in `dues status`, and say this again when it is right
        ChangePlan: it is not known what time it is, so nobody can tell which cycles came due: see the clock in `dues status`, and say this again when it is right
        ChangeCard: active forgone []
        ChangeCard: past_due forgone [], tried at 2026-01-27 10:37:33
        ChangeCard: it is not known what time it is, so nobody can tell which cycles came due: see the clock in `dues status`, and say this again when it is right"#]].assert_eq(&told(&mut sim).await);
    assert_eq!(
        sim.count(before).await,
        moments,
        "no cycle is looked at later"
    );

    sim.stage.set_machine_ahead(SignedDuration::ZERO);
    sim.until("2026-01-25T13:00:00+09:00").await;
    expect![[r#"
        apply: "0123456789ab" is not what would be applied now: look at it with `dues plan diff`, then `dues plan apply b012f9918539`
        ChangeQuantity: active forgone []
        ChangePlan: active forgone []
        ChangePlan: active forgone []
        ChangeCard: active forgone []
        ChangeCard: past_due forgone [], tried at 2026-01-27 10:37:33
        ChangeCard: past_due forgone [], tried at 2026-01-25 13:03:00"#]].assert_eq(&told(&mut sim).await);
    sim.until("2026-01-27T13:00:00+09:00").await;
    expect![[r#"
        2026-01-25 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-25 10:00:00  plan_version (daily version 1: 9,900 KRW every 1 day, Asia/Seoul)
        2026-01-25 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-25 10:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 bob 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 bob 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-25 10:00:00 bob fell_behind -> past_due
        2026-01-25 10:00:00 carol added -> active, 0 enrolled, asked by a person
        2026-01-25 10:00:00 carol 0 begun -> charging, 1 enrolled
        2026-01-25 10:00:00 carol 0 declined -> retrying ([CC43] 도난 또는 분실 신고된 카드입니다)
        2026-01-25 10:00:00 carol fell_behind -> past_due
        2026-01-25 10:00:00 carol card_died -> past_due (never)
        2026-01-25 11:00:00  plan_version (weekly version 2: 8,800 KRW every 1 week, Asia/Seoul)
        2026-01-25 12:00:00 alice card_changed -> active, asked by a person
        2026-01-25 12:00:00 bob card_changed -> past_due, asked by a person
        2026-01-25 13:00:00 alice 1 recast, asked by a person
        2026-01-25 13:00:00 alice quantity_changed -> active, asked by a person
        2026-01-25 13:00:00 alice 1 recast, asked by a person
        2026-01-25 13:00:00 alice plan_changed -> active, asked by a person
        2026-01-25 13:00:00 carol card_changed -> past_due, asked by a person
        2026-01-25 13:00:00 carol 0 card_changed, asked by a person
        2026-01-25 13:00:00 carol 1 card_changed, asked by a person
        2026-01-25 13:03:00 carol 0 begun -> charging
        2026-01-25 13:03:00 carol 0 paid -> paid (imp_000000000004)
        2026-01-25 13:03:00 carol recovered -> active
        2026-01-27 10:37:33 bob 0 begun -> charging
        2026-01-27 10:37:33 bob 0 paid -> paid (imp_000000000005)
        2026-01-27 10:37:33 bob recovered -> active
    "#]]
    .assert_eq(&sim.ends().await);
}
