//! What a charge costs, counted instead of timed: the opcodes that SQLite carries out for what nearly every
//! charge is, a cycle that begins and is paid, so that a new index, trigger or CHECK shows here; how often the
//! disk is waited for; how often memory is asked for on the engine's thread; and what a decision takes.

mod core;

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use dues::gateway::simulator::switches::Switches;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection, query::Query};

use crate::shop;
use crate::sim;
use crate::tidy::root;

/// How many charges are counted together, as in a batch.
const CHARGES: i64 = 100;

/// The most opcodes of one charge. Whoever raises this says in docs/performance.md what for.
const OPCODES_MAX: u64 = 1_045;

/// How many charges are due at the same instant, where the engine is watched.
const AT_ONCE: i64 = 400;

/// The most commits for that many: each waits for the disk once. What is ready together is written together.
const COMMITS_MAX: i64 = AT_ONCE / 4;

/// The most allocations of one charge, those of the simulated gateway in the same thread included.
const ALLOCATIONS_MAX: u64 = 150;

type Statement = Query<'static, Sqlite, SqliteArguments>;

/// Binds the row of one charge.
type Bind = fn(Statement, i64) -> Statement;

#[tokio::test]
async fn a_charge_takes_so_many_opcodes_and_no_more() {
    let directory = tempfile::tempdir().expect("a directory");
    let now = shop::instant("2026-01-31T10:00:00+09:00");
    drop(shop::open(directory.path(), &[shop::monthly()], now).await);
    let mut connection = shop::back_door(directory.path()).await;
    stored(&mut connection).await;

    let opcodes = count(&mut connection).await;
    let mut transaction = connection.begin().await.expect("a transaction");
    let load = sqlx::query(AssertSqlSafe(statement("wake")))
        .bind(10_i64)
        .bind(1_i64)
        .bind(CHARGES)
        .bind(10_i64);
    let rows = load.fetch_all(&mut *transaction).await.expect("cycles");
    assert_eq!(rows.len(), 1, "cycles come as one value");
    let steps: [(&str, Bind); 4] = [
        ("begin_cycles", begin),
        ("insert_journal", note),
        ("paid_cycles", pay),
        ("insert_journal", note),
    ];
    for (name, bind) in steps {
        let all = sqlx::query(AssertSqlSafe(of_all(name)));
        let bound = (1..=CHARGES).fold(all, bind);
        bound.execute(&mut *transaction).await.expect(name);
    }
    let paid: i64 = sqlx::query_scalar("SELECT count(*) FROM attempt WHERE outcome = 'paid'")
        .fetch_one(&mut *transaction)
        .await
        .expect("a count");
    assert_eq!(paid, CHARGES, "what was counted are charges");

    let charge = opcodes.load(Ordering::Relaxed) / CHARGES.unsigned_abs();
    assert!(
        (OPCODES_MAX / 2..=OPCODES_MAX).contains(&charge),
        "a charge takes {charge} opcodes, and {OPCODES_MAX} at most are allowed"
    );
}

/// Charges many that are due at once; commits, and allocations of one.
fn charge_at_once() -> (i64, u64) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let generation = "SELECT generation FROM fence";
    let start = "2026-01-31T09:00:00+09:00";
    let opened = sim::open(start, vec![shop::monthly()], Switches::honest());
    let mut sim = runtime.block_on(opened);
    let before = runtime.block_on(async {
        let due = shop::instant("2026-01-31T10:00:00+09:00");
        for number in 0..AT_ONCE {
            let (id, card) = (format!("s-{number}"), format!("card-{number}"));
            let added = sim.ask_for(shop::wanted(&id, &card, "basic", due)).await;
            assert!(added.is_ok(), "{added:?}");
        }
        sim.until("2026-01-31T09:59:00+09:00").await;
        sim.count(generation).await
    });

    let counted = allocation_counter::measure(|| {
        runtime.block_on(sim.until("2026-01-31T11:00:00+09:00"));
    });
    runtime.block_on(async {
        let paid = "SELECT count(*) FROM attempt WHERE outcome = 'paid'";
        let paid = sim.count(paid).await;
        assert_eq!(paid, AT_ONCE, "what was counted are charges");
        let commits = sim.count(generation).await - before;
        (commits, counted.count_total / AT_ONCE.unsigned_abs())
    })
}

#[test]
fn what_is_due_together_is_written_together_with_so_much_memory() {
    let (commits, allocations) = charge_at_once();
    assert!(
        (1..=COMMITS_MAX).contains(&commits),
        "{AT_ONCE} charges took {commits} commits, and {COMMITS_MAX} at most are allowed"
    );
    assert!(
        (ALLOCATIONS_MAX / 3..=ALLOCATIONS_MAX).contains(&allocations),
        "a charge takes {allocations} allocations, and {ALLOCATIONS_MAX} at most are allowed"
    );
}

/// Counts every opcode from here on.
async fn count(connection: &mut SqliteConnection) -> Arc<AtomicU64> {
    let opcodes = Arc::new(AtomicU64::new(0));
    let counted = opcodes.clone();
    let mut handle = connection.lock_handle().await.expect("the connection");
    handle.set_progress_handler(1, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        true
    });
    opcodes
}

/// Subscriptions with a cycle each that is due.
async fn stored(connection: &mut SqliteConnection) {
    let rows = format!(
        "WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {CHARGES})
         INSERT INTO subscription (key, id, customer_uid, plan_key, anchor_at, first_cycle, status, created_at,
                                   agreed_at, agreed_won)
         SELECT i, 's-' || i, 'card-' || i, 1, 0, 0, 'active', 0, 0, 9900 FROM k;
         WITH RECURSIVE k (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < {CHARGES})
         INSERT INTO cycle (subscription_key, n, plan_key, due_at, amount, name, state, act_at, wake_at)
         SELECT i, 0, 1, 0, 9900, 'Basic', 'scheduled', 0, 0 FROM k;"
    );
    let done = sqlx::raw_sql(AssertSqlSafe(rows)).execute(connection).await;
    done.expect("rows");
}

fn begin(statement: Statement, key: i64) -> Statement {
    let card = format!("card-{key}");
    let statement = statement.bind(key).bind(0_i64).bind(20_i64).bind(30_i64);
    let statement = statement
        .bind(card)
        .bind(format!("shop-{key}-0"))
        .bind(9_900_i64);
    let next = statement.bind(900_i64).bind(9_900_i64).bind("Basic");
    next.bind(900_i64).bind(900_i64).bind(1_i64)
}

fn pay(statement: Statement, key: i64) -> Statement {
    let statement = statement.bind(key).bind(0_i64).bind(1_i64);
    statement
        .bind(format!("imp_{key}"))
        .bind(25_i64)
        .bind(26_i64)
}

fn note(statement: Statement, key: i64) -> Statement {
    let statement = statement.bind(26_i64).bind(key).bind(0_i64).bind("paid");
    let statement = statement.bind("gateway").bind(None::<String>);
    statement.bind(r#"{"cycle":{"state":"paid"}}"#)
}

/// A statement with its row for every charge.
fn of_all(name: &str) -> String {
    let statement = statement(name);
    let (before, from) = statement.split_once("VALUES ").expect("a row");
    let (row, after) = from.split_at(from.find(')').expect("an end") + 1);
    let rows = vec![row; usize::try_from(CHARGES).expect("a count")].join(", ");
    format!("{before}VALUES {rows}{after}")
}

fn statement(name: &str) -> String {
    let path = root().join(format!("src/store/sql/{name}.sql"));
    fs::read_to_string(path).expect("a statement")
}
