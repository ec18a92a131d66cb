//! One cycle as the database keeps it, and what the store does around the pure functions: one turn
//! is one call here. `store::wake` and `store::record` are the originals.

use std::hash::{Hash, Hasher};
use std::time::Duration;

use dues::core::answer::{Answer, Finding};
use dues::core::consent::Consent;
use dues::core::cycle::{self, Cycle, Effect, Event, Rules, State, Tally};
use dues::core::order::UidNo;
use dues::core::plan::Terms;
use dues::core::subscription::{Card, Hold, Standing, Status};
use jiff::Timestamp;

use crate::{shop, world};

/// From here on the pause between two questions does not grow.
const ASKED_MAX: u32 = 4;

/// What a turn asks for, once it is committed. Both name the attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    Send(u16),
    Ask(u16),
}

/// The row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) cycle: Cycle,
    pub(crate) wake_at: Option<Timestamp>,
    pub(crate) hold: Option<Hold>,
}

impl Row {
    /// A cycle that is due.
    pub(crate) fn due(now: Timestamp) -> Self {
        Self {
            cycle: Cycle {
                state: State::Scheduled { try_at: now },
                tally: Tally::default(),
            },
            wake_at: Some(now),
            hold: None,
        }
    }

    /// The turn that wakes it.
    pub(crate) fn wake(&mut self, terms: &Terms, now: Timestamp) -> Option<Call> {
        let due = 1;
        let uid = self.cycle.tally.uid_no;
        let event = cycle::on_wake(&self.cycle, self.rules(terms, uid), due, now);
        self.step((&event, uid), terms, now)
    }

    /// The turn that records what became of an attempt.
    pub(crate) fn record(&mut self, attempt: u16, event: &Event, terms: &Terms, now: Timestamp) {
        self.record_of((attempt, self.cycle.tally.uid_no), event, terms, now);
    }

    /// The same, of an attempt that may have gone out under another uid.
    pub(crate) fn record_of(
        &mut self,
        (attempt, uid): (u16, UidNo),
        event: &Event,
        terms: &Terms,
        now: Timestamp,
    ) {
        if let Some(news) = self.news(attempt, event) {
            let call = self.step((&news, uid), terms, now);
            assert_eq!(call, None, "an outcome asks for nothing");
        }
    }

    /// Whether it says that the cycle is paid.
    pub(crate) fn is_paid(&self) -> bool {
        matches!(
            self.cycle.state,
            State::Paid(_) | State::PartiallyRefunded(_) | State::Refunded(_)
        )
    }

    /// Whether nothing more will happen to it by itself.
    pub(crate) fn is_final(&self) -> bool {
        self.wake_at.is_none()
    }

    /// Whether it asks for a turn.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.wake_at.is_some_and(|at| at <= now)
    }

    /// The same row as seen `passed` later, with the clock put back by as much: a moment that has
    /// come stays `now`, however long ago it came. How often was asked counts up to the longest pause.
    pub(crate) fn aged(&mut self, passed: Duration, now: Timestamp) {
        let aged = |at: &mut Timestamp| *at = (*at - passed).max(now);
        self.wake_at.iter_mut().for_each(aged);
        match &mut self.cycle.state {
            State::Scheduled { try_at } | State::Retrying { try_at, .. } => aged(try_at),
            State::Charging {
                begun_at,
                answer_by,
            } => {
                *begun_at -= passed;
                aged(answer_by);
            }
            State::InDoubt {
                begun_at,
                ask_at,
                asked,
                ..
            } => {
                *begun_at -= passed;
                *asked = (*asked).min(ASKED_MAX);
                aged(ask_at);
            }
            State::Exhausted { until, .. } => aged(until),
            State::Paid(_)
            | State::PartiallyRefunded(_)
            | State::Refunded(_)
            | State::Uncollectible(_)
            | State::Skipped(_)
            | State::Waived(_) => {}
        }
    }

    /// Of an earlier attempt only a success is still news.
    fn news(&self, attempt: u16, event: &Event) -> Option<Event> {
        if attempt == self.cycle.tally.attempts {
            return Some(event.clone());
        }
        match event {
            Event::Answered(Answer::Paid(receipt)) => {
                Some(Event::Found(Finding::Paid(receipt.clone())))
            }
            Event::Found(Finding::Paid(_)) => Some(event.clone()),
            Event::Answered(_)
            | Event::Unanswered(_)
            | Event::Withheld(_)
            | Event::Found(_)
            | Event::Begun
            | Event::Expired
            | Event::Asked
            | Event::Deferred { .. }
            | Event::Overtaken
            | Event::Unconsented
            | Event::Forgone(_)
            | Event::GraceOver
            | Event::Retried
            | Event::Released
            | Event::CardDied(_)
            | Event::CardChanged => None,
        }
    }

    fn rules<'a>(&self, terms: &'a Terms, uid: UidNo) -> Rules<'a> {
        Rules {
            terms,
            standing: Standing::of(Status::Active, self.hold, Card::Free),
            price: shop::price(),
            consent: Consent::NotNeeded,
            due_at: world::beginning(),
            key: "alice",
            uid,
        }
    }

    fn step(
        &mut self,
        (event, uid): (&Event, UidNo),
        terms: &Terms,
        now: Timestamp,
    ) -> Option<Call> {
        let rules = self.rules(terms, uid);
        let step = cycle::apply(&self.cycle, event, rules, now).expect("a legal event");
        assert_eq!(
            step.wake_at.is_none(),
            step.cycle.state.act_at().is_none(),
            "forgotten: {}",
            step.cycle.state.name()
        );
        (self.cycle, self.wake_at) = (step.cycle, step.wake_at);

        let mut call = None;
        for effect in &step.effects {
            match effect {
                Effect::Send => call = Some(Call::Send(self.cycle.tally.attempts)),
                Effect::Ask => call = Some(Call::Ask(self.cycle.tally.attempts)),
                Effect::Hold(hold) => self.hold = Some(*hold),
                Effect::Adopt
                | Effect::EnrollNext
                | Effect::FellBehind
                | Effect::Collected
                | Effect::Undeclined
                | Effect::CardDied(_)
                | Effect::CardLives
                | Effect::GaveUp(_)
                | Effect::Lapsed
                | Effect::Contradicted(_) => {}
            }
        }
        call
    }
}

/// The types of the core need no hash for their own work; equality tells the rest.
impl Hash for Row {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        let Tally {
            attempts,
            declines,
            traceless,
            ladder_at,
            uid_no,
        } = self.cycle.tally;
        self.cycle.state.name().hash(hasher);
        self.cycle.state.act_at().hash(hasher);
        (attempts, declines, traceless, ladder_at).hash(hasher);
        (uid_no, self.wake_at).hash(hasher);
    }
}
