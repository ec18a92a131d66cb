//! What is measured of a daemon that holds many subscriptions, each by itself.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread::sleep;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

use crate::fill;
use crate::shop::{Gateway, IN_FLIGHT_MAX, Shop, now};

/// How often a start is timed.
const STARTS: usize = 5;

/// How long a daemon that has nothing to do is watched, after it came to rest: what it does each half minute is
/// in it four times.
const WATCHED: Duration = Duration::from_mins(2);

/// How long coming to rest takes.
const REST: Duration = Duration::from_secs(5);

/// How many charges are timed one by one, and how far apart they are due.
const ALONE: u32 = 100;
const APART: SignedDuration = SignedDuration::from_millis(150);

/// How many times each page is asked for.
const ASKED: usize = 200;

/// How long before they are due subscriptions are imported.
const AHEAD: SignedDuration = SignedDuration::from_secs(12);

/// The longest that very many may take.
const CROWDED: Duration = Duration::from_mins(15);

/// The longest that any number of charges here may take.
const LONGEST: Duration = Duration::from_mins(5);

/// From the start of the process to the first answer; the median of a few.
pub(crate) fn start(shop: &mut Shop) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(shop.start()?);
        shop.stop()?;
    }
    Ok(nth(&mut times, 50))
}

/// Of a daemon that has nothing to do: time on a processor in a second of the clock, and memory in KiB.
pub(crate) fn idle(shop: &mut Shop) -> Result<(Duration, u64)> {
    shop.start()?;
    sleep(REST);
    let before = shop.worked()?;
    sleep(WATCHED);
    let worked = shop.worked()?.saturating_sub(before);
    let memory = shop.memory_kib("VmRSS")?;
    shop.stop()?;
    Ok((worked / u32::try_from(WATCHED.as_secs())?, memory))
}

/// From the instant at which one charge is due to its request at the gateway: median and 99th percentile.
pub(crate) fn lag(shop: &mut Shop, gateway: &Gateway) -> Result<(Duration, Duration)> {
    let before = gateway.charged();
    let first = whole_second(AHEAD)?;
    let mut rows = String::new();
    let mut due = Vec::new();
    for number in 0..ALONE {
        let at = first + APART * i32::try_from(number)?;
        rows.push_str(&row("alone", number, at));
        due.push(at);
    }
    shop.start()?;
    shop.import(&rows)?;
    gateway.wait_for(before + due.len(), LONGEST)?;
    shop.stop()?;

    let came_at = gateway.came_at().split_off(before);
    let mut lags = Vec::new();
    for (due, came) in due.iter().zip(&came_at) {
        let lag = came.duration_since(*due);
        lags.push(Duration::try_from(lag).context("a charge came before it was due")?);
    }
    Ok((nth(&mut lags, 50), nth(&mut lags, 99)))
}

