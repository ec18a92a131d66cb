//! The front page, and what on it asks for a person.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;

use crate::control::protocol::status::{
    Clock, Doubts, Due, Gateway, Health, Job, LastDay, Silence, Status, Stopped,
};
use crate::control::server::refusal::Refusal;
use crate::control::server::rows::instant;
use crate::control::server::{Api, Facts};
use crate::core::civil::korean;
use crate::core::counted::counted_are;
use crate::core::subscription::Hold;
use crate::engine::handle;
use crate::store::{Count, Figures, JobView, Tallies};

/// How long a doubt may last before a person should look.
const DOUBT_MAX: Duration = Duration::from_hours(1);
/// How long a cycle whose moment has come may wait.
const OVERDUE_MAX: Duration = Duration::from_mins(5);
/// How long the engine may take to come round.
const ENGINE_SILENCE_MAX: Duration = Duration::from_mins(5);
/// How far the machine's clock may be from the daemon's, in seconds.
const SKEW_MAX: u64 = 60;
/// How long a daily job may stay away.
const JOB_ABSENCE_MAX: Duration = Duration::from_hours(26);
/// How the result of a job begins that did not do its work.
const JOB_FAILED: &str = "failed";

pub(super) async fn status(State(api): State<Api>) -> Result<Json<Status>, Refusal> {
    let now = (api.now)();
    let counted = counted(&api, now).await?;
    let engine = api.handle.health();
    Ok(Json(page(&api.facts, &counted, engine, now)))
}

/// What on the front page asks for a person.
pub(super) async fn sentences(api: &Api) -> Result<Vec<String>, Refusal> {
    let now = (api.now)();
    let counted = counted(api, now).await?;
    Ok(attention(&counted, &api.handle.health(), now))
}

/// What the page is made of, besides what the engine says of itself.
struct Counted {
    figures: Figures,
    tallies: Arc<Tallies>,
    /// By how many seconds the machine's clock is ahead of the daemon's.
    skew_seconds: i64,
}

async fn counted(api: &Api, now: Timestamp) -> Result<Counted, Refusal> {
    Ok(Counted {
        tallies: api.tally.of(now).await?,
        figures: api.reader.figures().await?,
        skew_seconds: (api.facts.clock_skew)(),
    })
}

fn page(facts: &Facts, counted: &Counted, engine: handle::Health, now: Timestamp) -> Status {
    let attention = attention(counted, &engine, now);
    let (figures, tallies) = (&counted.figures, &counted.tallies);
    Status {
        health: if attention.is_empty() {
            Health::Ok
        } else {
            Health::Attention
        },
        attention,
        stopped: engine.stopped.iter().map(stopped).collect(),
        doubts: Doubts {
            count: figures.in_doubt,
            oldest_at: figures.oldest_doubt_at.map(instant),
        },
        due: Due {
            overdue: tallies.overdue,
            next_day: tallies.due_next_day,
            next_at: figures.next_wake_at.map(instant),
        },
        dunning: tallies.retrying,
        holds: figures.by_hold.iter().map(named).collect(),
        subscriptions: tallies.by_status.iter().map(named).collect(),
        ending: tallies.ending,
        card_dead: tallies.card_dead,
        card_expiring: tallies.card_expiring,
        last_day: LastDay {
            paid: tallies.paid_last_day,
            collected: tallies.collected_last_day,
        },
        counted_at: tallies.at.to_string(),
        clock: Clock {
            now: now.to_string(),
            skew_seconds: counted.skew_seconds,
            engine_seen_at: engine.seen_at.to_string(),
        },
        gateway: gateway(facts, engine),
        jobs: figures.jobs.iter().map(job).collect(),
        last_event: figures.last_seq,
        version: facts.version.clone(),
        started_at: facts.started_at.to_string(),
    }
}

fn gateway(facts: &Facts, engine: handle::Health) -> Gateway {
    Gateway {
        host: facts.gateway_host.clone(),
        mode: facts.mode.clone(),
        in_flight: engine.in_flight,
        answered: engine.answered,
        paid: engine.paid,
        unanswered: engine.unanswered,
        slowed_to_per_minute: engine.pace.map(|pace| pace.calls_per_minute),
        last_silence: engine.last_silence.map(|(what, at)| Silence {
            what,
            at: at.to_string(),
        }),
    }
}

