//! A plan whose cycles fall on one day of the month for everybody, whenever they began: the 25th, or the
//! last. Every date is computed from the rule and the number of the cycle, so that a short month does not
//! make a later one short as well.

use std::fmt;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::core::calendar::{CycleNo, OutOfCalendar};
use crate::core::price::Opening;

/// The day, and what becomes of the time before the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FixedDay {
    /// Which day of the month.
    pub day: Day,
    /// At which time of the day; that of the anchor when there is none.
    pub time: Option<Time>,
    /// What the first period costs, when a subscription begins between two such days.
    pub first: FirstPeriod,
}

/// A day of the month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day(i8);

/// What a first period that is shorter than the others costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPeriod {
    /// As much as a whole one.
    Whole,
    /// As much as its days are of those of a whole one.
    Prorated,
    /// Nothing.
    Free,
}

impl Day {
    /// The last day of every month.
    pub const LAST: Self = Self(31);

    /// Takes a day from 1 to 31. In a month without it, it is the last one.
    pub fn of(day: i64) -> Option<Self> {
        let day = i8::try_from(day).ok()?;
        (1..=31).contains(&day).then_some(Self(day))
    }

    /// The number; 31 for the last.
    pub const fn number(self) -> i8 {
        self.0
    }

    /// That day in the month of a date.
    fn in_month(self, month: Date) -> Result<Date, jiff::Error> {
        Date::new(
            month.year(),
            month.month(),
            self.0.min(month.days_in_month()),
        )
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            31 => f.write_str("the last day"),
            day => write!(f, "day {day}"),
        }
    }
}

impl FirstPeriod {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Whole, Self::Prorated, Self::Free];

    /// The name in configuration and database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Whole => "whole",
            Self::Prorated => "prorated",
            Self::Free => "free",
        }
    }

    /// The end of a sentence about dates.
    pub const fn after_comma(self) -> &'static str {
        match self {
            Self::Whole => "",
            Self::Prorated => ", the first period prorated",
            Self::Free => ", the first period free",
        }
    }

    /// The choice of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|first| first.name() == text)
    }
}

impl FixedDay {
    /// When cycle `n` is due, of a subscription that starts at this instant and has a cycle every so
    /// many months. Cycle 0 is due at once, the others on the days that follow.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_at(
        &self,
        start: Timestamp,
        zone: &TimeZone,
        months: u16,
        n: CycleNo,
    ) -> Result<Timestamp, OutOfCalendar> {
        if n.number() == 0 {
            return Ok(start);
        }
        let lost = |_| OutOfCalendar { cycle: n.number() };
        let grid = self.grid(start, zone).map_err(lost)?;
        let steps = if grid.starts_on_it {
            n.number()
        } else {
            n.number() - 1
        };
        let months = i64::from(months) * i64::from(steps);
        self.instant(grid, months, zone).map_err(lost)
    }

    /// What the first period is, of a subscription that starts at this instant.
    pub fn opening(&self, start: Timestamp, zone: &TimeZone, months: u16) -> Opening {
        let (Ok(grid), first) = (self.grid(start, zone), self.first) else {
            return Opening::Regular;
        };
        if grid.starts_on_it {
            return Opening::Regular;
        }
        match first {
            FirstPeriod::Whole => Opening::Regular,
            FirstPeriod::Free => Opening::Free,
            FirstPeriod::Prorated => {
                let days = self.days(grid, zone.to_datetime(start).date(), months);
                // Where the calendar begins there is no day before the first.
                days.unwrap_or(Opening::Regular)
            }
        }
    }

    /// The period in which this instant lies, from such a day to the next; nothing on the day itself.
    pub fn period_around(
        &self,
        at: Timestamp,
        zone: &TimeZone,
        months: u16,
    ) -> Option<(Timestamp, Timestamp)> {
        let grid = self.grid(at, zone).ok()?;
        if grid.starts_on_it {
            return None;
        }
        let before = self.instant(grid, -i64::from(months), zone).ok()?;
        Some((before, self.instant(grid, 0, zone).ok()?))
    }

    /// The share of the first period in a whole one, in days.
    fn days(&self, grid: Grid, start: Date, months: u16) -> Option<Opening> {
        let end = self.day.in_month(grid.month).ok()?;
        let before = grid.month.checked_sub(Span::new().months(months)).ok()?;
        let before = self.day.in_month(before).ok()?;
        let count = |from: Date| u32::try_from(from.until(end).ok()?.get_days()).ok();
        Some(Opening::Part {
            days: count(start)?,
            of: count(before)?,
        })
    }

    /// The first such day on or after that of the start. Who starts on the day itself, at whatever time,
    /// is not charged again for it.
    fn grid(&self, start: Timestamp, zone: &TimeZone) -> Result<Grid, jiff::Error> {
        let local: DateTime = zone.to_datetime(start);
        let month = local.date().first_of_month();
        let day = self.day.in_month(month)?;
        let is_past = day < local.date();
        Ok(Grid {
            month: month.checked_add(Span::new().months(i64::from(is_past)))?,
            time: self.time.unwrap_or(local.time()),
            starts_on_it: day == local.date(),
        })
    }

    /// The day so many months after the first one, as an instant.
    fn instant(&self, grid: Grid, months: i64, zone: &TimeZone) -> Result<Timestamp, jiff::Error> {
        let month = grid.month.checked_add(Span::new().try_months(months)?)?;
        let local = self.day.in_month(month)?.to_datetime(grid.time);
        zone.to_ambiguous_timestamp(local).compatible()
    }
}

