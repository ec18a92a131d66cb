//! What is wrong, one by one, as it goes over the socket.

use serde::{Deserialize, Serialize};

use crate::control::protocol::status::Health;
use crate::control::protocol::sweep::Held;

/// The most rows of each kind.
pub const ROWS_MAX: u32 = 100;

/// How many declines are read for [`Unread`] at most, the newest first.
pub const DECLINES_MAX: u32 = 2_000;

/// How far back they are read, in days.
pub const DECLINES_DAYS: u32 = 30;

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doctor {
    /// Whether a person should look.
    pub health: Health,
    /// What is wrong, in sentences, as on the front page.
    pub attention: Vec<String>,
    /// The batch that is held until it is approved.
    #[serde(default)]
    pub sweep: Option<Held>,
    /// What the gateway says otherwise, while the database may not be the newest.
    pub differences: Vec<Difference>,
    /// Held subscriptions.
    pub holds: Vec<Hold>,
    /// Charges whose outcome is unknown, the oldest first.
    pub doubts: Vec<Doubt>,
    /// Declines that could not be understood, the most frequent first.
    #[serde(default)]
    pub unread: Vec<Unread>,
    /// Of how many declines without a known reason; [`DECLINES_MAX`] means that there may be more.
    #[serde(default)]
    pub declines_read: u32,
}

/// Something that the gateway says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The subscription.
    pub subscription: String,
    /// Its cycle.
    pub cycle: i64,
    /// In won.
    pub amount: i64,
    /// The uid under which the gateway knows it.
    pub merchant_uid: String,
    /// The state in which we had it.
    pub ours: String,
    /// What the gateway says.
    pub theirs: String,
    /// When it said so.
    pub found_at: String,
}

/// A held subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// The subscription.
    pub subscription: String,
    /// Why.
    pub reason: String,
    /// Its status.
    pub status: String,
}

/// A charge whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Doubt {
    /// The subscription.
    pub subscription: String,
    /// Its cycle.
    pub cycle: i64,
    /// In won.
    pub amount: i64,
    /// The uid under which the gateway may know it.
    pub merchant_uid: String,
    /// When the attempt began.
    pub begun_at: String,
    /// How often the gateway was asked.
    pub asked: i64,
    /// What is known of it.
    pub cause: Option<String>,
    /// In whose words.
    pub message: Option<String>,
}

/// Declines that could not be understood: they were taken as `generic`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// The PG that declined, if the gateway said so.
    pub pg: Option<String>,
    /// Its code, if its texts carry one.
    pub code: Option<String>,
    /// How many there are.
    pub times: u32,
    /// When the last one was heard of.
    pub last_at: String,
    /// Its text.
    pub example: String,
    /// What to write into the configuration, with another class; nothing without a code.
    pub write: Option<String>,
}

/// What releasing the fence led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Whether anything was held.
    pub is_changed: bool,
}
