//! Trials, introductory prices, fees, and plans that come to an end.

use dues::core::calendar::Cadence;
use dues::core::cron::Cron;
use dues::core::dates::Dates;
use dues::core::fixed_day::{Day, FirstPeriod, FixedDay};
use dues::core::money::Krw;
use dues::core::order::Order;
use dues::core::particulars::{
    CashReceipt, CustomData, Particulars, ProductCode, ProductType, Quota, Tax, Untaxed, Vat,
};
use dues::core::plan::Terms;
use dues::core::price::{Phase, PriceList, Trial};
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{NotAdded, Room, Who};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use jiff::civil::time;

use crate::shop;
use crate::sim;
use crate::story::consent::consent;

fn won(amount: i64) -> Krw {
    Krw::parse(amount).expect("an amount")
}

/// A free cycle, two cheap ones with a fee on the first, and two at 9,900 won.
fn course() -> Terms {
    let mut terms = shop::terms("course", "1 month");
    terms.plan.price_list = PriceList {
        trial: Some(Trial::Cycles(1)),
        phases: vec![Phase {
            cycles: 2,
            amount: won(4_900),
        }],
        setup_fee: Some(won(10_000)),
        cycles: Some(5),
        ..PriceList::default()
    };
    terms
}

/// What was charged, and how much: the journal tells no amounts.
const CHARGED: &str =
    "SELECT coalesce(sum(amount * (cycle + 1) * 7), 0) FROM charge WHERE state = 'paid'";

/// What happened, without every look at what may not be charged.
pub(crate) fn without_waiting(told: &str) -> String {
    let told = told.lines().filter(|line| !line.contains("deferred"));
    told.collect::<Vec<_>>().join("\n") + "\n"
}

