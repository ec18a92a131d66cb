//! Configuration: from text to a [`Config`] in which every value is valid, or to a list of
//! everything that is wrong, each with its file, its line and what to do. It reads files and
//! variables when it is asked to; it does not watch them, and it knows no clock.

mod build;
mod codes;
mod coupons;
pub mod credentials;
mod dates;
pub mod describe;
mod duration;
mod elsewhere;
mod fixed_day;
pub mod gateway;
mod guard;
mod keys;
mod kinds;
mod merge;
mod night;
mod phases;
mod plans;
pub mod problems;
mod raw;
pub mod reference;
mod schema;
pub mod secret;
pub mod sources;
mod strict;
mod suggest;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::config::credentials::Credentials;
use crate::config::gateway::Gateway;
use crate::config::problems::{Fault, Place, Problem, Problems, Report};
use crate::config::sources::Environment;
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::coupon::Coupon;
use crate::core::dunning::Ladder;
use crate::core::guard::Caps;
use crate::core::order::{Installation, PlanId};
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::window::Window;

/// Reads the file at `path`, `conf.d/*.toml` beside it in the order of their names, and the
/// variables, for `config check`. Later wins, but for plans: one is defined in one file. That
/// credentials are not there, or not for us to read, is a warning.
///
/// # Errors
/// [`Problems`]: everything that is wrong, sorted by file and line.
pub fn load(path: &Path, environment: &Environment) -> Result<Config, Problems> {
    let mut report = Report::default();
    let built = read(path, environment, Purpose::Check, &mut report);
    let (config, warnings) = report.close(built.map(|(config, _)| config))?;
    Ok(Config { warnings, ..config })
}

/// Reads the same for `serve`, which needs credentials and something to sell.
///
/// # Errors
/// [`Problems`]: everything that is wrong, sorted by file and line.
pub fn load_to_serve(
    path: &Path,
    environment: &Environment,
) -> Result<(Config, Credentials), Problems> {
    let mut report = Report::default();
    let built = read(path, environment, Purpose::Serve, &mut report);
    let complete = built.and_then(|(config, credentials)| Some((config, credentials?)));
    let ((config, credentials), warnings) = report.close(complete)?;
    Ok((Config { warnings, ..config }, credentials))
}

/// Where the daemon answers, as far as that can be made out: a command must reach a running daemon
/// though a file was broken since, or is not for this user to read.
pub fn socket(path: &Path, environment: &Environment) -> Option<PathBuf> {
    let mut report = Report::default();
    let sources = sources::read_all(path, &mut report);
    let raw = merge::merge(&sources, environment, &mut report)?;
    Some(raw.daemon.socket)
}

/// What a configuration is read for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Purpose {
    /// To charge: everything must be there.
    Serve,
    /// To be looked at, perhaps by somebody who may not read credentials.
    Check,
}

fn read(
    path: &Path,
    environment: &Environment,
    purpose: Purpose,
    report: &mut Report,
) -> Option<(Config, Option<Credentials>)> {
    let sources = sources::read_all(path, report);
    let raw = merge::merge(&sources, environment, report)?;
    let credentials = credentials::find(&raw.gateway, path, environment, purpose, report);
    if raw.plans.is_empty() && !report.has_unread() {
        refuse_emptiness(path, purpose, report);
    }
    Some((build::build(raw, report), credentials))
}

fn refuse_emptiness(path: &Path, purpose: Purpose, report: &mut Report) {
    let place = Place::new(0, &path.display().to_string(), 0, 0);
    let remedy = "write a [plans.ID] table with name, amount and every";
    let fault = Fault::new("there is nothing to sell", remedy);
    match purpose {
        Purpose::Serve => report.refuse(&place, "plans", &fault),
        Purpose::Check => report.warn(&place, "plans", &fault),
    }
}

/// A whole configuration, valid.
#[derive(Debug, Clone)]
pub struct Config {
    /// The process.
    pub daemon: Daemon,
    /// The gateway.
    pub gateway: Gateway,
    /// When money is collected.
    pub billing: Billing,
    /// The ladders by name; `standard` is always there.
    pub ladders: BTreeMap<String, Ladder>,
    /// The plans by id; there are some if it was loaded to serve.
    pub plans: BTreeMap<PlanId, ConfiguredPlan>,
    /// How much may be charged before a person has to approve it.
    pub guard: Caps,
    /// Maintenance.
    pub jobs: Jobs,
    /// What is allowed, but deserves a look; for `config check` and the log at start.
    pub warnings: Vec<Problem>,
}

