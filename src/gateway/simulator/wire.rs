//! What goes out on the wire, field by field, written from our structs without a detour through
//! free-form JSON: this is the hot path. It decides nothing.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;

use crate::gateway::simulator::ledger::{Extras, Payment, Refund, Status};

/// docs: every answer is `{code, message, response}`.
#[derive(Debug, Serialize)]
pub(super) struct Envelope<'a, T> {
    code: i64,
    message: Option<&'a str>,
    response: Option<T>,
}

impl<'a, T: Serialize> Envelope<'a, T> {
    pub(super) fn of(response: T) -> Self {
        Self {
            code: 0,
            message: None,
            response: Some(response),
        }
    }

    pub(super) fn refusal(code: i64, message: &'a str) -> Self {
        Self {
            code,
            message: Some(message),
            response: None,
        }
    }
}

/// The answer to `POST /users/getToken`; times in unix seconds of the gateway's clock.
#[derive(Debug, Serialize)]
pub(super) struct TokenText<'a> {
    pub(super) access_token: &'a str,
    pub(super) now: i64,
    pub(super) expired_at: i64,
}

/// A page of a list. docs: `previous` and `next` are page numbers, 0 when there is none.
#[derive(Debug, Serialize)]
pub(super) struct PageText<T> {
    pub(super) total: usize,
    pub(super) previous: usize,
    pub(super) next: usize,
    pub(super) list: Vec<T>,
}

/// A channel of the merchant, as `GET /users/pg` and a payment's `channel` show it.
#[derive(Debug, Serialize)]
pub(super) struct ChannelText {
    pg_provider: &'static str,
    pg_id: &'static str,
    sandbox: bool,
    #[serde(rename = "type")]
    kind: &'static str,
    channel_name: &'static str,
    channel_key: &'static str,
}

impl ChannelText {
    /// GATEWAY: CTS17266 is Daou's test channel for API billing.
    pub(super) fn new(sandbox: bool) -> Self {
        Self {
            pg_provider: "daou",
            pg_id: if sandbox { "CTS17266" } else { "CSIM0001" },
            sandbox,
            kind: if sandbox { "test" } else { "live" },
            channel_name: "simulated",
            channel_key: "channel-key-00000000-0000-0000-0000-000000000000",
        }
    }
}

/// One refund of a payment.
#[derive(Debug, Serialize)]
struct RefundText {
    pg_tid: String,
    amount: i64,
    cancelled_at: i64,
    reason: &'static str,
    receipt_url: Option<&'static str>,
}

/// The payment object.
#[derive(Debug, Serialize)]
pub(super) struct PaymentText<'a> {
    imp_uid: String,
    pub(super) merchant_uid: Cow<'a, str>,
    pub(super) status: &'static str,
    amount: i64,
    cancel_amount: i64,
    currency: &'static str,
    sandbox: bool,
    pay_method: &'static str,
    channel: ChannelText,
    pg_provider: &'static str,
    pg_id: &'static str,
    pg_tid: String,
    apply_num: Option<String>,
    card_code: &'static str,
    card_name: &'static str,
    card_quota: u8,
    card_number: &'static str,
    card_type: u8,
    name: Option<&'a str>,
    #[serde(flatten)]
    extras: ExtrasText<'a>,
    customer_uid: Option<&'a str>,
    customer_uid_usage: Option<&'static str>,
    started_at: i64,
    paid_at: i64,
    failed_at: i64,
    cancelled_at: i64,
    fail_reason: Option<&'static str>,
    cancel_reason: Option<&'static str>,
    cancel_history: Vec<RefundText>,
    receipt_url: Option<String>,
}

#[derive(Debug, Default, Serialize)]
struct ExtrasText<'a> {
    buyer_name: Option<&'a str>,
    buyer_email: Option<&'a str>,
    buyer_tel: Option<&'a str>,
    custom_data: Option<&'a str>,
}

