//! Redeeming a coupon for a subscription that exists, and taking it away. What it promises is written down with it, so that no
//! charge has to look at the configuration.

use crate::core::coupon::{CouponCode, Discount};
use crate::core::subscription::Refused;
use crate::store::batch::write;
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::rows::CycleRow;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns};

impl Turn<'_> {
    /// Redeems a coupon from the cycle on that waits; one that was redeemed before is over with it.
    pub(super) async fn redeem(
        &mut self,
        mut row: SubscriptionRow,
        code: &CouponCode,
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("redeem a coupon for", status.name());
            return Ok(Err(Refused { request, status }.into()));
        }
        if row.coupon.as_deref() == Some(code.as_str()) {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let terms = self.book.terms(row.plan_key)?;
        let Some(coupon) = terms.coupon(code) else {
            let (coupon, plan) = (code.to_string(), terms.plan.id.to_string());
            return Ok(Err(NotDone::NoCoupon { coupon, plan }));
        };
        let Some(waiting) = works.iter_mut().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };
        if let Some(why) = self.may_be_charged_already(waiting)? {
            return Ok(Err(why));
        }

        let anchor = columns::instant(&row.id, row.anchor_at)?;
        let from = terms.plan.first_charged(anchor, waiting.n()?);
        row.coupon = Some(code.to_string());
        row.discount = Some(Discount::written(coupon.from(from)));
        let repriced = self.repriced(waiting, &mut row)?;
        self.reprice(waiting, repriced, ("coupon", &row), who)
            .await?;
        let amount = waiting.row.cycle.amount;
        Ok(Ok(Changed {
            next_amount: Some(amount),
            ..self.led_to(&row, works, true)
        }))
    }

    /// Takes the coupon away, from the cycle on that waits. A cycle that was tried keeps its price.
    pub(super) async fn take_coupon_away(
        &mut self,
        mut row: SubscriptionRow,
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("take the coupon of", status.name());
            return Ok(Err(Refused { request, status }.into()));
        }
        if row.coupon.is_none() {
            return Ok(Ok(self.led_to(&row, works, false)));
        }
        let Some(waiting) = works.iter_mut().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };
        if let Some(why) = self.may_be_charged_already(waiting)? {
            return Ok(Err(why));
        }

        let discount = row.contract()?.discount;
        (row.coupon, row.discount) = (None, None);
        let mut repriced = self.repriced(waiting, &mut row)?;
        let whole = waiting.terms.plan.regular(row.contract()?, waiting.n()?);
        let n = waiting.n()?;
        if let Some(rise) = discount.and_then(|discount| discount.taken_away(n, whole)) {
            let from = repriced
                .rises_from
                .map_or(rise.from, |from| from.min(rise.from));
            (repriced.rises_from, repriced.rises_to) = (Some(from), Some(rise.to));
        }
        self.reprice(waiting, repriced, ("coupon_taken_away", &row), who)
            .await?;
        let (amount, lacking) = (waiting.row.cycle.amount, self.lacking(waiting)?);
        Ok(Ok(Changed {
            next_amount: Some(amount),
            rises_to: lacking.map(|rise| rise.to),
            ..self.led_to(&row, works, true)
        }))
    }

    /// Writes down what the cycle that waits asks for by now, and the subscription for which it does.
    async fn reprice(
        &mut self,
        waiting: &mut Work,
        repriced: CycleRow,
        (kind, row): (&'static str, &SubscriptionRow),
        who: &Who,
    ) -> Result<(), StoreError> {
        let entry = Entry::of_change("repriced", self.now, &waiting.row.cycle, &repriced);
        self.journal.push(entry.asked_by(who));
        let entry = Entry::of_subscription(kind, self.now, row);
        self.journal.push(entry.asked_by(who));
        waiting.price = columns::price(&repriced)?;
        waiting.row.cycle = repriced.clone();
        self.pending.subscriptions.insert(row.key, row.clone());
        let statement = include_str!("sql/reprice_cycles.sql");
        let (rows, bind) = (vec![repriced], CycleRow::bind_repriced);
        write(&mut self.tx, "repriced cycles", statement, rows, bind).await
    }
}
