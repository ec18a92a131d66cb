//! One behaviour for several ways in: the HTTP server, the in-process port and an oracle can hold it
//! at once. The lock is never held across a wait.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::gateway::simulator::behaviour::Behaviour;

/// A handle on the gateway, and the clock that it goes by. Cloning gives another handle.
#[derive(Debug, Clone)]
pub struct Shared<N> {
    behaviour: Arc<Mutex<Behaviour>>,
    now: N,
}

impl<N: Fn() -> Timestamp> Shared<N> {
    /// Puts a behaviour on a clock: the machine's, a faster one, or a simulation's.
    pub fn new(behaviour: Behaviour, now: N) -> Self {
        Self {
            behaviour: Arc::new(Mutex::new(behaviour)),
            now,
        }
    }

    /// Reads or changes the gateway at this moment. Everybody else waits meanwhile.
    pub fn with<T>(&self, visit: impl FnOnce(&mut Behaviour, Timestamp) -> T) -> T {
        let now = (self.now)();
        // The lock can be poisoned by a visitor's panic only; the books are whole all the same.
        let mut behaviour = self
            .behaviour
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        visit(&mut behaviour, now)
    }
}
