//! `kill -9`, three hundred times: the daemon dies while it starts, adds, charges and asks, over a
//! population that keeps coming due, against a gateway that loses answers. In the end everybody was
//! charged exactly once, both sides say so, and nobody who was told "added" is missing.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::net::UnixStream;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::real::books::{agree, everybody_pays};
use crate::real::gateway::Simulator;
use crate::real::stage::{DUES, Stage, database};
use crate::sim::audit;

/// How often a daemon is killed, for each of the two gateways.
const KILLS: u32 = 150;

/// How many are added between two kills.
const BATCH: usize = 20;

/// How often, and after how long each time, is looked whether a daemon charges that was started.
const LOOKS_MAX: u32 = 100;
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// One in so many is declined, once, and is not tried again before tomorrow.
const DECLINED_EVERY: usize = 10;

/// A gateway on which a uid is taken at once, and which loses requests and answers.
#[test]
fn killed_150_times_while_answers_are_lost() {
    let switches = json!({
        "latency_ms": 25,
        "charge_rates": {"cut-paid": 60_000, "cut-unpaid": 40_000, "truncated-paid": 20_000},
        "lookup_rates": {"cut": 50_000, "http-502": 20_000},
    });
    kills(1, &switches);
}

/// A gateway that looks first and charges then, shows nothing of what is under way, and is late.
#[test]
fn killed_150_times_while_the_gateway_is_late() {
    let switches = json!({
        "latency_ms": 60,
        "duplicates": "check-then-act",
        "in_flight": "hidden",
        "time_out_ms": 1_200,
        "charge_rates": {"time-out-paid": 40_000, "http-500-paid": 40_000, "bare-404-unpaid": 20_000},
    });
    kills(2, &switches);
}

fn kills(seed: u64, switches: &Value) {
    let simulator = Simulator::start(&[]);
    simulator.put("/simulator/switches", switches);
    let stage = Stage::set(&simulator.url());
    let merchant = Merchant::new();

    std::thread::scope(|scope| {
        scope.spawn(|| merchant.adds(&stage));
        // Also when a check fails: the scope waits for the merchant.
        let _done = Done(&merchant.is_done);
        let mut chance = Chance(seed);
        for kill in 0..KILLS {
            merchant.wanted.fetch_add(BATCH, Ordering::SeqCst);
            let payments = simulator.count("payments");
            let _killed = stage.launch(Command::new(DUES));
            let is_charging = || simulator.count("payments") > payments;
            chance.lets_live(kill, &stage, is_charging);
        }
        // The faults stop, and everything settles.
        let daemon = stage.serve();
        simulator.put(
            "/simulator/switches",
            &json!({"charge_rates": {}, "lookup_rates": {}}),
        );
        let wanted = merchant.wanted.load(Ordering::SeqCst);
        stage.until("everybody is added", || {
            merchant.acknowledged.lock().unwrap().len() == wanted
        });
        everybody_pays(&stage, wanted);
        agree(&stage, &simulator);
        nobody_is_lost(&stage, &merchant.acknowledged.lock().unwrap());
        daemon.stop();
    });
    the_database_is_whole(&stage);
}

/// Sends the merchant home.
struct Done<'a>(&'a AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Numbers that look like chance, the same on every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    /// How long a daemon lives: a third die while they start, most while they charge, and some only
    /// after the quiet period, while they ask. What is waited for is the socket and the first payment,
    /// not a time: a busy machine must not kill all of them before they charge.
    fn lets_live(&mut self, kill: u32, stage: &Stage, is_charging: impl Fn() -> bool) {
        let (is_started, milliseconds) = match kill % 25 {
            24 => (true, 1_700 + self.below(800)),
            place if place % 3 == 0 => (false, self.below(75)),
            _ => (true, self.below(150)),
        };
        if is_started {
            stage.until("it is started", || {
                UnixStream::connect(stage.socket()).is_ok()
            });
            // Nobody may be due, or what is sent is lost.
            let mut looks = (0..LOOKS_MAX).map(|_| {
                std::thread::sleep(LOOK_AGAIN);
                is_charging()
            });
            looks.any(|is_charging| is_charging);
        }
        std::thread::sleep(Duration::from_millis(milliseconds));
    }
}

