//! The fence: whether this database is the newest one, where it was, and ours alone. A start looks at
//! the file beside the database; every turn proves that no other process has taken over. It does not
//! know how a suspicion is healed.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::UNIX_EPOCH;

use jiff::Timestamp;
use sqlx::{FromRow, SqliteConnection};

use crate::core::spread;
use crate::store::journal::{Entry, Journal};
use crate::store::sidecar::{Said, Sidecar};
use crate::store::wake::NextWake;
use crate::store::{StoreError, columns, doing};

/// Why a database may know less than the gateway does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The file beside it says that it had come further: an older copy was put back.
    Restored,
    /// It is on another machine, or in another file, than the one that last wrote it.
    Cloned,
    /// The file beside it is gone or cannot be read, so that nobody can say.
    Unguarded,
}

/// A reason to charge nobody until the gateway was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Suspicion {
    /// Why.
    pub reason: Reason,
    /// Since when.
    pub since: Timestamp,
    /// The gateway was asked about every subscription up to this key.
    pub asked_to: i64,
    /// How many differences were found.
    pub differences: i64,
}

/// Where a database is.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    machine: String,
    file: String,
}

/// What a writer proves in every turn, and what it keeps beside the database.
#[derive(Debug)]
pub(super) struct Guard {
    pub(super) epoch: i64,
    pub(super) sidecar: Sidecar,
}

/// What a start found.
#[derive(Debug)]
pub(super) struct Entered {
    pub(super) epoch: i64,
    pub(super) generation: i64,
    pub(super) suspicion: Option<Suspicion>,
}

/// The fence as a turn left it, and when the next cycle wants to be looked at.
#[derive(FromRow)]
pub(super) struct Stand {
    pub(super) generation: i64,
    due: Option<i64>,
    open: Option<i64>,
    ends: Option<i64>,
    resumes: Option<i64>,
}

/// The row as the last process left it.
#[derive(FromRow)]
struct FenceRow {
    epoch: i64,
    generation: i64,
    machine: String,
    file: String,
    suspicion: Option<String>,
    suspected_at: Option<i64>,
    asked_to: i64,
    differences: i64,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::Restored, Self::Cloned, Self::Unguarded];

    /// The name in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Restored => "restored",
            Self::Cloned => "cloned",
            Self::Unguarded => "unguarded",
        }
    }

    /// The reason of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == text)
    }

    /// What was seen, for people.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Restored => "an older copy of the database was put back",
            Self::Cloned => "the database was copied or moved here from another place",
            Self::Unguarded => {
                "dues.generation is missing or unreadable, so the database may be an older copy"
            }
        }
    }
}

impl Place {
    /// Where a database file is. Not its device: that number changes when a machine starts anew. Not
    /// the inode alone: a file that is deleted often leaves its number to the next one.
    pub(super) fn of(database: &Path, machine: &str) -> io::Result<Self> {
        let found = fs::metadata(database)?;
        // Some file systems do not know when a file was made.
        let born = found.created().ok();
        let born = born.and_then(|born| born.duration_since(UNIX_EPOCH).ok());
        let born = born.map_or(0, |born| born.as_micros());
        Ok(Self {
            machine: format!("{:032x}", spread::fingerprint(&format!("dues {machine}"))),
            file: format!("{}@{born}", found.ino()),
        })
    }
}

