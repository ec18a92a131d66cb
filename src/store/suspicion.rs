//! A suspicion from its first question to its end: which cycles to ask about, what the gateway says
//! otherwise, and that it is over. It does not know how or when the gateway is asked.

use std::collections::BTreeSet;

use jiff::Timestamp;
use sqlx::FromRow;

use crate::core::calendar::CycleNo;
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, OrderName, SubscriptionId};
use crate::store::beyond::{Beyond, Last};
use crate::store::fence::{Reason, Suspicion};
use crate::store::journal::Entry;
use crate::store::once::Who;
use crate::store::subscription::anchor;
use crate::store::turn::{CycleKey, Question, Turn, Writer};
use crate::store::{Reader, StoreError, columns, doing};

/// A subscription to ask the gateway about.
#[derive(Debug)]
pub struct ToAsk {
    /// Its key: where the next page begins.
    pub subscription: i64,
    /// What to ask about one of its cycles; nothing if none could have been charged.
    pub asked: Option<Asked>,
    /// What to ask about those after it that came due and are not enrolled.
    pub beyond: Option<Beyond>,
}

/// What to ask about a cycle.
#[derive(Debug)]
pub struct Asked {
    /// One question for each uid that it went out under, as far as we know.
    pub questions: Vec<Question>,
    /// The state that it is in here.
    pub ours: String,
}

/// Something that the gateway says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which cycle.
    pub key: CycleKey,
    /// What we have.
    pub ours: String,
    /// What the gateway says.
    pub theirs: String,
}

/// The same, for people and scripts.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct DifferenceView {
    pub subscription: String,
    pub cycle: i64,
    pub found_at: i64,
    pub ours: String,
    pub theirs: String,
    pub amount: i64,
}

/// A held subscription.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct HoldView {
    /// Its id.
    pub subscription: String,
    /// Why it is held.
    pub reason: String,
    /// Its status.
    pub status: String,
}

/// A charge whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
#[allow(
    missing_docs,
    reason = "the columns say what they are; the schema explains them"
)]
pub struct DoubtView {
    pub subscription: String,
    pub cycle: i64,
    pub amount: i64,
    pub begun_at: i64,
    pub asked: i64,
    pub cause: Option<String>,
    pub message: Option<String>,
}

#[derive(FromRow)]
struct ToAskRow {
    subscription_key: i64,
    subscription: String,
    customer_uid: String,
    anchor_at: i64,
    moved_n: Option<i64>,
    moved_at: Option<i64>,
    n: Option<i64>,
    state: Option<String>,
    amount: Option<i64>,
    name: Option<String>,
    attempts: Option<i64>,
    uid_no: Option<i64>,
    plan_key: Option<i64>,
}

impl Writer {
    /// Why nobody may be charged, as the last process left it or as the start found it.
    pub const fn suspicion(&self) -> Option<Suspicion> {
        self.suspicion
    }
}

impl Turn<'_> {
    /// Notes what the gateway says otherwise.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn note_differences(&mut self, found: &[Difference]) -> Result<(), StoreError> {
        for one in found {
            self.has_written = true;
            sqlx::query(include_str!("sql/note_difference.sql"))
                .bind(one.key.subscription)
                .bind(one.key.n)
                .bind(self.now.as_microsecond())
                .bind(&one.ours)
                .bind(&one.theirs)
                .execute(&mut *self.tx)
                .await
                .map_err(doing("note a difference"))?;
            let entry = Entry::of_difference(self.now, (one.key.subscription, one.key.n));
            self.journal.push(entry.worded(&one.theirs));
        }
        Ok(())
    }

    /// Notes that the gateway was asked about every subscription up to this one.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn note_asked(&mut self, subscription: i64) -> Result<(), StoreError> {
        self.has_written = true;
        sqlx::query(include_str!("sql/note_asked.sql"))
            .bind(subscription)
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("note how far the gateway was asked"))
    }

    /// Ends the suspicion: because the gateway agrees, or because this person says so.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn clear_suspicion(
        &mut self,
        reason: Reason,
        person: Option<&Who>,
    ) -> Result<(), StoreError> {
        self.has_written = true;
        for statement in [
            include_str!("sql/clear_suspicion.sql"),
            include_str!("sql/clear_differences.sql"),
        ] {
            sqlx::query(statement)
                .execute(&mut *self.tx)
                .await
                .map_err(doing("end a suspicion"))?;
        }
        let entry = match person {
            None => Entry::of_system("suspicion_cleared", self.now).worded(reason.words()),
            Some(who) => {
                let why = [reason.words(), who.words()];
                let why = why.into_iter().filter(|words| !words.is_empty());
                let why = why.collect::<Vec<_>>().join("; ");
                let entry = Entry::of_system("suspicion_released", self.now);
                entry.by(&who.actor).worded(&why)
            }
        };
        self.journal.push(entry);
        Ok(())
    }
}

