//! The only place that reads a clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

/// What time it is, and waiting for a time.
pub trait Clock: Clone + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> Timestamp;

    /// What the machine's own clock says, which anybody may move. A clock without a machine agrees
    /// with itself.
    fn machine(&self) -> Timestamp {
        self.now()
    }

    /// Goes on from this instant: the machine and the gateway agree that it is now. A clock without a
    /// machine is never told so.
    fn set(&self, _now: Timestamp) {}

    /// The longest that one may sleep without looking at it again.
    fn sleep_max(&self) -> Duration;

    /// Waits until then; at once when it has passed.
    fn sleep_until(&self, at: Timestamp) -> impl Future<Output = ()> + Send;
}

/// The machine's clock, read once and carried on by the time since boot: whoever moves the wall clock
/// while the daemon runs moves no charge. It is set anew only when machine and gateway agree. [`Wall::skew_seconds`] tells how far the two have parted.
#[derive(Debug, Clone)]
pub struct Wall {
    set: Arc<Mutex<Set>>,
}

/// When the clock was last set.
#[derive(Debug, Clone, Copy)]
struct Set {
    to: Timestamp,
    after_boot: Duration,
}

impl Wall {
    /// Reads the machine's clock.
    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn start() -> Self {
        let set = Set {
            to: Timestamp::now(),
            after_boot: since_boot(),
        };
        Self {
            set: Arc::new(Mutex::new(set)),
        }
    }

    /// By how many seconds the machine's clock is ahead of ours; negative when it is behind.
    pub fn skew_seconds(&self) -> i64 {
        self.machine().as_second() - self.now().as_second()
    }
}

impl Clock for Wall {
    fn now(&self) -> Timestamp {
        let set = *self.set.lock().unwrap_or_else(PoisonError::into_inner);
        let since = since_boot().saturating_sub(set.after_boot);
        set.to.checked_add(since).unwrap_or(Timestamp::MAX)
    }

    #[allow(clippy::disallowed_methods, reason = "this is the one place")]
    fn machine(&self) -> Timestamp {
        Timestamp::now()
    }

    fn set(&self, now: Timestamp) {
        let mut set = self.set.lock().unwrap_or_else(PoisonError::into_inner);
        *set = Set {
            to: now,
            after_boot: since_boot(),
        };
    }

    /// Whatever was overlooked, or woken by a machine that was suspended, is looked at after this.
    fn sleep_max(&self) -> Duration {
        Duration::from_secs(30)
    }

    async fn sleep_until(&self, at: Timestamp) {
        tokio::time::sleep(span(self.now(), at)).await;
    }
}

/// The time since boot, suspended time included: a laptop that slept over a due date is late, not
/// early.
fn since_boot() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    let seconds = u64::try_from(time.tv_sec).unwrap_or(0);
    Duration::new(seconds, u32::try_from(time.tv_nsec).unwrap_or(0))
}

/// A clock of its own that moves only while somebody waits on it: as fast as `speed` says, or at once.
/// Work takes no time on it, so that what happens does not depend on the machine.
#[derive(Debug, Clone)]
pub struct Paced {
    now: Arc<Mutex<Timestamp>>,
    speed: Speed,
}

/// How fast a [`Paced`] clock goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speed {
    /// So many seconds in one real second.
    Times(u32),
    /// A wait is over as soon as nothing else is ready.
    Instant,
}

impl Paced {
    /// A clock that stands at this instant.
    pub fn new(now: Timestamp, speed: Speed) -> Self {
        Self {
            now: Arc::new(Mutex::new(now)),
            speed,
        }
    }

    /// Moves it, if that is forward.
    pub fn advance_to(&self, at: Timestamp) {
        let mut now = self.now.lock().unwrap_or_else(PoisonError::into_inner);
        *now = at.max(*now);
    }
}

impl Clock for Paced {
    fn now(&self) -> Timestamp {
        *self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn sleep_max(&self) -> Duration {
        Duration::from_hours(24)
    }

    async fn sleep_until(&self, at: Timestamp) {
        match self.speed {
            Speed::Times(times) => {
                // A wait that is given up has taken its time all the same.
                let mut waited = Waited {
                    clock: self,
                    from: self.now(),
                    times,
                    since: since_boot(),
                };
                tokio::time::sleep(span(self.now(), at) / times.max(1)).await;
                waited.from = at;
                waited.since = since_boot();
            }
            Speed::Instant => {
                for _ in 0..SETTLING_YIELDS {
                    tokio::task::yield_now().await;
                }
                self.advance_to(at);
            }
        }
    }
}

/// How often an instant clock lets others run before it moves: enough for an in-process gateway to
/// answer everything that it was asked.
const SETTLING_YIELDS: u32 = 16;

struct Waited<'a> {
    clock: &'a Paced,
    from: Timestamp,
    times: u32,
    since: Duration,
}

impl Drop for Waited<'_> {
    fn drop(&mut self) {
        let passed = since_boot()
            .saturating_sub(self.since)
            .saturating_mul(self.times);
        self.clock
            .advance_to(self.from.checked_add(passed).unwrap_or(Timestamp::MAX));
    }
}

/// How long it is from one instant to another; nothing when it has passed.
pub(crate) fn span(from: Timestamp, to: Timestamp) -> Duration {
    Duration::try_from(to.duration_since(from)).unwrap_or_default()
}
