//! When the cycles of a plan are due, as the table `plan` keeps it.

use sqlx::FromRow;

use crate::core::calendar::{Cadence, Unit};
use crate::core::cron::Cron;
use crate::core::dates::Dates;
use crate::core::fixed_day::{Day, FirstPeriod, FixedDay};

/// The columns.
#[derive(Debug, Clone, PartialEq, Eq, Default, FromRow)]
pub(super) struct Columns {
    pub(super) cadence_count: Option<i64>,
    pub(super) cadence_unit: Option<String>,
    pub(super) fixed_day: Option<String>,
    pub(super) cron: Option<String>,
}

/// What the columns hold.
pub(super) fn write(dates: &Dates) -> Columns {
    let counted = |every: Cadence, fixed_day| Columns {
        cadence_count: Some(i64::from(every.count())),
        cadence_unit: Some(every.unit().name().to_owned()),
        fixed_day,
        cron: None,
    };
    match dates {
        Dates::Counted(every) => counted(*every, None),
        Dates::OnDay { every, day } => counted(*every, Some(write_day(*day))),
        Dates::OnCalendar { cron, first } => Columns {
            cron: Some(format!("{cron}, {}", first.name())),
            ..Columns::default()
        },
    }
}

/// Reads them; nothing when they hold what was not written by [`write`].
pub(super) fn read(columns: &Columns) -> Option<Dates> {
    if let Some(cron) = &columns.cron {
        let (cron, first) = cron.split_once(", ")?;
        return Some(Dates::OnCalendar {
            cron: Box::new(Cron::parse(cron).ok()?),
            first: FirstPeriod::named(first)?,
        });
    }
    let count = u16::try_from(columns.cadence_count?).ok()?;
    let unit = Unit::named(columns.cadence_unit.as_deref()?)?;
    let every = Cadence::new(count, unit).ok()?;
    Some(match &columns.fixed_day {
        None => Dates::Counted(every),
        Some(day) => Dates::OnDay {
            every,
            day: read_day(day)?,
        },
    })
}

/// A fixed day: `25 10:00 whole`, or `31 - free` at the anchor's own time.
fn write_day(rule: FixedDay) -> String {
    let time = rule
        .time
        .map_or("-".to_owned(), |time| time.strftime("%H:%M").to_string());
    format!("{:02} {time} {}", rule.day.number(), rule.first.name())
}

fn read_day(text: &str) -> Option<FixedDay> {
    let mut parts = text.split(' ');
    let (day, time, first) = (parts.next()?, parts.next()?, parts.next()?);
    Some(FixedDay {
        day: Day::of(day.parse().ok()?)?,
        time: match time {
            "-" => None,
            time => Some(time.parse().ok()?),
        },
        first: FirstPeriod::named(first)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let columns = |count, unit: &str, day: Option<&str>| Columns {
            cadence_count: Some(count),
            cadence_unit: Some(unit.to_owned()),
            fixed_day: day.map(ToOwned::to_owned),
            cron: None,
        };
        let cron = |text: &str| Columns {
            cron: Some(text.to_owned()),
            ..Columns::default()
        };
        for kept in [
            columns(2, "week", None),
            columns(1, "month", Some("25 10:00 whole")),
            columns(3, "month", Some("31 - free")),
            columns(1, "month", Some("01 00:00 prorated")),
            cron("0 10 1,15 * *, free"),
        ] {
            assert_eq!(write(&read(&kept).unwrap()), kept);
        }
        for bad in [
            columns(0, "week", None),
            columns(1, "hour", None),
            cron("0 10 1,15 * *"),
            cron("0 10 30 2 *, free"),
            cron("0 10 1 * *, half"),
            Columns::default(),
        ] {
            assert_eq!(read(&bad), None, "{bad:?}");
        }
        for day in ["", "32 - free", "25 ten whole", "25 10:00 half"] {
            assert_eq!(read(&columns(1, "month", Some(day))), None, "{day}");
        }
    }
}
