//! The words that a person types, and what becomes of them. Commands speak to the daemon over its
//! socket and never touch its files. stdout is for data, stderr for talk.

mod add;
mod approve;
mod cards;
mod change;
mod changed;
mod check;
mod consent;
mod coupon;
mod doctor;
mod exit;
mod explain;
mod export;
pub mod import;
mod journal;
mod ladders;
mod list;
mod manner;
mod output;
mod pages;
mod plan;
mod preview;
mod reconcile;
mod report;
mod sandbox;
mod serve;
mod show;
mod sim;
mod simulator;
mod status;
mod table;
mod terms;
mod typed;
mod words;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Format, Output};
use crate::config::{self, sources::Environment};
use crate::control::client::Client;

/// Where the configuration is when nobody says.
const CONFIG: &str = "/etc/dues/dues.toml";

/// Where the daemon answers when nobody says and the configuration cannot be read.
const SOCKET: &str = "/run/dues/dues.sock";

const AFTER_HELP: &str = "\
Environment:
  DUES_CONFIG  the same as --config
  DUES_SOCKET  the same as --socket

Exit codes:
   0  done
   1  failed
   2  the command line is wrong, or the daemon cannot make sense of a value
   3  done in part: some rows were refused
   4  not permitted
   5  not found
   6  conflict with what is there
   7  the daemon cannot be reached
  10  something needs attention (dues doctor)
  78  the configuration is wrong";

/// Charges subscribers on their cycle through i'mport / PortOne V1.
#[derive(Debug, Parser)]
#[command(name = "dues", version, after_help = AFTER_HELP)]
struct Cli {
    #[command(flatten)]
    common: Common,
    #[command(subcommand)]
    command: Command,
}

/// What every command takes.
#[derive(Debug, Args)]
struct Common {
    /// The configuration [default: /etc/dues/dues.toml]
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Where the daemon answers [default: as configured]
    #[arg(long, global = true, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Write JSON, the same as -o json
    #[arg(long, global = true, conflicts_with = "output")]
    json: bool,
    /// How to write what was found
    #[arg(short, long, global = true, value_enum, value_name = "FORMAT")]
    output: Option<Format>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Shows it all on a simulated gateway: no account, no configuration, a day a second
    Sandbox(sandbox::Sandbox),
    /// Runs the daemon in the foreground
    Serve,
    /// Runs the simulated gateway over HTTP, for the daemon and for tests of your own
    Simulator(simulator::Simulator),
    /// Plays simulated worlds in which everything goes wrong, and checks every law after every step
    Sim(sim::Sim),
    #[command(flatten)]
    Ask(Ask),
    /// Looks at the configuration, without a daemon
    #[command(subcommand)]
    Config(check::Config),
}

/// What is asked of a running daemon.
#[derive(Debug, Subcommand)]
enum Ask {
    /// Shows whether all is well, and what is due, in doubt and held
    Status,
    /// Says what is wrong, one by one, and what to do about it
    Doctor,
    /// Adds a subscription
    Add(add::Add),
    /// Lists subscriptions
    List(list::List),
    /// Shows a subscription with its newest cycles, attempts and events
    Show(show::Show),
    /// Says why a subscription was, was not, or will be charged
    Explain(explain::Explain),
    /// Shows what will be charged: of a subscription, of a plan, or of everybody until a day
    Preview(preview::Ahead),
    /// Stops charging a subscription until it is resumed, or until a day
    Pause(change::Pausing),
    /// Charges a paused subscription again
    Resume(change::Resuming),
    /// Stops charging a subscription for a reason of yours, until it is reactivated
    Suspend(change::Named),
    /// Charges a suspended subscription again
    Reactivate(change::Resuming),
    /// Ends a subscription for good, now or with its period
    Cancel(change::Canceling),
    /// Takes back an end that is still to come
    Uncancel(change::Named),
    /// Lifts the hold of a subscription, or the one on everybody after a restored backup
    Release(change::Releasing),
    /// Lets out a batch of charges that is held because nobody foretold it, or because it is too much
    Approve(approve::Approve),
    /// Counts what is on record
    #[command(subcommand)]
    Report(report::Report),
    /// Compares the payments of the last weeks with the gateway's books, now instead of tonight
    Reconcile,
    /// Shows and applies newer versions of plans for those who subscribed before
    #[command(subcommand)]
    Plan(plan::Plan),
    /// Writes down that a customer agreed to a price that rises, or that follows on something free
    Consent(consent::Given),
    /// Lists whom to ask for consent, because a price rises within 30 days
    Consents(consent::Wanted),
    /// Changes the plan of a subscription, from its next cycle on or now
    ChangePlan(terms::Changing),
    /// Changes how many a subscription has of what its plan sells, from its next cycle on or now
    ChangeQuantity(terms::Counting),
    /// Skips the cycle that waits to be charged; the one after it is charged as usual
    Skip(change::Skipping),
    /// Redeems a coupon for a subscription, from its next cycle on
    Coupon(coupon::Redeeming),
    /// Takes the coupon of a subscription away, from its next cycle on; what was tried keeps its price
    Uncoupon(change::Named),
    /// Tries a cycle that was declined now, within the charge window; its ladder stays where it is
    Retry(change::Retrying),
    /// Charges another card from now on, at once if a declined cycle is owed
    Card(change::Card),
    /// Lists whom to ask for another card, because theirs expires before a charge of the next 30 days
    Cards(cards::Expiring),
    /// Adds the subscriptions of a CSV file; doing it again changes nothing
    #[command(after_help = import::COLUMNS_HELP)]
    Import(import::Import),
    /// Writes everything there is, one object a line
    Export(export::Export),
}

