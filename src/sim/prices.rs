//! What simulated plans charge besides their amount: trials, introductory prices, fees, ends, and prices
//! that change. What a cycle costs is worked out here anew, as the documents say and not as the code
//! does it.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::core::calendar::Cadence;
use crate::core::coupon::{Coupon, CouponCode, Lasts, Off, Percent};
use crate::core::money::Krw;
use crate::core::plan::Plan;
use crate::core::price::{Phase, PriceList, Trial};
use crate::core::term::{Minimum, Term};
use crate::sim::books::{Row, number, text};
use crate::sim::dates::{self, First, Share};
use crate::sim::draw::Draws;
use crate::sim::laws::instant;
use crate::sim::stage::later;

/// How long before a higher price a consent to it may be given: the E-Commerce Act.
const CONSENT_LASTS: Duration = Duration::from_hours(30 * 24);

/// A price list; most plans have none.
pub(super) fn list(draws: &mut Draws, amount: Krw) -> Result<PriceList> {
    let mut list = PriceList::default();
    if draws.one_in(5) {
        list.trial = Some(Trial::Cycles(u16::try_from(draws.within(1, 2))?));
    }
    if draws.one_in(4) {
        for _ in 0..draws.within(1, 2) {
            list.phases.push(Phase {
                cycles: u16::try_from(draws.within(1, 3))?,
                amount: other_price(draws, amount)?,
            });
        }
    }
    if draws.one_in(5) {
        list.setup_fee = Some(Krw::parse(i64::try_from(draws.within(1, 50))? * 100)?);
    }
    if draws.one_in(4) {
        list.term = Term {
            minimum: draws.one_of([None, Some(Minimum::Cycles(3)), Some(Minimum::Cycles(6))]),
            notice: draws.one_of([None, Some(Cadence::parse("3 days")?)]),
        };
    }
    if draws.one_in(5) {
        list.cycles = Some(u32::try_from(draws.within(9, 30))?);
    }
    Ok(list)
}

/// Another price: a half, the double, or ten times as much.
pub(super) fn other_price(draws: &mut Draws, amount: Krw) -> Result<Krw> {
    let won = amount.won();
    let halved = (won / 2).max(1);
    Ok(Krw::parse(draws.one_of([
        halved,
        halved,
        won * 2,
        won * 10,
    ]))?)
}

/// What of a plan somebody has, as the row of their subscription says it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bought<'a> {
    /// What its first period is.
    pub(super) first: First,
    /// The cycle that begins between two days that are everybody's, and its share of a whole one.
    pub(super) rest: Option<(u32, Share)>,
    pub(super) quantity: i64,
    /// Such as `percent 10 from 3 for 6`; empty without a coupon.
    pub(super) discount: &'a str,
}

impl<'a> Bought<'a> {
    /// What the row of a subscription says of it.
    pub(super) fn of(row: &'a Row, plan: &Plan) -> Result<Self> {
        let anchor = number(row, "anchor_at").context("an anchor")?;
        let moved = number(row, "moved_n").zip(number(row, "moved_at"));
        let (start, rest) = match moved {
            None => (anchor, None),
            Some((0, at)) => (at, None),
            Some((n, at)) => {
                let share = dates::rest(plan, instant(at)?)?;
                (anchor, Some(u32::try_from(n)?).zip(share))
            }
        };
        Ok(Self {
            first: dates::first(plan, instant(start)?)?,
            rest,
            quantity: number(row, "quantity").context("a quantity")?,
            discount: text(row, "discount"),
        })
    }
}

/// What cycle `n` costs, in won.
pub(super) fn price(plan: &Plan, n: u32, bought: Bought<'_>) -> i64 {
    let unpaid = free(plan, bought.first);
    let is_first = n == unpaid;
    let fee = plan.price_list.setup_fee.filter(|_| is_first);
    let mut won = bought.quantity * of_one(plan, n, unpaid);
    if let (First::Part(days, of), 0, 0) = (bought.first, n, unpaid) {
        won = won * days / of;
    }
    if let Some((_, (left, whole))) = bought.rest.filter(|(moved, _)| *moved == n) {
        let part = i128::from(won) * i128::from(left) / i128::from(whole);
        won = i64::try_from(part).unwrap_or(won);
    }
    won - off(bought.discount, n, won) + fee.map_or(0, Krw::won)
}

/// What a customer is told that it costs: without what is asked for once, and without what a coupon takes
/// off, unless that is all of it.
pub(super) fn whole(plan: &Plan, n: u32, bought: Bought<'_>) -> i64 {
    let whole = bought.quantity * of_one(plan, n, free(plan, bought.first));
    if off(bought.discount, n, whole) == whole {
        return 0;
    }
    whole
}

/// What a coupon takes off so many won.
fn off(discount: &str, n: u32, whole: i64) -> i64 {
    let number = |place: usize| -> Option<i64> { discount.split(' ').nth(place)?.parse().ok() };
    let (Some(size), Some(from)) = (number(1), number(3)) else {
        return 0;
    };
    let until = number(5).map_or(i64::MAX, |cycles| from + cycles);
    if !(from..until).contains(&i64::from(n)) {
        return 0;
    }
    if discount.starts_with("percent") {
        whole * size / 100
    } else {
        whole.min(size)
    }
}

/// Two coupons: one for a while, which may leave nothing, and one for ever.
pub(super) fn coupons(draws: &mut Draws) -> Result<Vec<Coupon>> {
    let percent = draws.one_of([1, 33, 50, 100]);
    let won = i64::try_from(draws.within(1, 150))? * 100;
    Ok(vec![
        Coupon {
            code: CouponCode::parse("a-while")?,
            off: Off::Percent(Percent::of(percent).context("a percentage")?),
            lasts: Lasts::Cycles(u16::try_from(draws.within(1, 4))?),
        },
        Coupon {
            code: CouponCode::parse("for-ever")?,
            off: Off::Amount(Krw::parse(won)?),
            lasts: Lasts::Forever,
        },
    ])
}

fn of_one(plan: &Plan, n: u32, free: u32) -> i64 {
    let Some(charged) = n.checked_sub(free) else {
        return 0;
    };
    let mut begins = 0;
    for phase in &plan.price_list.phases {
        let ends = begins + u32::from(phase.cycles);
        if (begins..ends).contains(&charged) {
            return phase.amount.won();
        }
        begins = ends;
    }
    plan.amount.won()
}

/// How many cycles cost nothing: those of a trial, which covers the days until everybody's, or these alone.
fn free(plan: &Plan, first: First) -> u32 {
    match plan.price_list.trial {
        Some(Trial::Cycles(cycles)) => cycles.into(),
        Some(Trial::Span(_)) | None => u32::from(first == First::Free),
    }
}

/// Whether no cycle comes after cycle `n`.
pub(super) fn is_last(plan: &Plan, n: u32) -> bool {
    plan.price_list.cycles.is_some_and(|cycles| n + 1 >= cycles)
}

/// Whoever pays more than for the cycle before agreed to it within the last 30 days.
pub(super) fn agreed(row: &Row, (before, price): (i64, i64), n: u32, at: Timestamp) -> Result<()> {
    if price <= before {
        return Ok(());
    }
    let agreed_at = instant(number(row, "agreed_at").context("a sign-up")?)?;
    let agreed_won = number(row, "agreed_won").context("a price that was agreed to")?;
    ensure!(
        agreed_won >= price && later(agreed_at, CONSENT_LASTS) >= at,
        "cycle {n} costs {price} won after {before}, and what was agreed to are {agreed_won} at {agreed_at}"
    );
    Ok(())
}
