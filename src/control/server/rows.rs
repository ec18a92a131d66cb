//! From the store's rows to what goes over the socket.

use jiff::Timestamp;

use crate::control::protocol::{Attempt, Changed, Cycle, Event, Subscription};
use crate::core::card_expiry::CardExpiry;
use crate::core::coupon::Discount;
use crate::store::{self, AttemptView, CycleView, Entry, Reader, SubscriptionView};

/// A discount in words.
fn discount(written: &str) -> String {
    Discount::read(written).map_or_else(|| written.to_owned(), |discount| discount.to_string())
}

/// A month in words.
fn month(number: i64) -> Option<String> {
    CardExpiry::numbered(number).map(|month| month.to_string())
}

/// An instant in words. The store holds none that the calendar has not.
pub(super) fn instant(microseconds: i64) -> String {
    Timestamp::from_microsecond(microseconds)
        .unwrap_or(Timestamp::MAX)
        .to_string()
}

impl From<SubscriptionView> for Subscription {
    fn from(row: SubscriptionView) -> Self {
        Self {
            id: row.id,
            customer_uid: row.customer_uid,
            plan: row.plan,
            plan_version: row.plan_version,
            amount: row.amount,
            quantity: row.quantity,
            coupon: row.coupon,
            discount: row.discount.as_deref().map(discount),
            status: row.status,
            hold: row.hold,
            anchor_at: instant(row.anchor_at),
            created_at: instant(row.created_at),
            ended_at: row.ended_at.map(instant),
            agreed_at: instant(row.agreed_at),
            agreed_won: row.agreed_won,
            next_version: row.next_version,
            next_version_at: row.next_at.map(instant),
            ends_at: row.ends_at.map(instant),
            resumes_at: row.resumes_at.map(instant),
            moved_at: row.moved_at.map(instant),
            credit: row.credit,
            card_dead: row.card_dead,
            card_expires: row.card_expires.and_then(month),
            newest_cycle: row.newest_cycle,
            next_due_at: row.next_due_at.map(instant),
            next_wake_at: row.next_wake_at.map(instant),
        }
    }
}

/// A cycle with the uid under which the gateway knows it.
pub(super) fn cycle(row: CycleView, reader: &Reader) -> Cycle {
    Cycle {
        merchant_uid: row
            .later_uid
            .unwrap_or_else(|| reader.merchant_uid(&row.subscription, row.cycle)),
        subscription: row.subscription,
        customer_uid: row.customer_uid,
        plan: row.plan,
        cycle: row.cycle,
        due_at: instant(row.due_at),
        amount: row.amount,
        credit: row.credit,
        state: row.state,
        imp_uid: row.imp_uid,
        paid_at: row.paid_at.map(instant),
        attempts: row.attempts,
        declines: row.declines,
        refunded: row.refunded,
        cause: row.cause,
        class: row.class,
        code: row.code,
        message: row.message,
        wake_at: row.wake_at.map(instant),
    }
}

impl From<AttemptView> for Attempt {
    fn from(row: AttemptView) -> Self {
        Self {
            subscription: row.subscription,
            cycle: row.cycle,
            attempt: row.attempt,
            customer_uid: row.customer_uid,
            merchant_uid: row.merchant_uid,
            amount: row.amount,
            begun_at: instant(row.begun_at),
            ended_at: row.ended_at.map(instant),
            outcome: row.outcome,
            class: row.class,
            pg: row.pg,
            code: row.code,
            message: row.message,
            imp_uid: row.imp_uid,
        }
    }
}

impl From<Entry> for Event {
    fn from(row: Entry) -> Self {
        // The schema lets nothing but JSON in; what it is otherwise is shown as the text it is.
        let after =
            serde_json::from_str(&row.after).unwrap_or(serde_json::Value::String(row.after));
        Self {
            seq: row.seq,
            at: instant(row.at),
            kind: row.kind,
            subscription: row.subscription,
            cycle: row.cycle,
            actor: row.actor,
            words: row.words,
            after,
            plan: row.plan,
            plan_version: row.plan_version,
        }
    }
}

impl From<store::Changed> for Changed {
    fn from(changed: store::Changed) -> Self {
        Self {
            id: changed.id,
            status: changed.status,
            hold: changed.hold,
            is_changed: changed.is_changed,
            forgone: changed.forgone,
            in_flight: changed.in_flight,
            next_due_at: changed.next_due_at.map(instant),
            retry_at: changed.retry_at.map(instant),
            ends_at: changed.ends_at.map(instant),
            kept_by: changed.kept_by,
            resumes_at: changed.resumes_at.map(instant),
            credit: changed.credit,
            next_amount: changed.next_amount,
            rises_to: changed.rises_to,
            given_up: changed.given_up,
        }
    }
}
