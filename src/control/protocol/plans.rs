//! Newer versions of plans for those who subscribed before: what that would change, and a person's word.

use serde::{Deserialize, Serialize};

/// Over how many cycles a difference is told at most.
pub const CYCLES_MAX: u32 = 120;

/// What would change for everybody who is on an older version that a newer one is to apply to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diff {
    /// The name of exactly this change; nothing when nobody changes.
    pub hash: Option<String>,
    /// Over how many cycles from the first changed one the sums are.
    pub cycles: u32,
    /// Plan by plan and version by version.
    pub parts: Vec<Part>,
    /// Who would be asked for more than one charge may: while there is anybody, nothing is applied.
    #[serde(default)]
    pub too_dear: Vec<TooDear>,
    /// Versions that cannot apply to subscribers of older ones, because their dates differ.
    pub unfit: Vec<Unfit>,
}

/// What changes for those who are on one version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The plan.
    pub plan: String,
    /// The version that they are on.
    pub from_version: i64,
    /// The version that is to apply to them.
    pub to_version: i64,
    /// How many they are.
    pub subscriptions: u64,
    /// For how many of them the price rises, so that they have to agree to it.
    pub need_consent: u64,
    /// When the first changed charge is.
    pub first_at: String,
    /// What the next cycles would cost all of them by the old version, in won.
    pub before: i64,
    /// What they cost by the new one.
    pub after: i64,
}

/// Those who are on one version and would be asked for too much by another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TooDear {
    /// The plan.
    pub plan: String,
    /// The version that they are on.
    pub from_version: i64,
    /// The version that is to apply to them.
    pub to_version: i64,
    /// How many they are.
    pub subscriptions: u64,
    /// One who would be asked for the most.
    pub example: String,
    /// What for, in won.
    pub won: i64,
}

/// Two versions whose dates differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unfit {
    /// The plan.
    pub plan: String,
    /// The older version.
    pub from_version: i64,
    /// The newest.
    pub to_version: i64,
}

/// A page of those for whom something changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changes {
    /// What changes for each.
    pub rows: Vec<Change>,
    /// Of the page, who would be asked for too much.
    #[serde(default)]
    pub too_dear: Vec<TooDear>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// What changes for one subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// Its id.
    pub subscription: String,
    /// Its card.
    pub customer_uid: String,
    /// The plan.
    pub plan: String,
    /// The version that it is on.
    pub from_version: i64,
    /// The version that is to apply to it.
    pub to_version: i64,
    /// The first cycle by that.
    pub cycle: u32,
    /// When it is charged.
    pub at: String,
    /// What it would have cost, in won.
    pub before: i64,
    /// What it costs.
    pub after: i64,
    /// Whether the customer has to agree to that first.
    pub needs_consent: bool,
    /// By how much the next cycles together cost more, in won; less than 0 when they cost less.
    pub difference: i64,
}

/// A person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Apply {
    /// The name of the change that was looked at.
    pub hash: String,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// The name of the change.
    pub hash: String,
    /// How many subscriptions change.
    pub subscriptions: u64,
    /// How many of them have to agree to a price that rises.
    pub need_consent: u64,
}
