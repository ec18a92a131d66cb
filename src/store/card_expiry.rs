//! When cards expire, as merchants tell. It is told of a card, and so of all its subscriptions that are not over:
//! those that come to it later too.

use std::collections::{BTreeMap, HashMap};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::card_expiry::CardExpiry;
use crate::core::preview::{Agreed, Foreseen, Preview};
use crate::core::subscription::Card;
use crate::store::ahead::ahead;
use crate::store::journal::Entry;
use crate::store::once::Who;
use crate::store::reader::{Page, Reader};
use crate::store::turn::Turn;
use crate::store::wanted::NewSubscription;
use crate::store::{Ahead, StoreError, columns, doing};

/// A subscription of whose card it was told when it expires.
#[derive(Debug)]
pub struct Expiring {
    /// What lies ahead of it.
    pub ahead: Ahead,
    /// The last month of its card.
    pub expires: CardExpiry,
    /// When it last paid, if it did.
    pub paid_at: Option<Timestamp>,
}

impl Expiring {
    /// The first charge until then that its card does not live to see. Of a dead card that is known already.
    pub fn first_lost(&self, now: Timestamp, until: Timestamp) -> Option<Foreseen> {
        let ahead = &self.ahead;
        if matches!(ahead.card, Card::Dead(_)) {
            return None;
        }
        let subject = ahead.subject(ahead.standing(), Agreed::WhenAsked);
        let charges = Preview::new(subject, ahead.waiting.clone(), now).until(until);
        let zone = &ahead.terms.plan.zone;
        self.expires.first_lost(zone, self.paid_at, charges)
    }

    /// Its place in the order of months.
    pub fn place(&self) -> [i64; 2] {
        [self.expires.number(), self.ahead.key]
    }
}

impl Reader {
    /// A page of the subscriptions that may be charged by then and whose card is over by then, as was told.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn cards_ahead(
        &self,
        page: Page<[i64; 2]>,
        by: Timestamp,
    ) -> Result<Vec<Expiring>, StoreError> {
        let [month, key] = page.after;
        let rows: Vec<(i64, Option<i64>, String)> =
            sqlx::query_as(include_str!("sql/cards_ahead.sql"))
                .bind(month)
                .bind(key)
                // Where it is later than here a month is over earlier: this one is in nobody's way.
                .bind(CardExpiry::at(by, &TimeZone::UTC).number())
                .bind(by.as_microsecond())
                .bind(i64::from(page.limit))
                .fetch_all(&self.pool)
                .await
                .map_err(doing("read whose card expires"))?;
        let book = self.book();
        let mut found = Vec::with_capacity(rows.len());
        for (month, paid_at, works) in rows {
            if let Some(ahead) = ahead(&works, &book)? {
                found.push(expiring(ahead, month, paid_at)?);
            }
        }
        Ok(found)
    }

    /// One subscription of whose card it was told when it expires; nothing when all its cycles are over.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn card_ahead(&self, key: i64, month: i64) -> Result<Option<Expiring>, StoreError> {
        let Some(ahead) = self.ahead_of(key).await? else {
            return Ok(None);
        };
        expiring(ahead, month, self.last_payment(key).await?).map(Some)
    }

    async fn last_payment(&self, key: i64) -> Result<Option<i64>, StoreError> {
        sqlx::query_scalar(include_str!("sql/last_payment.sql"))
            .bind(key)
            .fetch_optional(&self.pool)
            .await
            .map_err(doing("read when a subscription last paid"))
    }
}

fn expiring(ahead: Ahead, month: i64, paid_at: Option<i64>) -> Result<Expiring, StoreError> {
    let corrupt = || columns::corrupt_subscription(&ahead.id, &month.to_string(), "a month");
    Ok(Expiring {
        expires: CardExpiry::numbered(month).ok_or_else(corrupt)?,
        paid_at: paid_at
            .map(|at| columns::instant(&ahead.id, at))
            .transpose()?,
        ahead,
    })
}

/// What is known of the cards of those who are added.
#[derive(Debug, Default)]
pub(super) struct Cards {
    /// Of each card that somebody has, when it expires, if that is known.
    known: HashMap<String, Option<i64>>,
    /// What others who have the card too are to be told.
    news: BTreeMap<String, CardExpiry>,
}

impl Cards {
    /// When the card of somebody who is added expires: as is said now, or as is known.
    pub(super) fn with(&mut self, card: &str, said: Option<CardExpiry>) -> Option<i64> {
        let known = self.known.get(card).copied();
        let expires = said.map(CardExpiry::number).or(known.flatten());
        if let (Some(said), true) = (said, known.is_some_and(|known| known != expires)) {
            self.news.insert(card.to_owned(), said);
        }
        self.known.insert(card.to_owned(), expires);
        expires
    }

    /// What is to be told of cards that others have too.
    pub(super) fn news(self) -> BTreeMap<String, CardExpiry> {
        self.news
    }
}

impl Turn<'_> {
    /// What is known of the cards of those who are added.
    pub(super) async fn cards_of(
        &mut self,
        wanted: &[NewSubscription],
    ) -> Result<Cards, StoreError> {
        let cards: Vec<&str> = wanted.iter().map(|one| one.customer_uid.as_str()).collect();
        Ok(Cards {
            known: self.expiries_of(&cards).await?,
            news: BTreeMap::new(),
        })
    }

    /// When a card expires, if somebody who has it already has said so.
    pub(super) async fn expiry_of(&mut self, card: &str) -> Result<Option<i64>, StoreError> {
        let known = self.expiries_of(&[card]).await?;
        Ok(known.get(card).copied().flatten())
    }

    /// Writes down of every subscription of a card when it expires, where that is news; says whether it was.
    pub(super) async fn tell_expiry(
        &mut self,
        card: &str,
        expires: Option<CardExpiry>,
        who: &Who,
    ) -> Result<bool, StoreError> {
        let expires = expires.map(CardExpiry::number);
        let rows = self.subscriptions_of_card(card).await?;
        let mut is_news = false;
        for mut row in rows.into_iter().filter(|row| row.card_expires != expires) {
            row.card_expires = expires;
            let entry = Entry::of_subscription("card_expiry_told", self.now, &row);
            self.journal.push(entry.asked_by(who));
            self.pending.subscriptions.insert(row.key, row);
            is_news = true;
        }
        Ok(is_news)
    }

    async fn expiries_of(
        &mut self,
        cards: &[&str],
    ) -> Result<HashMap<String, Option<i64>>, StoreError> {
        let cards =
            serde_json::to_string(cards).map_err(|source| StoreError::Encode("cards", source))?;
        let rows: Vec<(String, Option<i64>)> =
            sqlx::query_as(include_str!("sql/expiries_of_cards.sql"))
                .bind(cards)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(doing("read when cards expire"))?;
        Ok(rows.into_iter().collect())
    }
}
