//! Old entries of the journal, in files beside the database: what is rarely read and never changes need not be
//! in the way of charges. A file is whole and on disk before its entries leave the database, so that a fact is
//! in both for a moment and in neither at none.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use sqlx::FromRow;

use crate::core::spread::fingerprint;
use crate::store::reader::Page;
use crate::store::turn::Turn;
use crate::store::views::Entry;
use crate::store::{Reader, StoreError, doing};

/// The directory beside the database in which the files are.
const DIRECTORY: &str = "archive";

/// How many entries a file holds; what is less waits for the rest.
pub const ENTRIES_A_FILE: u32 = 5_000;

/// Old entries that are still in the database, as the file will have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldEntries {
    /// The oldest entry.
    pub first: i64,
    /// The newest entry.
    pub last: i64,
    /// A line of JSON for each.
    pub lines: String,
}

/// A file that is whole and on disk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArchiveFile {
    first: i64,
    last: i64,
    name: String,
    print: String,
}

#[derive(FromRow)]
struct OldRow {
    seq: i64,
    at: i64,
    line: String,
}

#[derive(FromRow)]
struct FileRow {
    file: String,
    print: String,
}

/// A line of a file.
#[derive(Deserialize)]
struct Line<'a> {
    seq: i64,
    at: i64,
    subscription: Option<String>,
    cycle: Option<i64>,
    kind: String,
    actor: String,
    words: Option<String>,
    #[serde(borrow)]
    after: &'a RawValue,
}

impl OldEntries {
    /// The name of their file: of what is in it, so that it never stands for other entries, should an older
    /// copy of the database be put back and live through another history.
    pub fn name(&self) -> String {
        let Self { first, last, .. } = self;
        let print = print(&self.lines);
        let start: String = print.chars().take(8).collect();
        format!("journal-{first:012}-{last:012}-{start}.jsonl")
    }

    /// The file, now that this is what was read back from it.
    ///
    /// # Errors
    /// When it is not what was written.
    pub fn file(&self, read_back: &str) -> Result<ArchiveFile, StoreError> {
        if read_back != self.lines {
            return Err(StoreError::Archive {
                file: self.name(),
                trouble: "what was written is not what is read back: look at the disk",
            });
        }
        Ok(ArchiveFile {
            first: self.first,
            last: self.last,
            name: self.name(),
            print: print(&self.lines),
        })
    }
}

impl Reader {
    /// Where the files are.
    pub fn archive(&self) -> PathBuf {
        let beside = self.path.parent().unwrap_or(Path::new("."));
        beside.join(DIRECTORY)
    }

    /// The oldest entries, if there are as many as a file holds that were made before this.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn old_entries(&self, before: Timestamp) -> Result<Option<OldEntries>, StoreError> {
        let rows: Vec<OldRow> = sqlx::query_as(include_str!("sql/old_entries.sql"))
            .bind(i64::from(ENTRIES_A_FILE))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the oldest entries of the journal"))?;
        let ends = rows.first().zip(rows.last());
        let Some((first, last)) = ends.map(|(first, last)| (first.seq, last.seq)) else {
            return Ok(None);
        };
        let is_full = u32::try_from(rows.len()).is_ok_and(|count| count >= ENTRIES_A_FILE);
        let is_old = |row: &OldRow| row.at < before.as_microsecond();
        Ok((is_full && rows.iter().all(is_old)).then(|| OldEntries {
            first,
            last,
            lines: rows.into_iter().map(|row| row.line + "\n").collect(),
        }))
    }

    /// A page of the journal, of which the oldest part may be in files.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read, or a file is gone or is not what it was.
    pub async fn journal(&self, page: Page<i64>) -> Result<Vec<Entry>, StoreError> {
        // Both places as they are at one instant: entries move from the one to the other.
        let tx = self.pool.begin().await;
        let mut tx = tx.map_err(doing("read the journal"))?;
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            let seen = entries.last().map_or(page.after, |last| last.seq);
            let rest = page.limit - u32::try_from(entries.len()).unwrap_or(page.limit);
            if rest == 0 {
                return Ok(entries);
            }
            let found: Option<FileRow> = sqlx::query_as(include_str!("sql/archive_after.sql"))
                .bind(seen)
                .fetch_optional(&mut *tx)
                .await
                .map_err(doing("look where old entries are"))?;
            let Some(file) = found else {
                let newer: Vec<Entry> = sqlx::query_as(include_str!("sql/journal_page.sql"))
                    .bind(seen)
                    .bind(i64::from(rest))
                    .fetch_all(&mut *tx)
                    .await
                    .map_err(doing("read the journal"))?;
                entries.extend(newer);
                return Ok(entries);
            };
            entries.extend(self.of_file(file, seen, rest).await?);
        }
    }

    /// Up to so many entries of a file, after one that was seen.
    async fn of_file(
        &self,
        file: FileRow,
        seen: i64,
        limit: u32,
    ) -> Result<Vec<Entry>, StoreError> {
        let FileRow { file, print: was } = file;
        let trouble = |trouble| StoreError::Archive {
            file: file.clone(),
            trouble,
        };
        let text = tokio::fs::read_to_string(self.archive().join(&file)).await;
        let text = text.map_err(|_| {
            trouble(
                "it cannot be read; put it back into the directory `archive` beside the database",
            )
        })?;
        if print(&text) != was {
            return Err(trouble(
                "it is not what it was; put a good copy in its place",
            ));
        }
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let lines = text.lines().map(|line| {
            serde_json::from_str::<Line<'_>>(line)
                .map_err(|_| trouble("a line of it cannot be read, though nobody changed it"))
        });
        let is_wanted = |line: &Result<Line<'_>, StoreError>| {
            line.as_ref().map_or(true, |line| line.seq > seen)
        };
        let entries = lines.filter(is_wanted).take(limit);
        let entries = entries.map(|line| line.map(Entry::from));
        entries.collect()
    }
}

impl Turn<'_> {
    /// Lets entries go that are in a file by now.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped: the file has not what the database has.
    pub async fn archive(&mut self, file: &ArchiveFile) -> Result<(), StoreError> {
        self.has_written = true;
        sqlx::query(include_str!("sql/insert_archive.sql"))
            .bind(file.last)
            .bind(file.first)
            .bind(&file.name)
            .bind(&file.print)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map_err(doing("note a file of old entries"))?;
        let removed = sqlx::query(include_str!("sql/remove_entries.sql"))
            .bind(file.last)
            .execute(&mut *self.tx)
            .await
            .map_err(doing("remove entries that are in a file"))?
            .rows_affected();
        if removed == u64::from(ENTRIES_A_FILE) {
            Ok(())
        } else {
            Err(StoreError::Conflict {
                what: "entries that are in a file",
                expected: usize::try_from(ENTRIES_A_FILE).unwrap_or(usize::MAX),
                changed: removed,
            })
        }
    }
}

impl From<Line<'_>> for Entry {
    fn from(line: Line<'_>) -> Self {
        Self {
            seq: line.seq,
            at: line.at,
            subscription: line.subscription,
            cycle: line.cycle,
            kind: line.kind,
            actor: line.actor,
            words: line.words,
            after: line.after.get().to_owned(),
            plan: None,
            plan_version: None,
        }
    }
}

fn print(text: &str) -> String {
    format!("{:032x}", fingerprint(text))
}
