//! Old entries of the journal in files beside the database: everything that happened is still told, in order
//! and once, whatever moved, and nothing goes that is not in a good file.

use std::fs;
use std::path::Path;

use dues::store::{ArchiveFile, ENTRIES_A_FILE, Entry, OldEntries, Page, Reader, Store, Who};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use crate::shop;

/// More than two files hold.
const ENTRIES: u32 = 2 * ENTRIES_A_FILE + 6;

fn now() -> Timestamp {
    shop::instant("2026-01-15T10:00:00+09:00")
}

/// Everything is older.
fn later() -> Timestamp {
    now() + SignedDuration::from_hours(1)
}

/// A shop in which so many people subscribed, an entry each.
async fn ground() -> (TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = shop::open(directory.path(), &[shop::monthly()], now()).await;
    let anchor_at = shop::instant("2026-01-31T10:00:00+09:00");
    let wanted: Vec<_> = (0..ENTRIES)
        .map(|number| {
            let (id, card) = (format!("s-{number}"), format!("card-{number}"));
            shop::wanted(&id, &card, "basic", anchor_at)
        })
        .collect();
    let mut turn = store.writer.begin(now()).await.expect("a turn");
    let added = turn.add(&wanted, &Who::named("test")).await;
    added.expect("it is written").expect("there is no key");
    turn.commit().await.expect("it is written");
    (directory, store)
}

/// Every entry, read in pages of a size that fits into no file.
async fn everything(reader: &Reader) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    loop {
        let after = entries.last().map_or(0, |last| last.seq);
        let page = reader.journal(Page { after, limit: 999 }).await;
        let page = page.expect("the journal can be read");
        if page.is_empty() {
            return entries;
        }
        entries.extend(page);
    }
}

async fn old(reader: &Reader) -> Option<OldEntries> {
    let old = reader.old_entries(later()).await;
    old.expect("the journal can be read")
}

/// Writes what is old to its file.
fn written(directory: &Path, old: &OldEntries) -> ArchiveFile {
    let archive = directory.join("archive");
    fs::create_dir_all(&archive).expect("a directory");
    fs::write(archive.join(old.name()), &old.lines).expect("a file");
    old.file(&old.lines).expect("it is what was written")
}

async fn put_away(store: &mut Store, file: &ArchiveFile) {
    let mut turn = store.writer.begin(later()).await.expect("a turn");
    turn.archive(file).await.expect("it is written");
    turn.commit().await.expect("it is written");
}

#[tokio::test]
async fn everything_is_told_once_and_in_order_wherever_it_is() {
    let (directory, mut store) = ground().await;
    let before = everything(&store.reader).await;
    // And one about the plan.
    assert_eq!(before.len(), usize::try_from(ENTRIES + 1).expect("a count"));

    let mut files = 0;
    while let Some(old) = old(&store.reader).await {
        let file = written(directory.path(), &old);
        put_away(&mut store, &file).await;
        files += 1;
        assert_eq!(
            everything(&store.reader).await,
            before,
            "after {files} files"
        );
    }
    assert_eq!(files, 2, "what fills no file stays");

    let mut connection = shop::back_door(directory.path()).await;
    let left: i64 = sqlx::query_scalar("SELECT count(*) FROM journal")
        .fetch_one(&mut connection)
        .await
        .expect("a count");
    assert_eq!(left, 7);
}

#[tokio::test]
async fn what_is_young_stays() {
    let (_directory, store) = ground().await;
    let old = store.reader.old_entries(now()).await;
    assert_eq!(old.expect("the journal can be read"), None);
}

#[tokio::test]
async fn a_job_that_died_before_its_entries_left_does_it_again() {
    let (directory, mut store) = ground().await;
    let before = everything(&store.reader).await;
    let first = old(&store.reader).await.expect("a file's worth");
    written(directory.path(), &first);

    let again = old(&store.reader).await.expect("a file's worth");
    assert_eq!(again, first);
    let file = written(directory.path(), &again);
    put_away(&mut store, &file).await;
    assert_eq!(everything(&store.reader).await, before);
}

#[tokio::test]
async fn a_file_that_is_gone_or_changed_is_named() {
    let (directory, mut store) = ground().await;
    let old = old(&store.reader).await.expect("a file's worth");
    let file = written(directory.path(), &old);
    put_away(&mut store, &file).await;
    let path = directory.path().join("archive").join(old.name());

    fs::write(&path, old.lines.replace("card-17\"", "card-18\"")).expect("a file");
    assert_eq!(
        trouble(&store.reader).await,
        "it is not what it was; put a good copy in its place"
    );
    fs::remove_file(&path).expect("it is there");
    assert_eq!(
        trouble(&store.reader).await,
        "it cannot be read; put it back into the directory `archive` beside the database"
    );
    fs::write(&path, &old.lines).expect("a file");
    everything(&store.reader).await;
}

/// What is the matter with the only file.
async fn trouble(reader: &Reader) -> String {
    let page = Page { after: 0, limit: 1 };
    let why = reader.journal(page).await.expect_err("it is not as it was");
    let text = why.to_string();
    let (file, trouble) = text
        .split_once(": ")
        .expect("a file and what is the matter");
    assert!(file.starts_with("the file journal-000000000001-"), "{text}");
    trouble.to_owned()
}

#[tokio::test]
async fn what_does_not_read_back_as_it_was_written_is_no_file() {
    let (_directory, store) = ground().await;
    let old = old(&store.reader).await.expect("a file's worth");
    let (cut, _) = old.lines.split_at(old.lines.len() - 1);
    old.file(cut).expect_err("a byte is missing");
}
