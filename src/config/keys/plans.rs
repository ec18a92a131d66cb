//! The keys of `[plans.ID]`.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::plans::Notice;
use crate::config::values::{LadderName, check};
use crate::core::calendar::Cadence;
use crate::core::catch_up::CatchUp;
use crate::core::cron::Cron;
use crate::core::particulars::{CustomData, ProductCode, Quota};
use crate::core::price::Trial;
use crate::core::template::NameTemplate;
use crate::core::term::Minimum;

/// What is sold, and how.
pub(super) const KEYS: &[Key] = &[
    Key {
        path: "plans.*.name",
        kind: Kind::Text(check::<NameTemplate>),
        need: Need::Required,
        sample: r#""Basic""#,
        doc: "What the customer is told is sold: 1 to 40 characters that EUC-KR has, so no emoji. It may have\n\
              # {plan}, {cycle} from 1 on, {from} and {to}, the days of the period, and {quantity}.",
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
        path: "plans.*.cron",
        kind: Kind::Text(check::<Cron>),
        need: Need::Optional,
        sample: r#""0 10 1,15 * *""#,
        doc: "Days of the calendar for everybody, instead of every: minute, hour, day of the month, month and day of\n\
              # the week, of which one day is *. L is the last day, 1#1 the first Monday. Once a day at most.",
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
        path: "plans.*.minimum_term",
        kind: Kind::Text(check::<Minimum>),
        need: Need::Optional,
        sample: r#""12 cycles""#,
        doc: "How long it lasts at least: cycles, or a span such as \"1 year\". dues cancel waits for its end.",
    },
    Key {
        path: "plans.*.notice",
        kind: Kind::Text(check::<Notice>),
        need: Need::Optional,
        sample: r#""14 days""#,
        doc: "How long before the end of a period it has to be canceled to end with that.",
    },
    Key {
        path: "plans.*.tax",
        kind: Kind::Word(&["included", "free"]),
        need: Need::Optional,
        sample: r#""included""#,
        doc: "Value-added tax: a part of every price (one eleventh), or none of it is taxed.",
    },
    Key {
        path: "plans.*.tax_free",
        kind: Kind::Amount,
        need: Need::Optional,
        sample: "3000",
        doc: "The part of amount that bears no tax, in won; the same share of every other charge.",
    },
    Key {
        path: "plans.*.vat",
        kind: Kind::Word(&["down", "nearest"]),
        need: Need::Optional,
        sample: r#""down""#,
        doc: "How the tax of a charge is rounded; it is sent then (vat_amount). Without it the gateway reckons.",
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
        path: "plans.*.product_type",
        kind: Kind::Word(&["real", "digital"]),
        need: Need::Optional,
        sample: r#""digital""#,
        doc: "Whether goods are sold (real) or what has no body (digital).",
    },
    Key {
        path: "plans.*.custom_data",
        kind: Kind::Text(check::<CustomData>),
        need: Need::Optional,
        sample: r#""{subscription} {cycle}""#,
        doc: "A text that the gateway keeps with each payment, JSON if you like; {subscription}, {plan} and {cycle}.",
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
