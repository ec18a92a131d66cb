//! Dates by the calendar: the days that a cron expression names, at one time of the day. An expression
//! is read once, and of every shape that a month can have it is written down which of its days are
//! meant: the n-th of them is found by counting bits, whatever lies in between.
//!
//! Every date follows from the expression, the day of the start and the number of the cycle.

use std::fmt;

use croner::Cron as Expression;
use jiff::Timestamp;
use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;

use crate::core::calendar::{CycleNo, OutOfCalendar};

/// Days of the calendar, and a time of the day.
#[derive(Debug, Clone)]
pub struct Cron {
    /// The expression, with one space between its fields.
    text: String,
    time: Time,
    /// The months, January as the first bit.
    months: u16,
    /// The days of a month of each shape, the first as the first bit.
    days: [u32; Shape::COUNT],
}

/// What decides which days of a month an expression means: how long it is and on which day of the week
/// it begins. Which month it is comes besides.
#[derive(Debug, Clone, Copy)]
struct Shape(usize);

impl Shape {
    /// Four lengths and seven days of the week.
    const COUNT: usize = 4 * 7;

    fn of(first: Date) -> Self {
        let length = usize::try_from(first.days_in_month() - 28).unwrap_or(0);
        let weekday = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
        Self(length * 7 + weekday)
    }
}

impl Cron {
    /// How many fields an expression has: minute, hour, day of the month, month, day of the week.
    pub const FIELDS: usize = 5;

    /// How far apart two cycles are at least, in days: as far as those of any other cadence.
    pub const APART_MIN_DAYS: u8 = 1;

    /// Years in which a month of every shape comes once at least: days of the week and leap years are
    /// the same again after 28 years.
    const YEARS: std::ops::Range<i16> = 2000..2028;

    /// Reads an expression.
    ///
    /// # Errors
    /// [`BadCron`] when it is none, comes too often or never, or its days can be meant in two ways.
    pub fn parse(text: &str) -> Result<Self, BadCron> {
        let fields: Vec<&str> = text.split_ascii_whitespace().collect();
        let &[_, _, day, _, weekday] = fields.as_slice() else {
            return Err(BadCron::Fields(fields.len()));
        };
        // One cron fires when both agree, another when one does: nobody should have to know which.
        let is_any = |field: &str| field == "*" || field == "?";
        if !is_any(day) && !is_any(weekday) {
            return Err(BadCron::TwoDays);
        }

        let text = fields.join(" ");
        let lost = |why: croner::errors::CronError| {
            BadCron::NotUnderstood(why.to_string().trim_end_matches('.').to_lowercase())
        };
        let expression: Expression = text
            .parse()
            .map_err(|why| field_at_fault(&fields).unwrap_or_else(|| lost(why)))?;
        let cron = Self {
            time: time(&expression).map_err(lost)?.ok_or(BadCron::TooOften)?,
            months: months(&expression).map_err(lost)?,
            days: days(&expression).map_err(lost)?,
            text,
        };
        if cron.nth_after(Date::constant(2000, 1, 1), 1).is_none() {
            return Err(BadCron::Never);
        }
        Ok(cron)
    }

    /// The expression.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// When cycle `n` is due, of a subscription that starts at this instant. Cycle 0 is due at once, the
    /// others on the days that follow. Who starts on such a day, at whatever time, is not charged again
    /// for it.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_at(
        &self,
        start: Timestamp,
        zone: &TimeZone,
        n: CycleNo,
    ) -> Result<Timestamp, OutOfCalendar> {
        let lost = || OutOfCalendar { cycle: n.number() };
        if n.number() == 0 {
            return Ok(start);
        }
        let start = zone.to_datetime(start).date();
        let day = self.nth_after(start, n.number()).ok_or_else(lost)?;
        self.instant(day, zone).ok_or_else(lost)
    }

    /// When it is time on this day; nothing beyond the calendar.
    fn instant(&self, day: Date, zone: &TimeZone) -> Option<Timestamp> {
        let local = day.to_datetime(self.time);
        zone.to_ambiguous_timestamp(local).compatible().ok()
    }

    /// The period in which this instant lies, from one of its days to the next; nothing on such a day.
    pub fn period_between(&self, at: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let (before, after) = self.period_around(zone.to_datetime(at).date())?;
        Some((self.instant(before, zone)?, self.instant(after, zone)?))
    }

    /// The days of the period that a subscription which starts on this day begins in, from the day of the
    /// calendar before it to the one after it; nothing when it starts on one.
    pub fn period_around(&self, start: Date) -> Option<(Date, Date)> {
        let month = start.first_of_month();
        let is_on = bit(start) & self.days_in(month) != 0;
        if is_on {
            return None;
        }
        Some((self.last_before(start)?, self.nth_after(start, 1)?))
    }

    /// How many days so many cycles are, or nearly so.
    pub fn days_about(&self, cycles: u32) -> u64 {
        let start = Date::constant(2000, 1, 1);
        let end = self.nth_after(start, cycles).unwrap_or(Date::MAX);
        let days = start.until(end).map_or(i32::MAX, |span| span.get_days());
        u64::try_from(days).unwrap_or(0)
    }

    /// The n-th of its days after this one, from 1 on; nothing beyond the calendar.
    fn nth_after(&self, day: Date, n: u32) -> Option<Date> {
        let mut left = n;
        let mut month = day.first_of_month();
        // The bits above that of the day.
        let mut days = self.days_in(month) & !(bit(day) | (bit(day) - 1));
        while left > days.count_ones() {
            left -= days.count_ones();
            month = month_after(month)?;
            days = self.days_in(month);
        }
        for _ in 1..left {
            days &= days - 1;
        }
        nth_day(month, days.trailing_zeros())
    }

    fn last_before(&self, day: Date) -> Option<Date> {
        let mut month = day.first_of_month();
        let mut days = self.days_in(month) & (bit(day) - 1);
        while days == 0 {
            month = month.yesterday().ok()?.first_of_month();
            days = self.days_in(month);
        }
        nth_day(month, days.ilog2())
    }

    /// The days that are meant in the month with this first day.
    fn days_in(&self, first: Date) -> u32 {
        let is_meant = self.months >> (first.month() - 1) & 1 == 1;
        let days = self.days.get(Shape::of(first).0).filter(|_| is_meant);
        days.copied().unwrap_or(0)
    }
}

