//! What cards were declined for, for whoever can say what it means.

use jiff::Timestamp;
use sqlx::FromRow;

use crate::core::decline::PgName;
use crate::core::decline::unread::Declined;
use crate::store::reader::Reader;
use crate::store::{StoreError, columns, doing};

#[derive(FromRow)]
struct DeclinedRow {
    pg: Option<String>,
    message: Option<String>,
    ended_at: i64,
}

impl Reader {
    /// The newest declines of class `generic` of tries that were begun since then, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn generic_declines(
        &self,
        since: Timestamp,
        limit: u32,
    ) -> Result<Vec<Declined>, StoreError> {
        let rows: Vec<DeclinedRow> = sqlx::query_as(include_str!("sql/generic_declines.sql"))
            .bind(since.as_microsecond())
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read declines"))?;
        let declined = |row: DeclinedRow| {
            Ok(Declined {
                pg: row.pg.as_deref().and_then(PgName::parse),
                text: row.message.unwrap_or_default(),
                at: columns::instant("a decline", row.ended_at)?,
            })
        };
        rows.into_iter().map(declined).collect()
    }
}
