//! The transitions. All branching over state and event stands in [`apply`]; the functions below it
//! each build one outcome.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Answer, Decline, Receipt, Unanswered, Words};
use crate::core::consent::Consent;
use crate::core::cycle::wake::{LOOK_AGAIN, later};
use crate::core::cycle::{
    Cause, Cycle, Doubt, Effect, Ending, Event, Forgone, Illegal, Rules, State, Step,
};
use crate::core::cycle::{grace, late, uids};
use crate::core::dunning::{self, Declined};
use crate::core::price::Price;
use crate::core::subscription::{Hold, Standing};

/// How long to leave a refused key or channel alone.
const BARRED_WAIT: Duration = Duration::from_mins(15);

/// What becomes of a cycle.
///
/// # Errors
/// [`Illegal`] when the event cannot happen in this state.
pub fn apply(
    cycle: &Cycle,
    event: &Event,
    rules: Rules<'_>,
    now: Timestamp,
) -> Result<Step, Illegal> {
    let from = Origin { cycle, rules, now };
    let mut step = decide(&from, event)?;
    step.cycle.tally.uid_no = uids::after(&from, event, &step);
    if let Some(Ending::Failed(Cause::Declined(decline))) = &step.ending
        && decline.class.is_for_good()
    {
        step.effects.push(Effect::CardDied(decline.class));
    }
    Ok(step)
}

fn decide(from: &Origin<'_>, event: &Event) -> Result<Step, Illegal> {
    let Origin { cycle, rules, now } = *from;
    match (&cycle.state, event) {
        (State::Scheduled { .. }, Event::Begun) if from.may_ask() => {
            Ok(from.begun(&[Effect::Send, Effect::EnrollNext]))
        }
        (State::Retrying { .. }, Event::Begun) => Ok(from.begun(&[Effect::Send])),

        (State::Scheduled { .. } | State::Retrying { .. }, Event::Deferred { until }) => {
            Ok(from.deferred(*until, &[]))
        }
        (State::Scheduled { .. }, Event::Overtaken) => {
            Ok(from.deferred(later(now, LOOK_AGAIN), &[Effect::Hold(Hold::MissedCycles)]))
        }

        (State::Scheduled { .. }, Event::Unconsented) if from.lacks_consent() => {
            Ok(from.deferred(later(now, LOOK_AGAIN), &[Effect::Hold(Hold::NoConsent)]))
        }

        (State::Scheduled { .. }, Event::Released) => Ok(from.released()),
        (State::Retrying { cause, try_at }, Event::CardChanged) => {
            Ok(from.tried_soon(cause, *try_at))
        }
        (State::Retrying { .. }, Event::CardDied(class)) => Ok(from.left_without_a_card(*class)),
        (State::Retrying { cause, try_at }, Event::Retried) => {
            Ok(from.tried_by_hand(cause, *try_at))
        }

        (State::Scheduled { .. }, Event::Forgone(Forgone::Free)) if rules.price != Price::Free => {
            Err(illegal(&cycle.state, event))
        }
        (State::Scheduled { .. }, Event::Forgone(Forgone::NoConsent)) if !from.lacks_consent() => {
            Err(illegal(&cycle.state, event))
        }
        (State::Scheduled { .. }, Event::Forgone(why)) => Ok(from.skipped(*why)),
        (State::Retrying { .. }, Event::Forgone(why @ (Forgone::Canceled | Forgone::Missed))) => {
            Ok(from.to(State::Waived(*why), &[]))
        }

        (State::Charging { .. }, Event::Expired) => Ok(from.in_doubt(
            Doubt::Silence(Words::new("no answer was recorded in time")),
            &[],
        )),
        (State::InDoubt { .. }, Event::Asked) => Ok(from.asked()),

        (State::Charging { .. } | State::InDoubt { .. }, Event::Answered(answer)) => {
            Ok(from.answered(answer))
        }
        (
            State::Charging { .. },
            Event::Unanswered(Unanswered::Lost(why) | Unanswered::TooOften { words: why, .. }),
        ) => Ok(from.in_doubt(Doubt::Silence(why.clone()), &[])),
        (State::Scheduled { try_at }, Event::CardChanged) => Ok(from.waited_for_a_card(*try_at)),
        (
            State::InDoubt { .. },
            Event::Unanswered(Unanswered::Lost(_) | Unanswered::TooOften { .. }),
        )
        | (State::Retrying { .. }, Event::Released)
        | (State::Charging { .. } | State::InDoubt { .. }, Event::CardChanged) => {
            Ok(from.unchanged())
        }
        (
            State::Charging { .. } | State::InDoubt { .. },
            Event::Unanswered(Unanswered::NotSent(why)) | Event::Withheld(why),
        ) => Ok(from.traceless(Cause::NotSent(why.clone()))),

        // What is open is settled first: a success under another uid may not be the only one.
        (State::Charging { .. } | State::InDoubt { .. }, Event::Found(_))
            if from.is_about_another_uid() =>
        {
            Ok(from.unchanged())
        }
        (State::InDoubt { .. }, Event::Found(finding)) => Ok(from.found(finding)),

        (_, Event::Answered(_) | Event::Unanswered(_) | Event::Withheld(_) | Event::Found(_)) => {
            late::apply(from, event)
        }
        (State::Exhausted { .. }, _) => grace::apply(from, event),

        (state, event) => Err(illegal(state, event)),
    }
}

