//! What people want of what they subscribed to, drawn before anything happens.

use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use crate::core::change_plan::Begins;
use crate::sim::agenda::{Act, Wish};
use crate::sim::draw::Draws;
use crate::sim::shop::Shop;
use crate::store::Missed;

/// People change their minds about what they subscribed to.
pub(super) fn live(
    draws: &mut Draws,
    shop: &Shop,
    agenda: &mut Vec<(Timestamp, Act)>,
) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    for _ in 0..draws.below(7) {
        let at = draws.span(Duration::ZERO, lasts);
        let person = draws.place(shop.people.len()).unwrap_or(0);
        let hours = u32::try_from(draws.within(1, 24 * 20))?;
        let missed = draws.one_of(Missed::ALL);
        let plan = draws.place(shop.terms.len()).unwrap_or(0);
        let wish = draws.one_of([
            Wish::CancelAtPeriodEnd,
            Wish::CancelAtPeriodEnd,
            Wish::CancelEarly,
            Wish::Uncancel,
            Wish::Suspend,
            Wish::PauseFor(hours, Some(missed)),
            Wish::PauseFor(hours, None),
            Wish::Resume(Missed::MoveAnchor),
            Wish::ChangePlan(plan, Begins::AtPeriodEnd),
            Wish::ChangePlan(plan, Begins::Now),
            Wish::ChangePlan(plan, Begins::Now),
        ]);
        agenda.push((shop.start.checked_add(at)?, Act::Desk(person, wish)));
    }
    Ok(())
}

/// People have more of a plan, or less, and coupons come and go.
pub(super) fn bargain(
    draws: &mut Draws,
    shop: &Shop,
    agenda: &mut Vec<(Timestamp, Act)>,
) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    for _ in 0..draws.below(5) {
        let at = draws.span(Duration::ZERO, lasts);
        let person = draws.place(shop.people.len()).unwrap_or(0);
        let quantity = draws.one_of([1, 1, 2, 5]);
        let wish = draws.one_of([
            Wish::ChangeQuantity(quantity, Begins::AtPeriodEnd),
            Wish::ChangeQuantity(quantity, Begins::Now),
            Wish::ChangeQuantity(quantity, Begins::Now),
            Wish::Redeem,
            Wish::TakeCouponAway,
            Wish::TakeCouponAway,
        ]);
        agenda.push((shop.start.checked_add(at)?, Act::Desk(person, wish)));
    }
    Ok(())
}

/// Whoever is bound would leave while they are, once something was paid.
pub(super) fn leave(
    draws: &mut Draws,
    shop: &Shop,
    agenda: &mut Vec<(Timestamp, Act)>,
) -> Result<()> {
    for (place, person) in shop.people.iter().enumerate() {
        let terms = shop.terms.iter().find(|one| one.plan.id == person.plan);
        let Some(terms) = terms.filter(|one| !one.plan.price_list.term.is_none()) else {
            continue;
        };
        let first = person.first_cycle;
        let from = terms.plan.due_at(person.anchor_at, first)?;
        let until = terms.plan.due_at(person.anchor_at, first.next()?.next()?)?;
        let bound = Duration::try_from(until.min(shop.faults_end).duration_since(from));
        let bound = bound.unwrap_or_default();
        for _ in 0..draws.below(3) {
            let at = from.checked_add(draws.span(Duration::ZERO, bound))?;
            let wish = draws.one_of([
                Wish::Cancel,
                Wish::Cancel,
                Wish::CancelAtPeriodEnd,
                Wish::CancelEarly,
            ]);
            agenda.push((at, Act::Desk(place, wish)));
        }
    }
    Ok(())
}
