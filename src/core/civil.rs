//! Days as people write them.

use jiff::civil::Date;

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
}
