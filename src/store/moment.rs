//! What comes to a subscription by itself on a day that was named, whether anybody is there or not. It is
//! a moment in the table, like a cycle's: a turn looks at those that have come before it wakes a cycle.

use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::{StoreError, doing};

/// How many subscriptions a turn looks at. If there are more, no cycle is begun before the next turn.
const MOMENTS_MAX: u32 = 500;

impl Turn<'_> {
    /// Lets come what has come. While it is not known what time it is nothing has; and while it is not known
    /// what was charged, what to do with a cycle that is due cannot be decided by itself either: it may have
    /// been paid, with the price and the dates that it has.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn pass_moments(&mut self) -> Result<(), StoreError> {
        let is_come = self.next.moment.is_some_and(|moment| moment <= self.now);
        if !is_come || self.unknown.time || self.unknown.history {
            return Ok(());
        }
        let rows = self.moments_come().await?;
        self.has_moments_left = rows.len() >= MOMENTS_MAX as usize;
        for row in rows {
            if row
                .ends_at
                .is_some_and(|end| end <= self.now.as_microsecond())
            {
                self.end_by_itself(row).await?;
            } else {
                self.resume_by_itself(row).await?;
            }
        }
        self.flush().await
    }

    async fn moments_come(&mut self) -> Result<Vec<SubscriptionRow>, StoreError> {
        sqlx::query_as(include_str!("sql/moments_come.sql"))
            .bind(self.now.as_microsecond())
            .bind(i64::from(MOMENTS_MAX))
            .fetch_all(&mut *self.tx)
            .await
            .map_err(doing("read whose moment has come"))
    }
}
