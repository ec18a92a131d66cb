//! The file beside the database that says how far the database has come. It never says more than is
//! on disk there, so a database that knows less than the file does is an older one. It does not know
//! what follows from that.

use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// Its name in the state directory.
const NAME: &str = "dues.generation";

/// After so many generations it is made durable. In between it is written without waiting for the
/// disk: that survives the process, and costs a turn microseconds instead of a second fsync.
const SYNC_EVERY: i64 = 256;

/// The longest that a file of ours is, in bytes, by far.
const LENGTH_MAX: u64 = 512;

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// There is none.
    Nothing,
    /// It cannot be read as one of ours.
    Garbled,
    /// This database had come this far.
    Generation {
        /// Which database.
        database: String,
        /// How far.
        generation: i64,
    },
}

/// The file, open for writing.
#[derive(Debug)]
pub(super) struct Sidecar {
    file: File,
    database: String,
    synced: i64,
}

/// Reads the file of a state directory.
///
/// # Errors
/// When there is one and the disk does not give it.
pub(super) fn read(state_dir: &Path) -> io::Result<Said> {
    let path = state_dir.join(NAME);
    match fs::metadata(&path) {
        Ok(found) if found.len() > LENGTH_MAX => return Ok(Said::Garbled),
        Ok(_) => {}
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Said::Nothing),
        Err(why) => return Err(why),
    }
    let text = fs::read(path)?;
    Ok(std::str::from_utf8(&text)
        .ok()
        .and_then(parse)
        .unwrap_or(Said::Garbled))
}

impl Sidecar {
    /// Puts a new file in the place of the old one, whole or not at all.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(super) fn create(state_dir: &Path, database: &str, generation: i64) -> io::Result<Self> {
        let path = state_dir.join(NAME);
        let draft = path.with_extension("draft");
        let file = File::options()
            .create(true)
            .truncate(true)
            .write(true)
            .open(&draft)?;
        file.write_all_at(line(database, generation).as_bytes(), 0)?;
        file.sync_all()?;
        fs::rename(draft, path)?;
        File::open(state_dir)?.sync_all()?;
        Ok(Self {
            file,
            database: database.to_owned(),
            synced: generation,
        })
    }

    /// Notes a generation that is on disk in the database. A line has one length, so writing over it
    /// in place leaves the old one or the new one.
    ///
    /// # Errors
    /// When the disk does not take it.
    pub(super) fn advance(&mut self, generation: i64) -> io::Result<()> {
        let line = line(&self.database, generation);
        self.file.write_all_at(line.as_bytes(), 0)?;
        if generation - self.synced >= SYNC_EVERY {
            self.file.sync_data()?;
            self.synced = generation;
        }
        Ok(())
    }
}

/// `dues generation 00000000000000000042 of shop@1769821200000000` and a sum that a torn line breaks.
fn line(database: &str, generation: i64) -> String {
    let said = format!("dues generation {generation:020} of {database}");
    let sum = crate::core::spread::fingerprint(&said);
    format!("{said} {sum:032x}\n")
}

fn parse(text: &str) -> Option<Said> {
    let (said, _) = text.strip_suffix('\n')?.rsplit_once(' ')?;
    let rest = said.strip_prefix("dues generation ")?;
    let (generation, database) = rest.split_once(" of ")?;
    let generation = generation.parse().ok()?;
    (line(database, generation) == text).then(|| Said::Generation {
        database: database.to_owned(),
        generation,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_a_torn_line_is_not() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(read(directory.path()).unwrap(), Said::Nothing);

        let mut sidecar = Sidecar::create(directory.path(), "shop@7", 41).unwrap();
        sidecar.advance(42).unwrap();
        let said = Said::Generation {
            database: "shop@7".to_owned(),
            generation: 42,
        };
        assert_eq!(read(directory.path()).unwrap(), said);

        let whole = line("shop@7", 42);
        for end in 0..whole.len() {
            assert_eq!(parse(&whole[..end]), None, "cut at {end}");
        }
        assert_eq!(parse(&whole.replace("42 of", "43 of")), None);
        fs::write(directory.path().join(NAME), [0xff; 70]).unwrap();
        assert_eq!(read(directory.path()).unwrap(), Said::Garbled);
    }
}
