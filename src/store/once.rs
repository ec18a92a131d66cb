//! Doing a thing once, however often it is asked for. What was answered under an idempotency key is
//! written down in the transaction that does the thing, so that there is no moment at which one is
//! there without the other. A refusal did nothing and leaves nothing: its key can be used again.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;

use crate::core::answer::Words;
use crate::core::civil::korean;
use crate::core::idempotency::IdempotencyKey;
use crate::store::turn::Turn;
use crate::store::{StoreError, columns, doing};

/// How long an answer is kept under its key. A client that still repeats itself after a month does not
/// repeat itself.
pub const KEPT: std::time::Duration = std::time::Duration::from_hours(30 * 24);

/// How many answers that are older are removed with each that is written.
const REMOVED_MAX: i64 = 100;

/// Who asks for something, why, and under which key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Who {
    /// The name in the journal.
    pub actor: String,
    /// Why, in that person's words.
    pub reason: Option<Words>,
    /// The key, if there is one.
    pub once: Option<Once>,
}

/// A request that is to be carried out once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// The key that it came with.
    pub key: IdempotencyKey,
    /// A print of everything that is asked for: another one under the same key is another request.
    pub request: u128,
}

/// An answer: of this request, or of the one before it that had the same key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given<T> {
    /// The answer.
    pub answer: T,
    /// Whether it was given before, and nothing was done now.
    pub is_repeated: bool,
}

/// A key that was used for something else. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the idempotency key {key:?} was used at {} for another request: choose a new key for a new \
     request",
    korean(*at)
)]
pub struct KeyTaken {
    key: String,
    at: Timestamp,
}

#[derive(FromRow)]
struct ReplyRow {
    request: String,
    answer: String,
    at: i64,
}

impl Who {
    /// Somebody who gives no reason and no key.
    pub fn named(actor: &str) -> Self {
        Self {
            actor: actor.to_owned(),
            reason: None,
            once: None,
        }
    }

    /// The reason, or nothing.
    pub(super) fn words(&self) -> &str {
        self.reason.as_ref().map_or("", Words::as_str)
    }
}

impl<T> Given<T> {
    /// Given now.
    pub const fn now(answer: T) -> Self {
        Self {
            answer,
            is_repeated: false,
        }
    }

    /// Given before.
    pub const fn before(answer: T) -> Self {
        Self {
            answer,
            is_repeated: true,
        }
    }
}

impl Turn<'_> {
    /// What was answered to this request before, if it was made before.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn replied<T: DeserializeOwned>(
        &mut self,
        who: &Who,
    ) -> Result<Result<Option<T>, KeyTaken>, StoreError> {
        let Some(once) = &who.once else {
            return Ok(Ok(None));
        };
        let row: Option<ReplyRow> = sqlx::query_as(include_str!("sql/reply_of_key.sql"))
            .bind(once.key.as_str())
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(doing("look for an idempotency key"))?;
        let Some(row) = row else {
            return Ok(Ok(None));
        };

        if row.request != print(once) {
            return Ok(Err(KeyTaken {
                key: once.key.to_string(),
                at: columns::instant("reply.at", row.at)?,
            }));
        }
        let answer = serde_json::from_str(&row.answer).map_err(|why| StoreError::Corrupt {
            place: format!("reply of key {}", once.key),
            found: why.to_string(),
            wanted: "an answer to this kind of request",
        })?;
        Ok(Ok(Some(answer)))
    }

    /// Keeps what is answered to a request that has a key, and lets go of what is older than [`KEPT`].
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn keep_reply<T: Serialize>(
        &mut self,
        who: &Who,
        answer: &T,
    ) -> Result<(), StoreError> {
        let Some(once) = &who.once else { return Ok(()) };
        let answer = serde_json::to_string(answer)
            .map_err(|source| StoreError::Encode("an answer", source))?;
        let kept_from = self.now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);

        self.has_written = true;
        sqlx::query(include_str!("sql/remove_replies.sql"))
            .bind(kept_from.as_microsecond())
            .bind(REMOVED_MAX)
            .execute(&mut *self.tx)
            .await
            .map_err(doing("remove old idempotency keys"))?;
        sqlx::query(include_str!("sql/keep_reply.sql"))
            .bind(once.key.as_str())
            .bind(print(once))
            .bind(answer)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("keep an idempotency key"))
    }
}

fn print(once: &Once) -> String {
    format!("{:032x}", once.request)
}
