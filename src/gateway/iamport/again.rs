//! The JSON of a request to charge a stored card. What a plan does not ask for is left out: the gateway then
//! does as it does by itself.

use serde::Serialize;

use crate::core::order::Order;
use crate::core::particulars::{CashReceipt, CustomData, Particulars, ProductCode, ProductType};

/// The body of `POST /subscribe/payments/again`.
#[derive(Serialize)]
pub(crate) struct AgainRequest<'a> {
    customer_uid: &'a str,
    merchant_uid: &'a str,
    amount: i64,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tax_free: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vat_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    card_quota: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    product_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_data: Option<&'a str>,
    /// docs: a JSON object as text, handed on to the PG.
    #[serde(skip_serializing_if = "Option::is_none")]
    bypass: Option<String>,
}

/// What Daou is told. docs: guide of Daou, `bypass.daou`; seen: clients that send a text and a number.
#[derive(Serialize)]
struct Daou<'a> {
    #[serde(rename = "PRODUCTCODE", skip_serializing_if = "Option::is_none")]
    product_code: Option<&'a str>,
    #[serde(rename = "CASHRECEIPTFLAG", skip_serializing_if = "Option::is_none")]
    cash_receipt_flag: Option<u8>,
}

/// The text of `bypass`, if there is anything to hand on.
fn bypass(particulars: &Particulars) -> Option<String> {
    let daou = Daou {
        product_code: particulars.product_code.as_ref().map(ProductCode::as_str),
        cash_receipt_flag: particulars.cash_receipt.map(|receipt| match receipt {
            CashReceipt::Issued => 1,
            CashReceipt::NotIssued => 0,
        }),
    };
    if daou.product_code.is_none() && daou.cash_receipt_flag.is_none() {
        return None;
    }
    let json = serde_json::json!({ "daou": daou });
    Some(json.to_string())
}

impl<'a> AgainRequest<'a> {
    pub(crate) fn of(order: &'a Order) -> Self {
        Self {
            customer_uid: order.customer_uid.as_str(),
            merchant_uid: order.merchant_uid.as_str(),
            amount: order.amount.won(),
            name: order.name.as_str(),
            tax_free: order.particulars.untaxed(order.amount),
            vat_amount: order.particulars.vat(order.amount),
            card_quota: order.particulars.months(order.amount),
            product_type: order.particulars.product_type.map(ProductType::name),
            custom_data: order
                .particulars
                .custom_data
                .as_ref()
                .map(CustomData::as_str),
            bypass: bypass(&order.particulars),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::money::Krw;
    use crate::core::particulars::{Quota, Tax, Untaxed, Vat};
    use crate::gateway::iamport::loopback::order;

    fn check(won: i64, particulars: Particulars, expected: &str) {
        let order = Order {
            amount: Krw::parse(won).unwrap(),
            particulars,
            ..order()
        };
        let json = serde_json::to_string(&AgainRequest::of(&order)).unwrap();
        let head = r#"{"customer_uid":"cust_alice","merchant_uid":"dues01-alice-0","amount":"#;
        let rest = format!("{won},\"name\":\"월간 구독\"{expected}}}");
        assert_eq!(json, format!("{head}{rest}"));
    }

    #[test]
    fn a_request_says_what_the_plan_asks_for_and_nothing_else() {
        check(9_900, Particulars::default(), "");
        let full = Particulars {
            tax: Tax::Free,
            vat: None,
            quota: Quota::of(3),
            product_code: ProductCode::parse("10001").ok(),
            cash_receipt: Some(CashReceipt::NotIssued),
            product_type: None,
            custom_data: None,
        };
        let bypass = r#","bypass":"{\"daou\":{\"CASHRECEIPTFLAG\":0,\"PRODUCTCODE\":\"10001\"}}""#;
        check(
            60_000,
            full.clone(),
            &format!(r#","tax_free":60000,"card_quota":3{bypass}"#),
        );
        // Too little for instalments.
        check(49_999, full, &format!(r#","tax_free":49999{bypass}"#));
        let part = |won| Krw::parse(won).unwrap();
        let partly = Particulars {
            tax: Tax::Partly(Untaxed::of(part(3_000), part(9_900)).unwrap()),
            vat: Some(Vat::Down),
            ..Particulars::default()
        };
        check(9_900, partly, r#","tax_free":3000,"vat_amount":627"#);
        let receipt = Particulars {
            cash_receipt: Some(CashReceipt::Issued),
            ..Particulars::default()
        };
        let bypass = r#","bypass":"{\"daou\":{\"CASHRECEIPTFLAG\":1}}""#;
        check(9_900, receipt, bypass);
        let kept = Particulars {
            product_type: Some(ProductType::Digital),
            custom_data: CustomData::parse(r#"{"shop":7}"#).ok(),
            ..Particulars::default()
        };
        let kept_too = r#","product_type":"digital","custom_data":"{\"shop\":7}""#;
        check(9_900, kept, kept_too);
    }
}
