//! Adding subscriptions: in batches, and so that adding the same thing again changes nothing.

use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::coupon::Discount;
use crate::store::card_expiry::Cards;
use crate::store::journal::Entry;
use crate::store::once::{Given, KeyTaken, Who};
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::wanted::{Identity, NewSubscription};
use crate::store::work::{new_cycle, not_before};
use crate::store::{StoreError, doing};

/// A subscription that is in the database now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// Its id.
    pub id: String,
    /// Whether this request put it there; otherwise it was there already, just so.
    pub is_new: bool,
    /// When its first cycle is due; in microseconds.
    pub first_due_at: i64,
}

/// Why a subscription was not added. Nothing of it was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum NotAdded {
    /// No such plan.
    #[error("plan {plan:?} does not exist: the configuration has {on_offer}")]
    UnknownPlan {
        /// The plan asked for.
        plan: String,
        /// The plans there are.
        on_offer: String,
    },
    /// The id belongs to something else.
    #[error("subscription {id:?} exists already and differs in {differs}: choose another id")]
    Taken {
        /// The id.
        id: String,
        /// What differs.
        differs: String,
    },
    /// The card is on the plan already, and nothing tells this subscription from that one.
    #[error(
        "{customer:?} is on plan {plan:?} already, as subscription {id:?}: say id or anchor to add \
         another"
    )]
    OnPlanAlready {
        /// The card.
        customer: String,
        /// The plan.
        plan: String,
        /// The subscription that there is.
        id: String,
    },
    /// More than one cycle would be due at once.
    #[error(
        "cycles {first} to {latest} would be due at once: say next_cycle = {latest} to charge the \
         current one, or {} to start with the next",
        latest + 1
    )]
    ManyDue {
        /// The first cycle asked for.
        first: u32,
        /// The latest cycle that is due by now.
        latest: u32,
    },
    /// More than one cycle would be due at once, by a time that nobody trusts.
    #[error(
        "it is not known what time it is, so nobody can tell how many cycles are due: see the clock in \
         `dues status`, and add it again when it is right"
    )]
    TimeUnknown,
    /// The plan has no such cycle.
    #[error("plan {plan:?} ends before cycle {first}: there is nothing left to charge")]
    PlanOver {
        /// The plan.
        plan: String,
        /// The first cycle asked for.
        first: u32,
    },
    /// So many of the plan would ask for more than one charge may.
    #[error("{quantity} of plan {plan:?} are too many: {why}")]
    TooMany {
        /// The plan.
        plan: String,
        /// How many were asked for.
        quantity: u16,
        /// What they would ask for.
        why: String,
    },
    /// No such coupon, or not for this plan.
    #[error(
        "coupon {coupon:?} cannot be redeemed for plan {plan:?}: see [coupons] in the configuration"
    )]
    NoCoupon {
        /// The code.
        coupon: String,
        /// The plan.
        plan: String,
    },
    /// The dates leave the calendar.
    #[error("its dates lie beyond the calendar")]
    BeyondCalendar,
}

/// What is there already, and what was added before in the same request.
struct Known {
    subscriptions: HashMap<String, SubscriptionRow>,
    cards: Cards,
}

/// What became of each subscription that was asked for, in order.
pub type Answers = Vec<Result<Added, NotAdded>>;

