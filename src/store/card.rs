//! Another card for a subscription, and what is known of the one that it has: one that was declined for good
//! is asked for nothing else, whichever of its subscriptions showed it.

use crate::core::card_expiry::CardExpiry;
use crate::core::cycle::{Event, State};
use crate::core::dunning::Class;
use crate::core::order::CustomerUid;
use crate::core::subscription::{Card, Refused};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns, doing};

impl Turn<'_> {
    /// Charges another card from now on; or the same one, if it is dead: a gateway keeps a new billing key
    /// under the same name, and only a person can know.
    pub(super) async fn change_card(
        &mut self,
        mut row: SubscriptionRow,
        (card, expires): (&CustomerUid, Option<CardExpiry>),
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let refused = Refused {
                request: "change the card of",
                status: status.name(),
            };
            return Ok(Err(refused.into()));
        }
        let is_same = row.customer_uid == card.as_str();
        if is_same && row.card_dead.is_none() {
            let is_news = match expires {
                Some(expires) => self.tell_expiry(card.as_str(), Some(expires), who).await?,
                None => false,
            };
            return Ok(Ok(self.led_to(&row, works, is_news)));
        }
        // What waits for another card has no time of its own to be tried at.
        let waits = |one: &Work| matches!(one.cycle.state, State::Exhausted { .. });
        let is_awaited = row.card_dead.is_some() || works.iter().any(waits);
        if is_awaited && self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }

        card.as_str().clone_into(&mut row.customer_uid);
        row.card_dead = None;
        row.card_expires = match expires {
            Some(expires) => Some(expires.number()),
            // A card of which nobody says when it expires, under the name of one that did.
            None if is_same => None,
            None => self.expiry_of(card.as_str()).await?,
        };
        let entry = Entry::of_subscription("card_changed", self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row.clone());
        let known = row.card_expires.and_then(CardExpiry::numbered);
        self.tell_expiry(card.as_str(), known, who).await?;
        if is_same {
            self.revived.insert(row.customer_uid.clone());
        }
        // A try that is moved by a clock ten years ahead is made ten years later: it keeps its time.
        let is_moved = !self.unknown.time;
        let waits = |one: &&mut Work| is_moved && !(is_same && one.is_scheduled());
        for at_work in works.iter_mut().filter(waits) {
            self.step(at_work, &Event::CardChanged, Card::Free, &who.actor)
                .await?;
        }
        Ok(Ok(self.led_to(&row, works, true)))
    }

    /// The card that was charged is dead: so it is for every subscription of it.
    pub(super) async fn card_died(
        &mut self,
        at_work: &Work,
        class: Class,
    ) -> Result<(), StoreError> {
        let entry = ("card_died", "gateway");
        self.mark_card(at_work.card(), Some(class), entry).await
    }

    /// The card that was charged is a good one. Of nearly every card nobody ever thought otherwise.
    pub(super) fn card_lives(&mut self, at_work: &Work) {
        let changed = self.changed(at_work);
        let death = changed.map_or(&at_work.row.subscription.card_dead, |row| &row.card_dead);
        if death.is_some() {
            self.revived.insert(at_work.card().to_owned());
        }
    }

    /// Lets what waits for another card go on, of cards that turned out to be good ones. It goes over what
    /// the turn has written.
    pub(super) async fn revive(&mut self, actor: &str) -> Result<(), StoreError> {
        for card in std::mem::take(&mut self.revived) {
            self.mark_card(&card, None, ("card_lives", actor)).await?;
            // By a clock ten years ahead it would wait ten years: it is looked at when it is.
            let works = if self.unknown.time {
                Vec::new()
            } else {
                self.unsettled_of_card(&card).await?
            };
            for mut at_work in works {
                let is_put_off = at_work.row.cycle.wake_at > at_work.row.cycle.act_at;
                if is_put_off && at_work.is_scheduled() {
                    self.step(&mut at_work, &Event::CardChanged, Card::Free, actor)
                        .await?;
                    self.put(at_work);
                }
            }
            self.flush().await?;
        }
        Ok(())
    }

    /// Writes down of every subscription of a card what is known of it, where that is news.
    async fn mark_card(
        &mut self,
        card: &str,
        death: Option<Class>,
        (kind, actor): (&'static str, &str),
    ) -> Result<(), StoreError> {
        let death = death.map(Class::name);
        for mut row in self.subscriptions_of_card(card).await? {
            if row.card_dead.as_deref() == death {
                continue;
            }
            row.card_dead = death.map(str::to_owned);
            let entry = Entry::of_subscription(kind, self.now, &row).by(actor);
            self.journal.push(entry.worded(death.unwrap_or_default()));
            self.pending.subscriptions.insert(row.key, row);
        }
        Ok(())
    }

    /// The subscriptions of a card that are not over, as the turn left them.
    pub(super) async fn subscriptions_of_card(
        &mut self,
        card: &str,
    ) -> Result<Vec<SubscriptionRow>, StoreError> {
        let mut rows: Vec<SubscriptionRow> =
            sqlx::query_as(include_str!("sql/subscriptions_of_card.sql"))
                .bind(card)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(doing("read the subscriptions of a card"))?;
        for row in &mut rows {
            if let Some(changed) = self.pending.subscriptions.get(&row.key) {
                row.clone_from(changed);
            }
        }
        Ok(rows)
    }
}
