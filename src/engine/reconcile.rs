//! Comparing what was collected with the gateway's books: refunds made in its console, and payments
//! that it no longer knows. It uses the gaps that charges leave.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;

use crate::core::answer::Finding;
use crate::core::cycle::Event;
use crate::engine::clock::Clock;
use crate::engine::handle::Reconciled;
use crate::engine::{Engine, dispatch};
use crate::gateway::Gateway;
use crate::store::{Collected, Outcome, Page, StoreError};

/// How far back payments are compared.
const REACH: Duration = Duration::from_hours(35 * 24);

/// How many payments are read at once.
const PAGE: u32 = 200;

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Comparison {
    waiting: Vec<oneshot::Sender<Reconciled>>,
    page: VecDeque<Collected>,
    after: (i64, i64, i64),
    is_read: bool,
    open: u64,
    found: Reconciled,
}

impl Comparison {
    /// Begins a comparison, or joins the one under way.
    pub(super) fn join(current: &mut Option<Self>, reply: oneshot::Sender<Reconciled>) {
        let comparison = current.get_or_insert_with(|| Self {
            waiting: Vec::new(),
            page: VecDeque::new(),
            after: (i64::MIN, i64::MIN, i64::MIN),
            is_read: false,
            open: 0,
            found: Reconciled::default(),
        });
        comparison.waiting.push(reply);
    }

    /// Counts an answer. Answers to questions about doubts pass here too; they are no harm to the
    /// count, which is for people.
    pub(super) fn answered(&mut self, outcome: &Outcome) {
        self.open = self.open.saturating_sub(1);
        self.found.compared += 1;
        let agrees = matches!(&outcome.event,
            Event::Found(Finding::Paid(receipt)) if receipt.refunded_won == 0);
        self.found.differing += u64::from(!agrees);
    }

    /// Counts a question that was not answered.
    pub(super) fn not_answered(&mut self) {
        self.open = self.open.saturating_sub(1);
        self.found.unanswered += 1;
    }
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Asks the next questions of a comparison, if one is under way and there is room; one at a time
    /// beside charges, so that it never delays any.
    pub(super) async fn compare(&mut self) -> Result<(), StoreError> {
        let room = self.room();
        let now = self.clock.now();
        let Some(comparison) = &mut self.comparison else {
            return Ok(());
        };

        if comparison.page.is_empty() && !comparison.is_read {
            let since = now.checked_sub(REACH).unwrap_or(Timestamp::MIN);
            let page = Page {
                after: comparison.after,
                limit: PAGE,
            };
            comparison.page = self.reader.collected_since(since, page).await?.into();
            match comparison.page.back() {
                Some(last) => comparison.after = last.place,
                None => comparison.is_read = true,
            }
        }

        if comparison.page.is_empty() && comparison.is_read && comparison.open == 0 {
            let found = comparison.found;
            for reply in std::mem::take(&mut comparison.waiting) {
                // Whoever asked may have gone; what was found is recorded all the same.
                reply.send(found).unwrap_or_default();
            }
            self.comparison = None;
            return Ok(());
        }

        if room.charges > 0
            && comparison.open == 0
            && let Some(collected) = comparison.page.pop_front()
        {
            comparison.open += 1;
            self.gate.took(1, now);
            self.in_flight
                .spawn(dispatch::ask(self.gateway.clone(), collected.question));
        }
        Ok(())
    }
}
