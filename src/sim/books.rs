//! What the database says happened: its journal, read as it grows and folded into rows. It reads the
//! file past the store, as an auditor would, and at the end compares every column of every table with
//! the fold.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use serde_json::{Map, Value};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, FromRow};

/// A row of a table, by the names of its columns, without those that are null.
pub type Row = Map<String, Value>;

/// An entry of the journal.
#[derive(Debug, Clone, FromRow)]
pub struct Entry {
    /// Its place.
    pub seq: i64,
    /// When it was written, in microseconds, by the clock that the engine carried then.
    pub at: i64,
    /// Whose, if anybody's.
    pub subscription_key: Option<i64>,
    /// Which cycle.
    pub n: Option<i64>,
    /// What happened.
    pub kind: String,
    /// Why.
    pub words: Option<String>,
    /// What became of the rows, as JSON.
    pub after: String,
}

/// A connection of the auditor's own.
#[derive(Debug)]
pub struct BackDoor {
    connection: SqliteConnection,
    log: Log,
}

/// The log of the database, as far as it tells whether anything was committed.
#[derive(Debug)]
struct Log {
    /// Its index, in the memory that connections share (<https://sqlite.org/walformat.html>).
    path: PathBuf,
    index: Option<File>,
    /// The head of the index when it was looked at last. Every commit counts one up in it.
    head: Option<[u8; 48]>,
}

/// The rows, as the journal tells them.
#[derive(Debug, Default)]
pub struct Books {
    seen: i64,
    rows: BTreeMap<Key, Row>,
    /// Whether a batch is held that a person has to approve.
    is_sweep_held: bool,
    /// The next moments of cycles, in order.
    moments: BTreeSet<(i64, Key)>,
    /// The cycles that changed since somebody asked.
    changed: BTreeSet<Key>,
    /// Attempts without an outcome.
    open: BTreeSet<Key>,
}

/// The key of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// A subscription.
    Subscription(i64),
    /// A cycle of one.
    Cycle(i64, i64),
    /// An attempt at a cycle.
    Attempt(i64, i64, i64),
}

impl BackDoor {
    /// Opens the database of a state directory.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn open(state_dir: &Path) -> Result<Self> {
        let connection = SqliteConnectOptions::new()
            .filename(state_dir.join("dues.db"))
            .foreign_keys(true)
            .disable_statement_logging()
            .connect()
            .await
            .context("cannot open the database past the store")?;
        let log = Log {
            path: state_dir.join("dues.db-shm"),
            index: None,
            head: None,
        };
        Ok(Self { connection, log })
    }

    /// The connection itself.
    pub const fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    /// Whether anything may have been committed since this was asked last. That costs a look at a file,
    /// and a question to SQLite costs two changes of threads.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn has_news(&mut self) -> Result<bool> {
        self.log.has_grown().context("cannot read the log's index")
    }

    /// Another database is in the place of this one.
    pub(super) fn forget(&mut self) {
        self.log.head = None;
    }

    /// What was written after that place.
    ///
    /// # Errors
    /// When the journal cannot be read.
    pub async fn entries_after(&mut self, seq: i64) -> Result<Vec<Entry>> {
        sqlx::query_as(
            "SELECT seq, at, subscription_key, n, kind, words, after
               FROM journal WHERE seq > ?1 ORDER BY seq",
        )
        .bind(seq)
        .fetch_all(&mut self.connection)
        .await
        .context("cannot read the journal")
    }

    /// Every row of the tables that the journal tells of.
    pub(super) async fn tables(&mut self) -> Result<BTreeMap<Key, Row>> {
        let mut there = BTreeMap::new();
        for table in ["subscription", "cycle", "attempt"] {
            for row in self.rows(table).await? {
                let key = Key::of(table, &row).context("a row without its key")?;
                there.insert(key, row);
            }
        }
        Ok(there)
    }

    async fn rows(&mut self, table: &'static str) -> Result<Vec<Row>> {
        let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?1)")
            .bind(table)
            .fetch_all(&mut self.connection)
            .await
            .context("cannot read the schema")?;
        let pairs: Vec<String> = columns
            .iter()
            .map(|name| format!("'{name}', {name}"))
            .collect();
        let sql = format!("SELECT json_object({}) FROM {table}", pairs.join(", "));
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(sql))
            .fetch_all(&mut self.connection)
            .await
            .with_context(|| format!("cannot read the table {table}"))?;
        let read = |row: String| -> Result<Row> {
            let mut row: Row = serde_json::from_str(&row)?;
            row.retain(|_, value| !value.is_null());
            Ok(row)
        };
        rows.into_iter().map(read).collect()
    }
}

