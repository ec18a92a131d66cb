//! The hours in which Korean cards fail because their banks are being maintained: 23:30-00:40 KST.
//! Charging then burns attempts (GATEWAY, decline classes).

use std::collections::BTreeSet;

use jiff::civil::{Time, date};
use jiff::tz::{Offset, TimeZone};

use crate::core::night;
use crate::core::window::Window;

const DAY_MIN: i32 = 24 * 60;

/// What is wrong with the window in this zone, if it reaches into the night.
pub(crate) fn complaint(window: Window, zone: &TimeZone) -> Option<String> {
    let in_korea = collision(window, zone)?;
    let place = zone.iana_name().unwrap_or("this zone");
    let same = if in_korea == window.to_string() {
        String::new()
    } else {
        format!(" in {place} is {in_korea} in Korea, and")
    };
    Some(format!(
        "{window}{same} reaches into 23:30-00:40 KST, when banks are being maintained"
    ))
}

/// The Korean times, `from-until`, of the first part of a year in which the window would reach into
/// the night.
fn collision(window: Window, zone: &TimeZone) -> Option<String> {
    let Window::Daily { from, until } = window else {
        return None;
    };
    let length = minutes(until) - minutes(from);
    let night_from = minutes(night::FROM);
    let night_length = (minutes(night::UNTIL) - night_from).rem_euclid(DAY_MIN);
    let korea = night::KOREA.seconds().div_euclid(60);
    offsets_min(zone).into_iter().find_map(|offset| {
        let start = (minutes(from) - offset + korea).rem_euclid(DAY_MIN);
        let into_night = (start - night_from).rem_euclid(DAY_MIN);
        let to_night = (night_from - start).rem_euclid(DAY_MIN);
        let meets = into_night < night_length || to_night < length;
        meets.then(|| format!("{}-{}", clock(start), clock(start + length)))
    })
}

/// Every offset that a zone uses in a year, in minutes east of UTC. The year is fixed, because no
/// rule here reads a clock; rules of zones change rarely, and the first of each month shows both
/// summer and winter time.
fn offsets_min(zone: &TimeZone) -> BTreeSet<i32> {
    (1..=12)
        .filter_map(|month| {
            let noon = date(2026, month, 1).at(12, 0, 0, 0);
            let moment = Offset::UTC.to_timestamp(noon).ok()?;
            Some(zone.to_offset(moment).seconds().div_euclid(60))
        })
        .collect()
}

fn minutes(time: Time) -> i32 {
    i32::from(time.hour()) * 60 + i32::from(time.minute())
}

fn clock(minutes: i32) -> String {
    let minutes = minutes.rem_euclid(DAY_MIN);
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_night_is_the_same_everywhere() {
        let cases = [
            ("10:00-20:00", "Asia/Seoul", None),
            ("00:40-23:30", "Asia/Seoul", None),
            ("00:39-01:00", "Asia/Seoul", Some("00:39-01:00")),
            ("10:00-23:31", "Asia/Seoul", Some("10:00-23:31")),
            ("00:00-00:10", "Asia/Seoul", Some("00:00-00:10")),
            ("23:40-23:50", "Asia/Seoul", Some("23:40-23:50")),
            ("10:00-20:00", "UTC", Some("19:00-05:00")),
            ("01:00-11:00", "UTC", None),
            // Winter is UTC-5: 09:30 there is 23:30 in Seoul.
            ("00:00-09:30", "America/New_York", None),
            ("00:00-10:00", "America/New_York", Some("14:00-00:00")),
            // Summer is UTC-4: 10:30 there is 23:30 in Seoul.
            ("10:40-12:00", "America/New_York", Some("23:40-01:00")),
            ("always", "Asia/Seoul", None),
        ];
        for (window, zone, expected) in cases {
            let zone = TimeZone::get(zone).unwrap();
            let found = collision(Window::parse(window).unwrap(), &zone);
            assert_eq!(found.as_deref(), expected, "{window} {zone:?}");
        }
    }
}
