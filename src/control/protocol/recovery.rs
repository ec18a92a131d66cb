//! What dunning brought in. Shares are in hundredths of a percent; `low_bp` to `high_bp` is where the true
//! share lies, 95 of 100 times.

use serde::{Deserialize, Serialize};

/// What dunning brought in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovery {
    /// Cycles that were declined since then are counted.
    pub since: String,
    /// By plan.
    pub plans: Vec<Recovered>,
    /// By plan, class of the decline, and rung.
    pub rungs: Vec<Rung>,
}

/// What became of a plan's cycles that were declined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// The plan.
    pub plan: String,
    /// How many were declined at least once.
    pub declined: u64,
    /// How many of these were paid.
    pub recovered: u64,
    /// How many are still owed, and not given up.
    pub waiting: u64,
    /// What all of them asked for.
    pub owed_won: i64,
    /// What those that were paid asked for.
    pub recovered_won: i64,
    /// The share that was recovered of those that are over.
    pub recovered_bp: Option<u64>,
    /// Where the interval begins.
    pub low_bp: u64,
    /// Where it ends.
    pub high_bp: u64,
}

/// What a rung came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// The plan.
    pub plan: String,
    /// The class of the decline that led there.
    pub class: String,
    /// Which: its number, counted from 1, or `by_hand` or `new_card`.
    pub rung: String,
    /// How often it was tried.
    pub tries: u64,
    /// How often that paid.
    pub recovered: u64,
    /// How much.
    pub recovered_won: i64,
    /// The share of tries that paid.
    pub recovered_bp: Option<u64>,
    /// Where the interval begins.
    pub low_bp: u64,
    /// Where it ends.
    pub high_bp: u64,
}
