//! What a person asks of one subscription, where that is more than a reason.

use serde::{Deserialize, Serialize};

use crate::control::protocol::Missed;

/// The body of `cancel`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cancel {
    /// Whether it ends with the period that was begun last; now when it is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub at_period_end: bool,
    /// Whether it ends although its plan binds it for longer.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub waive_term: bool,
    /// Why, for the journal; it has to be there when a term is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `pause`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pause {
    /// When it goes on by itself: RFC 3339 with an offset; when somebody says so if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// What to do then with what came due in the meantime; as its plan says if it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `card`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewCard {
    /// The card to charge from now on.
    pub customer_uid: String,
    /// The last month in which it can be charged, such as `2027-03`. With the `customer_uid` that the subscription
    /// has already, that is all that is told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `plan`: another one for this subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The plan's id.
    pub plan: String,
    /// Whether it begins now, and what is left of the current period is a credit; with the next cycle
    /// when it is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub now: bool,
    /// Why, for the journal; it has to be there when money moves now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `quantity`: how many this subscription has of its plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewQuantity {
    /// How many.
    pub quantity: i64,
    /// Whether it begins now, and what is left of the current period is a credit; with the next cycle
    /// when it is left out.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub now: bool,
    /// Why, for the journal; it has to be there when money moves now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}
