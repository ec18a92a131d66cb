//! When the cycles of a plan are due: counted from the anchor, or on days that are everybody's.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::core::calendar::{self, Cadence, CycleNo, OutOfCalendar};
use crate::core::cron::Cron;
use crate::core::fixed_day::{FirstPeriod, FixedDay};
use crate::core::price::Opening;

/// The rule by which the dates of a plan are computed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dates {
    /// So far apart, from the anchor on.
    Counted(Cadence),
    /// On one day of the month for everybody.
    OnDay {
        /// How far apart, in months: another unit is refused where the plan is written.
        every: Cadence,
        /// Which day.
        day: FixedDay,
    },
    /// On days of the calendar.
    OnCalendar {
        /// Which days.
        cron: Box<Cron>,
        /// What the days before the first of them cost.
        first: FirstPeriod,
    },
}

impl Dates {
    /// When cycle `n` is due, of a subscription whose cycles are counted from this instant.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_at(
        &self,
        start: Timestamp,
        zone: &TimeZone,
        n: CycleNo,
    ) -> Result<Timestamp, OutOfCalendar> {
        match self {
            Self::Counted(every) => calendar::due_at(start, zone, *every, n),
            Self::OnDay { every, day } => day.due_at(start, zone, every.count(), n),
            Self::OnCalendar { cron, .. } => cron.due_at(start, zone, n),
        }
    }

    /// What the first period is, of a subscription whose cycles are counted from this instant.
    pub fn opening(&self, start: Timestamp, zone: &TimeZone) -> Opening {
        match self {
            Self::Counted(_) => Opening::Regular,
            Self::OnDay { every, day } => day.opening(start, zone, every.count()),
            Self::OnCalendar { cron, first } => {
                let start = zone.to_datetime(start).date();
                match (cron.period_around(start), first) {
                    (None, _) | (Some(_), FirstPeriod::Whole) => Opening::Regular,
                    (Some(_), FirstPeriod::Free) => Opening::Free,
                    (Some((before, after)), FirstPeriod::Prorated) => Opening::Part {
                        days: days(start, after),
                        of: days(before, after),
                    },
                }
            }
        }
    }

    /// The period in which this instant lies, between two days that are everybody's; nothing on such a day, and
    /// where a period begins with its subscription.
    pub fn period_around(&self, at: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        match self {
            Self::Counted(_) => None,
            Self::OnDay { every, day } => day.period_around(at, zone, every.count()),
            Self::OnCalendar { cron, .. } => cron.period_between(at, zone),
        }
    }

    /// Whether they are the same for everybody, so that no anchor can be moved off them.
    pub const fn are_everybodys(&self) -> bool {
        match self {
            Self::Counted(_) => false,
            Self::OnDay { .. } | Self::OnCalendar { .. } => true,
        }
    }

    /// How many days so many cycles are, or nearly so.
    pub fn days_about(&self, cycles: u32) -> u64 {
        match self {
            Self::Counted(every) | Self::OnDay { every, .. } => every.days_about(cycles),
            Self::OnCalendar { cron, .. } => cron.days_about(cycles),
        }
    }
}

/// From one day to a later one.
fn days(from: Date, to: Date) -> u32 {
    let days = from.until(to).map_or(0, |span| span.get_days());
    u32::try_from(days).unwrap_or(0)
}

impl From<Cadence> for Dates {
    fn from(every: Cadence) -> Self {
        Self::Counted(every)
    }
}

impl fmt::Display for Dates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Counted(every) => write!(f, "every {every}"),
            Self::OnDay { every, day } => write!(f, "every {every} on {day}"),
            Self::OnCalendar { cron, first } => write!(f, "at cron {cron}{}", first.after_comma()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on_the_1st_and_15th(first: FirstPeriod) -> Dates {
        let cron = Cron::parse("0 10 1,15 * *").unwrap();
        Dates::OnCalendar {
            cron: Box::new(cron),
            first,
        }
    }

    #[test]
    fn a_first_period_by_cron_is_a_part_of_the_one_that_it_begins_in() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let dates = on_the_1st_and_15th(FirstPeriod::Prorated);
        let opening = |start: &str| dates.opening(start.parse().unwrap(), &zone);
        let part = |days, of| Opening::Part { days, of };
        for (start, expected) in [
            ("2026-02-02T00:00:00+09:00", part(13, 14)),
            ("2026-02-14T23:59:59+09:00", part(1, 14)),
            ("2026-02-15T12:00:00+09:00", Opening::Regular),
            ("2026-02-16T12:00:00+09:00", part(13, 14)),
            // From the 15th of December.
            ("2026-12-31T12:00:00+09:00", part(1, 17)),
            ("2026-01-01T00:00:00+09:00", Opening::Regular),
        ] {
            assert_eq!(opening(start), expected, "{start}");
        }
        let free = on_the_1st_and_15th(FirstPeriod::Free);
        let start = "2026-02-02T00:00:00+09:00".parse().unwrap();
        assert_eq!(free.opening(start, &zone), Opening::Free);
    }

    #[test]
    fn a_period_lies_between_two_days() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let dates = on_the_1st_and_15th(FirstPeriod::Whole);
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let around = |moment: &str| dates.period_around(at(moment), &zone);
        let new_year = (
            at("2025-12-15T10:00:00+09:00"),
            at("2026-01-01T10:00:00+09:00"),
        );
        assert_eq!(around("2025-12-31T23:59:59+09:00"), Some(new_year));
        assert_eq!(around("2026-01-01T09:00:00+09:00"), None);
        let counted = Dates::from(Cadence::parse("1 month").unwrap());
        assert_eq!(counted.period_around(new_year.0, &zone), None);
    }

    #[test]
    fn so_many_cycles_are_about_so_many_days() {
        assert_eq!(on_the_1st_and_15th(FirstPeriod::Whole).days_about(24), 366);
        let monthly = Dates::from(Cadence::parse("1 month").unwrap());
        assert!((364..=366).contains(&monthly.days_about(12)));
    }
}
