//! What dunning brought in: by plan, by the class of the decline, and by the rung that was tried. It
//! counts what is on record; it knows nothing of ladders that might have done better.

use jiff::Timestamp;
use sqlx::FromRow;

use crate::store::{Reader, StoreError, doing};

/// What a rung came to.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RungView {
    /// The plan.
    pub plan: String,
    /// The class of the decline that led there.
    pub class: String,
    /// Which: its number, counted from 1, or `by_hand` or `new_card`.
    pub rung: String,
    /// How often it was tried.
    pub tries: i64,
    /// How often that paid.
    pub paid: i64,
    /// How much.
    pub won: i64,
}

/// What became of a plan's cycles that were declined.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct RecoveredView {
    /// The plan.
    pub plan: String,
    /// How many were declined at least once.
    pub declined: i64,
    /// How many of these were paid.
    pub paid: i64,
    /// How many are still owed, and not given up.
    pub waiting: i64,
    /// What all of them asked for.
    pub owed_won: i64,
    /// What those that were paid asked for.
    pub paid_won: i64,
}

impl Reader {
    /// What each rung came to, for cycles that were declined since then.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recovery_by_rung(&self, since: Timestamp) -> Result<Vec<RungView>, StoreError> {
        sqlx::query_as(include_str!("sql/recovery_by_rung.sql"))
            .bind(since.as_microsecond())
            .fetch_all(&self.pool)
            .await
            .map_err(doing("count what each rung recovered"))
    }

    /// What became of the cycles that were declined since then, plan by plan.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn recovery_by_plan(
        &self,
        since: Timestamp,
    ) -> Result<Vec<RecoveredView>, StoreError> {
        sqlx::query_as(include_str!("sql/recovery_by_plan.sql"))
            .bind(since.as_microsecond())
            .fetch_all(&self.pool)
            .await
            .map_err(doing("count what was recovered"))
    }
}
