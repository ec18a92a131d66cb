//! Simulated plans whose days are everybody's. Which days those are is worked out here anew, by looking at
//! one day after the other, and not as the code does it.

use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use jiff::civil::{Date, Time, Weekday, time};

use crate::core::calendar::Cadence;
use crate::core::cron::Cron;
use crate::core::dates::Dates;
use crate::core::fixed_day::{Day, FirstPeriod, FixedDay};
use crate::core::plan::Plan;
use crate::sim::draw::Draws;

/// Expressions, each with its time of the day.
const CRONS: [(&str, Time); 4] = [
    ("0 10 * * MON", time(10, 0, 0, 0)),
    ("30 11 1,15 * *", time(11, 30, 0, 0)),
    ("0 10 */3 * *", time(10, 0, 0, 0)),
    ("0 19 L * *", time(19, 0, 0, 0)),
];

/// Other dates than those that are counted from an anchor; most plans have none.
pub(super) fn draw(draws: &mut Draws) -> Result<Option<Dates>> {
    let first = draws.one_of([FirstPeriod::Whole, FirstPeriod::Prorated]);
    let day = Day::of(draws.one_of([1, 5, 10, 31])).context("a day")?;
    let (text, _) = draws.one_of(CRONS);
    Ok(match draws.below(8) {
        0 => Some(Dates::OnDay {
            every: Cadence::parse("1 month")?,
            day: FixedDay {
                day,
                time: Some(time(10, 0, 0, 0)),
                first,
            },
        }),
        1 | 2 => Some(Dates::OnCalendar {
            cron: Box::new(Cron::parse(text)?),
            first,
        }),
        _ => None,
    })
}

/// When cycle `n` is due, of somebody with this anchor; nothing where it is counted.
pub(super) fn due_at(plan: &Plan, anchor: Timestamp, n: u32) -> Result<Option<Timestamp>> {
    let Some(time) = time_of(&plan.dates)? else {
        return Ok(None);
    };
    let mut day = plan.zone.to_datetime(anchor).date();
    for _ in 0..n {
        day = next(&plan.dates, day, Date::tomorrow)?;
    }
    let due_at = plan.zone.to_timestamp(day.to_datetime(time))?;
    Ok(Some(if n == 0 { anchor } else { due_at }))
}

/// What the first period is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum First {
    /// Paid like any other.
    Whole,
    /// So many days of so many, paid as such.
    Part(i64, i64),
    /// Not paid at all.
    Free,
}

/// Has the first period of everybody's days cost nothing.
pub(super) const fn start_free(dates: &mut Dates) {
    if let Dates::OnDay {
        day: FixedDay { first, .. },
        ..
    }
    | Dates::OnCalendar { first, .. } = dates
    {
        *first = FirstPeriod::Free;
    }
}

/// What the first period is of somebody with this anchor.
pub(super) fn first(plan: &Plan, anchor: Timestamp) -> Result<First> {
    let (Dates::OnDay {
        day: FixedDay { first, .. },
        ..
    }
    | Dates::OnCalendar { first, .. }) = &plan.dates
    else {
        return Ok(First::Whole);
    };
    let start = plan.zone.to_datetime(anchor).date();
    if is_meant(&plan.dates, start)? {
        return Ok(First::Whole);
    }
    match first {
        FirstPeriod::Whole => return Ok(First::Whole),
        FirstPeriod::Free => return Ok(First::Free),
        FirstPeriod::Prorated => {}
    }
    let before = next(&plan.dates, start, Date::yesterday)?;
    let after = next(&plan.dates, start, Date::tomorrow)?;
    let days = |from: Date| Ok::<i64, anyhow::Error>(from.until(after)?.get_days().into());
    Ok(First::Part(days(start)?, days(before)?))
}

/// So many microseconds of so many.
pub(super) type Share = (i64, i64);

/// What is left at this moment of the period in which it lies; nothing on a day that is meant, or where periods
/// begin with their subscription.
pub(super) fn rest(plan: &Plan, at: Timestamp) -> Result<Option<Share>> {
    let Some(time) = time_of(&plan.dates)? else {
        return Ok(None);
    };
    let day = plan.zone.to_datetime(at).date();
    if is_meant(&plan.dates, day)? {
        return Ok(None);
    }
    let instant = |day: Date| plan.zone.to_timestamp(day.to_datetime(time));
    let before = instant(next(&plan.dates, day, Date::yesterday)?)?;
    let after = instant(next(&plan.dates, day, Date::tomorrow)?)?;
    let span = |from: Timestamp| after.as_microsecond() - from.as_microsecond();
    Ok(Some((span(at), span(before))))
}

/// The nearest day in that direction that is meant.
fn next(dates: &Dates, day: Date, step: fn(Date) -> Result<Date, jiff::Error>) -> Result<Date> {
    let mut day = step(day)?;
    while !is_meant(dates, day)? {
        day = step(day)?;
    }
    Ok(day)
}

fn is_meant(dates: &Dates, date: Date) -> Result<bool> {
    let is_last = date.day() == date.days_in_month();
    Ok(match dates {
        Dates::Counted(_) => bail!("there are no days of everybody"),
        Dates::OnDay { day, .. } => {
            date.day() == day.day.number() || (is_last && date.day() < day.day.number())
        }
        Dates::OnCalendar { cron, .. } => match cron.as_str() {
            "0 10 * * MON" => date.weekday() == Weekday::Monday,
            "30 11 1,15 * *" => matches!(date.day(), 1 | 15),
            "0 10 */3 * *" => date.day() % 3 == 1,
            "0 19 L * *" => is_last,
            other => bail!("nobody worked out the days of {other}"),
        },
    })
}

fn time_of(dates: &Dates) -> Result<Option<Time>> {
    Ok(match dates {
        Dates::Counted(_) => None,
        Dates::OnDay { day, .. } => day.time,
        Dates::OnCalendar { cron, .. } => {
            let known = CRONS.iter().find(|(text, _)| *text == cron.as_str());
            Some(known.context("a known expression")?.1)
        }
    })
}
