//! For tests: a server on the loopback that answers as it is told, byte by byte, and remembers what
//! it was asked; and the order and the payment that the tests are about.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::core::calendar::CycleNo;
use crate::core::money::Krw;
use crate::core::order::{
    CustomerUid, Installation, MerchantUid, Order, OrderName, SubscriptionId,
};
use crate::core::particulars::Particulars;

pub(crate) const UID: &str = "dues01-alice-0";

pub(crate) fn order() -> Order {
    let installation = Installation::parse("dues01").unwrap();
    let alice = SubscriptionId::parse("alice").unwrap();
    Order {
        merchant_uid: MerchantUid::of(&installation, &alice, CycleNo::parse(0).unwrap()),
        customer_uid: CustomerUid::parse("cust_alice").unwrap(),
        amount: Krw::parse(9_900).unwrap(),
        name: OrderName::parse("월간 구독").unwrap(),
        particulars: Particulars::default(),
    }
}

/// A payment of that order as the gateway shows it, with some fields changed.
pub(crate) fn payment(status: &str, changed: &Value) -> Value {
    let mut payment = json!({
        "imp_uid": "imp_448280090638", "merchant_uid": UID, "customer_uid": "cust_alice",
        "status": status, "amount": 9900, "cancel_amount": 0, "currency": "KRW", "sandbox": false,
        "pay_method": "card", "channel": "api", "pg_provider": "daou", "pg_tid": "tid", "pg_id": "CTS",
        "apply_num": null, "card_code": "361", "card_name": "BC카드", "card_quota": 0,
        "card_number": "5555********0000", "card_type": null, "name": "월간 구독",
        "buyer_name": "", "buyer_email": null, "custom_data": null, "escrow": false,
        "started_at": 1_769_820_000, "paid_at": 0, "failed_at": 0, "cancelled_at": 0,
        "fail_reason": null, "cancel_reason": null, "cancel_history": [], "receipt_url": null,
    });
    let happened = match status {
        "paid" => "paid_at",
        "failed" => "failed_at",
        "cancelled" => "cancelled_at",
        _ => "started_at",
    };
    payment[happened] = json!(1_769_821_200);
    for (field, value) in changed.as_object().unwrap() {
        payment[field] = value.clone();
    }
    payment
}

pub(crate) fn enveloped(response: &Value) -> String {
    json!({"code": 0, "message": null, "response": response}).to_string()
}

pub(crate) fn refusal(code: i64, message: &str) -> String {
    json!({"code": code, "message": message, "response": null}).to_string()
}

/// The answer to getToken that every test but those of the token begins with.
pub(crate) fn token(text: &str) -> Act {
    Act::json(
        200,
        &enveloped(&json!({
            "access_token": text, "now": 1_769_820_000, "expired_at": 1_769_821_800,
        })),
    )
}

/// What the server was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// Method and path, such as `GET /payments/find/x`.
    pub(crate) what: String,
    pub(crate) head: String,
    pub(crate) body: String,
    /// How often this was asked before.
    pub(crate) before: usize,
}

/// What the server does about it.
pub(crate) enum Act {
    /// Writes these bytes and waits for the next request.
    Write(String),
    /// Writes these bytes and closes.
    WriteThenClose(String),
    /// Resets the connection.
    Reset,
    /// Says nothing, and keeps the connection.
    Silence,
}

impl Act {
    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::Write(http(status, body))
    }
}

pub(crate) fn http(status: u16, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json; charset=UTF-8\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

type Script = dyn Fn(&Asked) -> Act + Send + Sync;

/// The server. It ends when it is dropped.
pub(crate) struct Loopback {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    tasks: JoinSet<()>,
}

impl Loopback {
    pub(crate) async fn start(script: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let script: Arc<Script> = Arc::new(script);

        let mut tasks = JoinSet::new();
        let kept = Arc::clone(&asked);
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, Arc::clone(&script), Arc::clone(&kept)));
            }
        });
        Self { url, asked, tasks }
    }

    /// Closes the listener: from here on connections are refused.
    pub(crate) async fn stop(&mut self) {
        self.tasks.shutdown().await;
    }

    /// Everything that was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    /// How often this was asked, such as `POST /users/getToken`.
    pub(crate) fn times(&self, what: &str) -> usize {
        self.asked()
            .iter()
            .filter(|asked| asked.what == what)
            .count()
    }
}

async fn serve(mut stream: TcpStream, script: Arc<Script>, kept: Arc<Mutex<Vec<Asked>>>) {
    while let Some(asked) = read(&mut stream, &kept).await {
        match script(&asked) {
            Act::Write(bytes) => stream.write_all(bytes.as_bytes()).await.unwrap(),
            Act::WriteThenClose(bytes) => {
                stream.write_all(bytes.as_bytes()).await.ok();
                return;
            }
            Act::Reset => return stream.set_zero_linger().unwrap(),
            Act::Silence => std::future::pending().await,
        }
    }
}

/// Reads one request with its body; `None` when the client has gone.
async fn read(stream: &mut TcpStream, kept: &Mutex<Vec<Asked>>) -> Option<Asked> {
    let mut bytes = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let lower = head.to_lowercase();
            let length = lower.split("content-length: ").nth(1);
            let length = length.map_or(0, |rest| rest.lines().next().unwrap().parse().unwrap());
            if body.len() >= length {
                let what = head.split(" HTTP/").next().unwrap().to_owned();
                let mut kept = kept.lock().unwrap();
                let asked = Asked {
                    before: kept.iter().filter(|asked| asked.what == what).count(),
                    what,
                    head: head.to_owned(),
                    body: body.to_owned(),
                };
                kept.push(asked.clone());
                return Some(asked);
            }
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
}
