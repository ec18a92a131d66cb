//! What look-ups find: every form of absence, and every mixture of records.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{judge, word};
use crate::core::answer::{Decline, Finding, Words};
use crate::core::decline::PgName;
use crate::core::dunning::Class;
use crate::core::order::{Order, UidNo};
use crate::gateway::iamport::loopback::{enveloped, order, payment, refusal};
use crate::gateway::iamport::verdict::Verdict;

pub(super) fn find(status: u16, body: &str) -> Verdict<Finding> {
    judge().find(status, body.as_bytes(), &order())
}

pub(super) fn newest(status: u16, body: &str) -> Verdict<Finding> {
    judge().find_newest(status, body.as_bytes(), &order())
}

fn listed(payments: &[Value]) -> String {
    let total = payments.len();
    enveloped(&json!({"total": total, "previous": 0, "next": 0, "list": payments}))
}

/// What a look-up that shows these payments finds, in a word.
pub(super) fn found_in(payments: &[Value]) -> String {
    word(&find(200, &listed(payments)))
}

#[test]
fn an_unknown_uid_is_absent_only_where_the_gateway_says_so() {
    let text = "존재하지 않는 결제정보입니다.";
    for look_up in [find, newest] {
        for (status, code, text) in [
            (404, 1, text),
            (404, 1, ""),
            (404, -1, text),
            (200, 1, text),
            (200, -1, text),
        ] {
            assert_eq!(
                word(&look_up(status, &refusal(code, text))),
                "Absent",
                "{status} {code}"
            );
        }
        for (status, body) in [
            (404, "<html>404 Not Found</html>".to_owned()),
            (404, String::new()),
            (404, r#"{"message":"no route"}"#.to_owned()),
            (404, refusal(0, text)),
            (404, refusal(-1, "Not Found")),
            (200, refusal(1, "권한이 없습니다")),
            (200, refusal(1, "결제 시스템 점검 중입니다")),
            (200, refusal(1, "요청하신 페이지를 찾을 수 없습니다")),
            (404, refusal(-1, "결제 시스템 점검 중입니다")),
            (200, refusal(1, "")),
            (200, refusal(-1, "존재하지 않는 가맹점의 결제입니다")),
            (200, refusal(0, text)),
            (403, refusal(1, text)),
            (500, refusal(1, text)),
            (503, enveloped(&payment("paid", &json!({})))),
            (307, String::new()),
        ] {
            assert_eq!(word(&look_up(status, &body)), "Lost", "{status} {body}");
        }
    }
    assert_eq!(found_in(&[]), "Absent");
    assert_eq!(word(&find(200, &enveloped(&json!({"list": []})))), "Absent");
    assert_eq!(word(&find(200, &enveloped(&json!({})))), "Lost");
}

#[test]
fn a_finding_merges_all_payments_of_the_uid() {
    let of = |status: &str| payment(status, &json!({}));
    let wrong = || payment("paid", &json!({"amount": 1}));
    let (paid, failed, cancelled) = (of("paid"), of("failed"), of("cancelled"));
    let ready = of("ready");

    let all = [&ready, &failed, &cancelled, &paid, &wrong()].map(Clone::clone);
    assert_eq!(found_in(&all), "Mismatch");
    assert_eq!(found_in(&all[..4]), "Paid");
    assert_eq!(found_in(&all[..3]), "Refunded");
    assert_eq!(found_in(&all[..2]), "Unclear");
    assert_eq!(found_in(&[failed.clone(), of("novel")]), "Unclear");
    assert_eq!(found_in(std::slice::from_ref(&failed)), "Failed");
    // One payment on two pages is one payment; two of them are a double charge.
    assert_eq!(found_in(&[paid.clone(), paid.clone()]), "Paid");
    let second = payment("paid", &json!({"imp_uid": "imp_2"}));
    assert_eq!(found_in(&[paid.clone(), second]), "Mismatch");
    // Nor is it the whole truth that ours was paid, while money was taken in another way as well, or
    // the same payment is told in another way.
    for (imp_uid, field, value) in [
        ("imp_448280090638", "customer_uid", json!("cust_bob")),
        ("imp_448280090638", "amount", json!(1)),
        ("imp_2", "amount", json!(1)),
        ("imp_2", "currency", json!("USD")),
        ("imp_2", "sandbox", json!(null)),
    ] {
        let odd = payment("paid", &json!({"imp_uid": imp_uid, field: value}));
        assert_eq!(found_in(&[odd.clone(), paid.clone()]), "Mismatch", "{odd}");
        assert_eq!(found_in(&[paid.clone(), odd.clone()]), "Mismatch", "{odd}");
    }
    // A record of another uid says that the answer is not about ours.
    let other = payment("failed", &json!({"merchant_uid": "other"}));
    assert_eq!(found_in(&[failed.clone(), other]), "Unclear");

    let more = enveloped(&json!({"total": 2, "list": [failed]}));
    assert_eq!(word(&find(200, &more)), "Unclear");
    let more = enveloped(&json!({"total": 2, "list": [paid]}));
    assert_eq!(word(&find(200, &more)), "Paid");
    assert_eq!(word(&newest(200, &enveloped(&cancelled))), "Refunded");
}

#[test]
fn of_failures_the_newest_counts() {
    let at = |failed_at: i64, reason: &str| {
        payment(
            "failed",
            &json!({"failed_at": failed_at, "fail_reason": reason}),
        )
    };
    let (old, new) = (
        at(1_769_900_000, "분실 카드"),
        at(1_770_000_000, "한도초과"),
    );
    for payments in [[old.clone(), new.clone()], [new, old]] {
        let expected = Finding::Failed {
            decline: Decline {
                class: Class::Funds,
                pg: PgName::parse("daou"),
                code: None,
                message: Words::new("한도초과"),
            },
            failed_at: Some(Timestamp::from_second(1_770_000_000).unwrap()),
        };
        assert_eq!(find(200, &listed(&payments)), Verdict::Said(expected));
    }

    // Nothing says how many there are; only a later page than this one is another.
    let failed = [at(1_769_900_000, "분실 카드")];
    let page = |next: i64| enveloped(&json!({"next": next, "list": failed}));
    for (next, found) in [(0, "Failed"), (1, "Failed"), (2, "Unclear")] {
        assert_eq!(word(&find(200, &page(next))), found, "next {next}");
    }

    // An earlier try with the card that the customer had then is a failure of this cycle too.
    let card = payment("failed", &json!({"customer_uid": "cust_old_card"}));
    assert_eq!(found_in(&[card]), "Failed");
    // The PG says it was charged, the gateway does not know of it: nobody may conclude "failed".
    assert_eq!(found_in(&[at(1, "[8128] 중복")]), "Unclear");
    assert_eq!(found_in(&[at(1, "이미 해지된 카드")]), "Failed");
    assert_eq!(found_in(&[at(1, "가맹점 오류")]), "Failed");
}

/// Of many orders at once a payment is believed where it is as asked for, and nothing else is.
#[test]
fn of_many_together_only_a_payment_is_believed() {
    let other = Order {
        merchant_uid: order().merchant_uid.numbered(UidNo::of(1).unwrap()),
        ..order()
    };
    let orders = [order(), other];
    let check = |status: u16, body: &str, expected: &str| {
        let said = judge().paid_of(status, body.as_bytes(), &orders);
        let told = match said {
            Verdict::Said(paid) => paid
                .iter()
                .map(|one| one.as_ref().map_or("-", |receipt| receipt.imp_uid.as_str()))
                .collect::<Vec<_>>()
                .join(" "),
            Verdict::Lost(_) => "Lost".to_owned(),
            Verdict::Unauthorized(_) => "Unauthorized".to_owned(),
        };
        assert_eq!(told, expected, "{status} {body}");
    };
    let paid = payment("paid", &json!({"imp_uid": "imp_1"}));
    let second = json!({"merchant_uid": "dues01-alice-0a1", "imp_uid": "imp_2"});
    let many = |payments: &[Value]| enveloped(&json!(payments));
    check(
        200,
        &many(&[payment("paid", &second), paid.clone()]),
        "imp_1 imp_2",
    );
    check(207, &many(std::slice::from_ref(&paid)), "imp_1 -");
    check(200, &many(&[]), "- -");
    for (status, fields) in [
        ("failed", json!({})),
        ("cancelled", json!({})),
        ("ready", json!({})),
        ("paid", json!({"amount": 1})),
        ("paid", json!({"customer_uid": "cust_bob"})),
        ("paid", json!({"merchant_uid": "dues01-alice-1"})),
    ] {
        check(207, &many(&[payment(status, &fields)]), "- -");
    }
    // Paid twice, or once and once in another way: the whole truth has to be looked up.
    let again = payment("paid", &json!({"imp_uid": "imp_3"}));
    check(200, &many(&[paid.clone(), again]), "- -");
    check(404, &refusal(1, "존재하지 않는 결제정보입니다."), "Lost");
    check(404, "<html>404 Not Found</html>", "Lost");
    check(500, &many(std::slice::from_ref(&paid)), "Lost");
    check(200, &enveloped(&paid), "Lost");
    check(401, &refusal(-1, "Unauthorized"), "Unauthorized");
}
