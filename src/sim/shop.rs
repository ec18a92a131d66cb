//! The world that a seed draws: who subscribes to what, by which rules, and how the gateway is.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::calendar::{Cadence, CycleNo};
use crate::core::card_expiry::CardExpiry;
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::contract::Quantity;
use crate::core::dunning::{EndAction, Ladder};
use crate::core::guard::{Cap, Caps};
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, Installation, PlanId, SubscriptionId, UidScope};
use crate::core::particulars::Particulars;
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::price::PriceList;
use crate::core::template::NameTemplate;
use crate::core::window::Window;
use crate::engine::guards::Limits;
use crate::gateway::simulator::outcome::{Mishap, Outcome};
use crate::gateway::simulator::switches::{
    Duplicates, ErrorForm, InFlight, Keys, Rates, Reuse, Switches,
};
use crate::sim::bond;
use crate::sim::dates;
use crate::sim::draw::Draws;
use crate::sim::prices;
use crate::store::{Identity, NewSubscription, Standards};

/// How long the client waits for an answer.
pub(super) const DEADLINE: Duration = Duration::from_mins(1);

/// When a process gives up on an answer.
const ANSWER_WITHIN: Duration = Duration::from_secs(90);

/// What a seed drew.
#[derive(Debug)]
pub(super) struct Shop {
    pub(super) start: Timestamp,
    /// From here on nothing goes wrong any more.
    pub(super) faults_end: Timestamp,
    pub(super) installation: Installation,
    pub(super) terms: Vec<Terms>,
    /// The terms as they were drawn; those in force have another charge window for a while.
    pub(super) terms_drawn: Vec<Terms>,
    /// The plans as they were at first, and every version that was on offer since.
    pub(super) versions: Vec<Plan>,
    pub(super) people: Vec<NewSubscription>,
    pub(super) switches: Switches,
    pub(super) limits: Limits,
}

impl Shop {
    /// Draws everything.
    pub(super) fn draw(seed: u64) -> Result<Self> {
        let mut draws = Draws::new(seed, "shop");
        let start: Timestamp = "2026-01-29T09:00:00+09:00".parse()?;
        let start = start.checked_add(draws.span(Duration::ZERO, days(1)))?;
        let lasts = draws.span(days(6), days(32));

        let switches = gateway(seed, &mut draws);
        let pace = pace(&mut draws, &switches);
        let pace = uids(&mut Draws::new(seed, "uids"), &switches, pace);
        let mut terms = Vec::new();
        for place in 0..draws.within(1, 3) {
            terms.push(plan(&mut draws, place, pace)?);
        }
        refine(seed, &mut terms)?;
        let mut people = Vec::new();
        for place in 0..draws.within(1, 5) {
            people.push(person(&mut draws, place, &terms, start)?);
        }
        let mut quantity_draws = Draws::new(seed, "quantity");
        for person in &mut people {
            if quantity_draws.one_in(3) {
                let number = quantity_draws.one_of([2, 3, 17]);
                person.quantity = Quantity::parse(number)?;
            }
        }
        let mut coupon_draws = Draws::new(seed, "coupons");
        let coupons = prices::coupons(&mut coupon_draws)?;
        for one in &mut terms {
            one.coupons.clone_from(&coupons);
        }
        for person in &mut people {
            let which = usize::try_from(coupon_draws.below(6))?;
            person.coupon = coupons.get(which).map(|one| one.code.clone());
        }
        let limits = Limits {
            in_flight_max: u32::try_from(draws.one_of([1, 2, 8, 8])).unwrap_or(1),
            calls_per_second: draws.one_in(4).then_some(5),
            quiet_period: pace.quiet_period,
            disk_low_bytes: 0,
            caps: caps(&mut Draws::new(seed, "guard")),
        };
        Ok(Self {
            start,
            faults_end: start.checked_add(lasts)?,
            installation: Installation::parse("sim")?,
            versions: terms.iter().map(|terms| terms.plan.clone()).collect(),
            terms_drawn: terms.clone(),
            terms,
            people,
            switches,
            limits,
        })
    }

    /// The rules for plans that are gone, of which there are none.
    pub(super) fn standards(&self) -> Option<Standards> {
        let first = self.terms.first()?;
        Some(Standards {
            ladder: first.ladder.clone(),
            window: first.window,
            pace: first.pace,
            catch_up: first.catch_up,
            without_consent: first.without_consent,
        })
    }

    /// Whether a declined cycle goes on under another uid.
    pub(super) fn asks_by_attempt(&self) -> bool {
        let mut terms = self.terms.iter();
        terms.any(|one| one.pace.uid_scope == UidScope::Attempt)
    }

