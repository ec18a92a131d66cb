//! Which subscriptions have a card that was declined for good, by the attempts alone: nothing is asked of it
//! but what a person wants tried, until another comes or it is charged after all.

use std::collections::BTreeSet;

use anyhow::{Result, ensure};

use crate::sim::books::{Books, Entry, Key, Row, number, text};
use crate::sim::laws::is_paid;

/// What it has to remember.
#[derive(Debug, Default)]
pub(super) struct Cards {
    /// Subscriptions whose card is dead.
    dead: BTreeSet<i64>,
}

impl Cards {
    /// The database is an older one from here on, and may know less.
    pub(super) fn forget(&mut self) {
        self.dead.clear();
    }

    /// Takes in what happened, which `books` have taken in already.
    pub(super) fn note(&mut self, entry: &Entry, books: &Books) {
        let Some(subscription) = entry.subscription_key else {
            return;
        };
        let row = books.row(Key::Subscription(subscription));
        let Some(n) = entry.n else {
            if let ("card_changed", Some(row)) = (entry.kind.as_str(), row) {
                self.lives(text(row, "customer_uid"), books);
            }
            return;
        };
        let Some(cycle) = books.row(Key::Cycle(subscription, n)) else {
            return;
        };
        let k = number(cycle, "attempts").unwrap_or(0);
        let Some(attempt) = books.row(Key::Attempt(subscription, n, k)) else {
            return;
        };
        let card = text(attempt, "customer_uid");
        let is_for_good = matches!(text(attempt, "class"), "new_card" | "never");
        if is_paid(text(cycle, "state")) {
            self.lives(card, books);
        } else if is_for_good && matches!(entry.kind.as_str(), "declined" | "found_failed") {
            self.dead.extend(subscriptions_of(card, books));
        }
    }

    /// An attempt at this cycle begins.
    pub(super) fn begun(&self, subscription: i64, cycle: &Row) -> Result<()> {
        let is_by_hand = cycle.contains_key("ladder_at");
        ensure!(
            is_by_hand || !self.dead.contains(&subscription),
            "a card is asked again that was declined for good"
        );
        Ok(())
    }

    fn lives(&mut self, card: &str, books: &Books) {
        for subscription in subscriptions_of(card, books) {
            self.dead.remove(&subscription);
        }
    }
}

fn subscriptions_of<'a>(card: &'a str, books: &'a Books) -> impl Iterator<Item = i64> + 'a {
    let all = books.subscriptions();
    let of_card = all.filter(move |(_, row)| text(row, "customer_uid") == card);
    of_card.map(|(key, _)| key)
}
