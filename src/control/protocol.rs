//! What goes over the socket, for both ends. Every instant is RFC 3339 in UTC, every amount a whole
//! number of won; a field that a newer daemon adds does not trouble an older command.

pub mod cards;
pub mod change;
pub mod consent;
pub mod doctor;
pub mod plans;
pub mod preview;
pub mod recovery;
pub mod status;
pub mod sweep;

use serde::{Deserialize, Serialize};

/// The most subscriptions that one request may add.
pub const BATCH_MAX: usize = 1_000;

/// The header with the key under which a request is carried out once, however often it is sent. The
/// same key with another request is a conflict; keys are kept for 30 days.
pub const KEY_HEADER: &str = "idempotency-key";

/// The header of an answer that was given before, to the same request under the same key.
pub const REPEATED_HEADER: &str = "idempotent-replayed";

/// The most rows of one page.
pub const PAGE_MAX: u32 = 1_000;

/// A page of rows, and where the next one begins, if there is one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rows<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// What to give as `after` to get the next page; nothing after the last one.
    pub next: Option<String>,
}

/// A subscription that somebody asks for, as it was written: the daemon checks it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    /// The card to charge.
    pub customer_uid: String,
    /// The plan's id.
    pub plan: String,
    /// Where cycles are counted from: RFC 3339 with an offset. One that is asked for alone may leave
    /// it out and starts now; one of a batch may not, for then a batch could not be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<String>,
    /// Its id; derived from customer, plan and anchor when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The first cycle to charge; 0 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_cycle: Option<u32>,
    /// How many of what the plan sells; 1 when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// The code of a coupon to redeem.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coupon: Option<String>,
    /// The last month in which the card can be charged, such as `2027-03`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card_expires: Option<String>,
    /// Why, for the journal; of one that is asked for alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What became of one subscription that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Outcome {
    /// It is there now.
    Added(Added),
    /// It is not; nothing of it was written.
    Refused(Failed),
}

/// A subscription that is there now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub id: String,
    /// Whether this request put it there; otherwise it was there already, just so.
    pub is_new: bool,
    /// When its first cycle is due.
    pub first_due_at: String,
}

/// The body of what needs no more than a reason, if that: `pause`, `uncancel` and the like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `resume` and `release`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Freed {
    /// What to do with what came due in the meantime. Asked for only if something did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missed: Option<Missed>,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `skip`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Skip {
    /// The cycle that is meant; the one that waits when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u32>,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The body of `retry`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The cycle that is meant; the oldest that is owed when it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<u32>,
    /// Why, for the journal: money moves, and not by the plan's rules.
    pub reason: String,
}

/// What to do with a cycle that came due while the subscription stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Missed {
    /// Charge none of them.
    Skip,
    /// Skip the older ones and charge the latest.
    ChargeLatest,
    /// The oldest begins now, and those after it are counted from there.
    MoveAnchor,
}

/// The body of `coupon`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Coupon {
    /// The code of the coupon to redeem.
    pub coupon: String,
    /// Why, for the journal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// What a command led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The subscription's id.
    pub id: String,
    /// Its status now.
    pub status: String,
    /// Its hold now.
    pub hold: Option<String>,
    /// Whether anything changed.
    pub is_changed: bool,
    /// The cycles that nobody will ask for any more.
    pub forgone: Vec<i64>,
    /// The cycle whose charge is under way: its outcome is still to come, and will be recorded.
    pub in_flight: Option<i64>,
    /// When the next cycle is due, if one is.
    pub next_due_at: Option<String>,
    /// When a cycle that is owed is tried next, if one is.
    pub retry_at: Option<String>,
    /// When it ends by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<String>,
    /// What keeps it until then, if that is later than the end of its period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kept_by: Option<String>,
    /// When it goes on by itself, if it is paused until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resumes_at: Option<String>,
    /// What is paid and not used, and is taken off the cycles after the next one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credit: Option<i64>,
    /// What the next cycle asks for, if one waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_amount: Option<i64>,
    /// What a whole cycle costs from the next one on, if its customer has not agreed to that: without a consent it
    /// is not charged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rises_to: Option<i64>,
    /// The cycles that dunning gave up on, when it goes on without them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub given_up: Vec<i64>,
}

