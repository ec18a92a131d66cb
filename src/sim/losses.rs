//! What the certificate says of money and of cycles: charges beyond one a cycle, and cycles that nobody will
//! ask for although nobody said so. Both are counted from the gateway's own ledger and from the tables as they
//! are on disk. No law is asked: with one taken out the numbers would still be these.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::core::calendar::{Anchor, CycleNo};
use crate::core::plan::Plan;
use crate::gateway::simulator::ledger::Status;
use crate::sim::books::{Key, Row, number, text};
use crate::sim::ending::LOOK_AGAIN_MAX;
use crate::sim::laws::{instant, is_paid};
use crate::sim::stage::later;
use crate::sim::uids;
use crate::sim::world::World;

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    /// Payments that were not given back, beyond one a cycle, whatever uid it went out under.
    pub(super) fn double_charges(&self) -> u64 {
        self.gateway.with(|gateway, _| {
            let payments = gateway.ledger().payments().iter();
            let kept = payments.filter(|payment| payment.status == Status::Paid);
            beyond_one(kept.map(|payment| &*payment.merchant_uid))
        })
    }

    /// Cycles that were due and are neither paid at the gateway, nor waited for, nor over for a reason. It
    /// is asked once everything has settled.
    pub(super) async fn lost_cycles(&mut self) -> Result<u64> {
        let now = self.stage.true_now();
        let paid: BTreeSet<String> = self.gateway.with(|gateway, _| {
            let payments = gateway.ledger().payments().iter();
            let was_paid = |status| matches!(status, Status::Paid | Status::Cancelled);
            let paid = payments.filter(|payment| was_paid(payment.status));
            paid.map(|one| uids::parts(&one.merchant_uid).0.to_owned())
                .collect()
        });
        let rows = self.door.tables().await?;
        let mut lost = 0;
        for (key, row) in &rows {
            let Key::Subscription(key) = key else {
                continue;
            };
            let terms = number(row, "plan_key").and_then(|key| self.laws.terms(key));
            let plan = &terms.context("a plan that nobody knows")?.plan;
            let id = text(row, "id");
            let was_paid = |n: i64| paid.contains(&format!("{}-{id}-{n}", self.shop.installation));
            let cycles = rows.range(Key::Cycle(*key, 0)..=Key::Cycle(*key, i64::MAX));
            let cycles = cycles.filter_map(|(key, cycle)| match key {
                Key::Cycle(_, n) => Some((*n, cycle)),
                Key::Subscription(_) | Key::Attempt(..) => None,
            });
            let cycles: Vec<(i64, &Row)> = cycles.collect();
            lost += lost_of((row, plan), &cycles, was_paid, now)?;
        }
        Ok(lost)
    }
}

/// How many of these uids there are beyond one a cycle.
fn beyond_one<'a>(paid: impl Iterator<Item = &'a str>) -> u64 {
    let mut times: BTreeMap<&str, u64> = BTreeMap::new();
    for uid in paid {
        *times.entry(uids::parts(uid).0).or_default() += 1;
    }
    times.into_values().map(|times| times - 1).sum()
}

/// How many cycles of a subscription are lost: those that it has, in order, and those that it should have.
fn lost_of(
    (row, plan): (&Row, &Plan),
    cycles: &[(i64, &Row)],
    was_paid: impl Fn(i64) -> bool,
    now: Timestamp,
) -> Result<u64> {
    let first = number(row, "first_cycle").unwrap_or(0);
    let newest = cycles.last().map_or(first - 1, |(n, _)| *n);
    let mut lost = u64::try_from(newest + 1 - first)?.saturating_sub(cycles.len() as u64);
    for (n, cycle) in cycles {
        let is_unpaid = is_paid(text(cycle, "state")) && !was_paid(*n);
        lost += u64::from(is_unpaid || is_out_of_sight(cycle, now)?);
    }
    let waits = |cycle: &(i64, &Row)| text(cycle.1, "state") == "scheduled";
    let is_over = matches!(text(row, "status"), "canceled" | "completed");
    if is_over || cycles.last().is_some_and(waits) {
        return Ok(lost);
    }

    // Nothing follows: whatever is due after it by now is lost.
    let anchor = anchor(row)?;
    let mut n = CycleNo::parse(u32::try_from(newest + 1)?)?;
    while plan.has_cycle(anchor, n)? && plan.due_at(anchor, n)? <= now {
        lost += 1;
        n = n.next()?;
    }
    Ok(lost)
}

