//! A retry that a person asks for. It goes out under the cycle's own uid like every other, and leaves the
//! ladder where it was: its decline takes no rung, and the ladder's own next try stays when it was.

use jiff::Timestamp;

use crate::core::answer::Decline;
use crate::core::cycle::transition::Origin;
use crate::core::cycle::wake::later;
use crate::core::cycle::{Cause, Cycle, Effect, Ending, Step};

impl Cycle {
    /// Whether the next try is one that a person asked for.
    pub(super) const fn is_tried_by_hand(&self) -> bool {
        self.tally.ladder_at.is_some()
    }
}

impl Origin<'_> {
    /// Tried as soon as a decline before it can not turn into a payment any more, inside the window.
    /// `planned` is when the machine would have looked at the cycle by itself.
    pub(super) fn tried_by_hand(&self, cause: &Cause, planned: Timestamp) -> Step {
        let mut step = self.tried_soon(cause, Timestamp::MAX);
        let tally = &mut step.cycle.tally;
        // Before the first decline there is no ladder to go back to.
        tally.ladder_at = match tally.declines {
            0 => None,
            _ => tally.ladder_at.or(Some(planned)),
        };
        step
    }

    /// A retry by hand was declined: on with the ladder, where it was. Only that the card rests for as
    /// long as it has to after any decline may put it off.
    pub(super) fn declined_by_hand(&self, decline: &Decline, ladder_at: Timestamp) -> Step {
        let terms = self.rules.terms;
        let declines = self.cycle.tally.declines;
        let cause = Cause::Declined(decline.clone());

        // What was planned for the end of the grace was to give up: the ladder had ended before, and a
        // decline of another class does not lengthen it.
        let has_ended = ladder_at == later(self.rules.due_at, terms.ladder.grace);
        let wait = terms.ladder.wait_after(decline.class, declines);
        let is_climbing = wait.is_some() && !has_ended;
        let mut step = if is_climbing {
            let rested = later(self.now, decline.class.rest());
            let try_at = terms
                .window
                .earliest(ladder_at.max(rested), &terms.plan.zone);
            self.again_at(cause, try_at, &[Effect::FellBehind])
        } else {
            let mut step = self.ladder_ended(decline, declines);
            step.ending = Some(Ending::Failed(cause));
            step
        };
        step.cycle.tally.ladder_at = None;
        step.cycle.tally.traceless = 0;
        step
    }
}
