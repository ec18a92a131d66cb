//! A subscription that somebody asks for: what it is called, and when its first cycles are due.

use jiff::Timestamp;

use crate::core::calendar::{Anchor, CycleNo};
use crate::core::card_expiry::CardExpiry;
use crate::core::contract::{Contract, Quantity};
use crate::core::coupon::CouponCode;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};
use crate::core::plan::Terms;
use crate::core::subscription::Status;
use crate::store::enroll::NotAdded;

/// A subscription that somebody asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSubscription {
    /// What it is called, and what it must not be beside.
    pub identity: Identity,
    /// The card to charge.
    pub customer_uid: CustomerUid,
    /// The plan.
    pub plan: PlanId,
    /// Where its cycles are counted from.
    pub anchor_at: Timestamp,
    /// The first cycle to charge; 0 unless earlier ones were paid elsewhere.
    pub first_cycle: CycleNo,
    /// How many of what the plan sells.
    pub quantity: Quantity,
    /// The coupon to redeem.
    pub coupon: Option<CouponCode>,
    /// When its card expires, if somebody has said so.
    pub card_expires: Option<CardExpiry>,
}

/// What tells a subscription that is asked for from others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// An id that somebody chose.
    Chosen(SubscriptionId),
    /// An id that follows from customer, plan and anchor.
    Derived,
    /// The same, with an anchor that nobody chose: "now" differs each time, so that a request repeated
    /// after a lost answer would charge the card twice. The card must not be on the plan already.
    Only,
}

impl NewSubscription {
    /// What of the plan is asked for. A coupon counts from the first cycle that is charged.
    pub(super) fn contract(&self, terms: &Terms) -> Result<Contract, NotAdded> {
        let redeem = |code: &CouponCode| {
            let coupon = terms.coupon(code).ok_or_else(|| NotAdded::NoCoupon {
                coupon: code.to_string(),
                plan: self.plan.to_string(),
            })?;
            let from = terms.plan.first_charged(self.anchor_at, self.first_cycle);
            Ok(coupon.from(from))
        };
        Ok(Contract {
            anchor: Anchor::of(self.anchor_at),
            quantity: self.quantity,
            discount: self.coupon.as_ref().map(redeem).transpose()?,
        })
    }

    pub(super) fn id(&self) -> String {
        match &self.identity {
            Identity::Chosen(id) => id.to_string(),
            Identity::Derived | Identity::Only => {
                SubscriptionId::derived(&self.customer_uid, &self.plan, self.anchor_at).to_string()
            }
        }
    }

    /// The due instant of the first cycle, unless the one after it is due already too, or no cycle of it
    /// may be charged.
    pub(super) fn first_due_at(
        &self,
        terms: &Terms,
        now: Timestamp,
    ) -> Result<Timestamp, NotAdded> {
        if !self.has_cycle(terms, self.first_cycle)? {
            return Err(self.over());
        }
        if let Err(why) = terms.plan.check_quantity(self.quantity) {
            return Err(NotAdded::TooMany {
                plan: self.plan.to_string(),
                quantity: self.quantity.number(),
                why: why.to_string(),
            });
        }

        let first_due_at = self.due(terms, self.first_cycle)?;
        let mut latest = self.first_cycle;
        loop {
            let next = latest.next().map_err(|_| NotAdded::BeyondCalendar)?;
            if !self.has_cycle(terms, next)? || self.due(terms, next)? > now {
                break;
            }
            latest = next;
        }
        if latest == self.first_cycle {
            Ok(first_due_at)
        } else {
            Err(NotAdded::ManyDue {
                first: self.first_cycle.number(),
                latest: latest.number(),
            })
        }
    }

    /// In its trial, or charged from the start.
    pub(super) fn status(&self, terms: &Terms, now: Timestamp) -> Result<Status, NotAdded> {
        let is_trial = terms
            .plan
            .is_trial(self.anchor_at, self.first_cycle, now)
            .map_err(|_| NotAdded::BeyondCalendar)?;
        Ok(if is_trial {
            Status::Trialing
        } else {
            Status::Active
        })
    }

    pub(super) fn over(&self) -> NotAdded {
        NotAdded::PlanOver {
            plan: self.plan.to_string(),
            first: self.first_cycle.number(),
        }
    }

    pub(super) fn due(&self, terms: &Terms, n: CycleNo) -> Result<Timestamp, NotAdded> {
        terms
            .plan
            .due_at(self.anchor_at, n)
            .map_err(|_| NotAdded::BeyondCalendar)
    }

    fn has_cycle(&self, terms: &Terms, n: CycleNo) -> Result<bool, NotAdded> {
        terms
            .plan
            .has_cycle(self.anchor_at, n)
            .map_err(|_| NotAdded::BeyondCalendar)
    }
}