/// The process.
#[derive(Debug, Clone)]
pub struct Daemon {
    /// Where the database and its backups are kept.
    pub state_dir: PathBuf,
    /// Where commands are answered; short enough for a socket's address.
    pub socket: PathBuf,
    /// The prefix of every `merchant_uid`.
    pub installation: Installation,
    /// Who may change things besides root and the daemon's own user.
    pub operators: Vec<Operator>,
    /// Where the log goes, in which form.
    pub log: LogForm,
    /// With fewer MiB free on the disk nobody is charged; 0 to watch nothing.
    pub disk_low_mib: u32,
}

/// Somebody who may change things.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Operator {
    /// By number.
    Uid(u32),
    /// By name; not looked up yet.
    User(String),
}

/// Where the log goes, in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogForm {
    /// The journal under systemd, else text.
    Auto,
    /// systemd's journal, with fields.
    Journal,
    /// Lines for people, on stderr.
    Text,
    /// JSON lines, on stderr.
    Json,
}

/// When money is collected.
#[derive(Debug, Clone)]
pub struct Billing {
    /// Where dates and times of day are local, unless a plan says otherwise.
    pub time_zone: TimeZone,
    /// The part of each day, in the plan's time zone, in which charges go out.
    pub charge_window: Window,
    /// What becomes of missed cycles, unless a plan says otherwise.
    pub catch_up: CatchUp,
    /// What becomes of a price that rises without consent, unless a plan says otherwise.
    pub without_consent: WithoutConsent,
}

/// A plan, and the name of its ladder, which exists.
#[derive(Debug, Clone)]
pub struct ConfiguredPlan {
    /// The plan.
    pub plan: Plan,
    /// The name of its ladder.
    pub dunning: String,
    /// The ladder itself.
    pub ladder: Ladder,
    /// What becomes of missed cycles.
    pub catch_up: CatchUp,
    /// What becomes of a price that rises without the customer's consent.
    pub without_consent: WithoutConsent,
    /// From which day on it is offered to subscribers of older versions.
    pub applies_from: Option<Date>,
    /// The coupons that can be redeemed for it.
    pub coupons: Vec<Coupon>,
}

/// Maintenance, at times of day in the billing time zone.
#[derive(Debug, Clone, Copy)]
pub struct Jobs {
    /// When the books are compared with the gateway's.
    pub reconcile_at: Time,
    /// When the database is backed up.
    pub backup_at: Time,
    /// How many backups are kept, at least 1.
    pub backups_kept: u16,
    /// After how many days entries of the journal move to files; never when there is none.
    pub journal_days: Option<u16>,
}

impl Config {
    /// How much longer than the client's own time-out an attempt waits for its answer, so that the
    /// client always speaks first while the process lives.
    pub const ANSWER_MARGIN: Duration = Duration::from_secs(15);

    /// How many requests one charge may take in a row: a token and the charge, and both once more
    /// when the token was refused. Each may take the whole time-out.
    pub const REQUESTS_PER_CHARGE: u32 = 4;

    /// The longest pause between two questions about one doubt.
    pub const ASK_AGAIN_MAX: Duration = Duration::from_hours(1);

    /// Each plan with the rules in force, in the order of ids.
    pub fn terms(&self) -> Vec<Terms> {
        let pace = self.pace();
        self.plans
            .values()
            .map(|configured| Terms {
                plan: configured.plan.clone(),
                ladder: configured.ladder.clone(),
                window: self.billing.charge_window,
                pace,
                catch_up: configured.catch_up,
                without_consent: configured.without_consent,
                applies_from: configured.applies_from,
                coupons: configured.coupons.clone(),
            })
            .collect()
    }

    /// How long to wait for the gateway.
    pub fn pace(&self) -> Pace {
        Pace {
            answer_within: self.gateway.request_timeout * Self::REQUESTS_PER_CHARGE
                + Self::ANSWER_MARGIN,
            quiet_period: self.gateway.quiet_period,
            ask_again_max: Self::ASK_AGAIN_MAX,
            uid_scope: self.gateway.merchant_uid_scope,
        }
    }
}
