//! Another plan for one subscription, or another quantity, with its next cycle or now.

use jiff::Timestamp;

use crate::core::calendar::Anchor;
use crate::core::change_plan::{self, Begins, Begun, NotChanged, has_same_dates};
use crate::core::consent::{self, Consent, Rise};
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::order::PlanId;
use crate::core::subscription::{Refused, Status};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::{CycleKey, Turn};
use crate::store::work::Work;
use crate::store::{StoreError, columns};

/// What a subscription has instead of what it has.
struct Change {
    before: SubscriptionRow,
    after: SubscriptionRow,
    begins: Begins,
    /// What the journal calls it.
    kind: &'static str,
}

impl Turn<'_> {
    /// Changes the plan of a subscription. The cycle that waits is charged by the new one; it keeps its
    /// date, or begins now, and then what is left of the period before it is taken off its price.
    pub(super) async fn change_plan(
        &mut self,
        row: SubscriptionRow,
        (plan, begins): (&PlanId, Begins),
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let new = match self.new_plan(&row, plan)? {
            Ok(new) => new,
            Err(why) => return Ok(Err(why)),
        };
        if row.plan_key == new && row.next_plan_key.is_none() {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let mut after = row.clone();
        after.plan_key = new;
        (after.next_plan_key, after.next_at) = (None, None);
        // A coupon that is not one of the new plan is over with the old one.
        let (code, terms) = (
            row.coupon.as_deref().map(CouponCode::parse),
            self.book.terms(new)?,
        );
        if !code.is_some_and(|code| code.is_ok_and(|code| terms.coupon(&code).is_some())) {
            (after.coupon, after.discount) = (None, None);
        }
        let change = Change {
            before: row,
            after,
            begins,
            kind: "plan_changed",
        };
        self.change_terms(change, works, who).await
    }

    /// Changes how many it has, of the plan that it is on. As another plan is, it is a change of what the
    /// cycle that waits asks for.
    pub(super) async fn change_quantity(
        &mut self,
        row: SubscriptionRow,
        (quantity, begins): (Quantity, Begins),
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("change the quantity of", status.name());
            return Ok(Err(Refused { request, status }.into()));
        }
        let quantity = i64::from(quantity.number());
        if row.quantity == quantity {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let after = SubscriptionRow {
            quantity,
            ..row.clone()
        };
        let change = Change {
            before: row,
            after,
            begins,
            kind: "quantity_changed",
        };
        self.change_terms(change, works, who).await
    }

    async fn change_terms(
        &mut self,
        change: Change,
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        // By a clock ten years ahead the cycle that waits would be looked at in ten years.
        if self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }
        let Change {
            before,
            after: mut row,
            begins,
            kind,
        } = change;
        let Some(waiting) = works.iter_mut().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };
        if let Some(why) = self.may_be_charged_already(waiting)? {
            return Ok(Err(why));
        }
        let begins = if waiting.due_at()? <= self.now {
            Begins::AtPeriodEnd
        } else {
            begins
        };
        if let Err(why) = self.fits((&before, &row), (begins, waiting))? {
            return Ok(Err(why.into()));
        }
        let credit = match begins {
            Begins::AtPeriodEnd => Ok(0),
            Begins::Now => self.credit(&before, waiting).await?,
        };
        let credit = match credit {
            Ok(credit) => credit,
            Err(why) => return Ok(Err(why.into())),
        };

        let due_at = match begins {
            Begins::AtPeriodEnd => waiting.due_at()?,
            Begins::Now => self.now,
        };
        let (old, new) = (
            self.book.terms(before.plan_key)?,
            self.book.terms(row.plan_key)?,
        );
        if begins == Begins::Now || !has_same_dates(&old.plan, &new.plan) {
            row.moved_n = Some(waiting.row.cycle.n);
            row.moved_at = Some(due_at.as_microsecond());
        }
        let rise = self.rise(waiting, &row)?;
        let lacking = self.lacks_consent(waiting, rise, due_at)?;
        if let (Begins::Now, Some(rise)) = (begins, lacking) {
            return Ok(Err(NotChanged::NoConsent(rise.from, rise.to).into()));
        }
        row.is_credited(credit);
        self.recast(waiting, &mut row, due_at, &who.actor).await?;
        let entry = Entry::of_subscription(kind, self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row.clone());
        let amount = waiting.row.cycle.amount;
        Ok(Ok(Changed {
            next_amount: Some(amount),
            rises_to: lacking.map(|rise| rise.to),
            ..self.led_to(&row, works, true)
        }))
    }

    /// How the cycle that waits costs more than its customer has agreed to by when it is tried.
    pub(super) fn lacking(&self, waiting: &Work) -> Result<Option<Rise>, StoreError> {
        let row = &waiting.row;
        let try_at = columns::instant(&row.subscription.id, row.cycle.act_at.unwrap_or(i64::MAX))?;
        self.lacks_consent(waiting, row.cycle.rise(), try_at)
    }

    fn lacks_consent(
        &self,
        waiting: &Work,
        rise: Option<Rise>,
        due_at: Timestamp,
    ) -> Result<Option<Rise>, StoreError> {
        let terms = &waiting.terms;
        let at = terms
            .window
            .earliest(due_at.max(self.now), &terms.plan.zone);
        let consent = consent::judge(rise, waiting.row.agreement()?, at);
        Ok(rise.filter(|_| consent == Consent::Lacking))
    }

    /// The version of the plan that it would be on.
    fn new_plan(
        &self,
        row: &SubscriptionRow,
        plan: &PlanId,
    ) -> Result<Result<i64, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("change the plan of", status.name());
            return Ok(Err(Refused { request, status }.into()));
        }
        let Some((new, _)) = self.book.current(plan) else {
            let (plan, on_offer) = (plan.to_string(), self.book.on_offer().join(", "));
            return Ok(Err(NotChanged::UnknownPlan { plan, on_offer }.into()));
        };
        Ok(Ok(new))
    }

    fn fits(
        &self,
        (row, after): (&SubscriptionRow, &SubscriptionRow),
        (begins, waiting): (Begins, &Work),
    ) -> Result<Result<(), NotChanged>, StoreError> {
        let terms = self.book.terms(after.plan_key)?;
        // The version that comes after has to have so many, too: later nobody is there to be told.
        let quantity = after.contract()?.quantity;
        let coming = after.next_plan_key.map(|key| self.book.terms(key));
        for terms in [Some(terms.clone()), coming.transpose()?]
            .into_iter()
            .flatten()
        {
            if let Err(why) = terms.plan.check_quantity(quantity) {
                return Ok(Err(why.into()));
            }
        }
        let (n, due_at) = (waiting.n()?, waiting.due_at()?);
        let anchor = Anchor {
            moved: Some((n, due_at)),
            ..row.contract()?.anchor
        };
        let has_cycle = terms.plan.has_cycle(anchor, n);
        if !has_cycle.map_err(|_| waiting.corrupt("a cycle inside the calendar"))? {
            return Ok(Err(NotChanged::Over {
                plan: terms.plan.id.to_string(),
                cycle: n.number(),
            }));
        }
        if row
            .ends_at
            .is_some_and(|end| end <= waiting.row.cycle.due_at)
        {
            return Ok(Err(NotChanged::EndsBefore));
        }
        if begins == Begins::AtPeriodEnd {
            return Ok(Ok(()));
        }
        let status = columns::status(&row.id, &row.status)?;
        Ok(match (status, &row.hold) {
            (Status::Paused | Status::Suspended, _) => Err(NotChanged::StandsStill(status.name())),
            (_, Some(_)) => Err(NotChanged::StandsStill("held")),
            (_, None) if waiting.row.cycle.n <= row.first_cycle => Err(NotChanged::NotBegun),
            (_, None) => Ok(()),
        })
    }

    /// What is left now of what was paid for the period before the cycle that waits.
    async fn credit(
        &mut self,
        row: &SubscriptionRow,
        waiting: &Work,
    ) -> Result<Result<i64, NotChanged>, StoreError> {
        let n = waiting.row.cycle.n - 1;
        let subscription = row.key;
        let key = CycleKey { subscription, n };
        let Some(begun) = self.read(std::iter::once(key)).await?.pop() else {
            return Ok(Err(NotChanged::NotBegun));
        };
        let cycle = columns::read(&begun.cycle)?;
        let begun = Begun {
            n,
            state: &cycle.state,
            amount: begun.cycle.amount,
            credit: begun.cycle.credit.unwrap_or(0),
            from: columns::instant(&row.id, begun.cycle.due_at)?,
            to: waiting.due_at()?,
        };
        Ok(change_plan::credit(begun, self.now))
    }
}
