//! How SQLite carries out every statement, on the schema as it is: `tests/data/query_plans.txt`. A
//! plan that reads a whole table is slow on the day when there are a million rows, and not before.

use std::fmt::Write as _;
use std::fs;

use expect_test::expect_file;
use sqlx::sqlite::SqliteConnection;
use sqlx::{AssertSqlSafe, Row};

use crate::shop;
use crate::tidy::{files, root};

const HEAD: &str = "\
How SQLite carries out every statement of src/store/sql. SEARCH uses an index; SCAN reads everything
(of json_each and of subqueries, everything is the batch in hand).
Run the tests with UPDATE_EXPECT=1 to write this file anew, and read the difference.
";

/// What runs on every turn, every page, every command, or every record. None may read a whole table.
const HOT: &[&str] = &[
    "wake",
    "weigh_due",
    "day_of_sweeps",
    "batch_due",
    "raise_generation",
    "prove_epoch",
    "cycles_to_ask",
    "work_of_cycles",
    "work_of_card",
    "work_of_subscription",
    "begin_cycles",
    "paid_cycles",
    "update_cycles",
    "update_subscriptions",
    "end_attempts",
    "insert_attempts",
    "insert_cycles",
    "insert_journal",
    "insert_subscriptions",
    "list_attempts",
    "list_cycles",
    "journal_page",
    "list_subscriptions",
    "collected_since",
    "given_up_since",
    "waiting_since",
    "cycles_of_subscription",
    "attempts_of_subscription",
    "journal_of_subscription",
    "ahead_of_fleet",
    "ahead_of_cycle",
    "subscriptions_by_ids",
    "owes",
    "reply_of_key",
    "keep_reply",
    "remove_replies",
    "subscription_on_plan",
    "generic_declines",
];

/// What every table and its aliases are called in plans.
const TABLES: [&str; 10] = [
    "cycle",
    "c",
    "subscription",
    "s",
    "attempt",
    "a",
    "o",
    "journal",
    "j",
    "reply",
];

#[tokio::test]
async fn hot_statements_search() {
    let directory = tempfile::tempdir().expect("a directory");
    let now = shop::instant("2026-01-31T10:00:00+09:00");
    let store = shop::open(directory.path(), &[shop::monthly()], now).await;
    let mut connection = shop::back_door(directory.path()).await;

    let mut text = HEAD.to_owned();
    let mut scans = Vec::new();
    let mut seen = Vec::new();
    for path in files(&root().join("src/store/sql"), "sql") {
        let name = path
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let statement = fs::read_to_string(&path).expect("a statement");
        let plan = plan(&mut connection, &statement).await;
        write!(text, "\n{name}\n{}", plan.join("")).expect("a string takes everything");
        if HOT.contains(&name.as_str()) {
            let scanned = plan.iter().filter(|line| is_scan(line));
            scans.extend(scanned.map(|line| format!("{name}: {}", line.trim())));
            seen.push(name);
        }
    }
    for (name, statement) in ways_in(&mut connection).await {
        let plan = plan(&mut connection, &statement).await;
        write!(text, "\n{name}, a trigger\n{}", plan.join("")).expect("a string takes everything");
        let scanned = plan.iter().filter(|line| is_scan(line));
        scans.extend(scanned.map(|line| format!("{name}: {}", line.trim())));
    }
    drop(store);

    expect_file!["../data/query_plans.txt"].assert_eq(&text);
    assert_eq!(
        seen.len(),
        HOT.len(),
        "a hot statement is gone: only {seen:?}"
    );
    assert!(
        scans.is_empty(),
        "hot statements read whole tables:\n  {}",
        scans.join("\n  ")
    );
}

