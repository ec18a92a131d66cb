//! Reading, on connections that cannot write. Lists are paged by key.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::FromRow;
use sqlx::sqlite::SqlitePool;
use tokio::sync::watch;

use crate::core::answer::ImpUid;
use crate::core::calendar::CycleNo;
use crate::core::money::Krw;
use crate::core::order::{
    CustomerUid, Installation, MerchantUid, Order, OrderName, SubscriptionId, UidNo,
};
use crate::core::particulars::Particulars;
use crate::store::book::Book;
use crate::store::connections::Connections;
use crate::store::turn::{CycleKey, Question};
use crate::store::uids::Uids;
use crate::store::views::{AttemptView, CycleView, Entry, SubscriptionView};
use crate::store::{StoreError, columns, doing};

/// Read-only access. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Reader {
    pub(super) pool: SqlitePool,
    pub(super) path: PathBuf,
    pub(super) installation: Installation,
    pub(super) book: watch::Receiver<Arc<Book>>,
}

/// Up to how many rows, after which key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page<K> {
    /// The key of the last row that was seen.
    pub after: K,
    /// How many rows at most.
    pub limit: u32,
}

/// Which cycles of which no attempt is open are compared with the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Over {
    /// Those that were paid, in the order of payment.
    Paid,
    /// Those that were asked for in vain, in the order in which they were given up: a failed payment can
    /// still turn into a paid one.
    InVain,
    /// Those that wait for another try, in the order of these tries: a card may rest for weeks, or a
    /// subscription stand still, while the failed payment turns into a paid one.
    Waiting,
}

/// A cycle that is over, and its place in the order of its kind.
#[derive(Debug)]
pub struct Settled {
    /// Where the next page begins.
    pub place: (i64, i64, i64),
    /// What to ask.
    pub question: Question,
    /// The payment that is to be found; none where it was paid under another uid, or not at all.
    pub imp_uid: Option<ImpUid>,
}

#[derive(FromRow)]
struct SettledRow {
    subscription_key: i64,
    n: i64,
    at: i64,
    amount: i64,
    name: String,
    attempts: i64,
    uid_no: i64,
    imp_uid: Option<String>,
    subscription: String,
    customer_uid: String,
}

impl Reader {
    /// Opens no connection yet: the first reader does.
    pub(super) fn new(
        connections: &Connections,
        installation: Installation,
        book: watch::Receiver<Arc<Book>>,
    ) -> Self {
        Self {
            pool: connections.readers(),
            path: connections.path().to_owned(),
            installation,
            book,
        }
    }

    /// The `merchant_uid` of a cycle.
    pub fn merchant_uid(&self, subscription: &str, cycle: i64) -> String {
        format!("{}-{subscription}-{cycle}", self.installation)
    }

