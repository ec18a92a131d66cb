//! When the n-th cycle is due. Always computed from the anchor, never from the previous due date: a
//! clamp at a short month must not stick, and a late payment must not move what follows.

use std::fmt;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

/// The unit in which a cadence counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Calendar days in the plan's time zone.
    Day,
    /// Seven calendar days.
    Week,
    /// Calendar months; a day that the month lacks becomes its last day.
    Month,
    /// Calendar years; 29 February becomes the 28th except in leap years.
    Year,
}

impl Unit {
    /// The unit's English name in the singular, as configuration and the database write it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Week => "week",
            Self::Month => "month",
            Self::Year => "year",
        }
    }

    /// The unit of that name, singular or plural.
    pub fn named(text: &str) -> Option<Self> {
        match text.strip_suffix('s').unwrap_or(text) {
            "day" => Some(Self::Day),
            "week" => Some(Self::Week),
            "month" => Some(Self::Month),
            "year" => Some(Self::Year),
            _ => None,
        }
    }
}

/// How far apart cycles are: a count of units, such as `1 month` or `2 weeks`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cadence {
    count: u16,
    unit: Unit,
}

impl Cadence {
    /// The largest count of any unit.
    pub const COUNT_MAX: u16 = 1_200;

    /// A cadence of `count` units.
    ///
    /// # Errors
    /// [`BadCadence`] when the count is zero or above [`Cadence::COUNT_MAX`].
    pub fn new(count: u16, unit: Unit) -> Result<Self, BadCadence> {
        if (1..=Self::COUNT_MAX).contains(&count) {
            Ok(Self { count, unit })
        } else {
            Err(BadCadence {
                text: format!("{count} {}", unit.name()),
            })
        }
    }

    /// Reads `1 month`, `2 weeks`, `30 days`, `1 year`.
    ///
    /// # Errors
    /// [`BadCadence`] with the text when it is anything else.
    pub fn parse(text: &str) -> Result<Self, BadCadence> {
        let bad = || BadCadence {
            text: text.to_owned(),
        };
        let (count, unit) = text.trim().split_once(' ').ok_or_else(bad)?;
        let count: u16 = count.parse().map_err(|_| bad())?;
        let unit = Unit::named(unit.trim()).ok_or_else(bad)?;
        Self::new(count, unit).map_err(|_| bad())
    }

    /// How many units.
    pub const fn count(self) -> u16 {
        self.count
    }

    /// Which unit.
    pub const fn unit(self) -> Unit {
        self.unit
    }

    /// How many days so many of it are, or nearly so: months and years as if all were alike.
    pub fn days_about(self, times: u32) -> u64 {
        let thousandths_of_days = match self.unit {
            Unit::Day => 1_000,
            Unit::Week => 7_000,
            Unit::Month => 30_437,
            Unit::Year => 365_243,
        };
        u64::from(self.count) * u64::from(times) * thousandths_of_days / 1_000
    }
}

impl fmt::Display for Cadence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = if self.count == 1 { "" } else { "s" };
        write!(f, "{} {}{plural}", self.count, self.unit.name())
    }
}

/// Where the cycles of a subscription are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Anchor {
    /// The instant at which the first one begins, or the trial before it.
    pub at: Timestamp,
    /// Which cycle begins when, if the anchor was moved since: those after it are counted from there.
    pub moved: Option<(CycleNo, Timestamp)>,
}

impl Anchor {
    /// One that was never moved.
    pub const fn of(at: Timestamp) -> Self {
        Self { at, moved: None }
    }

    /// Where this cycle is counted from when the anchor was moved before it, and how many cycles lie in
    /// between.
    pub fn moved_before(self, cycle: CycleNo) -> Option<(Timestamp, CycleNo)> {
        let (first, at) = self.moved?;
        let steps = cycle.0.checked_sub(first.0)?;
        Some((at, CycleNo(steps)))
    }
}

impl From<Timestamp> for Anchor {
    /// An anchor that was never moved.
    fn from(at: Timestamp) -> Self {
        Self::of(at)
    }
}

/// The number of a cycle, counted from 0 at the anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CycleNo(u32);

impl CycleNo {
    /// The last cycle that can be numbered: 273 years of daily cycles. Five digits are what a
    /// `merchant_uid` has room for.
    pub const MAX: u32 = 99_999;

