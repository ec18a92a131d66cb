//! How many files may be open at once. Found out at the start: a daemon that runs out of them later
//! can neither send nor answer, and libraries below us end with a panic.

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// The most that are open besides the requests to the gateway: database, socket, commands, log.
const OWN: u64 = 48;

/// Makes room for this many requests at once, by raising the soft limit as far as that is needed.
///
/// # Errors
/// When the hard limit is too low.
pub(super) fn make_room(in_flight_max: u16) -> Result<()> {
    let wanted = OWN + u64::from(in_flight_max);
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return Ok(());
    }
    if let Some(maximum) = limit.maximum.filter(|maximum| *maximum < wanted) {
        bail!(
            "only {maximum} files may be open at once, and in_flight_max = {in_flight_max} takes \
             {wanted}: raise LimitNOFILE= of the unit, or lower in_flight_max"
        );
    }
    let raised = Rlimit {
        current: Some(wanted),
        maximum: limit.maximum,
    };
    setrlimit(Resource::Nofile, raised).context("cannot raise the limit of open files")
}
