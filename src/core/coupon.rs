//! Coupons: what a subscription pays less, for how many cycles. What was promised is fixed where a coupon is
//! redeemed; a coupon that is changed or withdrawn later changes nothing for those who have it.

use std::fmt;

use crate::core::calendar::CycleNo;
use crate::core::consent::Rise;
use crate::core::money::Krw;
use crate::core::order::BadName;

/// A coupon on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Coupon {
    /// What it is called.
    pub code: CouponCode,
    /// How much it takes off.
    pub off: Off,
    /// For how long.
    pub lasts: Lasts,
}

/// The name of a coupon: 1 to 40 of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CouponCode(String);

/// How much is taken off a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// A part of it, 1 to 100 percent, rounded down to a whole won.
    Percent(Percent),
    /// So much, or all of it if it is less.
    Amount(Krw),
}

/// A number of hundredths, 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Percent(u8);

/// For how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lasts {
    /// For so many cycles in a row.
    Cycles(u16),
    /// For every cycle from then on.
    Forever,
}

/// A coupon that was redeemed: what it takes off which cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Discount {
    /// How much.
    pub off: Off,
    /// The first cycle.
    pub from: CycleNo,
    /// How many.
    pub lasts: Lasts,
}

impl CouponCode {
    /// The longest code, in characters.
    pub const LENGTH_MAX: usize = 40;

    /// Takes a code.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let allowed = "letters, digits, _ and -";
        BadName::unless("coupon", text, Self::LENGTH_MAX, allowed, safe).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CouponCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl Percent {
    /// Takes a number of hundredths.
    pub fn of(hundredths: i64) -> Option<Self> {
        let hundredths = u8::try_from(hundredths).ok()?;
        (1..=100).contains(&hundredths).then_some(Self(hundredths))
    }
}

impl Coupon {
    /// The discount of somebody who redeems it, from that cycle on.
    pub const fn from(&self, from: CycleNo) -> Discount {
        Discount {
            off: self.off,
            from,
            lasts: self.lasts,
        }
    }
}

impl Discount {
    /// Whether it takes something off cycle `n`.
    pub fn covers(self, n: CycleNo) -> bool {
        let since = n.number().checked_sub(self.from.number());
        since.is_some_and(|since| match self.lasts {
            Lasts::Cycles(cycles) => since < u32::from(cycles),
            Lasts::Forever => true,
        })
    }

    /// The rise of a whole cycle that costs so much, when the discount is taken away before its end and a cycle
    /// was charged with it: what was promised is what was agreed to. One that no cycle was charged with was
    /// promised to nobody yet, and after its end there is nothing to take.
    pub fn taken_away(self, n: CycleNo, whole: i64) -> Option<Rise> {
        let is_used = self.from < n && self.covers(n);
        let rise = Rise::between(whole - self.won_off(whole), whole);
        rise.filter(|_| is_used)
    }

    /// What it takes off so many won: never more than there are. What is left is the rest, so that both
    /// together are the whole.
    pub fn won_off(self, won: i64) -> i64 {
        match self.off {
            Off::Percent(Percent(hundredths)) => won * i64::from(hundredths) / 100,
            Off::Amount(amount) => amount.won().min(won),
        }
    }
}

impl fmt::Display for Off {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(Percent(hundredths)) => write!(f, "{hundredths} %"),
            Self::Amount(amount) => amount.fmt(f),
        }
    }
}

impl fmt::Display for Discount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.lasts {
            Lasts::Cycles(1) => write!(f, "{} off cycle {}", self.off, self.from),
            Lasts::Cycles(cycles) => {
                write!(f, "{} off {cycles} cycles from {} on", self.off, self.from)
            }
            Lasts::Forever => write!(f, "{} off every cycle from {} on", self.off, self.from),
        }
    }
}

/// A discount as one line of text, for those who keep it: `percent 10 from 3 for 6`, `won 5000 from 0`.
impl Discount {
    /// Writes it.
    pub fn written(self) -> String {
        let off = match self.off {
            Off::Percent(Percent(hundredths)) => format!("percent {hundredths}"),
            Off::Amount(amount) => format!("won {}", amount.won()),
        };
        match self.lasts {
            Lasts::Cycles(cycles) => format!("{off} from {} for {cycles}", self.from),
            Lasts::Forever => format!("{off} from {}", self.from),
        }
    }

