//! What a plan asks of the gateway besides the money: tax, instalments, and what the PG wants to know. It
//! is part of a version, and the same for every cycle on it.

use crate::core::money::Krw;
use crate::core::order::BadName;

/// The particulars of a plan. Without any, the gateway does as it does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// Whether the amount bears value-added tax.
    pub tax: Tax,
    /// In how many months the card pays; at once when there is none.
    pub quota: Option<Quota>,
    /// The PG's code of what is sold, if it has given one.
    pub product_code: Option<ProductCode>,
    /// Whether a cash receipt is issued; as the PG does by itself when there is none.
    pub cash_receipt: Option<CashReceipt>,
}

/// Whether an amount bears value-added tax.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Tax {
    /// The tax is a part of it, as the gateway takes for granted: one eleventh.
    #[default]
    Included,
    /// None of it is taxed.
    Free,
}

/// Instalments: in so many months a card pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quota(u8);

/// Whether a cash receipt is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CashReceipt {
    /// It is.
    Issued,
    /// It is not.
    NotIssued,
}

/// The PG's code of what is sold: 1 to 20 of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProductCode(String);

impl Quota {
    /// The fewest months. docs: `POST /subscribe/payments/again`, `card_quota`.
    pub const MIN: u8 = 2;

    /// The most months that we ask for; issuers stop earlier.
    pub const MAX: u8 = 36;

    /// The smallest charge that can be paid in instalments, in won. docs: as above.
    pub const FROM_WON: i64 = 50_000;

    /// Takes a number of months.
    pub fn of(months: u8) -> Option<Self> {
        (Self::MIN..=Self::MAX)
            .contains(&months)
            .then_some(Self(months))
    }

    /// The number of months.
    pub const fn months(self) -> u8 {
        self.0
    }
}

impl ProductCode {
    /// The longest code, in characters.
    pub const LENGTH_MAX: usize = 20;

    /// Takes a code.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let safe = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let allowed = "letters, digits, _ and -";
        BadName::unless("product code", text, Self::LENGTH_MAX, allowed, safe).map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Particulars {
    /// How much of an amount is not taxed; nothing where the gateway's own rule holds.
    pub const fn untaxed(&self, amount: Krw) -> Option<i64> {
        match self.tax {
            Tax::Included => None,
            Tax::Free => Some(amount.won()),
        }
    }

    /// In how many months this amount is paid. A cheap first cycle is paid at once even if the others
    /// are not.
    pub fn months(&self, amount: Krw) -> Option<u8> {
        let quota = self.quota.filter(|_| amount.won() >= Quota::FROM_WON)?;
        Some(quota.months())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instalments_begin_at_fifty_thousand_won() {
        let particulars = Particulars {
            quota: Quota::of(3),
            ..Particulars::default()
        };
        let months = |won| particulars.months(Krw::parse(won).unwrap());
        assert_eq!((months(49_999), months(50_000)), (None, Some(3)));
        let few = [0, 1, 37].map(Quota::of);
        assert_eq!(few, [None; 3]);
    }

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
}
