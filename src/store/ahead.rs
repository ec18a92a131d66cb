//! What lies ahead, for previews and explanations: subscriptions and cycles as the core decides about
//! them, read without the writer. Every page is one statement, and so one moment of the database.

use std::sync::Arc;

use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::consent::{Agreement, Rise};
use crate::core::contract::Contract;
use crate::core::cycle::Cycle;
use crate::core::order::PlanId;
use crate::core::plan::Terms;
use crate::core::preview::{Agreed, Resumption, Subject, Waiting};
use crate::core::price::Price;
use crate::core::subscription::{Card, Hold, Standing, Status};
use crate::core::succession::Successor;
use crate::store::book::Book;
use crate::store::reader::{Page, Reader};
use crate::store::rows::WorkRow;
use crate::store::{StoreError, columns, doing, work};

/// A subscription and those of its cycles that are not over.
#[derive(Debug)]
pub struct Ahead {
    /// Its place in the order in which subscriptions were added.
    pub key: i64,
    /// Its id.
    pub id: String,
    /// The card that is charged.
    pub customer_uid: String,
    /// Its version of the plan, with the rules in force.
    pub terms: Arc<Terms>,
    pub(super) plan_key: i64,
    /// What of the plan it has.
    pub contract: Contract,
    /// Where it stands.
    pub status: Status,
    /// Why it is held, if it is.
    pub hold: Option<Hold>,
    /// Whether its card rests. That another charge of it is open is soon over.
    pub card: Card,
    /// What the customer last agreed to.
    pub agreement: Agreement,
    /// What is paid and not used, for the cycles that are not enrolled yet, in won.
    pub credit: i64,
    /// When it ends by itself, if it does.
    pub ends_at: Option<Timestamp>,
    /// When it goes on by itself, if it is paused until then.
    pub resumes: Option<Resumption>,
    /// The version of the plan that comes after this one, if it was applied, and from when on.
    pub next: Option<(Arc<Terms>, Timestamp)>,
    /// What is enrolled and not over, in order.
    pub waiting: Vec<Waiting>,
}

/// One cycle, with what decides about it.
#[derive(Debug)]
pub struct Look {
    /// The plan's version, with the rules in force.
    pub terms: Arc<Terms>,
    /// What of the plan it has.
    pub contract: Contract,
    /// Where the subscription stands.
    pub status: Status,
    /// Why it is held, if it is.
    pub hold: Option<Hold>,
    /// Whether another charge of its card is open.
    pub card: Card,
    /// Which cycle.
    pub n: CycleNo,
    /// When it is due.
    pub due_at: Timestamp,
    /// What it asks for.
    pub price: Price,
    /// What was taken off its price, in won.
    pub credit: i64,
    /// How it is above what a cycle cost before, if it is.
    pub rise: Option<Rise>,
    /// What the customer last agreed to.
    pub agreement: Agreement,
    /// When the subscription ends by itself, if it does.
    pub ends_at: Option<Timestamp>,
    /// When it goes on by itself, if it is paused until then.
    pub resumes: Option<Resumption>,
    /// Where it stands.
    pub cycle: Cycle,
    /// When it is looked at.
    pub wake_at: Option<Timestamp>,
}

impl Ahead {
    /// Whether it may be charged; one that is paused until a day, whether it may be from then on.
    pub fn standing(&self) -> Standing {
        let status = match (self.status, self.resumes) {
            (Status::Paused, Some(_)) => Status::Active,
            (status, _) => status,
        };
        Standing::of(status, self.hold, self.card)
    }

    /// What decides about its charges to come, with this standing and these consents.
    pub fn subject(&self, standing: Standing, agreed: Agreed) -> Subject<'_> {
        Subject {
            terms: &self.terms,
            contract: self.contract,
            standing,
            agreed,
            credit: self.credit,
            ends_at: self.ends_at,
            resumes: self.resumes,
            next: self
                .next
                .as_ref()
                .map(|(terms, from)| Successor { terms, from: *from }),
        }
    }
}

