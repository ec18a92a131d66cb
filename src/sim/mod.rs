//! The simulator of the whole: the engine as it is, on real databases, against the simulated gateway,
//! in worlds that seeds draw. Everything goes wrong for some weeks; then nothing does for two days, and
//! everything has to settle. The laws are checked after every step against the gateway's own ledger.
//!
//! It knows the store and the engine from outside, and the database as an auditor does.

mod agenda;
mod asked;
mod audit;
mod bond;
pub mod books;
mod cards;
mod certificate;
mod copies;
mod credits;
mod dates;
mod desk;
#[cfg(feature = "lossy-disk")]
mod disk;
#[cfg(not(feature = "lossy-disk"))]
#[path = "no_disk.rs"]
mod disk;
mod draw;
pub mod dunning;
mod ending;
mod fleet;
mod gate;
mod ground;
mod laws;
mod losses;
mod marks;
mod opening;
mod paid;
mod port;
mod power;
mod prices;
mod proofs;
mod quiet;
mod shop;
mod stage;
mod story;
mod told;
mod trace;
mod uids;
mod wishes;
mod world;

pub use certificate::Certificate;
pub use ending::Totals;
pub use fleet::{Failed, Fleet};
pub use marks::Marks;
pub use stage::Stage;

use anyhow::Result;

use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::{Duplicates, ErrorForm, InFlight, Reuse, Switches};
use crate::sim::ending::CALM;
use crate::sim::ground::Ground;
use crate::sim::shop::Shop;
use crate::sim::stage::later;
use crate::sim::story::Story;
use crate::sim::trace::Trace;
use crate::sim::world::World;

/// What one seed came to.
#[derive(Debug)]
pub struct Played {
    /// A sum over everything that happened.
    pub sum: u64,
    /// Everything that happened, if it was to be kept.
    pub lines: Vec<String>,
    /// What was met.
    pub marks: Marks,
    /// Payments beyond one a cycle, whatever it came to.
    pub double_charges: u64,
    /// What it came to, or which law was broken.
    pub ended: Result<Totals>,
}

/// Plays a seed to its end, on new ground.
///
/// # Errors
/// When the runtime cannot be made. What goes wrong in the seed is part of the answer.
pub fn play(seed: u64, keeps_lines: bool) -> Result<Played> {
    play_on(&mut None, seed, keeps_lines)
}

/// Plays a seed to its end, on a runtime of its own: nothing of one seed is left over for the next but the
/// ground.
fn play_on(ground: &mut Option<Ground>, seed: u64, keeps_lines: bool) -> Result<Played> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    let trace = Trace::new(keeps_lines);
    let mut marks = Marks::default();
    let mut double_charges = 0;
    let kept = (&mut marks, &mut double_charges, ground);
    let ended = runtime.block_on(live(seed, trace.clone(), kept));
    Ok(Played {
        sum: trace.sum(),
        lines: trace.lines(),
        marks,
        double_charges,
        ended,
    })
}

async fn live(
    seed: u64,
    trace: Trace,
    (marks, double_charges, ground): (&mut Marks, &mut u64, &mut Option<Ground>),
) -> Result<Totals> {
    disk::install();
    let shop = Shop::draw(seed)?;
    let agenda = agenda::draw(seed, &shop)?;
    note_readings(&shop.switches, marks);
    if shop.asks_by_attempt() {
        marks.met("uid: one an attempt");
    }
    let (faults_end, stage) = (shop.faults_end, Stage::new(shop.start));

    let clock = stage.clone();
    let gateway = Shared::new(Behaviour::new(shop.switches.clone()), move || {
        clock.true_now()
    });
    let under_it = match ground.take() {
        Some(ground) => ground.clear()?,
        None => Ground::new().await?,
    };
    let world = World::new((shop, stage, trace), gateway, under_it).await?;
    let mut story = Story::new(world, seed);
    let ended = async {
        for (at, act) in agenda {
            story.go_until(at.min(faults_end)).await?;
            story.befalls(act).await?;
        }
        story.go_until(faults_end).await?;
        story.faults_end().await?;
        let end = later(story.world.stage.true_now(), CALM);
        story.go_until(end).await?;
        story.ends().await
    };
    let mut ended = ended.await;

    *double_charges = story.world.double_charges();
    if let Ok(totals) = &mut ended {
        totals.lost_cycles = story.world.lost_cycles().await?;
    }
    story.world.gateway.with(|gateway, _| {
        for (outcome, times) in &gateway.happened().charges {
            marks.add(&marks::charge_mark(*outcome), *times);
        }
        for (mishap, times) in &gateway.happened().lookups {
            marks.add(&marks::lookup_mark(*mishap), *times);
        }
    });
    marks.take(&story.world.marks);
    if ended.is_ok() {
        *ground = story.world.leaves().await;
    }
    ended
}

fn note_readings(switches: &Switches, marks: &mut Marks) {
    marks.met(match switches.duplicates {
        Duplicates::Atomic => "gateway: uid taken at once",
        Duplicates::CheckThenAct => "gateway: uid looked for and charged then",
    });
    marks.met(match switches.reuse_after_decline {
        Reuse::Allowed => "gateway: reuse after a decline",
        Reuse::Refused => "gateway: no reuse after a decline",
    });
    marks.met(match switches.in_flight {
        InFlight::Hidden => "gateway: in flight hidden",
        InFlight::Shown => "gateway: in flight shown",
    });
    marks.met(match switches.errors {
        ErrorForm::Live => "gateway: refusals as 200",
        ErrorForm::Documented => "gateway: refusals as 404",
    });
    if switches.lookup_lag >= std::time::Duration::from_hours(3) {
        marks.met("gateway: look-ups lag by 3 h");
    }
    if switches.time_out > shop::DEADLINE {
        marks.met("gateway: a charge later than our deadline");
    }
}
