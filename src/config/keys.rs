//! The table of keys, and the words around it. Everything else about keys follows from here: what is
//! refused, what is assumed, and what the reference says.

mod coupons;
mod guard;
mod jobs;
mod plans;

use std::time::Duration;

use jiff::tz::TimeZone;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::{Address, Proxy, Token, check};
use crate::core::catch_up::CatchUp;
use crate::core::dunning::{self, Ladder};
use crate::core::order::Installation;
use crate::core::window::Window;

/// Every key, in the order of the reference within its section.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    let sold = plans::KEYS.iter().chain(coupons::KEYS);
    let more = sold.chain(guard::KEYS).chain(jobs::KEYS);
    KEYS.iter().chain(more)
}

const KEYS: &[Key] = &[
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
    Key {
        path: "gateway.base_url",
        kind: Kind::Text(check::<Address>),
        need: Need::Default,
        sample: r#""https://api.iamport.kr""#,
        doc: "The gateway's address: https, or http to this machine (a simulated gateway).",
    },
    Key {
        path: "gateway.imp_key",
        kind: Kind::Text(check::<Token>),
        need: Need::Credential,
        sample: r#""1234567890123456""#,
        doc: "The REST API key from the console. Or: imp_key_file, or systemd's credential imp_key.",
    },
    Key {
        path: "gateway.imp_key_file",
        kind: Kind::Path,
        need: Need::Optional,
        sample: r#""/etc/dues/imp_key""#,
        doc: "A file with the REST API key; wins over imp_key.",
    },
    Key {
        path: "gateway.imp_secret_file",
        kind: Kind::Path,
        need: Need::Credential,
        sample: r#""/etc/dues/imp_secret""#,
        doc: "A file with the REST API secret, mode 0600. Or: systemd's credential imp_secret.",
    },
    Key {
        path: "gateway.request_timeout",
        kind: Kind::Span {
            min: Duration::from_secs(1),
            max: Duration::from_mins(10),
        },
        need: Need::Default,
        sample: r#""60s""#,
        doc: "How long one request may take. Giving up does not stop the gateway's work: be patient.",
    },
    Key {
        path: "gateway.quiet_period",
        kind: Kind::Span {
            min: Duration::from_secs(1),
            max: Duration::from_hours(24),
        },
        need: Need::Default,
        sample: r#""2m""#,
        doc: "How long a doubt rests before the gateway is asked about it; longer than request_timeout.",
    },
    Key {
        path: "gateway.calls_per_second",
        kind: Kind::Rate,
        need: Need::Default,
        sample: "40",
        doc: "The most requests a second, or \"unlimited\". Daou allows 50.",
    },
    Key {
        path: "gateway.in_flight_max",
        kind: Kind::Whole { min: 1, max: 4_096 },
        need: Need::Default,
        sample: "64",
        doc: "The most requests that wait for an answer at once, 1 to 4096.",
    },
    Key {
        path: "gateway.mode",
        kind: Kind::Word(&["live", "test"]),
        need: Need::Default,
        sample: r#""live""#,
        doc: "live or test. A payment whose sandbox flag says otherwise is not taken as paid.",
    },
    Key {
        path: "gateway.authorization",
        kind: Kind::Word(&["bearer", "raw"]),
        need: Need::Default,
        sample: r#""bearer""#,
        doc: "How the access token is sent: bearer (documented) or raw (what most clients do).",
    },
    Key {
        path: "gateway.tier",
        kind: Kind::Text(check::<Token>),
        need: Need::Optional,
        sample: r#""001""#,
        doc: "The Tier header of a sub-merchant.",
    },
    Key {
        path: "gateway.proxy",
        kind: Kind::Text(check::<Proxy>),
        need: Need::Optional,
        sample: r#""http://proxy.internal:3128""#,
        doc: "A proxy for every request. Variables such as HTTPS_PROXY are not looked at.",
    },
    Key {
        path: "gateway.codes.*",
        kind: Kind::Word(&[
            "funds",
            "technical",
            "generic",
            "new_card",
            "never",
            "duplicate",
            "merchant",
        ]),
        need: Need::Optional,
        sample: r#""funds""#,
        doc: "funds, technical, generic, new_card, never, duplicate or merchant.",
    },
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
