//! When the cycles of a plan are due: counted from the anchor, or on days that are everybody's.

use std::fmt;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::calendar::{self, Cadence, CycleNo, OutOfCalendar};
use crate::core::fixed_day::FixedDay;
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
        }
    }

    /// What the first period is, of a subscription whose cycles are counted from this instant.
    pub fn opening(&self, start: Timestamp, zone: &TimeZone) -> Opening {
        match self {
            Self::Counted(_) => Opening::Regular,
            Self::OnDay { every, day } => day.opening(start, zone, every.count()),
        }
    }

    /// Whether they are the same for everybody, so that no anchor can be moved off them.
    pub const fn are_everybodys(&self) -> bool {
        match self {
            Self::Counted(_) => false,
            Self::OnDay { .. } => true,
        }
    }

    /// How many days so many cycles are, or nearly so.
    pub fn days_about(&self, cycles: u32) -> u64 {
        match self {
            Self::Counted(every) | Self::OnDay { every, .. } => every.days_about(cycles),
        }
    }
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
        }
    }
}
