//! Puts old entries of the journal away: a file is whole, on disk and read back before the engine lets its
//! entries go. A job that dies in between leaves a file that the next one writes again, the same.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;

use crate::engine::handle::Handle;
use crate::jobs::synced;
use crate::store::{ArchiveFile, ENTRIES_A_FILE, OldEntries, Reader};

/// The most files that one run writes; the rest waits for the next night.
const FILES_MAX: usize = 2_000;

pub(super) async fn archive(handle: &Handle, reader: &Reader, before: Timestamp) -> Result<String> {
    let directory = reader.archive();
    let mut files = 0;
    while files < FILES_MAX {
        let Some(old) = reader.old_entries(before).await? else {
            break;
        };
        let at = directory.clone();
        let written = tokio::task::spawn_blocking(move || write(&at, &old));
        let file = written.await.context("writing a file broke off")??;
        handle.archive(file).await.context("the engine is gone")?;
        files += 1;
    }
    Ok(format!(
        "{} entries put into {files} files",
        files * usize::try_from(ENTRIES_A_FILE)?
    ))
}

fn write(directory: &Path, old: &OldEntries) -> Result<ArchiveFile> {
    fs::create_dir_all(directory)
        .with_context(|| format!("cannot create {}", directory.display()))?;
    let whole = directory.join(old.name());
    let part = directory.join(format!("{}.part", old.name()));
    fs::write(&part, &old.lines).with_context(|| format!("cannot write {}", part.display()))?;
    synced(&part)?;
    fs::rename(&part, &whole).with_context(|| format!("cannot name {}", whole.display()))?;
    synced(directory)?;
    let read_back = fs::read_to_string(&whole);
    let read_back = read_back.with_context(|| format!("cannot read {}", whole.display()))?;
    Ok(old.file(&read_back)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_and_may_be_written_again() {
        let directory = tempfile::tempdir().unwrap();
        let archive = directory.path().join("archive");
        let old = OldEntries {
            first: 1,
            last: 2,
            lines: "{\"seq\":1}\n{\"seq\":2}\n".to_owned(),
        };
        // A run that died left half a file.
        fs::create_dir(&archive).unwrap();
        fs::write(archive.join(format!("{}.part", old.name())), "{\"s").unwrap();

        let first = write(&archive, &old).unwrap();
        assert_eq!(write(&archive, &old).unwrap(), first);
        let names: Vec<String> = fs::read_dir(&archive)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        assert_eq!(names, [old.name()]);
        let text = fs::read_to_string(archive.join(old.name())).unwrap();
        assert_eq!(text, old.lines);
    }
}
