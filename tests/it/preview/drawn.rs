//! The shop that a seed draws, who comes to it, and what they ask for.

use dues::core::answer::Words;
use dues::core::calendar::Cadence;
use dues::core::change_plan::Begins;
use dues::core::consent::{Agreement, WithoutConsent};
use dues::core::contract::Quantity;
use dues::core::coupon::{Coupon, CouponCode, Lasts, Off, Percent};
use dues::core::cron::Cron;
use dues::core::dates::Dates;
use dues::core::fixed_day::{Day, FirstPeriod, FixedDay};
use dues::core::money::Krw;
use dues::core::order::PlanId;
use dues::core::plan::Terms;
use dues::core::price::{Phase, PriceList, Trial};
use dues::core::term::{Minimum, Term};
use dues::core::window::Window;
use dues::engine::clock::Clock;
use dues::store::{Command, Missed, NewSubscription};
use jiff::civil::{date, time};
use jiff::{SignedDuration, Timestamp};

use crate::preview::Draw;
use crate::shop;
use crate::sim::{Sim, id};

/// How many plans a shop has.
const PLANS: u64 = 7;

pub(super) fn plans(draw: &mut Draw) -> Vec<Terms> {
    let cadences = [
        "1 month", "1 week", "3 days", "1 month", "1 day", "9 days", "15 days",
    ];
    assert_eq!(
        cadences.len() as u64,
        PLANS,
        "all of them are subscribed to"
    );
    let cadences = cadences.iter().enumerate();
    cadences
        .map(|(number, cadence)| {
            let mut terms = shop::terms(&format!("plan-{number}"), cadence);
            terms.window = Window::parse(draw.of(&["always", "10:00-20:00", "13:00-14:00"]))
                .expect("a window");
            terms.plan.price_list = price_list(draw);
            terms.without_consent = draw.of(&WithoutConsent::ALL);
            terms.coupons = coupons(draw);
            let is_everybodys = draw.below(3) > 0;
            if !is_everybodys {
                // Its periods begin with the subscriptions.
            } else if *cadence == "1 month" {
                terms.plan.dates = on_a_day(draw);
            } else if *cadence == "1 week" {
                terms.plan.dates = on_the_calendar(draw);
            }
            terms
        })
        .collect()
}

fn code(text: &str) -> CouponCode {
    CouponCode::parse(text).expect("a code")
}

/// A part off for ever, and all of it for a while.
fn coupons(draw: &mut Draw) -> Vec<Coupon> {
    let percent = |hundredths| Off::Percent(Percent::of(hundredths).expect("a percentage"));
    let (part, cycles) = (draw.of(&[1, 33, 50]), draw.of(&[1, 2, 5]));
    vec![
        Coupon {
            code: code("part"),
            off: percent(part),
            lasts: Lasts::Forever,
        },
        Coupon {
            code: code("gift"),
            off: percent(100),
            lasts: Lasts::Cycles(cycles),
        },
    ]
}

pub(super) async fn populate<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    draw: &mut Draw,
) {
    for number in 0..8 {
        let (name, plan) = (format!("s{number}"), format!("plan-{}", draw.below(PLANS)));
        // Some share a card, some are declined once and pay then.
        let card = format!("card-{}", draw.below(6));
        let paid_first = format!("pay-x{}", 1 + draw.below(12));
        let declined = [paid_first.as_str(), "decline-funds", "pay"];
        sim.script(&card, draw.of(&[&["pay"][..], &declined[1..], &declined]));
        let quantity = Quantity::parse(draw.of(&[1, 3, 17, 17])).expect("a quantity");
        let wanted = NewSubscription {
            quantity,
            coupon: draw.of(&[None, None, Some("part"), Some("gift")]).map(code),
            ..shop::wanted(&name, &card, &plan, sim.stage.now())
        };
        sim.ask_for(wanted).await.expect("it is added");
        let later = sim.stage.now()
            + SignedDuration::from_hours(i64::try_from(draw.below(60)).expect("few"));
        sim.until(&later.to_string()).await;
        match draw.below(8) {
            0 => drop(sim.tell(Command::Pause(id(&name))).await),
            1 => drop(sim.tell(Command::Cancel(id(&name))).await),
            2 => drop(sim.tell(Command::CancelAtPeriodEnd(id(&name))).await),
            3 => {
                let days = i64::try_from(1 + draw.below(40)).expect("few");
                let until = sim.stage.now() + SignedDuration::from_hours(24 * days);
                let missed = draw.of(&[Missed::Skip, Missed::ChargeLatest, Missed::MoveAnchor]);
                drop(
                    sim.tell(Command::PauseUntil(id(&name), until, Some(missed)))
                        .await,
                );
            }
            _ => {}
        }
    }
}

