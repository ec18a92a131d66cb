//! The simulated gateway as its clients see it. A `Shop` is a merchant with a token and a clock.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its snapshots with them"
)]

mod api;
mod clients;
mod http;
mod open_points;
mod outcomes;
mod process;
mod rate;

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::ledger::Payment;
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::switches::Switches;

pub(super) struct Shop {
    gateway: Behaviour,
    token: String,
    now: Timestamp,
}

pub(super) fn start() -> Timestamp {
    "2026-01-31T10:00:00+09:00".parse().unwrap()
}

impl Shop {
    fn new(switches: Switches) -> Self {
        let mut shop = Self {
            gateway: Behaviour::new(switches),
            token: String::new(),
            now: start(),
        };
        let keys = json!({"imp_key": "key", "imp_secret": "secret"});
        let reply = shop.post("/users/getToken", &keys);
        body(&reply)["response"]["access_token"]
            .as_str()
            .unwrap()
            .clone_into(&mut shop.token);
        shop
    }

    fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
    }

    fn ask(&mut self, method: Method, target: &str, body: &[u8]) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method,
            path,
            query,
            authorization: Some(&self.token),
            content_type: Some("application/json"),
            body,
        };
        self.gateway.handle(&request, self.now)
    }

    fn get(&mut self, target: &str) -> Reply {
        self.ask(Method::Get, target, b"")
    }

    fn post(&mut self, target: &str, fields: &Value) -> Reply {
        self.ask(Method::Post, target, fields.to_string().as_bytes())
    }

    fn charge(&mut self, customer_uid: &str, merchant_uid: &str) -> Reply {
        let fields = json!({
            "customer_uid": customer_uid,
            "merchant_uid": merchant_uid,
            "amount": 9_900,
            "name": "basic",
        });
        self.post("/subscribe/payments/again", &fields)
    }

    /// The books in a line: `paid 9900, failed 9900`, oldest first.
    fn books(&self) -> String {
        let line = |payment: &Payment| {
            let currency = if payment.currency == "KRW" {
                ""
            } else {
                " USD"
            };
            let sandbox = if payment.sandbox { " sandbox" } else { "" };
            let customer = payment
                .customer_uid
                .strip_suffix("-other")
                .map_or("", |_| " of another");
            let status = payment.status.name();
            format!("{status} {}{currency}{sandbox}{customer}", payment.amount)
        };
        let lines: Vec<String> = self.gateway.ledger().payments().iter().map(line).collect();
        lines.join(", ")
    }
}

/// The body as JSON; null if it is none.
pub(super) fn body(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap_or(Value::Null)
}

/// An answer in a line: `200 code 0 paid`, `502 page`, `404 code 1`.
pub(super) fn line(reply: &Reply) -> String {
    let json = body(reply);
    let said = match (json["code"].as_i64(), json["response"]["status"].as_str()) {
        (Some(code), Some(status)) => format!("code {code} {status}"),
        (Some(code), None) if json["response"]["list"].is_array() => {
            format!(
                "code {code} list of {}",
                json["response"]["list"].as_array().unwrap().len()
            )
        }
        (Some(code), None) => format!("code {code}"),
        (None, _) if json.is_object() => "no code".to_owned(),
        (None, _) if reply.body.is_empty() => "empty".to_owned(),
        (None, _) => "page".to_owned(),
    };
    format!("{} {said}", reply.status)
}
