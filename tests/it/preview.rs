//! What is foreseen is what happens. A shop is drawn from a seed, lives for a while, and is asked what
//! it will charge; then it lives on, and the gateway's books have to say the same, to the won.

mod counted;
mod drawn;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dues::core::calendar::CycleNo;
use dues::core::catch_up::CatchUp;
use dues::core::contract::Contract;
use dues::core::cron::Cron;
use dues::core::cycle::State;
use dues::core::dates::Dates;
use dues::core::fixed_day::FirstPeriod;
use dues::core::preview::{Agreed, Fate, Preview, Waiting};
use dues::core::subscription::Hold;
use dues::engine::clock::Clock;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Ahead, Command, Missed, Page};
use jiff::{SignedDuration, Timestamp};

use crate::preview::drawn::{agree, bargain, change, plans, populate, raise};
use crate::shop;
use crate::sim::{self, Sim, id};

/// How many shops are drawn.
const SEEDS: u64 = 30;

/// By how much a busy card or a full house puts a charge off; some fall due in it.
const PATIENCE: SignedDuration = SignedDuration::from_mins(30);

/// A small generator: the same shop for the same seed.
pub(crate) struct Draw(pub(crate) u64);

impl Draw {
    pub(crate) fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    pub(crate) fn of<T: Copy>(&mut self, choice: &[T]) -> T {
        let place = self.below(choice.len() as u64);
        let place = usize::try_from(place).expect("a small number");
        *choice.get(place).expect("it is below the length")
    }
}

/// What the shops that were drawn had to show, so that none of it is foreseen because it never came.
#[derive(Debug, Default)]
struct Met {
    charges: usize,
    retries: usize,
    unconsented: usize,
    cut_short: usize,
    risen: usize,
    credited: usize,
    bargained: usize,
    repriced: u64,
}

#[tokio::test]
async fn what_is_foreseen_is_charged_to_the_won() {
    let mut met = Met::default();
    for seed in 0..SEEDS {
        lives_on_as_foreseen(seed, &mut met).await;
    }
    for (what, times, least) in [
        ("charges", met.charges, 200),
        ("retries", met.retries, 5),
        ("holds and ends for want of consent", met.unconsented, 5),
        ("retries that these cut short", met.cut_short, 2),
        ("charges of a rise that was agreed to", met.risen, 5),
        ("credits", met.credited, 5),
        ("quantities and coupons that changed", met.bargained, 20),
    ] {
        assert!(times > least, "only {times} {what}: {met:?}");
    }
    assert!(met.repriced > 20, "only {} prices changed", met.repriced);
}

async fn lives_on_as_foreseen(seed: u64, met: &mut Met) {
    let mut draw = Draw(seed);
    let sold = plans(&mut draw);
    let honest = Switches::honest();
    let mut sim = sim::open("2026-01-29T15:00:00+09:00", sold.clone(), honest).await;
    populate(&mut sim, &mut draw).await;
    let now = shop::instant("2026-02-20T13:20:00+09:00");
    sim.until("2026-02-18T12:00:00+09:00").await;
    for number in 0..3 {
        sim.script(&format!("card-{number}"), &["decline-funds"]);
    }
    sim.until("2026-02-20T13:20:00+09:00").await;

    let until = shop::instant(draw.of(&[
        "2026-02-20T13:20:00+09:00",
        "2026-03-01T23:25:00+09:00",
        "2026-05-31T12:00:00+09:00",
    ]));
    met.repriced += raise(&mut sim, sold, &mut draw).await;
    agree(&mut sim, &mut draw).await;
    change(&mut sim, &mut draw).await;
    met.bargained += bargain(&mut sim, &mut draw).await;
    agree(&mut sim, &mut draw).await;
    // From here on every card pays.
    for number in 0..6 {
        sim.script(&format!("card-{number}"), &["pay"]);
    }
    let foreseen = comes_true(&mut sim, (now, until), &format!("seed {seed}")).await;
    met.charges += foreseen.charges.len();
    met.retries += foreseen.retries;
    met.unconsented += foreseen.unconsented;
    met.cut_short += foreseen.cut_short;
    met.risen += foreseen.risen;
    met.credited += foreseen.credited;
    sim.stop().await;
}