/// Some plans cost more or less from a day on, also for those who are there. Tells for how many.
pub(super) async fn raise<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    sold: Vec<Terms>,
    draw: &mut Draw,
) -> u64 {
    let mut sells = sold;
    for terms in &mut sells {
        let won = draw.of(&[4_900, 9_900, 12_900, 31_000]);
        terms.plan.amount = Krw::parse(won).expect("an amount");
        // Tomorrow, with the next months, or when nobody is told about it any more.
        let day = draw.of(&[date(2026, 2, 21), date(2026, 3, 1), date(2026, 4, 15)]);
        terms.applies_from = Some(day);
    }
    sim.sells(sells).await;
    sim.apply_prices().await
}

/// Some go to another plan, some of them at once.
pub(super) async fn change<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    draw: &mut Draw,
) {
    for number in 0..8 {
        let plan = PlanId::parse(&format!("plan-{}", draw.below(PLANS))).expect("an id");
        let begins = draw.of(&[Begins::AtPeriodEnd, Begins::Now]);
        if draw.below(3) == 0 {
            let name = format!("s{number}");
            drop(sim.tell(Command::ChangePlan(id(&name), plan, begins)).await);
        }
    }
    sim.settle().await;
}

/// Some have more or less of their plan from now on, and coupons are redeemed and taken away.
pub(super) async fn bargain<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    draw: &mut Draw,
) -> usize {
    let mut changed = 0;
    for _ in 0..16 {
        let number = draw.below(8);
        let quantity = Quantity::parse(draw.of(&[1, 2, 40])).expect("a quantity");
        let begins = draw.of(&[Begins::AtPeriodEnd, Begins::Now]);
        let who = || id(&format!("s{number}"));
        let command = match draw.below(6) {
            0 | 1 => Command::ChangeQuantity(who(), quantity, begins),
            2 => Command::Coupon(who(), code("part")),
            3 => Command::TakeCouponAway(who()),
            _ => continue,
        };
        let said = sim.tell(command).await;
        changed += usize::from(said.contains("forgone"));
    }
    sim.settle().await;
    changed
}

/// Some agree to a rise that is to come, some to too little.
pub(super) async fn agree<N: Fn() -> Timestamp + Clone + Send + Sync + 'static>(
    sim: &mut Sim<N>,
    draw: &mut Draw,
) {
    for number in 0..8 {
        let (at, won) = (sim.stage.now(), draw.of(&[4_900, 9_900, 9_900 * 17]));
        if draw.below(3) == 0 {
            let name = format!("s{number}");
            let agreement = Agreement { at, won };
            let consent = Command::Consent(id(&name), agreement, Words::new("mail"));
            drop(sim.tell(consent).await);
        }
    }
    sim.settle().await;
}

fn on_a_day(draw: &mut Draw) -> Dates {
    let day = i64::try_from(1 + draw.below(31)).expect("a small number");
    Dates::OnDay {
        every: Cadence::parse("1 month").expect("a cadence"),
        day: FixedDay {
            day: Day::of(day).expect("a day of a month"),
            time: draw.of(&[None, Some(time(11, 0, 0, 0))]),
            first: draw.of(&FirstPeriod::ALL),
        },
    }
}

fn on_the_calendar(draw: &mut Draw) -> Dates {
    let text = draw.of(&[
        "0 11 * * MON",
        "30 13 1,15 * *",
        "0 10 */5 * *",
        "0 12 L * *",
    ]);
    Dates::OnCalendar {
        cron: Box::new(Cron::parse(text).expect("an expression")),
        first: draw.of(&FirstPeriod::ALL),
    }
}

fn price_list(draw: &mut Draw) -> PriceList {
    let won = |amount| Krw::parse(amount).expect("an amount");
    let phase = |cycles, amount| Phase {
        cycles,
        amount: won(amount),
    };
    let cadence = |text| Cadence::parse(text).expect("a span");
    let span = |text| Trial::Span(cadence(text));
    let none: &[Phase] = &[];
    PriceList {
        trial: draw.of(&[None, None, Some(Trial::Cycles(2)), Some(span("10 days"))]),
        phases: draw
            .of(&[none, &[phase(3, 4_900)], &[phase(1, 1), phase(20, 7_777)]])
            .to_vec(),
        setup_fee: draw.of(&[None, Some(won(10_000))]),
        cycles: draw.of(&[None, None, Some(6), Some(24)]),
        until: draw.of(&[None, None, None, Some(date(2026, 3, 15))]),
        term: Term {
            minimum: draw.of(&[None, None, Some(Minimum::Cycles(3))]),
            notice: draw.of(&[None, None, Some(cadence("9 days"))]),
        },
    }
}
