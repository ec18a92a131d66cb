//! The clock of a simulation. It stands still until the story moves it, and knows when the engine has
//! nothing left to do at this instant: then, and only then, does the story go on. A month without
//! events is one step. Whoever waits is woken in the order of times and, at one time, in the order in
//! which they began to wait, so that a story can be told twice.
//!
//! There are three times: the true one, which the gateway goes by; the machine's, which anybody may
//! move; and the one that the engine carries, which starts from the machine's.

use std::future::poll_fn;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Poll, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::clock::Clock;

/// The longest that the engine sleeps without looking again, when nothing moves the clock before.
const SLEEP_MAX: Duration = Duration::from_mins(10);

/// The clock, for the engine, the gateway and the story. Cloning gives another handle on it.
#[derive(Debug, Clone)]
pub struct Stage {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    now: Timestamp,
    machine_ahead: SignedDuration,
    ours_ahead: SignedDuration,
    waiting: Vec<Waiting>,
    numbers: u64,
    sleeper: Option<Sleeper>,
    naps: u64,
    looks_left: Option<u32>,
    is_dead: bool,
    /// Whether somebody who waited was woken since the last time that it was asked.
    is_stirred: bool,
}

/// How the process dies where it looks at the clock: what runs is left at once. It must not go on to its
/// next wait, because how far that is depends on how fast the threads of SQLite answer.
#[derive(Debug)]
pub(super) struct Died;

/// Somebody who waits for an answer.
#[derive(Debug)]
struct Waiting {
    at: Timestamp,
    number: u64,
    waker: Waker,
}

/// The engine, while it sleeps.
#[derive(Debug)]
struct Sleeper {
    until: Timestamp,
    waker: Waker,
}

