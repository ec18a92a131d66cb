//! `dues report`: what is on record, counted.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::table::{Side, Table};
use crate::cli::typed;
use crate::control::client::Client;
use crate::control::protocol::recovery::{Recovered, Recovery, Rung};
use crate::core::money::grouped;
use crate::core::share::{between, percent};

/// What to count.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Report {
    /// Shows what each rung of dunning recovered, and how sure that is
    Recovery {
        /// Only cycles that were declined since then: 2026-01-31T00:00:00+09:00 [default: all]
        #[arg(long, value_name = "RFC3339", value_parser = typed::instant)]
        since: Option<String>,
    },
}

const ABOUT: &str = "\
BETWEEN is where the true share lies, 95 of 100 times (Wilson). Of a plan it is the share of the declined
cycles that are over; of a rung, the share of its tries that paid. CLASS is the decline that led to the
rung; a rung is the k-th try after the first, by_hand a `dues retry`, new_card the first try of another card.";

pub(super) async fn report(
    report: Report,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let Report::Recovery { since } = report;
    let recovery = client.recovery(since.as_deref()).await?;
    output.one(&recovery, || shown(&recovery))?;
    Ok(Exit::Done)
}

fn shown(recovery: &Recovery) -> String {
    if recovery.plans.is_empty() {
        return "nothing was declined\n".to_owned();
    }
    let (plans, rungs) = (plans(&recovery.plans), rungs(&recovery.rungs));
    format!("{plans}\n{rungs}\n{ABOUT}\n")
}

fn plans(rows: &[Recovered]) -> Table<7> {
    let mut table = Table::new([
        ("plan", Side::Left),
        ("declined", Side::Right),
        ("recovered", Side::Right),
        ("waiting", Side::Right),
        ("share", Side::Right),
        ("between", Side::Right),
        ("won", Side::Right),
    ]);
    for row in rows {
        table.push([
            row.plan.clone(),
            row.declined.to_string(),
            row.recovered.to_string(),
            row.waiting.to_string(),
            share(row.recovered_bp),
            between(row.low_bp, row.high_bp),
            grouped(row.recovered_won),
        ]);
    }
    table
}

fn rungs(rows: &[Rung]) -> Table<8> {
    let mut table = Table::new([
        ("plan", Side::Left),
        ("class", Side::Left),
        ("rung", Side::Left),
        ("tries", Side::Right),
        ("recovered", Side::Right),
        ("share", Side::Right),
        ("between", Side::Right),
        ("won", Side::Right),
    ]);
    for row in rows {
        table.push([
            row.plan.clone(),
            row.class.clone(),
            row.rung.clone(),
            row.tries.to_string(),
            row.recovered.to_string(),
            share(row.recovered_bp),
            between(row.low_bp, row.high_bp),
            grouped(row.recovered_won),
        ]);
    }
    table
}

fn share(part: Option<u64>) -> String {
    part.map_or("-".to_owned(), percent)
}
