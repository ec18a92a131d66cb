//! Where a due date, a first try and a price come from, in words.

use jiff::Timestamp;

use crate::core::calendar::{Anchor, CycleNo, OutOfCalendar, Unit};
use crate::core::contract::{Contract, Quantity};
use crate::core::explain::{hours, local};
use crate::core::money::grouped;
use crate::core::plan::Terms;
use crate::core::price::{Line, Trial, What};
use crate::core::window::Window;

/// How the due date of a cycle comes about.
///
/// # Errors
/// [`OutOfCalendar`] beyond the year 9999.
pub fn due(terms: &Terms, anchor: Anchor, n: CycleNo) -> Result<String, OutOfCalendar> {
    let (zone, cadence) = (&terms.plan.zone, terms.plan.cadence);
    let due_at = terms.plan.due_at(anchor, n)?;
    if let Some((moved_to, steps)) = anchor.moved_before(n) {
        let name = zone.iana_name().unwrap_or("the plan's zone");
        return Ok(format!(
            "anchor moved to {} + {steps} x {cadence} = {} in {name}",
            local(moved_to, zone),
            local(due_at, zone)
        ));
    }
    let anchor = anchor.at;
    let starts_at = terms.plan.starts_at(anchor)?;
    let name = zone.iana_name().unwrap_or("the plan's zone");
    let start = match terms.plan.price_list.trial {
        Some(Trial::Span(span)) => format!(
            "anchor {} + a trial of {span} = {}",
            local(anchor, zone),
            local(starts_at, zone)
        ),
        Some(Trial::Cycles(_)) | None => format!("anchor {}", local(anchor, zone)),
    };
    if n.number() == 0 {
        return Ok(format!("{start} in {name}"));
    }

    if let Some(day) = terms.plan.fixed_day {
        return Ok(format!(
            "{start}; then on {} every {cadence}: {} in {name}",
            day.day,
            local(due_at, zone)
        ));
    }

    let begin = start;
    let (start, end) = (zone.to_datetime(starts_at), zone.to_datetime(due_at));
    let is_clamped = matches!(cadence.unit(), Unit::Month | Unit::Year) && start.day() != end.day();
    let clamped = if is_clamped {
        format!(", the last day of a month without day {}", start.day())
    } else {
        String::new()
    };
    Ok(format!(
        "{begin} + {n} x {cadence} = {} in {name}{clamped}",
        local(due_at, zone)
    ))
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
        What::Amount | What::Phase(_) | What::Part { .. } if contract.quantity > Quantity::ONE => {
            format!("{} x ", contract.quantity)
        }
        What::Amount
        | What::Phase(_)
        | What::Part { .. }
        | What::FirstPeriod
        | What::Trial
        | What::Coupon(_)
        | What::SetupFee => String::new(),
    }
}