/// Somebody who adds subscriptions without a pause, and repeats what was not answered.
struct Merchant {
    wanted: AtomicUsize,
    is_done: AtomicBool,
    /// Whose addition was answered.
    acknowledged: Mutex<BTreeSet<String>>,
    anchor: String,
}

fn is_declined(one: usize) -> bool {
    one % DECLINED_EVERY == DECLINED_EVERY - 1
}

impl Merchant {
    fn new() -> Self {
        Self {
            wanted: AtomicUsize::new(0),
            is_done: AtomicBool::new(false),
            acknowledged: Mutex::default(),
            anchor: Timestamp::now().to_string(),
        }
    }

    fn adds(&self, stage: &Stage) {
        let mut from = 0;
        while !self.is_done.load(Ordering::SeqCst) {
            let until = self.wanted.load(Ordering::SeqCst).min(from + BATCH);
            let batch: Vec<Value> = (from..until).map(|one| self.wants(one)).collect();
            if batch.is_empty() {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            }
            let Some((status, answer)) = stage.post("/v1/subscriptions", &Value::from(batch))
            else {
                std::thread::sleep(Duration::from_millis(5));
                continue;
            };
            assert_eq!(status, 200, "{answer}");
            for added in answer.as_array().unwrap() {
                let id = added["id"].as_str().unwrap_or_else(|| panic!("{added}"));
                self.acknowledged.lock().unwrap().insert(id.to_owned());
            }
            from = until;
        }
    }

    fn wants(&self, one: usize) -> Value {
        let customer = if is_declined(one) {
            format!("sim-decline-funds-{one}")
        } else {
            format!("customer-{one}")
        };
        json!({
            "id": format!("s{one}"), "customer_uid": customer, "plan": "basic",
            "anchor": self.anchor,
        })
    }
}

/// Who was told "added" is there.
fn nobody_is_lost(stage: &Stage, acknowledged: &BTreeSet<String>) {
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let subscriptions = stage.export("subscriptions");
    let there: BTreeSet<String> = subscriptions.iter().map(|row| text(row, "id")).collect();
    let lost: Vec<&String> = acknowledged.difference(&there).collect();
    assert!(lost.is_empty(), "answered, and lost: {lost:?}");
}

/// The database is sound, its journal folds, and the kills came where they could do harm.
fn the_database_is_whole(stage: &Stage) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = database(&stage.state("dues.db")).await;
        let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        assert_eq!(sound, "ok");
        audit::fold_gives_the_tables(&mut connection).await;
        audit::cards_are_charged_one_at_a_time(&mut connection).await;

        let starts: i64 = sqlx::query_scalar("SELECT epoch FROM fence")
            .fetch_one(&mut connection)
            .await
            .unwrap();
        let kinds: Vec<(String, i64)> =
            sqlx::query_as("SELECT kind, count(*) FROM journal GROUP BY kind")
                .fetch_all(&mut connection)
                .await
                .unwrap();
        let kinds: BTreeMap<String, i64> = kinds.into_iter().collect();
        let count = |kind: &str| kinds.get(kind).copied().unwrap_or(0);
        // Of the starts, some died before they had the database; of the charges, some were left open by
        // one that died, and each kind of look-up found something.
        assert!(starts > i64::from(KILLS) / 2, "{starts} starts");
        assert!(starts <= i64::from(KILLS), "{starts} starts");
        for (kind, least) in [
            ("expired", 20),
            ("lost", 5),
            ("found_paid", 10),
            ("found_absent", 1),
        ] {
            assert!(count(kind) >= least, "{kind}: {kinds:?}");
        }
    });
}
