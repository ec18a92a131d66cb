//! Opening the database: pragmas set and read back, the schema brought up to date, one daemon only.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::Connection;
use sqlx::migrate::MigrateError;
use sqlx::sqlite::SqliteConnection;
use tokio::sync::watch;

use crate::core::order::Installation;
use crate::core::plan::Terms;
use crate::store::book::{Book, Standards};
use crate::store::connections::Connections;
use crate::store::disk::Disk;
use crate::store::fence::{self, Guard, Place};
use crate::store::held;
use crate::store::reader::Reader;
use crate::store::sidecar::{self, Sidecar};
use crate::store::turn::Writer;
use crate::store::under_way::UnderWay;
use crate::store::wake::NextWake;
use crate::store::{StoreError, doing};

/// The oldest SQLite that may be linked: 3.51.3, which mended a corruption of WAL databases.
const SQLITE_NUMBER_MIN: i64 = 3_051_003;

/// The opened database.
#[derive(Debug)]
pub struct Store {
    /// The one connection that writes.
    pub writer: Writer,
    /// Any number of readers.
    pub reader: Reader,
    lock: File,
}

/// What the store needs to know to be opened.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// The directory of the database; it must exist.
    pub state_dir: &'a Path,
    /// The name of this installation.
    pub installation: &'a Installation,
    /// What tells this machine from others, such as its `/etc/machine-id`.
    pub machine: &'a str,
    /// The plans of the configuration, with their rules.
    pub terms: &'a [Terms],
    /// The rules for plans that are gone.
    pub standards: &'a Standards,
}

/// Why the database could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum NotOpened {
    /// Somebody else has it.
    #[error(
        "another dues has the database in {0} open: two daemons on one database are never right; \
         `dues status` shows the one that runs"
    )]
    Locked(PathBuf),
    /// The lock file cannot be made.
    #[error("cannot create {0}")]
    LockFile(PathBuf, #[source] std::io::Error),
    /// The file that says how far the database has come cannot be read or written, nor the database
    /// looked at.
    #[error("cannot use dues.generation and dues.db in {0}")]
    Fence(PathBuf, #[source] std::io::Error),
    /// The database said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Store {
    /// Opens or creates the database in the state directory.
    ///
    /// # Errors
    /// [`NotOpened`] when another daemon has it, when SQLite or a setting is not what the promises
    /// rest on, or when the configuration and the database contradict each other.
    pub async fn open(opening: Opening<'_>, now: Timestamp) -> Result<Self, NotOpened> {
        let connections = Connections::to(opening.state_dir);
        Self::open_by(&connections, opening, now).await
    }

    /// The same, by connections that may have been another process's in a simulated world.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub async fn open_by(
        connections: &Connections,
        opening: Opening<'_>,
        now: Timestamp,
    ) -> Result<Self, NotOpened> {
        let state_dir = opening.state_dir;
        let lock = lock(state_dir)?;
        let path = connections.path();
        let unusable = |source| NotOpened::Fence(state_dir.to_owned(), source);
        let said = sidecar::read(state_dir).map_err(unusable)?;
        let mut connection = connections.writer().await?;
        if !connections.is_checked() {
            check(&mut connection).await?;
            sqlx::migrate!()
                .run(&mut *connection)
                .await
                .map_err(not_migrated)?;
            connections.were_checked();
        }
        let place = Place::of(path, opening.machine).map_err(unusable)?;

        let mut tx = connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))?;
        let database = own(&mut tx, opening.installation, now).await?;
        let entered = fence::enter(&mut tx, &place, (&database, &said), now).await?;
        let book = Book::reconcile(&mut tx, opening.terms, opening.standards, now).await?;
        let sweeps = held::stand(&mut tx).await?;
        let last_key = sqlx::query_scalar(include_str!("sql/last_subscription_key.sql"))
            .fetch_one(&mut *tx)
            .await
            .map_err(doing("read the newest subscription"))?;
        tx.commit().await.map_err(doing("commit"))?;

        let sidecar = Sidecar::create(state_dir, &database, entered.generation);
        let guard = Guard {
            epoch: entered.epoch,
            sidecar: sidecar.map_err(unusable)?,
        };
        let installation = opening.installation.clone();
        let book = Arc::new(book);
        let shelf = watch::Sender::new(book.clone());
        let reader = Reader::new(connections, installation.clone(), shelf.subscribe());
        let writer = Writer {
            connection,
            book,
            shelf,
            installation,
            last_key,
            guard,
            suspicion: entered.suspicion,
            sweeps,
            disk: Disk::of(opening.state_dir),
            under_way: UnderWay::default(),
            next: NextWake::AT_ONCE,
        };
        Ok(Self {
            writer,
            reader,
            lock,
        })
    }

    /// Makes an empty database that [`Store::open`] finds up to date: a copy of it opens sooner than a new
    /// one.
    ///
    /// # Errors
    /// [`StoreError`] when it cannot be made.
    pub async fn make_blank(state_dir: &Path) -> Result<(), StoreError> {
        let mut connection = Connections::to(state_dir).alone().await?;
        let migrated = sqlx::migrate!().run(&mut connection).await;
        migrated.map_err(not_migrated)?;
        // The last connection takes the log with it.
        connection
            .close()
            .await
            .map_err(doing("close a blank database"))
    }

    /// The parts, and the lock that must outlive them.
    pub fn into_parts(self) -> (Writer, Reader, File) {
        (self.writer, self.reader, self.lock)
    }
}

