//! What we ask of the gateway, and the names that go into it. A name that was parsed here is valid
//! everywhere: the wire, the database and the commands never check it again.

use std::fmt;

use jiff::Timestamp;

use crate::core::money::Krw;
use crate::core::particulars::Particulars;
use crate::core::spread;

mod uid;

pub use uid::{MerchantUid, UidNo, UidScope};

/// The gateway's name for a stored card (`customer_uid`): 1 to 80 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerUid(String);

impl CustomerUid {
    /// The longest `customer_uid`, in characters. docs: `POST /subscribe/payments/again`.
    pub const LENGTH_MAX: usize = 80;

    /// Takes a name.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has a character other than printable ASCII.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let printable = |c: char| c.is_ascii_graphic();
        BadName::unless(
            "customer_uid",
            text,
            Self::LENGTH_MAX,
            "printable ASCII without spaces",
            printable,
        )
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Our own name for a subscription: 1 to 24 of `[A-Za-z0-9_-]`, so that a person can read it in the
/// `merchant_uid` that the gateway's console shows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubscriptionId(String);

impl SubscriptionId {
    /// What is left of a `merchant_uid` after the installation, the cycle and a suffix.
    pub const LENGTH_MAX: usize = 24;

    /// Takes a name.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        BadName::unless(
            "subscription id",
            text,
            Self::LENGTH_MAX,
            "letters, digits, _ and -",
            uid_safe,
        )
        .map(Self)
    }

    /// The id of a subscription for which nobody chose one. It follows from what was asked for, so
    /// that adding or importing the same thing again names the same subscription.
    pub fn derived(customer: &CustomerUid, plan: &PlanId, anchor: Timestamp) -> Self {
        let key = format!("{}\n{}\n{}", customer.0, plan.0, anchor.as_microsecond());
        let alphabet = b"0123456789abcdefghjkmnpqrstvwxyz";
        let mut print = spread::fingerprint(&key);
        let mut id = String::from("s");
        for _ in 0..16 {
            let place = usize::try_from(print & 31).unwrap_or(0);
            id.push(char::from(*alphabet.get(place).unwrap_or(&b'0')));
            print >>= 5;
        }
        Self(id)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of a plan in the configuration: 1 to 40 of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PlanId(String);

impl PlanId {
    /// The longest plan id, in characters.
    pub const LENGTH_MAX: usize = 40;

    /// Takes a name.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        BadName::unless(
            "plan id",
            text,
            Self::LENGTH_MAX,
            "letters, digits, _ and -",
            uid_safe,
        )
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// This installation's prefix of every `merchant_uid`: 1 to 6 of `[a-z0-9]`. It is configured, not
/// drawn: an installation rebuilt from an import then asks for the same uids as before, and the
/// gateway refuses what was already paid.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Installation(String);

impl Installation {
    /// The longest installation name, in characters.
    pub const LENGTH_MAX: usize = 6;

    /// Takes a name.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has another character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        BadName::unless(
            "installation",
            text,
            Self::LENGTH_MAX,
            "lower-case letters and digits",
            allowed,
        )
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of what is sold, as the card statement may show it: 1 to 40 characters of EUC-KR.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct OrderName(String);

impl OrderName {
    /// The name of what is sold by a plan of which nothing else is known: its id, which is no longer.
    pub fn of_plan(plan: &PlanId) -> Self {
        Self(plan.0.clone())
    }

    /// The longest name, in characters. docs: `POST /subscribe/payments/again`, `name`.
    pub const LENGTH_MAX: usize = 40;

    /// Takes a name. That EUC-KR can hold it is checked where configuration is read: the table of
    /// that encoding is not the core's to know.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has a control character.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let visible = |c: char| !c.is_control();
        BadName::unless(
            "name",
            text,
            Self::LENGTH_MAX,
            "anything but control characters",
            visible,
        )
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! display_as_text {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    )*};
}
display_as_text!(CustomerUid, SubscriptionId, PlanId, Installation, OrderName);

/// One request to charge a stored card. The same for every send of a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The cycle's key at the gateway.
    pub merchant_uid: MerchantUid,
    /// The card to charge.
    pub customer_uid: CustomerUid,
    /// How much.
    pub amount: Krw,
    /// What for.
    pub name: OrderName,
    /// What else the gateway is asked for. Nothing in a question.
    pub particulars: Particulars,
}

/// A name that the gateway, or our own rules, would not take.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: it {complaint}; write 1 to {length_max} characters: {allowed}")]
pub struct BadName {
    kind: &'static str,
    text: String,
    complaint: String,
    length_max: usize,
    allowed: &'static str,
}

impl BadName {
    /// Returns the text unless it is empty, too long or has a character that is not allowed.
    pub(crate) fn unless(
        kind: &'static str,
        text: &str,
        length_max: usize,
        allowed: &'static str,
        is_allowed: impl Fn(char) -> bool,
    ) -> Result<String, Self> {
        let length = text.chars().count();
        let complaint = if length == 0 {
            "is empty".to_owned()
        } else if length > length_max {
            format!("has {length} characters")
        } else if let Some(odd) = text.chars().find(|c| !is_allowed(*c)) {
            format!("contains {odd:?}")
        } else {
            return Ok(text.to_owned());
        };

        // A long text is cut in the message: it may be a whole file pasted by mistake.
        let text = text.chars().take(100).collect();
        Err(Self {
            kind,
            text,
            complaint,
            length_max,
            allowed,
        })
    }
}

fn uid_safe(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_say_what_and_why() {
        let long = CustomerUid::parse(&"c".repeat(81)).unwrap_err().to_string();
        assert!(
            long.contains("has 81 characters") && long.contains("1 to 80"),
            "{long}"
        );
        let korean = CustomerUid::parse("고객-1").unwrap_err().to_string();
        assert!(korean.contains("contains '고'"), "{korean}");
        assert!(
            SubscriptionId::parse("")
                .unwrap_err()
                .to_string()
                .contains("is empty")
        );
    }

    /// Every PG takes these in a uid; some take nothing else.
    #[test]
    fn what_becomes_part_of_a_uid_has_letters_digits_and_two_marks() {
        for good in ["a", "Z", "0", "_", "-", "shop_1-B"] {
            assert_eq!(SubscriptionId::parse(good).unwrap().as_str(), good);
        }
        for bad in ["a b", "a.b", "a/b", "a+b", "a:b", "구독", "é"] {
            assert!(SubscriptionId::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(Installation::parse("shop").unwrap().as_str(), "shop");
        assert!(Installation::parse("a.b").is_err());
        assert_eq!(PlanId::parse("basic").unwrap().as_str(), "basic");
    }

    #[test]
    fn a_derived_id_is_stable_and_valid() {
        let customer = CustomerUid::parse("cust_1").unwrap();
        let plan = PlanId::parse("basic").unwrap();
        let anchor = "2026-01-31T10:00:00+09:00".parse().unwrap();
        let id = SubscriptionId::derived(&customer, &plan, anchor);
        // Written down: a release that changes it would import everybody a second time.
        assert_eq!(id.as_str(), "sc0fx0tef4kfe0qjx");
        assert_eq!(SubscriptionId::parse(id.as_str()), Ok(id));
    }
}
