//! Spans of time as configuration writes them: a whole number and one unit, such as `90s`.

use std::time::Duration;

use crate::config::problems::Fault;
use crate::config::suggest::quoted;

/// The longest span: a year. Longer ones are slips, and sums of a few stay far from any overflow.
pub(crate) const LONGEST: Duration = Duration::from_hours(366 * 24);

/// Units with their length in milliseconds, longest first.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("m", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads `500ms`, `30s`, `15m`, `3h`, `1d`: no fractions, no signs, no sums, no spaces.
pub(crate) fn parse(text: &str) -> Result<Duration, Fault> {
    let digits_end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at(digits_end);

    let bad = || {
        Fault::new(
            format!("{} is not a span of time", quoted(text)),
            "write a whole number and one of ms, s, m, h, d, such as \"90s\"",
        )
    };
    let (_, unit_ms) = UNITS
        .into_iter()
        .find(|(name, _)| *name == unit)
        .ok_or_else(bad)?;
    if digits.is_empty() {
        return Err(bad());
    }

    let too_long = || {
        Fault::new(
            format!("{} is too long", quoted(text)),
            "write at most \"366d\"",
        )
    };
    let count: u64 = digits.parse().map_err(|_| too_long())?;
    let span = count
        .checked_mul(unit_ms)
        .map(Duration::from_millis)
        .ok_or_else(too_long)?;
    if span <= LONGEST {
        Ok(span)
    } else {
        Err(too_long())
    }
}

/// The span in the largest unit that holds it without a rest: `90s`, `3h`, `1d`.
pub(crate) fn words(span: Duration) -> String {
    let total_ms = span.as_millis();
    for (unit, unit_ms) in UNITS {
        let unit_ms = u128::from(unit_ms);
        if total_ms > 0 && total_ms.is_multiple_of(unit_ms) {
            return format!("{}{unit}", total_ms / unit_ms);
        }
    }
    "0s".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit() {
        let cases = [
            ("500ms", 500),
            ("30s", 30_000),
            ("15m", 900_000),
            ("3h", 10_800_000),
            ("1d", 86_400_000),
            ("0s", 0),
        ];
        for (text, ms) in cases {
            assert_eq!(parse(text), Ok(Duration::from_millis(ms)), "{text}");
        }
    }

    #[test]
    fn nothing_else() {
        let cases = [
            "",
            "s",
            "30",
            "1.5h",
            "-1s",
            "+1s",
            "1 s",
            "1h30m",
            "30S",
            "1w",
            "367d",
            "１s",
            "99999999999999999999s",
            "18446744073709551615d",
        ];
        for text in cases {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn words_read_back() {
        for text in ["500ms", "90s", "15m", "3h", "1d", "366d", "1500ms", "0s"] {
            assert_eq!(words(parse(text).unwrap()), text);
        }
        assert_eq!(words(Duration::from_mins(2)), "2m");
    }
}
