//! Comparing with the gateway's books what nobody else asks about: refunds made in its console, payments
//! that it no longer knows, and payments that it calls paid after we called them failed. It uses the
//! gaps that charges leave.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::core::answer::{Finding, ImpUid};
use crate::core::cycle::Event;
use crate::engine::clock::Clock;
use crate::engine::handle::Reconciled;
use crate::engine::{Engine, dispatch};
use crate::gateway::Gateway;
use crate::store::{Outcome, Over, Page, Settled, StoreError};

/// How far back payments are compared.
const REACH: Duration = Duration::from_hours(35 * 24);

/// How many payments are read at once.
const PAGE: u32 = 200;

/// How long to leave a gateway alone that did not answer a question: an outage of minutes is not to use up the
/// questions of a night, and a few payments that it cannot show are not to make a night of them.
const REST: Duration = Duration::from_secs(1);

/// Before the first place.
const START: (i64, i64, i64) = (i64::MIN, i64::MIN, i64::MIN);

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Comparison {
    waiting: Vec<oneshot::Sender<Reconciled>>,
    page: VecDeque<Settled>,
    after: (i64, i64, i64),
    /// What is being read; `None` when all was.
    reading: Option<Over>,
    /// The payment that the question under way is to find; nothing when there is to be none.
    ours: Option<ImpUid>,
    open: u64,
    rests_until: Timestamp,
    found: Reconciled,
}

impl Comparison {
    /// Begins a comparison, or joins the one under way.
    pub(super) fn join(current: &mut Option<Self>, reply: oneshot::Sender<Reconciled>) {
        let comparison = current.get_or_insert_with(|| Self {
            waiting: Vec::new(),
            page: VecDeque::new(),
            after: START,
            reading: Some(Over::Paid),
            ours: None,
            open: 0,
            rests_until: Timestamp::MIN,
            found: Reconciled::default(),
        });
        comparison.waiting.push(reply);
    }

    /// Counts an answer. Answers to questions about doubts pass here too; they are no harm to the
    /// count, which is for people.
    pub(super) fn answered(&mut self, outcome: &Outcome) {
        self.open = self.open.saturating_sub(1);
        self.found.compared += 1;
        let agrees = match (&self.ours, &outcome.event) {
            // Another name is another payment: the customer paid twice.
            (Some(ours), Event::Found(Finding::Paid(receipt))) => {
                receipt.imp_uid == *ours && receipt.refunded_won == 0
            }
            (None, Event::Found(Finding::Failed { .. } | Finding::Absent)) => true,
            (Some(_) | None, _) => false,
        };
        self.found.differing += u64::from(!agrees);
    }

    fn goes_on_after(&mut self, over: Over) {
        self.after = START;
        self.reading = match over {
            Over::Paid => Some(Over::InVain),
            Over::InVain => Some(Over::Waiting),
            Over::Waiting => None,
        };
    }

    /// Counts a question that was not answered.
    pub(super) fn not_answered(&mut self, now: Timestamp) {
        self.open = self.open.saturating_sub(1);
        self.found.unanswered += 1;
        self.rests_until = now.checked_add(REST).unwrap_or(now);
    }

    /// The time that we carry was corrected: a rest that began by the wrong time is over.
    pub(super) fn was_corrected(&mut self, now: Timestamp) {
        self.rests_until = self.rests_until.min(now);
    }
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Asks the next questions of a comparison, if one is under way and there is room; one at a time
    /// beside charges, so that it never delays any. Whatever stops charges does not stop it: only what
    /// is recent has to be known, and so what time it is.
    pub(super) async fn compare(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let calls = self.gate.calls(self.in_flight.len(), now);
        let Some(comparison) = &mut self.comparison else {
            return Ok(());
        };
        if !self.gate.knows_the_time() {
            return Ok(());
        }

        // What has nothing to ask about is passed over at once: the next turn may be far off.
        while let (true, true, Some(over)) = (
            comparison.page.is_empty(),
            comparison.open == 0,
            comparison.reading,
        ) {
            let since = now.checked_sub(REACH).unwrap_or(Timestamp::MIN);
            let page = Page {
                after: comparison.after,
                limit: PAGE,
            };
            comparison.page = self.reader.over_since(over, since, page).await?.into();
            match comparison.page.back() {
                Some(last) => comparison.after = last.place,
                None => comparison.goes_on_after(over),
            }
        }

        if comparison.page.is_empty() && comparison.reading.is_none() && comparison.open == 0 {
            let found = comparison.found;
            for reply in std::mem::take(&mut comparison.waiting) {
                // Whoever asked may have gone; what was found is recorded all the same.
                reply.send(found).unwrap_or_default();
            }
            self.comparison = None;
            return Ok(());
        }

        if calls > 0
            && now >= comparison.rests_until
            && comparison.open == 0
            && let Some(settled) = comparison.page.pop_front()
        {
            comparison.open += 1;
            comparison.ours = settled.imp_uid;
            self.gate.took(1, now);
            self.in_flight
                .spawn(dispatch::ask(self.gateway.clone(), settled.question));
        }
        Ok(())
    }

    /// When there is a question to ask, if nothing comes in before.
    pub(super) fn compares_at(&self, now: Timestamp) -> Option<Timestamp> {
        let comparison = self.comparison.as_ref()?;
        let is_waiting = comparison.open == 0 && !comparison.page.is_empty();
        let calls_at = self.gate.calls_at(self.in_flight.len(), now)?;
        (is_waiting && self.gate.knows_the_time()).then(|| calls_at.max(comparison.rests_until))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::answer::{Decline, Receipt, Words};
    use crate::core::dunning::Class;
    use crate::core::order::UidNo;
    use crate::store::CycleKey;

    fn paid(imp_uid: &str, refunded_won: i64) -> Finding {
        Finding::Paid(Receipt {
            imp_uid: ImpUid::parse(imp_uid).unwrap(),
            paid_at: Timestamp::UNIX_EPOCH,
            refunded_won,
        })
    }

    /// How many differ, where this one was recorded and that is found.
    fn differing(ours: Option<&str>, finding: Finding) -> u64 {
        let (reply, _answer) = oneshot::channel();
        let mut current = None;
        Comparison::join(&mut current, reply);
        let mut comparison = current.unwrap();
        comparison.ours = ours.map(|ours| ImpUid::parse(ours).unwrap());
        comparison.answered(&Outcome {
            key: CycleKey::for_test(1),
            attempt: 1,
            uid: UidNo::FIRST,
            event: Event::Found(finding),
        });
        comparison.found.differing
    }

    #[test]
    fn what_differs_is_counted() {
        let failed = || Finding::Failed {
            decline: Decline {
                class: Class::Funds,
                pg: None,
                code: None,
                message: Words::new("no"),
            },
            failed_at: None,
        };
        assert_eq!(differing(Some("imp_1"), paid("imp_1", 0)), 0);
        assert_eq!(differing(Some("imp_1"), paid("imp_1", 100)), 1);
        assert_eq!(differing(Some("imp_1"), paid("imp_2", 0)), 1, "paid twice");
        assert_eq!(differing(Some("imp_1"), failed()), 1);
        let other = || Finding::Mismatch(Words::new("another amount"));
        assert_eq!(differing(Some("imp_1"), other()), 1);
        // An earlier uid of a cycle that was paid under a later one, and what was asked for in vain.
        assert_eq!(differing(None, failed()), 0);
        assert_eq!(differing(None, Finding::Absent), 0);
        assert_eq!(differing(None, paid("imp_2", 0)), 1);
        assert_eq!(differing(None, other()), 1);
    }
}
