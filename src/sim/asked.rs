//! What a cycle asks for when it is tried first, and that its customer agreed to it. It remembers what the one
//! before it cost then: of another quantity, or with a coupon that is gone.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::plan::{Plan, Terms};
use crate::sim::books::{Books, Entry, Key, Row, number, text};
use crate::sim::prices::{self, Bought};

/// What was asked for so far.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// What a whole cycle cost when it was tried first, or was paid for elsewhere, of each subscription by its
    /// id. Of these a restored copy knows those that it saw begin.
    costs: BTreeMap<(String, u32), i64>,
}

/// A cycle that is tried for the first time.
#[derive(Debug, Clone, Copy)]
pub(super) struct First<'a> {
    pub(super) no: CycleNo,
    pub(super) row: &'a Row,
    pub(super) cycle: &'a Row,
    /// The version that it is charged by, and what of it is bought.
    pub(super) plan: &'a Plan,
    pub(super) bought: Bought<'a>,
    /// The version that the cycle before it was enrolled by.
    pub(super) earlier: &'a Plan,
}

impl Asked {
    /// Whoever joins after cycles that were paid elsewhere paid for the last of them what it costs to have as
    /// much as they want.
    pub(super) fn note(
        &mut self,
        entry: &Entry,
        books: &Books,
        terms: &BTreeMap<i64, Terms>,
    ) -> Result<()> {
        if entry.kind != "added" {
            return Ok(());
        }
        let row = entry
            .subscription_key
            .and_then(|key| books.row(Key::Subscription(key)));
        let row = row.context("somebody who joins and is not there")?;
        let plan = number(row, "plan_key").and_then(|key| terms.get(&key));
        let plan = &plan.context("a plan that nobody knows")?.plan;
        if let Some(elsewhere) = last_elsewhere(row) {
            let whole = prices::whole(plan, elsewhere, Bought::of(row, plan)?);
            self.costs
                .insert((text(row, "id").to_owned(), elsewhere), whole);
        }
        Ok(())
    }

    /// The database is an older one from here on: what it did not see begin, it may begin at another price.
    pub(super) fn forget(&mut self, books: &Books) {
        let begun = books
            .cycles()
            .filter(|(_, _, cycle)| number(cycle, "attempts").is_some_and(|times| times > 0))
            .filter_map(|(subscription, n, _)| {
                let row = books.row(Key::Subscription(subscription))?;
                Some((text(row, "id").to_owned(), u32::try_from(n).ok()?))
            });
        let elsewhere = books.subscriptions();
        let elsewhere = elsewhere
            .filter_map(|(_, row)| Some((text(row, "id").to_owned(), last_elsewhere(row)?)));
        let known: BTreeSet<(String, u32)> = begun.chain(elsewhere).collect();
        self.costs.retain(|cycle, _| known.contains(cycle));
    }

    /// What it asks for is what it costs, and is fixed from here on: the schema says so. Whoever pays more than
    /// for the cycle before agreed to that.
    pub(super) fn first(&mut self, first: First<'_>, at: Timestamp) -> Result<()> {
        let First {
            no, bought, plan, ..
        } = first;
        let n = no.number();
        let price = prices::price(plan, n, bought);
        let credit = number(first.cycle, "credit").unwrap_or(0);
        let amount = number(first.cycle, "amount");
        ensure!(
            price > credit && amount == Some(price - credit),
            "cycle {n} costs {price} won, {credit} of it are paid, and {amount:?} are asked for"
        );

        let whole = prices::whole(plan, n, bought);
        let id = text(first.row, "id").to_owned();
        self.costs.insert((id.clone(), n), whole);
        let Some(before) = n.checked_sub(1) else {
            return Ok(());
        };
        let known = self.costs.get(&(id, before)).copied();
        let before = known.unwrap_or_else(|| prices::whole(first.earlier, before, bought));
        prices::agreed(first.row, (before, whole), n, at)
    }
}

/// The last of the cycles that were paid elsewhere, if any were.
fn last_elsewhere(row: &Row) -> Option<u32> {
    u32::try_from(number(row, "first_cycle")?)
        .ok()?
        .checked_sub(1)
}
