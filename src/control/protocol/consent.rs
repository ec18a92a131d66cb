//! A customer's consent to a price, and whom to ask for one.

use serde::{Deserialize, Serialize};

/// The longest look ahead for prices that rise, in days.
pub const DAYS_MAX: u32 = 366;

/// The body of `consent`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// When the customer agreed: RFC 3339 with an offset.
    pub at: String,
    /// Up to how much for a whole cycle, in won.
    pub amount: i64,
    /// What shows it: where the customer's answer can be found.
    pub evidence: String,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Somebody to ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// The subscription.
    pub subscription: String,
    /// Its card.
    pub customer_uid: String,
    /// Its plan.
    pub plan: String,
    /// The first cycle at the new price.
    pub cycle: u32,
    /// What a whole cycle cost before, in won; 0 when it was free.
    pub from: i64,
    /// What it costs then.
    pub to: i64,
    /// When it is charged, if there is consent.
    pub at: String,
    /// From when on a consent counts: 30 days before.
    pub ask_from: String,
    /// What becomes of it without: `hold` or `cancel`.
    pub without: String,
}
