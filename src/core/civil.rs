//! Instants as people read and write them: by the clock on their wall, with how far that is from UTC.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::{TimeZone, offset};

/// An instant in a zone, to the minute: `2026-01-31 10:00 +09:00`.
pub fn local(at: Timestamp, zone: &TimeZone) -> String {
    let minutes = zone.to_offset(at).seconds() / 60;
    let (hours, minutes) = (minutes / 60, (minutes % 60).abs());
    let local = zone.to_datetime(at).strftime("%Y-%m-%d %H:%M");
    format!("{local} {hours:+03}:{minutes:02}")
}

/// An instant in Korean time, where there is no plan whose zone it could be told in.
pub fn korean(at: Timestamp) -> String {
    local(at, &korea())
}

/// Where there is no plan whose zone it could be.
pub fn korea() -> TimeZone {
    // The fixed offset stands in where a machine has no time zones; Korea has had it since 1988.
    TimeZone::get("Asia/Seoul").unwrap_or_else(|_| TimeZone::fixed(offset(9)))
}

/// A day that is written alone, as `2026-01-31`. Of an instant jiff reads the day as well, and forgets the time
/// of the day and where it is.
pub fn day(text: &str) -> Option<Date> {
    let is_alone = text.len() == "2026-01-31".len();
    text.parse().ok().filter(|_| is_alone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_no_day() {
        assert_eq!(day("2026-01-31"), Some(Date::constant(2026, 1, 31)));
        for text in [
            "2026-01-31T15:00:00+09:00",
            "2026-01-31T15:00",
            "2026-01-31 15",
            "2026-02-30",
            "20260131",
            "",
        ] {
            assert_eq!(day(text), None, "{text}");
        }
    }

    #[test]
    fn an_offset_may_be_behind_and_of_half_an_hour() {
        let at: Timestamp = "2026-01-31T00:59:59Z".parse().unwrap();
        assert_eq!(korean(at), "2026-01-31 09:59 +09:00");
        let newfoundland = TimeZone::fixed(jiff::tz::Offset::from_seconds(-12_600).unwrap());
        assert_eq!(local(at, &newfoundland), "2026-01-30 21:29 -03:30");
    }
}
