//! The simulation: the engine as it is, on a real database, with the simulated gateway in process and
//! a clock that the story moves. The gateway's books are the oracle: after each story the database is
//! compared with them, and with the fold of its own journal.

pub(crate) mod audit;
mod copies;
mod people;
mod stage;

use std::collections::BTreeMap;
use std::time::Duration;

use dues::core::guard::Caps;
use dues::core::order::{CustomerUid, SubscriptionId};
use dues::core::plan::Terms;
use dues::engine::Engine;
use dues::engine::clock::Clock;
use dues::engine::guards::Limits;
use dues::engine::handle::{Handle, Reconciled};
use dues::gateway::simulator::behaviour::Behaviour;
use dues::gateway::simulator::process::{InProcess, Reading};
use dues::gateway::simulator::script::Script;
use dues::gateway::simulator::shared::Shared;
use dues::gateway::simulator::switches::{Keys, Switches};
use dues::store::{Added, Command, NewSubscription, NotAdded, Reader, Store, StoreError, Who};
use jiff::Timestamp;
use sqlx::sqlite::SqliteConnection;
use tempfile::TempDir;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::shop;
use crate::sim::stage::Stage;

/// How long the client waits for an answer.
const DEADLINE: Duration = Duration::from_mins(1);

/// A shop in a simulated world. `N` is the gateway's clock.
pub(crate) struct Sim<N> {
    pub(crate) stage: Stage,
    gateway: Shared<N>,
    terms: Vec<Terms>,
    directory: TempDir,
    machine: &'static str,
    back_door: SqliteConnection,
    running: Option<Running>,
    disk_low_bytes: u64,
    calls_per_second: Option<u32>,
    caps: Caps,
    /// How long a stop waits for answers.
    grace: Duration,
}

/// An engine at work. Dropping it is a crash.
struct Running {
    handle: Handle,
    reader: Reader,
    engine: JoinSet<Result<(), StoreError>>,
    stop: watch::Sender<bool>,
    _lock: std::fs::File,
}

