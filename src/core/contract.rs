//! What a subscription has of its plan: from when on, how many, and at which discount. Its dates and prices follow from the
//! plan, this, and the number of the cycle, and from nothing else.

use std::fmt;

use jiff::Timestamp;

use crate::core::calendar::Anchor;
use crate::core::coupon::Discount;
use crate::core::money::Krw;

/// What of a plan a subscription has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Contract {
    /// Where its cycles are counted from.
    pub anchor: Anchor,
    /// How many of what the plan sells.
    pub quantity: Quantity,
    /// What a coupon takes off, if it has one.
    pub discount: Option<Discount>,
}

impl Contract {
    /// One of it, from there on.
    pub const fn of_one(anchor: Timestamp) -> Self {
        Self {
            anchor: Anchor::of(anchor),
            quantity: Quantity::ONE,
            discount: None,
        }
    }
}

/// How many of what a plan sells a subscription has: seats, devices. The prices of cycles are so many
/// times the plan's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(u16);

impl Quantity {
    /// What a subscription has of which nobody said how many.
    pub const ONE: Self = Self(1);

    /// The most that one subscription may have. So many of the dearest cycle that there can be are far
    /// below what an `i64` holds.
    pub const MAX: u16 = 10_000;

    /// Takes a number.
    ///
    /// # Errors
    /// [`BadQuantity`] when it is zero or above [`Quantity::MAX`].
    pub fn parse(number: i64) -> Result<Self, BadQuantity> {
        let taken = u16::try_from(number).ok();
        let taken = taken.filter(|taken| (1..=Self::MAX).contains(taken));
        taken.map(Self).ok_or(BadQuantity { number })
    }

    /// The number.
    pub const fn number(self) -> u16 {
        self.0
    }

    /// So many times an amount, in won. It may be more than one charge may ask for.
    pub const fn times(self, amount: Krw) -> i64 {
        amount.won() * self.0 as i64
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A number of things that no subscription can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{number} is not a quantity: it is a whole number from 1 to {}",
    Quantity::MAX
)]
pub struct BadQuantity {
    /// The number that was refused.
    pub number: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantity_is_at_least_one_and_has_a_ceiling() {
        let most = i64::from(Quantity::MAX);
        for number in [i64::MIN, -1, 0, most + 1, 65_537, i64::MAX] {
            assert_eq!(Quantity::parse(number), Err(BadQuantity { number }));
        }
        for number in [1, 3, most] {
            assert_eq!(i64::from(Quantity::parse(number).unwrap().number()), number);
        }
        let dearest = Krw::parse(Krw::MAX_WON).unwrap();
        let times = Quantity::parse(most).unwrap().times(dearest);
        assert_eq!(times, 10_000_000_000_000);
    }
}
