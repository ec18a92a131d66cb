//! Many rows in one statement: a hop to the thread of SQLite costs more than the row itself. A
//! statement is written for one row, `VALUES (?, ?, …)`; here that row is repeated.

use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, Sqlite, SqliteConnection};

use crate::store::StoreError;

/// How many rows there is room for in one statement. Few sizes, because SQLite prepares each text
/// once; rows that are not there are NULL, and every statement passes over them.
const SIZES: [usize; 5] = [1, 16, 64, 128, 256];

/// A statement with its parameters so far.
pub(super) type Bound = Query<'static, Sqlite, SqliteArguments>;

/// Writes rows with one statement, and sees to it that each of them changed something. `bind` binds
/// the columns of a row, in the order in which the statement names them.
pub(super) async fn write<R>(
    connection: &mut SqliteConnection,
    what: &'static str,
    statement: &'static str,
    rows: Vec<R>,
    bind: fn(R, Bound) -> Bound,
) -> Result<(), StoreError> {
    let expected = rows.len();
    let changed = write_through(connection, what, statement, rows, bind).await?;
    if usize::try_from(changed) == Ok(expected) {
        Ok(())
    } else {
        Err(StoreError::Conflict {
            what,
            expected,
            changed,
        })
    }
}

/// Writes rows with one statement; into a view, whose trigger refuses what changes nothing and for
/// which SQLite counts no changes.
pub(super) async fn write_through<R>(
    connection: &mut SqliteConnection,
    what: &'static str,
    statement: &'static str,
    rows: Vec<R>,
    bind: fn(R, Bound) -> Bound,
) -> Result<u64, StoreError> {
    let mut changed = 0;
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let fits = |size: &&usize| **size >= rows.len();
        let size = SIZES
            .iter()
            .find(fits)
            .or(SIZES.last())
            .map_or(1, |size| *size);
        let unbound: Bound = sqlx::query(AssertSqlSafe(widened(statement, size)));
        let chunk = rows.by_ref().take(size);
        let bound = chunk.fold(unbound, |bound, row| bind(row, bound));
        let done = bound.execute(&mut *connection).await;
        let done = done.map_err(|source| StoreError::Write { what, source })?;
        changed += done.rows_affected();
    }
    Ok(changed)
}

/// The statement with its row of placeholders repeated.
fn widened(statement: &str, rows: usize) -> String {
    const OPENING: &str = "VALUES ";
    let Some((before, from)) = statement.split_once(OPENING) else {
        return statement.to_owned();
    };
    let (row, after) = from.split_at(from.find(')').map_or(0, |end| end + 1));
    let more = format!(", {row}").repeat(rows.saturating_sub(1));
    format!("{before}{OPENING}{row}{more}{after}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_row_is_repeated_and_the_rest_stays() {
        let statement = "INSERT INTO t (a, b)\nVALUES (?, ?)\nRETURNING a";
        assert_eq!(widened(statement, 1), statement);
        let three = "INSERT INTO t (a, b)\nVALUES (?, ?), (?, ?), (?, ?)\nRETURNING a";
        assert_eq!(widened(statement, 3), three);
    }
}
