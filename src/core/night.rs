//! The night of the Korean banks: from 23:30 to 00:40 in Korea they are being maintained, and check
//! cards fail (GATEWAY, decline classes). It is the same night in every time zone.

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::{Offset, offset};

/// When it begins, in Korea.
pub const FROM: Time = Time::constant(23, 30, 0, 0);

/// When it is over, in Korea.
pub const UNTIL: Time = Time::constant(0, 40, 0, 0);

/// Korea's offset; it has had no other since 1988.
pub const KOREA: Offset = offset(9);

/// When the night that this instant lies in is over; nothing by day.
pub fn ends_at(at: Timestamp) -> Option<Timestamp> {
    let local = KOREA.to_datetime(at);
    let morning = if local.time() >= FROM {
        local.date().tomorrow().ok()?
    } else if local.time() < UNTIL {
        local.date()
    } else {
        return None;
    };
    KOREA.to_timestamp(morning.to_datetime(UNTIL)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lasts_for_seventy_minutes() {
        let table = [
            ("2026-01-31T23:29:59+09:00", None),
            (
                "2026-01-31T23:30:00+09:00",
                Some("2026-02-01T00:40:00+09:00"),
            ),
            (
                "2026-02-01T00:00:00+09:00",
                Some("2026-02-01T00:40:00+09:00"),
            ),
            (
                "2026-02-01T00:39:59+09:00",
                Some("2026-02-01T00:40:00+09:00"),
            ),
            ("2026-02-01T00:40:00+09:00", None),
            ("2026-01-31T15:00:00Z", Some("2026-01-31T15:40:00Z")),
        ];
        for (at, expected) in table {
            let instant = |text: &str| text.parse::<Timestamp>().unwrap();
            assert_eq!(ends_at(instant(at)), expected.map(instant), "{at}");
        }
    }
}