    /// Takes a number.
    ///
    /// # Errors
    /// [`OutOfCalendar`] above [`CycleNo::MAX`].
    pub const fn parse(number: u32) -> Result<Self, OutOfCalendar> {
        if number <= Self::MAX {
            Ok(Self(number))
        } else {
            Err(OutOfCalendar { cycle: number })
        }
    }

    /// The number.
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The cycle after this one.
    ///
    /// # Errors
    /// [`OutOfCalendar`] after [`CycleNo::MAX`].
    pub const fn next(self) -> Result<Self, OutOfCalendar> {
        Self::parse(self.0 + 1)
    }
}

impl fmt::Display for CycleNo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The instant cycle `cycle` is due: the anchor's local date and time in `zone`, moved by
/// `cycle * cadence`, and read as an instant again.
///
/// Months and years clamp to the last day of a short month. A local time that does not exist (a gap)
/// moves forward by the length of the gap; one that exists twice (an overlap) is the earlier instant.
/// Dues rise from cycle to cycle, except that the cycle of a day which the zone left out whole
/// (Samoa, 30 December 2011) falls due together with the next day's.
///
/// # Errors
/// [`OutOfCalendar`] when the date lies after the year 9999.
pub fn due_at(
    anchor: Timestamp,
    zone: &TimeZone,
    cadence: Cadence,
    cycle: CycleNo,
) -> Result<Timestamp, OutOfCalendar> {
    if cycle.0 == 0 {
        // The anchor is an instant already; a round trip through local time would move the second
        // half of an overlap to the first.
        return Ok(anchor);
    }

    let lost = |_| OutOfCalendar { cycle: cycle.0 };
    let start: DateTime = zone.to_datetime(anchor);
    let units = i64::from(cadence.count) * i64::from(cycle.0);
    let span = match cadence.unit {
        Unit::Day => Span::new().try_days(units),
        Unit::Week => Span::new().try_weeks(units),
        Unit::Month => Span::new().try_months(units),
        Unit::Year => Span::new().try_years(units),
    };
    let local = start.checked_add(span.map_err(lost)?).map_err(lost)?;

    zone.to_ambiguous_timestamp(local)
        .compatible()
        .map_err(lost)
}

/// A cadence that is not a count and a unit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a cadence: write a count from 1 to {} and day, week, month or year, such as \"1 month\"",
    Cadence::COUNT_MAX
)]
pub struct BadCadence {
    /// What was written.
    pub text: String,
}

/// A cycle whose number or date is beyond what can be expressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cycle {cycle} lies beyond the calendar")]
pub struct OutOfCalendar {
    /// The number of the cycle.
    pub cycle: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cadence_is_about_so_many_days() {
        for (text, times, days) in [
            ("1 day", 1, 1),
            ("3 days", 4, 12),
            ("2 weeks", 3, 42),
            ("1 month", 1, 30),
            ("1 month", 12, 365),
            ("6 months", 2, 365),
            ("1 year", 4, 1_460),
        ] {
            let cadence = Cadence::parse(text).unwrap();
            assert_eq!(cadence.days_about(times), days, "{times} times {text}");
        }
        assert_eq!(Cadence::parse("3 days").map(Cadence::count), Ok(3));
    }

    #[test]
    fn cycles_are_numbered_one_after_the_other_until_the_last() {
        let next = |n| {
            CycleNo::parse(n)
                .and_then(CycleNo::next)
                .map(CycleNo::number)
        };
        assert_eq!(next(0), Ok(1));
        assert_eq!(next(41), Ok(42));
        assert_eq!(next(CycleNo::MAX), Err(OutOfCalendar { cycle: 100_000 }));
    }

    #[test]
    fn a_moved_anchor_counts_from_the_cycle_that_it_was_moved_to() {
        let cycle = |n| CycleNo::parse(n).unwrap();
        let (at, moved_to) = (Timestamp::UNIX_EPOCH, Timestamp::MAX);
        let moved = Anchor {
            at,
            moved: Some((cycle(3), moved_to)),
        };
        assert_eq!(Anchor::of(at).moved_before(cycle(9)), None);
        assert_eq!(moved.moved_before(cycle(2)), None);
        assert_eq!(moved.moved_before(cycle(3)), Some((moved_to, cycle(0))));
        assert_eq!(moved.moved_before(cycle(9)), Some((moved_to, cycle(6))));
    }
}