    /// How late the gateway may be, counted from a request.
    pub(super) fn worst_delay(&self) -> Duration {
        self.switches.time_out + self.switches.latency + DEADLINE
    }
}

/// A small shop's caps, which a day after an outage or a wave of newcomers goes beyond.
fn caps(draws: &mut Draws) -> Caps {
    if draws.one_in(2) {
        return Caps::NONE;
    }
    let charges = |draws: &mut Draws, most: u64| i64::try_from(draws.within(1, most)).ok();
    Caps {
        unforetold: Cap {
            charges: charges(draws, 3),
            won: None,
        },
        all: Cap {
            charges: charges(draws, 9).filter(|_| draws.one_in(2)),
            won: None,
        },
        price_rise_max: draws.one_in(2).then_some(3),
    }
}

/// Everything about the gateway that nobody could establish, one way or the other, and what goes wrong
/// there.
fn gateway(seed: u64, draws: &mut Draws) -> Switches {
    let minutes = Duration::from_mins;
    Switches {
        seed,
        keys: Some(keys()),
        duplicates: draws.one_of([Duplicates::Atomic, Duplicates::CheckThenAct]),
        reuse_after_decline: draws.one_of([Reuse::Allowed, Reuse::Allowed, Reuse::Refused]),
        in_flight: draws.one_of([InFlight::Hidden, InFlight::Shown]),
        errors: draws.one_of([ErrorForm::Live, ErrorForm::Documented]),
        refusal_code: draws.one_of([1, -1]),
        latency: Duration::from_millis(draws.one_of([40, 300, 2_000, 20_000])),
        lookup_lag: draws.one_of([
            Duration::ZERO,
            Duration::ZERO,
            minutes(1),
            minutes(20),
            minutes(180),
        ]),
        time_out: draws.span(Duration::from_secs(61), minutes(11)),
        rates: rates(draws),
        ..Switches::honest()
    }
}

/// A few faults, each now and then; on some days hardly anything works.
fn rates(draws: &mut Draws) -> Rates {
    let all: Vec<Outcome> = Outcome::all();
    let most = if draws.one_in(3) { 120_000 } else { 40_000 };
    let mut charges: Vec<(Outcome, u32)> = Vec::new();
    for _ in 0..draws.within(2, 9) {
        let outcome = draws.place(all.len()).and_then(|place| all.get(place));
        let outcome = outcome.copied().unwrap_or(Outcome::Pay);
        if outcome != Outcome::Pay && charges.iter().all(|(other, _)| *other != outcome) {
            let rate = u32::try_from(draws.within(5_000, most)).unwrap_or(0);
            charges.push((outcome, rate));
        }
    }
    let mut lookups: Vec<(Mishap, u32)> = Vec::new();
    for _ in 0..draws.below(4) {
        let mishap = draws.one_of(Mishap::ALL);
        if lookups.iter().all(|(other, _)| *other != mishap) {
            let rate = u32::try_from(draws.within(20_000, 300_000)).unwrap_or(0);
            lookups.push((mishap, rate));
        }
    }
    Rates { charges, lookups }
}

/// What plans have besides the plainest, each from a stream of its own.
fn refine(seed: u64, terms: &mut [Terms]) -> Result<()> {
    let mut date_draws = Draws::new(seed, "dates");
    for one in terms.iter_mut() {
        if let Some(dates) = dates::draw(&mut date_draws)? {
            one.plan.dates = dates;
        }
    }
    let mut free_draws = Draws::new(seed, "a free start");
    for one in terms.iter_mut() {
        if free_draws.one_in(3) {
            dates::start_free(&mut one.plan.dates);
        }
    }
    let mut price_draws = Draws::new(seed, "prices");
    for one in terms.iter_mut() {
        if price_draws.one_in(2) {
            one.plan.price_list = prices::list(&mut price_draws, one.plan.amount)?;
        }
    }
    let mut term_draws = Draws::new(seed, "terms");
    for one in terms.iter_mut() {
        if term_draws.one_in(4) && one.plan.price_list.term.is_none() {
            one.plan.price_list.term = bond::draw(&mut term_draws)?;
        }
    }
    Ok(())
}

