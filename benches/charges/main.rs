//! How fast charges go through, beside what the same machine can do in the same minutes: a bare HTTP
//! loop against the same simulated gateway, and the width of the pipe. `cargo bench --bench charges`,
//! or with `-- --quick` for a first impression.
//!
//! Gateway, loop and daemon are processes of their own, so that each has its own memory to show and
//! they compete for the processors as in life. This one only starts them and does the sums.

mod bare;
mod daemon;
mod gateway;
#[path = "../machine/stolen.rs"]
mod stolen;

use std::io::{self, Write};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::gateway::Gateway;
use crate::stolen::Stolen;

/// How often everything is measured. The median counts: other work disturbs single rounds.
const ROUNDS: usize = 5;

/// The numbers of requests under way at which the bare loop may show its best.
const CONCURRENCIES: [u32; 5] = [8, 16, 32, 64, 128];

/// The number of charges that the daemon may have under way, where the gateway takes no time: as many as
/// the bare loop. More are no faster, and each costs 30 KiB.
const IN_FLIGHT_AT_ONCE: u32 = 128;

/// A gateway that takes its time.
#[derive(Debug, Clone, Copy)]
struct Slow {
    /// How many charges the daemon may have under way.
    in_flight_max: u32,
    /// The time that the gateway takes for an answer.
    latency_ms: u64,
    /// How much of what fits through the pipe is wanted, in thousandths.
    wanted: u64,
}

/// As a gateway and the bank behind it are on a good day, and on a bad one.
const SLOW: [Slow; 2] = [
    Slow {
        in_flight_max: 256,
        latency_ms: 200,
        wanted: 900,
    },
    Slow {
        in_flight_max: 1_000,
        latency_ms: 1_000,
        wanted: 950,
    },
];

/// How many charges are measured.
#[derive(Debug, Clone, Copy)]
struct Sizes {
    /// By the bare loop as well, so that the gateway's books are as long.
    at_once: u32,
    /// So many times what may be under way, where the gateway takes its time.
    waves: u32,
}

const FULL: Sizes = Sizes {
    at_once: 20_000,
    waves: 50,
};

const QUICK: Sizes = Sizes {
    at_once: 5_000,
    waves: 10,
};

/// What a process that charged has to tell: printed by it as two numbers, and read from it.
#[derive(Debug, Clone, Copy)]
struct Measured {
    charges: u32,
    micros: u64,
    memory_kib: u64,
}

impl Measured {
    fn per_second(self) -> u64 {
        u64::from(self.charges) * 1_000_000 / self.micros.max(1)
    }
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["gateway"] => gateway::play(),
        ["bare", url, charges, concurrency] => {
            tell(bare::run(url, charges.parse()?, concurrency.parse()?)?)
        }
        ["daemon", url, charges, in_flight_max] => {
            tell(daemon::run(url, charges.parse()?, in_flight_max.parse()?)?)
        }
        // Cargo says --bench when it benches; as a test this has nothing to show.
        words if !words.contains(&"--bench") => Ok(()),
        words if words.contains(&"--quick") => measure(QUICK),
        _ => measure(FULL),
    }
}

fn tell(measured: Measured) -> Result<()> {
    say(&format!("{} {}", measured.micros, measured.memory_kib))
}

fn measure(sizes: Sizes) -> Result<()> {
    throughput(sizes.at_once)?;
    for slow in SLOW {
        pipeline(slow, sizes.waves)?;
    }
    Ok(())
}

/// Beside the bare loop at its best concurrency, which runs before and after: what sways the machine
/// sways both.
fn throughput(charges: u32) -> Result<()> {
    say(&format!(
        "{charges} charges at once, {IN_FLIGHT_AT_ONCE} under way, against a gateway without latency\n"
    ))?;
    let concurrency = best_concurrency(charges)?;
    say("\nround   bare/s before   after      dues/s   ratio  memory/KiB  stolen")?;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let stolen = Stolen::look()?;
        let before = bare(charges, concurrency)?.per_second();
        let dues = charge(charges, IN_FLIGHT_AT_ONCE, 0)?;
        let after = bare(charges, concurrency)?.per_second();
        let ratio = per_mille(dues.per_second(), before.midpoint(after));
        say(&format!(
            "{round:>5}  {before:>14}  {after:>6}  {:>10}   {}  {:>10}  {:>4} %",
            dues.per_second(),
            decimal(ratio),
            dues.memory_kib,
            stolen.percent()?
        ))?;
        ratios.push(ratio);
    }
    say(&format!(
        "median ratio {} (at least 0.500)\n",
        decimal(median(&mut ratios))
    ))
}

