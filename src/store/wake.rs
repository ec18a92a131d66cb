//! Waking cycles: every row whose moment has come gets its next moment before anybody acts on it.

use std::collections::HashSet;

use jiff::Timestamp;

use crate::core::cycle::{self, Effect, Rules};
use crate::core::subscription::Card;
use crate::store::rows::WorkRow;
use crate::store::turn::Turn;
use crate::store::work::{self, Work};
use crate::store::{StoreError, doing};

/// How many cycles a turn may wake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Charges that may be begun.
    pub charges: u32,
    /// Open attempts that may be asked about.
    pub questions: u32,
}

/// When the next cycle wants to be looked at, in either queue, or a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NextWake {
    /// The first cycle to be tried.
    pub due: Option<Timestamp>,
    /// The first open attempt.
    pub open: Option<Timestamp>,
    /// The first subscription to which something comes by itself.
    pub moment: Option<Timestamp>,
}

impl NextWake {
    /// Before anybody looked.
    pub const AT_ONCE: Self = Self {
        due: Some(Timestamp::MIN),
        open: Some(Timestamp::MIN),
        moment: Some(Timestamp::MIN),
    };
}

impl Turn<'_> {
    /// Wakes what is due, up to `room`; of cycles to be tried only those that wanted to be looked at
    /// by `admitted`. What is to be sent or asked comes out of the commit.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn wake(&mut self, room: Room, admitted: Timestamp) -> Result<(), StoreError> {
        if room.questions == 0 && room.charges == 0 {
            return self.flush().await;
        }
        // Read together: nothing that is done to an open attempt here makes its card free.
        let (open, due): (String, String) = sqlx::query_as(include_str!("sql/wake.sql"))
            .bind(self.now.as_microsecond())
            .bind(i64::from(room.questions))
            .bind(i64::from(room.charges))
            .bind(admitted.min(self.now).as_microsecond())
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the cycles that are due"))?;
        self.wake_rows(work::rows(&open)?).await?;
        // What begins now is not charged by what its subscription was a moment ago.
        if !self.has_moments_left {
            self.wake_rows(work::rows(&due)?).await?;
        }
        self.flush().await?;
        self.forgo_ended().await
    }

    async fn wake_rows(&mut self, rows: Vec<WorkRow>) -> Result<(), StoreError> {
        let mut cards_begun: HashSet<String> = HashSet::new();
        for row in rows {
            let mut at_work = self.take(row)?;
            let is_begun = cards_begun.contains(&at_work.row.subscription.customer_uid);
            let card = if is_begun {
                Card::Busy
            } else {
                at_work.row.card(self.now)?
            };
            self.wake_one(&mut at_work, card, &mut cards_begun).await?;
            self.put(at_work);
        }
        Ok(())
    }

    async fn wake_one(
        &mut self,
        at_work: &mut Work,
        card: Card,
        cards_begun: &mut HashSet<String>,
    ) -> Result<(), StoreError> {
        let standing = self.standing(at_work, card)?;
        let rules = Rules {
            terms: &at_work.terms,
            standing,
            price: at_work.price,
            consent: at_work.consent(self.now)?,
            due_at: at_work.due_at()?,
            key: at_work.id.as_str(),
            uid: at_work.about,
        };

        let event = cycle::on_wake(
            &at_work.cycle,
            rules,
            at_work.cycles_due(self.now)?,
            self.now,
        );
        let step = self.step(at_work, &event, card, "dues").await?;
        if step.effects.contains(&Effect::Send) {
            cards_begun.insert(at_work.row.subscription.customer_uid.clone());
        }
        Ok(())
    }
}
