//! Money is a whole number of Korean won. There are no fractions of a won and no other currency.

use std::fmt;

/// An amount to charge, in whole won: at least 1, at most [`Krw::MAX_WON`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Krw(i64);

impl Krw {
    /// The most that one charge may ask for, in won. Far above any subscription price; it exists so
    /// that sums over every subscription of a large fleet stay inside an `i64`.
    pub const MAX_WON: i64 = 1_000_000_000;

    /// Takes a number of won.
    ///
    /// # Errors
    /// [`BadAmount`] when it is zero, negative or above [`Krw::MAX_WON`].
    pub const fn parse(won: i64) -> Result<Self, BadAmount> {
        if won >= 1 && won <= Self::MAX_WON {
            Ok(Self(won))
        } else {
            Err(BadAmount { won })
        }
    }

    /// The number of won.
    pub const fn won(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Krw {
    /// Grouped by thousands: `9,900 KRW`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{} KRW", grouped(self.0)))
    }
}

/// A number of won (a sum, perhaps zero) with its thousands grouped: `1,234,567`.
pub fn grouped(won: i64) -> String {
    let digits = won.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);

    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }

    if won < 0 { format!("-{text}") } else { text }
}

/// A number of won that cannot be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{won} won cannot be charged: an amount is a whole number from 1 to {}",
    Krw::MAX_WON
)]
pub struct BadAmount {
    /// The number that was refused.
    pub won: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_at_least_one_won_and_has_a_ceiling() {
        for won in [i64::MIN, -9_900, -1, 0, Krw::MAX_WON + 1, i64::MAX] {
            assert_eq!(Krw::parse(won), Err(BadAmount { won }));
        }
        for won in [1, 9_900, Krw::MAX_WON] {
            assert_eq!(Krw::parse(won).unwrap().won(), won);
        }
    }

    #[test]
    fn thousands_are_grouped() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (9_900, "9,900")];
        for (won, text) in cases {
            assert_eq!(grouped(won), text);
        }
        assert_eq!(grouped(-1_234_567), "-1,234,567");
        assert_eq!(Krw::parse(9_900).unwrap().to_string(), "9,900 KRW");
    }
}
