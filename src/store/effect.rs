//! What a transition asks for besides the cycle itself: orders to send, the next cycle, and what
//! becomes of the subscription.

use std::borrow::Cow;

use crate::core::calendar::CycleNo;
use crate::core::cycle::{Effect, Ending, Step};
use crate::core::dunning::EndAction;
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, Order, OrderName, UidNo};
use crate::core::subscription::{Card, Hold, Standing, Status};
use crate::store::journal::Entry;
use crate::store::rows::AttemptRow;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::{Question, Sending, Turn};
use crate::store::uids::Uids;
use crate::store::work::{Work, new_cycle, not_before};
use crate::store::{StoreError, columns, doing};

impl Turn<'_> {
    pub(super) async fn carry_out(
        &mut self,
        effect: &Effect,
        at_work: &mut Work,
    ) -> Result<(), StoreError> {
        match effect {
            Effect::Send => {
                at_work.row.charged_uid = Some(at_work.row.subscription.customer_uid.clone());
                let order = self.order(at_work)?;
                let earlier = self.earlier(at_work, &order).await?;
                let (key, attempt) = (at_work.key(), at_work.cycle.tally.attempts);
                self.to_send.push(Sending {
                    key,
                    attempt,
                    order,
                    earlier,
                });
            }
            Effect::Ask => {
                let order = self.order(at_work)?;
                let (key, attempt) = (at_work.key(), at_work.cycle.tally.attempts);
                self.to_ask.push(Question {
                    key,
                    attempt,
                    order,
                });
            }
            Effect::EnrollNext => self.enroll_next(at_work)?,
            Effect::FellBehind => self.fall_behind(at_work)?,
            Effect::Collected => self.recover(at_work).await?,
            Effect::Undeclined => self.undeclined.extend(at_work.row.charged_uid.clone()),
            // Rare: a future of its own, so that all the others are small.
            Effect::CardDied(class) => Box::pin(self.card_died(at_work, *class)).await?,
            Effect::CardLives => self.card_lives(at_work),
            Effect::GaveUp(action) => self.gives_up(at_work, *action)?,
            Effect::Lapsed => {
                self.change_status(at_work, Status::Canceled, "lapsed")?;
                self.ended.push(at_work.row.cycle.subscription_key);
            }
            Effect::Hold(hold) => self.hold(at_work, *hold),
            // Written where its ending is: `Turn::step`.
            Effect::Adopt => {}
            Effect::Contradicted(words) => {
                let entry = Entry::of_cycle("contradicted", self.now, &at_work.row.cycle);
                self.journal.push(entry.worded(words.as_str()));
            }
        }
        Ok(())
    }

    /// Enrols the cycle after this one, due by the anchor and woken inside the charge window. After the
    /// plan's last cycle there is none: then the subscription is completed once all is settled. A trial
    /// is over with the last cycle that belongs to it.
    fn enroll_next(&mut self, at_work: &Work) -> Result<(), StoreError> {
        let next = at_work
            .n()?
            .next()
            .map_err(|_| at_work.corrupt("the last cycle there can be"))?;
        let mut subscription = Cow::Borrowed(self.subscription(at_work));
        let mut kind = None;
        if self.is_of_next_version(&subscription, at_work, next)? {
            subscription.to_mut().takes_next_version();
            kind = Some("plan_changed");
        }
        let terms = self.book.terms(subscription.plan_key)?;
        let enrolled = new_cycle(&subscription, &terms, next, at_work.regular()?)?;
        let mut enrolled = enrolled.map(|row| not_before(self.now, row));
        if let (Some(row), Some(_)) = (&mut enrolled, subscription.credit)
            && subscription.to_mut().takes_off(row)
        {
            kind = kind.or(Some("credit_taken"));
        }
        let changed = kind.map(|kind| (kind, subscription.into_owned()));
        if let Some(row) = enrolled {
            self.journal.enrolled(&row);
            self.pending.new_cycles.push(row);
        }
        if let Some((kind, row)) = changed {
            self.journal
                .push(Entry::of_subscription(kind, self.now, &row));
            self.pending.subscriptions.insert(row.key, row);
        }
        let is_trial = at_work.terms.plan.price_list.is_trial(at_work.n()?);
        if !is_trial && self.status(at_work)? == Status::Trialing {
            self.change_status(at_work, Status::Active, "trial_ended")?;
        }
        Ok(())
    }

    /// Whether its next cycle is charged by the version that comes after: when it is due by then.
    fn is_of_next_version(
        &self,
        row: &SubscriptionRow,
        at_work: &Work,
        next: CycleNo,
    ) -> Result<bool, StoreError> {
        let (Some(key), Some(from)) = (row.next_plan_key, row.next_at) else {
            return Ok(false);
        };
        let anchor = row.contract()?.anchor;
        let due_at = self.book.terms(key)?.plan.due_at(anchor, next);
        let due_at = due_at.map_err(|_| at_work.corrupt("a cycle inside the calendar"))?;
        Ok(due_at.as_microsecond() >= from)
    }

    pub(super) fn intent(&self, at_work: &Work) -> Result<AttemptRow, StoreError> {
        let row = &at_work.row.cycle;
        let uid = at_work.uid(self.installation, at_work.cycle.tally.uid_no)?;
        Ok(AttemptRow {
            subscription_key: row.subscription_key,
            n: row.n,
            k: row.attempts,
            customer_uid: Some(at_work.row.subscription.customer_uid.clone()),
            merchant_uid: Some(uid.to_string()),
            amount: Some(row.amount),
            begun_at: Some(self.now.as_microsecond()),
            ..AttemptRow::default()
        })
    }

    /// A success under a uid of which no attempt is on record is one of a history that is lost: it is
    /// written down, as where nothing was tried yet.
    pub(super) fn adopt_unknown(&self, at_work: &Work, step: &mut Step) -> Result<(), StoreError> {
        let is_success = matches!(step.ending, Some(Ending::Paid(_) | Ending::Refunded(_)));
        if !is_success || at_work.uids.is_empty() || step.effects.contains(&Effect::Adopt) {
            return Ok(());
        }
        let uid = at_work.uid(self.installation, at_work.about)?;
        if at_work.uids.attempt(&uid).is_none() {
            let attempts = &mut step.cycle.tally.attempts;
            *attempts = attempts.saturating_add(1);
            step.effects.insert(0, Effect::Adopt);
        }
        Ok(())
    }

    /// An end of the newest attempt that was made under the uid that it is about.
    pub(super) fn of_its_uid(
        &self,
        at_work: &Work,
        ended: AttemptRow,
    ) -> Result<AttemptRow, StoreError> {
        if at_work.uids.is_empty() {
            return Ok(ended);
        }
        let uid = at_work.uid(self.installation, at_work.about)?;
        let k = at_work.uids.attempt(&uid).unwrap_or(ended.k);
        Ok(AttemptRow { k, ..ended })
    }

    /// An attempt that is not on record, as it ended. Nobody knows any more when it began: before it
    /// was paid, or before we heard that it failed.
    pub(super) fn adopted(
        &self,
        at_work: &Work,
        ended: AttemptRow,
    ) -> Result<AttemptRow, StoreError> {
        let at = at_work.row.cycle.paid_at.or(ended.ended_at);
        let uid = at_work.uid(self.installation, at_work.about)?;
        let intent = self.intent(at_work)?;
        Ok(AttemptRow {
            merchant_uid: Some(uid.to_string()),
            customer_uid: intent.customer_uid,
            amount: intent.amount,
            begun_at: at,
            ended_at: at,
            ..ended
        })
    }

    /// What was asked for under the uids before this order's, each from the card that it was asked of.
    async fn earlier(
        &mut self,
        at_work: &mut Work,
        order: &Order,
    ) -> Result<Vec<Order>, StoreError> {
        let no = order.merchant_uid.no();
        if no == UidNo::FIRST {
            return Ok(Vec::new());
        }
        at_work.uids = Uids::read(&mut *self.tx, at_work.key()).await?;
        let earlier = no.before().map(|no| order.merchant_uid.numbered(no));
        earlier.map(|uid| at_work.uids.order(order, uid)).collect()
    }

    fn order(&self, at_work: &Work) -> Result<Order, StoreError> {
        let row = &at_work.row;
        let customer = at_work.card();
        let plan = &at_work.terms.plan;
        Ok(Order {
            merchant_uid: at_work.uid(self.installation, at_work.cycle.tally.uid_no)?,
            customer_uid: CustomerUid::parse(customer)
                .map_err(|_| at_work.corrupt("a customer_uid"))?,
            amount: Krw::parse(row.cycle.amount).map_err(|_| at_work.corrupt("an amount"))?,
            name: OrderName::parse(&row.cycle.name).map_err(|_| at_work.corrupt("a name"))?,
            particulars: plan
                .particulars
                .of_cycle(&at_work.id, &plan.id, at_work.n()?),
        })
    }

    pub(super) fn standing(&self, at_work: &Work, card: Card) -> Result<Standing, StoreError> {
        let changed = self.changed(at_work);
        let ends_at = changed.map_or(at_work.row.subscription.ends_at, |row| row.ends_at);
        let ends_at = ends_at.map(|at| columns::instant(at_work.id.as_str(), at));
        let standing = Standing::of(self.status(at_work)?, self.held(at_work)?, card);
        Ok(standing.ending(ends_at.transpose()?, self.now))
    }

    /// The subscription as this turn has left it so far.
    pub(super) fn subscription<'a>(&'a self, at_work: &'a Work) -> &'a SubscriptionRow {
        self.changed(at_work).unwrap_or(&at_work.row.subscription)
    }

    /// The subscription's row, if this turn has changed it.
    pub(super) fn changed(&self, at_work: &Work) -> Option<&SubscriptionRow> {
        let key = at_work.row.cycle.subscription_key;
        self.pending.subscriptions.get(&key)
    }

    fn status(&self, at_work: &Work) -> Result<Status, StoreError> {
        let changed = self.changed(at_work);
        let status = changed.map_or(&at_work.row.subscription.status, |row| &row.status);
        columns::status(at_work.id.as_str(), status)
    }

    fn held(&self, at_work: &Work) -> Result<Option<Hold>, StoreError> {
        let changed = self.changed(at_work);
        let hold = changed.map_or(&at_work.row.subscription.hold, |row| &row.hold);
        columns::hold(at_work.id.as_str(), hold.as_deref())
    }

    fn fall_behind(&mut self, at_work: &Work) -> Result<(), StoreError> {
        match self.status(at_work)? {
            Status::Trialing | Status::Active => {
                self.change_status(at_work, Status::PastDue, "fell_behind")
            }
            Status::PastDue
            | Status::Paused
            | Status::Canceled
            | Status::Suspended
            | Status::Completed => Ok(()),
        }
    }

    async fn recover(&mut self, at_work: &Work) -> Result<(), StoreError> {
        if self.status(at_work)? != Status::PastDue {
            return Ok(());
        }
        let owes = self
            .owes(at_work.row.cycle.subscription_key, at_work.row.cycle.n)
            .await?;
        if owes {
            Ok(())
        } else {
            self.change_status(at_work, Status::Active, "recovered")
        }
    }

    /// Whether a subscription has a declined cycle that is not settled, besides this one.
    pub(super) async fn owes(
        &mut self,
        subscription: i64,
        besides: i64,
    ) -> Result<bool, StoreError> {
        sqlx::query_scalar(include_str!("sql/owes.sql"))
            .bind(subscription)
            .bind(besides)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("look for what a subscription owes"))
    }

    /// Dunning gave up on a cycle. An end that follows from it comes once it is known what was charged: after it
    /// nobody would ask about the cycles of a lost history.
    fn gives_up(&mut self, at_work: &Work, action: EndAction) -> Result<(), StoreError> {
        let before = self.status(at_work)?;
        let after = before.after_giving_up(action);
        if before != after && after.is_ended() && self.unknown.history {
            let mut row = self.subscription(at_work).clone();
            let now = self.now.as_microsecond();
            row.ends_at = Some(row.ends_at.map_or(now, |end| end.min(now)));
            let entry = Entry::of_subscription("gave_up", self.now, &row);
            self.journal.push(entry);
            self.pending.subscriptions.insert(row.key, row);
            return Ok(());
        }
        self.change_status(at_work, after, "gave_up")?;
        if after.is_ended() {
            self.ended.push(at_work.row.cycle.subscription_key);
        }
        Ok(())
    }

    fn change_status(
        &mut self,
        at_work: &Work,
        status: Status,
        kind: &'static str,
    ) -> Result<(), StoreError> {
        if self.status(at_work)? == status {
            return Ok(());
        }
        let mut row = self.subscription(at_work).clone();
        row.stands(status, self.now);
        self.journal
            .push(Entry::of_subscription(kind, self.now, &row));
        self.pending.subscriptions.insert(row.key, row);
        Ok(())
    }

    fn hold(&mut self, at_work: &Work, hold: Hold) {
        let mut row = self.subscription(at_work).clone();
        if row.hold.is_some() {
            return;
        }
        row.hold = Some(hold.name().to_owned());
        self.journal
            .push(Entry::of_subscription("held", self.now, &row).worded(hold.name()));
        self.pending.subscriptions.insert(row.key, row);
    }
}
