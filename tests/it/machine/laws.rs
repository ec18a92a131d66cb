//! What holds whatever happens, in whatever order: random lives of a cycle. The world is held to one
//! rule only: a request to charge is answered once or never, as `store::record` sees to it.

use std::time::Duration;

use dues::core::answer::{Answer, Finding, Unanswered};
use dues::core::cycle::{Cycle, Effect, Event, Forgone, State, Step, Tally};
use dues::core::dunning::Class;
use dues::core::subscription::Standing;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{Strategy, proptest};
use proptest::sample::select;
use proptest::test_runner::Config;

use crate::machine::cast::{events, now};
use crate::machine::check;
use crate::shop;

/// What is known of the newest attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Proof {
    /// It may be charging the card.
    None,
    /// An answer left it in doubt: only a look-up can clear it.
    Doubt,
    /// The card was not charged by it.
    Failed,
}

/// A cycle's life so far.
struct Life {
    cycle: Cycle,
    now: Timestamp,
    is_answered: bool,
    proof: Proof,
    /// Until then what was declined last may turn into a payment.
    rests_until: Timestamp,
    enrolled: u32,
    departures: u32,
}

fn moments() -> impl Strategy<Value = (Event, u64, Standing)> {
    let all: Vec<Event> = events().into_iter().map(|(_, event)| event).collect();
    let often = [
        Event::Begun,
        Event::Expired,
        Event::Asked,
        Event::Found(Finding::Absent),
    ];
    let standings = vec![
        Standing::Chargeable,
        Standing::Chargeable,
        Standing::Stopped,
        Standing::CardBusy,
        Standing::CardSpent {
            until: Timestamp::MAX,
        },
        Standing::CardDead(Class::NewCard),
        Standing::Ended,
    ];
    let event = proptest::prop_oneof![select(all), select(often.to_vec())];
    (event, 0..200_000_u64, select(standings))
}

proptest! {
    #![proptest_config(Config { cases: 3_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_life_breaks_a_law(moments in vec(moments(), 1..60)) {
        let mut life = Life::new();
        let terms = shop::monthly();
        for (event, seconds, standing) in moments {
            life.now += Duration::from_secs(seconds);
            if !life.is_possible(&event) {
                continue;
            }
            if let Ok(step) = check(&life.cycle, &event, &terms, standing, life.now) {
                life.judge(&event, &step);
                let was_open = life.cycle.state.is_open();
                life.go_on(&event, step);
                life.rests(&event, was_open, terms.pace.quiet_period);
            }
        }
    }
}

impl Life {
    fn new() -> Self {
        Self {
            cycle: Cycle {
                state: State::Scheduled { try_at: now() },
                tally: Tally::default(),
            },
            now: now(),
            is_answered: true,
            proof: Proof::None,
            rests_until: Timestamp::MIN,
            enrolled: 0,
            departures: 0,
        }
    }

    fn is_possible(&self, event: &Event) -> bool {
        let is_answer = matches!(
            event,
            Event::Answered(_) | Event::Unanswered(_) | Event::Withheld(_)
        );
        !(is_answer && self.is_answered)
    }

    fn judge(&self, event: &Event, step: &Step) {
        let (old, new) = (&self.cycle.state, &step.cycle.state);
        let said = || format!("{} after {event:?} became {}", old.name(), new.name());

        assert_eq!(step.wake_at.is_none(), new.act_at().is_none(), "{}", said());
        assert!(step.wake_at >= new.act_at(), "woken early: {}", said());
        assert!(!was_paid(old) || was_paid(new), "unpaid again: {}", said());
        assert!(
            old.act_at().is_some() || new.act_at().is_none(),
            "reopened: {}",
            said()
        );

        let tally = step.cycle.tally;
        assert!(
            u16::from(tally.declines) <= tally.attempts,
            "{tally:?}: {}",
            said()
        );
        assert!(tally.traceless <= tally.attempts, "{tally:?}: {}", said());

        let is_sent = step.effects.contains(&Effect::Send);
        assert_eq!(is_sent, *event == Event::Begun, "sent: {}", said());
        let is_first = matches!(old, State::Scheduled { .. });
        assert!(
            !is_sent || is_first || self.proof == Proof::Failed,
            "sent again while {:?}: {}",
            self.proof,
            said()
        );

        // The schema allows one open attempt a card: one that is left open blocks it for ever.
        assert!(
            !old.is_open() || new.is_open() || step.ending.is_some(),
            "the attempt was left open: {}",
            said()
        );
        assert!(
            step.ending.is_none() || !new.is_open(),
            "an attempt that may be charging was closed: {}",
            said()
        );
    }

