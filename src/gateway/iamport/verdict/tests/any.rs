//! What holds for any bytes, and for any payment: no panic, and "paid" only of what was compared.

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::look_up::{find, newest};
use super::{charge, judge};
use crate::core::answer::{Answer, Finding};
use crate::gateway::iamport::loopback::{enveloped, order, payment};
use crate::gateway::iamport::verdict::Verdict;

/// Any JSON, with a liking for the names and values that answers have.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["paid", "failed", "KRW", "이미"]).prop_map(Value::from),
    ];
    let known = vec!["code", "response", "message", "list", "status"];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let known = prop::sample::select(known.clone()).prop_map(str::to_owned);
        let name = prop_oneof![known, "[a-z_]{1,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((name, inner), 0..4)
                .prop_map(|fields| Value::Object(Map::from_iter(fields))),
        ]
    })
}

/// A change of one field that is compared, to something near to ours or to anything.
fn change() -> impl Strategy<Value = (String, Value)> {
    let names = vec![
        "merchant_uid",
        "amount",
        "currency",
        "customer_uid",
        "sandbox",
        "status",
        "paid_at",
        "cancel_amount",
        "imp_uid",
    ];
    let near = vec![
        json!(9900),
        json!(9900.5),
        json!("9900"),
        json!(0),
        json!("krw"),
        json!("dues01-alice-0 "),
        json!("paid"),
        json!("cancelled"),
    ];
    (
        prop::sample::select(names).prop_map(str::to_owned),
        prop_oneof![prop::sample::select(near), json_value()],
    )
}

fn statuses() -> impl Strategy<Value = u16> {
    prop_oneof![Just(200), Just(400), Just(401), Just(404), any::<u16>()]
}

fn says_paid(answer: &Verdict<Answer>, findings: [&Verdict<Finding>; 2]) -> bool {
    let found = |finding: &&Verdict<Finding>| matches!(finding, Verdict::Said(Finding::Paid(_)));
    matches!(answer, Verdict::Said(Answer::Paid(_))) || findings.iter().any(found)
}

proptest! {
    #[test]
    fn bytes_are_never_paid(status in statuses(), body in any::<Vec<u8>>()) {
        let (order, judge) = (order(), judge());
        let answer = judge.charge(status, &body, &order);
        let all = judge.find(status, &body, &order);
        let one = judge.find_newest(status, &body, &order);
        prop_assert!(!says_paid(&answer, [&all, &one]));
    }

    #[test]
    fn other_json_is_never_paid(status in statuses(), code in -1i64..3, response in json_value()) {
        let body = json!({"code": code, "message": null, "response": response}).to_string();
        let answer = charge(status, &body);
        prop_assert!(!says_paid(&answer, [&find(status, &body), &newest(status, &body)]));
    }

    #[test]
    fn a_payment_is_paid_only_if_all_that_is_compared_is_ours(
        changes in prop::collection::vec(change(), 0..3),
        status in prop_oneof![4 => Just(200), 1 => statuses()],
    ) {
        let payment = payment("paid", &Value::Object(Map::from_iter(changes)));
        let ours = payment["merchant_uid"] == "dues01-alice-0"
            && payment["amount"].as_f64() == Some(9900.0)
            && payment["currency"] == "KRW"
            && payment["customer_uid"] == "cust_alice"
            && payment["sandbox"] == false
            && payment["status"] == "paid"
            && status == 200;
        let listed = enveloped(&json!({"total": 1, "next": 0, "list": [payment]}));
        let single = enveloped(&payment);
        let answer = charge(status, &single);
        if says_paid(&answer, [&find(status, &listed), &newest(status, &single)]) {
            prop_assert!(ours, "{}", payment);
        }
    }

    #[test]
    fn a_text_that_is_not_an_answer_is_never_a_decline(
        status in statuses().prop_filter("401 is about the token", |status| *status != 401),
        text in ".{0,40}",
    ) {
        let answer = charge(status, &text);
        prop_assert!(matches!(answer, Verdict::Lost(_)), "{:?}", answer);
    }
}
