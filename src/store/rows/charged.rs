//! What happens to nearly every cycle, as one row each: it begins, and it is paid.

use crate::store::batch::Bound;
use crate::store::rows::{AttemptRow, CycleRow};

/// A cycle that begins: when it wants an answer, its intent to charge, and the cycle after it.
#[derive(Debug)]
pub(in crate::store) struct BegunRow {
    pub(in crate::store) answer_by: Option<i64>,
    pub(in crate::store) intent: AttemptRow,
    pub(in crate::store) next: Option<CycleRow>,
}

/// A cycle whose charge was answered with a payment: when it was paid, and how its attempt ended.
#[derive(Debug)]
pub(in crate::store) struct PaidRow {
    pub(in crate::store) paid_at: Option<i64>,
    pub(in crate::store) ended: AttemptRow,
}

impl BegunRow {
    /// For `begin_cycles.sql`.
    pub(in crate::store) fn bind(self, to: &mut Bound) {
        let intent = self.intent;
        to.bind(intent.subscription_key)
            .bind(intent.n)
            .bind(intent.begun_at)
            .bind(self.answer_by)
            .bind(intent.customer_uid)
            .bind(intent.merchant_uid)
            .bind(intent.amount);
        match self.next {
            Some(next) => to
                .bind(next.due_at)
                .bind(next.amount)
                .bind(next.name)
                .bind(next.act_at)
                .bind(next.wake_at)
                .bind(next.plan_key),
            None => (0..6).fold(to, |to, _| to.bind(None::<i64>)),
        };
    }
}

impl PaidRow {
    /// For `paid_cycles.sql`.
    pub(in crate::store) fn bind(self, to: &mut Bound) {
        let ended = self.ended;
        to.bind(ended.subscription_key)
            .bind(ended.n)
            .bind(ended.k)
            .bind(ended.imp_uid)
            .bind(self.paid_at)
            .bind(ended.ended_at);
    }
}
