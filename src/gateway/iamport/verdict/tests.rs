//! GATEWAY section 3, row by row, in the documented forms and in those seen live; and what must hold
//! for any bytes whatever.

use serde_json::{Value, json};

use super::*;
use crate::core::decline::PgName;
use crate::gateway::iamport::loopback::{enveloped, order, payment, refusal};
use crate::gateway::iamport::verdict::tests::look_up::{find, found_in};

mod any;
mod look_up;

fn judge() -> Judge {
    Judge {
        mode: Mode::Live,
        codes: Codes::default(),
    }
}

fn charge(status: u16, body: &str) -> Verdict<Answer> {
    judge().charge(status, body.as_bytes(), &order())
}

/// The answer to a charge about such a payment, in a word.
fn about(status: &str, changed: &Value) -> String {
    word(&charge(200, &enveloped(&payment(status, changed))))
}

fn word<T: std::fmt::Debug>(verdict: &Verdict<T>) -> String {
    let text = format!("{verdict:?}");
    let said = text.strip_prefix("Said(").unwrap_or(&text);
    let end = said.find(['(', ' ', ')']).unwrap_or(said.len());
    said[..end].to_owned()
}

#[test]
fn what_cannot_be_read_is_in_doubt() {
    let paid = enveloped(&payment("paid", &json!({})));
    for status in [
        100, 201, 204, 207, 301, 302, 307, 403, 405, 408, 429, 500, 502, 503, 504, 520,
    ] {
        let page = "<html>sorry</html>".to_owned();
        for body in [
            &paid,
            &page,
            &String::new(),
            &refusal(1, "한도초과"),
            &refusal(-1, "이미"),
        ] {
            assert_eq!(word(&charge(status, body)), "Lost", "{status} {body}");
        }
    }
    for body in [
        "",
        "OK",
        "<html></html>",
        "[]",
        "null",
        "{}",
        r#"{"message":"ok","response":null}"#,
        r#"{"code":"0","response":null}"#,
        r#"{"code":0,"message":null,"response":null}"#,
        r#"{"code":0,"message":null,"response":{}}"#,
        r#"{"code":0,"message":null,"response":[]}"#,
    ] {
        assert_eq!(word(&charge(200, body)), "Lost", "{body}");
    }
    for body in ["", "<html>404</html>", r#"{"error":"not found"}"#] {
        assert_eq!(word(&charge(404, body)), "Lost", "{body}");
        assert_eq!(word(&charge(400, body)), "Lost", "{body}");
    }
    for status in ["ready", "settling", "", "PAID"] {
        assert_eq!(about(status, &json!({"paid_at": 1})), "Lost", "{status}");
    }
    // A refusal that carries a payment contradicts itself.
    let both = json!({"code": 1, "message": "", "response": payment("failed", &json!({}))});
    assert_eq!(word(&charge(200, &both.to_string())), "Lost");
}

#[test]
fn paid_and_ours_is_paid() {
    let Verdict::Said(Answer::Paid(receipt)) = charge(
        200,
        &enveloped(&payment(
            "paid",
            &json!({"amount": 9900.0, "paid_at": 1_769_821_200.5}),
        )),
    ) else {
        panic!("not paid")
    };
    assert_eq!(receipt.imp_uid.as_str(), "imp_448280090638");
    assert_eq!(receipt.paid_at.as_second(), 1_769_821_200);
    assert_eq!(receipt.refunded_won, 0);
    assert_eq!(
        about(
            "paid",
            &json!({"cancel_amount": null, "novelty": {"a": [1]}})
        ),
        "Paid"
    );
    assert_eq!(about("paid", &json!({"cancel_amount": 900})), "Paid");
    assert_eq!(about("paid", &json!({"cancel_amount": 9900})), "Refunded");
}

#[test]
fn paid_and_different_is_a_mismatch_and_paid_and_not_said_is_looked_up() {
    for changed in [
        json!({"merchant_uid": "dues01-alice-1"}),
        json!({"amount": 9901}),
        json!({"amount": 990}),
        json!({"currency": "USD"}),
        json!({"customer_uid": "cust_bob"}),
        json!({"sandbox": true}),
        json!({"cancel_amount": -1}),
        json!({"cancel_amount": 9901}),
        json!({"imp_uid": "imp with blanks"}),
        json!({"sandbox": null, "amount": 1}),
    ] {
        assert_eq!(about("paid", &changed), "Mismatch", "{changed}");
        assert_eq!(
            found_in(&[payment("paid", &changed)]),
            "Mismatch",
            "{changed}"
        );
    }
    for changed in [
        json!({"merchant_uid": null}),
        json!({"amount": null}),
        json!({"amount": "9900"}),
        json!({"amount": 9900.5}),
        json!({"currency": ""}),
        json!({"customer_uid": ""}),
        json!({"customer_uid": null}),
        json!({"sandbox": null}),
        json!({"sandbox": 0}),
        json!({"imp_uid": ""}),
        json!({"paid_at": 0}),
    ] {
        assert_eq!(about("paid", &changed), "Settled", "{changed}");
        assert_eq!(
            found_in(&[payment("paid", &changed)]),
            "Mismatch",
            "{changed}"
        );
    }
}

#[test]
fn in_test_mode_only_test_payments_are_ours() {
    let judge = Judge {
        mode: Mode::Test,
        codes: Codes::default(),
    };
    for (sandbox, expected) in [(true, "Paid"), (false, "Mismatch")] {
        let body = enveloped(&payment("paid", &json!({ "sandbox": sandbox })));
        let verdict = judge.charge(200, body.as_bytes(), &order());
        assert_eq!(word(&verdict), expected);
    }
}

