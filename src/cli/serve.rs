//! `dues serve`: the daemon, in the foreground.

use std::path::Path;

use crate::cli::exit::{Exit, Failure};
use crate::daemon;
use crate::daemon::serve;

/// Runs it until it is told to stop. systemd does not try a wrong configuration again.
pub(super) fn run(config: &Path) -> Result<Exit, Failure> {
    match serve::run(config) {
        Ok(()) => Ok(Exit::Done),
        Err(daemon::Failure::Other(why)) => Err(Failure::new(Exit::Failed, why)),
        Err(why @ (daemon::Failure::Configuration(_) | daemon::Failure::Contradiction(_))) => {
            Err(Failure::new(Exit::BadConfiguration, why))
        }
    }
}
