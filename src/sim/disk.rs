//! A disk that loses what was not synced when the power is cut: a file system for SQLite between it and
//! the real one. Files are where they would be and hold what the process has written, so that copies and
//! moves find them; what nobody synced is remembered, and a cut takes some of it back.
//!
//! It stands in the place of SQLite's own file system for the whole process, so the store cannot tell.
//! What SQLite makes of a file it does not know.

mod file;
mod locks;
mod vfs;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, Once, PoisonError, Weak};

use sqlite_plugin::vars::{SQLITE_IOERR, SQLITE_IOERR_WRITE};
use sqlite_plugin::vfs::{RegisterOpts, VfsResult, register_static};

use crate::sim::disk::file::Unsynced;
use crate::sim::disk::locks::{FileLock, SharedMemory};
use crate::sim::disk::vfs::Lossy;
use crate::sim::draw::Draws;

/// From now on every database of this process is on such a disk.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let as_default = RegisterOpts { make_default: true };
        register_static(c"lossy".to_owned(), Lossy, as_default)
            .expect("SQLite takes a file system of a free name");
    });
}

/// A power cut that is to come.
#[derive(Debug)]
pub(super) struct Fuse(Arc<Mutex<Disk>>);

impl Fuse {
    /// The power is cut in the so-many-th write or sync from now on in that directory. What is lost then,
    /// these numbers decide.
    pub(super) fn lay(directory: &Path, writes: u32, draws: Draws) -> Self {
        let disk = of(directory);
        lock(&disk).armed = Some((writes, draws));
        Self(disk)
    }

    /// Whether the power was cut.
    pub(super) fn is_cut(&self) -> bool {
        lock(&self.0).is_cut
    }
}

/// Whoever does not hold on to a cut that is to come does not want it any more.
impl Drop for Fuse {
    fn drop(&mut self) {
        let mut disk = lock(&self.0);
        disk.armed = None;
        disk.is_cut = false;
    }
}

/// The files of a directory, as far as anybody has them open.
#[derive(Debug, Default)]
struct Disk {
    files: HashMap<PathBuf, FileState>,
    /// How often the power was cut: whoever opened a file before that has it no more.
    lives: u64,
    armed: Option<(u32, Draws)>,
    is_cut: bool,
}

#[derive(Debug, Default)]
struct FileState {
    unsynced: Vec<Unsynced>,
    lock: FileLock,
    memory: SharedMemory,
}

/// What comes of a write.
#[derive(Debug, PartialEq, Eq)]
enum Power {
    On,
    /// It goes in the middle of this one.
    Goes,
}

impl Disk {
    fn state(&mut self, path: &Path) -> &mut FileState {
        self.files.entry(path.to_owned()).or_default()
    }

    /// One more write, or sync, is about to happen.
    fn count(&mut self) -> Power {
        match &mut self.armed {
            Some((0, _)) => Power::Goes,
            Some((left, _)) => {
                *left -= 1;
                Power::On
            }
            None => Power::On,
        }
    }

    /// The power is cut: of what was not synced some is there and some is not.
    fn cut(&mut self) -> VfsResult<()> {
        let Some((_, mut draws)) = self.armed.take() else {
            return Err(SQLITE_IOERR);
        };
        // In the order of their names, so that a seed finds the same each time.
        let mut files: Vec<(PathBuf, FileState)> =
            std::mem::take(&mut self.files).into_iter().collect();
        files.sort_by(|(one, _), (other, _)| one.cmp(other));
        for (path, state) in files {
            file::lose(&path, &state.unsynced, &mut draws).map_err(|_| SQLITE_IOERR_WRITE)?;
        }
        self.lives += 1;
        self.is_cut = true;
        Ok(())
    }
}

/// The disk of a directory.
fn of(directory: &Path) -> Arc<Mutex<Disk>> {
    static DISKS: LazyLock<Mutex<HashMap<PathBuf, Weak<Mutex<Disk>>>>> =
        LazyLock::new(Mutex::default);
    let mut disks = DISKS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(disk) = disks.get(directory).and_then(Weak::upgrade) {
        return disk;
    }
    disks.retain(|_, disk| disk.strong_count() > 0);
    let disk = Arc::new(Mutex::new(Disk::default()));
    disks.insert(directory.to_owned(), Arc::downgrade(&disk));
    disk
}

fn lock(disk: &Mutex<Disk>) -> MutexGuard<'_, Disk> {
    disk.lock().unwrap_or_else(PoisonError::into_inner)
}
