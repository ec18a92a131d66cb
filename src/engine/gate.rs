//! The gate: how many requests may leave now, when it is worth looking again, and why nobody is
//! charged. It weighs what the guards say; it sends nothing.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Unanswered, Words};
use crate::core::cycle::Event;
use crate::engine::breaker::Breaker;
use crate::engine::canary::{Canaries, News};
use crate::engine::guards::Limits;
use crate::engine::handle::{Pace, Stop, Stopped};
use crate::engine::rate::Rate;
use crate::engine::tell;
use crate::store::{NextWake, Outcome, Question, Room, Sending};

/// What stands between a cycle that is due and the gateway.
#[derive(Debug)]
pub(super) struct Gate {
    limits: Limits,
    rate: Rate,
    breaker: Breaker,
    canaries: Canaries,
    stops: BTreeMap<Stop, Words>,
    /// Before this no question is asked; `None` while the time was never agreed on.
    asks_from: Option<Timestamp>,
    next: NextWake,
}

impl Gate {
    /// A gate before the first look at the store.
    pub(super) fn new(limits: Limits, now: Timestamp) -> Self {
        Self {
            limits,
            rate: Rate::new(limits.calls_per_second),
            breaker: Breaker::default(),
            canaries: Canaries::new(),
            stops: BTreeMap::from([(Stop::Clock, Words::new("the time is not known yet"))]),
            asks_from: None,
            next: NextWake {
                due: Some(now),
                open: Some(now),
                moment: Some(now),
            },
        }
    }

    /// Nobody is charged while this lasts. Tells whether this is a new reason.
    pub(super) fn stop(&mut self, reason: Stop, why: Words) -> bool {
        self.stops.insert(reason, why).is_none()
    }

    /// This is no reason any more. Tells whether it was one.
    pub(super) fn go(&mut self, reason: Stop) -> bool {
        self.stops.remove(&reason).is_some()
    }

    /// The time is agreed on. From then on a quiet period passes before anybody asks: the requests of
    /// an earlier run may still be under way, whatever a clock said in between. Tells whether this
    /// is news.
    pub(super) fn trusts(&mut self, now: Timestamp) -> bool {
        let quiet = self.limits.quiet_period;
        self.asks_from
            .get_or_insert(now.checked_add(quiet).unwrap_or(Timestamp::MAX));
        self.go(Stop::Clock)
    }

    /// The time that we carry was corrected: spans that seem to have passed did not.
    pub(super) fn was_corrected(&mut self, now: Timestamp) {
        self.asks_from = None;
        // What was to be waited for by the wrong time may lie ten years ahead.
        self.rate = Rate::new(self.limits.calls_per_second);
        self.breaker.was_corrected(now);
        self.canaries.again();
        self.trusts(now);
    }

    /// How many questions may leave now that no wake-up asks.
    pub(super) fn calls(&self, in_flight: usize, now: Timestamp) -> u32 {
        self.slots(in_flight).min(self.rate.allowed(now))
    }

    /// When the next of them may leave; `None` while there is no room, which an answer makes.
    pub(super) fn calls_at(&self, in_flight: usize, now: Timestamp) -> Option<Timestamp> {
        (self.slots(in_flight) > 0).then(|| self.rate.next_at(now))
    }

    /// Whether it is known what time it is.
    pub(super) fn knows_the_time(&self) -> bool {
        !self.stops.contains_key(&Stop::Clock)
    }

    /// Whether what comes to subscriptions by itself on a named day may come: it is known what time it is, and
    /// what was charged.
    pub(super) fn lets_moments_come(&self) -> bool {
        self.knows_the_time() && !self.stops.contains_key(&Stop::Fence)
    }

    /// How much may be woken now. When an open attempt waits, a part of the room is kept for asking:
    /// a flood of new charges must not starve an old doubt.
    pub(super) fn room(&self, in_flight: usize, now: Timestamp) -> Room {
        let calls = self.calls(in_flight, now);
        let is_waiting = self.asks_at().is_some_and(|open| open <= now);
        let questions = if is_waiting { calls.div_ceil(4) } else { 0 };
        let charges = if self.stops.is_empty() {
            let few = self.breaker.allowed(now).min(self.canaries.allowed());
            (calls - questions).min(few)
        } else {
            0
        };
        Room { charges, questions }
    }

