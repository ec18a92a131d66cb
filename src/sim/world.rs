//! A shop in a simulated world: the engine as it is, on a real database, with the simulated gateway at
//! the other end of a network, on a clock that the story moves. It decides nothing: it lets things
//! happen, one instant after the other, and has each instant audited.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use jiff::Timestamp;
use tokio::sync::watch;

use crate::core::plan::{Plan, Terms};
use crate::engine::Engine;
use crate::engine::clock::Clock;
use crate::engine::handle::Handle;
use crate::gateway::simulator::process::{InProcess, Reading};
use crate::gateway::simulator::shared::Shared;
use crate::sim::books::{BackDoor, Books};
use crate::sim::disk::Fuse;
use crate::sim::gate::Gate;
use crate::sim::ground::Ground;
use crate::sim::laws::{self, Laws};
use crate::sim::marks::Marks;
use crate::sim::opening::{StateDirectory, open, start};
use crate::sim::port::{Network, Port};
use crate::sim::quiet::Quiet;
use crate::sim::shop::{self, Shop};
use crate::sim::stage::{Died, Stage, later};
use crate::sim::trace::Trace;
use crate::store::{NotOpened, Store, StoreError};

/// How often others may run before the engine is looked at: enough for the gateway in this process to
/// answer everything that it was asked, over a few tasks.
const YIELDS: u32 = 6;

/// After so many steps without news each next one is longer, as if the machine slept: while nobody may be
/// charged, and while the gateway is asked about what it will never tell.
const BUSY_STEPS: u32 = 12;
const PATIENCE: Duration = Duration::from_mins(1);
const PATIENCE_MAX: u32 = 120;

/// The most steps of a seed; one that needs more goes round in circles.
const STEPS_MAX: u32 = 20_000;

/// What came of asking the engine for something.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asking<T> {
    /// It answered.
    Answered(T),
    /// It died over it.
    Dead,
    /// It did not answer for so long that whoever asked went away.
    GivenUp,
}

/// How long somebody waits for an answer of the engine.
const ASK_MAX: Duration = Duration::from_hours(5);

/// How soon is looked again when there is nothing to wait for.
const LOOK_AGAIN: Duration = Duration::from_mins(10);

/// A shop, and everything around it. `N` is the gateway's clock.
pub(super) struct World<N> {
    pub(super) shop: Shop,
    pub(super) stage: Stage,
    pub(super) trace: Trace,
    pub(super) network: Network,
    pub(super) gateway: Shared<N>,
    pub(super) directory: StateDirectory,
    /// Where the world began, and the auditor's way in there when that is another one by now.
    pub(super) first_directory: StateDirectory,
    pub(super) first_door: Option<BackDoor>,
    pub(super) machine: &'static str,
    pub(super) door: BackDoor,
    pub(super) books: Books,
    pub(super) laws: Laws,
    pub(super) gate: Gate,
    pub(super) quiet: Quiet,
    pub(super) marks: Marks,
    pub(super) life: Option<Life>,
    /// A power cut that is to come, or came.
    pub(super) fuse: Option<Fuse>,
    /// Cycles about which a person was told that the gateway says otherwise.
    pub(super) told: BTreeSet<(i64, i64)>,
    /// Cycles that a person had tried.
    pub(super) by_hand: BTreeSet<(i64, i64)>,
    pub(super) payments_seen: usize,
    pub(super) idle_steps: u32,
    steps: u32,
    /// How often the engine had gone to sleep when everybody else had done what they could.
    rested_at: Option<u64>,
    /// How often the engine had gone to sleep when the journal was read last.
    pub(super) read_at: Option<u64>,
}

/// A process at work. Dropping it is a crash.
pub(super) struct Life {
    engine: Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send>>,
    handle: Handle,
    stop: watch::Sender<bool>,
    _lock: File,
}