/// Lets a new process in: raises the epoch, so that every other one is out, and compares what the
/// database, the file beside it and the place say.
pub(super) async fn enter(
    connection: &mut SqliteConnection,
    place: &Place,
    (database, said): (&str, &Said),
    now: Timestamp,
) -> Result<Entered, StoreError> {
    let row: Option<FenceRow> = sqlx::query_as(include_str!("sql/fence.sql"))
        .fetch_optional(&mut *connection)
        .await
        .map_err(doing("read the fence"))?;
    let before = row
        .as_ref()
        .map_or((0, 0), |row| (row.epoch, row.generation));
    let said_before = match said {
        Said::Generation { generation, .. } => *generation,
        Said::Nothing | Said::Garbled => 0,
    };
    // Beyond what the file says: from here on it can be told which of the two is newer.
    let (epoch, generation) = (before.0 + 1, before.1.max(said_before) + 1);

    let found = suspect(row.as_ref(), place, (database, said));
    let standing = row.as_ref().map(standing).transpose()?.flatten();
    let suspicion = match found {
        Some(reason) => Some(Suspicion {
            reason,
            since: now,
            asked_to: 0,
            differences: standing.map_or(0, |before| before.differences),
        }),
        None => standing,
    };
    sqlx::query(include_str!("sql/enter_fence.sql"))
        .bind(epoch)
        .bind(generation)
        .bind(&place.machine)
        .bind(&place.file)
        .bind(suspicion.map(|suspicion| suspicion.reason.name()))
        .bind(suspicion.map(|suspicion| suspicion.since.as_microsecond()))
        .bind(suspicion.map_or(0, |suspicion| suspicion.asked_to))
        .execute(&mut *connection)
        .await
        .map_err(doing("raise the epoch"))?;
    if let Some(reason) = found {
        let mut journal = Journal::default();
        journal.push(Entry::of_system("suspected", now).worded(reason.words()));
        journal.flush(connection).await?;
    }
    Ok(Entered {
        epoch,
        generation,
        suspicion,
    })
}

/// What speaks against this database being the newest one, and where it was.
fn suspect(
    row: Option<&FenceRow>,
    place: &Place,
    (database, said): (&str, &Said),
) -> Option<Reason> {
    let Some(row) = row else {
        // A new database beside the file of an older one: that one is lost.
        return (*said != Said::Nothing).then_some(Reason::Restored);
    };
    match said {
        Said::Generation {
            database: theirs,
            generation,
        } if theirs != database || *generation > row.generation => Some(Reason::Restored),
        _ if row.machine != place.machine || row.file != place.file => Some(Reason::Cloned),
        Said::Nothing | Said::Garbled => Some(Reason::Unguarded),
        Said::Generation { .. } => None,
    }
}

/// The suspicion that an earlier process left.
fn standing(row: &FenceRow) -> Result<Option<Suspicion>, StoreError> {
    let (Some(reason), Some(since)) = (&row.suspicion, row.suspected_at) else {
        return Ok(None);
    };
    let reason = Reason::named(reason).ok_or_else(|| StoreError::Corrupt {
        place: "the fence".to_owned(),
        found: reason.clone(),
        wanted: "a reason",
    })?;
    Ok(Some(Suspicion {
        reason,
        since: columns::instant("fence.suspected_at", since)?,
        asked_to: row.asked_to,
        differences: row.differences,
    }))
}

/// Raises the generation; nothing of a turn may be committed without it.
pub(super) async fn raise(
    connection: &mut SqliteConnection,
    epoch: i64,
) -> Result<Stand, StoreError> {
    stand(connection, include_str!("sql/raise_generation.sql"), epoch).await
}

/// Proves that the database is still ours, where nothing was written.
pub(super) async fn prove(
    connection: &mut SqliteConnection,
    epoch: i64,
) -> Result<Stand, StoreError> {
    stand(connection, include_str!("sql/prove_epoch.sql"), epoch).await
}

async fn stand(
    connection: &mut SqliteConnection,
    statement: &'static str,
    epoch: i64,
) -> Result<Stand, StoreError> {
    let stand: Option<Stand> = sqlx::query_as(statement)
        .bind(epoch)
        .fetch_optional(connection)
        .await
        .map_err(doing("prove that the database is ours"))?;
    stand.ok_or(StoreError::Superseded { epoch })
}

impl Stand {
    /// When the next cycle wants to be looked at.
    pub(super) fn next(&self) -> Result<NextWake, StoreError> {
        let instant = |at: Option<i64>| {
            at.map(|at| columns::instant("cycle.wake_at", at))
                .transpose()
        };
        Ok(NextWake {
            due: instant(self.due)?,
            open: instant(self.open)?,
            moment: instant(self.ends.into_iter().chain(self.resumes).min())?,
        })
    }
}

impl Guard {
    /// Notes beside the database what was committed to it.
    pub(super) fn note(&mut self, generation: i64) -> Result<(), StoreError> {
        self.sidecar
            .advance(generation)
            .map_err(StoreError::Sidecar)
    }
}
