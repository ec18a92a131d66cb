//! Keeping time: the gateway is asked what time it is, the witnesses are weighed before each turn, and
//! the gate hears what came of it.

use jiff::Timestamp;

use crate::engine::clock::Clock;
use crate::engine::handle::Stop;
use crate::engine::trust::Verdict;
use crate::engine::{Engine, dispatch, tell};
use crate::gateway::{Gateway, Refusal};

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Weighs the witnesses, and asks the gateway for its time when that is due.
    pub(super) fn keep_time(&mut self) {
        let now = self.clock.now();
        if self.gate.may_call_at(now) <= now && self.trust.asks(now) {
            self.gate.took(1, now);
            self.in_flight.spawn(dispatch::time(self.gateway.clone()));
        }

        match self.trust.judge(now, self.clock.machine()) {
            Verdict::Agreed => {
                if self.gate.trusts(now) {
                    tell::clocks_agree();
                }
            }
            Verdict::Corrected(to) => {
                self.clock.set(to);
                self.gate.was_corrected(to);
                self.watch.was_corrected(to);
                self.fence.was_corrected(to);
                if let Some(comparison) = &mut self.comparison {
                    comparison.was_corrected(to);
                }
                tell::clock_corrected(now, to);
            }
            // Whoever asked has told why already.
            Verdict::Unheard(why) => {
                self.gate.stop(Stop::Clock, why);
            }
            Verdict::Doubtful(why, is_news) => {
                if is_news {
                    tell::clock_doubtful(&why);
                }
                self.gate.stop(Stop::Clock, why);
            }
        }
    }

    /// When the gateway is asked for its time next: it is due, and the pace allows it.
    pub(super) fn asks_the_time_at(&self, now: Timestamp) -> Option<Timestamp> {
        Some(self.trust.ask_at()?.max(self.gate.may_call_at(now)))
    }

    /// Takes the gateway's time, or why it told none.
    pub(super) fn heard_the_time(&mut self, told: Result<Timestamp, Refusal>) {
        let now = self.clock.now();
        match told {
            Ok(theirs) => self.trust.told(theirs, now),
            Err(refusal) => {
                tell::time_not_told(&refusal);
                self.trust.not_told(&refusal.to_string(), now);
            }
        }
    }
}
