//! The ladders that are compared: ours, and those of others.

use std::time::Duration;

use crate::core::dunning::{EndAction, Ladder};

/// A ladder, and how it reads declines.
#[derive(Debug, Clone)]
pub struct Contender {
    /// What people call it.
    pub name: String,
    /// Its rungs.
    pub ladder: Ladder,
    /// How it reads declines.
    pub reads: Reads,
}

/// How declines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    /// By their class, as production does.
    Classes,
    /// All alike: whoever has one interval for everything tries a dead card again as well.
    Alike,
}

impl Contender {
    /// The ladder of a plan that names none.
    pub fn standard() -> Self {
        Self {
            name: "dues, the default".to_owned(),
            ladder: Ladder::standard(),
            reads: Reads::Classes,
        }
    }

    /// The ladders of others, each for every decline alike. `daily` goes on for as long as dues lets
    /// any ladder: [`Ladder::DECLINES_CEILING`] declines.
    pub fn fixed() -> [Self; 3] {
        let daily: Vec<u64> = (1..u64::from(Ladder::DECLINES_CEILING)).collect();
        [
            Self::alike("every 8 days, 3 times", &[8, 16, 24]),
            Self::alike("after 3, 5 and 7 days", &[3, 8, 15]),
            Self::alike("daily until success", &daily),
        ]
    }

    /// A ladder of a configuration.
    pub fn configured(name: &str, ladder: Ladder) -> Self {
        Self {
            name: format!("yours: {name}"),
            ladder,
            reads: Reads::Classes,
        }
    }

    fn alike(name: &str, days: &[u64]) -> Self {
        let rung = |days: &u64| Duration::from_hours(24 * days);
        let rungs: Vec<Duration> = days.iter().map(rung).collect();
        Self {
            name: name.to_owned(),
            ladder: Ladder {
                funds: rungs.clone(),
                technical: rungs.clone(),
                generic: rungs,
                paydays: Vec::new(),
                declines_max: Ladder::DECLINES_CEILING,
                grace: Duration::ZERO,
                end_action: EndAction::Suspend,
            },
            reads: Reads::Alike,
        }
    }
}
