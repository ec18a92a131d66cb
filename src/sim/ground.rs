//! The ground on which one world after the other is built: a state directory whose database is empty, and
//! the connections to it. What the next world finds is, byte for byte, what a new directory has; that the
//! connections are open and have their statements prepared is all that is left of the world before. Opening
//! and preparing is most of what a short story costs.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::sim::books::BackDoor;
use crate::sim::opening::{self, DATABASE, LOG, StateDirectory};
use crate::sim::world::World;

/// What connections to a database know together of its log.
const INDEX: &str = "dues.db-shm";

/// The length of its head: two copies of what was committed last, and how far readers are
/// (<https://sqlite.org/walformat.html>).
const INDEX_HEAD: usize = 136;

/// Whether worlds are built on the ground of others: not where SQLite's file system is one that keeps
/// in mind what it wrote.
const IS_USED_AGAIN: bool = cfg!(not(feature = "lossy-disk"));

/// A directory with an empty database, and the auditor's connection to it.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) directory: StateDirectory,
    pub(super) door: BackDoor,
}

impl Ground {
    /// Ground on which nothing was built yet.
    pub(super) async fn new() -> Result<Self> {
        let directory = opening::state_directory().await?;
        let door = BackDoor::open(directory.path()).await?;
        Ok(Self { directory, door })
    }

    /// Takes away what was built on it. Nobody is in a transaction, so that it is with the database as
    /// after a power cut that took everything: the log is empty, its index says nothing, and whoever reads next
    /// finds that out and forgets the pages that he knew. The schema is the same to the last number, so
    /// that statements stay prepared.
    pub(super) fn clear(mut self) -> Result<Self> {
        let path = self.directory.path();
        for entry in fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name();
            if ![DATABASE, LOG, INDEX].iter().any(|kept| name == *kept) {
                fs::remove_file(entry.path())?;
            }
        }
        let blank = opening::blank().context("nobody made a blank database")?;
        let file = |name| File::options().write(true).open(path.join(name));
        let database = file(DATABASE)?;
        database.write_all_at(blank, 0)?;
        database.set_len(blank.len().try_into()?)?;
        file(LOG)?.set_len(0)?;
        file(INDEX)?.write_all_at(&[0; INDEX_HEAD], 0)?;
        self.door.forget();
        Ok(self)
    }
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    /// The auditor goes to another database.
    pub(super) fn goes_through(&mut self, door: BackDoor) {
        let before = std::mem::replace(&mut self.door, door);
        self.first_door.get_or_insert(before);
    }

    /// The ground that this world began on, for the next one; nothing if somebody is still there.
    pub(super) async fn leaves(mut self) -> Option<Ground> {
        self.life = None;
        let directory = self.first_directory;
        let is_free =
            IS_USED_AGAIN && self.directory.is_at_rest().await && directory.is_at_rest().await;
        let door = self.first_door.unwrap_or(self.door);
        is_free.then_some(Ground { directory, door })
    }
}