/// Many charges that are due at the same instant.
pub(crate) struct Burst {
    /// From the instant at which they are due to the last request.
    pub(crate) took: Duration,
    /// The most memory that the daemon held, in KiB.
    pub(crate) memory_kib: u64,
    /// Each page, with the 99th percentile of its answers meanwhile.
    pub(crate) pages: Vec<(&'static str, Duration)>,
}

/// Charges many at once, and asks for pages while they go out.
pub(crate) fn burst(shop: &mut Shop, gateway: &Gateway, charges: u32) -> Result<Burst> {
    const PAGES: [(&str, &str); 5] = [
        ("status", "/v1/status"),
        ("list", "/v1/subscriptions?limit=100"),
        ("show", "/v1/subscriptions/burst-7"),
        ("explain", "/v1/subscriptions/burst-8/explain"),
        ("preview", "/v1/subscriptions/burst-9/preview"),
    ];
    let before = gateway.charged();
    let due = whole_second(AHEAD + SignedDuration::from_micros(i64::from(charges) * 40))?;
    let rows: String = (0..charges)
        .map(|number| row("burst", number, due))
        .collect();
    shop.start()?;
    shop.import(&rows)?;
    ensure!(now() < due, "the import took until the charges were due");
    gateway.wait_for(before + 1, LONGEST)?;

    let mut times: Vec<(&str, Vec<Duration>)> = Vec::new();
    times.extend(PAGES.map(|(name, _)| (name, Vec::new())));
    while gateway.charged() < before + usize::try_from(charges)? {
        for ((_, path), (_, times)) in PAGES.iter().zip(&mut times) {
            if times.len() < ASKED {
                times.push(shop.get(path)?);
            }
        }
        sleep(Duration::from_millis(5));
    }
    let last = gateway.came_at().last().copied().context("no charge")?;
    let memory_kib = shop.memory_kib("VmHWM")?;
    shop.stop()?;

    let pages = times.into_iter();
    Ok(Burst {
        took: Duration::try_from(last.duration_since(due))?,
        memory_kib,
        pages: pages
            .map(|(name, mut times)| (name, nth(&mut times, 99)))
            .collect(),
    })
}

/// Very many charges that are due within a minute.
pub(crate) struct Crowd {
    /// From the first instant at which one is due to the last request.
    pub(crate) took: Duration,
    /// The most memory that the daemon held, in KiB.
    pub(crate) memory_kib: u64,
    /// The 99th percentile of the front page meanwhile.
    pub(crate) status: Duration,
    /// By how many that were due later anybody was overtaken, at most.
    pub(crate) overtaken: usize,
}

/// Charges very many, with an eye on the front page and on the order.
pub(crate) fn crowd(shop: &mut Shop, gateway: &Gateway, charges: u32) -> Result<Crowd> {
    const MINUTE: SignedDuration = SignedDuration::from_mins(1);
    // Each is due at an instant of its own, in the order of the numbers that customers have.
    let due = whole_second(SignedDuration::from_mins(2))?;
    fill::fill(&shop.database(), charges, (due, MINUTE))?;
    ensure!(now() < due, "writing them took until they were due");
    shop.start()?;
    gateway.wait_for(1, LONGEST)?;

    let mut times = Vec::new();
    let until = Instant::now() + CROWDED;
    while gateway.charged() < usize::try_from(charges)? {
        ensure!(Instant::now() < until, "charges are missing");
        times.push(shop.get("/v1/status")?);
        sleep(Duration::from_millis(100));
    }
    let last = gateway.came_at().last().copied().context("no charge")?;
    let memory_kib = shop.memory_kib("VmHWM")?;
    shop.stop()?;
    Ok(Crowd {
        took: Duration::try_from(last.duration_since(due))?,
        memory_kib,
        status: nth(&mut times, 99),
        overtaken: overtaken(&gateway.customers())?,
    })
}

/// By how many with a higher number somebody was overtaken, at most.
fn overtaken(customers: &[Arc<str>]) -> Result<usize> {
    let mut most = 0;
    for (place, customer) in customers.iter().enumerate() {
        let number = customer.rsplit('-').next().context("a number")?;
        let rank = number.parse::<usize>()?.saturating_sub(1);
        most = most.max(place.saturating_sub(rank));
    }
    Ok(most)
}

/// How long the gateway takes while a daemon is killed: longer than sending all that may be under way.
const SLOW: Duration = Duration::from_secs(5);

/// `gateway.quiet_period`, where nobody says otherwise.
const QUIET: Duration = Duration::from_mins(2);

/// The start after a daemon was killed with as much under way as may be.
pub(crate) struct Recovery {
    /// To its first answer.
    pub(crate) answered: Duration,
    /// To its first question to the gateway about what was under way, without the quiet period that has to pass
    /// after a start: charges of the process before may still be on their way.
    pub(crate) asked: Duration,
}

/// Ended without warning before the gateway answered, and started again when it is time to ask about them.
pub(crate) fn recovery(shop: &mut Shop, gateway: &Gateway) -> Result<Recovery> {
    let before = gateway.charged();
    let due = whole_second(AHEAD)?;
    let rows: String = (0..u32::try_from(IN_FLIGHT_MAX)?)
        .map(|number| row("killed", number, due))
        .collect();
    shop.start()?;
    shop.import(&rows)?;
    gateway.takes(SLOW);
    gateway.wait_for(before + IN_FLIGHT_MAX, LONGEST)?;
    shop.kill()?;
    gateway.takes(Duration::ZERO);
    // The few that went first were answered.
    let open = fill::put_into_doubt(&shop.database())?;
    ensure!(open > IN_FLIGHT_MAX / 2, "{open} were under way");

    let requests = gateway.requests();
    let begun_at = Instant::now();
    let answered = shop.start()?;
    // The first request of a daemon is for a token.
    gateway.wait_for_requests(requests + 2, LONGEST)?;
    let asked = begun_at.elapsed().checked_sub(QUIET);
    let asked = asked.context("it asks before the quiet period is over")?;
    gateway.wait_for_requests(requests + 1 + u64::try_from(open)?, LONGEST)?;
    shop.stop()?;
    ensure!(
        gateway.double_charges() == 0,
        "somebody was charged a second time"
    );
    Ok(Recovery { answered, asked })
}

/// Requests in the worst window of a second, and in the worst and the best of ten seconds, when there is
/// more to do than the cap allows.
pub(crate) fn cap(shop: &mut Shop, gateway: &Gateway, cap: u32) -> Result<(usize, usize, usize)> {
    const SECONDS: u32 = 30;
    let due = whole_second(AHEAD)?;
    let rows: String = (0..cap * SECONDS)
        .map(|number| row("capped", number, due))
        .collect();
    shop.start()?;
    shop.import(&rows)?;
    gateway.wait_for(usize::try_from(cap * SECONDS)?, LONGEST)?;
    shop.stop()?;

    let came_at = gateway.came_at();
    let within = |from: &Timestamp, span: SignedDuration| {
        let inside = came_at
            .iter()
            .filter(|at| *at >= from && at.duration_since(*from) < span);
        inside.count()
    };
    let last = came_at.last().context("no charge")?;
    let ten = SignedDuration::from_secs(10);
    // The few that go first after a start are looked up before the rest may: a matter of starts.
    let began = came_at.iter().skip(usize::try_from(cap)?);
    let whole = began.filter(|at| last.duration_since(**at) >= ten);
    let tens: Vec<usize> = whole.map(|at| within(at, ten)).collect();
    let second = came_at
        .iter()
        .map(|at| within(at, SignedDuration::from_secs(1)))
        .max();
    Ok((
        second.unwrap_or(0),
        tens.iter().min().copied().unwrap_or(0),
        tens.iter().max().copied().unwrap_or(0),
    ))
}

/// What importing so many rows takes, none of which is due.
pub(crate) fn import(shop: &mut Shop, rows: u32) -> Result<Duration> {
    let due = whole_second(SignedDuration::from_hours(48))?;
    let text: String = (0..rows)
        .map(|number| row("imported", number, due))
        .collect();
    shop.start()?;
    let took = shop.import(&text)?;
    shop.stop()?;
    Ok(took)
}

/// What `sqlite3` takes to import as many rows into a plain table; nothing where there is no `sqlite3`.
pub(crate) fn plain_import(rows: u32) -> Result<Option<Duration>> {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let at = now();
    let text: String = (0..rows).map(|number| row("plain", number, at)).collect();
    std::fs::write(directory.path().join("rows.csv"), text)?;
    let begun_at = Instant::now();
    let done = Command::new("sqlite3")
        .current_dir(directory.path())
        .args([
            "plain.db",
            "CREATE TABLE t (a, b, c, d)",
            ".mode csv",
            ".import rows.csv t",
        ])
        .stderr(Stdio::null())
        .status();
    Ok(done
        .is_ok_and(|status| status.success())
        .then(|| begun_at.elapsed()))
}

fn row(kind: &str, number: u32, anchor: Timestamp) -> String {
    format!("{kind}-card-{number},monthly,{anchor},{kind}-{number}\n")
}

fn whole_second(ahead: SignedDuration) -> Result<Timestamp> {
    Ok(Timestamp::from_second((now() + ahead).as_second())?)
}

/// The percentile of durations.
fn nth(times: &mut [Duration], percent: usize) -> Duration {
    times.sort_unstable();
    let place = (times.len() * percent).div_ceil(100).saturating_sub(1);
    times.get(place).copied().unwrap_or_default()
}
