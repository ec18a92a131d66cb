//! The keys of `[jobs]`: when maintenance runs.

use jiff::civil::Time;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::check;

/// The keys, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
    Key {
        path: "jobs.reconcile_at",
        kind: Kind::Text(check::<Time>),
        need: Need::Default,
        sample: r#""04:10""#,
        doc: "When the books are compared with the gateway's.",
    },
    Key {
        path: "jobs.backup_at",
        kind: Kind::Text(check::<Time>),
        need: Need::Default,
        sample: r#""04:40""#,
        doc: "When the database is backed up.",
    },
    Key {
        path: "jobs.backups_kept",
        kind: Kind::Whole { min: 1, max: 1_000 },
        need: Need::Default,
        sample: "7",
        doc: "How many backups are kept.",
    },
    Key {
        path: "jobs.journal_days",
        kind: Kind::Whole {
            min: 30,
            max: 36_500,
        },
        need: Need::Optional,
        sample: "400",
        doc: "After how many days the journal's entries move to files beside the database; never, without it.",
    },
];
