//! The calls of the documented API.

use expect_test::expect;
use serde_json::json;

use super::{Shop, body, line};
use crate::gateway::simulator::request::Method;
use crate::gateway::simulator::switches::{Customers, ErrorForm, Keys, Switches};

#[test]
fn a_token_lives_half_an_hour_and_grows_at_its_end() {
    let mut shop = Shop::new(Switches::honest());
    let keys = json!({"imp_key": "key", "imp_secret": "secret"});
    let mut ask = |wait| {
        shop.wait(wait);
        let json = body(&shop.post("/users/getToken", &keys));
        let response = &json["response"];
        let left = response["expired_at"].as_i64().unwrap() - response["now"].as_i64().unwrap();
        (response["access_token"].as_str().unwrap().to_owned(), left)
    };

    let (first, left) = ask(0);
    assert_eq!(left, 1800);
    assert_eq!(ask(1740), (first.clone(), 60));
    assert_eq!(ask(1), (first.clone(), 359));
    let (second, left) = ask(359);
    assert!(second != first && left == 1800);
}

#[test]
fn keys_and_tokens_are_checked() {
    let mut shop = Shop::new(Switches {
        keys: Some(Keys {
            key: "key".to_owned(),
            secret: "secret".to_owned(),
        }),
        ..Switches::honest()
    });
    let mut ask = |keys| line(&shop.post("/users/getToken", &keys));
    assert_eq!(
        ask(json!({"imp_key": "key", "imp_secret": "guess"})),
        "401 code -1"
    );
    assert_eq!(ask(json!({"imp_key": "key"})), "400 code 1");

    assert_eq!(line(&shop.get("/users/pg")), "200 code 0");
    shop.wait(1800);
    assert_eq!(line(&shop.get("/users/pg")), "401 code -1");
    shop.token = "stale".to_owned();
    assert_eq!(line(&shop.charge("cust", "shop-s-0")), "401 code -1");
    assert_eq!(shop.gateway.ledger().tries("shop-s-0"), 0);
}