pub(super) fn illegal(state: &State, event: &Event) -> Illegal {
    Illegal {
        state: state.name(),
        event: event.name(),
    }
}

/// Where a transition starts.
pub(super) struct Origin<'a> {
    pub(super) cycle: &'a Cycle,
    pub(super) rules: Rules<'a>,
    pub(super) now: Timestamp,
}

impl Origin<'_> {
    /// What costs nothing is not asked for, and neither is what nobody agreed to.
    fn may_ask(&self) -> bool {
        self.rules.price != Price::Free && !self.lacks_consent()
    }

    fn lacks_consent(&self) -> bool {
        self.rules.consent == Consent::Lacking
    }

    fn begun(&self, effects: &[Effect]) -> Step {
        // Each uid before its own is asked about first.
        let asked_first = self.cycle.tally.uid_no.count_before();
        let within = self.rules.terms.pace.answer_within;
        let answer_by = later(self.now, within.saturating_mul(1 + asked_first));
        let mut step = self.to(
            State::Charging {
                begun_at: self.now,
                answer_by,
            },
            effects,
        );
        step.cycle.tally.attempts = step.cycle.tally.attempts.saturating_add(1);
        step
    }

    pub(super) fn deferred(&self, until: Timestamp, effects: &[Effect]) -> Step {
        let mut step = self.to(self.cycle.state.clone(), effects);
        step.wake_at = step.wake_at.map(|own| own.max(until));
        step
    }

    /// Who released it knows how late it is: from here on it is not late any more. Its window may be
    /// another one by now, so that it is counted from the date and not from its last next try.
    fn released(&self) -> Step {
        let hours = self.rules.terms.hours();
        let from = self.rules.due_at.max(self.now);
        let try_at = hours.window.earliest(from, hours.zone);
        self.to(State::Scheduled { try_at }, &[])
    }

    fn skipped(&self, why: Forgone) -> Step {
        let effects: &[Effect] = match why {
            Forgone::Canceled => &[],
            Forgone::NoConsent => &[Effect::Lapsed],
            Forgone::Missed | Forgone::Skipped | Forgone::Free => &[Effect::EnrollNext],
        };
        self.to(State::Skipped(why), effects)
    }

    fn answered(&self, answer: &Answer) -> Step {
        match answer {
            Answer::Paid(receipt) => self.paid(receipt),
            Answer::Declined(decline) | Answer::NoCard(decline) => {
                self.rested(self.declined(decline))
            }
            Answer::Settled(words) => self.in_doubt(Doubt::Settled(words.clone()), &[]),
            Answer::Refused(decline) => self.in_doubt(Doubt::Refused(decline.clone()), &[]),
            Answer::Refunded(receipt) => self.refunded_unasked(receipt),
            Answer::Mismatch(words) => self.in_doubt(
                Doubt::Mismatch(words.clone()),
                &[Effect::Hold(Hold::Mismatch)],
            ),
            Answer::Malformed(words) => {
                let effects = [Effect::Hold(Hold::Malformed)];
                self.rested(self.again(Cause::Malformed(words.clone()), Duration::ZERO, &effects))
            }
            Answer::Barred(words) => {
                self.rested(self.again(Cause::Barred(words.clone()), BARRED_WAIT, &[]))
            }
            Answer::Outage(words) => self.rested(self.traceless(Cause::Outage(words.clone()))),
        }
    }

    /// The next try after an answer that said no comes after the quiet period: until then the no may turn
    /// into a payment, and a gateway that looks for a uid first and charges then would take the money twice.
    fn rested(&self, mut step: Step) -> Step {
        let hours = self.rules.terms.hours();
        let rested_at = later(self.now, self.rules.terms.pace.quiet_period);
        if let State::Retrying { try_at, .. } = &mut step.cycle.state
            && *try_at < rested_at
        {
            *try_at = hours.window.earliest(rested_at, hours.zone);
            step.wake_at = Some(*try_at);
        }
        step
    }

    pub(super) fn paid(&self, receipt: &Receipt) -> Step {
        let state = if receipt.refunded_won > 0 {
            State::PartiallyRefunded(receipt.clone())
        } else {
            State::Paid(receipt.clone())
        };
        let mut step = self.to(state, &[Effect::Collected]);
        if self.shows_life() {
            step.effects.push(Effect::CardLives);
        }
        step.cycle.tally.ladder_at = None;
        step.ending = Some(Ending::Paid(receipt.clone()));
        step
    }

    pub(super) fn refunded_unasked(&self, receipt: &Receipt) -> Step {
        let state = State::Refunded(receipt.clone());
        let mut step = self.to(state, &[Effect::Hold(Hold::RefundedElsewhere)]);
        step.ending = Some(Ending::Refunded(receipt.clone()));
        step
    }

    pub(super) fn declined(&self, decline: &Decline) -> Step {
        if let Some(ladder_at) = self.cycle.tally.ladder_at
            && self.rules.standing != Standing::Ended
        {
            return self.declined_by_hand(decline, ladder_at);
        }
        let declines = self.cycle.tally.declines.saturating_add(1);
        let cause = Cause::Declined(decline.clone());

        let mut step = match self.retry_at(decline, declines) {
            Some(try_at) => self.again_at(cause, try_at, &[Effect::FellBehind]),
            None if self.rules.standing == Standing::Ended => {
                self.again(cause, Duration::ZERO, &[])
            }
            None => {
                let mut step = self.ladder_ended(decline, declines);
                step.ending = Some(Ending::Failed(cause));
                step
            }
        };
        step.cycle.tally.declines = declines;
        step.cycle.tally.traceless = 0;
        step
    }

    pub(super) fn traceless(&self, cause: Cause) -> Step {
        let times = self.cycle.tally.traceless.saturating_add(1);
        let mut step = self.again(cause, dunning::wait_after_not_sent(times), &[]);
        step.cycle.tally.traceless = times;
        step
    }

    /// When the ladder tries again after this decline, inside the charge window.
    fn retry_at(&self, decline: &Decline, declines: u8) -> Option<Timestamp> {
        let terms = self.rules.terms;
        let try_of = Declined {
            class: decline.class,
            declines,
            at: self.now,
            key: &format!("{}#{}", self.rules.key, self.cycle.tally.attempts),
        };
        terms.ladder.retry_at(try_of, terms.hours())
    }

    /// Another try after `wait`, inside the charge window.
    fn again(&self, cause: Cause, wait: Duration, effects: &[Effect]) -> Step {
        let hours = self.rules.terms.hours();
        let try_at = hours.window.earliest(later(self.now, wait), hours.zone);
        self.again_at(cause, try_at, effects)
    }

    /// Another try then; or none, when the subscription has ended in the meantime.
    pub(super) fn again_at(&self, cause: Cause, try_at: Timestamp, effects: &[Effect]) -> Step {
        let ending = Some(Ending::Failed(cause.clone()));
        let mut step = if self.rules.standing == Standing::Ended {
            self.to(State::Waived(Forgone::Canceled), &[])
        } else {
            self.to(State::Retrying { cause, try_at }, effects)
        };
        step.ending = ending;
        step
    }

    pub(super) fn unchanged(&self) -> Step {
        self.to(self.cycle.state.clone(), &[])
    }

    pub(super) fn to(&self, state: State, effects: &[Effect]) -> Step {
        let wake_at = state.act_at();
        let cycle = Cycle {
            state,
            tally: self.cycle.tally,
        };
        Step {
            cycle,
            wake_at,
            ending: None,
            effects: effects.to_vec(),
        }
    }
}
