//! A database of a simulated shop, as the daemon opens it: one process at a time.

use std::fs;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::sim::shop::Shop;
use crate::store::{Connections, NotOpened, Opening, Store};

/// A directory for a database: in memory where there is such a place, so that a simulated disk costs
/// no real one's time.
pub(super) fn directory() -> Result<TempDir> {
    let memory = Path::new("/dev/shm");
    let made = if memory.is_dir() {
        tempfile::tempdir_in(memory)
    } else {
        tempfile::tempdir()
    };
    made.context("cannot make a temporary directory")
}

/// A state directory, and the connections to the database in it. They outlive most of the processes that
/// use them: to open a database anew is to read its schema and to prepare every statement again.
#[derive(Debug, Clone)]
pub(super) struct StateDirectory {
    directory: Arc<TempDir>,
    connections: Connections,
}

impl StateDirectory {
    pub(super) fn of(directory: TempDir) -> Self {
        Self {
            connections: Connections::to(directory.path()),
            directory: Arc::new(directory),
        }
    }

    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Waits until nobody is at the database any more. False if somebody stays.
    pub(super) async fn is_at_rest(&self) -> bool {
        self.connections.are_at_rest().await
    }

    /// Whoever comes next opens the database anew.
    pub(super) fn forget_connections(&mut self) {
        self.connections = Connections::to(self.directory.path());
    }
}

/// An empty database, once one was made.
static BLANK: OnceLock<Vec<u8>> = OnceLock::new();

pub(super) fn blank() -> Option<&'static [u8]> {
    BLANK.get().map(Vec::as_slice)
}

/// A state directory with an empty database, a copy of one that is made once a process: bringing a new one
/// to the schema is most of what a short story costs.
pub(super) async fn state_directory() -> Result<StateDirectory> {
    let made = directory()?;
    let path = made.path().join(DATABASE);
    if let Some(blank) = blank() {
        fs::write(&path, blank).context("cannot copy a blank database")?;
    } else {
        Store::make_blank(made.path()).await?;
        let blank = fs::read(&path).context("cannot read a blank database")?;
        BLANK.get_or_init(|| blank);
    }
    Ok(StateDirectory::of(made))
}

/// The database of a state directory.
pub(super) const DATABASE: &str = "dues.db";

/// Its log.
pub(super) const LOG: &str = "dues.db-wal";

/// How often a lock that is taken is looked at again, and how soon: a process that somebody else starts
/// has our files too until it becomes what it is to be.
const LOCK_LOOKS: u32 = 500;
const LOCK_WAIT: Duration = Duration::from_millis(10);

/// A process that starts when the one before it has ended.
pub(super) async fn start(
    shop: &Shop,
    place: &StateDirectory,
    machine: &str,
    now: Timestamp,
) -> Result<Store> {
    for _ in 0..LOCK_LOOKS {
        match open(shop, place, machine, now).await? {
            Err(NotOpened::Locked(_)) => tokio::time::sleep(LOCK_WAIT).await,
            opened => return opened.context("the store does not open"),
        }
    }
    Err(anyhow!("somebody keeps the lock"))
}

pub(super) async fn open(
    shop: &Shop,
    place: &StateDirectory,
    machine: &str,
    now: Timestamp,
) -> Result<Result<Store, NotOpened>> {
    let standards = shop.standards().context("no plans")?;
    let opening = Opening {
        state_dir: place.path(),
        installation: &shop.installation,
        machine,
        terms: &shop.terms,
        standards: &standards,
    };
    Ok(Store::open_by(&place.connections, opening, now).await)
}
