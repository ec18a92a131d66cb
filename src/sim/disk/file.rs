//! What was written to a file since it was last synced, and what a power cut leaves of that.

use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;

use crate::sim::draw::Draws;

/// What a disk writes whole or not at all, in bytes.
const SECTOR: u64 = 512;

/// A change of a file that was not synced.
#[derive(Debug)]
pub(super) struct Unsynced {
    at: u64,
    /// What was there from `at` on.
    old: Vec<u8>,
    /// What is there instead; nothing of a file that was cut off at `at`.
    new: Vec<u8>,
    old_length: u64,
}

/// How much of what was not synced a cut leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Left {
    Nothing,
    Everything,
    /// What was written first.
    Beginning,
    /// Some writes, each whole.
    Writes,
    /// Some sectors.
    Sectors,
}

impl Unsynced {
    /// Writes to a file, and remembers what was there.
    pub(super) fn write(file: &File, at: u64, new: &[u8]) -> io::Result<Self> {
        let old_length = file.metadata()?.len();
        let end = old_length.min(at + new.len() as u64);
        let old = read(file, at..end)?;
        file.write_all_at(new, at)?;
        let new = new.to_owned();
        Ok(Self {
            at,
            old,
            new,
            old_length,
        })
    }

    /// Cuts a file off, or makes it longer, and remembers what was there.
    pub(super) fn resize(file: &File, length: u64) -> io::Result<Self> {
        let old_length = file.metadata()?.len();
        let old = read(file, length..old_length)?;
        file.set_len(length)?;
        Ok(Self {
            at: length,
            old,
            new: Vec::new(),
            old_length,
        })
    }

    fn take_back(&self, file: &File) -> io::Result<()> {
        file.write_all_at(&self.old, self.at)?;
        file.set_len(self.old_length)
    }

    /// Does it again, as far as it is kept.
    fn do_again(&self, file: &File, mut is_kept: impl FnMut() -> bool) -> io::Result<()> {
        if self.new.is_empty() {
            return if is_kept() {
                file.set_len(self.at)
            } else {
                Ok(())
            };
        }
        let mut at = self.at;
        let mut rest = self.new.as_slice();
        while !rest.is_empty() {
            let in_sector = usize::try_from(SECTOR - at % SECTOR).unwrap_or(rest.len());
            let (sector, later) = rest.split_at(in_sector.min(rest.len()));
            if is_kept() {
                file.write_all_at(sector, at)?;
            }
            at += sector.len() as u64;
            rest = later;
        }
        Ok(())
    }
}

/// The power is cut. What survives is drawn; whatever of two writes to one place does, any order in which
/// a disk may have written them is among that.
pub(super) fn lose(path: &Path, unsynced: &[Unsynced], draws: &mut Draws) -> io::Result<()> {
    if unsynced.is_empty() {
        return Ok(());
    }
    let file = File::options().read(true).write(true).open(path)?;
    for one in unsynced.iter().rev() {
        one.take_back(&file)?;
    }
    let left = draws.one_of([
        Left::Nothing,
        Left::Everything,
        Left::Beginning,
        Left::Writes,
        Left::Sectors,
    ]);
    let beginning = draws.place(unsynced.len()).unwrap_or(0);
    for (place, one) in unsynced.iter().enumerate() {
        let is_write_kept = draws.one_in(2);
        one.do_again(&file, || match left {
            Left::Nothing => false,
            Left::Everything => true,
            Left::Beginning => place < beginning,
            Left::Writes => is_write_kept,
            Left::Sectors => draws.one_in(2),
        })?;
    }
    Ok(())
}

fn read(file: &File, range: Range<u64>) -> io::Result<Vec<u8>> {
    let length = range.end.saturating_sub(range.start);
    let mut bytes = vec![0; usize::try_from(length).map_err(io::Error::other)?];
    file.read_exact_at(&mut bytes, range.start)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes over synced bytes, beyond them, and cuts off; then the power goes.
    fn after_a_cut(seed: u64) -> Vec<u8> {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("file");
        std::fs::write(&path, vec![b'a'; 1_536]).unwrap();
        let file = File::options().read(true).write(true).open(&path).unwrap();
        let unsynced = vec![
            Unsynced::write(&file, 256, &[b'b'; 512]).unwrap(),
            Unsynced::write(&file, 1_536, &[b'c'; 512]).unwrap(),
            Unsynced::write(&file, 256, &[b'd'; 512]).unwrap(),
            Unsynced::resize(&file, 1_024).unwrap(),
        ];
        let written = std::fs::read(&path).unwrap();
        assert_eq!(written.len(), 1_024);
        assert_eq!(&written[256..768], [b'd'; 512]);
        lose(&path, &unsynced, &mut Draws::new(seed, "power")).unwrap();
        std::fs::read(path).unwrap()
    }

    #[test]
    fn a_cut_keeps_what_was_synced_and_any_part_of_the_rest() {
        let all: Vec<Vec<u8>> = (0..400).map(after_a_cut).collect();
        for left in &all {
            assert!(matches!(left.len(), 1_024 | 1_536 | 2_048));
            assert!(left[..256].iter().all(|byte| *byte == b'a'));
            for sector in [&left[256..512], &left[512..768]] {
                assert!(sector.iter().all(|byte| *byte == sector[0]), "half a piece");
            }
            assert!(left[768..1_024].iter().all(|byte| *byte == b'a'));
        }
        let any = |is: &dyn Fn(&Vec<u8>) -> bool| all.iter().any(is);
        assert!(any(&|left| left == &vec![b'a'; 1_536]), "nothing is left");
        assert!(any(&|left| left.len() == 1_024 && left[256] == b'd'));
        assert!(any(&|left| left.len() == 2_048), "not cut off");
        assert!(any(&|left| left[256] == b'b'), "out of order");
        assert!(any(&|left| left[256] != left[512]), "torn");
    }
}
