//! `dues serve`: what starts and stops in which order.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tracing::{error, info, warn};

use crate::config::credentials::Credentials;
use crate::config::gateway::{Authorization, CallRate, Gateway as GatewaySettings, Mode};
use crate::config::sources::Environment;
use crate::config::{self, Config};
use crate::core::dunning::Ladder;
use crate::daemon::{Failure, control, files, listen, logging, notify};
use crate::engine::Engine;
use crate::engine::clock::{Clock, Wall, span};
use crate::engine::guards::Limits;
use crate::engine::handle::Handle;
use crate::gateway::iamport::client::Client;
use crate::gateway::iamport::settings::{self, Settings};
use crate::jobs::{self, Night};
use crate::store::{NotOpened, Opening, Reader, Standards, Store, StoreError};

/// How often systemd is told how we are.
const STATUS_EVERY: Duration = Duration::from_secs(15);

/// How long the engine may be silent before the watchdog is left to bite. It comes round every 30
/// seconds at the latest, unless the disk hangs.
const SILENCE_MAX: Duration = Duration::from_mins(3);

/// How long what is in flight may take once the daemon goes down. Less than the unit's
/// `TimeoutStopSec`; what takes longer is looked up after the next start.
const STOP_GRACE: Duration = Duration::from_secs(75);

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// [`Failure`]; a wrong configuration is told apart from what a new start may mend.
pub fn run(path: &Path) -> Result<(), Failure> {
    let environment = Environment::of_process();
    let (config, credentials) =
        config::load_to_serve(path, &environment).map_err(Failure::Configuration)?;
    logging::start(config.daemon.log)?;
    files::make_room(config.gateway.in_flight_max)?;
    for warning in &config.warnings {
        warn!("{warning}");
    }

    // One thread for the turns and one for the requests: while the one waits for the database, the
    // other serves the gateway. docs/performance.md has the difference.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(serve(path, &environment, &config, credentials))
}

async fn serve(
    path: &Path,
    environment: &Environment,
    config: &Config,
    credentials: Credentials,
) -> Result<(), Failure> {
    let clock = Wall::start();
    let store = open(config, &clock).await?;
    let (writer, reader, _lock) = store.into_parts();
    let client = client(&config.gateway, &credentials)?;
    let (engine, handle) = Engine::new(
        writer,
        reader.clone(),
        client,
        clock.clone(),
        limits(config),
    );

    let (stop, stopped) = watch::channel(false);
    let mut engine_task: JoinSet<Result<(), StoreError>> = JoinSet::new();
    engine_task.spawn(engine.run(stopped.clone(), STOP_GRACE));

    let listener = listen::socket(&config.daemon.socket)?;
    let mut tasks: JoinSet<()> = JoinSet::new();
    let api = control::api(config, &handle, &reader, &clock)?;
    let stopping = stopped.clone();
    tasks.spawn_blocking(move || control::serve(listener, api, stopping));
    let bell = Arc::new(Notify::new());
    tasks.spawn(maintain(
        night(config),
        clock.clone(),
        (handle.clone(), reader.clone()),
        bell.clone(),
    ));
    let mut scheduler = jobs::ring(bell, handle.clone()).await?;

    info!(version = env!("CARGO_PKG_VERSION"), config = %path.display(), "ready");
    notify::ready();
    let watched = watch_over(path, environment, &handle, &clock, &mut engine_task).await;

    // Stopping: commands first, so that nobody is promised what will not happen; then the engine,
    // which gives what is in flight its time; then the rest.
    notify::stopping();
    info!("stopping: nothing more is sent");
    stop.send_replace(true);
    let ended = match watched {
        Watched::Told => wait_for(&mut engine_task).await,
        Watched::Ended(result) => result,
    };
    tasks.shutdown().await;
    if scheduler.shutdown().await.is_err() {
        warn!("the scheduler did not stop by itself");
    }
    reader.close().await;
    ended?;
    info!("stopped");
    Ok(())
}

/// Why the daemon goes down.
enum Watched {
    /// It was told to.
    Told,
    /// The engine is no more.
    Ended(Result<(), Failure>),
}

/// Serves signals and systemd until there is a reason to stop.
async fn watch_over(
    path: &Path,
    environment: &Environment,
    handle: &Handle,
    clock: &Wall,
    engine: &mut JoinSet<Result<(), StoreError>>,
) -> Watched {
    let signals = || -> std::io::Result<_> {
        Ok((
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ))
    };
    let (mut terminate, mut interrupt, mut hangup) = match signals() {
        Ok(signals) => signals,
        Err(why) => return Watched::Ended(Err(anyhow!(why).context("cannot take signals").into())),
    };
    let every = notify::watchdog().map_or(STATUS_EVERY, |limit| STATUS_EVERY.min(limit / 3));
    let mut tick = tokio::time::interval(every);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);

    loop {
        tokio::select! {
            _ = terminate.recv() => return Watched::Told,
            _ = interrupt.recv() => return Watched::Told,
            _ = hangup.recv() => reload(path, environment, handle).await,
            _ = tick.tick() => report(handle, clock),
            Some(ended) = engine.join_next() => return Watched::Ended(engine_ended(ended)),
        }
    }
}

async fn wait_for(engine: &mut JoinSet<Result<(), StoreError>>) -> Result<(), Failure> {
    match engine.join_next().await {
        Some(ended) => engine_ended(ended),
        None => Ok(()),
    }
}