impl Log {
    fn has_grown(&mut self) -> std::io::Result<bool> {
        if self.index.is_none() {
            self.index = match File::open(&self.path) {
                Ok(index) => Some(index),
                // Not every file system of SQLite shares memory by a file.
                Err(why) if why.kind() == ErrorKind::NotFound => return Ok(true),
                Err(why) => return Err(why),
            };
        }
        let Some(index) = &self.index else {
            return Ok(true);
        };
        let mut head = [0; 48];
        index.read_exact_at(&mut head, 0)?;
        Ok(self.head.replace(head) != Some(head))
    }
}

impl Key {
    fn of(table: &str, row: &Row) -> Option<Self> {
        let number = |column| row.get(column)?.as_i64();
        match table {
            "subscription" => Some(Self::Subscription(number("key")?)),
            "cycle" | "enrolled" => Some(Self::Cycle(number("subscription_key")?, number("n")?)),
            _ => Some(Self::Attempt(
                number("subscription_key")?,
                number("n")?,
                number("k")?,
            )),
        }
    }
}

impl Books {
    /// How far the journal was read.
    pub fn seen(&self) -> i64 {
        self.seen
    }

    /// Takes an entry in. Gives the row of the entry's own cycle as it was before, if it has one.
    ///
    /// # Errors
    /// When it does not follow from what was there.
    pub fn take(&mut self, entry: &Entry) -> Result<Option<Row>> {
        self.seen = entry.seq;
        match entry.kind.as_str() {
            "sweep_held" => self.is_sweep_held = true,
            "sweep_approved" | "sweep_emptied" => self.is_sweep_held = false,
            _ => {}
        }
        let own = match (entry.subscription_key, entry.n) {
            (Some(subscription), Some(n)) => Some(Key::Cycle(subscription, n)),
            _ => None,
        };
        let before = own.and_then(|own| self.rows.get(&own)).cloned();
        let after: Row = serde_json::from_str(&entry.after).context("a journal entry")?;
        for (what, image) in &after {
            let image = image.as_object().context("what became of a row")?;
            let key = match (what.as_str(), own) {
                ("cycle", Some(own)) => own,
                ("cycle", None) => bail!("a change of a cycle of nobody"),
                _ => Key::of(what, image).context("a row without its key")?,
            };
            self.strike_out(key);
            self.fold(key, what, image)?;
            self.enter(key);
        }
        Ok(before)
    }

    fn strike_out(&mut self, key: Key) {
        if let Some(moment) = self.rows.get(&key).and_then(moment) {
            self.moments.remove(&(moment, key));
        }
        self.open.remove(&key);
    }

    fn enter(&mut self, key: Key) {
        let Some(row) = self.rows.get(&key) else {
            return;
        };
        self.moments.extend(moment(row).map(|at| (at, key)));
        match key {
            Key::Cycle(..) => {
                self.changed.insert(key);
            }
            Key::Attempt(..) if !row.contains_key("outcome") => {
                self.open.insert(key);
            }
            Key::Attempt(..) | Key::Subscription(_) => {}
        }
    }