/// The first day of the month after the one with this first day. Counting is much of what a due date
/// costs, so it goes without spans.
fn month_after(first: Date) -> Option<Date> {
    let (year, month) = match first.month() {
        12 => (first.year() + 1, 1),
        month => (first.year(), month + 1),
    };
    Date::new(year, month, 1).ok()
}

/// The day whose bit is at this place.
fn nth_day(month: Date, place: u32) -> Option<Date> {
    let day = i8::try_from(place + 1).ok()?;
    Date::new(month.year(), month.month(), day).ok()
}

fn bit(day: Date) -> u32 {
    1 << (day.day() - 1)
}

/// The fields of an expression, and what may be written for each.
const FIELDS: [(&str, &str); Cron::FIELDS] = [
    ("minute", "0 to 59"),
    ("hour", "0 to 23"),
    (
        "day of the month",
        "1 to 31, L for the last one, or 15W for the working day near the 15th",
    ),
    ("month", "1 to 12 or JAN to DEC"),
    (
        "day of the week",
        "0 to 7 or SUN to SAT, and 1#2 for the second Monday of a month",
    ),
];

/// The first field that is not understood where every other one is any; nothing when each is.
fn field_at_fault(fields: &[&str]) -> Option<BadCron> {
    let is_understood = |place: usize, field: &str| {
        let mut alone = ["*"; Cron::FIELDS];
        if let Some(its) = alone.get_mut(place) {
            *its = field;
        }
        alone.join(" ").parse::<Expression>().is_ok()
    };
    let mut named = fields.iter().zip(FIELDS).enumerate();
    let (_, (field, (name, allowed))) =
        named.find(|(place, (field, _))| !is_understood(*place, field))?;
    Some(BadCron::Field {
        name,
        found: (*field).to_owned(),
        allowed,
    })
}

/// The one time of the day at which it comes; nothing when there are several.
fn time(expression: &Expression) -> Result<Option<Time>, croner::errors::CronError> {
    let (mut minutes, mut hours) = (Vec::new(), Vec::new());
    for minute in 0..60 {
        if expression.pattern.minute_match(minute)? {
            minutes.push(minute);
        }
    }
    for hour in 0..24 {
        if expression.pattern.hour_match(hour)? {
            hours.push(hour);
        }
    }
    let (&[minute], &[hour]) = (minutes.as_slice(), hours.as_slice()) else {
        return Ok(None);
    };
    let parts = i8::try_from(hour).ok().zip(i8::try_from(minute).ok());
    Ok(parts.and_then(|(hour, minute)| Time::new(hour, minute, 0, 0).ok()))
}

fn months(expression: &Expression) -> Result<u16, croner::errors::CronError> {
    let mut months = 0;
    for month in 1..=12 {
        if expression.pattern.month_match(month)? {
            months |= 1 << (month - 1);
        }
    }
    Ok(months)
}

/// What is meant in a month of every shape.
fn days(expression: &Expression) -> Result<[u32; Shape::COUNT], croner::errors::CronError> {
    let mut found = [None; Shape::COUNT];
    let months = Cron::YEARS.flat_map(|year| (1..=12).map(move |month| (year, month)));
    for (year, month) in months {
        let Ok(first) = Date::new(year, month, 1) else {
            continue;
        };
        let Some(known @ None) = found.get_mut(Shape::of(first).0) else {
            continue;
        };
        let mut days = 0;
        for day in 1..=first.days_in_month().unsigned_abs() {
            let (month, day) = (month.unsigned_abs().into(), day.into());
            if expression.pattern.day_match(year.into(), month, day)? {
                days |= 1 << (day - 1);
            }
        }
        *known = Some(days);
    }
    Ok(found.map(Option::unwrap_or_default))
}

impl PartialEq for Cron {
    /// Two expressions that mean the same are the same: `0 10 * * MON` and `00 10 * * 1`.
    fn eq(&self, other: &Self) -> bool {
        let Self {
            text: _,
            time,
            months,
            days,
        } = self;
        (*time, *months, *days) == (other.time, other.months, other.days)
    }
}

impl Eq for Cron {}

impl fmt::Display for Cron {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// A text that names no days of the calendar.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCron {
    /// It has more or fewer fields.
    #[error("has {0} fields, not {wanted}", wanted = Cron::FIELDS)]
    Fields(usize),
    /// It has a day of the month and a day of the week.
    #[error(
        "names a day of the month and a day of the week, which some read as \"or\" and some as \"and\""
    )]
    TwoDays,
    /// A field is none.
    #[error("has {found:?} as its {name}, which is {allowed}")]
    Field {
        /// Which one.
        name: &'static str,
        /// What stands there.
        found: String,
        /// What may stand there.
        allowed: &'static str,
    },
    /// Its fields are none together.
    #[error("is not understood: {0}")]
    NotUnderstood(String),
    /// It comes several times a day.
    #[error(
        "comes more than once a day: cycles are {} day apart at least",
        Cron::APART_MIN_DAYS
    )]
    TooOften,
    /// No month has such a day.
    #[error("never comes: no such month has such a day")]
    Never,
}
