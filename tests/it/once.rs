//! Doing a thing once: the key and what was done under it are one transaction, through crashes and for
//! thirty days.

use std::time::Duration;

use dues::core::answer::Words;
use dues::core::idempotency::IdempotencyKey;
use dues::store::{Command, KEPT, NotDone, Once, Store, Who, Writer};
use jiff::Timestamp;
use tempfile::TempDir;

use crate::shop;
use crate::sim::id;

/// A person who asks for this under this key.
fn who(key: &str, request: u128) -> Who {
    let key = IdempotencyKey::parse(key).expect("a key");
    Who {
        actor: "uid:1000".to_owned(),
        reason: Some(Words::new("because")),
        once: Some(Once { key, request }),
    }
}

fn pause() -> Command {
    Command::Pause(id("alice"))
}

fn now() -> Timestamp {
    shop::instant("2026-01-15T10:00:00+09:00")
}

async fn open(directory: &TempDir, now: Timestamp) -> Store {
    shop::open(directory.path(), &[shop::monthly()], now).await
}

/// A shop with alice, who pays from the end of the month.
async fn ground() -> (TempDir, Store) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut store = open(&directory, now()).await;
    let anchor_at = shop::instant("2026-01-31T10:00:00+09:00");
    let wanted = [shop::wanted("alice", "alice", "basic", anchor_at)];
    let mut turn = store.writer.begin(now()).await.expect("a turn");
    let added = turn.add(&wanted, &Who::named("test")).await;
    added.expect("it is written").expect("there is no key");
    turn.commit().await.expect("it is written");
    (directory, store)
}

/// Gives the command and commits; tells the status and whether the answer is an old one.
async fn give(writer: &mut Writer, who: &Who, now: Timestamp) -> Result<(String, bool), NotDone> {
    let mut turn = writer.begin(now).await.expect("a turn");
    let given = turn
        .command(&pause(), who)
        .await
        .expect("it can be written");
    turn.commit().await.expect("it is written");
    given.map(|given| (given.answer.status, given.is_repeated))
}

#[tokio::test]
async fn what_is_not_committed_leaves_no_key() {
    let (directory, mut store) = ground().await;
    let mut turn = store.writer.begin(now()).await.expect("a turn");
    let given = turn.command(&pause(), &who("k", 1)).await;
    given.expect("it can be written").expect("it is allowed");
    drop(turn);
    drop(store);

    let mut store = open(&directory, now()).await;
    let first = give(&mut store.writer, &who("k", 1), now()).await;
    assert_eq!(first, Ok(("paused".to_owned(), false)));
    drop(store);

    let mut store = open(&directory, now()).await;
    let again = give(&mut store.writer, &who("k", 1), now()).await;
    assert_eq!(again, Ok(("paused".to_owned(), true)));
    let other = give(&mut store.writer, &who("k", 2), now()).await;
    assert!(matches!(other, Err(NotDone::KeyTaken(_))), "{other:?}");
}

#[tokio::test]
async fn a_key_is_kept_for_thirty_days() {
    let (_directory, mut store) = ground().await;
    let writer = &mut store.writer;
    give(writer, &who("old", 1), now())
        .await
        .expect("it is allowed");
    let last = now() + KEPT;
    give(writer, &who("sweep", 2), last)
        .await
        .expect("it is allowed");
    let again = give(writer, &who("old", 1), last).await;
    assert_eq!(again, Ok(("paused".to_owned(), true)));

    let after = last + Duration::from_secs(1);
    give(writer, &who("sweep-2", 2), after)
        .await
        .expect("it is allowed");
    let as_new = give(writer, &who("old", 3), after).await;
    assert_eq!(as_new, Ok(("paused".to_owned(), false)));
}
