//! What is measured: store, engine and client as the daemon puts them together, on a runtime of one
//! thread, from when everybody may be charged to the last charge that is on record as paid.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use dues::core::calendar::{Cadence, CycleNo};
use dues::core::catch_up::CatchUp;
use dues::core::consent::WithoutConsent;
use dues::core::contract::Quantity;
use dues::core::decline::Codes;
use dues::core::dunning::Ladder;
use dues::core::guard::Caps;
use dues::core::money::Krw;
use dues::core::order::{CustomerUid, Installation, PlanId, SubscriptionId, UidScope};
use dues::core::particulars::Particulars;
use dues::core::plan::{Pace, Plan, Terms};
use dues::core::price::PriceList;
use dues::core::template::NameTemplate;
use dues::core::window::Window;
use dues::engine::Engine;
use dues::engine::clock::{Clock, Wall};
use dues::engine::guards::Limits;
use dues::engine::handle::Handle;
use dues::gateway::Gateway;
use dues::gateway::iamport::client::Client;
use dues::gateway::iamport::settings::{Authorization, Mode, Secret, Settings};
use dues::store::{Identity, NewSubscription, Opening, Standards, Store, Who};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::{Measured, memory_peak_kib};

/// How many subscriptions one message adds.
const BATCH: usize = 1_000;

/// How many charges go first after a start (docs/guards.md).
const FIRST: usize = 3;

/// The longest that charging may take.
const LONGEST: Duration = Duration::from_mins(5);

/// A runtime as the daemon's is.
pub(crate) fn runtime() -> Result<Runtime> {
    let built = Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build();
    built.context("cannot start a runtime")
}

/// Adds so many subscriptions that are due at once, and charges them.
pub(crate) fn run(url: &str, charges: u32, in_flight_max: u32) -> Result<Measured> {
    // Beside the build, which is on a disk; the usual place for temporary files may be memory.
    let state_dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    runtime()?.block_on(add(url, state_dir.path(), charges))?;
    // Adding is not what is measured. Where memory's peak cannot be forgotten it counts as well.
    std::fs::write("/proc/self/clear_refs", "5").ok();

    let micros = runtime()?.block_on(charge(url, state_dir.path(), charges, in_flight_max))?;
    Ok(Measured {
        charges,
        micros,
        memory_kib: memory_peak_kib()?,
    })
}

async fn add(url: &str, state_dir: &Path, charges: u32) -> Result<()> {
    // An engine that may have nothing under way adds, and charges nobody yet.
    let (engine, handle, lock) = start(url, state_dir, 0).await?;
    let (stop, stopped) = watch::channel(false);
    let anchor_at = Wall::start().now();
    let wanted = (0..charges).map(|number| subscription(number, anchor_at));
    let wanted: Vec<NewSubscription> = wanted.collect::<Result<_>>()?;

    let adding = async {
        for batch in wanted.chunks(BATCH) {
            let added = handle.add(batch.to_vec(), Who::named("bench")).await??;
            added.answer.into_iter().collect::<Result<Vec<_>, _>>()?;
        }
        stop.send(true).context("the engine is gone")
    };
    let (ran, added) = tokio::join!(engine.run(stopped, Duration::ZERO), adding);
    drop(lock);
    ran?;
    added
}

async fn charge(url: &str, state_dir: &Path, charges: u32, in_flight_max: u32) -> Result<u64> {
    let (engine, mut handle, lock) = start(url, state_dir, in_flight_max).await?;
    let (stop, stopped) = watch::channel(false);

    let watching = async {
        // The few that go first after a start have to come back before the rest may: a matter of starts.
        let mut begun_at = Instant::now();
        while handle.health().in_flight <= FIRST {
            begun_at = Instant::now();
            handle.next_turn().await?;
        }
        while handle.health().paid < u64::from(charges) {
            handle.next_turn().await?;
        }
        let micros = u64::try_from(begun_at.elapsed().as_micros())?;
        stop.send(true).context("the engine is gone")?;
        Ok(micros)
    };
    let both = async { tokio::join!(engine.run(stopped, Duration::ZERO), watching) };
    let (ran, micros) = Box::pin(tokio::time::timeout(LONGEST, both))
        .await
        .map_err(|_| anyhow!("{charges} charges took longer than {LONGEST:?}"))?;
    drop(lock);
    ran?;
    micros
}

async fn start(
    url: &str,
    state_dir: &Path,
    in_flight_max: u32,
) -> Result<(Engine<Client, Wall>, Handle, File)> {
    let clock = Wall::start();
    let store = Store::open(
        Opening {
            state_dir,
            installation: &Installation::parse("bench")?,
            machine: "bench",
            terms: &[terms()?],
            standards: &standards(),
        },
        clock.now(),
    )
    .await?;
    let (writer, reader, lock) = store.into_parts();

    let client = Client::new(settings(url, in_flight_max)?, Codes::default())?;
    // The daemon has its token before it begins, too.
    client.check().await?;
    let limits = Limits {
        in_flight_max,
        calls_per_second: None,
        quiet_period: standards().pace.quiet_period,
        disk_low_bytes: 0,
        caps: Caps::NONE,
    };
    let (engine, handle) = Engine::new(writer, reader, client, clock, limits);
    Ok((engine, handle, lock))
}

fn settings(url: &str, in_flight_max: u32) -> Result<Settings> {
    Ok(Settings {
        base_url: url.to_owned(),
        imp_key: Secret::new("bench"),
        imp_secret: Secret::new("bench"),
        request_timeout: Duration::from_mins(1),
        mode: Mode::Live,
        authorization: Authorization::Bearer,
        tier: None,
        proxy: None,
        in_flight_max: usize::try_from(in_flight_max)?,
    })
}

fn standards() -> Standards {
    Standards {
        ladder: Ladder::standard(),
        window: Window::Unguarded,
        pace: Pace {
            answer_within: Duration::from_mins(5),
            quiet_period: Duration::from_mins(2),
            ask_again_max: Duration::from_hours(1),
            uid_scope: UidScope::Cycle,
        },
        catch_up: CatchUp::ChargeOne,
        without_consent: WithoutConsent::Hold,
    }
}

fn terms() -> Result<Terms> {
    let Standards {
        ladder,
        window,
        pace,
        catch_up,
        without_consent,
    } = standards();
    let plan = Plan {
        id: PlanId::parse("monthly")?,
        name: NameTemplate::parse("월간 구독")?,
        amount: Krw::parse(9_900)?,
        dates: Cadence::parse("1 month")?.into(),
        zone: TimeZone::get("Asia/Seoul")?,
        price_list: PriceList::default(),
        particulars: Particulars::default(),
    };
    Ok(Terms {
        plan,
        ladder,
        window,
        pace,
        catch_up,
        without_consent,
        applies_from: None,
        coupons: Vec::new(),
    })
}

fn subscription(number: u32, anchor_at: Timestamp) -> Result<NewSubscription> {
    Ok(NewSubscription {
        identity: Identity::Chosen(SubscriptionId::parse(&format!("sub-{number}"))?),
        customer_uid: CustomerUid::parse(&format!("card-{number}"))?,
        plan: PlanId::parse("monthly")?,
        anchor_at,
        first_cycle: CycleNo::parse(0)?,
        quantity: Quantity::ONE,
        coupon: None,
        card_expires: None,
    })
}
