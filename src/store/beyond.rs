//! What a copy of the database does not come to: cycles that came due while a subscription stood still here,
//! and that a lost history may have begun because it went on there (seed 817). A cycle of which the gateway
//! has a record was enrolled, and so the ones before it were begun or passed over. The one after a record that
//! is not as this copy has it may have come at any time: by another plan, or from another day on (seed 12977).

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::core::calendar::{Anchor, CycleNo};
use crate::core::cycle::{Event, Forgone};
use crate::core::money::Krw;
use crate::core::order::{
    CustomerUid, Installation, MerchantUid, Order, OrderName, SubscriptionId,
};
use crate::core::particulars::Particulars;
use crate::core::subscription::Card;
use crate::store::turn::{CycleKey, Question, Turn};
use crate::store::{Reader, StoreError, columns};

/// How many cycles of a subscription are asked about that are not enrolled, the latest ones: a year of days.
const BEYOND_MAX: usize = 366;

/// What to ask about the cycles after the last one that is enrolled.
#[derive(Debug)]
pub struct Beyond {
    /// The id of the subscription.
    pub subscription: String,
    /// The last one that is enrolled.
    pub after: CycleKey,
    /// One question each, in order.
    pub questions: Vec<Question>,
    /// How many there are before these that nobody asks about.
    pub left_out: usize,
}

/// The last enrolled cycle of a subscription, and what says when those after it are due.
pub(super) struct Last {
    pub(super) subscription: i64,
    pub(super) id: SubscriptionId,
    pub(super) customer_uid: CustomerUid,
    pub(super) name: OrderName,
    pub(super) n: CycleNo,
    pub(super) plan_key: i64,
    pub(super) anchor: Anchor,
}

impl Last {
    /// A question about a cycle that nobody tried here.
    pub(super) fn question(
        &self,
        installation: &Installation,
        n: CycleNo,
        amount: Krw,
    ) -> Question {
        Question {
            key: self.key(n),
            attempt: 0,
            order: Order {
                merchant_uid: MerchantUid::of(installation, &self.id, n),
                customer_uid: self.customer_uid.clone(),
                amount,
                name: self.name.clone(),
                particulars: Particulars::default(),
            },
        }
    }

    fn key(&self, n: CycleNo) -> CycleKey {
        CycleKey {
            subscription: self.subscription,
            n: i64::from(n.number()),
        }
    }

    fn beyond_the_calendar(&self) -> StoreError {
        let n = self.n.to_string();
        columns::corrupt_subscription(self.id.as_str(), &n, "a cycle inside the calendar")
    }
}

impl Reader {
    /// What to ask about the cycles that came due after this one, and about the one after the last that is
    /// `met`; nothing if there is none. What each costs does not matter: any record of it tells that it was begun.
    pub(super) fn beyond(
        &self,
        last: &Last,
        met: &BTreeSet<CycleKey>,
        now: Timestamp,
    ) -> Result<Option<Beyond>, StoreError> {
        let terms = self.terms_of(last.plan_key)?;
        let due = terms.due_after(last.anchor, last.n, (BEYOND_MAX, now));
        let (mut due, left_out) = due.map_err(|_| last.beyond_the_calendar())?;
        let mut newest = due.back().copied().unwrap_or(last.n);
        while due.len() < BEYOND_MAX && met.contains(&last.key(newest)) {
            newest = newest.next().map_err(|_| last.beyond_the_calendar())?;
            due.push_back(newest);
        }
        let question = |n: CycleNo| last.question(&self.installation, n, terms.plan.amount);
        let questions: Vec<Question> = due.into_iter().map(question).collect();
        let after = last.key(last.n);
        Ok((!questions.is_empty()).then_some(Beyond {
            subscription: last.id.to_string(),
            after,
            questions,
            left_out,
        }))
    }
}

impl Turn<'_> {
    /// Passes over what waits before a cycle that a lost history came to, so that this one is enrolled; but
    /// not over these, of which the gateway says what only a person can judge. Tells whether it is there.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn pass_to(
        &mut self,
        to: CycleKey,
        besides: &BTreeSet<CycleKey>,
    ) -> Result<bool, StoreError> {
        let mut works = self.unsettled(to.subscription).await?;
        while let Some(at_work) = works.iter_mut().find(|at_work| {
            let key = at_work.key();
            at_work.is_scheduled() && key.n < to.n && !besides.contains(&key)
        }) {
            let event = Event::Forgone(Forgone::Missed);
            self.step(at_work, &event, Card::Free, "gateway").await?;
            let next = self.cycle_after(at_work)?;
            works.extend(next);
        }
        let is_there = works.iter().any(|at_work| at_work.key().n >= to.n);
        for at_work in works {
            self.put(at_work);
        }
        self.flush().await?;
        Ok(is_there)
    }
}