/// Lets time pass and compares what is charged with what is foreseen now.
async fn comes_true<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    (now, until): (Timestamp, Timestamp),
    whose: &str,
) -> Expected {
    let end = until + PATIENCE;
    let foreseen_by_end = foreseen(sim, now, end).await.charges;
    let foreseen = foreseen(sim, now, until).await;
    sim.until(&until.to_string()).await;
    sim.until(&end.to_string()).await;
    let paid = sim.payments_since(now + SignedDuration::from_secs(1));
    for uid in foreseen.charges.keys() {
        assert!(paid.contains_key(uid), "{whose}: {uid} was foreseen");
    }
    for (uid, (won, at)) in &paid {
        let expected = foreseen_by_end.get(uid);
        let (expected, from) = expected.unwrap_or_else(|| panic!("{whose}: {uid} was paid"));
        assert_eq!(expected, won, "{whose}: {uid}");
        let is_then = (*from..=*from + PATIENCE).contains(at);
        assert!(
            is_then,
            "{whose}: {uid} was foreseen for {from}, and paid at {at}"
        );
    }
    foreseen
}

/// Whatever becomes of what came due while somebody was paused until a day.
#[tokio::test]
async fn what_follows_a_pause_is_foreseen() {
    let mut wednesdays = shop::terms("wednesdays", "1 month");
    wednesdays.plan.dates = Dates::OnCalendar {
        cron: Box::new(Cron::parse("0 10 * * WED").expect("a cron expression")),
        first: FirstPeriod::Whole,
    };
    let plans = vec![
        shop::monthly(),
        shop::terms("weekly", "1 week"),
        shop::terms("daily", "1 day"),
        wednesdays,
    ];
    let ids = plans.iter().map(|terms| terms.plan.id.to_string());
    let ids: Vec<String> = ids.collect();
    let mut sim = sim::open("2026-01-29T15:00:00+09:00", plans, Switches::honest()).await;
    let ways = [Missed::Skip, Missed::ChargeLatest, Missed::MoveAnchor];
    let people = ids
        .iter()
        .flat_map(|plan| (0..ways.len()).map(move |way| (plan, way)));
    let people: Vec<(String, &String, usize)> = people
        .map(|(plan, way)| (format!("{plan}-{way}"), plan, way))
        .collect();
    for (name, plan, _) in &people {
        sim.add(name, name, plan).await;
    }
    sim.until("2026-02-03T12:00:00+09:00").await;
    let over = shop::instant("2026-03-10T12:00:00+09:00");
    for (name, _, way) in &people {
        let way = ways.get(*way).copied();
        sim.tell(Command::PauseUntil(id(name), over, way)).await;
    }
    let until = shop::instant("2026-05-31T12:00:00+09:00");
    let now = sim.stage.now();
    let foreseen = comes_true(&mut sim, (now, until), "after a pause").await;
    let moved = foreseen.charges.keys().filter(|uid| uid.contains("-2-"));
    assert!(moved.count() > 90, "{:?}", foreseen.charges.keys());
    sim.stop().await;
}

/// What was foreseen.
#[derive(Debug, Default)]
pub(crate) struct Expected {
    /// How much is charged for a uid, and when.
    charges: BTreeMap<String, (i64, Timestamp)>,
    retries: usize,
    unconsented: usize,
    /// Retries that do not come because the subscription is held or over before.
    cut_short: usize,
    /// Charges that are above the one before, with consent.
    risen: usize,
    /// Subscriptions with money that is paid and not used.
    credited: usize,
}

