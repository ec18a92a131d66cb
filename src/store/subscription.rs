//! A subscription's row, and what is read out of it. Its JSON form is what the journal keeps.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sqlx::FromRow;

use crate::core::calendar::{Anchor, CycleNo};
use crate::core::contract::{Contract, Quantity};
use crate::core::coupon::Discount;
use crate::core::preview::Resumption;
use crate::core::subscription::{Missed, Status};
use crate::store::batch::Bound;
use crate::store::{StoreError, columns};

/// A row of `subscription`. The order of its fields is that of the view `work`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, FromRow)]
pub(super) struct SubscriptionRow {
    pub(super) key: i64,
    pub(super) id: String,
    pub(super) customer_uid: String,
    pub(super) plan_key: i64,
    pub(super) anchor_at: i64,
    pub(super) first_cycle: i64,
    pub(super) quantity: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) coupon: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) discount: Option<String>,
    pub(super) status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) hold: Option<String>,
    pub(super) created_at: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ended_at: Option<i64>,
    pub(super) agreed_at: i64,
    pub(super) agreed_won: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_plan_key: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) ends_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resumes_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) resumes_how: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved_n: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) moved_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) credit: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) card_dead: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) card_expires: Option<i64>,
}

impl SubscriptionRow {
    /// For `insert_subscriptions.sql`.
    pub(super) fn bind_new(self, to: &mut Bound) {
        to.bind(self.key)
            .bind(self.id)
            .bind(self.customer_uid)
            .bind(self.plan_key)
            .bind(self.anchor_at)
            .bind(self.first_cycle)
            .bind(self.quantity)
            .bind(self.coupon)
            .bind(self.discount)
            .bind(self.status)
            .bind(self.created_at)
            .bind(self.agreed_at)
            .bind(self.agreed_won)
            .bind(self.card_expires);
    }

    /// For `update_subscriptions.sql`.
    pub(super) fn bind_change(self, to: &mut Bound) {
        to.bind(self.key)
            .bind(self.status)
            .bind(self.hold)
            .bind(self.customer_uid)
            .bind(self.ended_at)
            .bind(self.agreed_at)
            .bind(self.agreed_won)
            .bind(self.plan_key)
            .bind(self.quantity)
            .bind(self.coupon)
            .bind(self.discount)
            .bind(self.next_plan_key)
            .bind(self.next_at)
            .bind(self.ends_at)
            .bind(self.resumes_at)
            .bind(self.resumes_how)
            .bind(self.moved_n)
            .bind(self.moved_at)
            .bind(self.credit)
            .bind(self.card_dead)
            .bind(self.card_expires);
    }

    /// Puts it in this status. What has ended has no end to come, and what is not paused is not resumed.
    pub(super) fn stands(&mut self, status: Status, now: Timestamp) {
        status.name().clone_into(&mut self.status);
        self.ended_at = status.is_ended().then(|| now.as_microsecond());
        if status.is_ended() {
            self.ends_at = None;
        }
        if status != Status::Paused {
            (self.resumes_at, self.resumes_how) = (None, None);
        }
    }

    /// Is on the version that comes after from now on.
    pub(super) fn takes_next_version(&mut self) {
        if let Some(key) = self.next_plan_key.take() {
            (self.plan_key, self.next_at) = (key, None);
        }
    }

    /// What of its plan it has.
    pub(super) fn contract(&self) -> Result<Contract, StoreError> {
        let moved = (self.moved_n, self.moved_at);
        let bought = (self.quantity, self.discount.as_deref());
        contract(&self.id, (self.anchor_at, moved), bought)
    }
}

impl SubscriptionRow {
    /// When it ends by itself, if it does.
    pub(super) fn ends_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let instant = |at| columns::instant(&self.id, at);
        self.ends_at.map(instant).transpose()
    }

    /// When it goes on by itself, if it is paused until then.
    pub(super) fn resumes(&self) -> Result<Option<Resumption>, StoreError> {
        let Some(at) = self.resumes_at else {
            return Ok(None);
        };
        Ok(Some(Resumption {
            at: columns::instant(&self.id, at)?,
            missed: self.resumes_how.as_deref().and_then(Missed::named),
        }))
    }
}

fn contract(
    id: &str,
    (anchor_at, (moved_n, moved_at)): (i64, (Option<i64>, Option<i64>)),
    (quantity, discount): (i64, Option<&str>),
) -> Result<Contract, StoreError> {
    let corrupt = |found: &str, wanted| columns::corrupt_subscription(id, found, wanted);
    let read = |text: &str| Discount::read(text).ok_or_else(|| corrupt(text, "a discount"));
    Ok(Contract {
        anchor: anchor(id, anchor_at, (moved_n, moved_at))?,
        quantity: Quantity::parse(quantity)
            .map_err(|_| corrupt(&quantity.to_string(), "a quantity"))?,
        discount: discount.map(read).transpose()?,
    })
}

/// Where the cycles of a subscription are counted from.
pub(super) fn anchor(
    id: &str,
    anchor_at: i64,
    (moved_n, moved_at): (Option<i64>, Option<i64>),
) -> Result<Anchor, StoreError> {
    let moved = match moved_n.zip(moved_at) {
        Some((n, at)) => {
            let number = u32::try_from(n).ok();
            let number = number.and_then(|number| CycleNo::parse(number).ok());
            let number = number.ok_or_else(|| {
                columns::corrupt_subscription(id, &n.to_string(), "the number of a cycle")
            })?;
            Some((number, columns::instant(id, at)?))
        }
        None => None,
    };
    Ok(Anchor {
        at: columns::instant(id, anchor_at)?,
        moved,
    })
}