pub(super) fn stopped(stopped: &handle::Stopped) -> Stopped {
    Stopped {
        reason: stopped.reason.name().to_owned(),
        why: stopped.why.clone(),
        until: stopped.until.map(|until| until.to_string()),
    }
}

fn named(count: &Count) -> (String, i64) {
    (count.name.clone(), count.count)
}

fn job(job: &JobView) -> Job {
    Job {
        name: job.name.clone(),
        started_at: instant(job.started_at),
        ended_at: job.ended_at.map(instant),
        result: job.result.clone(),
    }
}

/// Everything that a person should look at, worst first.
fn attention(counted: &Counted, engine: &handle::Health, now: Timestamp) -> Vec<String> {
    let (figures, skew_seconds) = (&counted.figures, counted.skew_seconds);
    let is_past = |at: Option<i64>, most| at.is_some_and(|at| is_older(at, most, now));
    let mut sentences = Vec::new();

    if is_past(figures.oldest_doubt_at, DOUBT_MAX) {
        let since = figures.oldest_doubt_at.map(told).unwrap_or_default();
        sentences.push(format!(
            "{} in doubt, the oldest since {since}: the gateway does not say whether they were \
             charged; they are asked about again and again, and never charged meanwhile",
            counted_are(figures.in_doubt, "charge"),
        ));
    }
    sentences.extend(engine.stopped.iter().map(|one| no_charges(one, now)));
    for held in &figures.by_hold {
        // Whom nobody asked a release would only hold again.
        let remedy = if held.name == Hold::NoConsent.name() {
            "`dues consents` says whom to ask, `dues consent ID` writes the answer down"
        } else {
            "look with `dues show ID`, then `dues release ID`"
        };
        sentences.push(format!(
            "{} held ({}): {remedy}",
            counted_are(held.count, "subscription"),
            held.name,
        ));
    }
    if is_past(figures.next_wake_at, OVERDUE_MAX) {
        let since = figures.next_wake_at.map(told).unwrap_or_default();
        sentences.push(format!(
            "{} overdue, the oldest since {since}",
            counted_are(counted.tallies.overdue.max(1), "cycle"),
        ));
    }
    if is_older(engine.seen_at.as_microsecond(), ENGINE_SILENCE_MAX, now) {
        let since = korean(engine.seen_at);
        sentences.push(format!("the engine has not come round since {since}"));
    }
    let is_told = |one: &handle::Stopped| one.reason == handle::Stop::Clock;
    if skew_seconds.unsigned_abs() > SKEW_MAX && !engine.stopped.iter().any(is_told) {
        sentences.push(format!(
            "the machine's clock and the daemon's are {skew_seconds} s apart: set the machine's right"
        ));
    }
    sentences.extend(figures.jobs.iter().filter_map(|job| job_trouble(job, now)));
    sentences
}

fn no_charges(stopped: &handle::Stopped, now: Timestamp) -> String {
    let when = match stopped.until {
        None => "nobody is charged".to_owned(),
        Some(until) if until > now => {
            let until = korean(until);
            format!("nobody is charged until {until}, when one charge tries")
        }
        Some(until) => format!("since {} charges wait for one that tries", korean(until)),
    };
    let whose = match stopped.reason {
        handle::Stop::Barred => "the gateway refuses us: ",
        handle::Stop::Outage => "the gateway, or the PG behind it, is out: ",
        handle::Stop::Canary => "of the charges that went first, one came back wrong: ",
        handle::Stop::Clock | handle::Stop::Fence | handle::Stop::Disk | handle::Stop::Guard => "",
    };
    format!("{when}: {whose}{}", stopped.why)
}

fn job_trouble(job: &JobView, now: Timestamp) -> Option<String> {
    let started_at = told(job.started_at);
    let result = job.result.as_deref().unwrap_or_default();
    if result.starts_with(JOB_FAILED) {
        return Some(format!("the job {} of {started_at} {result}", job.name));
    }
    is_older(job.started_at, JOB_ABSENCE_MAX, now)
        .then(|| format!("the job {} has not run since {started_at}", job.name))
}

