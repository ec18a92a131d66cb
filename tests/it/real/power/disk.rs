//! A disk that keeps what was synced and any part of the rest: of writes some sectors, of changes in
//! the directory the first few. It does not know what the files mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::real::power::trace::{Event, Happened};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// What becomes of what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    Kept,
    /// Some of it, as this number has it.
    Torn(u64),
}

impl Fate {
    /// The fates that are tried at a cut.
    pub(super) fn at(cut: usize) -> [Self; 4] {
        let seed = u64::try_from(cut).unwrap() * 2;
        [
            Self::Lost,
            Self::Kept,
            Self::Torn(seed),
            Self::Torn(seed + 1),
        ]
    }

    /// Whether the next part survives.
    fn keeps(&mut self) -> bool {
        match self {
            Self::Lost => false,
            Self::Kept => true,
            Self::Torn(state) => {
                *state = state.wrapping_mul(6_364_136_223_846_793_005);
                *state = state.wrapping_add(1_442_695_040_888_963_407);
                (*state >> 40) % 2 == 0
            }
        }
    }
}

/// A write that was not synced.
#[derive(Debug, Clone)]
struct Pending {
    ended: usize,
    change: Change,
}

#[derive(Debug, Clone)]
enum Change {
    Write { at: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Pending>,
}

/// A change of the directory that was not synced: a name for a file, or none any more.
#[derive(Debug)]
struct Naming {
    ended: usize,
    name: String,
    file: Option<usize>,
}

#[derive(Debug, Default)]
pub(super) struct Disk {
    files: Vec<File>,
    /// The names as the process sees them.
    names: BTreeMap<String, usize>,
    /// The names that survive for certain.
    synced_names: BTreeMap<String, usize>,
    namings: Vec<Naming>,
}

impl Disk {
    pub(super) fn take(&mut self, event: &Event) {
        let ended = event.ended;
        match &event.what {
            Happened::Made(name) => {
                self.file(name, ended);
            }
            Happened::Wrote { name, at, bytes } => {
                let (at, bytes) = (*at, bytes.clone());
                self.change(name, ended, Change::Write { at, bytes });
            }
            Happened::Cut { name, length } => self.change(name, ended, Change::Length(*length)),
            Happened::Renamed(from, to) => {
                let file = self.names.remove(from);
                self.names.extend(file.map(|file| (to.clone(), file)));
                self.name(to, file, ended);
                self.name(from, None, ended);
            }
            Happened::Removed(name) => {
                if self.names.remove(name).is_some() {
                    self.name(name, None, ended);
                }
            }
            Happened::Synced { name } => self.sync(name, event.begun),
            Happened::Sent(_) | Happened::Added(_) => {}
        }
    }

    /// The file of a name; it is made when there is none.
    fn file(&mut self, name: &str, ended: usize) -> usize {
        if let Some(file) = self.names.get(name) {
            return *file;
        }
        let file = self.files.len();
        self.files.push(File::default());
        self.names.insert(name.to_owned(), file);
        self.name(name, Some(file), ended);
        file
    }

    fn name(&mut self, name: &str, file: Option<usize>, ended: usize) {
        let name = name.to_owned();
        self.namings.push(Naming { ended, name, file });
    }

    fn change(&mut self, name: &str, ended: usize, change: Change) {
        let file = self.file(name, ended);
        self.files[file].pending.push(Pending { ended, change });
    }

    /// What was over before the sync began is on disk.
    fn sync(&mut self, name: &str, begun: usize) {
        if name.is_empty() {
            for naming in self.namings.extract_if(.., |naming| naming.ended < begun) {
                rename(&mut self.synced_names, &naming);
            }
            return;
        }
        let file = self.file(name, begun);
        let file = &mut self.files[file];
        for pending in file.pending.extract_if(.., |pending| pending.ended < begun) {
            pending.change.apply(&mut file.synced, &mut Fate::Kept);
        }
    }

    /// Puts the files into a directory as they may be after the cut.
    pub(super) fn survives(&self, mut fate: Fate, directory: &Path) {
        let mut names = self.synced_names.clone();
        for naming in &self.namings {
            // A journal of the file system keeps its order.
            if !fate.keeps() {
                break;
            }
            rename(&mut names, naming);
        }
        for (name, file) in names {
            // Shared memory does not outlive the machine.
            if name.ends_with("-shm") {
                continue;
            }
            let file = &self.files[file];
            let mut bytes = file.synced.clone();
            for pending in &file.pending {
                pending.change.apply(&mut bytes, &mut fate);
            }
            fs::write(directory.join(name), bytes).unwrap();
        }
    }
}

fn rename(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming.file {
        Some(file) => names.insert(naming.name.clone(), file),
        None => names.remove(&naming.name),
    };
}

impl Change {
    /// Does to the bytes what fate lets survive of it, sector by sector.
    fn apply(&self, bytes: &mut Vec<u8>, fate: &mut Fate) {
        match self {
            Self::Length(length) => {
                if fate.keeps() {
                    bytes.resize(*length, 0);
                }
            }
            Self::Write { at, bytes: written } => {
                let mut from = 0;
                while from < written.len() {
                    let place = at + from;
                    let until = (from + SECTOR - place % SECTOR).min(written.len());
                    if fate.keeps() {
                        let end = at + until;
                        if bytes.len() < end {
                            bytes.resize(end, 0);
                        }
                        bytes[place..end].copy_from_slice(&written[from..until]);
                    }
                    from = until;
                }
            }
        }
    }
}