/// docs/model.md: on a gateway that looks first and charges then, the quiet period is the only defence,
/// and has to be longer than the slowest charge. That is the boundary of every promise here.
fn pace(draws: &mut Draws, switches: &Switches) -> Pace {
    let wished = Duration::from_mins(draws.one_of([3, 5, 12]));
    let quiet_period = match switches.duplicates {
        Duplicates::Atomic => wished,
        Duplicates::CheckThenAct => wished.max(switches.time_out + switches.latency),
    };
    Pace {
        answer_within: ANSWER_WITHIN,
        quiet_period,
        ask_again_max: Duration::from_mins(draws.one_of([30, 60])),
        uid_scope: UidScope::Cycle,
    }
}

/// docs/decisions/0013-a-uid-an-attempt.md: more than one uid a cycle is for a gateway that takes none
/// again after a decline, and that shows by the next try whether a decline turned into a payment.
fn uids(draws: &mut Draws, switches: &Switches, pace: Pace) -> Pace {
    let is_fit = switches.reuse_after_decline == Reuse::Refused && switches.lookup_lag.is_zero();
    if !is_fit || draws.one_in(3) {
        return pace;
    }
    Pace {
        quiet_period: pace.quiet_period.max(switches.time_out + switches.latency),
        uid_scope: UidScope::Attempt,
        ..pace
    }
}

fn plan(draws: &mut Draws, number: u64, pace: Pace) -> Result<Terms> {
    let cadence = draws.one_of(["1 day", "2 days", "1 week", "1 week", "2 weeks", "1 month"]);
    let window = draws.one_of(["always", "10:00-20:00", "00:40-23:30"]);
    let catch_up = draws.one_of([
        CatchUp::ChargeOne,
        CatchUp::ChargeOne,
        CatchUp::LatestOnly,
        CatchUp::ChargeAll(3),
        CatchUp::Hold,
    ]);
    let plan = Plan {
        id: PlanId::parse(&format!("plan-{number}"))?,
        name: NameTemplate::parse("Simulated")?,
        amount: Krw::parse(i64::try_from(draws.within(1, 200))? * 100)?,
        dates: Cadence::parse(cadence)?.into(),
        zone: TimeZone::get("Asia/Seoul")?,
        price_list: PriceList::default(),
        particulars: Particulars::default(),
    };
    Ok(Terms {
        plan,
        ladder: ladder(draws),
        window: Window::parse(window)?,
        pace,
        catch_up,
        without_consent: WithoutConsent::Hold,
        applies_from: None,
        coupons: Vec::new(),
    })
}

fn ladder(draws: &mut Draws) -> Ladder {
    let standard = Ladder {
        end_action: draws.one_of([EndAction::Keep, EndAction::Suspend, EndAction::Cancel]),
        ..Ladder::standard()
    };
    if draws.one_in(3) {
        return Ladder {
            funds: vec![days(1)],
            technical: vec![Duration::from_mins(30)],
            generic: Vec::new(),
            declines_max: 2,
            grace: days(3),
            ..standard
        };
    }
    standard
}

/// Somebody who comes in the first days: with an anchor of that moment, or with one at the end of a
/// month that has gone by.
fn person(
    draws: &mut Draws,
    place: u64,
    terms: &[Terms],
    start: Timestamp,
) -> Result<NewSubscription> {
    let terms = draws.place(terms.len()).and_then(|place| terms.get(place));
    let plan = &terms.ok_or_else(|| anyhow::anyhow!("no plans"))?.plan;
    // A card in three is shared.
    let card = if draws.one_in(3) { 0 } else { place };
    let anchor_at: Timestamp = if draws.one_in(3) {
        "2025-12-31T10:00:00+09:00".parse()?
    } else {
        start.checked_add(draws.span(Duration::ZERO, days(3)))?
    };
    let mut first_cycle = CycleNo::parse(0)?;
    while plan.due_at(anchor_at, first_cycle)? < start {
        first_cycle = first_cycle.next()?;
    }
    Ok(NewSubscription {
        identity: Identity::Chosen(SubscriptionId::parse(&format!("p{place}"))?),
        customer_uid: CustomerUid::parse(&format!("card-{card}"))?,
        plan: plan.id.clone(),
        anchor_at,
        first_cycle,
        quantity: Quantity::ONE,
        coupon: None,
        card_expires: expiry(place),
    })
}

/// When the card of somebody expires, as the merchant tells; of every third nobody does.
fn expiry(place: u64) -> Option<CardExpiry> {
    let month = i64::try_from(place % 3).ok()?;
    CardExpiry::numbered(202_600 + month)
}

/// The key pair that is good.
pub(super) fn keys() -> Keys {
    Keys {
        key: "key".to_owned(),
        secret: "secret".to_owned(),
    }
}

/// So many days.
pub(super) const fn days(count: u64) -> Duration {
    Duration::from_hours(count * 24)
}
