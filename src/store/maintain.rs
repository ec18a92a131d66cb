//! Maintenance: the ledger of jobs, and backups.

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use crate::core::plan::Terms;
use crate::store::book::{Book, Standards};
use crate::store::fence;
use crate::store::turn::{Turn, Writer};
use crate::store::{Reader, StoreError, doing};

impl Turn<'_> {
    /// Notes that a job starts.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn start_job(&mut self, name: &str) -> Result<(), StoreError> {
        self.has_written = true;
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
        self.has_written = true;
        sqlx::query(include_str!("sql/end_job.sql"))
            .bind(name)
            .bind(self.now.as_microsecond())
            .bind(result)
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("note how a job ended"))
    }
}

impl Reader {
    /// Writes a copy of the database to a file that does not exist yet, while charges go on. The copy
    /// is a database of its own, without a log beside it.
    ///
    /// # Errors
    /// [`StoreError`] when the file exists or cannot be written.
    pub async fn back_up(&self, to: &Path) -> Result<(), StoreError> {
        // A connection of its own: SQLite does not copy for one that may only read. Nothing in this
        // statement writes to the database itself.
        let mut connection = SqliteConnectOptions::new()
            .filename(&self.path)
            .connect()
            .await
            .map_err(doing("open the database for a backup"))?;
        sqlx::query(include_str!("sql/backup.sql"))
            .bind(to.to_string_lossy().into_owned())
            .execute(&mut connection)
            .await
            .map_err(doing("write a backup"))?;
        connection
            .close()
            .await
            .map_err(doing("close the database after a backup"))
    }
}

impl Writer {
    /// Takes over the plans and rules of a configuration that was read anew.
    ///
    /// # Errors
    /// [`StoreError`] when a plan in use is gone from it; then everything stays as it was.
    pub async fn reload(
        &mut self,
        terms: &[Terms],
        standards: &Standards,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut tx = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))?;
        let book = Book::reconcile(&mut tx, terms, standards, now).await?;
        let stand = fence::raise(&mut tx, self.guard.epoch).await?;
        let next = stand.next()?;
        tx.commit().await.map_err(doing("commit"))?;
        self.guard.note(stand.generation)?;
        self.next = next;
        self.book = Arc::new(book);
        self.shelf.send_replace(self.book.clone());
        Ok(())
    }
}
