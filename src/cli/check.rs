//! `dues config check`: offline, for it is asked before a daemon runs.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Output, say};
use crate::config::describe::describe;
use crate::config::{self, sources::Environment};
use crate::core::counted::counted;
use crate::core::dunning::Ladder;

/// What to do with the configuration.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Config {
    /// Shows each plan in words with its next dues, or everything that is wrong
    Check {
        /// The file to look at [default: as --config says]
        file: Option<PathBuf>,
    },
}

/// The ladders of a configuration, by name.
///
/// # Errors
/// When it is wrong: everything that is, is said.
pub(super) fn ladders(
    path: &Path,
    environment: &Environment,
) -> Result<Vec<(String, Ladder)>, Failure> {
    let config = config::load(path, environment)
        .map_err(|problems| Failure::said(Exit::BadConfiguration, problems.to_string()))?;
    Ok(config.ladders.into_iter().collect())
}

pub(super) fn check(
    config: Config,
    path: &Path,
    environment: &Environment,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let Config::Check { file } = config;
    let path = file.as_deref().unwrap_or(path);
    let config = match config::load(path, environment) {
        Ok(config) => config,
        Err(problems) => {
            problems
                .iter()
                .for_each(|problem| say(&problem.to_string()));
            let count = counted(problems.count(), "problem");
            say(&format!("dues: {}: {count}", path.display()));
            return Ok(Exit::BadConfiguration);
        }
    };

    let lines = describe(&config, now());
    output.one(&lines, || lines.join("\n") + "\n")?;
    for warning in &config.warnings {
        say(&format!("warning: {warning}"));
    }
    Ok(Exit::Done)
}

#[allow(
    clippy::disallowed_methods,
    reason = "there is no daemon to ask, and nothing is charged by it"
)]
fn now() -> Timestamp {
    Timestamp::now()
}