/// A subscription and what happened to it lately, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// The subscription.
    pub subscription: Subscription,
    /// What binds it, and when it would end if somebody said so now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// When its card expires, if that was told, and a charge of the next 30 days that it does not live to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Its newest cycles.
    pub cycles: Vec<Cycle>,
    /// Its newest attempts.
    pub attempts: Vec<Attempt>,
    /// The newest entries of the journal about it.
    pub events: Vec<Event>,
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema explains the columns")]
pub struct Subscription {
    pub id: String,
    pub customer_uid: String,
    pub plan: String,
    pub plan_version: i64,
    pub amount: i64,
    pub quantity: i64,
    pub coupon: Option<String>,
    pub discount: Option<String>,
    pub status: String,
    pub hold: Option<String>,
    pub anchor_at: String,
    pub created_at: String,
    pub ended_at: Option<String>,
    pub agreed_at: String,
    pub agreed_won: i64,
    pub next_version: Option<i64>,
    pub next_version_at: Option<String>,
    pub ends_at: Option<String>,
    pub resumes_at: Option<String>,
    pub moved_at: Option<String>,
    pub credit: Option<i64>,
    pub card_dead: Option<String>,
    pub card_expires: Option<String>,
    pub newest_cycle: i64,
    pub next_due_at: Option<String>,
    pub next_wake_at: Option<String>,
}

/// A cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema explains the columns")]
pub struct Cycle {
    pub subscription: String,
    pub customer_uid: String,
    pub plan: String,
    pub cycle: i64,
    pub due_at: String,
    pub amount: i64,
    pub credit: Option<i64>,
    pub state: String,
    pub merchant_uid: String,
    pub imp_uid: Option<String>,
    pub paid_at: Option<String>,
    pub attempts: i64,
    pub declines: i64,
    pub refunded: i64,
    pub cause: Option<String>,
    pub class: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub wake_at: Option<String>,
}

/// An attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema explains the columns")]
pub struct Attempt {
    pub subscription: String,
    pub cycle: i64,
    pub attempt: i64,
    pub customer_uid: String,
    pub merchant_uid: String,
    pub amount: i64,
    pub begun_at: String,
    pub ended_at: Option<String>,
    pub outcome: Option<String>,
    pub class: Option<String>,
    #[serde(default)]
    pub pg: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub imp_uid: Option<String>,
}

/// An entry of the journal. `after` holds the rows as they became.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "the schema explains the columns")]
pub struct Event {
    pub seq: i64,
    pub at: String,
    pub kind: String,
    pub subscription: Option<String>,
    pub cycle: Option<i64>,
    pub actor: String,
    pub words: Option<String>,
    pub after: serde_json::Value,
    /// The plan that the entry is about, where one subscription is shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan_version: Option<i64>,
}

/// What can be exported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Export {
    /// Every subscription, in the order in which they were added.
    Subscriptions,
    /// Every cycle, by subscription.
    Cycles,
    /// Every attempt, by subscription and cycle.
    Attempts,
    /// The journal, in order.
    Events,
}

impl Export {
    /// Its name in paths and on the command line.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Subscriptions => "subscriptions",
            Self::Cycles => "cycles",
            Self::Attempts => "attempts",
            Self::Events => "events",
        }
    }
}

/// What a comparison with the gateway's books came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reconciled {
    /// Payments that were compared.
    pub compared: u64,
    /// Those of which the gateway says something else.
    pub differing: u64,
    /// Those that the gateway did not answer for.
    pub unanswered: u64,
}

/// Why a request was not carried out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failed {
    /// Why.
    pub error: Fault,
}

/// A kind for programs and a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct Fault {
    /// What kind of fault.
    pub kind: Kind,
    /// What is wrong, and what to do about it.
    pub message: String,
}

/// What kind of fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It does not exist.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// It cannot be understood.
    Invalid,
    /// The peer may not do it.
    NotPermitted,
    /// The daemon is going down.
    Stopping,
    /// The daemon could not do it; its log says why. A kind from a newer daemon reads as this one.
    #[serde(other)]
    Failed,
}
