//! The uids of a cycle that was asked for under more than one: which attempts and which card each had.
//! Nearly every cycle has one, and nothing of this is read for it.

use sqlx::{FromRow, SqliteExecutor};

use crate::core::order::{CustomerUid, MerchantUid, Order};
use crate::store::turn::CycleKey;
use crate::store::{StoreError, doing};

/// The attempts at a cycle, the newest first.
#[derive(Debug, Clone, Default)]
pub(super) struct Uids(Vec<UidRow>);

#[derive(Debug, Clone, FromRow)]
struct UidRow {
    k: i64,
    merchant_uid: String,
    customer_uid: String,
    outcome: Option<String>,
}

impl Uids {
    /// Reads them.
    pub(super) async fn read(
        executor: impl SqliteExecutor<'_>,
        key: CycleKey,
    ) -> Result<Self, StoreError> {
        let rows = sqlx::query_as(include_str!("sql/attempts_of_cycle.sql"))
            .bind(key.subscription)
            .bind(key.n)
            .fetch_all(executor)
            .await
            .map_err(doing("read the attempts at a cycle"))?;
        Ok(Self(rows))
    }

    /// Whether there is one uid, or nothing was read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of the newest attempt under a uid.
    pub(super) fn attempt(&self, uid: &MerchantUid) -> Option<i64> {
        self.of(uid).map(|row| row.k)
    }

    /// The card that was asked for under a uid.
    fn card(&self, uid: &MerchantUid) -> Option<&str> {
        self.of(uid).map(|row| row.customer_uid.as_str())
    }

    /// An order under another uid of its cycle, for the card that was asked for then.
    pub(super) fn order(&self, like: &Order, uid: MerchantUid) -> Result<Order, StoreError> {
        let customer_uid = match self.card(&uid) {
            None => like.customer_uid.clone(),
            Some(card) => CustomerUid::parse(card).map_err(|_| StoreError::Corrupt {
                place: format!("the attempt under {uid}"),
                found: card.to_owned(),
                wanted: "a customer_uid",
            })?,
        };
        Ok(Order {
            merchant_uid: uid,
            customer_uid,
            ..like.clone()
        })
    }

    /// Whether it is this uid that the cycle was paid under.
    pub(super) fn is_paid_under(&self, uid: &MerchantUid) -> bool {
        self.paid()
            .is_some_and(|row| row.merchant_uid == uid.as_str())
    }

    /// Whether the cycle was paid under any.
    pub(super) fn is_any_paid(&self) -> bool {
        self.paid().is_some()
    }

    fn paid(&self) -> Option<&UidRow> {
        let is_paid = |row: &&UidRow| matches!(row.outcome.as_deref(), Some("paid" | "refunded"));
        self.0.iter().find(is_paid)
    }

    fn of(&self, uid: &MerchantUid) -> Option<&UidRow> {
        self.0.iter().find(|row| row.merchant_uid == uid.as_str())
    }
}
