//! The clock of a simulation. It stands still until the story moves it, and knows when the engine has
//! nothing left to do at this instant: then, and only then, does the story go on. A month without
//! events is one step.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use dues::engine::clock::{Clock, Paced, Speed};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::watch;

/// How often others may run before the engine counts as idle: enough for the gateway in this process
/// to answer everything that it was asked.
const SETTLING_YIELDS: u32 = 32;

/// The clock, for the engine, the gateway and the story.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    clock: Paced,
    moved_to: watch::Sender<Timestamp>,
    idle: watch::Sender<bool>,
    answers: Arc<Mutex<Vec<Timestamp>>>,
    machine_ahead: Arc<Mutex<SignedDuration>>,
}

impl Stage {
    pub(crate) fn new(start: Timestamp) -> Self {
        Self {
            clock: Paced::new(start, Speed::Instant),
            moved_to: watch::Sender::new(start),
            idle: watch::Sender::new(false),
            answers: Arc::default(),
            machine_ahead: Arc::default(),
        }
    }

    /// Moves the clock and wakes whoever waited for it.
    pub(crate) fn move_to(&self, at: Timestamp) {
        self.is_busy();
        self.clock.advance_to(at);
        self.moved_to.send_replace(at);
    }

    /// Somebody sets the machine's clock: from now on it is so far ahead of the true time.
    pub(crate) fn set_machine_ahead(&self, ahead: SignedDuration) {
        *self.machine_ahead.lock().expect("nobody panicked") = ahead;
    }

    /// Notes that somebody has something to do.
    pub(crate) fn is_busy(&self) {
        self.idle.send_replace(false);
    }

    /// Waits until nobody has anything to do at this instant.
    pub(crate) async fn is_idle(&self) {
        let mut idle = self.idle.subscribe();
        // The sender is ours: it cannot be gone.
        drop(idle.wait_for(|idle| *idle).await);
    }

    /// When the next answer of the gateway arrives, if one is under way.
    pub(crate) fn next_answer_at(&self) -> Option<Timestamp> {
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.iter().min().copied()
    }

    /// Nobody waits for an answer any more.
    pub(crate) fn forget_answers(&self) {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers.clear();
    }

    /// The gateway takes its time.
    pub(crate) async fn wait_for_answer(&self, span: Duration) {
        let at = self.now() + span;
        let answers = || self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        answers().push(at);
        let mut moved = self.moved_to.subscribe();
        drop(moved.wait_for(|now| *now >= at).await);
        let mut answers = answers();
        if let Some(place) = answers.iter().position(|answer| *answer == at) {
            answers.swap_remove(place);
        }
    }
}

impl Clock for Stage {
    fn now(&self) -> Timestamp {
        self.clock.now()
    }

    fn machine(&self) -> Timestamp {
        let ahead = *self.machine_ahead.lock().expect("nobody panicked");
        self.now() + ahead
    }

    fn sleep_max(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn sleep_until(&self, at: Timestamp) {
        let _awake = WakesUp(self);
        let mut moved = self.moved_to.subscribe();
        loop {
            for _ in 0..SETTLING_YIELDS {
                tokio::task::yield_now().await;
            }
            if *moved.borrow_and_update() >= at {
                return;
            }
            self.idle.send_replace(true);
            drop(moved.changed().await);
        }
    }
}

/// Whatever ends the engine's sleep, it has something to do then.
struct WakesUp<'a>(&'a Stage);

impl Drop for WakesUp<'_> {
    fn drop(&mut self) {
        self.0.is_busy();
    }
}
