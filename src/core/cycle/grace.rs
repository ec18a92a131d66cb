//! The end of a ladder: the time in which another card may still come, and giving up.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Decline, Words};
use crate::core::cycle::transition::{Origin, illegal};
use crate::core::cycle::wake::later;
use crate::core::cycle::{Cause, Effect, Event, Forgone, Illegal, State, Step};
use crate::core::dunning::Class;

/// What is left at least of the grace of a subscription that stood still when it is charged again:
/// whoever lets it go on means to do something about it.
const GRACE_LEAST: Duration = Duration::from_hours(24);

/// What becomes of a cycle whose ladder has ended.
pub(super) fn apply(from: &Origin<'_>, event: &Event) -> Result<Step, Illegal> {
    match (&from.cycle.state, event) {
        (State::Exhausted { .. }, Event::Deferred { until }) => Ok(from.deferred(*until, &[])),
        (State::Exhausted { decline, .. }, Event::GraceOver) => Ok(from.given_up(decline)),
        (State::Exhausted { decline, until }, Event::Released) => {
            Ok(from.exhausted(decline, (*until).max(later(from.now, GRACE_LEAST))))
        }
        (State::Exhausted { decline, .. }, Event::CardChanged) => {
            Ok(from.tried_soon(&Cause::Declined(decline.clone()), Timestamp::MAX))
        }
        (State::Exhausted { decline, until }, Event::Retried) => {
            Ok(from.tried_by_hand(&Cause::Declined(decline.clone()), *until))
        }
        (State::Exhausted { .. }, Event::Forgone(why @ (Forgone::Canceled | Forgone::Missed))) => {
            Ok(from.to(State::Waived(*why), &[]))
        }
        (state, event) => Err(illegal(state, event)),
    }
}

impl Origin<'_> {
    /// The ladder ends with this decline.
    pub(super) fn ladder_ended(&self, decline: &Decline, declines: u8) -> Step {
        let ladder = &self.rules.terms.ladder;
        match ladder.grace_until(declines, self.rules.due_at, self.now) {
            Some(until) => {
                let mut step = self.exhausted(decline, until);
                step.effects.push(Effect::FellBehind);
                step
            }
            None => self.given_up(decline),
        }
    }

    /// The ladder ends because another cycle's decline says that there is no card to ask any more.
    pub(super) fn left_without_a_card(&self, class: Class) -> Step {
        let decline = Decline {
            class,
            pg: None,
            code: None,
            message: Words::new(
                "its card was declined for good when it was asked for another cycle",
            ),
        };
        self.ladder_ended(&decline, self.cycle.tally.declines)
    }

    /// A cycle that was never tried, and that may have waited for this card. It is as late as it is, and its
    /// plan says what follows from that; what is owed for longer is tried before it, or at the same time.
    pub(super) fn waited_for_a_card(&self, try_at: Timestamp) -> Step {
        if try_at > self.now {
            return self.unchanged();
        }
        let terms = self.rules.terms;
        let soon = later(self.now, terms.pace.quiet_period);
        self.deferred(terms.window.earliest(soon, &terms.plan.zone), &[])
    }

    /// Whether a payment of this cycle says that its card is a good one: it was made after whatever was
    /// declined before, because a card has one open attempt; or it is what a decline for good really was.
    pub(super) fn shows_life(&self) -> bool {
        match &self.cycle.state {
            State::Charging { .. } | State::InDoubt { .. } => true,
            State::Retrying {
                cause: Cause::Declined(decline),
                ..
            }
            | State::Exhausted { decline, .. }
            | State::Uncollectible(decline) => decline.class.is_for_good(),
            State::Scheduled { .. }
            | State::Retrying { .. }
            | State::Paid(_)
            | State::PartiallyRefunded(_)
            | State::Refunded(_)
            | State::Skipped(_)
            | State::Waived(_) => false,
        }
    }

    /// The ladder has ended: nobody asks this card again, but another one may come.
    pub(super) fn exhausted(&self, decline: &Decline, until: Timestamp) -> Step {
        let decline = decline.clone();
        self.to(State::Exhausted { decline, until }, &[])
    }

    pub(super) fn given_up(&self, decline: &Decline) -> Step {
        let effects = [Effect::GaveUp(self.rules.terms.ladder.end_action)];
        self.to(State::Uncollectible(decline.clone()), &effects)
    }

    /// A new card says nothing about the declines of the old one, but the ladder is not climbed down:
    /// the tally counts what was asked of this customer's bank.
    ///
    /// It waits for the quiet period: a decline can turn into a payment until then, and a gateway that
    /// looks for a uid first and charges then would take the money twice, once from each card.
    pub(super) fn tried_soon(&self, cause: &Cause, try_at: Timestamp) -> Step {
        let terms = self.rules.terms;
        let soon = later(self.now, terms.pace.quiet_period).min(try_at);
        let try_at = terms.window.earliest(soon.max(self.now), &terms.plan.zone);
        self.to(
            State::Retrying {
                cause: cause.clone(),
                try_at,
            },
            &[],
        )
    }
}
