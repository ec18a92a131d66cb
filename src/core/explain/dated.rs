//! Where a due date, a first try and a price come from, in words.

use jiff::Timestamp;

use crate::core::calendar::{Anchor, Cadence, CycleNo, OutOfCalendar, Unit};
use crate::core::civil::local;
use crate::core::contract::{Contract, Quantity};
use crate::core::cycle::State;
use crate::core::dates::Dates;
use crate::core::explain::hours;
use crate::core::money::grouped;
use crate::core::plan::{Plan, Terms};
use crate::core::price::{Line, Trial, What};
use crate::core::window::Window;

/// How the due date of a cycle comes about.
///
/// # Errors
/// [`OutOfCalendar`] beyond the year 9999.
pub fn due(terms: &Terms, anchor: Anchor, n: CycleNo) -> Result<String, OutOfCalendar> {
    let plan = &terms.plan;
    let due_at = plan.due_at(anchor, n)?;
    let (start, from, steps) = match anchor.moved_before(n) {
        Some((at, steps)) => {
            let start = format!("anchor moved to {}", local(at, &plan.zone));
            (start, at, steps)
        }
        None => (beginning(plan, anchor.at)?, plan.starts_at(anchor.at)?, n),
    };

    let name = plan.zone.iana_name().unwrap_or("the plan's zone");
    let due = local(due_at, &plan.zone);
    Ok(match &plan.dates {
        _ if steps.number() == 0 => format!("{start} in {name}"),
        Dates::Counted(every) => {
            let clamped = clamped(plan, *every, (from, due_at));
            format!("{start} + {steps} x {every} = {due} in {name}{clamped}")
        }
        Dates::OnDay { every, day } => {
            let day = day.day;
            format!("{start}; then on {day} every {every}: {due} in {name}")
        }
        Dates::OnCalendar { cron, .. } => {
            format!("{start}; then day {steps} of cron {cron}: {due} in {name}")
        }
    })
}

/// Where cycles are counted from.
fn beginning(plan: &Plan, anchor: Timestamp) -> Result<String, OutOfCalendar> {
    let at = local(anchor, &plan.zone);
    Ok(match plan.price_list.trial {
        Some(Trial::Span(span)) => {
            let starts_at = local(plan.starts_at(anchor)?, &plan.zone);
            format!("anchor {at} + a trial of {span} = {starts_at}")
        }
        Some(Trial::Cycles(_)) | None => format!("anchor {at}"),
    })
}

/// That a month lacks the day on which it would be due.
fn clamped(plan: &Plan, every: Cadence, (from, due_at): (Timestamp, Timestamp)) -> String {
    let day = |at: Timestamp| plan.zone.to_datetime(at).day();
    if matches!(every.unit(), Unit::Month | Unit::Year) && day(from) != day(due_at) {
        format!(", the last day of a month without day {}", day(from))
    } else {
        String::new()
    }
}

/// What binds a subscription of which this cycle waits, due then, and when it would end if somebody said so
/// now; nothing when nothing does.
///
/// # Errors
/// [`OutOfCalendar`] beyond the year 9999.
pub fn term(
    terms: &Terms,
    anchor: Anchor,
    waiting: (CycleNo, Timestamp),
    now: Timestamp,
) -> Result<Option<String>, OutOfCalendar> {
    let (plan, term) = (&terms.plan, terms.plan.price_list.term);
    if term.is_none() {
        return Ok(None);
    }
    let leave = plan.leave(anchor, waiting, now)?;
    let bonds = [
        term.minimum.map(|least| format!("at least {least}")),
        term.notice.map(|notice| format!("{notice} of notice")),
    ];
    let bonds: Vec<String> = bonds.into_iter().flatten().collect();
    let at = local(leave.at, &plan.zone);
    let end = match (leave.kept_by, leave.not_now) {
        (Some(bond), _) => format!("it would end at {at}, kept by {bond}"),
        (None, Some(_)) => format!("it would end at {at}, and not at once"),
        (None, None) => format!("it would end at {at}, or at once"),
    };
    Ok(Some(format!("{}; canceled now {end}", bonds.join(", "))))
}

/// When a cycle that is enrolled was tried first, or is to be. What was put off by another window, by a release or
/// by a clock keeps its moment.
pub fn first_try_of(
    terms: &Terms,
    due_at: Timestamp,
    (begun_at, state): (Option<Timestamp>, &State),
) -> String {
    let local = |at| local(at, &terms.plan.zone);
    let opens_at = terms.window.earliest(due_at, &terms.plan.zone);
    match (begun_at, state) {
        (Some(at), _) => format!("{}: begun then", local(at)),
        (None, State::Scheduled { try_at }) if *try_at != opens_at => format!(
            "{}: put off until then; it would be {} if it were enrolled now",
            local(*try_at),
            local(opens_at)
        ),
        (None, _) => first_try(terms, due_at),
    }
}

/// How the first try follows from the due date.
pub fn first_try(terms: &Terms, due_at: Timestamp) -> String {
    let window = terms.window;
    let opens_at = window.earliest(due_at, &terms.plan.zone);
    let try_at = local(opens_at, &terms.plan.zone);
    if window == Window::Unguarded {
        format!("{try_at}: charges go out at any time")
    } else if opens_at == due_at {
        format!("{try_at}: inside the charge window {}", hours(window))
    } else {
        format!("{try_at}: the charge window {} opens then", hours(window))
    }
}

/// How the price of a cycle comes about.
pub fn price(terms: &Terms, contract: Contract, n: CycleNo) -> String {
    let lines = terms.plan.price_lines(contract, n);
    let words: Vec<String> = lines
        .iter()
        .map(|line| format!("{}{} {}", of(contract, line), line.what, grouped(line.won)))
        .collect();
    words.join(" + ")
}

/// How many of it a line is for, where that is more than one.
fn of(contract: Contract, line: &Line) -> String {
    match line.what {
        What::Amount | What::Phase(_) | What::Part { .. } | What::Rest(_)
            if contract.quantity > Quantity::ONE =>
        {
            format!("{} x ", contract.quantity)
        }
        What::Amount
        | What::Phase(_)
        | What::Part { .. }
        | What::Rest(_)
        | What::FirstPeriod
        | What::Trial
        | What::Coupon(_)
        | What::SetupFee => String::new(),
    }
}
