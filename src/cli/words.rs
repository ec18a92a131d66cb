//! Instants and amounts as people read them.

use jiff::Timestamp;

use crate::core::civil;
use crate::core::money::grouped;

/// An instant of the socket in Korean time, with its offset named. What is no instant stays as it is.
pub(super) fn local(instant: &str) -> String {
    let Ok(at) = instant.parse::<Timestamp>() else {
        return instant.to_owned();
    };
    civil::korean(at)
}

/// The same; nothing when there is none.
pub(super) fn local_or_nothing(instant: Option<&str>) -> String {
    instant.map(local).unwrap_or_default()
}

/// The day of an instant of the socket, in Korea.
pub(super) fn day(instant: &str) -> String {
    let local = local(instant);
    let day = local.split_once(' ').map_or(local.as_str(), |(day, _)| day);
    day.to_owned()
}

/// An instant as it is; of a date, its first moment in Korea.
pub(super) fn start_of(text: &str) -> String {
    civil::day(text).map_or_else(|| text.to_owned(), |day| format!("{day}T00:00:00+09:00"))
}

/// An instant as it is; of a date, its last moment in Korea.
pub(super) fn end_of(text: &str) -> String {
    let end = |day| format!("{day}T23:59:59.999999+09:00");
    civil::day(text).map_or_else(|| text.to_owned(), end)
}

/// An amount, as `9,900 KRW`.
pub(super) fn won(amount: i64) -> String {
    format!("{} KRW", grouped(amount))
}

/// What each of so many costs: `9,900 KRW`, or `3 x 9,900 KRW`.
pub(super) fn won_each(amount: i64, quantity: i64) -> String {
    match quantity {
        1 => won(amount),
        many => format!("{many} x {}", won(amount)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_shown_in_korean_time() {
        assert_eq!(local("2026-01-31T15:30:00Z"), "2026-02-01 00:30 +09:00");
        assert_eq!(local("soon"), "soon");
        assert_eq!(local_or_nothing(None), "");
        assert_eq!(won(-1_234_567), "-1,234,567 KRW");
    }
}
