//! What is paid and not used: it is never lost, and grows only where a period ends before its time, by what
//! of it is left. Worked out here anew, as the documents say and not as the code does it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, ensure};

use crate::sim::books::{Books, Entry, Key, Row, number, text};

/// What subscriptions have, and what of it came in this instant.
#[derive(Debug, Default)]
pub(super) struct Credits {
    known: BTreeMap<i64, i64>,
    came: BTreeMap<i64, i64>,
    touched: BTreeSet<i64>,
}

impl Credits {
    /// The database is an older one from here on.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Takes an entry in. `before` is the row of its cycle as it was.
    pub(super) fn note(
        &mut self,
        entry: &Entry,
        before: Option<&Row>,
        books: &Books,
    ) -> Result<()> {
        let Some(subscription) = entry.subscription_key else {
            return Ok(());
        };
        if entry.after.contains("\"credit\"") || entry.kind == "recast" {
            self.touched.insert(subscription);
        }
        if let ("recast", Some(n), Some(before)) = (entry.kind.as_str(), entry.n, before) {
            let cycle = books.row(Key::Cycle(subscription, n)).context("a cycle")?;
            let to = number(before, "due_at").context("a due date")?;
            let now = number(cycle, "due_at").context("a due date")?;
            // What begins before its time ends the period before it.
            if now < to {
                let ended = books.row(Key::Cycle(subscription, n - 1));
                let left = left(ended.context("a period that ended")?, now, to)?;
                *self.came.entry(subscription).or_default() += left;
            }
        }
        Ok(())
    }

    /// At the end of an instant.
    pub(super) fn check(&mut self, books: &Books) -> Result<()> {
        for subscription in std::mem::take(&mut self.touched) {
            let has = has(books, subscription);
            let came = self.came.remove(&subscription).unwrap_or(0);
            let had = self.known.insert(subscription, has).unwrap_or(0);
            ensure!(
                has == had + came,
                "subscription {subscription} had a credit of {had}, {came} came, and it has {has}"
            );
        }
        Ok(())
    }

    /// Takes everything for known: what there is when a database is read for the first time.
    pub(super) fn learn(&mut self, books: &Books) {
        let all = books.subscriptions();
        self.known = all.map(|(key, _)| (key, has(books, key))).collect();
    }
}

/// What a subscription has, and what its cycles had of it that were asked for or will be.
fn has(books: &Books, subscription: i64) -> i64 {
    let row = books.row(Key::Subscription(subscription));
    let own = row.and_then(|row| number(row, "credit")).unwrap_or(0);
    let cycles = books.cycles().filter(|(key, _, _)| *key == subscription);
    let used = cycles.filter(|(_, _, cycle)| {
        text(cycle, "state") != "skipped" || text(cycle, "cause") == "free"
    });
    let used = used.filter_map(|(_, _, cycle)| number(cycle, "credit"));
    own + used.sum::<i64>()
}

/// What is left of what was paid for a period: all of it but the share in time that is gone, which is
/// rounded down.
fn left(cycle: &Row, now: i64, to: i64) -> Result<i64> {
    let credit = number(cycle, "credit").unwrap_or(0);
    let asked = number(cycle, "amount").context("an amount")?;
    let paid = match (text(cycle, "state"), text(cycle, "cause")) {
        ("paid" | "partially_refunded", _) => {
            asked - number(cycle, "refunded").unwrap_or(0) + credit
        }
        ("skipped", "free") => credit,
        _ => 0,
    };
    let from = number(cycle, "due_at").context("a due date")?;
    let used = i128::from(paid) * i128::from(now - from) / i128::from(to - from);
    Ok(paid - i64::try_from(used)?)
}
