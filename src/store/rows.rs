//! Rows as the tables have them. Their JSON form feeds the batch statements and is what the journal
//! keeps, so a column has one name everywhere.

use serde::Serialize;
use sqlx::FromRow;

/// A row of `cycle`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub(super) struct CycleRow {
    pub(super) subscription_key: i64,
    pub(super) n: i64,
    pub(super) due_at: i64,
    pub(super) amount: i64,
    pub(super) name: String,
    pub(super) state: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) act_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) wake_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) begun_at: Option<i64>,
    pub(super) attempts: i64,
    pub(super) declines: i64,
    pub(super) traceless: i64,
    pub(super) asked: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) cause: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) imp_uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) paid_at: Option<i64>,
    pub(super) refunded: i64,
}

/// A cycle to be updated, with the state in which it was read.
#[derive(Debug, Serialize)]
pub(super) struct CycleUpdate {
    #[serde(flatten)]
    pub(super) row: CycleRow,
    pub(super) seen_state: String,
    pub(super) seen_attempts: i64,
}

/// A row of `subscription`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, FromRow)]
pub(super) struct SubscriptionRow {
    pub(super) key: i64,
    pub(super) id: String,
    pub(super) customer_uid: String,
    pub(super) plan_key: i64,
    pub(super) anchor_at: i64,
    pub(super) first_cycle: i64,
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hold: Option<String>,
    pub(super) created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<i64>,
}

/// A row of `attempt`, or the part of one that is news.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub(super) struct AttemptRow {
    pub(super) subscription_key: i64,
    pub(super) n: i64,
    pub(super) k: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) customer_uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) merchant_uid: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) begun_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) outcome: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) class: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) imp_uid: Option<String>,
}

/// A row of the view `work`: a cycle and what decides about it.
#[derive(Debug, Clone, FromRow)]
pub(super) struct WorkRow {
    #[sqlx(flatten)]
    pub(super) cycle: CycleRow,
    pub(super) subscription: String,
    pub(super) customer_uid: String,
    pub(super) plan_key: i64,
    pub(super) anchor_at: i64,
    pub(super) first_cycle: i64,
    pub(super) status: String,
    pub(super) hold: Option<String>,
    pub(super) created_at: i64,
    pub(super) ended_at: Option<i64>,
    pub(super) charged_uid: Option<String>,
    pub(super) card_busy: bool,
}

impl WorkRow {
    /// The subscription's own row.
    pub(super) fn subscription_row(&self) -> SubscriptionRow {
        SubscriptionRow {
            key: self.cycle.subscription_key,
            id: self.subscription.clone(),
            customer_uid: self.customer_uid.clone(),
            plan_key: self.plan_key,
            anchor_at: self.anchor_at,
            first_cycle: self.first_cycle,
            status: self.status.clone(),
            hold: self.hold.clone(),
            created_at: self.created_at,
            ended_at: self.ended_at,
        }
    }
}
