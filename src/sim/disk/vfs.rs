//! The disk as SQLite sees it.

use std::borrow::Cow;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::atomic::{AtomicU64, Ordering, fence};
use std::sync::{Arc, Mutex, MutexGuard};

use sqlite_plugin::flags::{AccessFlags, CreateMode, LockLevel, OpenMode, OpenOpts, ShmLockMode};
use sqlite_plugin::vars;
use sqlite_plugin::vfs::{Vfs, VfsHandle, VfsResult};

use crate::sim::disk::file::Unsynced;
use crate::sim::disk::locks::{self, Id, Region};
use crate::sim::disk::{self, Disk, Power};

/// The file system.
pub(super) struct Lossy;

/// An open file.
pub(super) struct Handle {
    file: File,
    path: PathBuf,
    disk: Arc<Mutex<Disk>>,
    life: u64,
    id: Id,
    is_read_only: bool,
    is_deleted_on_close: bool,
    /// The parts of the shared memory that SQLite has pointers to.
    regions: Vec<Region>,
}

impl VfsHandle for Handle {
    fn readonly(&self) -> bool {
        self.is_read_only
    }

    fn in_memory(&self) -> bool {
        false
    }
}

impl Handle {
    /// The disk, unless the power was cut since the file was opened.
    fn disk(&self) -> VfsResult<MutexGuard<'_, Disk>> {
        let disk = disk::lock(&self.disk);
        if disk.lives == self.life {
            Ok(disk)
        } else {
            Err(vars::SQLITE_IOERR)
        }
    }

    fn change(&self, change: impl FnOnce(&File) -> io::Result<Unsynced>) -> VfsResult<()> {
        let mut disk = self.disk()?;
        let power = disk.count();
        let done = change(&self.file).map_err(|_| vars::SQLITE_IOERR_WRITE)?;
        disk.state(&self.path).unsynced.push(done);
        goes_on(&mut disk, &power)
    }
}

fn goes_on(disk: &mut Disk, power: &Power) -> VfsResult<()> {
    match power {
        Power::On => Ok(()),
        Power::Goes => {
            disk.cut()?;
            Err(vars::SQLITE_IOERR)
        }
    }
}

fn place(offset: usize) -> u64 {
    offset as u64
}

fn busy_unless(is_taken: bool) -> VfsResult<()> {
    if is_taken {
        Ok(())
    } else {
        Err(vars::SQLITE_BUSY)
    }
}

impl Vfs for Lossy {
    type Handle = Handle;

