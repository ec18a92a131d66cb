//! What was paid for and not used: the rest of a period that ended before its time. It is taken off what
//! the next cycles cost, until nothing is left of it. Nothing is ever paid out, and nothing is lost.

use jiff::Timestamp;

use crate::core::price::Price;

/// A period that was paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// When it began.
    pub from: Timestamp,
    /// When the next one was to begin.
    pub to: Timestamp,
    /// What was paid for it, in won.
    pub paid: i64,
}

/// What a cycle asks for after a credit was taken off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Applied {
    /// What is still asked for.
    pub asked: Price,
    /// How much was taken off, in won.
    pub taken: i64,
    /// How much of the credit is left for the cycles after it.
    pub left: i64,
}

impl Period {
    /// What of it was used by then: its share in time, rounded down to a whole won.
    pub fn used(self, at: Timestamp) -> i64 {
        let span = |from: Timestamp, to: Timestamp| {
            i128::from(to.as_microsecond()) - i128::from(from.as_microsecond())
        };
        let whole = span(self.from, self.to);
        if whole <= 0 {
            return self.paid;
        }
        let gone = span(self.from, at).clamp(0, whole);
        let used = i128::from(self.paid) * gone / whole;
        i64::try_from(used).unwrap_or(self.paid)
    }

    /// What was not: the rest, so that both together are what was paid.
    pub fn unused(self, at: Timestamp) -> i64 {
        self.paid - self.used(at)
    }
}

/// Takes a credit off a price.
pub fn apply(credit: i64, price: Price) -> Applied {
    let taken = credit.clamp(0, price.won());
    Applied {
        // What is left of a price that can be charged can be charged.
        asked: Price::of_won(price.won() - taken).unwrap_or(price),
        taken,
        left: credit - taken,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Days of a time that does not begin at zero.
    fn at(day: i64) -> Timestamp {
        Timestamp::from_second((20_000 + day) * 86_400).unwrap()
    }

    #[test]
    fn a_period_is_used_by_the_time_that_is_gone() {
        let period = Period {
            from: at(0),
            to: at(30),
            paid: 9_900,
        };
        let table = [
            (-1, 0, 9_900),
            (0, 0, 9_900),
            (1, 330, 9_570),
            (7, 2_310, 7_590),
            (29, 9_570, 330),
            (30, 9_900, 0),
            (31, 9_900, 0),
        ];
        for (day, used, unused) in table {
            assert_eq!(period.used(at(day)), used, "day {day}");
            assert_eq!(period.unused(at(day)), unused, "day {day}");
        }
        let uneven = Period {
            to: at(31),
            paid: 100,
            ..period
        };
        assert_eq!((uneven.used(at(1)), uneven.unused(at(1))), (3, 97));
        let empty = Period {
            to: at(0),
            ..period
        };
        assert_eq!(empty.unused(at(0)), 0);
    }

    proptest! {
        #[test]
        fn no_won_is_lost(paid in 0..=1_000_000_000_i64, days in 1..400_i64, gone in -5..500_i64) {
            let period = Period { from: at(0), to: at(days), paid };
            let (used, unused) = (period.used(at(gone)), period.unused(at(gone)));
            prop_assert_eq!(used + unused, paid);
            prop_assert!((0..=paid).contains(&used));
            prop_assert!(period.used(at(gone + 1)) >= used);
        }

        #[test]
        fn a_credit_is_taken_off_until_nothing_is_left(
            credit in 0..100_000_i64,
            won in prop::collection::vec(0..50_000_i64, 1..8),
        ) {
            let (mut left, mut taken) = (credit, 0);
            for won in won {
                let applied = apply(left, Price::of_won(won).unwrap());
                prop_assert_eq!(applied.asked.won() + applied.taken, won);
                prop_assert!(applied.left == 0 || applied.asked == Price::Free);
                (left, taken) = (applied.left, taken + applied.taken);
            }
            prop_assert_eq!(left + taken, credit);
        }
    }
}