    /// A page of subscriptions in the order in which they were added, perhaps of one status only.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn subscriptions(
        &self,
        page: Page<i64>,
        status: Option<&str>,
    ) -> Result<Vec<SubscriptionView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_subscriptions.sql"))
            .bind(page.after)
            .bind(i64::from(page.limit))
            .bind(status)
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list subscriptions"))
    }

    /// One subscription by its id.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn subscription(&self, id: &str) -> Result<Option<SubscriptionView>, StoreError> {
        sqlx::query_as(include_str!("sql/show_subscription.sql"))
            .bind(id)
            .fetch_optional(&self.pool)
            .await
            .map_err(doing("read a subscription"))
    }

    /// The subscriptions of a card, up to `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn subscriptions_of(
        &self,
        customer_uid: &str,
        limit: u32,
    ) -> Result<Vec<SubscriptionView>, StoreError> {
        sqlx::query_as(include_str!("sql/show_subscriptions_of_customer.sql"))
            .bind(customer_uid)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the subscriptions of a card"))
    }

    /// A page of cycles by (subscription, cycle).
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn cycles(&self, page: Page<(i64, i64)>) -> Result<Vec<CycleView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_cycles.sql"))
            .bind(page.after.0)
            .bind(page.after.1)
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list cycles"))
    }

    /// The newest cycles of one subscription.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn cycles_of(&self, key: i64, limit: u32) -> Result<Vec<CycleView>, StoreError> {
        sqlx::query_as(include_str!("sql/cycles_of_subscription.sql"))
            .bind(key)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the cycles of a subscription"))
    }

    /// A page of attempts by (subscription, cycle, attempt).
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attempts(
        &self,
        page: Page<(i64, i64, i64)>,
    ) -> Result<Vec<AttemptView>, StoreError> {
        sqlx::query_as(include_str!("sql/list_attempts.sql"))
            .bind(page.after.0)
            .bind(page.after.1)
            .bind(page.after.2)
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("list attempts"))
    }

    /// The newest attempts of one subscription.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn attempts_of(&self, key: i64, limit: u32) -> Result<Vec<AttemptView>, StoreError> {
        sqlx::query_as(include_str!("sql/attempts_of_subscription.sql"))
            .bind(key)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the attempts of a subscription"))
    }

    /// The newest entries about one subscription.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn journal_of(&self, key: i64, limit: u32) -> Result<Vec<Entry>, StoreError> {
        sqlx::query_as(include_str!("sql/journal_of_subscription.sql"))
            .bind(key)
            .bind(i64::from(limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read the journal of a subscription"))
    }

    /// A page of what is over since then.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn over_since(
        &self,
        over: Over,
        since: Timestamp,
        page: Page<(i64, i64, i64)>,
    ) -> Result<Vec<Settled>, StoreError> {
        let rows: Vec<SettledRow> = sqlx::query_as(match over {
            Over::Paid => collected_since(),
            Over::InVain => given_up_since(),
            Over::Waiting => waiting_since(),
        })
        .bind(since.as_microsecond())
        .bind(page.after.0)
        .bind(page.after.1)
        .bind(page.after.2)
        .bind(i64::from(page.limit))
        .fetch_all(&self.pool)
        .await
        .map_err(doing("read which cycles are over"))?;
        let mut settled = Vec::with_capacity(rows.len());
        for row in &rows {
            let question = self.settled(row)?;
            let place = (row.at, row.subscription_key, row.n);
            let key = question.key;
            let questions = self.under_each_uid(question, row.uid_no).await?;
            let ours = row.imp_uid.as_deref().map(ImpUid::parse).transpose();
            let ours = ours.map_err(|_| {
                columns::corrupt_subscription(&row.subscription, &row.n.to_string(), "an imp_uid")
            })?;
            let uids = match questions.as_slice() {
                [_] => Uids::default(),
                _ => Uids::read(&self.pool, key).await?,
            };
            for question in questions {
                let is_its = uids.is_empty() || uids.is_paid_under(&question.order.merchant_uid);
                settled.push(Settled {
                    place,
                    imp_uid: ours.clone().filter(|_| is_its),
                    question,
                });
            }
        }
        Ok(settled)
    }

    /// A question about a cycle, under each uid that it may have been asked for.
    pub(super) async fn under_each_uid(
        &self,
        question: Question,
        last: i64,
    ) -> Result<Vec<Question>, StoreError> {
        let last = u8::try_from(last).ok().and_then(UidNo::of);
        let last = last.unwrap_or(UidNo::LAST);
        if last == UidNo::FIRST {
            return Ok(vec![question]);
        }
        let uids = Uids::read(&self.pool, question.key).await?;
        let own = &question.order.merchant_uid;
        let each = last.before().chain([last]).map(|no| own.numbered(no));
        let asked = |uid| {
            Ok(Question {
                order: uids.order(&question.order, uid)?,
                ..question.clone()
            })
        };
        each.map(asked).collect()
    }

    /// Closes every reader.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    fn settled(&self, row: &SettledRow) -> Result<Question, StoreError> {
        let corrupt =
            |wanted| columns::corrupt_subscription(&row.subscription, &row.n.to_string(), wanted);
        let n = u32::try_from(row.n)
            .ok()
            .and_then(|n| CycleNo::parse(n).ok());
        let n = n.ok_or_else(|| corrupt("the number of a cycle"))?;
        let id = SubscriptionId::parse(&row.subscription).map_err(|_| corrupt("an id"))?;
        let order = Order {
            merchant_uid: MerchantUid::of(&self.installation, &id, n),
            customer_uid: CustomerUid::parse(&row.customer_uid)
                .map_err(|_| corrupt("a customer_uid"))?,
            amount: Krw::parse(row.amount).map_err(|_| corrupt("an amount"))?,
            name: OrderName::parse(&row.name).map_err(|_| corrupt("a name"))?,
            particulars: Particulars::default(),
        };
        Ok(Question {
            key: CycleKey {
                subscription: row.subscription_key,
                n: row.n,
            },
            attempt: u16::try_from(row.attempts).unwrap_or(u16::MAX),
            order,
        })
    }
}

const fn collected_since() -> &'static str {
    include_str!("sql/collected_since.sql")
}

const fn given_up_since() -> &'static str {
    include_str!("sql/given_up_since.sql")
}

const fn waiting_since() -> &'static str {
    include_str!("sql/waiting_since.sql")
}
