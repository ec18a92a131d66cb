//! Who has a file, as SQLite's own file system has it: the five levels of a file's lock, and the memory
//! with eight locks that the connections to a database in WAL mode share. All of them are in this process.

use std::collections::BTreeSet;
use std::ops::Range;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use sqlite_plugin::flags::LockLevel;

/// Whose handle.
pub(super) type Id = u64;

/// The lock of a file.
#[derive(Debug, Default)]
pub(super) struct FileLock {
    shared: BTreeSet<Id>,
    /// Who means to write.
    reserved: Option<Id>,
    /// Who waits for the last reader, or writes.
    pending: Option<Id>,
}

impl FileLock {
    /// Takes a level. False while somebody else is in the way.
    pub(super) fn take(&mut self, id: Id, level: LockLevel) -> bool {
        let is_other = |whose: Option<Id>| whose.is_some_and(|other| other != id);
        match level {
            LockLevel::Unlocked => true,
            LockLevel::Shared => {
                if is_other(self.pending) {
                    return false;
                }
                self.shared.insert(id);
                true
            }
            LockLevel::Reserved => {
                if is_other(self.reserved) || is_other(self.pending) {
                    return false;
                }
                self.reserved = Some(id);
                true
            }
            LockLevel::Pending | LockLevel::Exclusive => {
                if is_other(self.reserved) || is_other(self.pending) {
                    return false;
                }
                self.pending = Some(id);
                self.shared.iter().all(|reader| *reader == id)
            }
        }
    }

    /// Goes down to a level.
    pub(super) fn go_down(&mut self, id: Id, level: LockLevel) {
        self.reserved.take_if(|whose| *whose == id);
        self.pending.take_if(|whose| *whose == id);
        if level == LockLevel::Unlocked {
            self.shared.remove(&id);
        }
    }

    /// Whether somebody means to write.
    pub(super) fn is_reserved(&self) -> bool {
        self.reserved.is_some() || self.pending.is_some()
    }
}

/// A part of the shared memory; SQLite reads and writes it, and nobody here.
pub(super) type Region = Arc<[AtomicU64]>;

/// The memory that connections to a database share.
#[derive(Debug, Default)]
pub(super) struct SharedMemory {
    regions: Vec<Region>,
    users: BTreeSet<Id>,
    held: Vec<Held>,
}

#[derive(Debug)]
struct Held {
    id: Id,
    slot: u32,
    is_exclusive: bool,
}

impl SharedMemory {
    /// The part of that number; nothing when there is none yet and none is to be made. Whoever takes it must
    /// keep it for as long as the pointer is used.
    pub(super) fn region(
        &mut self,
        id: Id,
        number: usize,
        bytes: usize,
        is_made: bool,
    ) -> Option<Region> {
        self.users.insert(id);
        while is_made && self.regions.len() <= number {
            let words = (0..bytes.div_ceil(8)).map(|_| AtomicU64::new(0));
            self.regions.push(words.collect());
        }
        self.regions.get(number).cloned()
    }

    /// Takes some of the eight locks. False while somebody else is in the way.
    pub(super) fn take(&mut self, id: Id, slots: Range<u32>, is_exclusive: bool) -> bool {
        let is_in_the_way = |one: &Held| {
            one.id != id && slots.contains(&one.slot) && (is_exclusive || one.is_exclusive)
        };
        if self.held.iter().any(is_in_the_way) {
            return false;
        }
        self.give_back(id, slots.clone());
        self.held.extend(slots.map(|slot| Held {
            id,
            slot,
            is_exclusive,
        }));
        true
    }

    /// Gives some back.
    pub(super) fn give_back(&mut self, id: Id, slots: Range<u32>) {
        self.held
            .retain(|one| one.id != id || !slots.contains(&one.slot));
    }

    /// Goes away. The last one takes the memory along.
    pub(super) fn leave(&mut self, id: Id) {
        self.held.retain(|one| one.id != id);
        self.users.remove(&id);
        if self.users.is_empty() {
            self.regions.clear();
        }
    }
}

/// Where a region begins.
pub(super) fn begin(region: &Region) -> NonNull<u8> {
    NonNull::from(region.as_ref()).cast()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_writes_when_nobody_reads() {
        let mut lock = FileLock::default();
        assert!(lock.take(1, LockLevel::Shared) && lock.take(2, LockLevel::Shared));
        assert!(lock.take(1, LockLevel::Reserved) && !lock.take(2, LockLevel::Reserved));
        assert!(!lock.take(1, LockLevel::Exclusive), "2 reads");
        assert!(!lock.take(3, LockLevel::Shared), "1 waits for the readers");
        lock.go_down(2, LockLevel::Unlocked);
        assert!(lock.take(1, LockLevel::Exclusive) && lock.is_reserved());
        lock.go_down(1, LockLevel::Shared);
        assert!(lock.take(2, LockLevel::Shared) && !lock.is_reserved());
    }

    #[test]
    fn shared_memory_is_one_and_goes_with_the_last() {
        let mut memory = SharedMemory::default();
        assert!(memory.region(1, 0, 32_768, false).is_none());
        let mine = memory.region(1, 0, 32_768, true).unwrap();
        let theirs = memory.region(2, 0, 32_768, false).unwrap();
        assert_eq!(begin(&mine), begin(&theirs));
        assert!(memory.take(1, 3..4, false) && memory.take(2, 3..4, false));
        assert!(!memory.take(1, 3..8, true) && memory.take(1, 0..1, true));
        assert!(!memory.take(2, 0..1, false));
        memory.leave(1);
        assert!(memory.take(2, 0..8, true));
        memory.leave(2);
        assert!(memory.region(3, 0, 32_768, false).is_none());
    }
}