/// Takes the lock of the state directory. It is not the database's own: readers must get in.
fn lock(state_dir: &Path) -> Result<File, NotOpened> {
    let path = state_dir.join("dues.lock");
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|source| NotOpened::LockFile(path, source))?;
    rustix::fs::flock(&file, rustix::fs::FlockOperation::NonBlockingLockExclusive)
        .map_err(|_| NotOpened::Locked(state_dir.to_owned()))?;
    Ok(file)
}

fn not_migrated(why: MigrateError) -> StoreError {
    if let MigrateError::VersionMissing(version) = why {
        StoreError::NewerSchema { version }
    } else {
        StoreError::Migrate(why)
    }
}

/// Reads back what the promises rest on: a pragma that is misspelt or refused is silent otherwise.
async fn check(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let settings = [
        ("journal_mode", "PRAGMA journal_mode", "wal"),
        (
            "synchronous",
            "SELECT CAST(synchronous AS TEXT) FROM pragma_synchronous",
            "2",
        ),
        (
            "foreign_keys",
            "SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys",
            "1",
        ),
    ];
    for (name, statement, wanted) in settings {
        let found: String = sqlx::query_scalar(statement)
            .fetch_one(&mut *connection)
            .await
            .map_err(doing("read a setting back"))?;
        if found != wanted {
            return Err(StoreError::Setting {
                name,
                found,
                wanted,
            });
        }
    }

    let version: String = sqlx::query_scalar("SELECT sqlite_version()")
        .fetch_one(connection)
        .await
        .map_err(doing("read SQLite's version"))?;
    if number(&version) < SQLITE_NUMBER_MIN {
        let wanted = "3.51.3 or later";
        return Err(StoreError::Setting {
            name: "sqlite_version",
            found: version,
            wanted,
        });
    }
    Ok(())
}

fn number(version: &str) -> i64 {
    version
        .split('.')
        .fold(0, |sum, part| sum * 1000 + part.parse::<i64>().unwrap_or(0))
}

/// Writes the installation's name into a new database; refuses one that has another. Gives a name for
/// the database itself: two that were made at different times are not copies of each other.
async fn own(
    connection: &mut SqliteConnection,
    installation: &Installation,
    now: Timestamp,
) -> Result<String, StoreError> {
    let named = |created_at: i64| format!("{installation}@{created_at}");
    let found: Option<(String, i64)> = sqlx::query_as(include_str!("sql/installation.sql"))
        .fetch_optional(&mut *connection)
        .await
        .map_err(doing("read the installation"))?;

    match found {
        Some((found, created_at)) if found == installation.as_str() => Ok(named(created_at)),
        Some((found, _)) => {
            let wanted = installation.as_str().to_owned();
            Err(StoreError::OtherInstallation { found, wanted })
        }
        None => sqlx::query(include_str!("sql/insert_installation.sql"))
            .bind(installation.as_str())
            .bind(now.as_microsecond())
            .execute(connection)
            .await
            .map(|_| named(now.as_microsecond()))
            .map_err(doing("write the installation")),
    }
}
