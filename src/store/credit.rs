//! What was paid for and not used, between a subscription and its cycles: it is taken off a cycle where that
//! is enrolled, and goes back when the cycle is never asked for.

use crate::core::credit;
use crate::core::cycle::{Event, Forgone};
use crate::core::price::Price;
use crate::store::journal::Entry;
use crate::store::rows::CycleRow;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;

impl SubscriptionRow {
    /// Takes the credit off what a cycle asks for that has nothing of it yet. Tells whether there was any.
    pub(super) fn takes_off(&mut self, cycle: &mut CycleRow) -> bool {
        let price = Price::of_won(cycle.amount);
        let (Some(credit), Some(price)) = (self.credit, price) else {
            return false;
        };
        let applied = credit::apply(credit, price);
        cycle.amount = applied.asked.won();
        cycle.credit = (applied.taken > 0).then_some(applied.taken);
        self.credit = (applied.left > 0).then_some(applied.left);
        applied.taken > 0
    }

    /// Has so much more of it.
    pub(super) fn is_credited(&mut self, won: i64) {
        let credit = self.credit.unwrap_or(0) + won;
        self.credit = (credit > 0).then_some(credit);
    }
}

impl Turn<'_> {
    /// A cycle that is never asked for, whatever it would cost, leaves what was taken off it. One that
    /// the credit covers whole is not asked for either: there it is used.
    pub(super) fn give_back(&mut self, event: &Event, before: &CycleRow, at_work: &Work) {
        let is_unasked = before.state == "scheduled"
            && match event {
                Event::Forgone(why) => *why != Forgone::Free,
                Event::Begun
                | Event::Expired
                | Event::Asked
                | Event::Deferred { .. }
                | Event::Overtaken
                | Event::Unconsented
                | Event::Answered(_)
                | Event::Unanswered(_)
                | Event::Withheld(_)
                | Event::Found(_)
                | Event::GraceOver
                | Event::Retried
                | Event::Released
                | Event::CardDied(_)
                | Event::CardChanged => false,
            };
        let Some(credit) = before.credit.filter(|_| is_unasked) else {
            return;
        };
        let mut row = self.subscription(at_work).clone();
        row.is_credited(credit);
        let entry = Entry::of_subscription("credit_back", self.now, &row);
        self.journal.push(entry);
        self.pending.subscriptions.insert(row.key, row);
    }
}
