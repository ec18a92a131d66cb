//! What a plan asks of the gateway besides the money: tax, instalments, and what the PG wants to know. It
//! is part of a version, and the same for every cycle on it.

use crate::core::calendar::CycleNo;
use crate::core::money::Krw;
use crate::core::order::{BadName, PlanId, SubscriptionId};

mod tax;

pub use tax::{Tax, Untaxed, Vat};

/// The particulars of a plan. Without any, the gateway does as it does by itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Particulars {
    /// How much of the amount bears value-added tax.
    pub tax: Tax,
    /// How the tax of a charge is rounded, if it is said at all; the gateway reckons it when there is none.
    pub vat: Option<Vat>,
    /// In how many months the card pays; at once when there is none.
    pub quota: Option<Quota>,
    /// The PG's code of what is sold, if it has given one.
    pub product_code: Option<ProductCode>,
    /// Whether a cash receipt is issued; as the PG does by itself when there is none.
    pub cash_receipt: Option<CashReceipt>,
    /// Whether goods are sold or what has no body; as the PG takes it by itself when there is none.
    pub product_type: Option<ProductType>,
    /// What the gateway keeps with the payment, for the merchant's own programs.
    pub custom_data: Option<CustomData>,
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

/// What kind of thing is sold. docs: `POST /subscribe/payments/again`, `product_type`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProductType {
    /// Goods.
    Real,
    /// What has no body.
    Digital,
}

/// A text that the gateway keeps with a payment, with placeholders: `{subscription}`, `{plan}` and `{cycle}`
/// (counted from 1). Nothing else is one, because what a cycle is sent with must be the same at every
/// send of it: these never change. A brace that no lower-case word stands in is itself, so that JSON can
/// be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomData(String);

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

impl ProductType {
    /// Every kind.
    pub const ALL: [Self; 2] = [Self::Real, Self::Digital];

    /// The name in configuration, in the database and on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Real => "real",
            Self::Digital => "digital",
        }
    }

    /// The kind of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == text)
    }
}

impl CustomData {
    /// The longest text, in characters, before its placeholders are filled in.
    pub const LENGTH_MAX: usize = 200;

    /// The placeholders.
    const PLACEHOLDERS: [&str; 3] = ["{subscription}", "{plan}", "{cycle}"];

    /// Takes a text.
    ///
    /// # Errors
    /// [`BadCustomData`] when it is empty or too long, or has a control character or a placeholder that
    /// there is not.
    pub fn parse(text: &str) -> Result<Self, BadCustomData> {
        let visible = |c: char| !c.is_control();
        let allowed = "anything but control characters";
        let text = BadName::unless("custom_data", text, Self::LENGTH_MAX, allowed, visible)?;
        for (place, _) in text.match_indices('{') {
            let word = text
                .get(place..)
                .and_then(|rest| Some(rest.split_once('}')?.0));
            let word = word.unwrap_or_default();
            let name = word.trim_start_matches('{');
            let is_meant =
                !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_');
            let is_known = Self::PLACEHOLDERS.contains(&format!("{word}}}").as_str());
            if is_meant && !is_known {
                return Err(BadCustomData::Unknown(name.to_owned()));
            }
        }
        Ok(Self(text))
    }

    /// The text as it is sent with this cycle.
    #[must_use]
    pub fn of_cycle(&self, subscription: &SubscriptionId, plan: &PlanId, n: CycleNo) -> Self {
        let filled = self.0.replace("{subscription}", subscription.as_str());
        let filled = filled.replace("{plan}", plan.as_str());
        Self(filled.replace("{cycle}", &(n.number() + 1).to_string()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is not kept with payments.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadCustomData {
    /// There is no such placeholder.
    #[error("there is no placeholder {{{0}}}: there are {{subscription}} {{plan}} {{cycle}}")]
    Unknown(String),
    /// It is too long or has what no text has.
    #[error(transparent)]
    Text(#[from] BadName),
}

impl Particulars {
    /// The particulars of one cycle: its text is filled in.
    #[must_use]
    pub fn of_cycle(&self, subscription: &SubscriptionId, plan: &PlanId, n: CycleNo) -> Self {
        let custom_data = self.custom_data.as_ref();
        Self {
            custom_data: custom_data.map(|text| text.of_cycle(subscription, plan, n)),
            ..self.clone()
        }
    }

    /// How much of an amount is not taxed, in won; nothing where the gateway's own rule holds.
    pub const fn untaxed(&self, amount: Krw) -> Option<i64> {
        self.tax.untaxed(amount)
    }

    /// The tax of an amount, in won; nothing where the gateway reckons it.
    pub fn vat(&self, amount: Krw) -> Option<i64> {
        let taxed = amount.won() - self.untaxed(amount).unwrap_or(0);
        Some(self.vat?.within(taxed))
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
    fn a_text_is_the_same_for_every_send_of_a_cycle() {
        let (alice, plan) = (
            SubscriptionId::parse("alice").unwrap(),
            PlanId::parse("basic").unwrap(),
        );
        let fill = |text: &str| {
            let text = CustomData::parse(text).map_err(|why| why.to_string())?;
            let n = CycleNo::parse(4).unwrap();
            Ok::<String, String>(text.of_cycle(&alice, &plan, n).0)
        };
        let json = r#"{"of":"{subscription}","n":{cycle},"plan":"{plan}","more":{}}"#;
        let filled = r#"{"of":"alice","n":5,"plan":"basic","more":{}}"#;
        assert_eq!(fill(json), Ok(filled.to_owned()));
        assert_eq!(fill("shop 7"), Ok("shop 7".to_owned()));
        for bad in [
            "{from}",
            r#"{"a":"{customer}"}"#,
            "",
            "a\nb",
            &"x".repeat(201),
        ] {
            assert!(fill(bad).is_err(), "{bad}");
        }
    }
}
