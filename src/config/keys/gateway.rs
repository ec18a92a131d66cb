//! The keys of `[gateway]`: how it is reached, how hard it is asked, and under which uids.

use std::time::Duration;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::{Address, Proxy, Token, check};

/// The keys, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
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
        path: "gateway.merchant_uid_scope",
        kind: Kind::Word(&["cycle", "attempt"]),
        need: Need::Default,
        sample: r#""cycle""#,
        doc: "What shares a merchant_uid: every attempt at a cycle, or (for a PG that takes no uid again after a\n\
              # decline) the attempts up to a declined one: docs/decisions/0013-a-uid-an-attempt.md.",
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
        kind: Kind::Word(&MEANINGS),
        need: Need::Optional,
        sample: r#""funds""#,
        doc: "funds, technical, generic, new_card, never, duplicate or merchant.",
    },
    Key {
        path: "gateway.codes.*.*",
        kind: Kind::Word(&MEANINGS),
        need: Need::Optional,
        sample: r#""funds""#,
        doc: "The same.",
    },
];

/// What a code may mean: a class of decline, or something else than a decline.
const MEANINGS: [&str; 7] = [
    "funds",
    "technical",
    "generic",
    "new_card",
    "never",
    "duplicate",
    "merchant",
];