/// Where the days of one subscription begin.
#[derive(Debug, Clone, Copy)]
struct Grid {
    /// The first day of the month of the first one.
    month: Date,
    time: Time,
    starts_on_it: bool,
}

impl fmt::Display for FixedDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.day)?;
        if let Some(time) = self.time {
            write!(f, " at {}", time.strftime("%H:%M"))?;
        }
        f.write_str(self.first.after_comma())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(day: i64, time: &str, first: FirstPeriod) -> FixedDay {
        FixedDay {
            day: Day::of(day).unwrap(),
            time: (!time.is_empty()).then(|| time.parse().unwrap()),
            first,
        }
    }

    fn dues(rule: FixedDay, start: &str, months: u16, last: u32) -> String {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let start: Timestamp = start.parse().unwrap();
        let dues: Vec<String> = (0..=last)
            .map(|n| {
                let n = CycleNo::parse(n).unwrap();
                let due_at = rule.due_at(start, &zone, months, n).unwrap();
                zone.to_datetime(due_at).strftime("%m-%d %H:%M").to_string()
            })
            .collect();
        dues.join(", ")
    }

    #[test]
    fn the_first_cycle_is_due_at_once_and_the_others_on_the_day() {
        let whole = FirstPeriod::Whole;
        let table = [
            (
                25,
                "10:00",
                "2026-01-31T15:30:00+09:00",
                1,
                "01-31 15:30, 02-25 10:00, 03-25 10:00, 04-25 10:00",
            ),
            (
                25,
                "10:00",
                "2026-01-25T10:00:00+09:00",
                1,
                "01-25 10:00, 02-25 10:00, 03-25 10:00, 04-25 10:00",
            ),
            (
                25,
                "10:00",
                "2026-01-25T23:59:59+09:00",
                1,
                "01-25 23:59, 02-25 10:00, 03-25 10:00, 04-25 10:00",
            ),
            (
                25,
                "10:00",
                "2026-01-25T09:00:00+09:00",
                1,
                "01-25 09:00, 02-25 10:00, 03-25 10:00, 04-25 10:00",
            ),
            (
                31,
                "",
                "2026-01-31T09:00:00+09:00",
                1,
                "01-31 09:00, 02-28 09:00, 03-31 09:00, 04-30 09:00",
            ),
            (
                30,
                "",
                "2026-01-31T09:00:00+09:00",
                1,
                "01-31 09:00, 02-28 09:00, 03-30 09:00, 04-30 09:00",
            ),
            (
                1,
                "00:00",
                "2025-12-15T09:00:00+09:00",
                3,
                "12-15 09:00, 01-01 00:00, 04-01 00:00, 07-01 00:00",
            ),
        ];
        for (day, time, start, months, expected) in table {
            let found = dues(rule(day, time, whole), start, months, 3);
            assert_eq!(found, expected, "{day} {time} from {start}");
        }
    }

    #[test]
    fn a_first_period_is_as_long_as_its_days() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let opening = |first, start: &str, months| {
            let start: Timestamp = start.parse().unwrap();
            rule(25, "10:00", first).opening(start, &zone, months)
        };
        let part = |days, of| Opening::Part { days, of };
        let (prorated, start) = (FirstPeriod::Prorated, "2026-01-31T15:30:00+09:00");
        assert_eq!(opening(prorated, start, 1), part(25, 31));
        assert_eq!(opening(prorated, start, 3), part(25, 92));
        assert_eq!(
            opening(prorated, "2026-03-24T23:59:00+09:00", 1),
            part(1, 28)
        );
        assert_eq!(
            opening(prorated, "2026-03-25T10:00:00+09:00", 1),
            Opening::Regular
        );
        assert_eq!(opening(FirstPeriod::Whole, start, 1), Opening::Regular);
        assert_eq!(opening(FirstPeriod::Free, start, 1), Opening::Free);
    }
}