/// What is written for each charge. An `IN` list of more than two, in a CHECK or in the WHERE of an index,
/// is a table that SQLite builds anew for every row that a trigger writes: it was a third of a charge.
#[tokio::test]
async fn no_row_of_a_charge_builds_a_table() {
    let directory = tempfile::tempdir().expect("a directory");
    let now = shop::instant("2026-01-31T10:00:00+09:00");
    let store = shop::open(directory.path(), &[shop::monthly()], now).await;
    let mut connection = shop::back_door(directory.path()).await;

    for name in [
        "begin_cycles",
        "paid_cycles",
        "update_cycles",
        "end_attempts",
        "insert_attempts",
        "insert_journal",
    ] {
        let path = root().join(format!("src/store/sql/{name}.sql"));
        let statement = fs::read_to_string(&path).expect("a statement");
        let opcodes = opcodes(&mut connection, &statement).await;
        assert!(opcodes.len() > 20, "{name} does nothing: {opcodes:?}");
        let tables = opcodes.iter().filter(|code| *code == "OpenEphemeral");
        assert_eq!(tables.count(), 0, "{name} builds tables");
    }
    drop(store);
}

/// A parameter alone behind LIMIT has SQLite prepare the statement anew each time that it is bound: it was
/// half of all that a turn cost. In an expression it does not look at the value.
#[test]
fn no_statement_is_prepared_anew_when_it_is_bound() {
    for path in files(&root().join("src/store/sql"), "sql") {
        let statement = fs::read_to_string(&path).expect("a statement");
        for limit in statement.split("LIMIT ?").skip(1) {
            let after = limit.trim_start_matches(|c: char| c.is_ascii_digit());
            assert!(after.starts_with(" + 0"), "{}", path.display());
        }
    }
}

/// What SQLite's machine does for a statement, triggers included.
async fn opcodes(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("EXPLAIN {statement}"));
    let rows = sqlx::query(sql)
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {statement}"));
    rows.iter().map(|row| row.get("opcode")).collect()
}

/// What the triggers do to whom batches come in by views: SQLite does not show it with the batch.
async fn ways_in(connection: &mut SqliteConnection) -> Vec<(String, String)> {
    let triggers: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, sql FROM sqlite_schema
          WHERE type = 'trigger' AND sql LIKE '%INSTEAD OF%' ORDER BY name",
    )
    .fetch_all(connection)
    .await
    .expect("the schema can be read");
    assert!(triggers.len() > 3, "only {} ways in", triggers.len());

    let statement = |statement: &str| {
        let mut parts = statement.split("NEW.");
        let mut text = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            text.push('?');
            text.push_str(part.trim_start_matches(|c: char| c.is_alphanumeric() || c == '_'));
        }
        text
    };
    let mut named = Vec::new();
    for (name, sql) in &triggers {
        let body = sql.split_once("BEGIN").expect("a body").1;
        let written = body.split(';').map(str::trim);
        let written = written.filter(|one| one.starts_with("UPDATE") || one.starts_with("INSERT"));
        named.extend(written.map(|one| (name.clone(), statement(one))));
    }
    named
}

/// The lines of a plan, indented as it nests. Parameters are not bound: the plan does not ask.
async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
    let sql = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
    let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(sql)
        .fetch_all(connection)
        .await
        .unwrap_or_else(|error| panic!("{error}: {statement}"));

    let mut depths = vec![(0, 0)];
    let mut lines = Vec::new();
    for (id, parent, _, detail) in rows {
        let above = depths.iter().find(|(known, _)| *known == parent);
        let depth = above.map_or(0, |(_, depth)| *depth) + 1;
        depths.push((id, depth));
        lines.push(format!("{:width$}{detail}\n", "", width = depth * 2));
    }
    lines
}

/// Whether a line of a plan reads a whole table of ours. A walk along an index in the order that is
/// wanted, cut short by its LIMIT, is a SCAN too: it is let through only by name.
fn is_scan(line: &str) -> bool {
    let scanned = line.trim().strip_prefix("SCAN ");
    let name = scanned.and_then(|rest| rest.split_whitespace().next());
    let is_virtual = line.contains("VIRTUAL TABLE");
    name.is_some_and(|name| TABLES.contains(&name) && !is_virtual)
}
