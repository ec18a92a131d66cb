//! The table of keys, and the words around it. Everything else about keys follows from here: what is
//! refused, what is assumed, and what the reference says.

mod guard;
mod jobs;

use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::{Address, LadderName, Proxy, Token, check};
use crate::core::calendar::Cadence;
use crate::core::catch_up::CatchUp;
use crate::core::dunning::Ladder;
use crate::core::order::{Installation, OrderName};
use crate::core::particulars::{ProductCode, Quota};
use crate::core::price::Trial;
use crate::core::window::Window;

/// Every key, in the order of the reference within its section.
pub(crate) fn all() -> impl Iterator<Item = &'static Key> {
    KEYS.iter().chain(guard::KEYS).chain(jobs::KEYS)
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
        kind: Kind::Rungs,
        need: Need::Optional,
        sample: r#"["2d", "7d", "12d", "18d", "25d"]"#,
        doc: "No money or a limit reached: when to try again, counted from the first try; a day apart at least.",
    },
    Key {
        path: "dunning.*.technical",
        kind: Kind::Rungs,
        need: Need::Optional,
        sample: r#"["30m", "3h", "1d", "2d", "4d"]"#,
        doc: "A fault of the network, the PG or the issuer.",
    },
    Key {
        path: "dunning.*.generic",
        kind: Kind::Rungs,
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
    Key {
        path: "plans.*.name",
        kind: Kind::Text(check::<OrderName>),
        need: Need::Required,
        sample: r#""Basic""#,
        doc: "What the customer is told is sold: 1 to 40 characters that EUC-KR has, so no emoji.",
    },
    Key {
        path: "plans.*.amount",
        kind: Kind::Amount,
        need: Need::Required,
        sample: "59000",
        doc: "The price of a cycle: a whole number of won.",
    },
    Key {
        path: "plans.*.every",
        kind: Kind::Text(check::<Cadence>),
        need: Need::Required,
        sample: r#""1 month""#,
        doc: "The cadence: a count and day, week, month or year. A short month ends earlier, nothing sticks.",
    },
    Key {
        path: "plans.*.anchor",
        kind: Kind::FixedDay,
        need: Need::Optional,
        sample: r#"{ day = 25, time = "10:00" }"#,
        doc: "One day of the month for everybody: 1 to 31 or \"last\"; time may be left out. every is in months.",
    },
    Key {
        path: "plans.*.first",
        kind: Kind::Word(&["prorated", "whole", "free"]),
        need: Need::Optional,
        sample: r#""prorated""#,
        doc: "What the days before the first such day cost: their share, a whole cycle, or nothing.",
    },
    Key {
        path: "plans.*.trial",
        kind: Kind::Text(check::<Trial>),
        need: Need::Optional,
        sample: r#""14 days""#,
        doc: "What comes before the first charge: a span, after which cycles are counted, or \"1 cycle\" free.",
    },
    Key {
        path: "plans.*.phases",
        kind: Kind::Phases,
        need: Need::Optional,
        sample: "[{ cycles = 3, amount = 29000 }]",
        doc: "Other prices for the first cycles after the trial, one phase after the other; then amount.",
    },
    Key {
        path: "plans.*.setup_fee",
        kind: Kind::Amount,
        need: Need::Optional,
        sample: "10000",
        doc: "Asked for once, with the first cycle that is charged.",
    },
    Key {
        path: "plans.*.cycles",
        kind: Kind::Whole {
            min: 1,
            max: 99_999,
        },
        need: Need::Optional,
        sample: "12",
        doc: "How many cycles there are, free ones included; then the subscription is completed.",
    },
    Key {
        path: "plans.*.until",
        kind: Kind::Text(check::<Date>),
        need: Need::Optional,
        sample: r#""2027-12-31""#,
        doc: "The last day on which a cycle may be due; then the subscription is completed.",
    },
    Key {
        path: "plans.*.tax",
        kind: Kind::Word(&["included", "free"]),
        need: Need::Optional,
        sample: r#""included""#,
        doc: "Value-added tax: a part of every price (one eleventh), or none of it is taxed.",
    },
    Key {
        path: "plans.*.card_quota",
        kind: Kind::Whole {
            min: Quota::MIN as i64,
            max: Quota::MAX as i64,
        },
        need: Need::Optional,
        sample: "3",
        doc: "In how many months the card pays, 2 to 36. Charges below 50,000 won are paid at once.",
    },
    Key {
        path: "plans.*.daou_product_code",
        kind: Kind::Text(check::<ProductCode>),
        need: Need::Optional,
        sample: r#""10001""#,
        doc: "The product code that Daou has given (bypass.daou.PRODUCTCODE).",
    },
    Key {
        path: "plans.*.daou_cash_receipt",
        kind: Kind::Word(&["issued", "not_issued"]),
        need: Need::Optional,
        sample: r#""not_issued""#,
        doc: "Whether Daou issues a cash receipt (bypass.daou.CASHRECEIPTFLAG).",
    },
    Key {
        path: "plans.*.time_zone",
        kind: Kind::Text(check::<TimeZone>),
        need: Need::Optional,
        sample: r#""Asia/Seoul""#,
        doc: "Where the plan's dates are local, if not in billing.time_zone.",
    },
    Key {
        path: "plans.*.dunning",
        kind: Kind::Text(check::<LadderName>),
        need: Need::Optional,
        sample: r#""standard""#,
        doc: "The ladder of retries, if not \"standard\".",
    },
    Key {
        path: "plans.*.catch_up",
        kind: Kind::Text(check::<CatchUp>),
        need: Need::Optional,
        sample: r#""charge_one""#,
        doc: "What becomes of missed cycles, if not as in billing.catch_up.",
    },
    Key {
        path: "plans.*.without_consent",
        kind: Kind::Word(&["hold", "cancel"]),
        need: Need::Optional,
        sample: r#""hold""#,
        doc: "What becomes of a price that rises without consent, if not as in billing.without_consent.",
    },
    Key {
        path: "plans.*.applies_from",
        kind: Kind::Text(check::<Date>),
        need: Need::Optional,
        sample: r#""2027-04-01""#,
        doc: "From when on a changed price is for those who subscribed before: dues plan diff, then apply.",
    },
];
