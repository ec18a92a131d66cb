//! The money guard at work: what is due is weighed before any of it is begun, and a batch that is too
//! much is held, for everybody, until a person approves it. Look-ups go on. What is too much the core
//! says; what is due the store.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::Words;
use crate::core::guard::{Caps, Total};
use crate::engine::clock::Clock;
use crate::engine::gate::Gate;
use crate::engine::handle::{Message, Stop};
use crate::engine::inbox::Batch;
use crate::engine::{Engine, tell};
use crate::gateway::Gateway;
use crate::store::{
    Admission, Given, Held, NextWake, NotApproved, Room, StoreError, Sweeps, Turn, Who,
};

/// How often a held batch is looked at: it may have become another, or nothing.
const LOOK_EVERY: Duration = Duration::from_mins(1);

/// The smallest span that the store tells apart.
const INSTANT: Duration = Duration::from_micros(1);

/// What was let out, and what is held.
#[derive(Debug)]
pub(super) struct Guard {
    caps: Caps,
    admitted: Admission,
    held: Option<Held>,
    looks_at: Timestamp,
    due: Option<Timestamp>,
    /// What went out in the last day, or more; `None` before it was counted.
    spent: Option<Total>,
}

impl Guard {
    /// The guard as the last process left it, and the gate that it may close.
    pub(super) fn new(caps: Caps, sweeps: Sweeps, mut gate: Gate, now: Timestamp) -> (Self, Gate) {
        let guard = Self {
            caps,
            admitted: sweeps.admitted,
            held: sweeps.held,
            looks_at: now,
            due: Some(now),
            spent: None,
        };
        if let Some(held) = &guard.held {
            tell::sweep_held(held);
            gate.stop(Stop::Guard, words(held));
        }
        (guard, gate)
    }

    /// What may be begun: cycles that wanted to be looked at by then.
    pub(super) const fn admitted(&self) -> Timestamp {
        self.admitted.until
    }

    /// Whether it is time to look at what is held.
    pub(super) fn looks(&self, now: Timestamp) -> bool {
        self.held.is_some() && now >= self.looks_at
    }

    /// Weighs what is due, if something is that was not weighed, and looks at what is held from time
    /// to time. Gives the room that is left.
    pub(super) async fn weigh(
        &mut self,
        turn: &mut Turn<'_>,
        gate: &mut Gate,
        room: Room,
        now: Timestamp,
    ) -> Result<Room, StoreError> {
        let nothing = Room { charges: 0, ..room };
        if let Some(held) = self.held.clone() {
            if now >= self.looks_at {
                self.look(turn, gate, (&held, now)).await?;
            }
            return Ok(nothing);
        }
        // What came in just now goes out in the same turn, or is held in it.
        self.notes(turn.earliest());
        if room.charges == 0 || !self.has_unweighed(now) {
            return Ok(room);
        }

        let weighed = turn.weigh(&self.caps, self.admitted, self.spent).await?;
        if let Some(day) = &weighed.day {
            self.spent = Some(day.all);
        }
        if let Some(held) = weighed.held {
            tell::sweep_held(&held);
            gate.stop(Stop::Guard, words(&held));
            self.looks_at = now.checked_add(LOOK_EVERY).unwrap_or(Timestamp::MAX);
            self.held = Some(held);
            return Ok(nothing);
        }
        self.spent = self.spent.map(|spent| spent.plus(weighed.due.all));
        self.admitted = Admission::new(now, now);
        Ok(room)
    }

    /// Notes when the next cycle wants to be tried, and what this turn brought in: a cycle that came
    /// in with a moment which was let out already was not among what was weighed.
    pub(super) fn is_next(&mut self, next: NextWake, earliest: Option<Timestamp>) {
        self.notes(earliest);
        self.due = next.due;
    }

    fn notes(&mut self, earliest: Option<Timestamp>) {
        let Some(earliest) = earliest else {
            return;
        };
        if earliest <= self.admitted.until {
            self.admitted.until = earliest.checked_sub(INSTANT).unwrap_or(Timestamp::MIN);
        }
        self.due = self
            .due
            .map_or(Some(earliest), |due| Some(due.min(earliest)));
    }

