//! A held batch and its approval, as they go over the socket.

use serde::{Deserialize, Serialize};

/// A batch that is held until a person approves it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Its name: another batch has another one.
    pub hash: String,
    /// Why it is held.
    pub why: String,
    /// Everything in it was due by then.
    pub until: String,
    /// How many charges it is.
    pub charges: i64,
    /// Their sum, in won.
    pub won: i64,
    /// What it is made of.
    pub parts: Vec<Part>,
}

/// A part of it: one plan, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The plan.
    pub plan: String,
    /// `late`, `new`, `dear`, or `foretold`: then nothing but the sum speaks against it.
    pub reason: String,
    /// How many charges.
    pub charges: i64,
    /// Their sum, in won.
    pub won: i64,
    /// The earliest due instant in it.
    pub first_due_at: String,
    /// The latest.
    pub last_due_at: String,
    /// One of its subscriptions.
    pub example: String,
}

/// A person's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    /// The name of the batch that was looked at.
    pub hash: String,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a person let out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// The name of the batch.
    pub hash: String,
    /// How many charges it is.
    pub charges: i64,
    /// Their sum, in won.
    pub won: i64,
}
