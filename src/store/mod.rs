//! What is remembered, and the laws it obeys. One writer, any number of read-only readers; nothing
//! outside can tell that it is SQLite. It knows no HTTP, no configuration file, and not when to sleep.

mod ahead;
mod archive;
mod batch;
mod beyond;
mod book;
mod card;
mod card_expiry;
mod change_plan;
mod changed;
mod columns;
mod command;
mod connections;
mod consent;
mod coupon;
mod credit;
mod dates;
mod declines;
mod disk;
mod effect;
mod ending;
mod enroll;
mod fence;
mod free;
mod front_page;
mod held;
mod journal;
mod maintain;
mod moment;
mod not_done;
mod once;
mod open;
mod over;
mod particulars;
mod pausing;
mod pending;
mod price_list;
mod reader;
mod recast;
mod record;
mod recovery;
mod retry;
mod rows;
mod sidecar;
mod skip;
mod subscription;
mod succession;
mod suspicion;
mod sweep;
mod turn;
mod uids;
mod under_way;
mod views;
mod wake;
mod wanted;
mod work;

pub use crate::core::subscription::Missed;
pub use ahead::{Ahead, Look};
pub use archive::{ArchiveFile, ENTRIES_A_FILE, OldEntries};
pub use beyond::Beyond;
pub use book::Standards;
pub use card_expiry::Expiring;
pub use changed::Changed;
pub use command::{Command, Ends};
pub use connections::Connections;
pub use disk::{Advice, BALLAST_BYTES, Disk};
pub use enroll::{Added, Answers, NotAdded};
pub use fence::{Reason, Suspicion};
pub use front_page::{Count, Figures, JobView, Tallies};
pub use held::Part;
pub use not_done::NotDone;
pub use once::{Given, KEPT, KeyTaken, Once, Who};
pub use open::{NotOpened, Opening, Store};
pub use reader::{Over, Page, Reader, Settled};
pub use record::{Outcome, Recorded};
pub use recovery::{RecoveredView, RungView};
pub use succession::{AppliedPlans, Behind, ChangeName, NotApplied};
pub use suspicion::{Asked, Difference, DifferenceView, DoubtView, HoldView, ToAsk};
pub use sweep::{Admission, Approved, Held, NotApproved, Sweeps, Weighed};
pub use turn::{Committed, CycleKey, Durable, Question, Sending, Turn, Unknown, Writer};
pub use views::{AttemptView, CycleView, Entry, SubscriptionView};
pub use wake::{NextWake, Room};
pub use wanted::{Identity, NewSubscription};

use crate::core::counted::counted_are;

/// Why the store could not do what it was asked. On the write path every one of them ends the
/// process: what was not committed did not happen, and the leases bring the work back.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// SQLite said no.
    #[error("cannot {doing}")]
    Sqlite {
        /// What we were doing.
        doing: &'static str,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// SQLite said no to rows of a batch.
    #[error("cannot write {what}")]
    Write {
        /// Which rows.
        what: &'static str,
        /// What SQLite said.
        #[source]
        source: sqlx::Error,
    },
    /// The database could not be brought to this version's schema.
    #[error("cannot bring the database to this version's schema")]
    Migrate(#[source] sqlx::migrate::MigrateError),
    /// The database has been through a migration that this program does not know.
    #[error(
        "a newer dues has written this database (its schema is at {version}): start that one again, \
         or put back the copy that was made before the upgrade"
    )]
    NewerSchema {
        /// The migration's number.
        version: i64,
    },
    /// A setting that a promise rests on did not take hold.
    #[error("the database has {name} = {found}, and it must be {wanted}")]
    Setting {
        /// Which.
        name: &'static str,
        /// What it is.
        found: String,
        /// What it must be.
        wanted: &'static str,
    },
    /// The database belongs to an installation of another name.
    #[error(
        "the database was made by installation {found:?} and the configuration says {wanted:?}: \
         put `installation = {found:?}` under [daemon], or name another state_dir"
    )]
    OtherInstallation {
        /// The name in the database.
        found: String,
        /// The name in the configuration.
        wanted: String,
    },
    /// A plan that subscriptions are on is not in the configuration.
    #[error(
        "plan {plan:?} is not in the configuration, and {} on it: put it back, or cancel them first",
        counted_are(*subscriptions, "subscription")
    )]
    PlanVanished {
        /// The plan's id.
        plan: String,
        /// How many subscriptions can still be charged.
        subscriptions: i64,
    },
    /// Another process has taken the database over.
    #[error(
        "another dues has taken this database over since it was opened here (this was epoch \
         {epoch}): two daemons on one database are never right, and the older one ends"
    )]
    Superseded {
        /// Ours.
        epoch: i64,
    },
    /// The file beside the database could not be written.
    #[error("cannot write dues.generation beside the database")]
    Sidecar(#[source] std::io::Error),
    /// A row was not in the state in which it was read: a bug, or somebody else writes here.
    #[error("{what} changed under us: {expected} rows were to change and {changed} did")]
    Conflict {
        /// Which rows.
        what: &'static str,
        /// How many were to change.
        expected: usize,
        /// How many did.
        changed: u64,
    },
    /// The machine refused an event: a bug.
    #[error("subscription {subscription} cycle {n}: {illegal}")]
    Illegal {
        /// Whose.
        subscription: String,
        /// Which cycle.
        n: i64,
        /// What the machine said.
        illegal: crate::core::cycle::Illegal,
    },
    /// A row cannot be read back: a bug, or somebody edited the database.
    #[error("{place} holds {found:?}, which is not {wanted}")]
    Corrupt {
        /// Table and key.
        place: String,
        /// What it holds.
        found: String,
        /// What it should hold.
        wanted: &'static str,
    },
    /// A file of old entries is not there as it was written.
    #[error("the file {file} of the archive: {trouble}")]
    Archive {
        /// Its name.
        file: String,
        /// What is the matter, and what to do.
        trouble: &'static str,
    },
    /// A batch could not be written as JSON: a bug.
    #[error("cannot encode {0}")]
    Encode(&'static str, #[source] serde_json::Error),
}

/// Says what we were doing when SQLite said no.
fn doing(doing: &'static str) -> impl FnOnce(sqlx::Error) -> StoreError {
    move |source| StoreError::Sqlite { doing, source }
}
