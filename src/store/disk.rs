//! The disk under the database: how much room is left on it, and a ballast file that is given up so
//! that the outcomes of charges under way can still be written when nothing else fits.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// How large the ballast is, in bytes: the outcomes of many thousand charges.
pub const BALLAST_BYTES: u64 = 16 << 20;

/// The disk of the state directory.
#[derive(Debug, Clone)]
pub struct Disk {
    directory: PathBuf,
}

/// What is to be done about the room that is left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advice {
    /// There is plenty: charge, and have a ballast.
    Charge,
    /// As before: between two thresholds, so that nothing flaps.
    Stay,
    /// There is little: begin nothing.
    Stop,
    /// There is nearly none: begin nothing, and give up the ballast.
    GiveUpBallast,
}

impl Disk {
    pub(super) fn of(directory: &Path) -> Self {
        Self {
            directory: directory.to_owned(),
        }
    }

    /// The directory that is watched.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// How many bytes this process may still write.
    ///
    /// # Errors
    /// When the file system cannot be asked.
    pub fn free_bytes(&self) -> io::Result<u64> {
        let stat = rustix::fs::statvfs(&self.directory)?;
        Ok(stat.f_bavail.saturating_mul(stat.f_frsize))
    }

    /// Lays the ballast down, unless it is there.
    ///
    /// # Errors
    /// When it does not fit; then nothing of it stays.
    pub fn lay_ballast(&self) -> io::Result<()> {
        let path = self.ballast();
        if fs::metadata(&path).is_ok_and(|there| there.len() == BALLAST_BYTES) {
            return Ok(());
        }
        let file = File::create(&path)?;
        let whole = rustix::fs::FallocateFlags::empty();
        rustix::fs::fallocate(&file, whole, 0, BALLAST_BYTES).map_err(|error| {
            fs::remove_file(&path).ok();
            error.into()
        })
    }

    /// Gives the ballast up. Tells whether there was one.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn give_up_ballast(&self) -> io::Result<bool> {
        match fs::remove_file(self.ballast()) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn ballast(&self) -> PathBuf {
        self.directory.join("dues.ballast")
    }
}

impl Advice {
    /// For so many free bytes, when fewer than `low` are too few.
    pub const fn for_free(free: u64, low: u64) -> Self {
        if free < low && free < BALLAST_BYTES {
            Self::GiveUpBallast
        } else if free < low {
            Self::Stop
        } else if free < low.saturating_add(2 * BALLAST_BYTES) {
            Self::Stay
        } else {
            Self::Charge
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn little_room_stops_and_less_gives_up_the_ballast() {
        let advice = |free: u64| Advice::for_free(free * MIB, 64 * MIB);
        assert_eq!(advice(1_000), Advice::Charge);
        assert_eq!(advice(96), Advice::Charge);
        assert_eq!(advice(95), Advice::Stay);
        assert_eq!(advice(64), Advice::Stay);
        assert_eq!(advice(63), Advice::Stop);
        assert_eq!(advice(16), Advice::Stop);
        assert_eq!(advice(15), Advice::GiveUpBallast);
        assert_eq!(Advice::for_free(0, 0), Advice::Stay, "nothing is watched");
    }

    #[test]
    fn a_ballast_is_laid_once_and_given_up_once() {
        let directory = tempfile::tempdir().unwrap();
        let disk = Disk::of(directory.path());
        assert!(!disk.give_up_ballast().unwrap());
        disk.lay_ballast().unwrap();
        disk.lay_ballast().unwrap();
        let length = fs::metadata(directory.path().join("dues.ballast")).unwrap();
        assert_eq!(length.len(), BALLAST_BYTES);
        assert!(disk.give_up_ballast().unwrap());
        assert!(!disk.give_up_ballast().unwrap());
        assert!(disk.free_bytes().unwrap() > 0);
    }
}