fn engine_ended(
    ended: Result<Result<(), StoreError>, tokio::task::JoinError>,
) -> Result<(), Failure> {
    let result = ended.context("the engine broke off")?;
    Ok(result.context("the engine cannot go on; what was not committed did not happen")?)
}

fn report(handle: &Handle, clock: &Wall) {
    let health = handle.health();
    if span(health.seen_at, clock.now()) < SILENCE_MAX {
        notify::alive();
    } else {
        error!(seen_at = %health.seen_at, "the engine is silent");
    }
    let reasons: Vec<&str> = health.stopped.iter().map(|one| one.why.as_str()).collect();
    let state = if reasons.is_empty() {
        "charging".to_owned()
    } else {
        format!("nobody is charged: {}", reasons.join("; "))
    };
    notify::status(&format!(
        "{state}; {} in flight, {} paid, {} not answered since the start",
        health.in_flight, health.paid, health.unanswered
    ));
}

/// Takes over plans, ladders and windows. What else changed needs a restart, and is said so.
async fn reload(path: &Path, environment: &Environment, handle: &Handle) {
    notify::reloading();
    match config::load_to_serve(path, environment) {
        Ok((config, _)) => match handle.reload(config.terms(), standards(&config)).await {
            Ok(Ok(())) => info!(
                "plans and dunning are those of the configuration now; the rest of it takes effect at the next start"
            ),
            Ok(Err(why)) => error!(
                why,
                "the configuration cannot be taken over; nothing changed"
            ),
            Err(stopped) => warn!(%stopped, "the configuration was not taken over"),
        },
        Err(problems) => error!("the configuration is wrong; nothing changed:\n{problems}"),
    }
    notify::ready();
}

async fn open(config: &Config, clock: &Wall) -> Result<Store, Failure> {
    let state_dir = &config.daemon.state_dir;
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(state_dir)
        .with_context(|| format!("cannot create {}", state_dir.display()))?;
    let opening = Opening {
        state_dir,
        installation: &config.daemon.installation,
        machine: &machine(),
        terms: &config.terms(),
        standards: &standards(config),
    };
    Store::open(opening, clock.now())
        .await
        .map_err(|why| match why {
            NotOpened::Store(
                why @ (StoreError::PlanVanished { .. } | StoreError::OtherInstallation { .. }),
            ) => Failure::Contradiction(why.to_string()),
            NotOpened::Store(_)
            | NotOpened::Locked(_)
            | NotOpened::LockFile(..)
            | NotOpened::Fence(..) => Failure::Other(anyhow!(why)),
        })
}

/// What tells this machine from a copy of it. A machine without an id is told by its files alone.
fn machine() -> String {
    fs::read_to_string("/etc/machine-id")
        .map_or_else(|_| "unnamed".to_owned(), |id| id.trim().to_owned())
}

fn standards(config: &Config) -> Standards {
    Standards {
        ladder: config
            .ladders
            .get("standard")
            .cloned()
            .unwrap_or_else(Ladder::standard),
        window: config.billing.charge_window,
        pace: config.pace(),
        catch_up: config.billing.catch_up,
        without_consent: config.billing.without_consent,
    }
}

fn limits(config: &Config) -> Limits {
    let gateway = &config.gateway;
    let calls_per_second = match gateway.calls_per_second {
        CallRate::PerSecond(calls) => Some(calls.get()),
        CallRate::Unlimited => None,
    };
    Limits {
        in_flight_max: u32::from(gateway.in_flight_max),
        calls_per_second,
        quiet_period: config.pace().quiet_period,
        disk_low_bytes: u64::from(config.daemon.disk_low_mib) << 20,
        caps: config.guard,
    }
}

fn client(gateway: &GatewaySettings, credentials: &Credentials) -> Result<Arc<Client>, Failure> {
    let settings = Settings {
        base_url: gateway.base_url.clone(),
        imp_key: settings::Secret::new(credentials.imp_key.expose()),
        imp_secret: settings::Secret::new(credentials.imp_secret.expose()),
        request_timeout: gateway.request_timeout,
        mode: match gateway.mode {
            Mode::Live => settings::Mode::Live,
            Mode::Test => settings::Mode::Test,
        },
        authorization: match gateway.authorization {
            Authorization::Bearer => settings::Authorization::Bearer,
            Authorization::Raw => settings::Authorization::Raw,
        },
        tier: gateway.tier.clone(),
        proxy: gateway.proxy.as_deref().map(settings::Secret::new),
        in_flight_max: usize::from(gateway.in_flight_max),
    };
    let client = Client::new(settings, gateway.codes.clone())
        .map_err(|why| Failure::Contradiction(format!("[gateway] {why}")))?;
    Ok(Arc::new(client))
}

fn night(config: &Config) -> Night {
    Night {
        zone: config.billing.time_zone.clone(),
        reconcile_at: config.jobs.reconcile_at,
        backup_at: config.jobs.backup_at,
        backups_kept: config.jobs.backups_kept,
        journal_days: config.jobs.journal_days,
        directory: config.daemon.state_dir.join("backups"),
    }
}

/// Looks for due jobs when the bell rings, and by itself when it does not.
async fn maintain(
    night: Night,
    clock: Wall,
    (handle, reader): (Handle, Reader),
    bell: Arc<Notify>,
) {
    loop {
        tokio::select! {
            () = bell.notified() => {}
            () = tokio::time::sleep(jobs::LOOK_EVERY) => {}
        }
        jobs::run_due(&night, &clock, &handle, &reader).await;
    }
}
