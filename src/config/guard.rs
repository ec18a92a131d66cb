//! The settings of the money guard.

use serde::Deserialize;

use crate::config::raw::RawGuard;
use crate::core::guard::{Cap, Caps};

/// A cap as it is written: a number, or the word `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Limit {
    /// So much.
    At(i64),
    /// As much as there is.
    Word(Unlimited),
}

/// The word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Unlimited {
    /// No limit.
    Unlimited,
}

impl Limit {
    const fn most(self) -> Option<i64> {
        match self {
            Self::At(most) => Some(most),
            Self::Word(Unlimited::Unlimited) => None,
        }
    }
}

/// The caps that are configured.
pub(crate) fn caps(raw: &RawGuard) -> Caps {
    Caps {
        unforetold: Cap {
            charges: raw.unforetold_charges_max.most(),
            won: raw.unforetold_won_max.most(),
        },
        all: Cap {
            charges: raw.charges_per_day_max.most(),
            won: raw.won_per_day_max.most(),
        },
        price_rise_max: raw.price_rise_max.most(),
    }
}
