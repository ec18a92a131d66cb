//! The keys of `[coupons.CODE]`.

use crate::config::schema::{Key, Kind, Need};
use crate::config::values::check;
use crate::core::coupon::Lasts;

/// What takes something off a price.
pub(super) const KEYS: &[Key] = &[
    Key {
        path: "coupons.*.percent",
        kind: Kind::Whole { min: 1, max: 100 },
        need: Need::Optional,
        sample: "10",
        doc: "How much is taken off a cycle, in percent, rounded down to a whole won. Or: amount.",
    },
    Key {
        path: "coupons.*.amount",
        kind: Kind::Amount,
        need: Need::Optional,
        sample: "5000",
        doc: "How much is taken off a cycle, in won; all of it if it is less. Never off a set-up fee.",
    },
    Key {
        path: "coupons.*.duration",
        kind: Kind::Text(check::<Lasts>),
        need: Need::Optional,
        sample: r#""3 cycles""#,
        doc: "\"once\", so many cycles in a row, or \"forever\"; from the first cycle that is charged.",
    },
    Key {
        path: "coupons.*.plans",
        kind: Kind::Names,
        need: Need::Optional,
        sample: r#"["basic"]"#,
        doc: "For which plans it can be redeemed; for all if it is left out.",
    },
];
