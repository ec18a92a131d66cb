//! Maintenance: the ledger of jobs, answers to repeated commands, and backups.

use std::path::Path;

use sqlx::FromRow;

use crate::store::turn::Turn;
use crate::store::{Reader, StoreError, doing};

/// What was answered to a command before.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct Reply {
    /// The request, as it was written down.
    pub request: String,
    /// The answer, as it was given.
    pub reply: String,
}

impl Turn<'_> {
    /// Notes that a job starts.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn start_job(&mut self, name: &str) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/start_job.sql"))
            .bind(name)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("note that a job starts"))
    }

    /// Notes how a job ended.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn end_job(&mut self, name: &str, result: &str) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/end_job.sql"))
            .bind(name)
            .bind(self.now.as_microsecond())
            .bind(result)
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("note how a job ended"))
    }

    /// What was answered to a command with this key, if one was.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn reply(&mut self, idempotency_key: &str) -> Result<Option<Reply>, StoreError> {
        sqlx::query_as(include_str!("sql/reply.sql"))
            .bind(idempotency_key)
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(doing("look for an earlier answer"))
    }

    /// Keeps an answer for when the command comes again.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn keep_reply(
        &mut self,
        idempotency_key: &str,
        request: &str,
        reply: &str,
    ) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/insert_reply.sql"))
            .bind(idempotency_key)
            .bind(request)
            .bind(reply)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("keep an answer"))
    }
}

impl Reader {
    /// Writes a copy of the database to a file that does not exist yet, while charges go on. The copy
    /// is a database of its own, without a log beside it.
    ///
    /// # Errors
    /// [`StoreError`] when the file exists or cannot be written.
    pub async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        sqlx::query(include_str!("sql/backup.sql"))
            .bind(to.to_string_lossy().into_owned())
            .execute(&self.pool)
            .await
            .map(|_| ())
            .map_err(doing("write a backup"))
    }
}
