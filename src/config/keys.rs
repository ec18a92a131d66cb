//! The table of keys, and the words around it. Everything else about keys follows from here: what is
//! refused, what is assumed, and what the reference says.

mod coupons;
mod gateway;
mod guard;
mod jobs;
mod plans;

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::check;
use crate::core::catch_up::CatchUp;
use crate::core::dunning::{self, Ladder};
use crate::core::order::Installation;
use crate::core::window::Window;

/// Every key, in the order of the reference within its section.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    let tables = [
        DAEMON,
        gateway::KEYS,
        KEYS,
        plans::KEYS,
        coupons::KEYS,
        guard::KEYS,
        jobs::KEYS,
    ];
    tables.into_iter().flatten()
}

const DAEMON: &[Key] = &[
    Key {
        path: "daemon.state_dir",
        kind: Kind::Path,
        need: Need::Default,
        sample: r#""/var/lib/dues""#,
        doc: "Where the database and its backups are kept. $STATE_DIRECTORY changes the default.",
    },
    Key {
        path: "daemon.socket",
        kind: Kind::Path,
        need: Need::Default,
        sample: r#""/run/dues/dues.sock""#,
        doc: "Where commands are answered. $RUNTIME_DIRECTORY changes the default's directory.",
    },
    Key {
        path: "daemon.installation",
        kind: Kind::Text(check::<Installation>),
        need: Need::Default,
        sample: r#""dues""#,
        doc: "The prefix of every merchant_uid, 1 to 6 of a-z 0-9. Never change it once money has moved.",
    },
    Key {
        path: "daemon.operators",
        kind: Kind::Users,
        need: Need::Optional,
        sample: r#"["billing", 1001]"#,
        doc: "Who may change things besides root and the daemon's own user: names or user ids.",
    },
    Key {
        path: "daemon.log",
        kind: Kind::Word(&["auto", "journal", "text", "json"]),
        need: Need::Default,
        sample: r#""auto""#,
        doc: "auto, journal, text or json. auto: the journal under systemd, else text.",
    },
    Key {
        path: "daemon.disk_low_mib",
        kind: Kind::Whole {
            min: 0,
            max: 1_048_576,
        },
        need: Need::Default,
        sample: "64",
        doc: "With fewer MiB free on the disk of state_dir nobody is charged. 0 to watch nothing.",
    },
];

const KEYS: &[Key] = &[
    Key {
        path: "billing.time_zone",
        kind: Kind::Text(check::<TimeZone>),
        need: Need::Default,
        sample: r#""Asia/Seoul""#,
        doc: "Where dates and times of day are local, unless a plan says otherwise.",
    },
    Key {
        path: "billing.charge_window",
        kind: Kind::Text(check::<Window>),
        need: Need::Default,
        sample: r#""10:00-20:00""#,
        doc: "When charges go out, in the plan's time zone. \"always\" is never 23:30-00:40 KST; \"unguarded\" is then too.",
    },
    Key {
        path: "billing.catch_up",
        kind: Kind::Text(check::<CatchUp>),
        need: Need::Default,
        sample: r#""charge_one""#,
        doc: "Cycles missed in an outage: charge_one (more than one hold), latest_only, charge_all(3), hold.",
    },
    Key {
        path: "billing.without_consent",
        kind: Kind::Word(&["hold", "cancel"]),
        need: Need::Default,
        sample: r#""hold""#,
        doc: "A price that rises, or that follows on something free, without dues consent: hold or cancel.",
    },
    Key {
        path: "dunning.*.funds",
        kind: Kind::Rungs {
            apart: dunning::REST,
        },
        need: Need::Optional,
        sample: r#"["2d", "7d", "12d", "18d", "25d"]"#,
        doc: "No money or a limit reached: when to try again, counted from the first try; a day apart at least.",
    },
    Key {
        path: "dunning.*.technical",
        kind: Kind::Rungs {
            apart: Duration::ZERO,
        },
        need: Need::Optional,
        sample: r#"["30m", "3h", "1d", "2d", "4d"]"#,
        doc: "A fault of the network, the PG or the issuer.",
    },
    Key {
        path: "dunning.*.generic",
        kind: Kind::Rungs {
            apart: dunning::REST,
        },
        need: Need::Optional,
        sample: r#"["3d", "7d", "13d", "20d", "26d"]"#,
        doc: "Any other decline that may be tried again, a day apart at least. A dead or stolen card is not.",
    },
    Key {
        path: "dunning.*.paydays",
        kind: Kind::Days,
        need: Need::Optional,
        sample: "[25, 10, 1, 15]",
        doc: "Days of the month, the best first, to which a funds try within two days moves. [] for none.",
    },
    Key {
        path: "dunning.*.declines_max",
        kind: Kind::Whole {
            min: 1,
            max: Ladder::DECLINES_CEILING as i64,
        },
        need: Need::Optional,
        sample: "6",
        doc: "The most declines of one cycle, whatever their classes, 1 to 15.",
    },
    Key {
        path: "dunning.*.grace",
        kind: Kind::Span {
            min: Duration::ZERO,
            max: Duration::from_hours(90 * 24),
        },
        need: Need::Optional,
        sample: r#""21d""#,
        doc: "After the due date we give up no sooner than this: until then a new card is charged at once.",
    },
    Key {
        path: "dunning.*.end_action",
        kind: Kind::Word(&["suspend", "cancel", "keep"]),
        need: Need::Optional,
        sample: r#""suspend""#,
        doc: "When we give up: suspend or cancel the subscription, or keep it and charge the next cycle.",
    },
];