/// Page by page, as the socket does it.
pub(crate) async fn foreseen<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &Sim<N>,
    now: Timestamp,
    until: Timestamp,
) -> Expected {
    let reader = sim.reader();
    let (mut expected, mut after) = (Expected::default(), 0);
    loop {
        let page = Page { after, limit: 3 };
        let found = reader.ahead_of_fleet(page, until).await;
        let found = found.expect("it can be read");
        let Some(last) = found.last() else {
            return expected;
        };
        after = last.key;
        for one in &found {
            let subject = one.subject(one.standing(), Agreed::To(one.agreement));
            let preview = Preview::new(subject, one.waiting.clone(), now).until(until);
            let uid = |n: CycleNo| reader.merchant_uid(&one.id, i64::from(n.number()));
            expected.take(one, preview, uid);
        }
    }
}

impl Expected {
    /// How much is charged for each uid.
    pub(crate) fn won(&self) -> BTreeMap<String, i64> {
        let charges = self.charges.iter();
        charges.map(|(uid, (won, _))| (uid.clone(), *won)).collect()
    }

    fn take(&mut self, one: &Ahead, preview: Preview<'_>, uid: impl Fn(CycleNo) -> String) {
        let is_retried = |one: &&Waiting| matches!(one.cycle.state, State::Retrying { .. });
        let mut still_tried: BTreeSet<CycleNo> = one
            .waiting
            .iter()
            .filter(is_retried)
            .map(|one| one.n)
            .collect();
        let is_credited = one.credit > 0 || one.waiting.iter().any(|one| one.credit > 0);
        self.credited += usize::from(is_credited);
        for row in preview.filter(|row| row.fate != Fate::Free) {
            still_tried.remove(&row.n);
            if matches!(row.fate, Fate::Held(Hold::NoConsent) | Fate::Lapsed) {
                self.unconsented += 1;
                self.cut_short += still_tried.len();
                continue;
            }
            assert!(row.fate.is_charge(), "{row:?} of {}", one.id);
            self.retries += usize::from(row.fate == Fate::ChargedAgain);
            self.risen += usize::from(row.rise.is_some());
            let twice = self.charges.insert(uid(row.n), (row.price.won(), row.at));
            assert_eq!(twice, None, "{row:?} of {}", one.id);
        }
    }
}

#[test]
fn what_a_plan_would_cost_is_what_its_cycles_ask_for() {
    let terms = Arc::new(shop::monthly());
    let start = shop::instant("2026-01-31T10:00:00+09:00");
    let first = CycleNo::parse(0).expect("a number");
    let dues: Vec<String> = Preview::of_new(&terms, Contract::of_one(start), first, start)
        .expect("inside the calendar")
        .take(4)
        .map(|row| format!("{} {} {}", row.n, row.at, row.price))
        .collect();
    assert_eq!(
        dues,
        [
            "0 2026-01-31T01:00:00Z 9,900 KRW",
            "1 2026-02-28T01:00:00Z 9,900 KRW",
            "2 2026-03-31T01:00:00Z 9,900 KRW",
            "3 2026-04-30T01:00:00Z 9,900 KRW",
        ]
    );
}

#[test]
fn after_an_outage_the_preview_follows_the_catch_up_rule() {
    let start = shop::instant("2026-01-01T10:00:00+09:00");
    let now = shop::instant("2026-01-10T12:00:00+09:00");
    for (rule, expected) in [
        (CatchUp::ChargeOne, "0 hold"),
        (
            CatchUp::LatestOnly,
            "0 skip, 1 skip, 2 skip, 3 charge, 4 charge",
        ),
        (
            CatchUp::ChargeAll(4),
            "0 charge, 1 charge, 2 charge, 3 charge, 4 charge",
        ),
        (CatchUp::ChargeAll(3), "0 hold"),
    ] {
        let mut terms = shop::terms("basic", "3 days");
        terms.catch_up = rule;
        let terms = Arc::new(terms);
        let first = CycleNo::parse(0).expect("a number");
        let rows: Vec<String> = Preview::of_new(&terms, Contract::of_one(start), first, now)
            .expect("inside the calendar")
            .take(5)
            .map(|row| format!("{} {}", row.n, row.fate.name()))
            .collect();
        assert_eq!(rows.join(", "), expected, "{rule}");
    }
}
