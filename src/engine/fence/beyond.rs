//! Questions about what the copy does not come to: cycles that came due while their subscription stood still
//! here, and that it may have come to in the history that is lost. They are asked when all that is enrolled
//! is answered. A record of one says that those before it were passed over there, and so they are here.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use jiff::Timestamp;

use crate::core::answer::Finding;
use crate::core::cycle::Event;
use crate::core::order::MerchantUid;
use crate::engine::clock::Clock;
use crate::engine::{Engine, dispatch, tell};
use crate::gateway::{Gateway, PAID_MAX};
use crate::store::{self, CycleKey, Difference, Outcome, Question, StoreError};

/// How far these questions are, on one page of subscriptions.
#[derive(Debug, Default)]
pub(super) struct Beyond {
    waiting: VecDeque<Question>,
    /// What was asked about together, and is not paid as far as that shows.
    alone: VecDeque<Question>,
    asked: BTreeSet<CycleKey>,
    /// Each that is asked about: its uid, and the last enrolled cycle before it.
    known: BTreeMap<CycleKey, (MerchantUid, CycleKey)>,
    /// Of which there is no record, or none that leads any further.
    done: BTreeSet<CycleKey>,
    /// Of which there is one.
    reached: BTreeSet<CycleKey>,
    /// Enrolled cycles of which the gateway says what only a person can judge.
    pub(super) unsettled: BTreeSet<CycleKey>,
    /// Cycles of which it has a record that the copy does not account for: there may be one of the next, too.
    pub(super) met: BTreeSet<CycleKey>,
}

impl Beyond {
    /// Whether nothing is left to be asked about.
    pub(super) fn has_asked(&self) -> bool {
        self.waiting.is_empty() && self.alone.is_empty()
    }

    /// Whether all that was asked is answered.
    pub(super) fn is_answered(&self) -> bool {
        self.asked.is_empty()
    }

    /// Takes the questions of a page that are not answered yet. Tells whether there are any.
    pub(super) fn take(&mut self, page: Vec<store::Beyond>) -> bool {
        for one in page {
            let is_open = |question: &Question| !self.done.contains(&question.key);
            let open: Vec<Question> = one.questions.into_iter().filter(is_open).collect();
            for question in open {
                let known = (question.order.merchant_uid.clone(), one.after);
                self.known.insert(question.key, known);
                self.waiting.push_back(question);
            }
            if one.left_out > 0 && self.done.insert(one.after) {
                tell::left_out(&one.subscription, one.left_out);
            }
        }
        !self.waiting.is_empty()
    }

    /// The next questions, for one request.
    fn take_next(&mut self) -> Vec<Question> {
        let many = self.waiting.len().min(PAID_MAX);
        let next: Vec<Question> = if many == 0 {
            self.alone.pop_front().into_iter().collect()
        } else {
            self.waiting.drain(..many).collect()
        };
        self.asked.extend(next.iter().map(|question| question.key));
        next
    }

    /// Takes note of what was found, and of what is to be asked about alone. What was asked anew in the
    /// meantime is not ours any more.
    pub(super) fn answered(&mut self, found: &[Outcome], alone: Vec<Question>) {
        for outcome in found {
            if !self.asked.remove(&outcome.key) {
                continue;
            }
            if matches!(outcome.event, Event::Found(Finding::Absent)) {
                self.done.insert(outcome.key);
            } else {
                self.reached.insert(outcome.key);
                self.met.insert(outcome.key);
            }
        }
        for question in alone {
            if self.asked.remove(&question.key) {
                self.alone.push_back(question);
            }
        }
    }

    /// A question was not answered: all that is open is asked anew.
    pub(super) fn not_answered(&mut self) {
        self.asked.clear();
        self.waiting.clear();
        self.alone.clear();
    }
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Asks the next questions of this kind in one request. Tells whether there were any.
    pub(super) fn ask_beyond(&mut self) -> bool {
        let questions = self.fence.beyond.take_next();
        if questions.is_empty() {
            return false;
        }
        let gateway = Arc::clone(&self.gateway);
        self.in_flight
            .spawn(dispatch::ask_beyond(gateway, questions));
        true
    }

    /// Passes over what waits before the cycles of which the gateway has a record. The first of each
    /// subscription goes first: what comes after it is asked about anew.
    pub(super) async fn pass_to_reached(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let beyond = &mut self.fence.beyond;
        let reached = std::mem::take(&mut beyond.reached);
        if reached.is_empty() {
            return Ok(());
        }
        let mut turn = self.writer.begin(now).await?;
        let mut differences = Vec::new();
        let mut before: Option<CycleKey> = None;
        for to in reached {
            let is_later = before.is_some_and(|before| before.is_beside(to));
            before = Some(to);
            if is_later {
                continue;
            }
            if turn.pass_to(to, &beyond.unsettled).await? {
                continue;
            }
            beyond.done.insert(to);
            differences.extend(beyond.known.get(&to).map(|(uid, after)| Difference {
                key: *after,
                ours: "the last one here".to_owned(),
                theirs: format!("there is a record of {uid}, which comes after it"),
            }));
        }
        if let Some(suspicion) = &mut self.fence.suspicion {
            suspicion.differences += i64::try_from(differences.len()).unwrap_or(0);
        }
        turn.note_differences(&differences).await?;
        turn.commit().await?;
        Ok(())
    }
}