/// An instant in a sentence.
fn told(microseconds: i64) -> String {
    korean(Timestamp::from_microsecond(microseconds).unwrap_or(Timestamp::MAX))
}

fn is_older(microseconds: i64, most: Duration, now: Timestamp) -> bool {
    let age = now.as_microsecond().saturating_sub(microseconds);
    i64::try_from(most.as_micros()).is_ok_and(|most| age > most)
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    const NOW: &str = "2026-01-15T00:00:00Z";

    fn ago(span: Duration) -> i64 {
        let now: Timestamp = NOW.parse().unwrap();
        (now - span).as_microsecond()
    }

    /// A daemon in which everything is a second within its limit, or a second beyond it.
    fn check(beyond: i64, expected: &Expect) {
        let span = |most: Duration| ago(most) + if beyond > 0 { -1_000_000 } else { 1_000_000 };
        let job = |name: &str, result: &str| JobView {
            name: name.to_owned(),
            started_at: span(JOB_ABSENCE_MAX),
            ended_at: Some(span(JOB_ABSENCE_MAX)),
            result: Some(result.to_owned()),
        };
        let held = ["mismatch", "no_consent"].map(|name| Count {
            name: name.to_owned(),
            count: beyond,
        });
        let counted = Counted {
            figures: Figures {
                in_doubt: 1,
                oldest_doubt_at: Some(span(DOUBT_MAX)),
                next_wake_at: Some(span(OVERDUE_MAX)),
                last_seq: 0,
                by_hold: if beyond > 0 {
                    held.to_vec()
                } else {
                    Vec::new()
                },
                jobs: vec![
                    job("backup", "ok"),
                    job(
                        "reconcile",
                        if beyond > 0 {
                            "failed: full disk"
                        } else {
                            "ok"
                        },
                    ),
                ],
            },
            tallies: Arc::new(Tallies {
                at: NOW.parse().unwrap(),
                overdue: 2,
                due_next_day: 0,
                retrying: 0,
                ending: 0,
                card_dead: 0,
                card_expiring: 0,
                paid_last_day: 0,
                collected_last_day: 0,
                by_status: Vec::new(),
            }),
            skew_seconds: 60 + beyond,
        };
        let now: Timestamp = NOW.parse().unwrap();
        let seen_at = Timestamp::from_microsecond(span(ENGINE_SILENCE_MAX)).unwrap();
        let until = now + Duration::from_mins(1);
        let barred = handle::Stopped {
            reason: handle::Stop::Barred,
            why: "bad key".to_owned(),
            until: Some(until),
        };
        let engine = handle::Health {
            seen_at,
            in_flight: 0,
            stopped: (0..beyond).map(|_| barred.clone()).collect(),
            pace: None,
            answered: 0,
            paid: 0,
            unanswered: 0,
            last_silence: None,
        };
        let sentences = attention(&counted, &engine, now);
        expected.assert_eq(&sentences.join("\n"));
    }

    #[test]
    fn within_the_limits_nobody_is_called() {
        check(0, &expect![[""]]);
    }

    #[test]
    fn beyond_them_everything_is_told() {
        check(
            1,
            &expect![[r"
                1 charge is in doubt, the oldest since 2026-01-15 07:59 +09:00: the gateway does not say whether they were charged; they are asked about again and again, and never charged meanwhile
                nobody is charged until 2026-01-15 09:01 +09:00, when one charge tries: the gateway refuses us: bad key
                1 subscription is held (mismatch): look with `dues show ID`, then `dues release ID`
                1 subscription is held (no_consent): `dues consents` says whom to ask, `dues consent ID` writes the answer down
                2 cycles are overdue, the oldest since 2026-01-15 08:54 +09:00
                the engine has not come round since 2026-01-15 08:54 +09:00
                the machine's clock and the daemon's are 61 s apart: set the machine's right
                the job backup has not run since 2026-01-14 06:59 +09:00
                the job reconcile of 2026-01-14 06:59 +09:00 failed: full disk"]],
        );
    }
}
