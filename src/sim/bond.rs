//! Whoever is bound by a minimum term or by notice does not end before, unless the desk let them go.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};

use crate::core::calendar::{Cadence, CycleNo};
use crate::core::plan::{Plan, Terms};
use crate::core::price::Trial;
use crate::core::term::{Minimum, Term};
use crate::sim::books::{Books, Entry, Key, number, text};
use crate::sim::dates::{self, First};
use crate::sim::draw::Draws;
use crate::sim::laws::instant;

/// How the journal calls an end that somebody asked for.
const END_KINDS: [&str; 4] = [
    "cancel",
    "cancel_at_period_end",
    "cancel_early",
    "cancel_early_at_period_end",
];

/// What binds whoever subscribes to a plan, for about as long as a world lasts.
pub(super) fn draw(draws: &mut Draws) -> Result<Term> {
    let minimum = Some(Minimum::Cycles(draws.one_of([2, 4])));
    let notice = Some(Cadence::parse(draws.one_of(["3 days", "9 days"]))?);
    let (minimum, notice) = draws.one_of([(minimum, None), (None, notice), (minimum, notice)]);
    Ok(Term { minimum, notice })
}

/// An end that was named, and until when the plan binds.
struct End<'a> {
    id: &'a str,
    at: Timestamp,
    /// When the minimum term is over, if there is one.
    over: Option<Timestamp>,
    /// When notice that was given with it is over, if it has to be given.
    heard_at: Option<Timestamp>,
}

/// The end that was named is no sooner than the plan says.
pub(super) fn holds(entry: &Entry, books: &Books, terms: &BTreeMap<i64, Terms>) -> Result<()> {
    let is_bound = matches!(&*entry.kind, "cancel" | "cancel_at_period_end");
    let Some(end) = End::of(entry, books, terms)?.filter(|_| is_bound) else {
        return Ok(());
    };
    let End { id, at, .. } = end;
    if let Some(over) = end.over {
        ensure!(
            at >= over,
            "{id}: it ends at {at}, and is bound until {over}"
        );
    }
    if let Some(heard_at) = end.heard_at {
        ensure!(
            at >= heard_at,
            "{id}: it ends at {at}, before notice is over"
        );
    }
    Ok(())
}

/// Whether the desk let somebody go whom the plan binds.
pub(super) fn is_waived(
    entry: &Entry,
    books: &Books,
    terms: &BTreeMap<i64, Terms>,
) -> Result<bool> {
    let is_early = entry.kind.starts_with("cancel_early");
    let end = End::of(entry, books, terms)?.filter(|_| is_early);
    Ok(end.is_some_and(|end| end.over.max(end.heard_at) > Some(end.at)))
}

impl<'a> End<'a> {
    /// The end that this entry names, if it does. Of plans with free cycles nothing is said here.
    fn of(entry: &Entry, books: &'a Books, terms: &BTreeMap<i64, Terms>) -> Result<Option<Self>> {
        let is_end = END_KINDS.contains(&&*entry.kind);
        let Some(subscription) = entry.subscription_key.filter(|_| is_end) else {
            return Ok(None);
        };
        let row = books.row(Key::Subscription(subscription));
        let row = row.context("an end of nobody")?;
        let terms = number(row, "plan_key").and_then(|key| terms.get(&key));
        let plan = &terms.context("a plan that nobody knows")?.plan;
        // Before its second cycle is enrolled nothing was begun, unless that was elsewhere.
        let has_begun = number(row, "first_cycle") > Some(0)
            || books.row(Key::Cycle(subscription, 1)).is_some();
        let anchor = instant(number(row, "anchor_at").context("an anchor")?)?;
        let is_free = matches!(plan.price_list.trial, Some(Trial::Cycles(_)))
            || dates::first(plan, anchor)? == First::Free;
        if !has_begun || is_free || number(row, "moved_n").is_some() {
            return Ok(None);
        }

        let at = number(row, "ended_at").or(number(row, "ends_at"));
        Ok(Some(Self {
            id: text(row, "id"),
            at: instant(at.context("an end")?)?,
            over: minimum_over(plan, anchor)?,
            heard_at: heard_at(plan, entry)?,
        }))
    }
}

fn minimum_over(plan: &Plan, anchor: Timestamp) -> Result<Option<Timestamp>> {
    let Some(Minimum::Cycles(cycles)) = plan.price_list.term.minimum else {
        return Ok(None);
    };
    Ok(Some(match dates::due_at(plan, anchor, cycles.into())? {
        Some(over) => over,
        None => plan.due_at(anchor, CycleNo::parse(cycles.into())?)?,
    }))
}

fn heard_at(plan: &Plan, entry: &Entry) -> Result<Option<Timestamp>> {
    let is_last = plan.price_list.cycles.is_some();
    let Some(notice) = plan.price_list.term.notice.filter(|_| !is_last) else {
        return Ok(None);
    };
    // In Korea every day has 24 hours.
    let days = i64::try_from(notice.days_about(1))?;
    Ok(Some(
        instant(entry.at)? + SignedDuration::from_hours(24 * days),
    ))
}
