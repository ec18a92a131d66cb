//! Redeeming a coupon for a subscription that exists. What it promises is written down with it, so that no
//! charge has to look at the configuration.

use crate::core::coupon::{CouponCode, Discount};
use crate::core::subscription::Refused;
use crate::store::batch::write;
use crate::store::changed::{Changed, changed};
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
            return Ok(Ok(changed(&row, works, false)));
        }
        let terms = self.book.terms(row.plan_key)?;
        let Some(coupon) = terms.coupon(code) else {
            let (coupon, plan) = (code.to_string(), terms.plan.id.to_string());
            return Ok(Err(NotDone::NoCoupon { coupon, plan }));
        };
        let Some(waiting) = works.iter_mut().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id)));
        };

        let anchor = columns::instant(&row.id, row.anchor_at)?;
        let from = terms.plan.first_charged(anchor, waiting.n()?);
        row.coupon = Some(code.to_string());
        row.discount = Some(Discount::written(coupon.from(from)));
        let (before, repriced) = (waiting.row.cycle.clone(), self.repriced(waiting, &mut row)?);
        let entry = Entry::of_change("repriced", self.now, &before, &repriced);
        self.journal.push(entry.asked_by(who));
        let entry = Entry::of_subscription("coupon", self.now, &row);
        self.journal.push(entry.asked_by(who));
        waiting.price = columns::price(&repriced)?;
        waiting.row.cycle = repriced.clone();
        self.pending.subscriptions.insert(row.key, row.clone());
        let statement = include_str!("sql/reprice_cycles.sql");
        let (rows, bind) = (vec![repriced], CycleRow::bind_repriced);
        write(&mut self.tx, "repriced cycles", statement, rows, bind).await?;
        Ok(Ok(changed(&row, works, true)))
    }
}
