//! `dues sim --dunning`: what ladders of retries recover on simulated populations, side by side.

use serde::Serialize;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::table::{Side, Table};
use crate::core::dunning::Ladder;
use crate::core::money::grouped;
use crate::core::share::{Share, between, percent};
use crate::sim::dunning::{self, Comparison, Contender, Row};

/// Which people.
#[derive(Debug, Clone, Copy)]
pub(super) struct Populations {
    /// The first seed.
    pub(super) first: u64,
    /// How many seeds: one population each.
    pub(super) seeds: u64,
    /// How many people each has.
    pub(super) people: u64,
}

/// Ladders compared, as JSON has them. Parts are in hundredths of a percent.
#[derive(Debug, Serialize)]
struct Compared<'a> {
    people: u64,
    declined: u64,
    ladders: Vec<Line<'a>>,
}

#[derive(Debug, Serialize)]
struct Line<'a> {
    ladder: &'a str,
    recovered: u64,
    recovered_bp: Option<u64>,
    low_bp: u64,
    high_bp: u64,
    retries: u64,
}

const ORACLE: &str = "who knows the balances";

const ABOUT: &str = "\
Of those whose first charge was declined: how many were paid within a month (with the interval in which
the true share lies, 95 of 100 times), by how many more tries. Nobody measured these people: every number
about them is an assumption, listed in docs/dunning.md.";

/// Compares the default, the ladders of others and those of a configuration.
pub(super) fn compare(
    populations: Populations,
    own: Vec<(String, Ladder)>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let mut contenders = vec![Contender::standard()];
    contenders.extend(Contender::fixed());
    let is_other = |(_, ladder): &(String, Ladder)| *ladder != Ladder::standard();
    let own = own.into_iter().filter(is_other);
    contenders.extend(own.map(|(name, ladder)| Contender::configured(&name, ladder)));

    let Populations {
        first,
        seeds,
        people,
    } = populations;
    let seeds = (0..seeds).map(|place| first.saturating_add(place));
    let compared = dunning::compare(seeds, people, &contenders)
        .map_err(|why| Failure::new(Exit::Failed, why))?;
    output.one(&dto(&compared), || shown(&compared))?;
    Ok(Exit::Done)
}

/// Every row, and the oracle's: one try for each whom it recovers.
fn rows(compared: &Comparison) -> impl Iterator<Item = (&str, Share, u64)> {
    let of_row = |row: &Row| (row.recovered, row.retries);
    let ladders = compared.rows.iter();
    let ladders = ladders.map(move |row| (row.name.as_str(), of_row(row)));
    let oracle = (ORACLE, (compared.oracle, compared.oracle.hits()));
    ladders
        .chain(std::iter::once(oracle))
        .map(|(name, (recovered, retries))| (name, recovered, retries))
}

fn dto(compared: &Comparison) -> Compared<'_> {
    let line = |(ladder, recovered, retries): (_, Share, _)| {
        let (low_bp, high_bp) = recovered.interval();
        Line {
            ladder,
            recovered: recovered.hits(),
            recovered_bp: recovered.part(),
            low_bp,
            high_bp,
            retries,
        }
    };
    Compared {
        people: compared.people,
        declined: compared.declined,
        ladders: rows(compared).map(line).collect(),
    }
}

fn shown(compared: &Comparison) -> String {
    let mut table = Table::new([
        ("ladder", Side::Left),
        ("recovered", Side::Right),
        ("between", Side::Right),
        ("retries", Side::Right),
        ("for one", Side::Right),
    ]);
    for (name, recovered, retries) in rows(compared) {
        let (low, high) = recovered.interval();
        let tenths = (retries * 10).checked_div(recovered.hits());
        table.push([
            name.to_owned(),
            recovered.part().map_or("-".to_owned(), percent),
            between(low, high),
            count(retries),
            tenths.map_or("-".to_owned(), |tenths| {
                format!("{}.{}", tenths / 10, tenths % 10)
            }),
        ]);
    }
    format!(
        "{} people were charged once, {} of them were declined.\n\n{table}\n{ABOUT}\n",
        count(compared.people),
        count(compared.declined)
    )
}

fn count(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}