/// Beside what fits through the pipe.
fn pipeline(slow: Slow, waves: u32) -> Result<()> {
    let (in_flight_max, latency_ms) = (slow.in_flight_max, slow.latency_ms);
    let wide = u64::from(in_flight_max) * 1_000 / latency_ms;
    let charges = waves * in_flight_max;
    say(&format!(
        "{charges} charges at once, {in_flight_max} under way, {latency_ms} ms latency\n\n\
         round     limit/s      dues/s   ratio  memory/KiB  stolen",
    ))?;
    let mut ratios = Vec::new();
    for round in 1..=ROUNDS {
        let stolen = Stolen::look()?;
        let dues = charge(charges, in_flight_max, latency_ms)?;
        let ratio = per_mille(dues.per_second(), wide);
        say(&format!(
            "{round:>5}  {wide:>10}  {:>10}   {}  {:>10}  {:>4} %",
            dues.per_second(),
            decimal(ratio),
            dues.memory_kib,
            stolen.percent()?
        ))?;
        ratios.push(ratio);
    }
    say(&format!(
        "median ratio {} (at least {})\n",
        decimal(median(&mut ratios)),
        decimal(slow.wanted)
    ))
}

/// The concurrency at which the bare loop is at its best.
fn best_concurrency(charges: u32) -> Result<u32> {
    let mut best = (0, 0);
    for concurrency in CONCURRENCIES {
        let reached = bare(charges, concurrency)?.per_second();
        say(&format!(
            "bare loop, {concurrency:>3} at a time: {reached}/s"
        ))?;
        best = best.max((reached, concurrency));
    }
    Ok(best.1)
}

/// The bare loop, and the gateway's word that it charged everybody.
fn bare(charges: u32, concurrency: u32) -> Result<Measured> {
    let gateway = Gateway::start()?;
    let (many, wide) = (charges.to_string(), concurrency.to_string());
    let measured = spawn(&["bare", gateway.url(), &many, &wide], charges)?;
    ensure!(
        gateway.books()?.payments == u64::from(charges),
        "the bare loop was refused charges"
    );
    Ok(measured)
}

/// The daemon's engine, and the gateway's word that it charged everybody once.
fn charge(charges: u32, in_flight_max: u32, latency_ms: u64) -> Result<Measured> {
    let gateway = Gateway::start()?;
    gateway.set_latency(latency_ms)?;
    let (many, wide) = (charges.to_string(), in_flight_max.to_string());
    let measured = spawn(&["daemon", gateway.url(), &many, &wide], charges)?;
    let books = gateway.books()?;
    ensure!(
        books.payments == u64::from(charges) && books.double_charges == 0,
        "{charges} were to be charged once each, and the gateway has {books:?}"
    );
    Ok(measured)
}

/// Runs a part of this program in a process of its own and reads what it measured.
fn spawn(arguments: &[&str], charges: u32) -> Result<Measured> {
    let output = Command::new(std::env::current_exe()?)
        .args(arguments)
        .output()
        .context("cannot start a part of this bench")?;
    if !output.status.success() {
        bail!(
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr).trim()
        );
    }
    let told = String::from_utf8(output.stdout)?;
    let (micros, memory_kib) = told.trim().split_once(' ').context("two numbers")?;
    Ok(Measured {
        charges,
        micros: micros.parse()?,
        memory_kib: memory_kib.parse()?,
    })
}

/// The most memory that this process ever held at once.
fn memory_peak_kib() -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .context("no VmHWM in /proc/self/status")?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}

fn median(ratios: &mut [u64]) -> u64 {
    ratios.sort_unstable();
    ratios.get(ratios.len() / 2).copied().unwrap_or(0)
}

fn per_mille(part: u64, whole: u64) -> u64 {
    part * 1_000 / whole.max(1)
}

fn decimal(per_mille: u64) -> String {
    format!("{}.{:03}", per_mille / 1_000, per_mille % 1_000)
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}