impl Stage {
    /// A clock that is right and stands at this instant.
    pub fn new(start: Timestamp) -> Self {
        let inner = Inner {
            now: start,
            machine_ahead: SignedDuration::ZERO,
            ours_ahead: SignedDuration::ZERO,
            waiting: Vec::new(),
            numbers: 0,
            sleeper: None,
            naps: 0,
            looks_left: None,
            is_dead: false,
            is_stirred: false,
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// The true time.
    pub fn true_now(&self) -> Timestamp {
        self.lock().now
    }

    /// Moves the clock forward and wakes whoever waited for it.
    pub fn move_to(&self, at: Timestamp) {
        let woken = {
            let mut inner = self.lock();
            inner.now = at.max(inner.now);
            let now = inner.now;
            inner.is_stirred |= inner.waiting.iter().any(|one| one.at <= now);
            inner.woken()
        };
        for waker in woken {
            waker.wake();
        }
    }

    /// Somebody sets the machine's clock: from now on it is so far ahead of the true time.
    pub fn set_machine_ahead(&self, ahead: SignedDuration) {
        self.lock().machine_ahead = ahead;
    }

    /// Whether the engine sleeps.
    pub fn is_idle(&self) -> bool {
        self.lock().sleeper.is_some()
    }

    /// How often it went to sleep. Whoever finds it asleep twice, and this the same, finds that it has
    /// nothing left to do.
    pub fn naps(&self) -> u64 {
        self.lock().naps
    }

    /// By how much the time that the engine carries is ahead of the true one.
    pub fn ours_ahead(&self) -> SignedDuration {
        self.lock().ours_ahead
    }

    /// When the engine means to wake up, by the true time; nothing while it is awake.
    pub fn wakes_at(&self) -> Option<Timestamp> {
        let inner = self.lock();
        let until = inner.sleeper.as_ref().map(|sleeper| sleeper.until)?;
        until.checked_sub(inner.ours_ahead).ok()
    }

    /// When the next of those who wait is to be woken, if anybody waits.
    pub fn next_answer_at(&self) -> Option<Timestamp> {
        self.lock().waiting.iter().map(|one| one.at).min()
    }

    /// Whether somebody besides the engine was woken since the last time that this was asked.
    pub(super) fn take_stirred(&self) -> bool {
        std::mem::take(&mut self.lock().is_stirred)
    }

    /// Waits for so long, by the true time.
    pub async fn wait(&self, span: Duration) {
        let (at, number) = {
            let mut inner = self.lock();
            inner.numbers += 1;
            (later(inner.now, span), inner.numbers)
        };
        let waits = Waits {
            stage: self,
            number,
        };
        poll_fn(|cx| waits.stage.lock().waits(at, number, cx.waker())).await;
    }

    /// A process starts: it knows the time from the machine, and nothing else of this.
    pub fn starts(&self) {
        let mut inner = self.lock();
        inner.ours_ahead = inner.machine_ahead;
        inner.looks_left = None;
        inner.is_dead = false;
        inner.sleeper = None;
    }

    /// The process dies the so-many-th time that it looks at the clock from now on: in the middle of
    /// whatever it does there.
    pub fn dies_after(&self, looks: u32) {
        self.lock().looks_left = Some(looks);
    }

    /// It does not die by itself any more.
    pub fn forget_death(&self) {
        self.lock().looks_left = None;
    }

    /// The process dies as soon as it has nothing left to do at this instant.
    pub fn dies(&self) {
        self.lock().is_dead = true;
    }

    /// Whether it is dead, so that nothing of it may go on.
    pub fn is_dead(&self) -> bool {
        self.lock().is_dead
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn ours(&self) -> Timestamp {
        self.now
            .checked_add(self.ours_ahead)
            .unwrap_or(Timestamp::MAX)
    }

    /// Everybody whose time has come, in order; the engine last, so that it finds all their answers.
    fn woken(&mut self) -> Vec<Waker> {
        let now = self.now;
        let mut woken: Vec<Waiting> = Vec::new();
        let mut place = 0;
        while let Some(one) = self.waiting.get(place) {
            if one.at <= now {
                woken.push(self.waiting.swap_remove(place));
            } else {
                place += 1;
            }
        }
        woken.sort_by_key(|one| (one.at, one.number));
        let sleeper = self
            .sleeper
            .take_if(|sleeper| sleeper.until <= now_of(now, self.ours_ahead));
        let wakers = woken.into_iter().map(|one| one.waker);
        wakers.chain(sleeper.map(|sleeper| sleeper.waker)).collect()
    }

    fn waits(&mut self, at: Timestamp, number: u64, waker: &Waker) -> Poll<()> {
        self.waiting.retain(|one| one.number != number);
        if self.now >= at {
            return Poll::Ready(());
        }
        self.waiting.push(Waiting {
            at,
            number,
            waker: waker.clone(),
        });
        Poll::Pending
    }
}

fn now_of(now: Timestamp, ahead: SignedDuration) -> Timestamp {
    now.checked_add(ahead).unwrap_or(Timestamp::MAX)
}

/// `now` plus a span, or the end of time.
pub(super) fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// Whoever does not wait any more is forgotten.
struct Waits<'a> {
    stage: &'a Stage,
    number: u64,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        let number = self.number;
        self.stage.lock().waiting.retain(|one| one.number != number);
    }
}

/// Whatever ends the engine's sleep, it is awake then.
struct WakesUp<'a>(&'a Stage);

impl Drop for WakesUp<'_> {
    fn drop(&mut self) {
        self.0.lock().sleeper = None;
    }
}

impl Clock for Stage {
    fn now(&self) -> Timestamp {
        let mut inner = self.lock();
        if let Some(left) = inner.looks_left {
            inner.looks_left = left.checked_sub(1);
            if left == 0 {
                inner.is_dead = true;
                drop(inner);
                resume_unwind(Box::new(Died));
            }
        }
        inner.ours()
    }

    fn machine(&self) -> Timestamp {
        let inner = self.lock();
        now_of(inner.now, inner.machine_ahead)
    }

    fn set(&self, now: Timestamp) {
        let mut inner = self.lock();
        inner.ours_ahead = now.duration_since(inner.now);
    }

    fn sleep_max(&self) -> Duration {
        SLEEP_MAX
    }

    async fn sleep_until(&self, at: Timestamp) {
        let _awake = WakesUp(self);
        self.lock().naps += 1;
        poll_fn(|cx| {
            let mut inner = self.lock();
            if inner.ours() >= at {
                return Poll::Ready(());
            }
            inner.sleeper = Some(Sleeper {
                until: at,
                waker: cx.waker().clone(),
            });
            Poll::Pending
        })
        .await;
    }
}
