//! `POST /subscribe/payments/again` and `onetime`: reads the request, refuses what must be refused,
//! and decides what shall come of the rest. How it comes about is `execute`'s affair.

use jiff::Timestamp;
use serde::Deserialize;

use crate::core::money::Krw;
use crate::core::order::{CustomerUid, MerchantUid};
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::ledger::{Extras, Payment, Status};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Request, text, won};
use crate::gateway::simulator::switches::{Duplicates, ErrorForm, Reuse};

/// GATEWAY section 3: what the refusal of a paid or cancelled uid contains.
pub(super) const ALREADY_ORDERED: &str =
    "이미 주문이 이루어진 merchant_uid입니다. (paid 또는 cancelled 상태의 거래가 존재합니다)";
/// GATEWAY section 3: what the refusal of an unknown customer contains.
pub(super) const NO_BILLING_KEY: &str = "등록되지 않은 구매자입니다.";
const USED_UP: &str = "동일한 merchant_uid로 다시 결제를 요청할 수 없습니다.";

/// A request to charge that can be carried out.
#[derive(Debug)]
pub(super) struct Charge {
    pub(super) merchant_uid: String,
    pub(super) customer_uid: String,
    pub(super) amount: i64,
    pub(super) name: Option<String>,
    pub(super) extras: Option<Box<Extras>>,
}

/// The fields that we read; every other one is ignored.
#[derive(Debug, Deserialize)]
struct ChargeFields {
    #[serde(default, deserialize_with = "text")]
    merchant_uid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    customer_uid: Option<String>,
    #[serde(default, deserialize_with = "won")]
    amount: Option<i64>,
    #[serde(default, deserialize_with = "text")]
    name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    buyer_name: Option<String>,
    #[serde(default, deserialize_with = "text")]
    buyer_email: Option<String>,
    #[serde(default, deserialize_with = "text")]
    buyer_tel: Option<String>,
    #[serde(default, deserialize_with = "text")]
    custom_data: Option<String>,
    #[serde(default, deserialize_with = "text")]
    card_number: Option<String>,
    #[serde(default, deserialize_with = "text")]
    expiry: Option<String>,
}

impl Behaviour {
    /// Charges a stored card.
    pub(super) fn again(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        let charge = match request.fields().and_then(ChargeFields::stored) {
            Ok(charge) => charge,
            Err(problem) => return Reply::malformed(&problem),
        };
        if let Err(problem) = self.learn_script(&charge.customer_uid) {
            return Reply::malformed(&problem.to_string());
        }
        if !self.has_card(&charge.customer_uid) {
            return self.no_billing_key();
        }
        self.charge(charge, now)
    }

    /// Charges a card by its data, and keeps it if it gets a name.
    pub(super) fn onetime(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        let charge = match request.fields().and_then(ChargeFields::with_card) {
            Ok(charge) => charge,
            Err(problem) => return Reply::malformed(&problem),
        };
        if let Err(problem) = self.learn_script(&charge.customer_uid) {
            return Reply::malformed(&problem.to_string());
        }
        if !charge.customer_uid.is_empty() {
            self.keep_card(&charge.customer_uid, now);
        }
        self.charge(charge, now)
    }

    /// docs: documented as 404; seen live as 200 with `code` 1.
    pub(super) fn no_billing_key(&self) -> Reply {
        let status = match self.switches.errors {
            ErrorForm::Live => 200,
            ErrorForm::Documented => 404,
        };
        Reply::refused(status, self.switches.refusal_code, NO_BILLING_KEY)
    }

    pub(super) fn refuse(&self, message: &str) -> Reply {
        Reply::refused(200, self.switches.refusal_code, message)
    }

    fn charge(&mut self, charge: Charge, now: Timestamp) -> Reply {
        let tries = self.ledger.tried(&charge.merchant_uid);

        if tries > 0 && self.is_settled(&charge.merchant_uid, now) {
            return self.refuse(ALREADY_ORDERED);
        }
        if tries > 0 && self.is_used_up(&charge.merchant_uid, now) {
            return self.refuse(USED_UP);
        }

        let scripted = self.next_of_script(&charge.customer_uid);
        let outcome =
            scripted.unwrap_or_else(|| self.switches.draw_charge(&charge.merchant_uid, tries));
        *self.happened.charges.entry(outcome).or_default() += 1;
        self.execute(charge, outcome, now)
    }

    /// Whether a paid or cancelled payment keeps a second one out.
    fn is_settled(&self, merchant_uid: &str, now: Timestamp) -> bool {
        let settled = |payment: &Payment| match payment.status {
            Status::Paid | Status::Cancelled => self.is_noticed(payment, now),
            Status::Ready | Status::Failed => false,
        };
        self.ledger.of_uid(merchant_uid).any(settled)
    }

    fn is_used_up(&self, merchant_uid: &str, now: Timestamp) -> bool {
        let failed =
            |payment: &Payment| payment.status == Status::Failed && self.is_noticed(payment, now);
        match self.switches.reuse_after_decline {
            Reuse::Allowed => false,
            Reuse::Refused => self.ledger.of_uid(merchant_uid).any(failed),
        }
    }

    fn is_noticed(&self, payment: &Payment, now: Timestamp) -> bool {
        match self.switches.duplicates {
            Duplicates::Atomic => true,
            Duplicates::CheckThenAct => payment.settled_at <= now,
        }
    }
}

impl ChargeFields {
    fn stored(self) -> Result<Charge, String> {
        if self.customer_uid.as_deref().unwrap_or_default().is_empty() {
            return Err("customer_uid 파라미터가 누락되었습니다.".to_owned());
        }
        self.valid()
    }

    fn with_card(self) -> Result<Charge, String> {
        let absent = |field: &Option<String>| field.as_deref().unwrap_or_default().is_empty();
        if absent(&self.card_number) || absent(&self.expiry) {
            return Err("card_number, expiry 파라미터가 누락되었습니다.".to_owned());
        }
        self.valid()
    }

    fn valid(self) -> Result<Charge, String> {
        let merchant_uid = self.merchant_uid.unwrap_or_default();
        let customer_uid = self.customer_uid.unwrap_or_default();
        if merchant_uid.is_empty() {
            return Err("merchant_uid 파라미터가 누락되었습니다.".to_owned());
        }
        if merchant_uid.chars().count() > MerchantUid::LENGTH_MAX {
            return Err(format!(
                "merchant_uid is longer than {}",
                MerchantUid::LENGTH_MAX
            ));
        }
        if customer_uid.chars().count() > CustomerUid::LENGTH_MAX {
            return Err(format!(
                "customer_uid is longer than {}",
                CustomerUid::LENGTH_MAX
            ));
        }
        let amount = self.amount.ok_or("amount 파라미터가 누락되었습니다.")?;
        let amount = Krw::parse(amount).map_err(|problem| problem.to_string())?;

        let extras = Extras {
            buyer_name: self.buyer_name,
            buyer_email: self.buyer_email,
            buyer_tel: self.buyer_tel,
            custom_data: self.custom_data,
        };
        Ok(Charge {
            merchant_uid,
            customer_uid,
            amount: amount.won(),
            name: self.name,
            extras: (extras != Extras::default()).then(|| Box::new(extras)),
        })
    }
}