    /// Reads what [`written`](Self::written) wrote; nothing when it is something else.
    pub fn read(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let (unit, off) = (words.next()?, words.next()?.parse().ok()?);
        let off = match unit {
            "percent" => Off::Percent(Percent::of(off)?),
            "won" => Off::Amount(Krw::parse(off).ok()?),
            _ => return None,
        };
        let from = words.next().filter(|word| *word == "from");
        let from = from.and(words.next())?.parse().ok()?;
        let lasts = match (words.next(), words.next(), words.next()) {
            (None, None, None) => Lasts::Forever,
            (Some("for"), Some(cycles), None) => Lasts::Cycles(cycles.parse().ok()?),
            _ => return None,
        };
        Some(Self {
            off,
            from: CycleNo::parse(from).ok()?,
            lasts,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percent(hundredths: i64) -> Off {
        Off::Percent(Percent::of(hundredths).unwrap())
    }

    fn discount(off: Off, from: u32, lasts: Lasts) -> Discount {
        let from = CycleNo::parse(from).unwrap();
        Discount { off, from, lasts }
    }

    #[test]
    fn no_won_is_lost_and_nothing_is_owed_to_the_customer() {
        for hundredths in 1..=100 {
            let one = discount(percent(hundredths), 0, Lasts::Forever);
            for won in [0, 1, 2, 33, 99, 9_900, 9_999, Krw::MAX_WON * 10_000] {
                let off = one.won_off(won);
                assert!((0..=won).contains(&off), "{hundredths} % of {won}: {off}");
                let lost = i128::from(won) * i128::from(hundredths) - i128::from(off) * 100;
                assert!((0..100).contains(&lost), "{hundredths} % of {won}: {off}");
            }
        }
        let whole = discount(percent(100), 0, Lasts::Forever);
        assert_eq!(whole.won_off(9_999), 9_999);
        let amount = discount(Off::Amount(Krw::parse(5_000).unwrap()), 0, Lasts::Forever);
        let off = [0, 1, 4_999, 5_000, 9_900].map(|won| amount.won_off(won));
        assert_eq!(off, [0, 1, 4_999, 5_000, 5_000]);
        assert_eq!([0, 101, -1, 356].map(Percent::of), [None; 4]);
    }

    #[test]
    fn a_code_has_letters_digits_and_two_marks() {
        for good in ["A", "z", "0", "_", "-", "SUMMER_2026-a"] {
            assert_eq!(CouponCode::parse(good).unwrap().as_str(), good);
        }
        for bad in ["", "a b", "a.b", "여름", "a/b", &"x".repeat(41)] {
            assert!(CouponCode::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn it_covers_its_cycles_and_no_others() {
        let covered = |lasts| -> Vec<u32> {
            let one = discount(percent(10), 3, lasts);
            let all = 0..8;
            all.filter(|n| one.covers(CycleNo::parse(*n).unwrap()))
                .collect()
        };
        assert_eq!(covered(Lasts::Cycles(1)), [3]);
        assert_eq!(covered(Lasts::Cycles(3)), [3, 4, 5]);
        assert_eq!(covered(Lasts::Forever), [3, 4, 5, 6, 7]);
    }

    #[test]
    fn what_is_written_is_read_back() {
        let amount = Off::Amount(Krw::parse(5_000).unwrap());
        let table = [
            (
                discount(percent(10), 3, Lasts::Cycles(6)),
                "percent 10 from 3 for 6",
            ),
            (discount(amount, 0, Lasts::Forever), "won 5000 from 0"),
        ];
        for (one, text) in table {
            assert_eq!(one.written(), text);
            assert_eq!(Discount::read(text), Some(one));
        }
        for text in [
            "",
            "percent 10",
            "percent 101 from 0",
            "won 0 from 0",
            "won 1 from 100000",
            "won 1 from 0 for",
            "won 1 from 0 for 1 2",
            "won 1 since 0",
            "wons 1 from 0",
        ] {
            assert_eq!(Discount::read(text), None, "{text}");
        }
    }
}
