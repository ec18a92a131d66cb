//! A share, and how sure it is: so many of so many, with the interval of Wilson (1927) at 95 %. In
//! hundredths of a percent, by whole numbers only.

/// So many of so many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Share {
    hits: u64,
    of: u64,
}

/// A part of a whole in hundredths of a percent: 0 to 10,000.
pub type BasisPoints = u64;

/// All of it.
const WHOLE: BasisPoints = 10_000;

/// The 97.5 % point of the normal distribution, in hundredths, and its square in ten-thousandths.
const Z: u128 = 196;
const Z_SQUARED: u128 = Z * Z;

impl Share {
    /// So many of so many; more hits than there are count as all.
    pub fn new(hits: u64, of: u64) -> Self {
        Self {
            hits: hits.min(of),
            of,
        }
    }

    /// How many.
    pub const fn hits(self) -> u64 {
        self.hits
    }

    /// Of how many.
    pub const fn of(self) -> u64 {
        self.of
    }

    /// The share, rounded to the nearest; nothing of nothing.
    pub fn part(self) -> Option<BasisPoints> {
        let doubled = (2 * WHOLE * self.hits).checked_div(self.of)?;
        Some(doubled.div_ceil(2))
    }

    /// Where the true share lies: in 95 of 100 such samples the interval contains it. The lower end is
    /// rounded down and the upper one up, so that it never promises more than it knows. Without a
    /// sample it is anything.
    ///
    /// Wilson's, because it stays inside 0 to 1 and is right for the small samples that a rung of a
    /// small shop has; the textbook's `p ± z √(p(1−p)/n)` calls one of one certain.
    pub fn interval(self) -> (BasisPoints, BasisPoints) {
        let (hits, of) = (u128::from(self.hits), u128::from(self.of));
        if of == 0 {
            return (0, WHOLE);
        }

        // Everything is scaled by 10^4, and what is under the root by 10^12.
        let under = 1_000_000_000_000 * hits * (of - hits) / of + 100_000_000 * Z_SQUARED / 4;
        let centre = 10_000 * hits + Z_SQUARED / 2;
        let half = |root: u128| Z * root / 10_000;
        let whole = 10_000 * of + Z_SQUARED;
        let points = u128::from(WHOLE);

        let low = points * centre.saturating_sub(half(under.isqrt() + 1) + 1) / whole;
        let high = (points * (centre + half(under.isqrt() + 1) + 1)).div_ceil(whole);
        let clipped = |part: u128| u64::try_from(part).map_or(WHOLE, |part| part.min(WHOLE));
        // Where the sample is all or nothing, so is that end; roots of rounded numbers miss it by a hair.
        let low = if hits == 0 { 0 } else { clipped(low) };
        let high = if hits == of { WHOLE } else { clipped(high) };
        (low, high)
    }
}

/// The ends of an interval in percent with one digit behind the point, the lower one rounded down and the
/// upper one up: `20.6 % - 100.0 %`.
pub fn between(low: BasisPoints, high: BasisPoints) -> String {
    let (low, high) = (low - low % 10, high.next_multiple_of(10));
    format!("{} - {}", percent(low), percent(high))
}

/// A part in percent with one digit behind the point, as people read it: `42.5 %`.
pub fn percent(part: BasisPoints) -> String {
    let tenths = (part + 5) / 10;
    format!("{}.{} %", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Worked out with 30 digits from the formula, z = 1.96, and rounded outwards.
    #[test]
    fn the_interval_is_wilsons() {
        for (hits, of, part, interval) in [
            (0, 1, 0, (0, 7935)),
            (1, 1, 10_000, (2065, 10_000)),
            (5, 10, 5_000, (2365, 7635)),
            (1, 3, 3_333, (614, 7924)),
            (0, 10, 0, (0, 2776)),
            (10, 10, 10_000, (7224, 10_000)),
            (81, 263, 3_080, (2552, 3663)),
            (150, 1_000, 1_500, (1292, 1735)),
            (999_999, 1_000_000, 10_000, (9999, 10_000)),
        ] {
            let share = Share::new(hits, of);
            assert_eq!(share.part(), Some(part), "{hits} of {of}");
            assert_eq!(share.interval(), interval, "{hits} of {of}");
        }
    }

    #[test]
    fn nothing_of_nothing_may_be_anything() {
        assert_eq!(Share::new(0, 0).part(), None);
        assert_eq!(Share::new(0, 0).interval(), (0, 10_000));
    }

    #[test]
    fn it_holds_the_share_and_narrows_with_the_sample() {
        for of in 1..200 {
            for hits in 0..=of {
                let (low, high) = Share::new(hits, of).interval();
                let part = Share::new(hits, of).part().unwrap();
                assert!(low <= part && part <= high, "{hits} of {of}");
                let (lower, higher) = Share::new(10 * hits, 10 * of).interval();
                assert!(low <= lower && higher <= high, "{hits} of {of}");
            }
        }
    }

    /// To the nearest it would say 20.7 to 100, and promise more than it knows.
    #[test]
    fn an_interval_is_not_told_narrower_than_it_is() {
        let told = |hits, of| {
            let (low, high) = Share::new(hits, of).interval();
            between(low, high)
        };
        assert_eq!(told(1, 1), "20.6 % - 100.0 %");
        assert_eq!(told(0, 1), "0.0 % - 79.4 %");
    }

    #[test]
    fn percents_have_one_digit() {
        for (part, words) in [
            (0, "0.0 %"),
            (4, "0.0 %"),
            (5, "0.1 %"),
            (4_250, "42.5 %"),
            (10_000, "100.0 %"),
        ] {
            assert_eq!(percent(part), words);
        }
    }
}
