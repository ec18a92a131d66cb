//! The laws stand in the schema a second time: whatever the code does, the database refuses these.
//! The rows are made by the store; what breaks a law is written past it, in plain SQL.

mod table;

use std::collections::BTreeSet;

use dues::core::answer::{Answer, Decline, ImpUid, Receipt, Words};
use dues::core::cycle::Event;
use dues::core::dunning::Class;
use dues::core::order::{SubscriptionId, UidScope};
use dues::store::{Command, Durable, Outcome, Room, Who, Writer};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Connection};
use tempfile::TempDir;

use crate::laws::table::LAWS;
use crate::shop;

/// A law, what breaks it, and a part of what SQLite says then.
pub(crate) struct Law {
    /// What must never be.
    pub(crate) name: &'static str,
    /// What would make it so.
    pub(crate) sql: &'static str,
    /// What SQLite says to it.
    pub(crate) says: &'static str,
}

#[tokio::test]
async fn the_schema_refuses_what_must_never_be() {
    let (_directory, mut connection) = ground().await;
    let mut broken = Vec::new();
    for law in LAWS {
        let said = refusal(&mut connection, law.sql, "").await;
        let said = said.unwrap_or_else(|| "nothing".to_owned());
        if !said.contains(law.says) {
            let (name, says) = (law.name, law.says);
            broken.push(format!("{name}\n    wanted: {says}\n    said:   {said}"));
        }
    }
    assert!(
        broken.is_empty(),
        "laws that do not hold:\n  {}",
        broken.join("\n  ")
    );
}

/// Nothing in the schema stands there without a law in the table that needs it.
#[tokio::test]
async fn every_check_is_a_law() {
    let (_directory, mut connection) = ground().await;
    let mut said = String::new();
    for law in LAWS {
        let refusal = refusal(&mut connection, law.sql, "")
            .await
            .unwrap_or_default();
        said.push_str(&squeezed(&refusal));
        said.push('\n');
    }

    let schema: Vec<(String, String)> = rows(
        &mut connection,
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND sql LIKE '%CHECK%'",
    )
    .await;
    let mut untried = Vec::new();
    for (table, sql) in schema {
        for check in checks(&sql) {
            let message = format!("CHECK constraint failed: {check}\n");
            if !said.contains(&message) {
                untried.push(format!("{table}: {check}"));
            }
        }
    }
    assert!(
        untried.is_empty(),
        "CHECKs without a law:\n  {}",
        untried.join("\n  ")
    );
}

/// A law that falls when its trigger or its unique index is taken away was kept by it.
#[tokio::test]
async fn every_trigger_and_unique_index_is_a_law() {
    let (_directory, mut connection) = ground().await;
    let guards: Vec<(String, String)> = rows(
        &mut connection,
        "SELECT type, name FROM sqlite_schema
          WHERE type = 'trigger' OR (type = 'index' AND sql LIKE 'CREATE UNIQUE%')",
    )
    .await;
    assert!(guards.len() > 15, "only {} guards were found", guards.len());

    let mut idle = BTreeSet::new();
    for (kind, name) in guards {
        let without = format!("DROP {kind} {name};");
        let mut is_needed = false;
        for law in LAWS {
            let said = refusal(&mut connection, law.sql, &without).await;
            is_needed |= !said.is_some_and(|said| said.contains(law.says));
        }
        if !is_needed {
            idle.insert(format!("{kind} {name}"));
        }
    }
    assert!(idle.is_empty(), "no law in the table needs them: {idle:?}");
}