/// Opens a shop that sells these plans, at this instant; nothing has happened yet.
pub(crate) async fn open(
    start: &str,
    terms: Vec<Terms>,
    switches: Switches,
) -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let stage = Stage::new(shop::instant(start));
    let clock = stage.clone();
    let gateway = Shared::new(Behaviour::new(switches), move || clock.now());
    let directory = tempfile::tempdir().expect("a directory");

    let store = shop::open(directory.path(), &terms, stage.now()).await;
    let back_door = shop::back_door(directory.path()).await;
    let mut sim = Sim {
        stage,
        gateway,
        terms,
        directory,
        machine: "the shop's",
        back_door,
        running: None,
        disk_low_bytes: 0,
        calls_per_second: None,
        caps: Caps::NONE,
        grace: Duration::ZERO,
    };
    sim.run(store);
    // The engine asks for the time first.
    sim.settle().await;
    sim
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Sim<N> {
    /// From now on this is what comes of the charges of a card.
    pub(crate) fn script(&self, card: &str, outcomes: &[&str]) {
        let script = Script::parse(outcomes.iter().copied()).expect("outcomes that there are");
        self.gateway
            .with(|gateway, _| gateway.set_script(card, script));
    }

    /// Adds a subscription anchored now.
    pub(crate) async fn add(&mut self, id: &str, card: &str, plan: &str) {
        let wanted = shop::wanted(id, card, plan, self.stage.now());
        let added = self.ask_for(wanted).await;
        assert!(added.is_ok(), "{added:?}");
    }

    /// Asks for a subscription, which may be refused.
    pub(crate) async fn ask_for(&mut self, wanted: NewSubscription) -> Result<Added, NotAdded> {
        let added = self.handle().add(vec![wanted], Who::named("test")).await;
        let mut added = added.expect("the engine runs").expect("no key").answer;
        added.pop().expect("one answer to one request")
    }

    /// Gives a command and shows the reply.
    pub(crate) async fn tell(&mut self, command: Command) -> String {
        let reply = self.handle().command(command, Who::named("test")).await;
        match reply.expect("the engine runs").map(|given| given.answer) {
            Ok(changed) => {
                let hold = changed.hold.map(|hold| format!(" held: {hold}"));
                let forgone = changed.forgone;
                let at = |what: &str, at| {
                    let at = Timestamp::from_microsecond(at).expect("an instant");
                    let local = crate::shop::zone().to_datetime(at);
                    format!(", {what} at {}", local.strftime("%Y-%m-%d %H:%M:%S"))
                };
                let retry = changed.retry_at.map(|retry| at("tried", retry));
                let end = changed.ends_at.map(|end| at("ends", end));
                let resumption = changed.resumes_at.map(|on| at("goes on", on));
                format!(
                    "{}{} forgone {forgone:?}{}{}{}",
                    changed.status,
                    hold.unwrap_or_default(),
                    retry.unwrap_or_default(),
                    end.unwrap_or_default(),
                    resumption.unwrap_or_default()
                )
            }
            Err(not_done) => not_done.to_string(),
        }
    }

    /// Lets the world go on until then: every wake-up and every answer at its own moment, and nothing
    /// in between.
    pub(crate) async fn until(&mut self, end: &str) {
        let end = shop::instant(end);
        while self.step(end).await {}
    }

    /// The same, while the process dies at every third step or so, somewhere in the middle of it.
    pub(crate) async fn until_with_crashes(&mut self, end: &str, seed: u64) {
        let end = shop::instant(end);
        let mut draw = seed;
        while self.step(end).await {
            draw = draw
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let chance = draw >> 33;
            if chance.is_multiple_of(3) {
                for _ in 0..chance / 3 % 12 {
                    self.count("SELECT count(*) FROM cycle").await;
                }
                self.crash().await;
            }
        }
    }

    /// Lets everything happen that happens now, and moves the clock to what comes next.
    async fn step(&mut self, end: Timestamp) -> bool {
        self.settle().await;
        let now = self.stage.now();
        if now >= end {
            return false;
        }
        // What is due and was not woken waits for its turn: a busy card, a full house.
        let soon = now + Duration::from_secs(30);
        let next = match self.next_wake_at().await {
            Some(next) if next > now => next,
            Some(_) => soon,
            None => end,
        };
        let answer = self.stage.next_answer_at().unwrap_or(Timestamp::MAX);
        self.stage.move_to(next.min(answer).min(end));
        true
    }

    /// Lets everything happen that happens now.
    pub(crate) async fn settle(&mut self) {
        let stage = self.stage.clone();
        let running = self.running.as_mut().expect("it runs");
        tokio::select! {
            () = stage.is_idle() => {}
            Some(ended) = running.engine.join_next() => panic!("the engine ended: {ended:?}"),
        }
    }

    /// The process dies, wherever it is, and is started again.
    pub(crate) async fn crash(&mut self) {
        self.running = None;
        self.stage.forget_answers();
        let (path, now) = (self.directory.path(), self.stage.now());
        let store = shop::open_on(self.machine, path, &self.terms, now).await;
        self.run(store);
        self.settle().await;
    }

    /// The same as [`until`](Self::until) for whoever does not sleep until then: looks in every tenth of a second.
    pub(crate) async fn until_in_tenths(&mut self, end: &str) {
        let end = shop::instant(end);
        while self.stage.now() < end {
            self.settle().await;
            self.stage
                .move_to(self.stage.now() + Duration::from_millis(100));
        }
        self.settle().await;
    }

    /// The daemon is stopped now and started again then.
    pub(crate) async fn is_away_until(&mut self, end: &str) {
        self.settle().await;
        self.stop().await;
        self.stage.move_to(shop::instant(end));
        self.crash().await;
    }

    /// Stops the engine as `systemctl stop` does, audits it, and tells everything that happened.
    pub(crate) async fn ends(mut self) -> String {
        self.settle().await;
        self.stop().await;
        self.audit().await;
        audit::journal(&mut self.back_door).await
    }

    /// Compares the database with the gateway's books and with its own journal.
    pub(crate) async fn audit(&mut self) {
        let asked = audit::asked(&mut self.back_door).await;
        self.nobody_is_charged_twice();
        let books = self
            .gateway
            .with(|gateway, _| audit::books(gateway.ledger(), &asked));
        let recorded = audit::recorded(&mut self.back_door).await;
        assert_eq!(
            recorded, books,
            "recorded as paid, and paid by the gateway's books"
        );
        audit::fold_gives_the_tables(&mut self.back_door).await;
        audit::cards_are_charged_one_at_a_time(&mut self.back_door).await;
    }

    /// No cycle has more than one payment that was not given back, by the gateway's books.
    pub(crate) fn nobody_is_charged_twice(&self) {
        self.gateway.with(|gateway, _| {
            let doubles: Vec<&str> = gateway.ledger().double_charges().collect();
            assert!(doubles.is_empty(), "charged twice: {doubles:?}");
        });
    }

    /// Compares what is over with the gateway's books.
    pub(crate) async fn reconcile(&mut self) -> Reconciled {
        let handle = self.handle();
        let comparing = handle.reconcile();
        tokio::pin!(comparing);
        let longest = self.stage.now() + Duration::from_hours(24);
        loop {
            tokio::select! {
                biased;
                came_to = &mut comparing => return came_to.expect("the engine runs"),
                () = self.stage.is_idle() => {
                    let soon = self.stage.now() + Duration::from_secs(30);
                    assert!(soon < longest, "it does not come to an end");
                    self.stage.move_to(soon);
                }
            }
        }
    }

    /// Why nobody is charged for now.
    pub(crate) fn stopped(&self) -> Vec<String> {
        let stopped = self.handle().health().stopped.into_iter();
        stopped
            .map(|one| format!("{}: {}", one.reason.name(), one.why))
            .collect()
    }

    /// A number out of the database.
    pub(crate) async fn count(&mut self, sql: &'static str) -> i64 {
        let count = sqlx::query_scalar(sql).fetch_one(&mut self.back_door).await;
        count.expect("a number")
    }

    /// Which cycles of somebody were tried, for how much, and when first.
    pub(crate) async fn first_tries(&mut self, id: &str) -> Vec<(i64, i64, i64)> {
        let tries = sqlx::query_as(
            "SELECT a.n, a.amount, a.begun_at FROM attempt a
               JOIN subscription s ON s.key = a.subscription_key
              WHERE s.id = ?1 AND a.k = 1 ORDER BY a.n",
        );
        let tries = tries.bind(id).fetch_all(&mut self.back_door).await;
        tries.expect("the attempts can be read")
    }

    /// Stops the engine in good order.
    pub(crate) async fn stop(&mut self) {
        let running = self.running.take().expect("it runs");
        running.stop.send_replace(true);
        self.has_ended(running).await;
    }

    async fn has_ended(&mut self, mut running: Running) {
        let ended = running.engine.join_next().await.expect("one engine");
        ended.expect("it did not panic").expect("it could write");
    }

    pub(crate) fn handle(&self) -> Handle {
        let running = self.running.as_ref().expect("it runs");
        running.handle.clone()
    }

    /// What may be read besides.
    pub(crate) fn reader(&self) -> Reader {
        let running = self.running.as_ref().expect("it runs");
        running.reader.clone()
    }

    /// What was paid from then on, by the gateway's books: uid and amount.
    pub(crate) fn paid_since(&self, from: Timestamp) -> BTreeMap<String, i64> {
        let paid = self.payments_since(from).into_iter();
        paid.map(|(uid, (won, _))| (uid, won)).collect()
    }

    fn run(&mut self, store: Store) {
        let (writer, reader, lock) = store.into_parts();
        let stage = self.stage.clone();
        let gateway = InProcess::new(
            self.gateway.clone(),
            keys(),
            Reading::as_the_client(),
            DEADLINE,
            move |span| {
                let stage = stage.clone();
                async move { stage.wait_for_answer(span).await }
            },
        );
        let limits = Limits {
            in_flight_max: 8,
            calls_per_second: self.calls_per_second,
            quiet_period: shop::pace().quiet_period,
            disk_low_bytes: self.disk_low_bytes,
            caps: self.caps,
        };
        let clock = self.stage.clone();
        let (engine, handle) = Engine::new(writer, reader.clone(), gateway, clock, limits);
        let (stop, stopped) = watch::channel(false);
        let mut tasks = JoinSet::new();
        self.stage.is_busy();
        tasks.spawn(engine.run(stopped, self.grace));
        self.running = Some(Running {
            handle,
            reader,
            engine: tasks,
            stop,
            _lock: lock,
        });
    }

    async fn next_wake_at(&mut self) -> Option<Timestamp> {
        let next = "SELECT min(at) FROM (SELECT min(wake_at) AS at FROM cycle
                    UNION ALL SELECT min(ends_at) FROM subscription
                    UNION ALL SELECT min(resumes_at) FROM subscription)";
        let at: Option<i64> = sqlx::query_scalar(next)
            .fetch_one(&mut self.back_door)
            .await
            .expect("the queue can be read");
        at.map(|at| Timestamp::from_microsecond(at).expect("an instant of ours"))
    }
}

fn keys() -> Keys {
    Keys {
        key: "key".to_owned(),
        secret: "secret".to_owned(),
    }
}

/// A subscription's id.
pub(crate) fn id(text: &str) -> SubscriptionId {
    SubscriptionId::parse(text).expect("an id")
}

/// A card.
pub(crate) fn card(text: &str) -> CustomerUid {
    CustomerUid::parse(text).expect("a card")
}
