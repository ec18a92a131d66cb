//! Many rows in one statement: a hop to the thread of SQLite costs more than the row itself. A
//! statement is written for one row, `VALUES (?, ?, …)`; here that row is repeated.

use sqlx::error::BoxDynError;
use sqlx::sqlite::SqliteArguments;
use sqlx::{Arguments, AssertSqlSafe, Encode, Sqlite, SqliteConnection, Type};

use crate::store::StoreError;

/// How many rows there is room for in one statement. Few sizes, because SQLite prepares each text
/// once; rows that are not there are NULL, and every statement passes over them.
const SIZES: [usize; 5] = [1, 16, 64, 128, 256];

/// The parameters of a statement so far. The library's own query moves at each of them all that it holds.
#[derive(Debug, Default)]
pub(super) struct Bound {
    arguments: SqliteArguments,
    /// Why one of them could not be bound: what comes after it is in no place that it knows.
    failed: Option<BoxDynError>,
}

impl Bound {
    fn with_room_for(parameters: usize) -> Self {
        let mut bound = Self::default();
        bound.arguments.reserve(parameters, 0);
        bound
    }

    /// Binds the next parameter.
    pub(super) fn bind<'t>(&mut self, value: impl Encode<'t, Sqlite> + Type<Sqlite>) -> &mut Self {
        if let Err(why) = self.arguments.add(value) {
            self.failed.get_or_insert(why);
        }
        self
    }
}

/// Writes rows with one statement, and sees to it that each of them changed something. `bind` binds
/// the columns of a row, in the order in which the statement names them.
pub(super) async fn write<R>(
    connection: &mut SqliteConnection,
    what: &'static str,
    statement: &'static str,
    rows: Vec<R>,
    bind: fn(R, &mut Bound),
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
    bind: fn(R, &mut Bound),
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
        let row = statement.bytes().filter(|byte| *byte == b'?').count();
        let mut bound = Bound::with_room_for(row * size);
        for row in rows.by_ref().take(size) {
            bind(row, &mut bound);
        }
        let refused = |source| StoreError::Write { what, source };
        if let Some(why) = bound.failed {
            return Err(refused(sqlx::Error::Encode(why)));
        }
        let text = AssertSqlSafe(widened(statement, size));
        let query = sqlx::query_with(text, bound.arguments);
        let done = query.execute(&mut *connection).await.map_err(refused)?;
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