#[tokio::test]
async fn a_course_is_free_then_cheap_and_ends() {
    let mut sim = sim::open(
        "2026-01-31T10:00:00+09:00",
        vec![course()],
        Switches::honest(),
    )
    .await;
    sim.add("alice", "alice", "course").await;
    sim.until("2026-04-05T10:00:00+09:00").await;
    let agreed = consent("alice", sim.stage.now(), 9_900);
    sim.tell(agreed).await;
    sim.until("2027-01-31T12:00:00+09:00").await;
    let expected = 7 * (2 * 14_900 + 3 * 4_900 + 4 * 9_900 + 5 * 9_900);
    assert_eq!(sim.count(CHARGED).await, expected);
    expect![[r#"
        2026-01-31 10:00:00  plan_version (course version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> trialing, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 forgone -> skipped, 1 enrolled (free)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice trial_ended -> active
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000001)
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000002)
        2026-04-05 10:00:00 alice consented -> active (mail), asked by a person
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000003)
        2026-05-31 10:00:00 alice 4 begun -> charging
        2026-05-31 10:00:00 alice 4 paid -> paid (imp_000000000004)
        2026-05-31 10:00:00 alice completed -> completed
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_span_of_trial_moves_the_first_charge() {
    let mut terms = shop::terms("basic", "1 month");
    terms.plan.price_list.trial = Some(Trial::Span(Cadence::parse("14 days").expect("a span")));
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-04-01T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> trialing, 0 enrolled, asked by a person
        2026-02-14 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-02-14 10:00:00 alice trial_ended -> active
        2026-02-14 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-03-14 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-03-14 10:00:00 alice 1 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn everybody_pays_on_the_25th() {
    let mut terms = shop::terms("basic", "1 month");
    terms.plan.dates = Dates::OnDay {
        every: Cadence::parse("1 month").expect("a cadence"),
        day: FixedDay {
            day: Day::of(25).expect("a day"),
            time: Some(time(10, 0, 0, 0)),
            first: FirstPeriod::Prorated,
        },
    };
    let mut sim = sim::open("2026-01-31T15:30:00+09:00", vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-25T09:00:00+09:00").await;
    // 25 of 31 days.
    let paid = sim.paid_since(shop::instant("2026-01-31T00:00:00+09:00"));
    assert_eq!(paid.get("shop-alice-0"), Some(&(9_900 * 25 / 31)));
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-04-26T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 15:30:00  plan_version (basic version 1: 9,900 KRW every 1 month on day 25 at 10:00, the first period prorated, Asia/Seoul)
        2026-01-31 15:30:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 15:30:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 15:30:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-25 09:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-02-25 09:00:00 bob 0 begun -> charging, 1 enrolled
        2026-02-25 09:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-25 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-25 10:00:00 alice 1 paid -> paid (imp_000000000003)
        2026-03-25 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-25 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-03-25 10:00:00 alice 2 paid -> paid (imp_000000000004)
        2026-03-25 10:00:00 bob 1 paid -> paid (imp_000000000005)
        2026-04-25 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-25 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-04-25 10:00:00 alice 3 paid -> paid (imp_000000000006)
        2026-04-25 10:00:00 bob 2 paid -> paid (imp_000000000007)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn everybody_pays_on_days_of_the_calendar() {
    let mut terms = shop::terms("basic", "1 month");
    terms.plan.dates = Dates::OnCalendar {
        cron: Box::new(Cron::parse("0 10 1,15 * *").expect("an expression")),
        first: FirstPeriod::Free,
    };
    let mut sim = sim::open("2026-01-31T15:30:00+09:00", vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T09:00:00+09:00").await;
    // On the day itself, before its time: a whole period, and nothing more on that day.
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-02-15T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 15:30:00  plan_version (basic version 1: 9,900 KRW at cron 0 10 1,15 * *, the first period free, Asia/Seoul)
        2026-01-31 15:30:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 15:30:00 alice 0 forgone -> skipped, 1 enrolled (free)
        2026-02-01 09:00:00 bob added -> active, 0 enrolled, asked by a person
        2026-02-01 09:00:00 bob 0 begun -> charging, 1 enrolled
        2026-02-01 09:00:00 bob 0 paid -> paid (imp_000000000001)
        2026-02-01 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-01 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-02-15 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-02-15 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-02-15 10:00:00 bob 1 begun -> charging, 2 enrolled
        2026-02-15 10:00:00 bob 1 paid -> paid (imp_000000000004)
    "#]].assert_eq(&sim.ends().await);
}

/// The next order of a shop that sells this.
async fn order(directory: &std::path::Path, terms: &Terms, now: Timestamp) -> Order {
    let store = shop::open(directory, std::slice::from_ref(terms), now).await;
    let (mut writer, _reader, _lock) = store.into_parts();
    let mut turn = writer.begin(now).await.expect("a turn");
    let room = Room {
        charges: 1,
        questions: 0,
    };
    turn.wake(room, now).await.expect("something is due");
    let mut committed = turn.commit().await.expect("it is written");
    let sending = committed.to_send.pop().expect("an order");
    sending.into_inner().order
}

#[tokio::test]
async fn an_order_carries_the_particulars_of_its_version() {
    let directory = tempfile::tempdir().expect("a directory");
    let start = shop::instant("2026-01-31T10:00:00+09:00");
    let mut terms = shop::monthly();
    terms.plan.amount = won(60_000);
    terms.plan.particulars = Particulars {
        tax: Tax::Partly(Untaxed::of(won(20_000), won(60_000)).expect("a part")),
        vat: Some(Vat::Nearest),
        quota: Quota::of(3),
        product_code: ProductCode::parse("10001").ok(),
        cash_receipt: Some(CashReceipt::NotIssued),
        product_type: Some(ProductType::Digital),
        custom_data: CustomData::parse("{plan} {subscription} {cycle}").ok(),
    };
    let store = shop::open(directory.path(), std::slice::from_ref(&terms), start).await;
    let (mut writer, _reader, lock) = store.into_parts();
    let mut turn = writer.begin(start).await.expect("a turn");
    let wanted = ["alice", "bob"].map(|id| shop::wanted(id, id, "basic", start));
    let added = turn.add(&wanted, &Who::named("test")).await;
    added.expect("it can be written").expect("no key");
    turn.commit().await.expect("it is written");
    drop((writer, lock));
    let first = order(directory.path(), &terms, start).await;
    let sent = |order: &Order| {
        let whose = order
            .merchant_uid
            .as_str()
            .split('-')
            .nth(1)
            .expect("whose");
        Particulars {
            custom_data: CustomData::parse(&format!("basic {whose} 1")).ok(),
            ..terms.plan.particulars.clone()
        }
    };
    assert_eq!(first.particulars, sent(&first));
    assert_ne!(first.particulars, terms.plan.particulars);

    // A later version has none; who is on the first one keeps it.
    let mut later = terms.clone();
    later.plan.particulars = Particulars::default();
    let second = order(directory.path(), &later, start).await;
    assert_ne!(first.merchant_uid, second.merchant_uid);
    assert_eq!(second.particulars, sent(&second));
}

#[tokio::test]
async fn the_last_cycle_is_declined_and_paid_later() {
    let mut terms = shop::terms("basic", "1 week");
    terms.plan.price_list.cycles = Some(2);
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await;
    sim.script("alice", &["decline-funds-x4", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-03-31T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-02-01 10:23:06 alice 0 begun -> charging
        2026-02-01 10:23:06 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-06 10:38:28 alice 0 begun -> charging
        2026-02-06 10:38:28 alice 0 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-07 10:00:00 alice 1 begun -> charging
        2026-02-07 10:00:00 alice 1 declined -> retrying ([CC61] 1회 이용한도 초과입니다)
        2026-02-10 10:23:06 alice 1 begun -> charging
        2026-02-10 10:23:06 alice 1 paid -> paid (imp_000000000005)
        2026-02-10 10:46:06 alice 0 begun -> charging
        2026-02-10 10:46:06 alice 0 paid -> paid (imp_000000000006)
        2026-02-10 10:46:06 alice recovered -> active
        2026-02-10 10:46:06 alice completed -> completed
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_day_ends_a_plan() {
    let mut terms = shop::terms("basic", "1 month");
    terms.plan.price_list.until = Some("2026-03-31".parse().expect("a day"));
    let mut sim = sim::open("2026-01-31T10:00:00+09:00", vec![terms], Switches::honest()).await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-07-31T12:00:00+09:00").await;
    let late = shop::wanted(
        "bob",
        "bob",
        "basic",
        shop::instant("2026-08-01T10:00:00+09:00"),
    );
    let refused = sim.ask_for(late).await;
    assert!(
        matches!(refused, Err(NotAdded::PlanOver { .. })),
        "{refused:?}"
    );
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
        2026-03-31 10:00:00 alice 2 begun -> charging
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000003)
        2026-03-31 10:00:00 alice completed -> completed
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn crashes_change_neither_prices_nor_ends() {
    for seed in 1..9 {
        let mut sim = sim::open(
            "2026-01-31T10:00:00+09:00",
            vec![course()],
            Switches::honest(),
        )
        .await;
        sim.script("alice", &["pay", "decline-funds", "pay"]);
        sim.add("alice", "alice", "course").await;
        sim.add("bob", "bob", "course").await;
        sim.until_with_crashes("2026-04-05T10:00:00+09:00", seed)
            .await;
        for name in ["alice", "bob"] {
            let agreed = consent(name, sim.stage.now(), 9_900);
            sim.tell(agreed).await;
        }
        sim.until_with_crashes("2026-12-31T12:00:00+09:00", seed)
            .await;
        let expected = 2 * 7 * (2 * 14_900 + 3 * 4_900 + 4 * 9_900 + 5 * 9_900);
        assert_eq!(sim.count(CHARGED).await, expected, "seed {seed}");
        let completed = "SELECT count(*) FROM subscription WHERE status = 'completed'";
        assert_eq!(sim.count(completed).await, 2, "seed {seed}");
        sim.audit().await;
        sim.stop().await;
    }
}

/// A copy from before the trial's end is put back. The free cycle is passed over here, so that the gateway
/// is asked about the paid one after it, and nothing is sent again.
#[tokio::test]
async fn a_restored_trial_is_asked_about_the_charge_after_it() {
    let mut sim = sim::open(
        "2026-01-31T10:00:00+09:00",
        vec![course()],
        Switches::honest(),
    )
    .await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let wanted = shop::wanted(
        "alice",
        "alice",
        "course",
        shop::instant("2026-02-02T10:00:00+09:00"),
    );
    let added = sim.ask_for(wanted).await;
    assert!(added.is_ok(), "{added:?}");
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-05T10:00:00+09:00").await;
    sim.come_back_to(&copy).await;
    sim.until("2026-04-03T10:00:00+09:00").await;
    check(
        &sim.ends().await,
        &expect![[r#"
        2026-01-31 10:00:00  plan_version (course version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-02-01 10:00:00 alice added -> trialing, 0 enrolled, asked by a person
        2026-03-05 10:00:00  suspected (an older copy of the database was put back)
        2026-03-05 10:00:00 alice 0 forgone -> skipped, 1 enrolled (free)
        2026-03-05 10:00:00 alice 1 found_paid -> paid, 2 enrolled (imp_000000000001)
        2026-03-05 10:00:00 alice trial_ended -> active
        2026-03-05 10:00:00  suspicion_cleared (an older copy of the database was put back)
        2026-04-02 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-04-02 10:00:00 alice 2 paid -> paid (imp_000000000002)
    "#]],
    );
}

fn check(told: &str, expected: &Expect) {
    expected.assert_eq(&without_waiting(told));
}
