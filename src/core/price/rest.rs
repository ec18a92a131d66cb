//! A period that begins between two days that are everybody's, because a plan or a quantity changed then.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

/// What is left of a period from some moment on. It costs its share in time, as what was used of the one before
/// it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rest {
    left: SignedDuration,
    whole: SignedDuration,
}

impl Rest {
    /// What is left at this moment of the period between two days; nothing unless it is a part of it.
    pub fn of(period: (Timestamp, Timestamp), at: Timestamp) -> Option<Self> {
        let (from, to) = period;
        let (left, whole) = (to.duration_since(at), to.duration_since(from));
        let is_part = left.is_positive() && left < whole;
        is_part.then_some(Self { left, whole })
    }

    /// Its share of what a whole period costs, rounded down to a whole won.
    pub fn share(self, won: i64) -> i64 {
        let (left, whole) = (self.left.as_micros(), self.whole.as_micros());
        i64::try_from(i128::from(won) * left / whole.max(1)).unwrap_or(won)
    }
}

impl fmt::Display for Rest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (left, whole) = (self.left.as_hours(), self.whole.as_hours());
        write!(f, "the last {left} of {whole} hours")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_costs_its_share_and_what_is_no_part_is_none() {
        let hour = |hour: i64| Timestamp::from_second(hour * 3_600).unwrap();
        let rest = |at| Rest::of((hour(0), hour(720)), hour(at));
        let costs = |at, won| rest(at).map(|rest| rest.share(won));
        assert_eq!(costs(360, 9_900), Some(4_950));
        assert_eq!(costs(719, 9_900), Some(13));
        // As much as there can be: ten thousand of a thousand million.
        assert_eq!(costs(1, 10_000_000_000_000), Some(9_986_111_111_111));
        for at in [-1, 0, 720, 721] {
            assert_eq!(rest(at), None, "{at}");
        }
        assert_eq!(rest(365).unwrap().to_string(), "the last 355 of 720 hours");
    }
}
