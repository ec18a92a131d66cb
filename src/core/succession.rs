//! From one version of a plan to the next: from when on a subscription pays by the new one, and what that
//! changes. Both versions have the same dates; a change of dates is not made behind a customer's back.

use std::sync::Arc;

use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::consent::Rise;
use crate::core::contract::Contract;
use crate::core::credit;
use crate::core::cycle::State;
use crate::core::plan::{Plan, Terms};
use crate::core::preview::{Preview, Subject, Waiting};
use crate::core::price::BadPrice;
use crate::core::subscription::Standing;

/// How many cycles are looked at before one by the new version has to come.
const ROWS_MAX: usize = 1_200;

/// The version that comes after.
#[derive(Debug, Clone, Copy)]
pub struct Successor<'a> {
    /// Its terms.
    pub terms: &'a Arc<Terms>,
    /// Cycles that are due from then on are charged by it.
    pub from: Timestamp,
}

/// What a change of versions means for one subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outlook {
    /// The first cycle by the new version.
    pub n: CycleNo,
    /// When it is charged.
    pub at: Timestamp,
    /// What it would have cost, in won.
    pub before: i64,
    /// What it costs.
    pub after: i64,
    /// How it is above what a cycle cost before, if it is: then it needs consent.
    pub rise: Option<Rise>,
    /// What the next cycles would have cost together.
    pub sum_before: i64,
    /// What they cost.
    pub sum_after: i64,
}

impl Successor<'_> {
    /// Whether a cycle that is due then is charged by it.
    pub fn takes(&self, due_at: Timestamp) -> bool {
        due_at >= self.from
    }

    /// A cycle that was enrolled by the old version and not tried, as the new one has it.
    pub fn reprice(&self, old: &Plan, contract: Contract, one: &Waiting) -> Waiting {
        let plan = &self.terms.plan;
        let applied = credit::apply(one.credit, plan.price(contract, one.n));
        Waiting {
            terms: self.terms.clone(),
            price: applied.asked,
            credit: applied.taken,
            rise: rise_to((plan, contract), (old, contract), (one.n, one.rise)),
            ..one.clone()
        }
    }
}

/// How the price of a cycle is above what was agreed to for it by the old version and contract. If it rose by
/// those already, nobody may have agreed to it yet: then it rises from there.
pub fn rise_to(
    (new, contract): (&Plan, Contract),
    (old, before): (&Plan, Contract),
    (n, rise): (CycleNo, Option<Rise>),
) -> Option<Rise> {
    let before = rise.map_or_else(|| old.regular(before, n), |rise| rise.from);
    Rise::between(before, new.regular(contract, n))
}

/// Whether every cycle is due by one version when it is due by the other, and nobody is bound by one whom the
/// other lets go.
pub fn keeps_dates(old: &Plan, new: &Plan) -> bool {
    old.dates == new.dates
        && old.zone == new.zone
        && old.price_list.trial == new.price_list.trial
        && old.price_list.term == new.price_list.term
}

/// What the change means over so many cycles; nothing when no cycle by the new version is left. Who stands
/// still is told what would be charged once that is over.
///
/// # Errors
/// [`BadPrice`] when as many as the subscription has cannot be had by the new version.
pub fn outlook(
    subject: Subject<'_>,
    waiting: &[Waiting],
    next: Successor<'_>,
    now: Timestamp,
    cycles: usize,
) -> Result<Option<Outlook>, BadPrice> {
    let subject = Subject {
        standing: Standing::Chargeable,
        ..subject
    };
    let repriced = waiting.iter().map(|one| {
        if matches!(one.cycle.state, State::Scheduled { .. }) && next.takes(one.due_at) {
            next.reprice(&subject.terms.plan, subject.contract, one)
        } else {
            one.clone()
        }
    });
    let as_new = Subject {
        next: Some(next),
        ..subject
    };
    let after = Preview::new(as_new, repriced.collect(), now).take(ROWS_MAX);
    let mut after = after.filter(|row| next.takes(row.due_at)).take(cycles);
    let Some(first) = after.next() else {
        return Ok(None);
    };
    // Only now: whom the new version does not concern it cannot be too dear for.
    next.terms.plan.check_quantity(subject.contract.quantity)?;
    let before = Preview::new(subject, waiting.to_vec(), now).take(ROWS_MAX);
    let before = before.filter(|row| row.n >= first.n).take(cycles);
    let before: Vec<i64> = before.map(|row| row.price.won()).collect();

    Ok(Some(Outlook {
        n: first.n,
        at: first.at,
        before: before.first().copied().unwrap_or(0),
        after: first.price.won(),
        rise: first.rise,
        sum_before: before.iter().sum(),
        sum_after: first.price.won() + after.map(|row| row.price.won()).sum::<i64>(),
    }))
}

