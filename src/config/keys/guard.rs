//! The keys of `[guard]`: what is too much to be charged without a person's word.

use crate::config::schema::{Key, Kind, Need};

/// The most won that a cap can name.
const WON_MAX: i64 = 1_000_000_000_000;

/// The most charges that a cap can name.
const CHARGES_MAX: i64 = 100_000_000;

/// The keys, in the order of the reference.
pub(super) const KEYS: &[Key] = &[
    cap(
        "guard.unforetold_charges_max",
        CHARGES_MAX,
        "1000",
        "Let out in 24 hours of what nobody could foresee a day before: subscriptions just added, and\n\
         # charges late by more than a day. What is more waits for dues approve. Or \"unlimited\".",
    ),
    cap(
        "guard.unforetold_won_max",
        WON_MAX,
        "30000000",
        "The same, as a sum in won.",
    ),
    cap(
        "guard.charges_per_day_max",
        CHARGES_MAX,
        "\"unlimited\"",
        "The most charges in 24 hours, foreseen or not. What is more waits for dues approve.",
    ),
    cap(
        "guard.won_per_day_max",
        WON_MAX,
        "\"unlimited\"",
        "The most won in 24 hours, foreseen or not: about three of your best days.",
    ),
    cap(
        "guard.price_rise_max",
        1_000,
        "3",
        "A plan's new price may be so many times its last one; dearer waits for dues approve.",
    ),
];

const fn cap(path: &'static str, max: i64, sample: &'static str, doc: &'static str) -> Key {
    Key {
        path,
        kind: Kind::Cap { max },
        need: Need::Default,
        sample,
        doc,
    }
}
