//! What is read, as rows for people and scripts. Instants are microseconds of UTC as the tables have
//! them, for the socket to put into words.

use sqlx::FromRow;

/// A subscription, for people and scripts.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct SubscriptionView {
    pub key: i64,
    pub id: String,
    pub customer_uid: String,
    pub plan: String,
    pub plan_key: i64,
    pub plan_version: i64,
    pub amount: i64,
    pub quantity: i64,
    pub coupon: Option<String>,
    pub discount: Option<String>,
    pub status: String,
    pub hold: Option<String>,
    pub anchor_at: i64,
    pub created_at: i64,
    pub ended_at: Option<i64>,
    pub agreed_at: i64,
    pub agreed_won: i64,
    pub next_at: Option<i64>,
    pub next_version: Option<i64>,
    pub ends_at: Option<i64>,
    pub resumes_at: Option<i64>,
    pub moved_n: Option<i64>,
    pub moved_at: Option<i64>,
    pub credit: Option<i64>,
    pub card_dead: Option<String>,
    pub card_expires: Option<i64>,
    pub newest_cycle: i64,
    pub next_due_at: Option<i64>,
    pub next_wake_at: Option<i64>,
}

/// A cycle, for people and scripts.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct CycleView {
    pub subscription_key: i64,
    pub subscription: String,
    pub customer_uid: String,
    pub plan: String,
    pub cycle: i64,
    pub due_at: i64,
    pub amount: i64,
    pub credit: Option<i64>,
    pub state: String,
    pub wake_at: Option<i64>,
    pub imp_uid: Option<String>,
    pub paid_at: Option<i64>,
    pub refunded: i64,
    pub attempts: i64,
    pub declines: i64,
    pub cause: Option<String>,
    pub class: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    /// The `merchant_uid`, where it is not the cycle's own.
    pub later_uid: Option<String>,
}

/// An attempt, for people and scripts.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct AttemptView {
    pub subscription_key: i64,
    pub subscription: String,
    pub cycle: i64,
    pub attempt: i64,
    pub customer_uid: String,
    pub merchant_uid: String,
    pub amount: i64,
    pub begun_at: i64,
    pub ended_at: Option<i64>,
    pub outcome: Option<String>,
    pub class: Option<String>,
    pub pg: Option<String>,
    pub code: Option<String>,
    pub message: Option<String>,
    pub imp_uid: Option<String>,
}

/// An entry of the journal.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct Entry {
    pub seq: i64,
    pub at: i64,
    pub subscription: Option<String>,
    pub cycle: Option<i64>,
    pub kind: String,
    pub actor: String,
    pub words: Option<String>,
    pub after: String,
    /// The plan that it is about, where the entries of one subscription are asked for.
    #[sqlx(default)]
    pub plan: Option<String>,
    #[sqlx(default)]
    pub plan_version: Option<i64>,
}