    fn canonical_path<'a>(&self, path: Cow<'a, str>) -> VfsResult<Cow<'a, str>> {
        let whole = std::path::absolute(&*path).map_err(|_| vars::SQLITE_CANTOPEN)?;
        Ok(whole.to_string_lossy().into_owned().into())
    }

    fn open(&self, path: Option<&str>, opts: OpenOpts) -> VfsResult<Handle> {
        static IDS: AtomicU64 = AtomicU64::new(0);
        let id = IDS.fetch_add(1, Ordering::Relaxed);
        let (path, file) = if let Some(path) = path {
            let mut options = File::options();
            match opts.mode() {
                OpenMode::ReadOnly => options.read(true),
                OpenMode::ReadWrite { create } => options
                    .read(true)
                    .write(true)
                    .create(create == CreateMode::Create)
                    .create_new(create == CreateMode::MustCreate),
            };
            (PathBuf::from(path), options.open(path))
        } else {
            (
                PathBuf::from(format!("nameless {id}")),
                tempfile::tempfile(),
            )
        };
        let disk = disk::of(path.parent().unwrap_or(Path::new("")));
        let life = disk::lock(&disk).lives;
        Ok(Handle {
            file: file.map_err(|_| vars::SQLITE_CANTOPEN)?,
            path,
            disk,
            life,
            id,
            is_read_only: opts.mode().is_readonly(),
            is_deleted_on_close: opts.delete_on_close(),
            regions: Vec::new(),
        })
    }

    fn delete(&self, path: &str) -> VfsResult<()> {
        let path = Path::new(path);
        let disk = disk::of(path.parent().unwrap_or(Path::new("")));
        let mut disk = disk::lock(&disk);
        fs::remove_file(path).map_err(|why| {
            if why.kind() == ErrorKind::NotFound {
                vars::SQLITE_IOERR_DELETE_NOENT
            } else {
                vars::SQLITE_IOERR_DELETE
            }
        })?;
        disk.state(path).unsynced.clear();
        Ok(())
    }

    fn access(&self, path: &str, flags: AccessFlags) -> VfsResult<bool> {
        let found = fs::metadata(path);
        Ok(found.is_ok_and(|found| flags != AccessFlags::Exists || found.len() > 0))
    }

    fn file_size(&self, handle: &mut Handle) -> VfsResult<usize> {
        let _disk = handle.disk()?;
        let found = handle.file.metadata();
        let length = found.map_err(|_| vars::SQLITE_IOERR_FSTAT)?.len();
        usize::try_from(length).map_err(|_| vars::SQLITE_IOERR_FSTAT)
    }

    fn truncate(&self, handle: &mut Handle, size: usize) -> VfsResult<()> {
        handle.change(|file| Unsynced::resize(file, place(size)))
    }

    fn write(&self, handle: &mut Handle, offset: usize, data: &[u8]) -> VfsResult<usize> {
        handle.change(|file| Unsynced::write(file, place(offset), data))?;
        Ok(data.len())
    }

    fn read(&self, handle: &mut Handle, offset: usize, data: &mut [u8]) -> VfsResult<usize> {
        let _disk = handle.disk()?;
        let mut done = 0;
        while let Some(rest) = data.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match handle.file.read_at(rest, place(offset + done)) {
                Ok(0) => break,
                Ok(more) => done += more,
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(_) => return Err(vars::SQLITE_IOERR_READ),
            }
        }
        Ok(done)
    }

    fn sync(&self, handle: &mut Handle) -> VfsResult<()> {
        let mut disk = handle.disk()?;
        let power = disk.count();
        if power == Power::On {
            disk.state(&handle.path).unsynced.clear();
        }
        goes_on(&mut disk, &power)
    }

    fn lock(&self, handle: &mut Handle, level: LockLevel) -> VfsResult<()> {
        busy_unless(
            handle
                .disk()?
                .state(&handle.path)
                .lock
                .take(handle.id, level),
        )
    }

    fn unlock(&self, handle: &mut Handle, level: LockLevel) -> VfsResult<()> {
        let mut disk = handle.disk()?;
        disk.state(&handle.path).lock.go_down(handle.id, level);
        Ok(())
    }

    fn check_reserved_lock(&self, handle: &mut Handle) -> VfsResult<bool> {
        Ok(handle.disk()?.state(&handle.path).lock.is_reserved())
    }

    fn close(&self, handle: Handle) -> VfsResult<()> {
        if let Ok(mut disk) = handle.disk() {
            let state = disk.state(&handle.path);
            state.lock.go_down(handle.id, LockLevel::Unlocked);
            state.memory.leave(handle.id);
            if handle.is_deleted_on_close {
                fs::remove_file(&handle.path).ok();
            }
        }
        Ok(())
    }

    fn sector_size(&self, _: &mut Handle) -> VfsResult<i32> {
        Ok(4_096)
    }

    /// As SQLite's own file system has it, and no more: what is beside a write is safe.
    fn device_characteristics(&self, _: &mut Handle) -> VfsResult<i32> {
        Ok(vars::SQLITE_IOCAP_POWERSAFE_OVERWRITE)
    }

    fn shm_map(
        &self,
        handle: &mut Handle,
        region_idx: usize,
        region_size: usize,
        extend: bool,
    ) -> VfsResult<Option<NonNull<u8>>> {
        let region = {
            let mut disk = handle.disk()?;
            let memory = &mut disk.state(&handle.path).memory;
            memory.region(handle.id, region_idx, region_size, extend)
        };
        let begin = region.as_ref().map(locks::begin);
        handle.regions.extend(region);
        Ok(begin)
    }

    fn shm_lock(
        &self,
        handle: &mut Handle,
        offset: u32,
        count: u32,
        mode: ShmLockMode,
    ) -> VfsResult<()> {
        let mut disk = handle.disk()?;
        let memory = &mut disk.state(&handle.path).memory;
        let slots = offset..offset + count;
        match mode {
            ShmLockMode::LockShared => busy_unless(memory.take(handle.id, slots, false)),
            ShmLockMode::LockExclusive => busy_unless(memory.take(handle.id, slots, true)),
            ShmLockMode::UnlockShared | ShmLockMode::UnlockExclusive => {
                memory.give_back(handle.id, slots);
                Ok(())
            }
        }
    }

    fn shm_barrier(&self, _: &mut Handle) {
        fence(Ordering::SeqCst);
    }

    /// The memory goes with the last one who has it, whether it is to be deleted or not.
    fn shm_unmap(&self, handle: &mut Handle, _delete: bool) -> VfsResult<()> {
        let mut disk = handle.disk()?;
        disk.state(&handle.path).memory.leave(handle.id);
        drop(disk);
        handle.regions.clear();
        Ok(())
    }
}