#[test]
fn a_failed_payment_is_declined_by_its_reason() {
    let reason = |text: &str| json!({ "fail_reason": text });
    assert_eq!(
        charge(
            200,
            &enveloped(&payment("failed", &reason("[51] 한도초과")))
        ),
        Verdict::Said(Answer::Declined(Decline {
            class: Class::Funds,
            pg: PgName::parse("daou"),
            code: Some("51".to_owned()),
            message: Words::new("[51] 한도초과"),
        }))
    );
    assert_eq!(about("failed", &json!({"fail_reason": null})), "Declined");
    assert_eq!(
        about("failed", &json!({"amount": 0, "customer_uid": null})),
        "Declined"
    );
    assert_eq!(about("failed", &reason("중복 거래")), "Settled");
    assert_eq!(about("failed", &reason("이미 해지된 카드")), "Refused");
    assert_eq!(about("failed", &reason("등록되지 않은 가맹점")), "Barred");
    // Somebody else's failure is not ours.
    assert_eq!(about("failed", &json!({"merchant_uid": "other"})), "Lost");
    assert_eq!(about("failed", &json!({"merchant_uid": null})), "Lost");
    assert_eq!(
        about("failed", &json!({"customer_uid": "cust_bob"})),
        "Lost"
    );
}

#[test]
fn a_cancelled_payment_was_refunded() {
    let whole = json!({"cancel_amount": 9900, "paid_at": 1_769_821_000});
    assert_eq!(about("cancelled", &whole), "Refunded");
    assert_eq!(
        about("cancelled", &json!({"cancel_amount": null})),
        "Refunded"
    );
    assert_eq!(about("cancelled", &json!({"amount": 1})), "Mismatch");
    assert_eq!(
        about("cancelled", &json!({"customer_uid": null})),
        "Settled"
    );
}

#[test]
fn a_refusal_is_read_by_its_text_whatever_its_status() {
    for (status, code) in [(200, 1), (200, -1), (200, 3), (404, 1), (409, 1)] {
        let refused = |text: &str| word(&charge(status, &refusal(code, text)));
        assert_eq!(refused("이미 주문이 이루어진 주문번호입니다."), "Settled");
        assert_eq!(refused("[8094] 오류"), "Settled");
        assert_eq!(refused("등록되지 않은 구매자입니다."), "NoCard");
        assert_eq!(refused("[0051] 한도초과"), "Refused");
        assert_eq!(refused("이미 해지된 카드"), "Refused");
        assert_eq!(refused("등록된 가맹점이 아닙니다"), "Barred");
        assert_eq!(refused("알 수 없는 오류"), "Refused");
        assert_eq!(refused(""), "Refused");
    }
    let silent = r#"{"code":1,"message":null,"response":null}"#;
    assert_eq!(word(&charge(200, silent)), "Refused");
    assert_eq!(word(&charge(200, r#"{"code":-1}"#)), "Refused");

    let text = "[0054] 유효기간 경과";
    assert_eq!(
        charge(200, &refusal(-1, text)),
        Verdict::Said(Answer::Refused(Decline {
            class: Class::NewCard,
            pg: None,
            code: Some("0054".to_owned()),
            message: Words::new(text),
        }))
    );
}

#[test]
fn http_400_is_our_fault_and_401_the_tokens() {
    assert_eq!(
        word(&charge(400, &refusal(1, "amount 파라메터 누락"))),
        "Malformed"
    );
    assert_eq!(
        word(&charge(400, &refusal(1, "이미 주문이 이루어진"))),
        "Settled"
    );
    assert_eq!(
        word(&charge(400, &refusal(1, "등록되지 않은 구매자"))),
        "NoCard"
    );
    assert_eq!(word(&charge(400, r#"{"code":0,"response":null}"#)), "Lost");

    for body in [
        refusal(-1, "Unauthorized"),
        refusal(0, ""),
        String::new(),
        "<html>".to_owned(),
    ] {
        assert_eq!(word(&charge(401, &body)), "Unauthorized", "{body}");
        assert_eq!(word(&find(401, &body)), "Unauthorized", "{body}");
    }
    let paid = enveloped(&payment("paid", &json!({})));
    assert_eq!(word(&charge(401, &paid)), "Lost");
}

#[test]
fn a_token_is_read_with_the_life_that_their_clock_gives_it() {
    let read = |status, body: &str| issued(status, body.as_bytes());
    let body = json!({"access_token": "t", "now": 1_769_820_000.25, "expired_at": 1_769_821_800});
    let (token, now) = read(200, &enveloped(&body)).unwrap();
    assert_eq!(
        (token.life.as_secs(), now.as_second()),
        (1_800, 1_769_820_000)
    );

    for (status, body) in [
        (401, refusal(-1, "")),
        (400, refusal(1, "")),
        (403, "<html>".into()),
        (200, refusal(-1, "")),
    ] {
        assert!(
            matches!(read(status, &body), Err(Refusal::Key(_))),
            "{status} {body}"
        );
    }
    let timeless = enveloped(&json!({"access_token": "t"}));
    for (status, body) in [
        (500, refusal(-1, "")),
        (200, String::new()),
        (404, "<html>".into()),
        (200, timeless),
        // A token, and a status that says that there is none.
        (500, enveloped(&body)),
    ] {
        assert!(
            matches!(read(status, &body), Err(Refusal::Silence(_))),
            "{status} {body}"
        );
    }
}
