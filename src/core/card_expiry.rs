//! How long a card can be charged, as the merchant who registered it has read it there: the gateway does not
//! say. It warns and decides nothing. Banks renew cards, and one that is over is declined by its bank.
//!
//! A month is all of a card's data that has a type here, and so all that can come in.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::core::preview::Foreseen;

/// How long before a charge its customer is asked for another card.
pub const ASKED_AHEAD: Duration = Duration::from_hours(30 * 24);

/// Years that a card may bear: it has room for two digits.
const YEARS: RangeInclusive<i16> = 2000..=2099;

/// The last month in which a card can be charged; here, its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CardExpiry(Date);

/// A text that is no such month.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{shown} is not the month in which a card expires: write the year and the month, such as 2027-03"
)]
pub struct BadExpiry {
    shown: String,
}

impl CardExpiry {
    /// Takes a month that is written as `2027-03`.
    ///
    /// # Errors
    /// [`BadExpiry`] when it is written otherwise, or is no month from 2000 to 2099.
    pub fn parse(text: &str) -> Result<Self, BadExpiry> {
        let read = || {
            let (year, month) = text.split_once('-')?;
            let is_whole = |part: &str, digits| {
                part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit())
            };
            if !is_whole(year, 4) || !is_whole(month, 2) {
                return None;
            }
            Self::of(year.parse().ok()?, month.parse().ok()?)
        };
        read().ok_or_else(|| BadExpiry::of(text))
    }

    /// The month of a number such as 202703.
    pub fn numbered(number: i64) -> Option<Self> {
        Self::of(
            (number / 100).try_into().ok()?,
            (number % 100).try_into().ok()?,
        )
    }

    fn of(year: i16, month: i8) -> Option<Self> {
        let is_read = YEARS.contains(&year);
        Date::new(year, month, 1).ok().filter(|_| is_read).map(Self)
    }

    /// A card that expires in the month of this instant.
    pub fn at(at: Timestamp, zone: &TimeZone) -> Self {
        Self(zone.to_datetime(at).date().first_of_month())
    }

    /// The month as a number that sorts, such as 202703.
    pub fn number(self) -> i64 {
        i64::from(self.0.year()) * 100 + i64::from(self.0.month())
    }

    /// The first instant at which it cannot be charged any more: the next month begins.
    pub fn ends_at(self, zone: &TimeZone) -> Timestamp {
        let next = self.0.checked_add(Span::new().months(1));
        let next = next.unwrap_or(Date::MAX).to_datetime(Time::midnight());
        zone.to_timestamp(next).unwrap_or(Timestamp::MAX)
    }

    /// The first of these charges that a card does not live to see; `paid_at` is when it last paid. One that has
    /// paid after its end was renewed by its bank, and what was told of it is out of date.
    pub fn first_lost(
        self,
        zone: &TimeZone,
        paid_at: Option<Timestamp>,
        charges: impl IntoIterator<Item = Foreseen>,
    ) -> Option<Foreseen> {
        let ends_at = self.ends_at(zone);
        if paid_at.is_some_and(|at| at >= ends_at) {
            return None;
        }
        let is_lost = |one: &Foreseen| one.fate.is_charge() && one.at >= ends_at;
        charges.into_iter().find(is_lost)
    }
}

impl BadExpiry {
    /// What was written, unless it is long: it may be another number of the card.
    fn of(text: &str) -> Self {
        const SHOWN_MAX: usize = "2027-13".len();
        let is_short = text.chars().count() <= SHOWN_MAX;
        Self {
            shown: if is_short {
                format!("{text:?}")
            } else {
                "what was written".to_owned()
            },
        }
    }
}

impl fmt::Display for CardExpiry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

#[cfg(test)]
mod tests;
