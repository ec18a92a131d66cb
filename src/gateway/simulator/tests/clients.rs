//! Clients in the wild (GATEWAY section 8): the odd ways in which they say the same thing.

use super::{Shop, line};
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::switches::Switches;

#[test]
fn raw_and_bearer_tokens_json_and_forms() {
    let json = br#" {"customer_uid":"c","merchant_uid":"M","amount":"100"}"#;
    let number = br#"{"customer_uid":7,"merchant_uid":12,"amount":100,"name":null,"x":[1]}"#;
    let form = b"customer_uid=c%20c&merchant_uid=M&amount=100&name=%EC%9D%B4";
    let cases: [(&str, Option<&str>, &[u8]); 6] = [
        ("", Some("application/json; charset=utf-8"), json),
        ("Bearer ", Some("application/json"), number),
        ("", None, json),
        ("Bearer ", Some("application/x-www-form-urlencoded"), form),
        (
            "",
            Some("application/x-www-form-urlencoded; charset=UTF-8"),
            form,
        ),
        ("", None, form),
    ];
    for (prefix, content_type, body) in cases {
        let mut shop = Shop::new(Switches::honest());
        let token = format!("{prefix}{}", shop.token);
        let request = Request {
            method: Method::Post,
            path: "/subscribe/payments/again/",
            query: "",
            authorization: Some(&token),
            content_type,
            body,
        };
        let reply = shop.gateway.handle(&request, shop.now);
        let sent = String::from_utf8_lossy(body);
        assert_eq!(
            line(&reply),
            "200 code 0 paid",
            "{prefix:?} {content_type:?} {sent}"
        );
    }
}

#[test]
fn slashes_and_undefined() {
    let mut shop = Shop::new(Switches::honest());
    shop.charge("cust", "order 1/2");
    for ending in ["", "/", "/undefined", "/undefined/", "/paid"] {
        let target = format!("/payments/find/order%201%2F2{ending}");
        assert_eq!(line(&shop.get(&target)), "200 code 0 paid", "{target}");
    }
}
