//! Paydays: days of the month on which accounts are fuller. A try that lacked money is moved to one that
//! lies near.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// How far a try is moved, in days.
pub(super) const REACH_DAYS: i8 = 2;

/// The try moved to the first of these days of the month, in the order in which they are listed, that
/// lies within [`REACH_DAYS`] and is not before `earliest`; at the same local time. As it is when there
/// is none. A day that a month lacks is its last one.
pub(super) fn moved(
    at: Timestamp,
    paydays: &[i8],
    earliest: Timestamp,
    zone: &TimeZone,
) -> Timestamp {
    let local = zone.to_datetime(at);
    let near: Vec<Date> = (-REACH_DAYS..=REACH_DAYS)
        .filter_map(|days| local.date().checked_add(days.days()).ok())
        .collect();
    paydays
        .iter()
        .filter_map(|payday| {
            let falls_on = |date: &&Date| date.day() == (*payday).min(date.days_in_month());
            let date = near.iter().find(falls_on)?;
            let on_it = zone.to_ambiguous_timestamp(date.to_datetime(local.time()));
            on_it.compatible().ok()
        })
        .find(|moved| *moved >= earliest)
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KOREAN: [i8; 4] = [25, 10, 1, 15];

    #[test]
    fn a_try_goes_to_the_payday_near_it() {
        let table = [
            // Two days before and two days after; three are too far.
            ("2026-03-22", "2026-03-22"),
            ("2026-03-23", "2026-03-25"),
            ("2026-03-25", "2026-03-25"),
            ("2026-03-27", "2026-03-25"),
            ("2026-03-28", "2026-03-28"),
            // Over the end of a month.
            ("2026-02-27", "2026-02-25"),
            ("2026-02-28", "2026-03-01"),
            ("2026-03-03", "2026-03-01"),
            ("2026-12-31", "2027-01-01"),
            // Between the 10th and the 15th the nearer side wins; on the 12th only one is near.
            ("2026-03-12", "2026-03-10"),
            ("2026-03-13", "2026-03-15"),
        ];
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        for (at, expected) in table {
            let on =
                |date: &str| -> Timestamp { format!("{date}T10:07:00+09:00").parse().unwrap() };
            let found = moved(on(at), &KOREAN, Timestamp::MIN, &zone);
            assert_eq!(found, on(expected), "{at}");
        }
    }

    #[test]
    fn it_is_never_moved_before_the_earliest() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let at: Timestamp = "2026-03-27T10:00:00+09:00".parse().unwrap();
        let earliest = "2026-03-26T10:00:00+09:00".parse().unwrap();
        assert_eq!(moved(at, &KOREAN, earliest, &zone), at);
    }

    #[test]
    fn the_thirty_first_is_the_last_day() {
        let zone = TimeZone::get("Asia/Seoul").unwrap();
        let at: Timestamp = "2026-02-26T10:00:00+09:00".parse().unwrap();
        let last: Timestamp = "2026-02-28T10:00:00+09:00".parse().unwrap();
        assert_eq!(moved(at, &[31], Timestamp::MIN, &zone), last);
    }
}