impl Turn<'_> {
    /// Adds subscriptions, unless that was done before under their idempotency key. Each one is added
    /// whole or not at all, and says why not.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn add(
        &mut self,
        wanted: &[NewSubscription],
        who: &Who,
    ) -> Result<Result<Given<Answers>, KeyTaken>, StoreError> {
        match self.replied(who).await? {
            Err(taken) => return Ok(Err(taken)),
            Ok(Some(answers)) => return Ok(Ok(Given::before(answers))),
            Ok(None) => {}
        }
        let answers = self.add_each(wanted, who).await?;
        if answers.iter().any(Result::is_ok) {
            self.keep_reply(who, &answers).await?;
        }
        Ok(Ok(Given::now(answers)))
    }

    async fn add_each(
        &mut self,
        wanted: &[NewSubscription],
        who: &Who,
    ) -> Result<Answers, StoreError> {
        let ids: Vec<String> = wanted.iter().map(NewSubscription::id).collect();
        let mut known = Known {
            subscriptions: self.known(&ids).await?,
            cards: self.cards_of(wanted).await?,
        };

        let mut answers = Vec::with_capacity(wanted.len());
        for (one, id) in wanted.iter().zip(ids) {
            let answer = match self.beside(one).await? {
                Some(why) => Err(why),
                None => self.add_one(one, &id, &mut known, who)?,
            };
            answers.push(answer);
        }
        self.flush().await?;
        for (card, expires) in known.cards.news() {
            self.tell_expiry(&card, Some(expires), who).await?;
        }
        self.flush().await?;
        Ok(answers)
    }

    /// What stands in the way of one that must be the only one of its card on its plan. It is looked
    /// for in the transaction that adds: two requests at once find each other.
    async fn beside(&mut self, wanted: &NewSubscription) -> Result<Option<NotAdded>, StoreError> {
        match wanted.identity {
            Identity::Chosen(_) | Identity::Derived => return Ok(None),
            Identity::Only => self.flush().await?,
        }
        let id: Option<String> = sqlx::query_scalar(include_str!("sql/subscription_on_plan.sql"))
            .bind(wanted.customer_uid.as_str())
            .bind(wanted.plan.as_str())
            .fetch_optional(&mut *self.tx)
            .await
            .map_err(doing("look whether a card is on a plan already"))?;
        Ok(id.map(|id| NotAdded::OnPlanAlready {
            customer: wanted.customer_uid.to_string(),
            plan: wanted.plan.to_string(),
            id,
        }))
    }

    fn add_one(
        &mut self,
        wanted: &NewSubscription,
        id: &str,
        known: &mut Known,
        who: &Who,
    ) -> Result<Result<Added, NotAdded>, StoreError> {
        if let Some(there) = known.subscriptions.get(id) {
            return Ok(self.compare(wanted, there));
        }
        let Some((plan_key, terms)) = self.book.current(&wanted.plan) else {
            return Ok(Err(self.unknown_plan(wanted)));
        };
        let first_due_at = match wanted.first_due_at(&terms, self.now) {
            Ok(due_at) if due_at >= day_before(self.now) => due_at,
            Ok(_) | Err(NotAdded::ManyDue { .. }) if self.unknown.time => {
                return Ok(Err(NotAdded::TimeUnknown));
            }
            Ok(due_at) => due_at,
            Err(why) => return Ok(Err(why)),
        };

        let status = match wanted.status(&terms, self.now) {
            Ok(status) => status,
            Err(why) => return Ok(Err(why)),
        };
        let contract = match wanted.contract(&terms) {
            Ok(contract) => contract,
            Err(why) => return Ok(Err(why)),
        };
        let agreed = terms.plan.sign_up(contract, self.now);
        *self.last_key += 1;
        let mut row = SubscriptionRow {
            key: *self.last_key,
            id: id.to_owned(),
            customer_uid: wanted.customer_uid.as_str().to_owned(),
            plan_key,
            anchor_at: wanted.anchor_at.as_microsecond(),
            first_cycle: i64::from(wanted.first_cycle.number()),
            quantity: i64::from(wanted.quantity.number()),
            coupon: wanted.coupon.as_ref().map(ToString::to_string),
            discount: contract.discount.map(Discount::written),
            status: status.name().to_owned(),
            hold: None,
            created_at: self.now.as_microsecond(),
            ended_at: None,
            agreed_at: agreed.at.as_microsecond(),
            agreed_won: agreed.won,
            next_plan_key: None,
            next_at: None,
            ends_at: None,
            resumes_at: None,
            resumes_how: None,
            moved_n: None,
            moved_at: None,
            credit: None,
            card_dead: None,
            card_expires: None,
        };
        let first = wanted.first_cycle;
        let before = terms.plan.regular_before(contract, first);
        let Some(cycle) = new_cycle(&row, &terms, first, before)? else {
            return Ok(Err(wanted.over()));
        };
        let cycle = not_before(self.now, cycle);
        row.card_expires = known.cards.with(&row.customer_uid, wanted.card_expires);
        self.journal
            .push(Entry::of_subscription("added", self.now, &row).asked_by(who));
        self.journal.enrolled(&cycle);
        self.pending.new_subscriptions.push(row.clone());
        self.pending.new_cycles.push(cycle);
        known.subscriptions.insert(id.to_owned(), row);
        Ok(Ok(Added {
            id: id.to_owned(),
            is_new: true,
            first_due_at: first_due_at.as_microsecond(),
        }))
    }

    fn unknown_plan(&self, wanted: &NewSubscription) -> NotAdded {
        NotAdded::UnknownPlan {
            plan: wanted.plan.to_string(),
            on_offer: self.book.on_offer().join(", "),
        }
    }

    /// Whether what is there is what was asked for.
    fn compare(
        &self,
        wanted: &NewSubscription,
        there: &SubscriptionRow,
    ) -> Result<Added, NotAdded> {
        let terms = self.book.terms(there.plan_key).ok();
        let taken = |differs: &str| {
            Err(NotAdded::Taken {
                id: there.id.clone(),
                differs: differs.to_owned(),
            })
        };
        let Some(terms) = terms.filter(|terms| terms.plan.id == wanted.plan) else {
            return taken("plan");
        };
        if there.customer_uid != wanted.customer_uid.as_str() {
            return taken("customer_uid");
        }
        if there.anchor_at != wanted.anchor_at.as_microsecond() {
            return taken("anchor");
        }
        if there.first_cycle != i64::from(wanted.first_cycle.number()) {
            return taken("next_cycle");
        }
        if there.quantity != i64::from(wanted.quantity.number()) {
            return taken("quantity");
        }
        // One may have been redeemed since.
        if let Some(coupon) = &wanted.coupon
            && there.coupon.as_deref() != Some(coupon.as_str())
        {
            return taken("coupon");
        }
        // Its card may be another one since.
        if let Some(expires) = wanted.card_expires
            && there.card_expires != Some(expires.number())
        {
            return taken("card_expires (see `dues card`)");
        }
        let first_due_at = wanted.due(&terms, wanted.first_cycle)?;
        Ok(Added {
            id: there.id.clone(),
            is_new: false,
            first_due_at: first_due_at.as_microsecond(),
        })
    }

    async fn known(
        &mut self,
        ids: &[String],
    ) -> Result<HashMap<String, SubscriptionRow>, StoreError> {
        let ids = serde_json::to_string(ids).map_err(|source| StoreError::Encode("ids", source))?;
        let rows: Vec<SubscriptionRow> =
            sqlx::query_as(include_str!("sql/subscriptions_by_ids.sql"))
                .bind(ids)
                .fetch_all(&mut *self.tx)
                .await
                .map_err(doing("look for subscriptions that exist already"))?;
        Ok(rows.into_iter().map(|row| (row.id.clone(), row)).collect())
    }
}

/// What is due for longer than a day is due by a wrong clock, perhaps.
fn day_before(now: Timestamp) -> Timestamp {
    let day = std::time::Duration::from_hours(24);
    now.checked_sub(day).unwrap_or(Timestamp::MIN)
}
