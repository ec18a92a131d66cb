//! What must be true at the end of every story: the books of both sides agree, the journal folds to
//! the tables, and no card had two charges in flight.

use std::collections::{BTreeMap, BTreeSet};

use dues::gateway::simulator::ledger::{Ledger, Status};
use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};
use serde_json::{Map, Value};
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, FromRow};

#[derive(FromRow)]
struct EntryRow {
    at: i64,
    subscription_key: Option<i64>,
    id: Option<String>,
    n: Option<i64>,
    kind: String,
    actor: String,
    words: Option<String>,
    after: String,
}

/// Everything that happened, a line each, in Korean time: `2026-01-31 10:00:00 alice 0 begun:
/// charging`.
pub(crate) async fn journal(connection: &mut SqliteConnection) -> String {
    let mut text = String::new();
    for row in entries(connection).await {
        text.push_str(line(&row).trim_end());
        text.push('\n');
    }
    text
}

fn line(row: &EntryRow) -> String {
    let zone = TimeZone::fixed(Offset::constant(9));
    let at = Timestamp::from_microsecond(row.at).expect("an instant of ours");
    let at = zone.to_datetime(at).strftime("%F %T").to_string();
    let after: Value = serde_json::from_str(&row.after).expect("the schema sees to it");

    let whose = row.id.clone().unwrap_or_default();
    let n = row.n.map(|n| format!(" {n}")).unwrap_or_default();
    let became = ["/cycle/state", "/subscription/status"];
    let became = became
        .into_iter()
        .find_map(|place| after.pointer(place)?.as_str());
    let became = became
        .map(|became| format!(" -> {became}"))
        .unwrap_or_default();
    let enrolled = after
        .pointer("/enrolled/n")
        .map(|n| format!(", {n} enrolled"));
    let enrolled = enrolled.unwrap_or_default();
    let words = row.words.as_ref().map(|words| format!(" ({words})"));
    let actor = if row.actor == "test" {
        ", asked by a person"
    } else {
        ""
    };
    let kind = &row.kind;
    format!(
        "{at} {whose}{n} {kind}{became}{enrolled}{}{actor}",
        words.unwrap_or_default()
    )
}

async fn entries(connection: &mut SqliteConnection) -> Vec<EntryRow> {
    let entries = sqlx::query_as(
        "SELECT j.at, j.subscription_key, s.id, j.n, j.kind, j.actor, j.words, j.after
           FROM journal j LEFT JOIN subscription s ON s.key = j.subscription_key ORDER BY j.seq",
    );
    entries
        .fetch_all(connection)
        .await
        .expect("the journal can be read")
}

/// What every cycle asks for, by its uid.
pub(crate) async fn asked(connection: &mut SqliteConnection) -> BTreeMap<String, i64> {
    let asked: Vec<(String, i64)> = sqlx::query_as("SELECT merchant_uid, amount FROM charge")
        .fetch_all(connection)
        .await
        .expect("the view can be read");
    asked.into_iter().collect()
}

/// What was paid as asked, by the gateway's books: `shop-alice-0 imp_1`. A payment of another amount
/// is one that was not asked for; one under a uid that nobody knows here is paid all the same.
pub(crate) fn books(ledger: &Ledger, asked: &BTreeMap<String, i64>) -> BTreeSet<String> {
    let payments = ledger.payments().iter();
    payments
        .filter(|payment| match payment.status {
            Status::Paid | Status::Cancelled => {
                let asked = asked.get(&*payment.merchant_uid);
                asked.is_none_or(|amount| payment.amount == *amount)
            }
            Status::Ready | Status::Failed => false,
        })
        .map(|payment| format!("{} {}", payment.merchant_uid, payment.imp_uid()))
        .collect()
}

/// What is recorded as paid.
pub(crate) async fn recorded(connection: &mut SqliteConnection) -> BTreeSet<String> {
    let recorded: Vec<String> = sqlx::query_scalar(
        "SELECT merchant_uid || ' ' || imp_uid FROM charge WHERE imp_uid IS NOT NULL",
    )
    .fetch_all(connection)
    .await
    .expect("the view can be read");
    recorded.into_iter().collect()
}

