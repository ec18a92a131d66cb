//! A database that holds as many subscriptions as are asked for: written past the daemon, with the rows
//! that it would have written.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};
use tokio::time::Instant;

/// How many subscriptions one transaction adds.
const BATCH: u32 = 100_000;

/// A day, in microseconds.
const DAY: i64 = 86_400_000_000;

/// A row of each kind for every number of a batch. Ids and cards are as long as real ones.
const ROWS: [&str; 3] = [
    "INSERT INTO subscription (key, id, customer_uid, plan_key, anchor_at, first_cycle, status,
                               created_at, agreed_at, agreed_won)
     SELECT i, printf('stored-%09d', i), printf('stored-card-%09d', i), 1, AT - 30 * DAY, 1, 'active',
            AT - 30 * DAY, AT - 30 * DAY, 9900
       FROM numbers",
    "INSERT INTO cycle (subscription_key, n, due_at, amount, name, state, act_at, wake_at, plan_key)
     SELECT i, 1, AT, 9900, 'Monthly', 'scheduled', AT, AT, 1 FROM numbers",
    "INSERT INTO journal (at, subscription_key, kind, actor, after)
     SELECT AT - 30 * DAY, i, 'added', 'uid:0',
            json_object('subscription', json_object('key', i, 'id', printf('stored-%09d', i),
                'customer_uid', printf('stored-card-%09d', i), 'plan_key', 1, 'anchor_at', AT - 30 * DAY,
                'first_cycle', 1, 'status', 'active', 'created_at', AT - 30 * DAY, 'agreed_at',
                AT - 30 * DAY, 'agreed_won', 9900),
              'enrolled', json_object('subscription_key', i, 'n', 1, 'due_at', AT, 'amount', 9900, 'name',
                'Monthly', 'state', 'scheduled', 'act_at', AT, 'wake_at', AT, 'attempts', 0, 'declines', 0,
                'traceless', 0, 'asked', 0, 'refunded', 0, 'plan_key', 1))
       FROM numbers",
];

/// Tonight's maintenance, as if it had been: without it a daemon begins with a backup, which is not what is
/// measured here and takes the disk for as long as it is large.
const MAINTAINED: &str = "INSERT INTO job (name, started_at, ended_at, result)
     SELECT value, unixepoch() * 1000000, unixepoch() * 1000000, 'left out' FROM json_each('[\"reconcile\", \"backup\"]')";

/// Adds so many whose next cycles are spread over this span, and how long that took.
pub(crate) fn fill(
    database: &Path,
    subscriptions: u32,
    (from, over): (Timestamp, SignedDuration),
) -> Result<Duration> {
    let begun_at = Instant::now();
    on(database, async |connection| {
        // It is thrown away after the bench.
        sqlx::raw_sql("PRAGMA synchronous = OFF; PRAGMA cache_size = -200000")
            .execute(&mut *connection)
            .await?;
        sqlx::raw_sql(MAINTAINED).execute(&mut *connection).await?;
        let step = i64::try_from(over.as_micros())? / i64::from(subscriptions);
        let from = from.as_microsecond();
        let mut first = 1;
        while first <= subscriptions {
            let last = subscriptions.min(first + BATCH - 1);
            add(connection, (first, last), (from, step)).await?;
            first = last + 1;
        }
        sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            .execute(connection)
            .await?;
        Ok(())
    })?;
    Ok(begun_at.elapsed())
}

async fn add(
    connection: &mut SqliteConnection,
    (first, last): (u32, u32),
    (from, step): (i64, i64),
) -> Result<()> {
    let mut transaction = connection.begin().await?;
    for row in ROWS {
        let row = row.replace("AT", &format!("({from} + i * {step})"));
        let row = row.replace("DAY", &DAY.to_string());
        let statement = format!(
            "WITH RECURSIVE numbers (i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM numbers
              WHERE i < {last}) {row}"
        );
        // The WITH comes before INSERT: SQLite takes it there.
        sqlx::query(AssertSqlSafe(statement))
            .execute(&mut *transaction)
            .await?;
    }
    transaction.commit().await?;
    Ok(())
}

/// Puts every attempt whose answer is awaited into doubt, to be asked about at once, as it is some minutes
/// after a kill; and says how many they are.
pub(crate) fn put_into_doubt(database: &Path) -> Result<usize> {
    const DOUBTS: &str = "UPDATE cycle
           SET state = 'in_doubt', cause = 'silence', act_at = begun_at, wake_at = begun_at
         WHERE begun_at IS NOT NULL";
    on(database, async |connection| {
        let done = sqlx::query(DOUBTS).execute(connection).await?;
        Ok(done.rows_affected().try_into()?)
    })
}

/// How many bytes of a database are in use, what waits in its log included.
pub(crate) fn size(database: &Path) -> Result<u64> {
    const IN_USE: &str = "SELECT (page_count - freelist_count) * page_size
           FROM pragma_page_count, pragma_freelist_count, pragma_page_size";
    on(database, async |connection| {
        let bytes: i64 = sqlx::query_scalar(IN_USE).fetch_one(connection).await?;
        Ok(bytes.try_into()?)
    })
}

/// Does something to a database that no daemon has open.
fn on<T>(database: &Path, work: impl AsyncFnOnce(&mut SqliteConnection) -> Result<T>) -> Result<T> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let mut connection = SqliteConnectOptions::new()
            .filename(database)
            .foreign_keys(true)
            .disable_statement_logging()
            .connect()
            .await?;
        let done = work(&mut connection).await?;
        connection.close().await?;
        Ok(done)
    })
}
