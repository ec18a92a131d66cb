//! What a daemon costs that holds many subscriptions, of which few are due: the real program on real
//! files, with databases of several sizes. What it costs should not grow with them.
//!
//! `cargo bench --bench size` compares 10,000 with 1,000,000 subscriptions;
//! `-- --subscriptions 10000,10000000` others; `-- --only cap`, `sizes`, `import` or `crowd` measures one
//! part, and `-- --import 100000 --crowd 100000` smaller ones.

mod fill;
mod measure;
mod shop;
#[path = "../machine/stolen.rs"]
mod stolen;

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Result;
use jiff::SignedDuration;

use crate::measure::{Burst, Recovery};
use crate::shop::{Gateway, Shop, now};
use crate::stolen::Stolen;

/// How many subscriptions are stored, unless somebody says otherwise.
const SIZES: [u32; 2] = [10_000, 1_000_000];

/// How many charges are due at once.
const BURST: u32 = 20_000;

/// The most requests in a second, where that is what is measured.
const CAP: u32 = 50;

/// Over what span the next cycles of those are spread that are not due today.
const MONTH: SignedDuration = SignedDuration::from_hours(27 * 24);

/// How many are due within the same minute, as all are on the 1st.
const CROWD: u32 = 1_000_000;

/// How many rows are imported.
const IMPORTED: u32 = 1_000_000;

/// What was measured of one size.
struct Found {
    start: Duration,
    idle: (Duration, u64),
    lag: (Duration, Duration),
    burst: Burst,
    recovery: Recovery,
    bytes: u64,
    bytes_a_charge: u64,
    /// In percent.
    stolen: u64,
}

fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    // Cargo says --bench when it benches; as a test this has nothing to show.
    if !words.iter().any(|word| word == "--bench") {
        return Ok(());
    }
    let option = |name: &str| words.iter().skip_while(|word| *word != name).nth(1);
    let only = option("--only").map(String::as_str);
    let is_wanted = |part: &str| only.is_none_or(|only| only == part);
    let sizes = match option("--subscriptions") {
        Some(sizes) => sizes
            .split(',')
            .map(str::parse)
            .collect::<Result<Vec<u32>, _>>()?,
        None => SIZES.to_vec(),
    };

    if is_wanted("cap") {
        cap()?;
    }
    if is_wanted("sizes") {
        compare(sizes)?;
    }
    if is_wanted("import") {
        import(option("--import").map_or(Ok(IMPORTED), |number| number.parse())?)?;
    }
    if is_wanted("crowd") {
        crowd(option("--crowd").map_or(Ok(CROWD), |number| number.parse())?)?;
    }
    Ok(())
}

/// The same of each size.
fn compare(sizes: Vec<u32>) -> Result<()> {
    let mut all = Vec::new();
    for size in sizes {
        let found = measure(size)?;
        tell(size, &found)?;
        all.push((size, found));
    }
    if let [(small, first), .., (large, last)] = all.as_slice() {
        let ratio = last.burst.took.as_micros() * 1_000 / first.burst.took.as_micros().max(1);
        say(&format!(
            "growth         {} times the time for {BURST} charges with {large} stored instead of {small} \
             (at most 1.250)",
            decimal(ratio)
        ))?;
    }
    Ok(())
}

fn measure(size: u32) -> Result<Found> {
    let gateway = Gateway::start()?;
    let mut shop = Shop::open(&gateway, "\"unlimited\"")?;
    // None is due while this goes on.
    let dues = (now() + SignedDuration::from_hours(48), MONTH);
    let filled = fill::fill(&shop.database(), size, dues)?;
    let bytes = std::fs::metadata(shop.database())?.len() / u64::from(size);
    say(&format!("\n{size} subscriptions, written in {filled:.1?}"))?;

    let stolen = Stolen::look()?;
    let start = measure::start(&mut shop)?;
    let idle = measure::idle(&mut shop)?;
    let lag = measure::lag(&mut shop, &gateway)?;
    let before = fill::size(&shop.database())?;
    let burst = measure::burst(&mut shop, &gateway, BURST)?;
    let bytes_a_charge = (fill::size(&shop.database())? - before) / u64::from(BURST);
    let recovery = measure::recovery(&mut shop, &gateway)?;
    Ok(Found {
        start,
        idle,
        lag,
        burst,
        recovery,
        bytes,
        bytes_a_charge,
        stolen: stolen.percent()?,
    })
}

