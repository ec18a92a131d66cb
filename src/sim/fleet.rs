//! Many seeds, on all cores: each thread takes the next seed that nobody has taken.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

use crate::sim::certificate::Certificate;
use crate::sim::{Played, play, play_on};

/// Which seeds.
#[derive(Debug, Clone, Copy)]
pub struct Fleet {
    /// The first.
    pub first: u64,
    /// How many.
    pub seeds: u64,
    /// Every so-many-th is played twice, to see that it comes to the same.
    pub twice_every: u64,
}

/// A seed in which a law was broken.
#[derive(Debug)]
pub struct Failed {
    /// Which.
    pub seed: u64,
    /// Which law, and where.
    pub why: String,
    /// What happened to that subscription; everything, if it was nobody's.
    pub lines: Vec<String>,
}

/// How many failed seeds are told of; one is enough to stop a release.
const FAILED_MAX: usize = 5;

impl Fleet {
    /// Plays them all. `said` hears of each seed that is done.
    ///
    /// # Errors
    /// When a thread or a runtime cannot be made.
    pub fn play(self, said: &(dyn Fn() + Sync)) -> Result<Certificate> {
        let next = AtomicU64::new(self.first);
        let certificate = Mutex::new(Certificate::default());
        let (next, certificate_of_all) = (&next, &certificate);
        thread::scope(|scope| {
            let workers: Vec<_> = cores()
                .into_iter()
                .map(|core| {
                    scope.spawn(move || {
                        stay_on(core);
                        self.work(next, certificate_of_all, said)
                    })
                })
                .collect();
            for worker in workers {
                if let Ok(worked) = worker.join() {
                    worked?;
                } else {
                    anyhow::bail!("a thread broke off");
                }
            }
            Ok(())
        })?;
        Ok(certificate
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner))
    }

    fn work(
        self,
        next: &AtomicU64,
        certificate: &Mutex<Certificate>,
        said: &(dyn Fn() + Sync),
    ) -> Result<()> {
        let mut ground = None;
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed - self.first >= self.seeds {
                return Ok(());
            }
            let is_told_twice = self.twice_every > 0 && seed.is_multiple_of(self.twice_every);
            let played = play_on(&mut ground, seed, is_told_twice)?;
            let failed = match &played.ended {
                Err(why) => Some(examine(seed, why)?),
                Ok(_) if is_told_twice => compare(seed, &played)?,
                Ok(_) => None,
            };
            let mut certificate = certificate.lock().unwrap_or_else(PoisonError::into_inner);
            certificate.take(&played, is_told_twice);
            if let Some(failed) = failed {
                certificate.failed.push(failed);
            }
            if certificate.failed.len() >= FAILED_MAX {
                return Ok(());
            }
            drop(certificate);
            said();
        }
    }
}

/// The cores that this process may use; `None` is one of which nothing is known.
fn cores() -> Vec<Option<usize>> {
    let Ok(allowed) = sched_getaffinity(None) else {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        return vec![None; threads];
    };
    (0..CpuSet::MAX_CPU)
        .filter(|core| allowed.is_set(*core))
        .map(Some)
        .collect()
}

/// Keeps this thread, and those that it starts, on one core. A world and its SQLite take turns: on two cores
/// each turn would wake a sleeping one. Where that is not allowed a seed takes a fifth longer.
fn stay_on(core: Option<usize>) {
    let Some(core) = core else {
        return;
    };
    let mut only = CpuSet::new();
    only.set(core);
    if let Err(why) = sched_setaffinity(None, &only) {
        tracing::debug!(core, %why, "cannot stay on a core");
    }
}

/// Plays a failed seed again and keeps what happened to the subscriptions that it names.
fn examine(seed: u64, why: &anyhow::Error) -> Result<Failed> {
    let again = play(seed, true)?;
    let why = format!("{why:#}");
    let is_same = again
        .ended
        .as_ref()
        .is_err_and(|again| format!("{again:#}") == why);
    let words = why.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    let named: BTreeSet<String> = words
        .filter(|word| word.starts_with("sim-p"))
        .map(|uid| uid.splitn(3, '-').take(2).collect::<Vec<_>>().join("-"))
        .collect();
    let lines = again.lines.into_iter().filter(|line| {
        let is_named = |whose: &String| line.contains(whose.as_str());
        named.is_empty() || !line.contains("sim-p") || named.iter().any(is_named)
    });
    Ok(Failed {
        seed,
        why: if is_same {
            why
        } else {
            format!("{why} (and not again when it was played a second time)")
        },
        lines: lines.collect(),
    })
}

/// Plays a seed again, on new ground, and compares what happened.
fn compare(seed: u64, first: &Played) -> Result<Option<Failed>> {
    let again = play(seed, true)?;
    if again.sum == first.sum {
        return Ok(None);
    }
    let pairs = first.lines.iter().zip(&again.lines);
    let same = pairs.take_while(|(one, other)| one == other).count();
    let line = |played: &Played| played.lines.get(same).cloned().unwrap_or_default();
    Ok(Some(Failed {
        seed,
        why: format!(
            "the same seed came to something else the second time, after {same} lines:\n  {}\n  {}",
            line(first),
            line(&again)
        ),
        lines: again.lines,
    }))
}
