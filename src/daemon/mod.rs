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