    /// When there will be something to do, if nothing comes in before; `longest` at the latest.
    pub(super) fn sleeps_until(
        &self,
        in_flight: usize,
        now: Timestamp,
        longest: Timestamp,
    ) -> Timestamp {
        let moment = self.next.moment.filter(|_| self.lets_moments_come());
        let longest = moment.map_or(longest, |moment| moment.min(longest));
        if self.slots(in_flight) == 0 {
            return longest;
        }
        let can_call_at = self.rate.next_at(now);
        let can_charge_at = match self.breaker.tries_at() {
            _ if !self.stops.is_empty() || self.canaries.allowed() == 0 => longest,
            Some(tries_at) => can_call_at.max(tries_at),
            None => can_call_at,
        };
        let due = self.next.due.map_or(longest, |due| due.max(can_charge_at));
        let open = self.asks_at().map_or(longest, |open| open.max(can_call_at));
        let canaries = self.canaries.acts_at().unwrap_or(longest);
        due.min(open).min(canaries.max(can_call_at)).min(longest)
    }

    /// Notes when the store wants to be looked at.
    pub(super) fn is_next(&mut self, next: NextWake) {
        self.next = next;
    }

    /// Notes that so many calls left now.
    pub(super) fn took(&mut self, calls: usize, now: Timestamp) {
        self.rate
            .take(u32::try_from(calls).unwrap_or(u32::MAX), now);
    }

    /// The gateway was asked too often: it is left alone for so long, and asked less often then.
    pub(super) fn slow_down(&mut self, alone: Duration, now: Timestamp) {
        if let Some(change) = self.rate.slow_down(alone, now) {
            tell::pace(change);
        }
    }

    /// The pace, while it is below what is configured.
    pub(super) fn pace(&self) -> Option<Pace> {
        self.rate.pace()
    }

    /// When a call may leave that waits for no slot.
    pub(super) fn may_call_at(&self, now: Timestamp) -> Timestamp {
        self.rate.next_at(now)
    }

    /// Notes a charge that is sent.
    pub(super) fn sent(&mut self, sending: &Sending, now: Timestamp) {
        self.breaker.sent(sending, now);
        self.canaries.sent(sending, now);
    }

    /// Takes note of what came back, and calls by its name what an outage did.
    pub(super) fn learn(&mut self, outcomes: &mut [Outcome], now: Timestamp) {
        if let Some(change) = self.rate.rise(now) {
            tell::pace(change);
        }
        for outcome in outcomes.iter() {
            if let Event::Unanswered(Unanswered::TooOften { alone, .. }) = &outcome.event {
                self.slow_down(*alone, now);
            }
        }
        if let Some(change) = self.breaker.learn(outcomes, now) {
            tell::breaker(&change);
        }
        match self.canaries.learn(outcomes, now) {
            Some(News::AllWell) => tell::canaries_are_well(),
            Some(News::Bad(why, times)) => {
                let tripped = self.breaker.trip(Stop::Canary, &why, (times, now));
                if let Some(change) = tripped {
                    tell::breaker(&change);
                }
            }
            None => {}
        }
    }

    /// Something changed that can move money: a few charges go first.
    pub(super) fn goes_carefully(&mut self) {
        self.canaries.again();
    }

    /// What is to be looked up of the charges that went first, at most so many.
    pub(super) fn canaries_to_ask(&mut self, most: u32, now: Timestamp) -> Vec<Question> {
        self.canaries.look_ups(most, now)
    }

    /// A look-up of one of them was not answered.
    pub(super) fn canary_not_found(&mut self, now: Timestamp) {
        self.canaries.not_answered(now);
    }

    /// Every reason why nobody is charged.
    pub(super) fn stopped(&self) -> Vec<Stopped> {
        let broken = self.breaker.why().map(|(reason, why, until)| Stopped {
            reason,
            why: why.as_str().to_owned(),
            until: Some(until),
        });
        let stops = self.stops.iter().map(|(reason, why)| Stopped {
            reason: *reason,
            why: why.as_str().to_owned(),
            until: None,
        });
        broken.into_iter().chain(stops).collect()
    }

    /// When the next question may be asked.
    fn asks_at(&self) -> Option<Timestamp> {
        let (open, from) = (self.next.open?, self.asks_from?);
        Some(open.max(from))
    }

    fn slots(&self, in_flight: usize) -> u32 {
        let in_flight = u32::try_from(in_flight).unwrap_or(u32::MAX);
        self.limits.in_flight_max.saturating_sub(in_flight)
    }
}
