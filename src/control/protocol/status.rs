//! The front page, as it goes over the socket.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The front page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Whether a person should look.
    pub health: Health,
    /// Why, in sentences.
    pub attention: Vec<String>,
    /// Why nobody is charged for now; empty when charges go out.
    pub stopped: Vec<Stopped>,
    /// Charges whose outcome is unknown.
    pub doubts: Doubts,
    /// What is to be charged.
    pub due: Due,
    /// Cycles that are tried again.
    pub dunning: i64,
    /// Held subscriptions by reason.
    pub holds: BTreeMap<String, i64>,
    /// Subscriptions by status.
    pub subscriptions: BTreeMap<String, i64>,
    /// Those of them with an end that is still to come.
    #[serde(default)]
    pub ending: i64,
    /// Those of them whose card was declined for good.
    #[serde(default)]
    pub card_dead: i64,
    /// Those of them whose card expires within 30 days, or did in the last 30, as was told.
    #[serde(default)]
    pub card_expiring: i64,
    /// What the last 24 hours brought.
    pub last_day: LastDay,
    /// When due, dunning, subscriptions and the last day were counted: in a large fleet that is done beside the
    /// page, and may be up to a minute old.
    pub counted_at: String,
    /// What time it is for the daemon.
    pub clock: Clock,
    /// The gateway, since the daemon started.
    pub gateway: Gateway,
    /// Maintenance.
    pub jobs: Vec<Job>,
    /// The newest entry of the journal.
    pub last_event: i64,
    /// The daemon's version.
    pub version: String,
    /// When it started.
    pub started_at: String,
}

/// Whether a person should look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// No.
    Ok,
    /// Yes.
    Attention,
}

/// Charges whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubts {
    /// How many.
    pub count: i64,
    /// When the oldest began.
    pub oldest_at: Option<String>,
}

/// What is to be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Due {
    /// Cycles whose moment has come and that are not begun.
    pub overdue: i64,
    /// Cycles whose moment comes within 24 hours.
    pub next_day: i64,
    /// When the next cycle is tried.
    pub next_at: Option<String>,
}

/// What the last 24 hours brought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastDay {
    /// Cycles paid.
    pub paid: i64,
    /// Their sum without refunds, in won.
    pub collected: i64,
}

/// What time it is for the daemon.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// The daemon's time.
    pub now: String,
    /// By how many seconds the machine's clock is ahead of it.
    pub skew_seconds: i64,
    /// When the engine last came round.
    pub engine_seen_at: String,
}

/// The gateway, since the daemon started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Gateway {
    /// Its host.
    pub host: String,
    /// Whether money is real: the configured mode.
    pub mode: String,
    /// Requests under way.
    pub in_flight: usize,
    /// Charges that were answered.
    pub answered: u64,
    /// Successes among them.
    pub paid: u64,
    /// Charges that were not answered.
    pub unanswered: u64,
    /// Calls a minute, while the gateway is asked less often than configured because it wants that.
    pub slowed_to_per_minute: Option<u32>,
    /// The last silence.
    pub last_silence: Option<Silence>,
}

/// Why nobody is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stopped {
    /// The reason, one of a fixed few.
    pub reason: String,
    /// What is the matter.
    pub why: String,
    /// When one charge tries whether that is still so.
    pub until: Option<String>,
}

/// A request that the gateway did not answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// What was seen instead.
    pub what: String,
    /// When.
    pub at: String,
}

/// A maintenance job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// Its name.
    pub name: String,
    /// When it last started.
    pub started_at: String,
    /// When that run ended.
    pub ended_at: Option<String>,
    /// What it said.
    pub result: Option<String>,
}