    fn has_unweighed(&mut self, now: Timestamp) -> bool {
        if now >= self.admitted.good_to {
            self.admitted = Admission::NOTHING;
        }
        self.due
            .is_some_and(|due| due <= now && due > self.admitted.until)
    }

    async fn look(
        &mut self,
        turn: &mut Turn<'_>,
        gate: &mut Gate,
        (held, now): (&Held, Timestamp),
    ) -> Result<(), StoreError> {
        self.looks_at = now.checked_add(LOOK_EVERY).unwrap_or(Timestamp::MAX);
        self.held = turn.look_at_held(held).await?;
        if let Some(held) = &self.held {
            gate.stop(Stop::Guard, words(held));
        } else {
            gate.go(Stop::Guard);
            tell::sweep_emptied();
        }
        Ok(())
    }
}

/// What is held, and what to do about it.
fn words(held: &Held) -> Words {
    let (why, hash) = (&held.why, &held.hash);
    let now = held.total.words();
    Words::new(&format!(
        "{why}. `dues doctor` shows them, `dues approve {hash}` lets out {now}"
    ))
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Notes what a turn left to be done.
    pub(super) fn is_next(&mut self, next: NextWake, earliest: Option<Timestamp>) {
        self.gate.is_next(next);
        self.guard.is_next(next, earliest);
    }

    /// Lets out what is held because a person says so. It stands apart from the turn, which may not
    /// charge yet.
    pub(super) async fn approve(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let is_approval = |message: &Message| matches!(message, Message::Approve { .. });
        let (approvals, others): (Vec<Message>, Vec<Message>) = std::mem::take(&mut batch.messages)
            .into_iter()
            .partition(is_approval);
        batch.messages = others;

        for approval in approvals {
            let Message::Approve { hash, who, reply } = approval else {
                continue;
            };
            let approved = self.approve_one(&hash, &who).await?;
            // Whoever asked may have gone; what was committed stays.
            drop(reply.send(approved));
        }
        Ok(())
    }

    async fn approve_one(
        &mut self,
        hash: &str,
        who: &Who,
    ) -> Result<Result<Given<Total>, NotApproved>, StoreError> {
        let now = self.clock.now();
        let mut turn = self.writer.begin(now).await?;
        match turn.replied(who).await? {
            Err(taken) => return Ok(Err(taken.into())),
            Ok(Some((charges, won))) => return Ok(Ok(Given::before(Total { charges, won }))),
            Ok(None) => {}
        }
        let held = self.guard.held.as_ref();
        let approved = match turn.approve(held, hash, who).await? {
            Ok(approved) => approved,
            Err(why) => {
                // Another batch is told at once, not at the next look.
                self.guard.looks_at = now;
                return Ok(Err(why));
            }
        };
        let total = approved.held.total;
        turn.keep_reply(who, &(total.charges, total.won)).await?;
        let committed = turn.commit().await?;

        self.guard.held = None;
        self.guard.admitted = approved.admitted;
        // What was approved beyond a cap raises it; how far the day is then is counted anew.
        self.guard.spent = None;
        self.gate.go(Stop::Guard);
        self.gate.goes_carefully();
        self.is_next(committed.next, committed.earliest);
        tell::sweep_approved(&approved.held, &who.actor);
        Ok(Ok(Given::now(total)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hours: i64) -> Timestamp {
        Timestamp::from_second(hours * 3_600).unwrap()
    }

    fn guard(admitted: Admission, due: Timestamp) -> Guard {
        Guard {
            caps: Caps::NONE,
            admitted,
            held: None,
            looks_at: at(0),
            due: Some(due),
            spent: None,
        }
    }

    #[test]
    fn what_was_let_out_is_weighed_again_after_a_day() {
        let mut guard = guard(Admission::new(at(10), at(10)), at(9));
        assert!(!guard.has_unweighed(at(33)), "let out, and not begun yet");
        assert!(guard.has_unweighed(at(34)));
        assert_eq!(guard.admitted(), Timestamp::MIN);
    }

    #[test]
    fn what_comes_in_with_a_moment_that_was_let_out_is_weighed_by_itself() {
        let mut guard = guard(Admission::new(at(10), at(10)), at(11));
        guard.notes(Some(at(10)));
        assert!(guard.has_unweighed(at(10)));
        assert!(guard.admitted() < at(10));
    }
}
