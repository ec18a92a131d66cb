//! `POST /payments/cancel`: gives money back, all or a part, if the balance is what the client
//! believes it to be.

use jiff::Timestamp;
use serde::Deserialize;

use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::ledger::{Payment, Refund};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Request, text, won};
use crate::gateway::simulator::wire::PaymentText;

#[derive(Deserialize)]
struct CancelFields {
    #[serde(default, deserialize_with = "text")]
    imp_uid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    merchant_uid: Option<String>,
    #[serde(default, deserialize_with = "won")]
    amount: Option<i64>,
    #[serde(default, deserialize_with = "won")]
    checksum: Option<i64>,
}

impl Behaviour {
    /// Gives the newest payment that can be given back to its customer in full, as somebody at the
    /// gateway's console does. Tells which.
    pub fn refund_newest(&mut self, now: Timestamp) -> Option<String> {
        let is_refundable =
            |payment: &&Payment| payment.balance_won() > 0 && payment.settled_at <= now;
        let newest = self.ledger.payments().iter().rev().find(is_refundable)?;
        let (number, won) = (newest.number, newest.balance_won());
        let refunded = self.ledger.refund(number, Refund { won, at: now })?;
        Some(refunded.imp_uid())
    }

    pub(super) fn cancel(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        let fields: CancelFields = match request.fields() {
            Ok(fields) => fields,
            Err(problem) => return Reply::malformed(&problem),
        };
        if fields.imp_uid.is_none() && fields.merchant_uid.is_none() {
            return Reply::malformed("imp_uid, merchant_uid 중 하나는 필수입니다.");
        }
        let amount = fields.amount.unwrap_or(0);
        if amount < 0 {
            return Reply::malformed("amount: a positive number of won, or 0 or absent for all");
        }

        // docs: nothing to cancel is HTTP 200 with `code` 1.
        let Some(payment) = self.to_cancel(&fields, now) else {
            return self.refuse("취소할 결제건이 존재하지 않습니다.");
        };
        let (number, balance) = (payment.number, payment.balance_won());
        // docs: a compare-and-swap; the balance has to be what the client believes.
        if fields.checksum.is_some_and(|checksum| checksum != balance) {
            return self.refuse("취소 가능 금액이 checksum과 일치하지 않습니다.");
        }
        if amount > balance {
            return self.refuse("취소 가능 금액을 초과하였습니다.");
        }

        let won = if amount == 0 { balance } else { amount };
        match self.ledger.refund(number, Refund { won, at: now }) {
            Some(payment) => Reply::done(&PaymentText::new(payment, payment.status)),
            None => self.refuse("취소할 결제건이 존재하지 않습니다."),
        }
    }

    /// docs: `imp_uid` wins over `merchant_uid`.
    fn to_cancel(&self, fields: &CancelFields, now: Timestamp) -> Option<&Payment> {
        let refundable =
            |payment: &&Payment| payment.balance_won() > 0 && payment.settled_at <= now;
        match (&fields.imp_uid, &fields.merchant_uid) {
            (Some(imp_uid), _) => self.ledger.payment(imp_uid).filter(refundable),
            (None, Some(uid)) => self.ledger.of_uid(uid).find(refundable),
            (None, None) => None,
        }
    }
}
