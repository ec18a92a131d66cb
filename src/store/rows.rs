//! Rows as the tables have them, and how they are bound. Their JSON form is what the journal keeps,
//! so a column has one name everywhere.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::consent::{Agreement, Rise};
use crate::core::dunning::{self, Class};
use crate::core::subscription::Card;
use crate::store::batch::Bound;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::CycleKey;
use crate::store::{StoreError, columns};

mod charged;

pub(super) use charged::{BegunRow, PaidRow};

/// A row of `cycle`. The order of its fields is that of the view `work`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rises_from: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) rises_to: Option<i64>,
    pub(super) plan_key: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ladder_at: Option<i64>,
    pub(super) uid_no: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) given_up_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) credit: Option<i64>,
}

/// A cycle to be updated, with the state in which it was read.
#[derive(Debug)]
pub(super) struct CycleUpdate {
    pub(super) row: CycleRow,
    pub(super) seen_state: &'static str,
    pub(super) seen_attempts: i64,
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
    pub(super) pg: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) imp_uid: Option<String>,
}

/// A row of the view `work`: a cycle and what decides about it, in the order of the view.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct WorkRow {
    pub(super) cycle: CycleRow,
    pub(super) subscription: SubscriptionRow,
    pub(super) charged_uid: Option<String>,
    /// 0 or 1, as SQLite has it.
    pub(super) card_busy: u8,
    /// When the last of as many tries was begun as a card may be declined, counted from the newest.
    pub(super) card_spent_at: Option<i64>,
}

impl CycleRow {
    /// For `insert_cycles.sql`.
    pub(super) fn bind_new(self, to: &mut Bound) {
        to.bind(self.subscription_key)
            .bind(self.n)
            .bind(self.due_at)
            .bind(self.amount)
            .bind(self.name)
            .bind(self.state)
            .bind(self.act_at)
            .bind(self.wake_at)
            .bind(self.rises_from)
            .bind(self.rises_to)
            .bind(self.plan_key)
            .bind(self.credit);
    }

    /// For `reprice_cycles.sql`.
    pub(super) fn bind_repriced(self, to: &mut Bound) {
        to.bind(self.subscription_key)
            .bind(self.n)
            .bind(self.due_at)
            .bind(self.act_at)
            .bind(self.wake_at)
            .bind(self.amount)
            .bind(self.name)
            .bind(self.rises_from)
            .bind(self.rises_to)
            .bind(self.plan_key)
            .bind(self.credit);
    }

    /// How its price is above the one before it, if it is.
    pub(super) fn rise(&self) -> Option<Rise> {
        Rise::between(self.rises_from?, self.rises_to?)
    }
}

impl CycleUpdate {
    /// For `update_cycles.sql`.
    pub(super) fn bind(self, to: &mut Bound) {
        let row = self.row;
        to.bind(row.subscription_key)
            .bind(row.n)
            .bind(self.seen_state)
            .bind(self.seen_attempts)
            .bind(row.state)
            .bind(row.act_at)
            .bind(row.wake_at)
            .bind(row.begun_at)
            .bind(row.attempts)
            .bind(row.declines)
            .bind(row.traceless)
            .bind(row.asked)
            .bind(row.cause)
            .bind(row.class)
            .bind(row.code)
            .bind(row.message)
            .bind(row.imp_uid)
            .bind(row.paid_at)
            .bind(row.refunded)
            .bind(row.ladder_at)
            .bind(row.uid_no)
            .bind(row.given_up_at);
    }
}

impl AttemptRow {
    /// For `insert_attempts.sql`.
    pub(super) fn bind_new(self, to: &mut Bound) {
        to.bind(self.subscription_key)
            .bind(self.n)
            .bind(self.k)
            .bind(self.customer_uid)
            .bind(self.merchant_uid)
            .bind(self.amount)
            .bind(self.begun_at);
    }

    /// For `adopt_attempts.sql`.
    pub(super) fn bind_adopted(self, to: &mut Bound) {
        to.bind(self.subscription_key)
            .bind(self.n)
            .bind(self.k)
            .bind(self.customer_uid)
            .bind(self.merchant_uid)
            .bind(self.amount)
            .bind(self.begun_at)
            .bind(self.ended_at)
            .bind(self.outcome)
            .bind(self.class)
            .bind(self.pg)
            .bind(self.code)
            .bind(self.message)
            .bind(self.imp_uid);
    }

    /// For `end_attempts.sql`.
    pub(super) fn bind_end(self, to: &mut Bound) {
        to.bind(self.subscription_key)
            .bind(self.n)
            .bind(self.k)
            .bind(self.ended_at)
            .bind(self.outcome)
            .bind(self.class)
            .bind(self.pg)
            .bind(self.code)
            .bind(self.message)
            .bind(self.imp_uid);
    }
}

impl WorkRow {
    /// The key of its cycle.
    pub(super) const fn key(&self) -> CycleKey {
        CycleKey {
            subscription: self.cycle.subscription_key,
            n: self.cycle.n,
        }
    }

    /// Whether its card may be charged now.
    pub(super) fn card(&self, now: Timestamp) -> Result<Card, StoreError> {
        Ok(match (self.card_rest(now)?, self.death()) {
            (Card::Free | Card::Spent { .. } | Card::Dead(_), Some(class)) => Card::Dead(class),
            (card, _) => card,
        })
    }

    /// As what its card was declined for good, if it was.
    pub(super) fn death(&self) -> Option<Class> {
        self.subscription
            .card_dead
            .as_deref()
            .and_then(Class::named)
    }

    /// Whether its card may be charged now, if it is a good one.
    pub(super) fn card_rest(&self, now: Timestamp) -> Result<Card, StoreError> {
        if self.card_busy > 0 {
            return Ok(Card::Busy);
        }
        let until = self.card_rests_until()?.filter(|until| *until > now);
        Ok(until.map_or(Card::Free, |until| Card::Spent { until }))
    }

    /// How long its card rests, or rested, after it was declined as often as it may be.
    pub(super) fn card_rests_until(&self) -> Result<Option<Timestamp>, StoreError> {
        let instant = |at| columns::instant(&self.subscription.id, at);
        let spent_at = self.card_spent_at.map(instant).transpose()?;
        Ok(spent_at.map(dunning::card_rests_until))
    }

    /// What its customer last agreed to.
    pub(super) fn agreement(&self) -> Result<Agreement, StoreError> {
        let at = columns::instant(&self.subscription.id, self.subscription.agreed_at)?;
        let won = self.subscription.agreed_won;
        Ok(Agreement { at, won })
    }
}
