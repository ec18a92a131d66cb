//! How the database of a state directory is reached: one connection that writes, and those that read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::ConnectOptions;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    Sqlite, SqliteAutoVacuum, SqliteConnectOptions, SqliteConnection, SqliteJournalMode,
    SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};

use crate::store::{StoreError, doing};

/// The database in its state directory.
const DATABASE: &str = "dues.db";

/// How long a statement waits for another process that holds the database, such as a backup tool.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// How many readers there are; each costs a thread.
const READERS_MAX: u32 = 4;

/// How often is looked whether a connection was given back.
const RETURN_LOOKS: u32 = 10_000;

/// The connections to one database, each opened when it is first needed. Cheap to clone.
///
/// A process has its own. Simulated processes that follow each other may share them, as a process that
/// starts finds what the one before it committed and nothing else: to open a database anew is most of what
/// a short simulated life costs.
#[derive(Debug, Clone)]
pub struct Connections {
    path: PathBuf,
    writer: SqlitePool,
    readers: SqlitePool,
    is_checked: Arc<AtomicBool>,
}

impl Connections {
    /// To the database in this directory, which is made if it is not there.
    pub fn to(state_dir: &Path) -> Self {
        let path = state_dir.join(DATABASE);
        // A file does not hang up: asking first would double the hops of every page.
        let pool = || SqlitePoolOptions::new().test_before_acquire(false);
        Self {
            writer: pool()
                .max_connections(1)
                .idle_timeout(None)
                .max_lifetime(None)
                .connect_lazy_with(writing(&path)),
            readers: pool()
                .max_connections(READERS_MAX)
                .min_connections(0)
                .connect_lazy_with(reading(&path)),
            path,
            is_checked: Arc::default(),
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn readers(&self) -> SqlitePool {
        self.readers.clone()
    }

    /// The one that writes. Whoever has it last gives it back with what was not committed taken back.
    pub(super) async fn writer(&self) -> Result<PoolConnection<Sqlite>, StoreError> {
        let acquired = self.writer.acquire().await;
        acquired.map_err(doing("open the database"))
    }

    /// Waits until nobody has any of them, and what was not committed is taken back. False if somebody
    /// keeps one.
    pub(crate) async fn are_at_rest(&self) -> bool {
        for pool in [&self.writer, &self.readers] {
            for _ in 0..RETURN_LOOKS {
                if pool.num_idle() == pool.size() as usize {
                    break;
                }
                // Their threads have something left to do, perhaps on this core.
                tokio::task::yield_now().await;
                std::thread::yield_now();
            }
        }
        let is_idle = |pool: &SqlitePool| pool.num_idle() == pool.size() as usize;
        is_idle(&self.writer) && is_idle(&self.readers)
    }

    /// Whether the database was looked at: what SQLite was told, and whether the schema is up to date.
    pub(super) fn is_checked(&self) -> bool {
        self.is_checked.load(Ordering::Relaxed)
    }

    /// It was.
    pub(super) fn were_checked(&self) {
        self.is_checked.store(true, Ordering::Relaxed);
    }

    /// One that writes, and that nobody keeps.
    pub(super) async fn alone(&self) -> Result<SqliteConnection, StoreError> {
        let connected = writing(&self.path).connect().await;
        connected.map_err(doing("open the database"))
    }
}

fn writing(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .auto_vacuum(SqliteAutoVacuum::None)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY_WAIT)
        .pragma("trusted_schema", "OFF")
        // What a statement would take back, should one of its rows be refused, is kept in memory.
        .pragma("temp_store", "MEMORY")
        .pragma("wal_autocheckpoint", "4000")
        .disable_statement_logging()
}

fn reading(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .read_only(true)
        .pragma("query_only", "ON")
}