/// Folds the journal and compares every row and every column.
pub(crate) async fn fold_gives_the_tables(connection: &mut SqliteConnection) {
    let mut folded: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for row in entries(connection).await {
        let after: Value = serde_json::from_str(&row.after).expect("the schema sees to it");
        for (what, image) in after.as_object().expect("an object") {
            fold(&mut folded, &row, what, image.as_object().expect("a row"));
        }
    }

    let mut there = BTreeMap::new();
    for table in ["cycle", "subscription", "attempt"] {
        for row in rows(connection, table).await {
            there.insert(key(table, &row), row);
        }
    }
    for key in folded.keys().chain(there.keys()).collect::<BTreeSet<_>>() {
        assert_eq!(
            folded.get(key),
            there.get(key),
            "{key}: the journal's fold, and the table"
        );
    }
}

/// A subscription and an enrolled cycle are whole. Of the entry's own cycle an image has the columns
/// that changed. Of an attempt it tells the beginning or the end; an end replaces an earlier one.
fn fold(
    folded: &mut BTreeMap<String, Map<String, Value>>,
    entry: &EntryRow,
    what: &str,
    image: &Map<String, Value>,
) {
    if what == "cycle" {
        let own = format!("cycle {} {}", json(entry.subscription_key), json(entry.n));
        let row = folded.get_mut(&own).expect("a cycle that was enrolled");
        row.extend(image.clone());
        row.retain(|_, value| !value.is_null());
        return;
    }
    let table = if what == "enrolled" { "cycle" } else { what };
    let row = folded.entry(key(table, image)).or_default();
    if table == "attempt" {
        if image.contains_key("outcome") {
            for column in ["class", "pg", "code", "message", "imp_uid"] {
                row.remove(column);
            }
        }
        row.extend(image.clone());
    } else {
        row.clone_from(image);
    }
}

fn json(number: Option<i64>) -> Value {
    Value::from(number)
}

fn key(table: &str, row: &Map<String, Value>) -> String {
    let columns = ["key", "subscription_key", "n", "k"];
    let parts = columns.iter().filter_map(|column| row.get(*column));
    parts.fold(table.to_owned(), |key, part| format!("{key} {part}"))
}

/// The rows of a table, every column, without nulls.
async fn rows(connection: &mut SqliteConnection, table: &str) -> Vec<Map<String, Value>> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?1)")
        .bind(table)
        .fetch_all(&mut *connection)
        .await
        .expect("the schema can be read");
    let pairs: Vec<String> = columns
        .iter()
        .map(|name| format!("'{name}', {name}"))
        .collect();
    let sql = format!("SELECT json_object({}) FROM {table}", pairs.join(", "));
    let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
        .fetch_all(connection)
        .await
        .expect("the table can be read");

    let read = |row: String| -> Map<String, Value> {
        let row: Map<String, Value> = serde_json::from_str(&row).expect("SQLite wrote it");
        row.into_iter()
            .filter(|(_, value)| !value.is_null())
            .collect()
    };
    rows.into_iter().map(read).collect()
}

/// The time from an attempt's beginning to its end does not meet that of another one of the card.
pub(crate) async fn cards_are_charged_one_at_a_time(connection: &mut SqliteConnection) {
    let overlaps: Vec<String> = sqlx::query_scalar(
        "SELECT a.merchant_uid || ' #' || a.k || ' and ' || b.merchant_uid || ' #' || b.k
           FROM attempt a JOIN attempt b ON a.customer_uid = b.customer_uid
          WHERE (a.subscription_key, a.n, a.k) < (b.subscription_key, b.n, b.k)
            AND a.begun_at < coalesce(b.ended_at, 9e18)
            AND b.begun_at < coalesce(a.ended_at, 9e18)",
    )
    .fetch_all(connection)
    .await
    .expect("the attempts can be read");
    assert!(overlaps.is_empty(), "in flight together: {overlaps:?}");
}