    /// Seed 7074: what was declined in an outage was asked for again after a minute, and both were paid.
    fn rests(&mut self, event: &Event, was_open: bool, quiet_period: Duration) {
        if let Event::Answered(answer) = event
            && was_open
            && is_no(answer)
        {
            self.rests_until = self.now + quiet_period;
        }
        if let State::Retrying { try_at, .. } = self.cycle.state {
            assert!(
                try_at >= self.rests_until,
                "tried again at {try_at} after {event:?}, and it rests until {}",
                self.rests_until
            );
        }
    }

    fn go_on(&mut self, event: &Event, step: Step) {
        let was_scheduled = matches!(self.cycle.state, State::Scheduled { .. });
        let is_scheduled = matches!(step.cycle.state, State::Scheduled { .. });
        let enrolls = step
            .effects
            .iter()
            .filter(|one| **one == Effect::EnrollNext);
        self.enrolled += u32::try_from(enrolls.count()).expect("a few");
        let is_canceled = step.cycle.state == State::Skipped(Forgone::Canceled);
        self.departures += u32::from(was_scheduled && !is_scheduled && !is_canceled);
        assert!(
            was_scheduled || !is_scheduled,
            "scheduled again by {event:?}"
        );
        assert_eq!(
            self.enrolled, self.departures,
            "cycles enrolled, by {event:?}"
        );

        match event {
            Event::Begun => (self.is_answered, self.proof) = (false, Proof::None),
            Event::Withheld(_) => (self.is_answered, self.proof) = (true, Proof::Failed),
            Event::Answered(answer) => {
                self.is_answered = true;
                self.proof = proof_of(answer, self.proof);
            }
            Event::Unanswered(unanswered) => {
                self.is_answered = true;
                match unanswered {
                    Unanswered::NotSent(_) => self.proof = Proof::Failed,
                    Unanswered::Lost(_) | Unanswered::TooOften { .. } => {
                        self.proof = self.proof.max_doubt();
                    }
                }
            }
            Event::Found(Finding::Absent | Finding::Failed { .. })
                if matches!(self.cycle.state, State::InDoubt { .. }) =>
            {
                self.proof = Proof::Failed;
            }
            // An attempt of a history that is lost.
            Event::Found(Finding::Failed { .. }) if was_scheduled => self.proof = Proof::Failed,
            Event::Found(_)
            | Event::Expired
            | Event::Asked
            | Event::GraceOver
            | Event::Retried
            | Event::Deferred { .. }
            | Event::Overtaken
            | Event::Unconsented
            | Event::Forgone(_)
            | Event::Released
            | Event::CardDied(_)
            | Event::CardChanged => {}
        }
        self.cycle = step.cycle;
    }
}

impl Proof {
    /// A silence says nothing against what a look-up has shown already.
    fn max_doubt(self) -> Self {
        match self {
            Self::None | Self::Doubt => Self::Doubt,
            Self::Failed => Self::Failed,
        }
    }
}

fn proof_of(answer: &Answer, known: Proof) -> Proof {
    match answer {
        Answer::Declined(_)
        | Answer::NoCard(_)
        | Answer::Malformed(_)
        | Answer::Barred(_)
        | Answer::Outage(_) => Proof::Failed,
        Answer::Paid(_)
        | Answer::Settled(_)
        | Answer::Refused(_)
        | Answer::Refunded(_)
        | Answer::Mismatch(_) => known.max_doubt(),
    }
}

/// Whether it leaves a record of a payment that failed, which may turn into one that did not.
fn is_no(answer: &Answer) -> bool {
    match answer {
        Answer::Declined(_) | Answer::NoCard(_) | Answer::Barred(_) | Answer::Outage(_) => true,
        Answer::Malformed(_)
        | Answer::Paid(_)
        | Answer::Settled(_)
        | Answer::Refused(_)
        | Answer::Refunded(_)
        | Answer::Mismatch(_) => false,
    }
}

fn was_paid(state: &State) -> bool {
    match state {
        State::Paid(_) | State::PartiallyRefunded(_) | State::Refunded(_) => true,
        State::Scheduled { .. }
        | State::Charging { .. }
        | State::InDoubt { .. }
        | State::Retrying { .. }
        | State::Exhausted { .. }
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => false,
    }
}
