//! What becomes of the cycles of a subscription that is paused until a day, when that has come.

use jiff::Timestamp;

use crate::core::consent::Consent;
use crate::core::credit;
use crate::core::cycle::{Event, Rules, State, apply};
use crate::core::preview::{Fate, Preview, Waiting};
use crate::core::subscription::Missed;

/// That a subscription goes on by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resumption {
    /// When.
    pub at: Timestamp,
    /// What becomes of what came due in the meantime; as the plan says, if nobody says how.
    pub missed: Option<Missed>,
}

impl Preview<'_> {
    /// Puts in line what there will be once it goes on.
    pub(super) fn resume(&mut self, resumption: Resumption) {
        let at = resumption.at.max(self.now);
        if resumption.missed == Some(Missed::MoveAnchor) {
            self.move_anchor(at);
        }
        let waiting: Vec<Waiting> = self.waiting.drain(..).collect();
        for one in waiting {
            let one = self.released(one, at);
            self.waiting.push_back(one);
        }
        let Some(missed) = resumption.missed else {
            return;
        };
        while let Some(one) = self.waiting.back().cloned() {
            if !self.is_forgone(&one, missed, at) {
                break;
            }
            self.waiting.pop_back();
            let length = self.waiting.len();
            self.enrol_after(&one, Fate::Skipped);
            if self.waiting.len() == length {
                return;
            }
        }
        // Whoever let the others go knows how late the latest is.
        if let Some(latest) = self.waiting.pop_back() {
            let latest = self.released(latest, at);
            self.waiting.push_back(latest);
        }
    }

    fn move_anchor(&mut self, at: Timestamp) {
        let terms = self.subject.terms;
        let is_missed = |one: &Waiting| is_missed(one, at) && !terms.plan.dates.are_everybodys();
        let Some(one) = self.waiting.iter_mut().find(|one| is_missed(one)) else {
            return;
        };
        self.subject.contract.anchor.moved = Some((one.n, at));
        one.due_at = at;
        let try_at = terms.window.earliest(at, &terms.plan.zone);
        one.cycle.state = State::Scheduled { try_at };
        one.wake_at = try_at;
        // A version that applies from a day that has come by then applies to what begins then.
        if let Some(next) = self.subject.next.filter(|next| next.takes(at)) {
            let credit = self.subject.credit + one.credit;
            let repriced = next.reprice(&terms.plan, self.subject.contract, one);
            let applied =
                credit::apply(credit, next.terms.plan.price(self.subject.contract, one.n));
            *one = Waiting {
                price: applied.asked,
                credit: applied.taken,
                ..repriced
            };
            self.subject.credit = applied.left;
            self.subject.terms = next.terms;
            self.subject.next = None;
        }
    }

    /// A cycle when what kept it back is gone.
    fn released(&self, one: Waiting, at: Timestamp) -> Waiting {
        if one.cycle.state.is_open() {
            return one;
        }
        let rules = Rules {
            terms: &one.terms,
            standing: self.subject.standing,
            price: one.price,
            consent: Consent::NotNeeded,
            due_at: one.due_at,
            key: "",
            uid: one.cycle.tally.uid_no,
        };
        match apply(&one.cycle, &Event::Released, rules, at) {
            Ok(step) => Waiting {
                wake_at: step.wake_at.unwrap_or(one.wake_at).max(at).max(one.due_at),
                cycle: step.cycle,
                ..one
            },
            Err(_) => one,
        }
    }

    fn is_forgone(&self, one: &Waiting, missed: Missed, at: Timestamp) -> bool {
        is_missed(one, at)
            && match missed {
                Missed::Skip => true,
                Missed::MoveAnchor => false,
                Missed::ChargeLatest => {
                    let due =
                        self.subject
                            .terms
                            .cycles_due(self.subject.contract.anchor, one.n, at);
                    due.is_ok_and(|due| due > 1)
                }
            }
    }
}

fn is_missed(one: &Waiting, at: Timestamp) -> bool {
    matches!(one.cycle.state, State::Scheduled { .. }) && one.due_at <= at
}
