//! The port in process, with a reading simple enough to see through.

use std::future::ready;
use std::sync::Mutex;
use std::time::Duration;

use super::start;
use crate::core::answer::{Answer, Finding, Unanswered, Words};
use crate::core::money::Krw;
use crate::core::order::{
    CustomerUid, Installation, MerchantUid, Order, OrderName, SubscriptionId,
};
use crate::core::particulars::Particulars;
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::process::{InProcess, Reading};
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::{Keys, Switches};
use crate::gateway::{Gateway, Refusal};

fn words(status: u16, body: &[u8]) -> Result<Words, Unanswered> {
    let json: serde_json::Value = serde_json::from_slice(body)
        .map_err(|problem| Unanswered::Lost(Words::new(&problem.to_string())))?;
    let shown = json["response"]["status"].as_str();
    let listed = json["response"]["list"][0]["status"].as_str();
    let said = shown.or(listed).unwrap_or_default();
    Ok(Words::new(&format!("{status} {} {said}", json["code"])))
}

const READING: Reading = Reading {
    charge: |status, body, _| words(status, body).map(Answer::Settled),
    find: |status, body, _| words(status, body).map(Finding::Unclear),
    paid_of: |_, _, orders| Ok(vec![None; orders.len()]),
};

fn keys(secret: &str) -> Keys {
    Keys {
        key: "key".to_owned(),
        secret: secret.to_owned(),
    }
}

fn order(customer_uid: &str) -> Order {
    Order {
        merchant_uid: MerchantUid::of(
            &Installation::parse("shop").unwrap(),
            &SubscriptionId::parse("s").unwrap(),
            crate::core::calendar::CycleNo::parse(0).unwrap(),
        ),
        customer_uid: CustomerUid::parse(customer_uid).unwrap(),
        amount: Krw::parse(9_900).unwrap(),
        name: OrderName::parse("기본").unwrap(),
        particulars: Particulars::default(),
    }
}

fn said(result: Result<Answer, Unanswered>) -> String {
    match result {
        Ok(Answer::Settled(words)) => words.to_string(),
        Ok(other) => format!("{other:?}"),
        Err(Unanswered::NotSent(words)) => format!("not sent: {words}"),
        Err(Unanswered::Lost(words) | Unanswered::TooOften { words, .. }) => {
            format!("lost: {words}")
        }
    }
}

#[tokio::test]
async fn charges_look_ups_and_lost_answers() {
    let cases = [
        ("sim-pay", "200 0 paid", "200 0 paid"),
        ("sim-decline-funds", "200 0 failed", "200 0 failed"),
        (
            "sim-cut-paid",
            "lost: connection closed before an answer",
            "200 0 paid",
        ),
        (
            "sim-cut-unpaid",
            "lost: connection closed before an answer",
            "404 1",
        ),
        ("sim-unreachable", "not sent: connection refused", "404 1"),
        (
            "sim-time-out-unpaid",
            "lost: no answer within the deadline",
            "404 1",
        ),
        ("sim-unauthorized-then-pay", "200 0 paid", "200 0 paid"),
        ("sim-unauthorized-x2-then-pay", "401 -1", "404 1"),
    ];
    for (customer, answer, finding) in cases {
        let shared = Shared::new(Behaviour::new(Switches::honest()), start);
        let deadline = Duration::from_mins(1);
        let port = InProcess::new(shared, keys("secret"), READING, deadline, |_| ready(()));

        assert_eq!(
            said(port.charge(&order(customer)).await),
            answer,
            "{customer}"
        );
        let Ok(Finding::Unclear(found)) = port.find(&order(customer)).await else {
            panic!("{customer}");
        };
        assert_eq!(found.as_str(), finding, "{customer}");
    }
}

#[tokio::test]
async fn half_an_answer_is_given_to_the_reading() {
    let shared = Shared::new(Behaviour::new(Switches::honest()), start);
    let deadline = Duration::from_mins(1);
    let port = InProcess::new(shared, keys("secret"), READING, deadline, |_| ready(()));
    let answer = said(port.charge(&order("sim-truncated-paid")).await);
    assert!(answer.starts_with("lost: EOF while parsing"), "{answer}");
    assert_eq!(
        port.shared()
            .with(|gateway, _| gateway.ledger().totals().paid),
        1
    );
}

#[tokio::test]
async fn check_tells_the_time_or_why_not() {
    let switches = Switches {
        keys: Some(keys("secret")),
        ..Switches::honest()
    };
    let shared = Shared::new(Behaviour::new(switches), start);
    let deadline = Duration::from_mins(1);
    let good = InProcess::new(shared.clone(), keys("secret"), READING, deadline, |_| {
        ready(())
    });
    assert_eq!(good.check().await, Ok(start()));
    let bad = InProcess::new(shared, keys("guess"), READING, deadline, |_| ready(()));
    assert!(matches!(bad.check().await, Err(Refusal::Key(_))));
}

#[tokio::test]
async fn waits_are_the_callers_and_end_at_the_deadline() {
    static WAITED: Mutex<Vec<u64>> = Mutex::new(Vec::new());
    let sleep = |span: Duration| {
        WAITED.lock().unwrap().push(span.as_secs());
        ready(())
    };
    let shared = Shared::new(Behaviour::new(Switches::honest()), start);
    let port = InProcess::new(
        shared,
        keys("secret"),
        READING,
        Duration::from_mins(1),
        sleep,
    );
    said(port.charge(&order("sim-time-out-paid")).await);
    assert_eq!(*WAITED.lock().unwrap(), [60]);
}
