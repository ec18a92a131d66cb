//! Whoever is bound by a minimum term or by notice does not end before, unless the desk let them go.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::SignedDuration;

use crate::core::calendar::CycleNo;
use crate::core::plan::Terms;
use crate::core::price::Trial;
use crate::core::term::Minimum;
use crate::sim::books::{Books, Entry, Key, number, text};
use crate::sim::dates;
use crate::sim::laws::instant;

/// The end that was named is no sooner than the plan says. Of plans with free cycles nothing is said here.
pub(super) fn holds(entry: &Entry, books: &Books, terms: &BTreeMap<i64, Terms>) -> Result<()> {
    let is_bound = matches!(&*entry.kind, "cancel" | "cancel_at_period_end");
    let Some(subscription) = entry.subscription_key.filter(|_| is_bound) else {
        return Ok(());
    };
    let row = books.row(Key::Subscription(subscription));
    let row = row.context("an end of nobody")?;
    let terms = number(row, "plan_key").and_then(|key| terms.get(&key));
    let plan = &terms.context("a plan that nobody knows")?.plan;
    // Before its second cycle is enrolled nothing was begun, unless that was elsewhere.
    let has_begun =
        number(row, "first_cycle") > Some(0) || books.row(Key::Cycle(subscription, 1)).is_some();
    let is_free = matches!(plan.price_list.trial, Some(Trial::Cycles(_)));
    if !has_begun || is_free || number(row, "moved_n").is_some() {
        return Ok(());
    }

    let end = number(row, "ended_at").or(number(row, "ends_at"));
    let end = instant(end.context("an end")?)?;
    let term = plan.price_list.term;
    if let Some(Minimum::Cycles(cycles)) = term.minimum {
        let anchor = instant(number(row, "anchor_at").context("an anchor")?)?;
        let over = match dates::due_at(plan, anchor, cycles.into())? {
            Some(over) => over,
            None => plan.due_at(anchor, CycleNo::parse(cycles.into())?)?,
        };
        ensure!(
            end >= over,
            "{}: it ends at {end}, and is bound until {over}",
            text(row, "id")
        );
    }
    if let Some(notice) = term.notice {
        // In Korea every day has 24 hours.
        let days = i64::try_from(notice.days_about(1))?;
        let heard_at = instant(entry.at)? + SignedDuration::from_hours(24 * days);
        let is_last = plan.price_list.cycles.is_some();
        ensure!(
            end >= heard_at || is_last,
            "{}: it ends at {end}, before notice is over",
            text(row, "id")
        );
    }
    Ok(())
}