/// Whether a cycle waits for longer than anything is waited for.
fn is_out_of_sight(cycle: &Row, now: Timestamp) -> Result<bool> {
    let Some(wake_at) = number(cycle, "wake_at") else {
        return Ok(false);
    };
    let due_at = instant(number(cycle, "due_at").context("a due date")?)?;
    Ok(instant(wake_at)? > later(now.max(due_at), LOOK_AGAIN_MAX))
}

fn anchor(row: &Row) -> Result<Anchor> {
    let at = instant(number(row, "anchor_at").context("an anchor")?)?;
    let moved = number(row, "moved_n").zip(number(row, "moved_at"));
    let moved = moved.map(|(n, at)| -> Result<(CycleNo, Timestamp)> {
        Ok((CycleNo::parse(u32::try_from(n)?)?, instant(at)?))
    });
    Ok(Anchor {
        at,
        moved: moved.transpose()?,
    })
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use serde_json::{Value, json};

    use super::*;
    use crate::core::calendar::Cadence;
    use crate::core::money::Krw;
    use crate::core::order::PlanId;
    use crate::core::particulars::Particulars;
    use crate::core::price::PriceList;
    use crate::core::template::NameTemplate;

    const DAY: i64 = 86_400_000_000;

    #[test]
    fn every_payment_beyond_one_a_cycle_is_counted() {
        let count = |uids: &[&str]| beyond_one(uids.iter().copied());
        assert_eq!(count(&["sim-p0-3", "sim-p0-4", "sim-p1-3"]), 0);
        assert_eq!(count(&["sim-p0-3", "sim-p0-3"]), 1);
        assert_eq!(count(&["sim-p0-3", "sim-p0-3a1", "sim-p0-3a2"]), 2);
    }

    fn row(of: Value) -> Row {
        serde_json::from_value(of).unwrap()
    }

    /// How many are lost on the tenth day of a subscription to one charge a day, paid at the gateway up to cycle 8.
    fn lost(status: &str, cycles: &[(i64, &str, i64)]) -> u64 {
        let plan = Plan {
            id: PlanId::parse("daily").unwrap(),
            name: NameTemplate::parse("Daily").unwrap(),
            amount: Krw::parse(100).unwrap(),
            dates: Cadence::parse("1 day").unwrap().into(),
            zone: TimeZone::UTC,
            price_list: PriceList::default(),
            particulars: Particulars::default(),
        };
        let subscription = row(json!({"anchor_at": 0, "first_cycle": 0, "status": status}));
        let cycles: Vec<(i64, Row)> = cycles
            .iter()
            .map(|(n, state, wakes_on)| {
                let mut cycle = row(json!({"state": state, "due_at": n * DAY}));
                if *wakes_on > 0 {
                    cycle.insert("wake_at".to_owned(), json!(wakes_on * DAY));
                }
                (*n, cycle)
            })
            .collect();
        let cycles: Vec<(i64, &Row)> = cycles.iter().map(|(n, cycle)| (*n, cycle)).collect();
        let now = instant(10 * DAY).unwrap();
        lost_of((&subscription, &plan), &cycles, |n| n <= 8, now).unwrap()
    }

    #[test]
    fn a_cycle_that_nobody_asks_for_is_counted() {
        let paid = (0..8).map(|n| (n, "paid", 0));
        let with = |rest: &[(i64, &'static str, i64)]| -> Vec<(i64, &'static str, i64)> {
            paid.clone().chain(rest.iter().copied()).collect()
        };
        let waits = [(8, "paid", 0), (9, "skipped", 0), (10, "scheduled", 11)];
        assert_eq!(lost("active", &with(&waits)), 0);
        // Nothing follows cycle 8, and 9 and 10 are due.
        assert_eq!(lost("active", &with(&[(8, "paid", 0)])), 2);
        assert_eq!(lost("paused", &with(&[(8, "paid", 0)])), 2);
        assert_eq!(lost("canceled", &with(&[(8, "paid", 0)])), 0);
        // One in between was never there, one is on record as paid and is not.
        let gap = [(9, "paid", 0), (10, "scheduled", 11)];
        assert_eq!(lost("active", &with(&gap)), 2);
        // Nobody looks at it in this century.
        assert_eq!(lost("active", &with(&[(8, "scheduled", 99_999)])), 1);
    }
}