    /// A subscription and an enrolled cycle are whole. Of the entry's own cycle an image has the columns
    /// that changed. Of an attempt it tells the beginning or the end; an end replaces an earlier one.
    fn fold(&mut self, key: Key, what: &str, image: &Row) -> Result<()> {
        if what == "cycle" {
            let row = self.rows.get_mut(&key);
            let row = row.context("a change of a cycle that was never enrolled")?;
            row.extend(image.clone());
            row.retain(|_, value| !value.is_null());
            return Ok(());
        }
        let row = self.rows.entry(key).or_default();
        match key {
            Key::Attempt(..) => {
                if image.contains_key("outcome") {
                    for column in ["class", "pg", "code", "message", "imp_uid"] {
                        row.remove(column);
                    }
                }
                row.extend(image.clone());
            }
            Key::Subscription(_) | Key::Cycle(..) => row.clone_from(image),
        }
        row.retain(|_, value| !value.is_null());
        Ok(())
    }

    /// The row of that key.
    pub fn row(&self, key: Key) -> Option<&Row> {
        self.rows.get(&key)
    }

    /// Every subscription.
    pub fn subscriptions(&self) -> impl Iterator<Item = (i64, &Row)> {
        self.rows.iter().map_while(|(key, row)| match key {
            Key::Subscription(key) => Some((*key, row)),
            Key::Cycle(..) | Key::Attempt(..) => None,
        })
    }

    /// Every cycle, by subscription and number.
    pub fn cycles(&self) -> impl Iterator<Item = (i64, i64, &Row)> {
        let from = self.rows.range(Key::Cycle(i64::MIN, i64::MIN)..);
        from.map_while(|(key, row)| match key {
            Key::Cycle(subscription, n) => Some((*subscription, *n, row)),
            Key::Subscription(_) | Key::Attempt(..) => None,
        })
    }

    /// Every attempt.
    pub fn attempts(&self) -> impl Iterator<Item = &Row> {
        let first = Key::Attempt(i64::MIN, i64::MIN, i64::MIN);
        self.rows.range(first..).map(|(_, row)| row)
    }

    /// Whether a batch is held that a person has to approve.
    pub fn is_sweep_held(&self) -> bool {
        self.is_sweep_held
    }

    /// When the next cycle wants to be looked at, or something comes to a subscription by itself; in
    /// microseconds.
    pub fn next_moment(&self) -> Option<i64> {
        self.moments.first().map(|(at, _)| *at)
    }

    /// The cycles that changed since the last time that somebody asked.
    pub fn take_changed(&mut self) -> Vec<(i64, i64)> {
        let changed = std::mem::take(&mut self.changed).into_iter();
        let cycles = changed.filter_map(|key| match key {
            Key::Cycle(subscription, n) => Some((subscription, n)),
            Key::Subscription(_) | Key::Attempt(..) => None,
        });
        cycles.collect()
    }

    /// The attempts without an outcome.
    pub fn open_attempts(&self) -> impl Iterator<Item = &Row> {
        self.open.iter().filter_map(|key| self.rows.get(key))
    }

    /// Compares every row and every column with what is in the tables.
    ///
    /// # Errors
    /// The first that differs.
    pub async fn compare(&self, door: &mut BackDoor) -> Result<()> {
        let there = door.tables().await?;
        for key in self
            .rows
            .keys()
            .chain(there.keys())
            .collect::<BTreeSet<_>>()
        {
            let (folded, table) = (self.rows.get(key), there.get(key));
            if folded != table {
                bail!("{key:?}: the journal's fold {folded:?}, and the table {table:?}");
            }
        }
        Ok(())
    }
}

/// When a row wants to be looked at.
fn moment(row: &Row) -> Option<i64> {
    let columns = ["wake_at", "ends_at", "resumes_at"];
    columns
        .iter()
        .filter_map(|column| number(row, column))
        .min()
}

/// A text in a row; empty when there is none.
pub fn text<'a>(row: &'a Row, column: &str) -> &'a str {
    row.get(column).and_then(Value::as_str).unwrap_or_default()
}

/// A number in a row.
pub fn number(row: &Row, column: &str) -> Option<i64> {
    row.get(column).and_then(Value::as_i64)
}
