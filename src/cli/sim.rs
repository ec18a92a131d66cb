//! `dues sim`: everything goes wrong, in worlds that seeds draw, and the laws are checked after every
//! step. Or, with `--dunning`, ladders of retries are compared on a simulated population.

use std::io::Write;
use std::sync::atomic::{AtomicU64, Ordering};

use clap::{Args, value_parser};

use crate::cli::exit::{Exit, Failure};
use crate::cli::ladders::{self, Populations};
use crate::cli::output::Output;
use crate::core::dunning::Ladder;
use crate::sim::{Certificate, Failed, Fleet};

/// Which seeds.
#[derive(Debug, Clone, Args)]
pub(super) struct Sim {
    /// How many seeds to play [default: 100; with --dunning 4]
    #[arg(long, value_name = "N", value_parser = value_parser!(u64).range(1..))]
    seeds: Option<u64>,
    /// The first of them
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// Play every so-many-th seed twice, and compare
    #[arg(long, value_name = "N", default_value_t = 50, value_parser = value_parser!(u64).range(1..))]
    twice_every: u64,
    /// Compare ladders of retries on simulated populations instead; with --config your own as well
    #[arg(long)]
    dunning: bool,
    /// How many people a population has
    #[arg(
        long,
        value_name = "N",
        requires = "dunning",
        default_value_t = 5_000,
        value_parser = value_parser!(u64).range(1..)
    )]
    people: u64,
}

impl Sim {
    /// Whether it compares ladders.
    pub(super) const fn is_about_dunning(&self) -> bool {
        self.dunning
    }
}

/// How many seeds are played when nobody says.
const WORLDS: u64 = 100;
const POPULATIONS: u64 = 4;

/// How often progress is told.
const TELL_EVERY: u64 = 1_000;

/// How many lines of a failed seed are shown, the last ones.
const LINES_MAX: usize = 200;

/// Plays them. Fails when a law was broken, or when something was never met that should have been.
pub(super) fn run(
    sim: &Sim,
    own: Vec<(String, Ladder)>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    if sim.dunning {
        let populations = Populations {
            first: sim.seed,
            seeds: sim.seeds.unwrap_or(POPULATIONS),
            people: sim.people,
        };
        return ladders::compare(populations, own, output);
    }
    let seeds = sim.seeds.unwrap_or(WORLDS);
    let fleet = Fleet {
        first: sim.seed,
        seeds,
        twice_every: sim.twice_every,
    };
    let done = AtomicU64::new(0);
    let said = || {
        let done = done.fetch_add(1, Ordering::Relaxed) + 1;
        if done.is_multiple_of(TELL_EVERY) {
            // Nobody is left to be told when this cannot be written.
            writeln!(std::io::stderr().lock(), "{done} of {seeds} seeds").ok();
        }
    };
    let certificate = fleet
        .play(&said)
        .map_err(|why| Failure::new(Exit::Failed, why))?;
    tell(&certificate)?;
    if certificate.holds() {
        Ok(Exit::Done)
    } else {
        let what = "the run above does not hold what it should: that is a bug";
        Err(Failure::said(Exit::Failed, what.to_owned()))
    }
}

fn tell(certificate: &Certificate) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    write!(stdout, "{certificate}")?;
    for Failed { seed, why, lines } in &certificate.failed {
        writeln!(stdout, "\nseed {seed}: {why}\n")?;
        let skipped = lines.len().saturating_sub(LINES_MAX);
        if skipped > 0 {
            writeln!(stdout, "  ({skipped} lines before)")?;
        }
        for line in lines.iter().skip(skipped) {
            writeln!(stdout, "  {line}")?;
        }
        writeln!(stdout, "\nagain: dues sim --seeds 1 --seed {seed}")?;
    }
    stdout.flush()?;
    Ok(())
}