impl Reader {
    /// The next subscriptions by key, at most `limit`, with what to ask about them: also about what comes
    /// after cycles that are `met`, of which the gateway has a record that this copy does not account for. A
    /// subscription without anything to ask comes once, so that a page is never empty before the last.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn cycles_to_ask(
        &self,
        after: i64,
        limit: u32,
        met: &BTreeSet<CycleKey>,
        now: Timestamp,
    ) -> Result<Vec<ToAsk>, StoreError> {
        let rows: Vec<ToAskRow> = sqlx::query_as(include_str!("sql/cycles_to_ask.sql"))
            .bind(after)
            .bind(i64::from(limit))
            .bind(now.as_microsecond())
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read what to ask the gateway about"))?;
        let mut asked = Vec::with_capacity(rows.len());
        for row in rows {
            asked.push(self.to_ask(row, met, now).await?);
        }
        Ok(asked)
    }

    /// What the gateway says otherwise, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn differences(&self, limit: u32) -> Result<Vec<DifferenceView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_differences.sql"))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list what differs"))
    }

    /// Held subscriptions, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn holds(&self, limit: u32) -> Result<Vec<HoldView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_holds.sql"))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list what is held"))
    }

    /// The oldest doubts, at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn doubts(&self, limit: u32) -> Result<Vec<DoubtView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_doubts.sql"))
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list what is in doubt"))
    }

    async fn to_ask(
        &self,
        row: ToAskRow,
        met: &BTreeSet<CycleKey>,
        now: Timestamp,
    ) -> Result<ToAsk, StoreError> {
        let subscription = row.subscription_key;
        let (Some(n), Some(state), Some(amount), Some(name), Some(plan_key)) =
            (row.n, row.state, row.amount, row.name, row.plan_key)
        else {
            return Ok(ToAsk {
                subscription,
                asked: None,
                beyond: None,
            });
        };

        let corrupt =
            |wanted| columns::corrupt_subscription(&row.subscription, &n.to_string(), wanted);
        let number = u32::try_from(n).ok().and_then(|n| CycleNo::parse(n).ok());
        let number = number.ok_or_else(|| corrupt("the number of a cycle"))?;
        let customer_uid = CustomerUid::parse(&row.customer_uid);
        let last = Last {
            subscription,
            id: SubscriptionId::parse(&row.subscription).map_err(|_| corrupt("an id"))?,
            customer_uid: customer_uid.map_err(|_| corrupt("a customer_uid"))?,
            name: OrderName::parse(&name).map_err(|_| corrupt("a name"))?,
            n: number,
            plan_key,
            anchor: anchor(
                &row.subscription,
                row.anchor_at,
                (row.moved_n, row.moved_at),
            )?,
        };
        // Whoever is to be tried again left `scheduled`, and the one after it is enrolled.
        let beyond = if state == "scheduled" {
            self.beyond(&last, met, now)?
        } else {
            None
        };
        if amount == 0 {
            return Ok(ToAsk {
                subscription,
                asked: None,
                beyond,
            });
        }
        let amount = Krw::parse(amount).map_err(|_| corrupt("an amount"))?;
        let question = Question {
            attempt: u16::try_from(row.attempts.unwrap_or(0)).unwrap_or(u16::MAX),
            ..last.question(&self.installation, number, amount)
        };
        let uid_no = row.uid_no.unwrap_or(0);
        let asked = Asked {
            questions: self.under_each_uid(question, uid_no).await?,
            ours: state,
        };
        Ok(ToAsk {
            subscription,
            asked: Some(asked),
            beyond,
        })
    }
}
