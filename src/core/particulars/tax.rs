//! Value-added tax: which part of a charge bears it, and how much it is.

use crate::core::money::Krw;

/// How much of an amount bears value-added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tax {
    /// The tax is a part of it, as the gateway takes for granted: one eleventh.
    #[default]
    Included,
    /// A part of it is not taxed.
    Partly(Untaxed),
    /// None of it is taxed.
    Free,
}

/// The part of a price that is not taxed. It is the same share of every charge: of a phase, of a part of a
/// period, of what a coupon leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Untaxed {
    free: Krw,
    price: Krw,
}

/// How the tax of a charge is rounded to whole won. docs: `POST /subscribe/payments/again`, `vat_amount`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vat {
    /// What is less than a won is left out.
    Down,
    /// To the nearest won.
    Nearest,
}

impl Tax {
    /// How much of an amount is not taxed, in won; nothing where the gateway's own rule holds.
    pub(super) const fn untaxed(self, amount: Krw) -> Option<i64> {
        match self {
            Self::Included => None,
            Self::Partly(untaxed) => Some(untaxed.share(amount)),
            Self::Free => Some(amount.won()),
        }
    }
}

impl Untaxed {
    /// So much of a price; nothing unless it is more than nothing and less than all of it.
    pub fn of(free: Krw, price: Krw) -> Option<Self> {
        let is_part = free.won() > 0 && free < price;
        is_part.then_some(Self { free, price })
    }

    /// So much of this price.
    pub const fn free(self) -> Krw {
        self.free
    }

    /// The price that it is a part of.
    pub const fn price(self) -> Krw {
        self.price
    }

    /// The same share of another amount, in won. It is rounded down: what is taxed is never made smaller.
    const fn share(self, amount: Krw) -> i64 {
        // Both are a thousand million at most.
        amount.won() * self.free.won() / self.price.won()
    }
}

impl Vat {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Down, Self::Nearest];

    /// One part in so many of what is taxed is the tax: ten in a hundred on top of what it is for.
    const ONE_IN: i64 = 11;

    /// The name in configuration and in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Nearest => "nearest",
        }
    }

    /// The way of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == text)
    }

    /// The tax that is a part of so many won.
    pub(super) const fn within(self, taxed: i64) -> i64 {
        let half = match self {
            Self::Down => 0,
            Self::Nearest => Self::ONE_IN / 2,
        };
        (taxed + half) / Self::ONE_IN
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::core::particulars::Particulars;

    #[test]
    fn an_untaxed_plan_is_untaxed_at_every_price() {
        let free = Particulars {
            tax: Tax::Free,
            ..Particulars::default()
        };
        let amount = Krw::parse(9_900).unwrap();
        assert_eq!(free.untaxed(amount), Some(9_900));
        assert_eq!(Particulars::default().untaxed(amount), None);
    }

    #[test]
    fn an_untaxed_part_is_the_same_share_of_every_charge_and_the_tax_a_part_of_the_rest() {
        let won = |won| Krw::parse(won).unwrap();
        let partly = |vat| Particulars {
            tax: Tax::Partly(Untaxed::of(won(3_000), won(9_900)).unwrap()),
            vat,
            ..Particulars::default()
        };
        let (down, nearest) = (partly(Some(Vat::Down)), partly(Some(Vat::Nearest)));
        let of = |amount| {
            let amount = won(amount);
            (down.untaxed(amount), down.vat(amount), nearest.vat(amount))
        };
        assert_eq!(of(9_900), (Some(3_000), Some(627), Some(627)));
        assert_eq!(
            of(29_700),
            (Some(9_000), Some(1_881), Some(1_882)),
            "1881.8"
        );
        assert_eq!(of(4_900), (Some(1_484), Some(310), Some(311)), "310.5");
        assert_eq!(of(1), (Some(0), Some(0), Some(0)));
        assert_eq!(partly(None).vat(won(9_900)), None);
        for (free, price) in [(0, 9_900), (9_900, 9_900), (9_901, 9_900)] {
            let free = Krw::parse(free).ok();
            assert_eq!(free.and_then(|free| Untaxed::of(free, won(price))), None);
        }
    }

    proptest! {
        #[test]
        fn no_charge_is_untaxed_beyond_its_amount_nor_taxed_beyond_the_rest(
            price in 2..=Krw::MAX_WON,
            of_price in 1_i64..=1_000_000,
            amount in 1..=Krw::MAX_WON,
            vat in prop::sample::select(Vat::ALL.to_vec()),
        ) {
            let free = (price * of_price / 1_000_001).clamp(1, price - 1);
            let krw = |won| Krw::parse(won).unwrap();
            let untaxed = Untaxed::of(krw(free), krw(price)).unwrap();
            let partly = Particulars { tax: Tax::Partly(untaxed), vat: Some(vat), ..Particulars::default() };
            let untaxed = partly.untaxed(krw(amount)).unwrap();
            let tax = partly.vat(krw(amount)).unwrap();
            prop_assert!((0..amount).contains(&untaxed));
            // Within a won of a tenth of what it is for.
            let supply = amount - untaxed - tax;
            prop_assert!((supply - 10 * tax).abs() < 11, "{supply} {tax}");
        }
    }
}