#[cfg(test)]
mod tests {
    use crate::core::calendar::Cadence;
    use crate::core::dates::Dates;
    use crate::core::fixed_day::{Day, FirstPeriod, FixedDay};
    use crate::core::money::Krw;
    use crate::core::order::PlanId;
    use crate::core::particulars::Particulars;
    use crate::core::price::{Phase, PriceList, Trial};
    use crate::core::template::NameTemplate;
    use jiff::tz::TimeZone;

    use super::*;

    fn plan(amount: i64, phases: &[(u16, i64)]) -> Plan {
        let phase = |(cycles, amount): &(u16, i64)| Phase {
            cycles: *cycles,
            amount: Krw::parse(*amount).unwrap(),
        };
        Plan {
            id: PlanId::parse("basic").unwrap(),
            name: NameTemplate::parse("Basic").unwrap(),
            amount: Krw::parse(amount).unwrap(),
            dates: Cadence::parse("1 month").unwrap().into(),
            zone: TimeZone::UTC,
            price_list: PriceList {
                phases: phases.iter().map(phase).collect(),
                ..PriceList::default()
            },
            particulars: Particulars::default(),
        }
    }

    #[test]
    fn only_versions_with_the_same_dates_follow_each_other() {
        let old = plan(9_900, &[]);
        assert!(keeps_dates(&old, &plan(12_900, &[(3, 4_900)])));
        let changes: [fn(&mut Plan); 5] = [
            |plan| plan.dates = Cadence::parse("1 year").unwrap().into(),
            |plan| plan.zone = TimeZone::fixed(jiff::tz::offset(9)),
            |plan| plan.price_list.trial = Some(Trial::Cycles(1)),
            |plan| plan.price_list.term.notice = Cadence::parse("14 days").ok(),
            |plan| {
                plan.dates = Dates::OnDay {
                    every: Cadence::parse("1 month").unwrap(),
                    day: FixedDay {
                        day: Day::of(25).unwrap(),
                        time: None,
                        first: FirstPeriod::Whole,
                    },
                };
            },
        ];
        for change in changes {
            let mut new = plan(12_900, &[]);
            change(&mut new);
            assert!(!keeps_dates(&old, &new), "{new:?}");
        }
    }

    #[test]
    fn a_rise_is_measured_from_what_was_agreed_to() {
        let contract = Contract::of_one(Timestamp::UNIX_EPOCH);
        let n = CycleNo::parse(4).unwrap();
        let rise = |old: &Plan, new: &Plan, own| {
            rise_to((new, contract), (old, contract), (n, own)).map(|rise| (rise.from, rise.to))
        };
        let (cheap, dear) = (plan(9_900, &[]), plan(12_900, &[]));
        assert_eq!(rise(&cheap, &dear, None), Some((9_900, 12_900)));
        assert_eq!(rise(&dear, &cheap, None), None);
        // It rose already, and nobody agreed to that yet.
        let own = Rise::between(4_900, 9_900);
        assert_eq!(rise(&cheap, &dear, own), Some((4_900, 12_900)));
        assert_eq!(rise(&cheap, &plan(4_900, &[]), own), None);
    }
}
