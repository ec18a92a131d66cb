//! The cast of the sandbox: a dozen subscribers, each with something that happens in real life.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::core::calendar::{Cadence, CycleNo, Unit};
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::contract::Quantity;
use crate::core::dunning::Ladder;
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::core::particulars::Particulars;
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::price::PriceList;
use crate::core::template::NameTemplate;
use crate::core::window::Window;
use crate::store::{Command, Identity, Missed, NewSubscription};

/// One subscriber.
pub(super) struct Role {
    pub(super) name: &'static str,
    pub(super) card: &'static str,
    pub(super) plan: &'static str,
    /// Days from the start to the first charge.
    pub(super) first_day: i64,
    /// What comes of each charge, by the simulated gateway's names; the last one repeats.
    pub(super) outcomes: &'static [&'static str],
    pub(super) story: &'static str,
}

/// Everybody.
pub(super) const CAST: [Role; 12] = [
    role(
        "minji",
        "basic",
        1,
        &["pay"],
        "joined on 31 January: month ends",
    ),
    role("jihoon", "weekly", 0, &["pay"], "pays every week"),
    role("seoyeon", "pro", 2, &["pay"], "pays every month"),
    role(
        "hyunwoo",
        "basic",
        1,
        &["decline-funds", "decline-funds", "pay"],
        "short of money, then pays",
    ),
    role(
        "yuna",
        "basic",
        2,
        &["decline-expired"],
        "the card has expired",
    ),
    role(
        "dohyun",
        "pro",
        3,
        &["cut-paid", "pay"],
        "charged, but the answer gets lost",
    ),
    role(
        "sora",
        "weekly",
        3,
        &["cut-unpaid", "pay"],
        "the request gets lost",
    ),
    role("taeyang", "weekly", 1, &["pay"], "cancels on the tenth day"),
    role("eunji", "daily", 0, &["pay"], "pays every day"),
    role("junho", "weekly", 2, &["pay"], "pauses for twelve days"),
    role(
        "haerin",
        "pro",
        4,
        &["decline-technical", "pay"],
        "the bank is down for a while",
    ),
    Role {
        card: "minji",
        ..role(
            "minji-2",
            "weekly",
            1,
            &["pay"],
            "a second plan on minji's card",
        )
    },
];

const fn role(
    name: &'static str,
    plan: &'static str,
    first_day: i64,
    outcomes: &'static [&'static str],
    story: &'static str,
) -> Role {
    Role {
        name,
        card: name,
        plan,
        first_day,
        outcomes,
        story,
    }
}

/// What the desk does meanwhile: on which day, and what.
pub(super) fn desk() -> Vec<(i64, Command)> {
    let id = |name| SubscriptionId::parse(name).ok();
    let mut commands = Vec::new();
    commands.extend(id("junho").map(|id| (8, Command::Pause(id))));
    commands.extend(id("taeyang").map(|id| (10, Command::Cancel(id))));
    commands.extend(id("junho").map(|id| (20, Command::Resume(id, Some(Missed::Skip)))));
    commands
}

/// The plans on offer.
pub(super) fn terms(pace: Pace) -> anyhow::Result<Vec<Terms>> {
    let zone = TimeZone::get("Asia/Seoul")?;
    let window = Window::parse("10:00-20:00")?;
    let plans = [
        ("daily", "Daily news", 500, Unit::Day),
        ("weekly", "Weekly box", 4_400, Unit::Week),
        ("basic", "Basic", 9_900, Unit::Month),
        ("pro", "Pro", 29_000, Unit::Month),
    ];
    let mut terms = Vec::new();
    for (id, name, amount, unit) in plans {
        let plan = Plan {
            id: PlanId::parse(id)?,
            name: NameTemplate::parse(name)?,
            amount: Krw::parse(amount)?,
            price_list: PriceList::default(),
            particulars: Particulars::default(),
            dates: Cadence::new(1, unit)?.into(),
            zone: zone.clone(),
        };
        terms.push(Terms {
            plan,
            ladder: Ladder::standard(),
            window,
            pace,
            catch_up: CatchUp::ChargeOne,
            without_consent: WithoutConsent::Hold,
            applies_from: None,
            coupons: Vec::new(),
        });
    }
    Ok(terms)
}

/// Everybody as subscriptions.
pub(super) fn subscriptions(start: Timestamp) -> anyhow::Result<Vec<NewSubscription>> {
    let zone = TimeZone::get("Asia/Seoul")?;
    let mut wanted = Vec::new();
    for role in &CAST {
        let day = zone
            .to_datetime(start)
            .date()
            .checked_add(role.first_day.days())?;
        let anchor = zone
            .to_ambiguous_timestamp(day.at(10, 0, 0, 0))
            .compatible()?;
        wanted.push(NewSubscription {
            identity: Identity::Chosen(SubscriptionId::parse(role.name)?),
            customer_uid: CustomerUid::parse(role.card)?,
            plan: PlanId::parse(role.plan)?,
            anchor_at: anchor,
            first_cycle: CycleNo::parse(0)?,
            quantity: Quantity::ONE,
            coupon: None,
            card_expires: None,
        });
    }
    Ok(wanted)
}
