//! The wiring: the one module that knows everybody. It decides what starts and stops in which order.

mod control;
mod demo;
mod files;
mod listen;
mod logging;
mod notify;
pub mod sandbox;
pub mod serve;
pub mod simulator;

use crate::config::problems::Problems;
use crate::core::answer::{Answer, Finding, Unanswered};
use crate::core::order::Order;
use crate::gateway::iamport::decline::Codes;
use crate::gateway::iamport::settings::Mode;
use crate::gateway::iamport::verdict::{Judge, Verdict};
use crate::gateway::simulator::process::Reading;

/// Why a daemon ended before it was told to.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The configuration is wrong; starting again would not help.
    #[error("the configuration is wrong:\n{0}")]
    Configuration(Problems),
    /// What the database holds and what the configuration says contradict each other.
    #[error("{0}")]
    Contradiction(String),
    /// Anything else; a start may help.
    #[error(transparent)]
    Other(#[from] anyhow::Error),
}

/// How the simulated gateway in this process is read: by the client's own judgement, on a channel
/// that is live.
fn reading() -> Reading {
    Reading {
        charge: |status, body, order| judged_charge(status, body, order),
        find: |status, body, order| judged_find(status, body, order),
    }
}

fn judged_charge(status: u16, body: &[u8], order: &Order) -> Result<Answer, Unanswered> {
    match judge().charge(status, body, order) {
        Verdict::Said(answer) => Ok(answer),
        Verdict::Unauthorized(words) => Ok(Answer::Barred(words)),
        Verdict::Lost(words) => Err(Unanswered::Lost(words)),
    }
}

fn judged_find(status: u16, body: &[u8], order: &Order) -> Result<Finding, Unanswered> {
    match judge().find(status, body, order) {
        Verdict::Said(finding) => Ok(finding),
        Verdict::Unauthorized(words) | Verdict::Lost(words) => Err(Unanswered::Lost(words)),
    }
}

fn judge() -> Judge {
    Judge {
        mode: Mode::Live,
        codes: Codes::default(),
    }
}
