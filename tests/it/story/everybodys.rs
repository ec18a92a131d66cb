//! Plans whose days are everybody's, and subscriptions that change to them, away from them, or how many they have
//! of them in the middle of a period.

use dues::core::change_plan::Begins;
use dues::core::contract::Quantity;
use dues::core::cron::Cron;
use dues::core::dates::Dates;
use dues::core::fixed_day::{Day, FirstPeriod, FixedDay};
use dues::core::money::Krw;
use dues::core::order::PlanId;
use dues::core::plan::Terms;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, NewSubscription};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, id};

fn on_the_25th() -> Terms {
    let mut terms = shop::terms("seats", "1 month");
    terms.plan.amount = Krw::parse(31_000).expect("an amount");
    terms.plan.dates = Dates::OnDay {
        every: dues::core::calendar::Cadence::parse("1 month").expect("a cadence"),
        day: FixedDay {
            day: Day::of(25).expect("a day"),
            time: Some("10:00".parse().expect("a time")),
            first: FirstPeriod::Prorated,
        },
    };
    terms
}

fn on_mondays() -> Terms {
    let mut terms = shop::terms("mondays", "1 month");
    terms.plan.amount = Krw::parse(7_000).expect("an amount");
    terms.plan.dates = Dates::OnCalendar {
        cron: Box::new(Cron::parse("0 10 * * MON").expect("a cron expression")),
        first: FirstPeriod::Free,
    };
    terms
}

async fn open() -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let plans = vec![shop::monthly(), on_the_25th(), on_mondays()];
    sim::open("2026-01-25T10:00:00+09:00", plans, Switches::honest()).await
}

/// So many of a plan, from now on.
async fn add<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    (name, plan, quantity): (&str, &str, i64),
) {
    let wanted = NewSubscription {
        quantity: Quantity::parse(quantity).expect("a quantity"),
        ..shop::wanted(name, name, plan, sim.stage.now())
    };
    sim.ask_for(wanted).await.expect("it is added");
}

fn change(name: &str, plan: &str, begins: Begins) -> Command {
    Command::ChangePlan(id(name), PlanId::parse(plan).expect("an id"), begins)
}

fn seats(name: &str, quantity: i64) -> Command {
    let quantity = Quantity::parse(quantity).expect("a quantity");
    Command::ChangeQuantity(id(name), quantity, Begins::Now)
}

/// What was asked for when, a line each.
async fn tries<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    name: &str,
) -> String {
    let tries = sim.first_tries(name).await;
    let line = |(n, won, at): &(i64, i64, i64)| {
        let at = Timestamp::from_microsecond(*at).expect("an instant");
        let local = shop::zone().to_datetime(at);
        format!("{n}: {won} at {}", local.strftime("%m-%d %H:%M"))
    };
    tries.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn fewer_from_now_on_keep_the_day_and_what_is_left_is_taken_off() {
    let mut sim = open().await;
    add(&mut sim, ("alice", "seats", 3)).await;
    // Half of the 31 days to the 25th of February is over: 46,500 of 93,000 are left, and two cost 31,000 for
    // as long.
    sim.until("2026-02-09T22:00:00+09:00").await;
    let said = sim.tell(seats("alice", 2)).await;
    assert_eq!(said, "active forgone []");
    sim.until("2026-04-01T10:00:00+09:00").await;
    expect![[r#"
        0: 93000 at 01-25 10:00
        2: 46500 at 02-25 10:00
        3: 62000 at 03-25 10:00"#]]
    .assert_eq(&tries(&mut sim, "alice").await);
}

#[tokio::test]
async fn another_plan_with_the_next_cycle_costs_its_share_until_its_day() {
    let mut sim = open().await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    add(&mut sim, ("bob", "basic", 1)).await;
    add(&mut sim, ("carol", "seats", 1)).await;
    sim.tell(change("bob", "mondays", Begins::AtPeriodEnd))
        .await;
    sim.tell(change("carol", "basic", Begins::AtPeriodEnd))
        .await;
    sim.until("2026-04-01T10:00:00+09:00").await;
    expect![[r#"
        0: 9900 at 02-10 10:00
        1: 6000 at 03-10 10:00
        2: 7000 at 03-16 10:00
        3: 7000 at 03-23 10:00
        4: 7000 at 03-30 10:00"#]]
    .assert_eq(&tries(&mut sim, "bob").await);
    expect![[r#"
        0: 15000 at 02-10 10:00
        1: 9900 at 02-25 10:00
        2: 9900 at 03-25 10:00"#]]
    .assert_eq(&tries(&mut sim, "carol").await);
}

#[tokio::test]
async fn another_plan_now_begins_between_two_days() {
    let mut sim = open().await;
    add(&mut sim, ("dave", "seats", 1)).await;
    add(&mut sim, ("erin", "seats", 1)).await;
    sim.until("2026-02-11T10:00:00+09:00").await;
    for (name, plan) in [("dave", "mondays"), ("erin", "basic")] {
        let said = sim.tell(change(name, plan, Begins::Now)).await;
        assert_eq!(said, "active forgone []", "{name}");
    }
    sim.until("2026-04-01T10:00:00+09:00").await;
    expect![[r#"
        0: 31000 at 01-25 10:00
        3: 5000 at 02-23 10:00
        4: 7000 at 03-02 10:00
        5: 7000 at 03-09 10:00
        6: 7000 at 03-16 10:00
        7: 7000 at 03-23 10:00
        8: 7000 at 03-30 10:00"#]]
    .assert_eq(&tries(&mut sim, "dave").await);
    expect![[r#"
        0: 31000 at 01-25 10:00
        2: 5800 at 03-11 10:00"#]]
    .assert_eq(&tries(&mut sim, "erin").await);
}

/// Nothing of it was charged yet: it is as if it had been on that plan from where it begins.
#[tokio::test]
async fn who_changes_before_the_first_charge_has_the_first_period_of_the_new_plan() {
    let mut sim = open().await;
    let at = "2026-02-10T10:00:00+09:00".parse().expect("an instant");
    let wanted = shop::wanted("fay", "fay", "basic", at);
    sim.ask_for(wanted).await.expect("it is added");
    sim.tell(change("fay", "mondays", Begins::AtPeriodEnd))
        .await;
    sim.until("2026-02-24T10:00:00+09:00").await;
    expect![[r#"
        1: 7000 at 02-16 10:00
        2: 7000 at 02-23 10:00"#]]
    .assert_eq(&tries(&mut sim, "fay").await);
}