/// Does what the command line says.
pub fn run() -> ExitCode {
    run_with(std::env::args_os(), &Environment::of_process()).into()
}

fn run_with(words: impl Iterator<Item = OsString>, environment: &Environment) -> Exit {
    let cli = match Cli::try_parse_from(words) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to be told when this cannot be written.
            error.print().ok();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Done
            };
        }
    };
    match carry_out(cli, environment) {
        Ok(exit) => exit,
        Err(failure) => failure.tell(),
    }
}

fn carry_out(cli: Cli, environment: &Environment) -> Result<Exit, Failure> {
    let Cli { common, command } = cli;
    let mut output = Output::new(common.format());
    match command {
        Command::Sandbox(sandbox) => sandbox::run(&sandbox),
        Command::Serve => serve::run(&common.config(environment)),
        Command::Simulator(simulator) => simulator::run(&simulator),
        Command::Sim(sim) => {
            let own = match (&common.config, sim.is_about_dunning()) {
                (Some(path), true) => check::ladders(path, environment)?,
                (Some(_) | None, _) => Vec::new(),
            };
            sim::run(&sim, own, &mut output)
        }
        Command::Config(config) => check::check(
            config,
            &common.config(environment),
            environment,
            &mut output,
        ),
        Command::Ask(ask) => {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(|error| Failure::new(Exit::Failed, error).doing("cannot start"))?;
            let client = Client::new(&common.socket(environment))?;
            runtime.block_on(carry_over(ask, &client, &mut output))
        }
    }
}

/// The commands that speak to the daemon.
async fn carry_over(ask: Ask, client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    match ask {
        Ask::Status => status::status(client, output).await,
        Ask::Doctor => doctor::doctor(client, output).await,
        Ask::Add(add) => add::add(add, client, output).await,
        Ask::List(list) => list::list(list, client, output).await,
        Ask::Show(show) => show::show(show, client, output).await,
        Ask::Explain(explain) => explain::explain(explain, client, output).await,
        Ask::Preview(ahead) => preview::preview(ahead, client, output).await,
        Ask::Pause(pausing) => change::pause(pausing, client, output).await,
        Ask::Resume(resuming) => change::resume(resuming, client, output).await,
        Ask::Suspend(named) => change::suspend(named, client, output).await,
        Ask::Reactivate(resuming) => change::reactivate(resuming, client, output).await,
        Ask::Cancel(canceling) => change::cancel(canceling, client, output).await,
        Ask::Uncancel(named) => change::uncancel(named, client, output).await,
        Ask::Release(releasing) => change::release(releasing, client, output).await,
        Ask::Approve(approve) => approve::approve(approve, client, output).await,
        Ask::Plan(plan) => plan::plan(plan, client, output).await,
        Ask::Consent(given) => consent::consent(given, client, output).await,
        Ask::Consents(wanted) => consent::consents(wanted, client, output).await,
        Ask::ChangePlan(changing) => terms::change_plan(changing, client, output).await,
        Ask::ChangeQuantity(counting) => terms::change_quantity(counting, client, output).await,
        Ask::Skip(skipping) => change::skip(skipping, client, output).await,
        Ask::Coupon(redeeming) => coupon::coupon(redeeming, client, output).await,
        Ask::Uncoupon(named) => coupon::uncoupon(named, client, output).await,
        Ask::Retry(retrying) => change::retry(retrying, client, output).await,
        Ask::Report(report) => report::report(report, client, output).await,
        Ask::Reconcile => reconcile::reconcile(client, output).await,
        Ask::Card(card) => change::card(card, client, output).await,
        Ask::Cards(expiring) => cards::cards(expiring, client, output).await,
        Ask::Import(import) => import::import(import, client, output).await,
        Ask::Export(export) => export::export(export, client, output).await,
    }
}

impl Common {
    fn format(&self) -> Option<Format> {
        if self.json {
            Some(Format::Json)
        } else {
            self.output
        }
    }

    fn config(&self, environment: &Environment) -> PathBuf {
        let named = || environment.get("DUES_CONFIG").map(PathBuf::from);
        self.config
            .clone()
            .or_else(named)
            .unwrap_or_else(|| CONFIG.into())
    }

    fn socket(&self, environment: &Environment) -> PathBuf {
        let configured = || config::socket(&self.config(environment), environment);
        let named = || environment.get("DUES_SOCKET").map(PathBuf::from);
        self.socket
            .clone()
            .or_else(named)
            .or_else(configured)
            .unwrap_or_else(|| SOCKET.into())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_socket_is_where_the_nearest_word_says() {
        let common = |socket: Option<&str>| Common {
            config: Some("/nowhere/dues.toml".into()),
            socket: socket.map(PathBuf::from),
            json: false,
            output: None,
        };
        let nothing = Environment::default();
        let variable = Environment::from([("DUES_SOCKET", "/b")]);
        assert_eq!(common(Some("/a")).socket(&variable), PathBuf::from("/a"));
        assert_eq!(common(None).socket(&variable), PathBuf::from("/b"));
        assert_eq!(common(None).socket(&nothing), PathBuf::from(SOCKET));
    }
}
