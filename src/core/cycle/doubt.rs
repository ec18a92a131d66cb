//! An attempt in doubt: asked about until the gateway says what became of it, and never resent.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::Finding;
use crate::core::cycle::transition::Origin;
use crate::core::cycle::wake::later;
use crate::core::cycle::{Cause, Doubt, Effect, State, Step};
use crate::core::dunning;
use crate::core::subscription::Hold;

/// How much the gateway's clock may differ from ours before we mistake an earlier failure under the
/// same uid for the one in doubt. Both clocks are kept to NTP.
const CLOCK_SLACK: Duration = Duration::from_mins(2);

impl Origin<'_> {
    pub(super) fn in_doubt(&self, doubt: Doubt, effects: &[Effect]) -> Step {
        let ask_at = match &doubt {
            // The uid is settled: whatever there is to find is there already.
            Doubt::Settled(_) => self.now,
            Doubt::Silence(_) | Doubt::Refused(_) | Doubt::Mismatch(_) => {
                later(self.now, self.rules.terms.pace.quiet_period)
            }
        };
        self.to(
            State::InDoubt {
                doubt,
                begun_at: self.begun_at(),
                asked: 0,
                ask_at,
            },
            effects,
        )
    }

    pub(super) fn asked(&self) -> Step {
        let State::InDoubt {
            doubt,
            begun_at,
            asked,
            ..
        } = &self.cycle.state
        else {
            return self.unchanged();
        };
        let asked = asked.saturating_add(1);
        let wait = dunning::wait_to_ask(asked, self.rules.terms.pace.ask_again_max);
        let state = State::InDoubt {
            doubt: doubt.clone(),
            begun_at: *begun_at,
            asked,
            ask_at: later(self.now, wait),
        };
        self.to(state, &[Effect::Ask])
    }

    pub(super) fn found(&self, finding: &Finding) -> Step {
        let State::InDoubt {
            doubt, begun_at, ..
        } = &self.cycle.state
        else {
            return self.unchanged();
        };
        match (finding, doubt) {
            (Finding::Paid(receipt), _) => self.paid(receipt),
            (Finding::Refunded(receipt), _) => self.refunded_unasked(receipt),
            (Finding::Failed { decline, failed_at }, _) if is_of(*failed_at, *begun_at) => {
                self.declined(decline)
            }
            (Finding::Failed { .. } | Finding::Absent, Doubt::Silence(_)) => {
                self.traceless(Cause::Absent)
            }
            (Finding::Failed { .. } | Finding::Absent, Doubt::Refused(decline)) => {
                self.declined(decline)
            }
            // "Settled" and "nothing there" contradict each other: keep asking, never send.
            (Finding::Failed { .. } | Finding::Absent, Doubt::Settled(_) | Doubt::Mismatch(_))
            | (Finding::Mismatch(_), Doubt::Mismatch(_))
            | (Finding::Unclear(_), _) => self.unchanged(),
            (Finding::Mismatch(words), _) => self.in_doubt(
                Doubt::Mismatch(words.clone()),
                &[Effect::Hold(Hold::Mismatch)],
            ),
        }
    }

    fn begun_at(&self) -> Timestamp {
        match &self.cycle.state {
            State::Charging { begun_at, .. } | State::InDoubt { begun_at, .. } => *begun_at,
            State::Scheduled { .. }
            | State::Retrying { .. }
            | State::Exhausted { .. }
            | State::Paid(_)
            | State::PartiallyRefunded(_)
            | State::Refunded(_)
            | State::Uncollectible(_)
            | State::Skipped(_)
            | State::Waived(_) => self.now,
        }
    }
}

/// Whether a failure that happened then can belong to an attempt begun then. A failure without a time
/// can: then the gateway's word is all there is.
fn is_of(failed_at: Option<Timestamp>, begun_at: Timestamp) -> bool {
    failed_at.is_none_or(|failed_at| later(failed_at, CLOCK_SLACK) >= begun_at)
}
