//! What is wrong, one by one, as it goes over the socket.

use serde::{Deserialize, Serialize};

use crate::control::protocol::status::Health;
use crate::control::protocol::sweep::Held;

/// The most rows of each kind.
pub const ROWS_MAX: u32 = 100;

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

/// What releasing the fence led to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    /// Whether anything was held.
    pub is_changed: bool,
}
