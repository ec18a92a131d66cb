//! Seconds of the simulated year, which begins at midnight in Korea.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, ToSpan};

use crate::core::night::KOREA;
use crate::sim::dunning::assumptions::YEAR;

/// A second, counted from the start of the year.
pub(super) type Second = u64;

pub(super) const MINUTE: Second = 60;
pub(super) const HOUR: Second = 60 * MINUTE;
pub(super) const DAY: Second = 24 * HOUR;

/// The first day of the year.
pub(super) fn first_day() -> Date {
    Date::new(YEAR, 1, 1).expect("the first of January is a day")
}

/// The instant of a second.
pub(super) fn instant(second: Second) -> Timestamp {
    let midnight = KOREA.to_timestamp(first_day().at(0, 0, 0, 0));
    let seconds = i64::try_from(second).unwrap_or(i64::MAX / 2);
    midnight
        .and_then(|start| start.checked_add(seconds.seconds()))
        .unwrap_or(Timestamp::MAX)
}

/// The second of an instant; the start for what lies before.
pub(super) fn second(at: Timestamp) -> Second {
    let passed = at.duration_since(instant(0)).as_secs();
    u64::try_from(passed).unwrap_or(0)
}

/// The minute of the day in Korea.
pub(super) const fn minute_of_day(at: Second) -> u64 {
    at % DAY / MINUTE
}

/// The midnight at which the day of that number in that month begins, moved from a weekend to the Friday
/// before; the last day for a number that the month lacks. Months count from the first of the year, and
/// may be before it.
pub(super) fn working_day(month: i64, number: i8) -> Option<Second> {
    let first = first_day().checked_add(month.months()).ok()?;
    let day = first
        .with()
        .day(number.min(first.days_in_month()))
        .build()
        .ok()?;
    let back = match day.weekday() {
        Weekday::Saturday => 1,
        Weekday::Sunday => 2,
        Weekday::Monday
        | Weekday::Tuesday
        | Weekday::Wednesday
        | Weekday::Thursday
        | Weekday::Friday => 0,
    };
    let days = first_day().until(day).ok()?.get_days() - back;
    u64::try_from(days).ok().map(|days| days * DAY)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paydays_are_working_days() {
        for (month, number, expected) in [
            (0, 25, Some(22)), // A Sunday.
            (1, 25, Some(31 + 24)),
            (1, 31, Some(31 + 26)), // The 28th is a Saturday.
            (-1, 25, None),
        ] {
            let day = working_day(month, number).map(|second| second / DAY);
            assert_eq!(day, expected, "{month} {number}");
        }
    }

    #[test]
    fn seconds_are_korean() {
        assert_eq!(instant(0).to_string(), "2025-12-31T15:00:00Z");
        assert_eq!(second(instant(123_456)), 123_456);
        assert_eq!(minute_of_day(10 * DAY + 3 * HOUR + 5 * MINUTE), 185);
    }
}