#[test]
fn the_payment_object() {
    let mut shop = Shop::new(Switches::honest());
    let reply = shop.charge("cust_1", "shop-s-0");
    let text = serde_json::to_string_pretty(&body(&reply)["response"]).unwrap();
    expect![[r#"
        {
          "amount": 9900,
          "apply_num": "00000001",
          "buyer_email": null,
          "buyer_name": null,
          "buyer_tel": null,
          "cancel_amount": 0,
          "cancel_history": [],
          "cancel_reason": null,
          "cancelled_at": 0,
          "card_code": "361",
          "card_name": "BC카드",
          "card_number": "9490-****-****-1234",
          "card_quota": 0,
          "card_type": 0,
          "channel": {
            "channel_key": "channel-key-00000000-0000-0000-0000-000000000000",
            "channel_name": "simulated",
            "pg_id": "CSIM0001",
            "pg_provider": "daou",
            "sandbox": false,
            "type": "live"
          },
          "currency": "KRW",
          "custom_data": null,
          "customer_uid": "cust_1",
          "customer_uid_usage": "payment",
          "fail_reason": null,
          "failed_at": 0,
          "imp_uid": "imp_000000000001",
          "merchant_uid": "shop-s-0",
          "name": "basic",
          "paid_at": 1769821200,
          "pay_method": "card",
          "pg_id": "CSIM0001",
          "pg_provider": "daou",
          "pg_tid": "SIM00000000000000001",
          "receipt_url": "https://simulator.invalid/receipt/SIM00000000000000001",
          "sandbox": false,
          "started_at": 1769821200,
          "status": "paid"
        }"#]]
    .assert_eq(&text);
}

#[test]
fn a_request_that_lacks_something_is_refused() {
    let mut shop = Shop::new(Switches::honest());
    let good = json!({"customer_uid": "c", "merchant_uid": "m", "amount": 100});
    let wrong = [
        ("customer_uid", json!("")),
        ("customer_uid", json!("c".repeat(81))),
        ("customer_uid", json!("sim-declin-funds")),
        ("merchant_uid", json!(null)),
        ("merchant_uid", json!("m".repeat(41))),
        ("amount", json!(0)),
        ("amount", json!(-100)),
        ("amount", json!(99.5)),
        ("amount", json!("lots")),
        ("amount", json!({"total": 100})),
        ("amount", json!(null)),
    ];
    for (field, value) in wrong {
        let mut fields = good.clone();
        fields[field] = value;
        let reply = shop.post("/subscribe/payments/again", &fields);
        assert_eq!(line(&reply), "400 code 1", "{fields}");
    }
    assert_eq!(shop.books(), "");
    assert_eq!(
        line(&shop.post("/subscribe/payments/again", &good)),
        "200 code 0 paid"
    );
}

#[test]
fn look_ups() {
    let mut shop = Shop::new(Switches::honest());
    shop.charge("sim-decline-funds-then-pay", "shop-a-0");
    shop.wait(60);
    shop.charge("sim-decline-funds-then-pay", "shop-a-0");
    shop.charge("cust", "shop-b-0");

    let cases = [
        ("/payments/find/shop-a-0", "200 code 0 paid"),
        ("/payments/find/shop-a-0/failed", "200 code 0 failed"),
        ("/payments/find/shop-a-0/cancelled", "404 code 1"),
        ("/payments/find/shop-a-0/strange", "400 code 1"),
        ("/payments/find/shop-x-0", "404 code 1"),
        ("/payments/findAll/shop-a-0", "200 code 0 list of 2"),
        ("/payments/findAll/shop-a-0/paid", "200 code 0 list of 1"),
        (
            "/payments/findAll/shop-a-0?page=2&limit=1",
            "200 code 0 list of 1",
        ),
        ("/payments/findAll/shop-x-0", "404 code 1"),
        ("/payments/imp_000000000001", "200 code 0 failed"),
        ("/payments/imp_000000000009", "404 code 1"),
        (
            "/payments?merchant_uid[]=shop-a-0&imp_uid[]=imp_000000000003",
            "200 code 0",
        ),
        (
            "/payments?merchant_uid%5B%5D=shop-a-0&merchant_uid%5B%5D=shop-x-0",
            "207 code 0",
        ),
        ("/payments?merchant_uid[]=shop-x-0", "404 code 1"),
        ("/payments", "400 code 1"),
        ("/payments/status/all", "200 code 0 list of 3"),
        ("/payments/status/paid?limit=1", "200 code 0 list of 1"),
        ("/payments/status/paid?to=1", "200 code 0 list of 0"),
        ("/subscribe/customers/cust/payments", "200 code 0 list of 1"),
        ("/no/such/path", "404 page"),
    ];
    for (target, expected) in cases {
        assert_eq!(line(&shop.get(target)), expected, "{target}");
    }

    let json = body(&shop.get("/payments/findAll/shop-a-0?page=1&limit=1"));
    let page = &json["response"];
    assert_eq!(
        (&page["total"], &page["previous"], &page["next"]),
        (&json!(2), &json!(0), &json!(2))
    );
    assert_eq!(page["list"][0]["status"], "paid", "the newest comes first");
}

#[test]
fn a_test_payment_hides_from_one_call() {
    let mut shop = Shop::new(Switches {
        sandbox: true,
        ..Switches::honest()
    });
    shop.charge("cust", "shop-a-0");
    assert_eq!(line(&shop.get("/payments/imp_000000000001")), "404 code 1");
    let target = "/payments/imp_000000000001?include_sandbox=true";
    assert_eq!(line(&shop.get(target)), "200 code 0 paid");
    assert_eq!(
        line(&shop.get("/payments/find/shop-a-0")),
        "200 code 0 paid"
    );
}

#[test]
fn a_refund_is_a_compare_and_swap() {
    let mut shop = Shop::new(Switches::honest());
    shop.charge("cust", "shop-a-0");
    let uid = "shop-a-0";
    let cases = [
        (json!({"merchant_uid": "shop-x-0"}), "200 code 1"),
        (
            json!({"merchant_uid": uid, "checksum": 9_000}),
            "200 code 1",
        ),
        (
            json!({"merchant_uid": uid, "amount": 900, "checksum": 9_900}),
            "200 code 0 paid",
        ),
        (
            json!({"merchant_uid": uid, "amount": 900, "checksum": 9_900}),
            "200 code 1",
        ),
        (json!({"merchant_uid": uid, "amount": 9_001}), "200 code 1"),
        (
            json!({"imp_uid": "imp_000000000001", "checksum": 9_000}),
            "200 code 0 cancelled",
        ),
        (json!({"merchant_uid": uid}), "200 code 1"),
        (json!({"amount": 1}), "400 code 1"),
    ];
    for (fields, expected) in cases {
        assert_eq!(
            line(&shop.post("/payments/cancel", &fields)),
            expected,
            "{fields}"
        );
    }

    let json = body(&shop.get("/payments/find/shop-a-0"));
    assert_eq!(json["response"]["cancel_amount"], 9_900);
    assert_eq!(
        json["response"]["cancel_history"].as_array().unwrap().len(),
        2
    );
    // A refunded uid stays settled.
    assert_eq!(line(&shop.charge("cust", uid)), "200 code 1");
    let books = shop.gateway.ledger();
    assert_eq!((books.times_paid(uid), books.net_successes(uid)), (1, 0));
    assert_eq!(books.totals().collected_won, 0);
}

#[test]
fn cards_are_issued_and_deleted() {
    let mut shop = Shop::new(Switches {
        customers: Customers::Registered,
        ..Switches::honest()
    });
    let card = json!({"card_number": "4000-0000-0000-0000", "expiry": "2030-01"});
    let path = "/subscribe/customers/cust";

    assert_eq!(line(&shop.charge("cust", "shop-a-0")), "200 code 1");
    assert_eq!(line(&shop.get(path)), "200 code 1");
    assert_eq!(
        line(&shop.post(path, &json!({"expiry": "2030-01"}))),
        "400 code 1"
    );
    assert_eq!(line(&shop.post(path, &card)), "200 code 0");
    assert_eq!(line(&shop.get(path)), "200 code 0");
    let many = "/subscribe/customers?customer_uid[]=cust&customer_uid[]=other";
    assert_eq!(line(&shop.get(many)), "207 code 0");
    assert_eq!(line(&shop.charge("cust", "shop-a-0")), "200 code 0 paid");
    assert_eq!(line(&shop.ask(Method::Delete, path, b"")), "200 code 0");

    let reply = shop.charge("cust", "shop-a-1");
    assert_eq!(line(&reply), "200 code 1");
    assert!(
        body(&reply)["message"]
            .as_str()
            .unwrap()
            .contains("등록되지 않은 구매자")
    );
    let documented = Switches {
        errors: ErrorForm::Documented,
        ..shop.gateway.switches().clone()
    };
    shop.gateway.set_switches(documented);
    assert_eq!(line(&shop.charge("cust", "shop-a-1")), "404 code 1");
}

#[test]
fn a_card_used_once_is_kept_if_it_gets_a_name() {
    let mut shop = Shop::new(Switches {
        customers: Customers::Registered,
        ..Switches::honest()
    });
    let path = "/subscribe/payments/onetime";
    let mut fields = json!({"merchant_uid": "m-1", "amount": 100, "expiry": "2030-01"});
    assert_eq!(line(&shop.post(path, &fields)), "400 code 1");
    fields["card_number"] = json!("4000-0000-0000-0000");
    assert_eq!(line(&shop.post(path, &fields)), "200 code 0 paid");
    fields["merchant_uid"] = json!("m-2");
    fields["customer_uid"] = json!("cust");
    assert_eq!(line(&shop.post(path, &fields)), "200 code 0 paid");
    assert_eq!(line(&shop.charge("cust", "m-3")), "200 code 0 paid");
}