impl<'a> PaymentText<'a> {
    /// The payment as it appears while its status is `shown`, which may not be the truth yet.
    pub(super) fn new(payment: &'a Payment, shown: Status) -> Self {
        let channel = ChannelText::new(payment.sandbox);
        let pg_tid = format!("SIM{:017}", payment.number);
        // A status that is not final yet was reached when the request came.
        let is_final = shown == payment.status;
        let since = if is_final {
            payment.settled_at
        } else {
            payment.made_at
        }
        .as_second();
        let was_paid = match shown {
            Status::Paid | Status::Cancelled => true,
            Status::Ready | Status::Failed => false,
        };
        let failed = shown == Status::Failed;
        let refunded_at = payment.refunds.last().map(|refund| refund.at);

        Self {
            imp_uid: payment.imp_uid(),
            merchant_uid: Cow::Borrowed(&payment.merchant_uid),
            status: shown.name(),
            amount: payment.amount,
            cancel_amount: payment.refunded_won(),
            currency: payment.currency,
            sandbox: payment.sandbox,
            pay_method: "card",
            pg_provider: channel.pg_provider,
            pg_id: channel.pg_id,
            channel,
            apply_num: was_paid.then(|| format!("{:08}", payment.number)),
            card_code: CARD.code,
            card_name: CARD.name,
            card_quota: 0,
            card_number: CARD.number,
            card_type: CARD.kind,
            name: payment.name.as_deref(),
            extras: payment
                .extras
                .as_deref()
                .map(ExtrasText::of)
                .unwrap_or_default(),
            customer_uid: Some(payment.customer_uid.as_ref()).filter(|uid| !uid.is_empty()),
            customer_uid_usage: Some("payment").filter(|_| !payment.customer_uid.is_empty()),
            started_at: payment.made_at.as_second(),
            paid_at: if was_paid { since } else { 0 },
            failed_at: if failed { since } else { 0 },
            cancelled_at: refunded_at.map_or(0, Timestamp::as_second),
            fail_reason: payment.fail_reason.filter(|_| failed),
            cancel_reason: refunded_at.map(|_| REFUND_REASON),
            cancel_history: refunds(payment, &pg_tid),
            receipt_url: was_paid.then(|| format!("https://simulator.invalid/receipt/{pg_tid}")),
            pg_tid,
        }
    }
}

const REFUND_REASON: &str = "취소요청";

fn refunds(payment: &Payment, pg_tid: &str) -> Vec<RefundText> {
    let text = |refund: &Refund| RefundText {
        pg_tid: pg_tid.to_owned(),
        amount: refund.won,
        cancelled_at: refund.at.as_second(),
        reason: REFUND_REASON,
        receipt_url: None,
    };
    payment.refunds.iter().map(text).collect()
}

impl<'a> ExtrasText<'a> {
    fn of(extras: &'a Extras) -> Self {
        Self {
            buyer_name: extras.buyer_name.as_deref(),
            buyer_email: extras.buyer_email.as_deref(),
            buyer_tel: extras.buyer_tel.as_deref(),
            custom_data: extras.custom_data.as_deref(),
        }
    }
}

/// The only card that anybody here has.
pub(super) struct Card {
    pub(super) code: &'static str,
    pub(super) name: &'static str,
    pub(super) number: &'static str,
    pub(super) kind: u8,
}

pub(super) const CARD: Card = Card {
    code: "361",
    name: "BC카드",
    number: "9490-****-****-1234",
    kind: 0,
};

/// A stored card, as the calls under `/subscribe/customers` show it.
#[derive(Debug, Serialize)]
pub(super) struct CustomerText<'a> {
    pub(super) customer_uid: &'a str,
    pub(super) pg_provider: &'static str,
    pub(super) pg_id: &'static str,
    pub(super) sandbox: bool,
    pub(super) card_code: &'static str,
    pub(super) card_name: &'static str,
    pub(super) card_number: &'static str,
    pub(super) card_type: u8,
    pub(super) inserted: i64,
    pub(super) updated: i64,
}

impl<'a> CustomerText<'a> {
    pub(super) fn new(
        customer_uid: &'a str,
        sandbox: bool,
        from: Timestamp,
        to: Timestamp,
    ) -> Self {
        let channel = ChannelText::new(sandbox);
        Self {
            customer_uid,
            pg_provider: channel.pg_provider,
            pg_id: channel.pg_id,
            sandbox,
            card_code: CARD.code,
            card_name: CARD.name,
            card_number: CARD.number,
            card_type: CARD.kind,
            inserted: from.as_second(),
            updated: to.as_second(),
        }
    }
}
