//! The figures of the front page: those that have to be of now, and those that take longer the larger the
//! fleet is. How old the second kind may be is for others to say.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sqlx::FromRow;

use crate::core::card_expiry::{ASKED_AHEAD, CardExpiry};
use crate::core::civil::korea;
use crate::store::reader::Reader;
use crate::store::{StoreError, doing};

/// How far back and ahead the front page counts.
const DAY: std::time::Duration = std::time::Duration::from_hours(24);

/// A count with its name.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Count {
    /// Of what.
    pub name: String,
    /// How many.
    pub count: i64,
}

/// When a maintenance job last ran.
#[derive(Debug, Clone, PartialEq, Eq, FromRow, Deserialize)]
pub struct JobView {
    /// Its name.
    pub name: String,
    /// When it last started.
    pub started_at: i64,
    /// When that run ended.
    pub ended_at: Option<i64>,
    /// What it said.
    pub result: Option<String>,
}

/// What has to be of now. Instants are microseconds of UTC.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// Attempts whose outcome is unknown.
    pub in_doubt: i64,
    /// When the oldest of them began.
    pub oldest_doubt_at: Option<i64>,
    /// When the next cycle is tried.
    pub next_wake_at: Option<i64>,
    /// The newest entry of the journal.
    pub last_seq: i64,
    /// Held subscriptions by reason.
    pub by_hold: Vec<Count>,
    /// Maintenance jobs.
    pub jobs: Vec<JobView>,
}

/// What is counted row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tallies {
    /// When it was counted.
    pub at: Timestamp,
    /// Cycles whose moment has come and that are not begun.
    pub overdue: i64,
    /// Cycles whose moment comes within a day.
    pub due_next_day: i64,
    /// Cycles in dunning, or to be sent again.
    pub retrying: i64,
    /// Subscriptions with an end that is still to come.
    pub ending: i64,
    /// Subscriptions whose card was declined for good.
    pub card_dead: i64,
    /// Subscriptions whose card expires within 30 days, or did in the last 30, as was told.
    pub card_expiring: i64,
    /// Cycles paid within the last day.
    pub paid_last_day: i64,
    /// Their sum without refunds, in won.
    pub collected_last_day: i64,
    /// Subscriptions by status.
    pub by_status: Vec<Count>,
}

impl Tallies {
    /// How many subscriptions there are, and were.
    pub fn subscriptions(&self) -> i64 {
        self.by_status.iter().map(|one| one.count).sum()
    }

    /// How many rows were read for this: the active are not.
    pub fn rows(&self) -> i64 {
        let unusual = self.by_status.iter().filter(|one| one.name != "active");
        let unusual: i64 = unusual.map(|one| one.count).sum();
        self.overdue
            + self.due_next_day
            + self.retrying
            + self.ending
            + self.card_dead
            + self.card_expiring
            + self.paid_last_day
            + unusual
    }
}

#[derive(FromRow)]
struct FiguresRow {
    in_doubt: i64,
    oldest_doubt_at: Option<i64>,
    next_wake_at: Option<i64>,
    last_seq: i64,
    by_hold: String,
    jobs: String,
}

#[derive(FromRow)]
struct TalliesRow {
    overdue: i64,
    due_next_day: i64,
    retrying: i64,
    ending: i64,
    card_dead: i64,
    card_expiring: i64,
    paid_last_day: i64,
    collected_last_day: i64,
    by_status: String,
}

impl Reader {
    /// The figures that have to be of now.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn figures(&self) -> Result<Figures, StoreError> {
        let row: FiguresRow = sqlx::query_as(include_str!("sql/figures.sql"))
            .fetch_one(&self.pool)
            .await
            .map_err(doing("read the figures"))?;
        Ok(Figures {
            in_doubt: row.in_doubt,
            oldest_doubt_at: row.oldest_doubt_at,
            next_wake_at: row.next_wake_at,
            last_seq: row.last_seq,
            by_hold: parsed(&row.by_hold)?,
            jobs: parsed(&row.jobs)?,
        })
    }

    /// The figures that are counted, at this instant.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn tallies(&self, now: Timestamp) -> Result<Tallies, StoreError> {
        let day_ago = now.checked_sub(DAY).unwrap_or(Timestamp::MIN);
        let day_ahead = now.checked_add(DAY).unwrap_or(Timestamp::MAX);
        let row: TalliesRow = sqlx::query_as(include_str!("sql/tallies.sql"))
            .bind(now.as_microsecond())
            .bind(day_ago.as_microsecond())
            .bind(day_ahead.as_microsecond())
            .bind(month(now.checked_sub(ASKED_AHEAD)))
            .bind(month(now.checked_add(ASKED_AHEAD)))
            .fetch_one(&self.pool)
            .await
            .map_err(doing("count for the front page"))?;
        Ok(Tallies {
            at: now,
            overdue: row.overdue,
            due_next_day: row.due_next_day,
            retrying: row.retrying,
            ending: row.ending,
            card_dead: row.card_dead,
            card_expiring: row.card_expiring,
            paid_last_day: row.paid_last_day,
            collected_last_day: row.collected_last_day,
            by_status: parsed(&row.by_status)?,
        })
    }

    /// When each maintenance job last ran.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn jobs(&self) -> Result<Vec<JobView>, StoreError> {
        sqlx::query_as(include_str!("sql/jobs.sql"))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the ledger of jobs"))
    }
}

/// A month as cards bear it: those before are over then. Where the calendar ends no card is told of.
fn month(at: Result<Timestamp, jiff::Error>) -> i64 {
    let month = at.map(|at| CardExpiry::at(at, &korea()).number());
    month.unwrap_or_default()
}

/// What SQLite put into JSON a moment ago.
fn parsed<T: DeserializeOwned>(json: &str) -> Result<T, StoreError> {
    serde_json::from_str(json)
        .map_err(|why| sqlx::Error::Decode(why.into()))
        .map_err(doing("read the figures"))
}
