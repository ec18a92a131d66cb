//! A subscription ends because dunning gives up on one of its cycles, while another of them is answered in
//! the same batch. Cases that stopped the daemon.

use std::time::Duration;

use dues::core::answer::{Answer, Decline, Finding, Words};
use dues::core::cycle::Event;
use dues::core::dunning::{Class, EndAction};
use dues::core::order::UidNo;
use dues::store::{CycleKey, Outcome, Room, Who, Writer};
use jiff::Timestamp;

use crate::shop;

const START: &str = "2026-01-31T10:00:00+09:00";

fn declined(class: Class) -> Event {
    Event::Answered(Answer::Declined(Decline {
        class,
        pg: None,
        code: None,
        message: Words::new("no"),
    }))
}

fn outcome(key: CycleKey, event: Event) -> Outcome {
    Outcome {
        key,
        attempt: 1,
        uid: UidNo::FIRST,
        event,
    }
}

/// Begins what is due; gives the key of the one that was sent.
async fn begin(writer: &mut Writer, now: Timestamp) -> CycleKey {
    let mut turn = writer.begin(now).await.expect("a turn");
    let room = Room {
        charges: 8,
        questions: 8,
    };
    turn.wake(room, now).await.expect("it wakes");
    let committed = turn.commit().await.expect("it commits");
    let mut sent = committed.to_send.into_iter();
    let first = sent.next().expect("somebody is due").into_inner();
    assert!(sent.next().is_none(), "one card, one charge");
    first.key
}

async fn record(writer: &mut Writer, now: Timestamp, outcomes: Vec<Outcome>) {
    let mut turn = writer.begin(now).await.expect("a turn");
    turn.record(&outcomes).await.expect("they are recorded");
    turn.commit().await.expect("it commits");
}

/// Cycle 0 waits for a retry when cycle 1 is declined for good and ends the subscription; what a look-up
/// found of cycle 0 comes in with it.
async fn check(found: Finding, first: &str, second: &str) {
    let directory = tempfile::tempdir().expect("a directory");
    let mut terms = shop::terms("daily", "1 day");
    terms.ladder.end_action = EndAction::Cancel;
    terms.ladder.grace = Duration::ZERO;
    let start = shop::instant(START);
    let store = shop::open(directory.path(), &[terms], start).await;
    let (mut writer, _reader, _lock) = store.into_parts();

    let mut turn = writer.begin(start).await.expect("a turn");
    let wanted = shop::wanted("alice", "alice", "daily", start);
    let added = turn.add(&[wanted], &Who::named("test")).await;
    let given = added.expect("they are read").expect("no key");
    assert!(given.answer.iter().all(Result::is_ok));
    turn.commit().await.expect("it commits");
    let zeroth = begin(&mut writer, start).await;
    let soft = outcome(zeroth, declined(Class::Generic));
    record(&mut writer, start, vec![soft]).await;
    let tomorrow = start + Duration::from_hours(24);
    let next = begin(&mut writer, tomorrow).await;
    assert_ne!(next, zeroth);

    let answered = vec![
        outcome(next, declined(Class::Never)),
        outcome(zeroth, Event::Found(found)),
    ];
    record(&mut writer, tomorrow, answered).await;

    let mut door = shop::back_door(directory.path()).await;
    let states: Vec<String> = sqlx::query_scalar("SELECT state FROM cycle ORDER BY n")
        .fetch_all(&mut door)
        .await
        .expect("the cycles can be read");
    assert_eq!(states, [first, "uncollectible", second]);
}

#[tokio::test]
async fn what_was_found_absent_is_let_go_with_the_subscription() {
    check(Finding::Absent, "waived", "skipped").await;
}

#[tokio::test]
async fn what_was_found_paid_stays_paid() {
    let receipt = dues::core::answer::Receipt {
        imp_uid: dues::core::answer::ImpUid::parse("imp_1").expect("a name"),
        paid_at: shop::instant(START),
        refunded_won: 0,
    };
    check(Finding::Paid(receipt), "paid", "skipped").await;
}
