//! When a plan is due, out of the keys that say it, and what of them does not go together.

use crate::config::plans::refuse_at;
use crate::config::problems::{Fault, Report};
use crate::config::raw::{Parsed, RawFixedDay, RawPlan};
use crate::core::calendar::{Cadence, Unit};
use crate::core::dates::Dates;
use crate::core::fixed_day::{Day, FirstPeriod, FixedDay};

/// The dates of a plan; nothing when it does not say them, of which the report knows.
pub(crate) fn dates(id: &str, raw: &mut RawPlan, report: &mut Report) -> Option<Dates> {
    let first = raw.first.map_or(FirstPeriod::Prorated, Into::into);
    let every = raw.every.as_ref().map(|Parsed(every)| *every);
    if let Some(Parsed(cron)) = raw.cron.take() {
        refuse_beside_cron(id, raw, report);
        let cron = Box::new(cron);
        return Some(Dates::OnCalendar { cron, first });
    }

    let Some(written) = &raw.anchor else {
        refuse_first_alone(id, raw, report);
        return every.map(Dates::Counted);
    };
    let day = on_day(id, written, (every, first), report)?;
    Some(Dates::OnDay { every: every?, day })
}

fn on_day(
    id: &str,
    written: &RawFixedDay,
    (every, first): (Option<Cadence>, FirstPeriod),
    report: &mut Report,
) -> Option<FixedDay> {
    if let Some(every) = every
        && every.unit() != Unit::Month
    {
        let what = format!("a day of the month does not go with every = \"{every}\"");
        let remedy = "count every in months, or leave the anchor out";
        refuse_at(
            &format!("plans.{id}.anchor"),
            &Fault::new(what, remedy),
            report,
        );
    }
    Some(FixedDay {
        day: Day::of(written.day)?,
        time: written.time.as_ref().map(|Parsed(time)| *time),
        first,
    })
}

fn refuse_beside_cron(id: &str, raw: &RawPlan, report: &mut Report) {
    if raw.every.is_some() {
        let fault = Fault::new(
            "says when it is due, and cron does too",
            "keep one of the two",
        );
        refuse_at(&format!("plans.{id}.every"), &fault, report);
    }
    if raw.anchor.is_some() {
        let fault = Fault::new(
            "goes with every only",
            "leave it out: cron has the day and time",
        );
        refuse_at(&format!("plans.{id}.anchor"), &fault, report);
    }
}

fn refuse_first_alone(id: &str, raw: &RawPlan, report: &mut Report) {
    let is_sound = |key: &str| report.is_sound(&format!("plans.{id}.{key}"));
    if raw.first.is_some() && is_sound("anchor") && is_sound("cron") {
        let remedy = "write anchor = { day = 25 } or cron too, or leave first out";
        let fault = Fault::new("goes with a fixed day or cron only", remedy);
        refuse_at(&format!("plans.{id}.first"), &fault, report);
    }
}
