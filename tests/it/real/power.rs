//! Power cuts: everything that the real process writes, syncs and sends is recorded. At every cut the
//! files are put together again as a disk may have them that lost any part of what was not synced.
//! They must open, and hold everything that somebody outside was told before the cut.

mod disk;
mod trace;

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use sqlx::{Connection, SqliteConnection};

use crate::real::books::agree;
use crate::real::gateway::Simulator;
use crate::real::power::disk::{Disk, Fate};
use crate::real::power::trace::{Event, Happened};
use crate::real::stage::{DUES, Running, Stage, database};
use crate::real::tools;
use crate::sim::audit;

/// How many subscriptions live through it.
const SUBSCRIBERS: usize = 12;

/// Of the cuts between two writes every so many is tried; those after a sync, a request or an answer all.
const TRIED_EVERY: usize = 6;

#[test]
fn at_every_cut_what_was_told_outside_is_on_disk() {
    let Some((_stage, events)) = recorded() else {
        return;
    };
    let losses = losses(&events);
    assert!(
        losses.is_empty(),
        "{} losses:\n{}",
        losses.len(),
        losses.join("\n")
    );
}

/// The check can fail: without the syncs the same life is lost.
#[test]
fn without_syncs_the_cuts_lose_what_was_told() {
    let Some((_stage, mut events)) = recorded() else {
        return;
    };
    events.retain(|event| !matches!(event.what, Happened::Synced { .. }));
    let losses = losses(&events);
    let of = |what: &str| losses.iter().filter(|loss| loss.contains(what)).count();
    assert!(of("was sent") > 0, "{losses:?}");
    assert!(of("was answered") > 0, "{losses:?}");
}

/// A life of a daemon: it makes its database, takes subscriptions and charges them, is killed in the
/// middle, and goes on.
fn recorded() -> Option<(Stage, Vec<Event>)> {
    if !tools::has("strace", &["strace", "-o", "/dev/null", "true"]) {
        return None;
    }
    let simulator = Simulator::start(&["--latency-ms", "20"]);
    let stage = Stage::set(&simulator.url());
    fs::create_dir_all(stage.path("state")).unwrap();
    let mut events = Vec::new();
    for life in 0..2 {
        let path = stage.path(&format!("trace{life}"));
        let mut strace = Command::new("strace");
        strace.args(["-f", "-y", "-x", "-s", "1048576", "-e", trace::CALLS, "-o"]);
        let daemon = stage.launch({
            strace.arg(&path).arg(DUES);
            strace
        });
        stage.until("charging", || stage.is_charging());
        for one in (life * SUBSCRIBERS / 2)..((life + 1) * SUBSCRIBERS / 2) {
            stage.add(&format!("s{one}"), &format!("c{one}"));
        }
        let wanted = (life + 1) * SUBSCRIBERS / 2;
        stage.until("they are paid", || stage.count("paid") == wanted);
        if life == 1 {
            agree(&stage, &simulator);
        }
        end(daemon, &path);
        events.extend(trace::read(&path, &stage.path("state")));
    }
    Some((stage, events))
}

/// Ends what is traced, and with it the tracer.
fn end(mut strace: Running, trace: &Path) {
    let text = fs::read_to_string(trace).unwrap();
    let traced = text.split(' ').next().unwrap().parse().unwrap();
    let traced = rustix::process::Pid::from_raw(traced).unwrap();
    rustix::process::kill_process(traced, rustix::process::Signal::KILL).unwrap();
    strace.ends();
}

/// What was told to somebody outside before a cut.
#[derive(Default)]
struct Told {
    /// How often a charge was sent, by `merchant_uid`.
    sent: BTreeMap<String, i64>,
    /// Whose addition was answered.
    added: Vec<String>,
}

fn losses(events: &[Event]) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let (mut disk, mut told, mut losses) = (Disk::default(), Told::default(), Vec::new());
        let mut tried = 0;
        for (place, event) in events.iter().enumerate() {
            disk.take(event);
            let is_told = match &event.what {
                Happened::Sent(uid) => {
                    *told.sent.entry(uid.clone()).or_insert(0) += 1;
                    true
                }
                Happened::Added(id) => {
                    told.added.push(id.clone());
                    true
                }
                Happened::Synced { .. } => true,
                Happened::Made(_)
                | Happened::Wrote { .. }
                | Happened::Cut { .. }
                | Happened::Renamed(..)
                | Happened::Removed(_) => false,
            };
            if is_told || place % TRIED_EVERY == 0 {
                tried += 1;
                for fate in Fate::at(place) {
                    let directory = tempfile::tempdir().unwrap();
                    disk.survives(fate, directory.path());
                    if let Some(loss) = loss(directory.path(), &told).await {
                        losses.push(format!("cut {place}, {fate:?}: {loss}"));
                    }
                }
            }
        }
        assert!(tried > 100, "only {tried} cuts");
        assert_eq!(told.sent.len(), SUBSCRIBERS, "the trace shows every charge");
        assert_eq!(told.added.len(), SUBSCRIBERS, "and every answer");
        losses
    })
}

/// What is missing or wrong in a directory after a cut.
async fn loss(directory: &Path, told: &Told) -> Option<String> {
    let path = directory.join("dues.db");
    if !path.exists() {
        let is_told = !told.sent.is_empty() || !told.added.is_empty();
        return is_told.then(|| "what was sent and was answered: there is no database".to_owned());
    }
    let mut connection = database(&path).await;
    let loss = wrong(&mut connection, directory, told).await;
    connection.close().await.unwrap();
    loss
}

async fn wrong(connection: &mut SqliteConnection, directory: &Path, told: &Told) -> Option<String> {
    let sound: Result<String, _> = sqlx::query_scalar("PRAGMA integrity_check")
        .fetch_one(&mut *connection)
        .await;
    match sound {
        Ok(sound) if sound == "ok" => {}
        Ok(other) => return Some(format!("it is not sound: {other}")),
        Err(why) => return Some(format!("it cannot be read: {why}")),
    }
    for (uid, times) in &told.sent {
        let attempts: i64 =
            sqlx::query_scalar("SELECT count(*) FROM attempt WHERE merchant_uid = ?1")
                .bind(uid)
                .fetch_one(&mut *connection)
                .await
                .unwrap_or(0);
        if attempts < *times {
            return Some(format!(
                "{uid} was sent {times} times, and {attempts} are on record"
            ));
        }
    }
    for id in &told.added {
        let there: i64 = sqlx::query_scalar("SELECT count(*) FROM subscription WHERE id = ?1")
            .bind(id)
            .fetch_one(&mut *connection)
            .await
            .unwrap_or(0);
        if there == 0 {
            return Some(format!("{id} was answered, and is not there"));
        }
    }
    let generation: Option<i64> = sqlx::query_scalar("SELECT generation FROM fence")
        .fetch_optional(&mut *connection)
        .await
        .ok()?;
    let generation = generation?;
    audit::fold_gives_the_tables(connection).await;
    let said = said_generation(directory)?;
    (said > generation).then(|| {
        format!("dues.generation says {said}, and the database {generation}: a restored backup?")
    })
}

/// What the file beside the database says, if it is whole.
fn said_generation(directory: &Path) -> Option<i64> {
    let text = fs::read_to_string(directory.join("dues.generation")).ok()?;
    let rest = text.strip_prefix("dues generation ")?;
    rest.split(' ').next()?.parse().ok()
}
