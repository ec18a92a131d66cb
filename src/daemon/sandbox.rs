//! `dues sandbox`: the simulated gateway, the engine and a dozen subscribers on a temporary database,
//! with a clock that runs a day a second. Everything but the clock and the network is the real thing.

mod narrator;
mod summary;

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{Timestamp, ToSpan};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::core::guard::Caps;
use crate::core::order::{Installation, UidScope};
use crate::core::plan::Pace;
use crate::daemon::demo;
use crate::daemon::sandbox::narrator::Narrator;
use crate::engine::Engine;
use crate::engine::clock::{Clock, Paced, Speed};
use crate::engine::guards::Limits;
use crate::engine::handle::Handle;
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::process::{InProcess, Reading};
use crate::gateway::simulator::script::Script;
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::{Keys, Switches};
use crate::store::{Opening, Reader, Standards, Store, Who};

pub use summary::Summary;

/// When the story begins, in Korea.
const START: &str = "2026-01-30T09:00:00+09:00";

/// How often the journal is looked at, in real time.
const LOOK_EVERY: Duration = Duration::from_millis(40);

/// How fast, and for how long.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// How many seconds pass in the sandbox in one real second.
    pub speed: u32,
    /// How long it goes on, in real time.
    pub lasts: Duration,
}

/// Runs the whole thing; `say` prints a line.
///
/// # Errors
/// When something fails that should not: there is no excuse in a sandbox.
pub fn run(options: Options, say: &mut dyn FnMut(&str) -> std::io::Result<()>) -> Result<Summary> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(play(options, say))
}

async fn play(
    options: Options,
    say: &mut dyn FnMut(&str) -> std::io::Result<()>,
) -> Result<Summary> {
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let start: Timestamp = START.parse().context("the start is not an instant")?;
    let clock = Paced::new(start, Speed::Times(options.speed));
    let store = open(directory.path(), start).await?;
    let (writer, reader, _lock) = store.into_parts();

    let gateway_clock = clock.clone();
    let shared = Shared::new(Behaviour::new(Switches::honest()), move || {
        gateway_clock.now()
    });
    for role in &demo::CAST {
        let script = Script::parse(role.outcomes.iter().copied())
            .with_context(|| format!("the script of {}", role.name))?;
        if role.card == role.name {
            shared.with(|behaviour, _| behaviour.set_script(role.card, script));
        }
    }
    let times = options.speed.max(1);
    let gateway = InProcess::new(
        shared.clone(),
        Keys {
            key: "sandbox".to_owned(),
            secret: "sandbox".to_owned(),
        },
        Reading::as_the_client(),
        Duration::from_mins(1),
        move |span: Duration| tokio::time::sleep(span / times),
    );

    let limits = Limits {
        in_flight_max: 64,
        calls_per_second: None,
        quiet_period: Duration::ZERO,
        disk_low_bytes: 0,
        caps: Caps::NONE,
    };
    let (engine, handle) = Engine::new(writer, reader.clone(), gateway, clock.clone(), limits);
    let (stop, stopped) = watch::channel(false);
    let mut engine_task = JoinSet::new();
    engine_task.spawn(engine.run(stopped, Duration::from_secs(2)));

    let end = start
        .checked_add(options.lasts.saturating_mul(times))
        .context("the end lies beyond the calendar")?;
    let mut narrator = Narrator::new(start, say)?;
    let told = tell(&mut narrator, &handle, &reader, &clock, (start, end)).await;

    stop.send_replace(true);
    if let Some(ended) = engine_task.join_next().await {
        ended
            .context("the engine broke off")?
            .context("the engine could not go on")?;
    }
    told?;
    narrator.go_on(&reader).await?;
    let totals = shared.with(|behaviour, _| {
        (
            behaviour.ledger().totals(),
            behaviour.ledger().double_charges().len(),
        )
    });
    let summary = Summary::of(&reader, totals, clock.now()).await?;
    narrator.close(&summary)?;
    reader.close().await;
    Ok(summary)
}

/// Brings everybody in, lets the desk do its part, and tells what happens.
async fn tell(
    narrator: &mut Narrator<'_>,
    handle: &Handle,
    reader: &Reader,
    clock: &Paced,
    (start, end): (Timestamp, Timestamp),
) -> Result<()> {
    let sandbox = Who::named("sandbox");
    let added = handle.add(demo::subscriptions(start)?, sandbox).await??;
    for added in added.answer {
        added.context("a subscriber could not be added")?;
    }
    let mut desk = demo::desk().into_iter().peekable();

    while clock.now() < end {
        let on_day = |day: i64| start.checked_add((day * 24).hours()).unwrap_or(end);
        while let Some((_, command)) = desk.next_if(|(day, _)| on_day(*day) <= clock.now()) {
            handle
                .command(command, Who::named("desk"))
                .await?
                .context("the desk was refused")?;
        }
        narrator.go_on(reader).await?;
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}

async fn open(directory: &std::path::Path, now: Timestamp) -> Result<Store> {
    let pace = Pace {
        // On a clock that runs a day a second a millisecond is more than a minute.
        answer_within: Duration::from_hours(12),
        quiet_period: Duration::from_hours(1),
        ask_again_max: Duration::from_hours(6),
        uid_scope: UidScope::Cycle,
    };
    let terms = demo::terms(pace)?;
    let first = terms.first().context("no plans")?;
    let standards = Standards {
        ladder: first.ladder.clone(),
        window: first.window,
        pace: first.pace,
        catch_up: first.catch_up,
        without_consent: first.without_consent,
    };
    let installation = Installation::parse("demo")?;
    let opening = Opening {
        state_dir: directory,
        installation: &installation,
        machine: "sandbox",
        terms: &terms,
        standards: &standards,
    };
    Store::open(opening, now)
        .await
        .context("cannot open the temporary database")
}