/// How an instant ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Settled {
    /// Nobody has anything left to do at this instant.
    Idle,
    /// The process died in it.
    Dead,
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    /// A world in which the process was started once.
    pub(super) async fn new(
        (shop, stage, trace): (Shop, Stage, Trace),
        gateway: Shared<N>,
        Ground { directory, door }: Ground,
    ) -> Result<Self> {
        let store = start(&shop, &directory, "here", stage.machine()).await?;
        let network = Network::new(stage.clone(), trace.clone(), shop::DEADLINE);
        let mut world = Self {
            door,
            first_directory: directory.clone(),
            first_door: None,
            laws: Laws::new(shop.installation.clone()),
            books: Books::default(),
            gate: Gate::default(),
            quiet: Quiet::default(),
            marks: Marks::default(),
            machine: "here",
            life: None,
            fuse: None,
            told: BTreeSet::new(),
            by_hand: BTreeSet::new(),
            payments_seen: 0,
            idle_steps: 0,
            steps: 0,
            rested_at: None,
            read_at: None,
            shop,
            stage,
            trace,
            network,
            gateway,
            directory,
        };
        world.run(store);
        world.learn_plans().await?;
        Ok(world)
    }

    /// Starts the process, or starts it again.
    pub(super) async fn start(&mut self) -> Result<()> {
        let now = self.stage.machine();
        let store = start(&self.shop, &self.directory, self.machine, now).await?;
        self.run(store);
        // In an older copy it writes down the versions that came after the copy was made.
        self.learn_plans().await
    }

    /// Whether a second process is refused while this one runs.
    pub(super) async fn is_kept_out(&self) -> Result<()> {
        let now = self.stage.machine();
        let opened = open(&self.shop, &self.directory, self.machine, now).await;
        match opened?.map(drop) {
            Err(NotOpened::Locked(_)) => Ok(()),
            Err(why) => Err(anyhow!(why).context("refused, and not by the lock")),
            Ok(()) => Err(anyhow!("two processes on one database")),
        }
    }

    /// Ends the process wherever it is.
    pub(super) async fn dies(&mut self) {
        self.life = None;
        self.fuse = None;
        self.network.forget_death();
        // Its requests notice that nobody waits for them.
        yields().await;
    }

    /// Ends the process as `systemctl stop` does.
    pub(super) async fn stops(&mut self) -> Result<()> {
        self.stage.forget_death();
        self.fuse = None;
        if let Some(mut life) = self.life.take() {
            life.stop.send_replace(true);
            (&mut life.engine).await.context("the engine ended")?;
        }
        self.dies().await;
        Ok(())
    }

    /// Lets whatever is not the engine do what it can do now.
    pub(super) async fn let_others_run(&self) {
        yields().await;
    }

    /// A handle to the running engine.
    pub(super) fn handle(&self) -> Result<Handle> {
        let life = self.life.as_ref().context("nothing runs")?;
        Ok(life.handle.clone())
    }

    /// The same, if there can be anybody: somebody was woken, or the engine went round its loop, where it
    /// spawns what it asks for. Most steps of a story are a look at the queue that finds nothing.
    async fn let_tasks_run(&mut self) {
        let naps = self.stage.naps();
        if self.stage.take_stirred() || self.rested_at != Some(naps) {
            yields().await;
            self.rested_at = Some(naps);
        }
    }

    /// Lets everything happen that happens now.
    pub(super) async fn settle(&mut self) -> Result<Settled> {
        loop {
            self.let_tasks_run().await;
            let life = self.life.as_mut().context("nothing runs")?;
            let (stage, fuse) = (&self.stage, &self.fuse);
            let engine = &mut life.engine;
            let settled = poll_fn(|cx| {
                let polled = catch_unwind(AssertUnwindSafe(|| engine.as_mut().poll(cx)));
                match polled {
                    // Whatever it was told by a disk without power, nobody is there to hear it.
                    Ok(_) if fuse.as_ref().is_some_and(Fuse::is_cut) => {
                        Poll::Ready(Ok(Settled::Dead))
                    }
                    Err(died) if died.is::<Died>() => Poll::Ready(Ok(Settled::Dead)),
                    Err(panic) => resume_unwind(panic),
                    Ok(Poll::Ready(ended)) => Poll::Ready(Err(ended_early(ended))),
                    Ok(Poll::Pending) if stage.is_idle() => Poll::Ready(Ok(Settled::Idle)),
                    Ok(Poll::Pending) => Poll::Pending,
                }
            });
            if settled.await? == Settled::Dead {
                return Ok(Settled::Dead);
            }
            if self.rested_at != Some(self.stage.naps()) {
                continue;
            }
            return Ok(if self.stage.is_dead() {
                Settled::Dead
            } else {
                Settled::Idle
            });
        }
    }

    /// Asks the engine for something that it answers in its own time, which may take a while.
    pub(super) async fn ask<T>(&mut self, asking: impl Future<Output = T>) -> Result<Asking<T>> {
        let mut asking = pin!(asking);
        let end = later(self.stage.true_now(), ASK_MAX);
        loop {
            let answered = poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx))).await;
            if let Poll::Ready(answer) = answered {
                return Ok(Asking::Answered(answer));
            }
            if self.settle().await? == Settled::Dead {
                return Ok(Asking::Dead);
            }
            let answered = poll_fn(|cx| Poll::Ready(asking.as_mut().poll(cx))).await;
            if let Poll::Ready(answer) = answered {
                return Ok(Asking::Answered(answer));
            }
            self.audit().await?;
            if self.stage.true_now() >= end {
                return Ok(Asking::GivenUp);
            }
            // A comparison rests between its questions, and no row says until when.
            let soon = later(self.stage.true_now(), LOOK_AGAIN);
            let wakes_at = self.stage.wakes_at().unwrap_or(soon);
            self.step(
                wakes_at.clamp(later(self.stage.true_now(), Duration::from_millis(1)), soon),
            )?;
        }
    }

    /// Moves the clock to whatever comes next, but not beyond `end`. False when it is there.
    pub(super) fn step(&mut self, end: Timestamp) -> Result<bool> {
        let now = self.stage.true_now();
        if now >= end {
            return Ok(false);
        }
        self.steps += 1;
        ensure!(
            self.steps < STEPS_MAX,
            "it comes to no end: {STEPS_MAX} steps"
        );
        let answer = self.stage.next_answer_at();
        let next = answer.into_iter().chain(self.next_look(now)?);
        let next = next.min().unwrap_or(end);
        self.stage.move_to(next.min(end));
        Ok(true)
    }

    /// When the engine is worth looking at, apart from answers: when the next row comes up; and when one
    /// has come up that it could not take, or nobody is charged, when it means to look again.
    fn next_look(&mut self, now: Timestamp) -> Result<Option<Timestamp>> {
        let ahead = self.stage.ours_ahead();
        let next = self.books.next_moment().and_then(|at| {
            let at = laws::instant(at).ok()?;
            at.checked_sub(ahead).ok()
        });
        let is_stopped = !self.handle()?.health().stopped.is_empty();
        let next = match next {
            None if !is_stopped => return Ok(None),
            Some(next) if next > now && !is_stopped => next,
            Some(_) | None => self.stage.wakes_at().context("the engine is awake")?,
        };
        self.idle_steps = (self.idle_steps + 1).min(PATIENCE_MAX);
        // The engine waits for its turn at the gateway.
        if next <= later(now, Duration::from_secs(30)) {
            return Ok(Some(next));
        }
        let patience = if self.idle_steps > BUSY_STEPS {
            PATIENCE * self.idle_steps
        } else {
            Duration::from_millis(1)
        };
        Ok(Some(next.max(later(now, patience))))
    }

    /// The keys under which the database has the plans.
    pub(super) async fn learn_plans(&mut self) -> Result<()> {
        let rows: Vec<(i64, String, i64)> = sqlx::query_as("SELECT key, id, amount FROM plan")
            .fetch_all(self.door.connection())
            .await
            .context("cannot read the plans")?;
        // Versions differ by their amounts, and an older copy numbers them otherwise.
        let terms_of = |id: &str, won: i64| -> Result<Terms> {
            let shop = &self.shop;
            let found = shop.terms.iter().find(|one| one.plan.id.as_str() == id);
            let terms = found.context("a plan that was not drawn")?.clone();
            let is_it = |plan: &&Plan| plan.id == terms.plan.id && plan.amount.won() == won;
            let plan = shop.versions.iter().find(is_it);
            let plan = plan.context("a version that was never on offer")?.clone();
            Ok(Terms { plan, ..terms })
        };
        let terms: Result<BTreeMap<i64, Terms>> = rows
            .iter()
            .map(|(key, id, won)| Ok((*key, terms_of(id, *won)?)))
            .collect();
        self.laws.know_plans(terms?);
        Ok(())
    }

    fn run(&mut self, store: Store) {
        self.stage.starts();
        self.network.starts();
        self.gate.starts();
        let (writer, reader, lock) = store.into_parts();
        let stage = self.stage.clone();
        let gateway = InProcess::new(
            self.gateway.clone(),
            shop::keys(),
            Reading::as_the_client(),
            shop::DEADLINE,
            move |span| {
                let stage = stage.clone();
                async move { stage.wait(span).await }
            },
        );
        let port = Port::new(gateway, self.network.clone());
        let clock = self.stage.clone();
        let (engine, handle) = Engine::new(writer, reader, port, clock, self.shop.limits);
        let (stop, stopped) = watch::channel(false);
        self.life = Some(Life {
            engine: Box::pin(engine.run(stopped, Duration::ZERO)),
            handle,
            stop,
            _lock: lock,
        });
    }
}

fn ended_early(ended: Result<(), StoreError>) -> anyhow::Error {
    match ended {
        Ok(()) => anyhow!("the engine ended, and nobody told it to"),
        Err(why) => anyhow!(why).context("the engine ended"),
    }
}

async fn yields() {
    for _ in 0..YIELDS {
        tokio::task::yield_now().await;
    }
}