impl Reader {
    /// A page of the subscriptions that may be charged by then.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn ahead_of_fleet(
        &self,
        page: Page<i64>,
        by: Timestamp,
    ) -> Result<Vec<Ahead>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(include_str!("sql/ahead_of_fleet.sql"))
            .bind(page.after)
            .bind(by.as_microsecond())
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read what lies ahead of the subscriptions"))?;
        self.taken(&rows)
    }

    /// What a page of keys and works says.
    pub(super) fn taken(&self, rows: &[(i64, String)]) -> Result<Vec<Ahead>, StoreError> {
        let book = self.book();
        let rows = rows.iter().map(|(_, works)| ahead(works, &book));
        let found: Result<Vec<Option<Ahead>>, StoreError> = rows.collect();
        Ok(found?.into_iter().flatten().collect())
    }

    /// What lies ahead of one subscription; nothing when all its cycles are over.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn ahead_of(&self, key: i64) -> Result<Option<Ahead>, StoreError> {
        let works: String = sqlx::query_scalar(include_str!("sql/work_of_subscription.sql"))
            .bind(key)
            .fetch_one(&self.pool)
            .await
            .map_err(doing("read what lies ahead of a subscription"))?;
        ahead(&works, &self.book())
    }

    /// One cycle with what decides about it, if it is enrolled.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn look(&self, key: i64, n: i64, now: Timestamp) -> Result<Option<Look>, StoreError> {
        let works: String = sqlx::query_scalar(include_str!("sql/ahead_of_cycle.sql"))
            .bind(key)
            .bind(n)
            .fetch_one(&self.pool)
            .await
            .map_err(doing("read what lies ahead of a cycle"))?;
        let book = self.book();
        let row = work::rows(&works)?.pop();
        row.map(|row| look(&row, &book, now)).transpose()
    }

    /// The terms that a new subscription to a plan gets.
    pub fn terms_on_offer(&self, plan: &PlanId) -> Option<Arc<Terms>> {
        self.book().current(plan).map(|(_, terms)| terms)
    }

    /// The ids of the plans that new subscriptions can be on, in order.
    pub fn on_offer(&self) -> Vec<String> {
        let book = self.book();
        book.on_offer().into_iter().map(str::to_owned).collect()
    }

    /// The number of the version with these terms.
    pub fn version_of(&self, terms: &Terms) -> i64 {
        self.book().version_of(terms)
    }

    /// The terms of a version of a plan.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] when there is no such version.
    pub fn terms_of(&self, plan_key: i64) -> Result<Arc<Terms>, StoreError> {
        self.book().terms(plan_key)
    }

    pub(super) fn book(&self) -> Arc<Book> {
        self.book.borrow().clone()
    }
}

pub(super) fn ahead(works: &str, book: &Book) -> Result<Option<Ahead>, StoreError> {
    let rows = work::rows(works)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };

    let id = first.subscription.id.as_str();
    let mut waiting = Vec::with_capacity(rows.len());
    for row in &rows {
        let look = look(row, book, Timestamp::MAX)?;
        let n = look.n.to_string();
        let wake_at = look
            .wake_at
            .ok_or_else(|| columns::corrupt_subscription(id, &n, "woken"))?;
        waiting.push(Waiting {
            n: look.n,
            terms: look.terms,
            due_at: look.due_at,
            price: look.price,
            credit: look.credit,
            rise: look.rise,
            cycle: look.cycle,
            wake_at,
        });
    }
    Ok(Some(Ahead {
        key: first.cycle.subscription_key,
        id: id.to_owned(),
        customer_uid: first.subscription.customer_uid.clone(),
        terms: book.terms(first.subscription.plan_key)?,
        plan_key: first.subscription.plan_key,
        contract: first.subscription.contract()?,
        status: columns::status(id, &first.subscription.status)?,
        hold: columns::hold(id, first.subscription.hold.as_deref())?,
        card: match (first.death(), first.card_rests_until()?) {
            (Some(class), _) => Card::Dead(class),
            (None, Some(until)) => Card::Spent { until },
            (None, None) => Card::Free,
        },
        agreement: first.agreement()?,
        credit: first.subscription.credit.unwrap_or(0),
        ends_at: first.subscription.ends_at()?,
        resumes: first.subscription.resumes()?,
        next: match (first.subscription.next_plan_key, first.subscription.next_at) {
            (Some(key), Some(at)) => Some((book.terms(key)?, columns::instant(id, at)?)),
            (_, None) | (None, _) => None,
        },
        waiting,
    }))
}

fn look(row: &WorkRow, book: &Book, now: Timestamp) -> Result<Look, StoreError> {
    let (id, n) = (row.subscription.id.as_str(), row.cycle.n.to_string());
    let corrupt = |wanted| columns::corrupt_subscription(id, &n, wanted);
    let number = u32::try_from(row.cycle.n).ok();
    let number = number.and_then(|number| CycleNo::parse(number).ok());
    let cycle = columns::read(&row.cycle)?;
    // An open attempt of its own is no other charge.
    let card = if cycle.state.is_open() {
        Card::Free
    } else {
        row.card(now)?
    };
    Ok(Look {
        terms: book.terms(row.cycle.plan_key)?,
        contract: row.subscription.contract()?,
        status: columns::status(id, &row.subscription.status)?,
        hold: columns::hold(id, row.subscription.hold.as_deref())?,
        card,
        n: number.ok_or_else(|| corrupt("the number of a cycle"))?,
        due_at: columns::instant(id, row.cycle.due_at)?,
        price: columns::price(&row.cycle)?,
        credit: row.cycle.credit.unwrap_or(0),
        rise: row.cycle.rise(),
        agreement: row.agreement()?,
        ends_at: row.subscription.ends_at()?,
        resumes: row.subscription.resumes()?,
        cycle,
        wake_at: row
            .cycle
            .wake_at
            .map(|at| columns::instant(id, at))
            .transpose()?,
    })
}
