//! The hours of the day in which charges go out, in local time.

use std::fmt;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::{Offset, TimeZone};

use crate::core::night;

/// The part of each day in which a charge may be sent. The end is not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// At any time but in the night of the Korean banks.
    Always,
    /// At any time, in that night too. For a simulated gateway; for cards that do not mind.
    Unguarded,
    /// From the first time until the second, on the same day.
    Daily {
        /// The first moment that is inside.
        from: Time,
        /// The first moment that is outside again.
        until: Time,
    },
}

impl Window {
    /// Reads `10:00-20:00`, `always` or `unguarded`.
    ///
    /// # Errors
    /// [`BadWindow`] when a time cannot be read or the end is not after the start.
    pub fn parse(text: &str) -> Result<Self, BadWindow> {
        let bad = || BadWindow {
            text: text.to_owned(),
        };
        match text.trim() {
            "always" => return Ok(Self::Always),
            "unguarded" => return Ok(Self::Unguarded),
            _ => {}
        }

        let (from, until) = text.split_once('-').ok_or_else(bad)?;
        let from = clock_time(from).ok_or_else(bad)?;
        let until = clock_time(until).ok_or_else(bad)?;
        if from < until {
            Ok(Self::Daily { from, until })
        } else {
            Err(bad())
        }
    }

    /// The earliest instant at or after `at` that is inside the window in `zone`; after the last
    /// opening of the year 9999 it is `at` itself, which harms nobody.
    ///
    /// That hours of the day keep clear of the banks' night is seen to where they are configured.
    pub fn earliest(self, at: Timestamp, zone: &TimeZone) -> Timestamp {
        let (from, until) = match self {
            Self::Unguarded => return at,
            Self::Always => return night::ends_at(at).unwrap_or(at),
            Self::Daily { from, until } => (from, until),
        };

        let mut moment = at;
        while !(from..until).contains(&zone.to_datetime(moment).time()) {
            let Some(opens_at) = next_opening(from, moment, zone.to_offset(moment)) else {
                return at;
            };
            // The opening stands only if the clocks do not change before it: a change may skip it,
            // land inside the window, or bring back an opening that has gone by.
            let change = zone.following(moment).next();
            moment = change.map_or(opens_at, |change| change.timestamp().min(opens_at));
        }
        moment
    }
}

/// When a clock that stays at `offset` shows `from` for the first time after `moment`.
fn next_opening(from: Time, moment: Timestamp, offset: Offset) -> Option<Timestamp> {
    let local = offset.to_datetime(moment);
    let day = if local.time() < from {
        local.date()
    } else {
        local.date().tomorrow().ok()?
    };
    offset.to_timestamp(day.to_datetime(from)).ok()
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Always => f.write_str("always"),
            Self::Unguarded => f.write_str("unguarded"),
            Self::Daily { from, until } => {
                write!(f, "{}-{}", from.strftime("%H:%M"), until.strftime("%H:%M"))
            }
        }
    }
}

fn clock_time(text: &str) -> Option<Time> {
    let (hour, minute) = text.trim().split_once(':')?;
    if hour.len() != 2 || minute.len() != 2 {
        return None;
    }
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

/// A window that is not two times of day in order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a charge window: write two times of one day in order, such as \"10:00-20:00\", \"always\" or \"unguarded\""
)]
pub struct BadWindow {
    /// What was written.
    pub text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(window: &str, at: &str, expected: &str) {
        let seoul = TimeZone::get("Asia/Seoul").unwrap();
        let earliest = Window::parse(window)
            .unwrap()
            .earliest(at.parse().unwrap(), &seoul);
        assert_eq!(
            earliest,
            expected.parse::<Timestamp>().unwrap(),
            "{window} at {at}"
        );
    }

    #[test]
    fn outside_moves_to_the_next_opening() {
        check(
            "10:00-20:00",
            "2026-01-31T09:59:59+09:00",
            "2026-01-31T10:00:00+09:00",
        );
        check(
            "10:00-20:00",
            "2026-01-31T10:00:00+09:00",
            "2026-01-31T10:00:00+09:00",
        );
        check(
            "10:00-20:00",
            "2026-01-31T19:59:59+09:00",
            "2026-01-31T19:59:59+09:00",
        );
        check(
            "10:00-20:00",
            "2026-01-31T20:00:00+09:00",
            "2026-02-01T10:00:00+09:00",
        );
        check(
            "10:00-20:00",
            "2026-01-31T23:50:00+09:00",
            "2026-02-01T10:00:00+09:00",
        );
        check(
            "always",
            "2026-01-31T23:50:00+09:00",
            "2026-02-01T00:40:00+09:00",
        );
        check(
            "unguarded",
            "2026-01-31T23:50:00+09:00",
            "2026-01-31T23:50:00+09:00",
        );
    }

    #[test]
    fn nonsense_is_refused() {
        for text in [
            "",
            "10-20",
            "20:00-10:00",
            "10:00-10:00",
            "1:00-2:00",
            "10:00-24:01",
            "x-y",
        ] {
            assert!(Window::parse(text).is_err(), "{text}");
        }
        assert_eq!(
            Window::parse("10:00-20:00").unwrap().to_string(),
            "10:00-20:00"
        );
    }
}