fn tell(size: u32, found: &Found) -> Result<()> {
    let (worked, memory) = found.idle;
    say(&format!(
        "start          {:.0?} to the first answer (at most 300 ms)",
        found.start
    ))?;
    say(&format!(
        "idle           {worked:.0?} of a second on a processor (at most 1 ms), {memory} KiB (at most \
         40,960)"
    ))?;
    let (half, most) = found.lag;
    say(&format!(
        "lag            {half:.1?} in the median, {most:.1?} at the 99th percentile (at most 20 ms)"
    ))?;
    let burst = &found.burst;
    say(&format!(
        "burst          {BURST} charges due at once beside {size}: {:.1?}, {} KiB at most",
        burst.took, burst.memory_kib
    ))?;
    for (name, time) in &burst.pages {
        say(&format!(
            "  {name:<12} {time:.1?} at the 99th percentile meanwhile (at most 20 ms)"
        ))?;
    }
    say(&format!(
        "recovery       {:.0?} from a start after a kill with {} under way to the first answer, {:.0?} to \
         the first question about one, once the quiet period is over (at most 1 s)",
        found.recovery.answered,
        shop::IN_FLIGHT_MAX,
        found.recovery.asked
    ))?;
    say(&format!(
        "disk           {} bytes a subscription, {} more for it and its first charge\n\
         machine        {} % of the processors' time meanwhile went to others",
        found.bytes, found.bytes_a_charge, found.stolen
    ))
}

/// Very many that are due within the same minute.
fn crowd(number: u32) -> Result<()> {
    let gateway = Gateway::start()?;
    let mut shop = Shop::open(&gateway, "\"unlimited\"")?;
    let stolen = Stolen::look()?;
    let found = measure::crowd(&mut shop, &gateway, number)?;
    say(&format!(
        "\ncrowd          {number} due in one minute: charged in {:.1?}, {} KiB at most (at most 153,600)\n\
         \x20 status       {:.1?} at the 99th percentile meanwhile (at most 50 ms)\n\
         \x20 order        nobody overtaken by more than {} others ({} may be under way)\n\
         \x20 machine      {} % of the processors' time meanwhile went to others",
        found.took,
        found.memory_kib,
        found.status,
        found.overtaken,
        shop::IN_FLIGHT_MAX,
        stolen.percent()?,
    ))
}

/// The cap on requests, when there is more to do.
fn cap() -> Result<()> {
    let gateway = Gateway::start()?;
    let mut shop = Shop::open(&gateway, &CAP.to_string())?;
    let stolen = Stolen::look()?;
    let (second, least, most) = measure::cap(&mut shop, &gateway, CAP)?;
    say(&format!(
        "rate cap       at most {second} requests in a second (cap {CAP}), {least} to {most} in ten \
         (490 to 500 wanted)\n\
         machine        {} % of the processors' time meanwhile went to others",
        stolen.percent()?
    ))
}

/// Importing, beside what SQLite's own program takes for the same rows in a plain table.
fn import(rows: u32) -> Result<()> {
    let gateway = Gateway::start()?;
    let mut shop = Shop::open(&gateway, "\"unlimited\"")?;
    let stolen = Stolen::look()?;
    let ours = measure::import(&mut shop, rows)?;
    let beside = match measure::plain_import(rows)? {
        Some(plain) => format!(
            "sqlite3 {plain:.1?}: {} of its speed (at least 0.250)",
            decimal(plain.as_micros() * 1_000 / ours.as_micros().max(1))
        ),
        None => "no sqlite3 to compare".to_owned(),
    };
    say(&format!(
        "import         {ours:.1?} for {rows} rows, {beside}\n\
         machine        {} % of the processors' time meanwhile went to others",
        stolen.percent()?
    ))
}

fn decimal(per_mille: u128) -> String {
    format!("{}.{:03}", per_mille / 1_000, per_mille % 1_000)
}

fn say(text: &str) -> Result<()> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}