/// A state has what it has, nothing less and nothing more: every legal shape is taken, and with any
/// one thing turned round it is not.
#[tokio::test]
async fn every_state_has_its_shape() {
    let (_directory, mut connection) = ground().await;
    let mut broken = Vec::new();
    for (state, shape) in SHAPES {
        for turned in std::iter::once(None).chain((0..THINGS.len()).map(Some)) {
            let sets = THINGS.iter().enumerate().map(|(place, (with, without))| {
                let has = shape.as_bytes()[place] == b'x';
                if has == (turned != Some(place)) {
                    *with
                } else {
                    *without
                }
            });
            let sets: Vec<&str> = sets.collect();
            let sql = format!(
                "UPDATE cycle SET state = '{state}', refunded = '{state}' = 'partially_refunded', {}
                  WHERE subscription_key = 1 AND n = 1",
                sets.join(", ")
            );
            let said = refusal(&mut connection, &sql, "").await;
            let wanted = turned.map(|_| "cycle_shape");
            let holds = match (&said, wanted) {
                (None, None) => true,
                (Some(said), Some(wanted)) => said.contains(wanted),
                _ => false,
            };
            if !holds {
                broken.push(format!("{state} {sets:?}: {said:?}"));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

/// What a cycle may have, with it and without it.
const THINGS: [(&str, &str); 6] = [
    ("given_up_at = due_at", "given_up_at = NULL"),
    (
        "act_at = due_at, wake_at = due_at",
        "act_at = NULL, wake_at = NULL",
    ),
    ("begun_at = due_at", "begun_at = NULL"),
    (
        "paid_at = due_at, imp_uid = 'imp_9'",
        "paid_at = NULL, imp_uid = NULL",
    ),
    ("attempts = 1", "attempts = 0"),
    ("cause = 'absent'", "cause = NULL"),
];

/// Which of the things each state has.
const SHAPES: [(&str, &str); 10] = [
    ("scheduled", "-x----"),
    ("charging", "-xx-x-"),
    ("in_doubt", "-xx-xx"),
    ("retrying", "-x--xx"),
    ("paid", "---xx-"),
    ("partially_refunded", "---xx-"),
    ("refunded", "---xx-"),
    ("uncollectible", "x---xx"),
    ("waived", "x---xx"),
    ("skipped", "x----x"),
];

/// What SQLite says to these statements, after a change of the schema; nothing of it stays.
async fn refusal(connection: &mut SqliteConnection, sql: &str, change: &str) -> Option<String> {
    let mut tx = connection.begin().await.expect("a transaction");
    let sql = AssertSqlSafe(format!("{change}{sql}"));
    let done = sqlx::raw_sql(sql).execute(&mut *tx).await;
    tx.rollback().await.expect("an end of it");
    done.err().map(|error| error.to_string())
}

async fn rows(connection: &mut SqliteConnection, sql: &'static str) -> Vec<(String, String)> {
    let rows = sqlx::query_as(sql).fetch_all(connection).await;
    rows.expect("the schema can be read")
}

/// What SQLite calls every CHECK in a table's definition: its name, or its expression, white space
/// squeezed.
fn checks(sql: &str) -> Vec<String> {
    let sql = uncommented(sql);
    let mut found = Vec::new();
    for (at, start) in sql.match_indices("CHECK (") {
        let mut before = sql[..at].split_whitespace().rev();
        if let (Some(name), Some("CONSTRAINT")) = (before.next(), before.next()) {
            found.push(name.to_owned());
            continue;
        }
        let rest = &sql[at + start.len()..];
        let mut depth = 1;
        let end = rest.find(|c| {
            depth += i32::from(c == '(') - i32::from(c == ')');
            depth == 0
        });
        found.push(squeezed(&rest[..end.expect("SQLite has read it")]));
    }
    found
}

fn uncommented(sql: &str) -> String {
    let lines = sql
        .lines()
        .map(|line| line.split("--").next().unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Five subscriptions: 1 alice has paid and her next cycle is scheduled; 2 bob's charge is open; 3
/// carol was declined and is tried again; 4 dave has left; 5 erin's card is dead.
async fn ground() -> (TempDir, SqliteConnection) {
    let directory = tempfile::tempdir().expect("a directory");
    let now = shop::instant("2026-01-31T10:00:00+09:00");
    // A dead card is given up at once, so that there is a cycle that was.
    let mut terms = shop::monthly();
    terms.ladder.grace = std::time::Duration::ZERO;
    // A uid that failed is not taken again: carol and erin have come to their second.
    terms.pace.uid_scope = UidScope::Attempt;
    let store = shop::open(directory.path(), &[terms], now).await;
    let (mut writer, reader, _lock) = store.into_parts();

    add(&mut writer, now).await;
    settle(&mut writer, now).await;
    reader.close().await;
    let connection = shop::back_door(directory.path()).await;
    (directory, connection)
}

async fn add(writer: &mut Writer, now: Timestamp) {
    let names = ["alice", "bob", "carol", "dave", "erin"];
    let wanted = names.map(|name| shop::wanted(name, name, "basic", now));
    let mut turn = writer.begin(now).await.expect("a turn");
    let added = turn.add(&wanted, &Who::named("test")).await;
    let added = added.expect("they are added").expect("no key").answer;
    assert!(added.iter().all(Result::is_ok), "{added:?}");
    let dave = SubscriptionId::parse("dave").expect("an id");
    let left = turn
        .command(&Command::Cancel(dave), &Who::named("test"))
        .await;
    left.expect("it is carried out").expect("he may leave");
    turn.commit().await.expect("it is written");
}

async fn settle(writer: &mut Writer, now: Timestamp) {
    let room = Room {
        charges: 10,
        questions: 10,
    };
    let mut turn = writer.begin(now).await.expect("a turn");
    turn.wake(room, now).await.expect("they are woken");
    let committed = turn.commit().await.expect("it is written");

    let sendings = committed.to_send.into_iter().map(Durable::into_inner);
    let outcomes: Vec<Outcome> = sendings
        .filter_map(|sending| {
            let event = Event::Answered(answer(sending.order.customer_uid.as_str(), now)?);
            Some(Outcome {
                key: sending.key,
                attempt: sending.attempt,
                uid: sending.order.merchant_uid.no(),
                event,
            })
        })
        .collect();
    let mut turn = writer.begin(now).await.expect("a turn");
    turn.record(&outcomes).await.expect("they are recorded");
    turn.commit().await.expect("it is written");
}

fn answer(card: &str, now: Timestamp) -> Option<Answer> {
    let declined = |class| {
        Some(Answer::Declined(Decline {
            class,
            pg: None,
            code: None,
            message: Words::new("no"),
        }))
    };
    match card {
        "alice" => Some(Answer::Paid(Receipt {
            imp_uid: ImpUid::parse("imp_1").expect("a name"),
            paid_at: now,
            refunded_won: 0,
        })),
        "carol" => declined(Class::Funds),
        "erin" => declined(Class::NewCard),
        _ => None,
    }
}
