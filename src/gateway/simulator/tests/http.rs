//! Over loopback, as a merchant's own tests would use it.

use expect_test::expect;
use reqwest::{Client, Response, redirect, retry};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::start;
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::http::serve;
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::Switches;

struct Merchant {
    client: Client,
    base: String,
    token: String,
}

impl Merchant {
    async fn put(&self, path: &str, body: &str) -> (u16, String) {
        let request = self.client.put(format!("{}{path}", self.base));
        let response = request.body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    async fn get(&self, path: &str) -> String {
        let request = self.client.get(format!("{}{path}", self.base));
        let request = request.header("Authorization", &self.token);
        request.send().await.unwrap().text().await.unwrap()
    }

    async fn charge(&self, customer_uid: &str, merchant_uid: &str) -> reqwest::Result<Response> {
        let path = "/subscribe/payments/again";
        let body = json!({
            "customer_uid": customer_uid, "merchant_uid": merchant_uid, "amount": 9_900,
        });
        let request = self.client.post(format!("{}{path}", self.base));
        request.bearer_auth(&self.token).json(&body).send().await
    }

    async fn found(&self, merchant_uid: &str) -> String {
        let text = self.get(&format!("/payments/find/{merchant_uid}")).await;
        let json: Value = serde_json::from_str(&text).unwrap();
        json["response"]["status"]
            .as_str()
            .unwrap_or("absent")
            .to_owned()
    }
}

async fn open(switches: Switches) -> (Merchant, impl Future<Output = ()>) {
    // A second test in this process finds the provider installed already.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let shared = Shared::new(Behaviour::new(switches), start);

    let (stop, stopped) = oneshot::channel::<()>();
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(serve(listener, shared, async { stopped.await.unwrap() }));

    let client = Client::builder()
        .no_proxy()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .build()
        .unwrap();
    let form = client.post(format!("{base}/users/getToken"));
    let form = form.header("Content-Type", "application/x-www-form-urlencoded");
    let response = form
        .body("imp_key=key&imp_secret=secret")
        .send()
        .await
        .unwrap();
    let json: Value = response.json().await.unwrap();
    let token = json["response"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned();

    let close = async move {
        stop.send(()).unwrap();
        tasks.join_next().await.unwrap().unwrap().unwrap();
    };
    (
        Merchant {
            client,
            base,
            token,
        },
        close,
    )
}

#[tokio::test]
async fn answers_arrive_break_off_or_are_lost() {
    let (merchant, close) = open(Switches::honest()).await;

    let paid = merchant.charge("cust", "a-0").await.unwrap();
    assert_eq!(paid.status(), 200);
    let paid: Value = paid.json().await.unwrap();
    assert_eq!(paid["response"]["status"], "paid");

    let lost = merchant.charge("sim-lose-answer", "a-1").await.unwrap_err();
    assert!(lost.is_request() && !lost.is_connect(), "{lost:?}");
    assert_eq!(merchant.found("a-1").await, "paid");

    let lost = merchant
        .charge("sim-lose-request", "a-2")
        .await
        .unwrap_err();
    assert!(lost.is_request() && !lost.is_connect(), "{lost:?}");
    assert_eq!(merchant.found("a-2").await, "absent");

    let mut broken = merchant.charge("sim-truncated", "a-3").await.unwrap();
    assert_eq!(broken.status(), 200);
    let half = broken.chunk().await.unwrap().unwrap();
    assert!(half.starts_with(b"{\"code\":0"), "half of it is seen");
    assert!(broken.chunk().await.is_err(), "and then it breaks off");
    assert_eq!(merchant.found("a-3").await, "paid");

    let moved = merchant.charge("sim-redirect", "a-4").await.unwrap();
    assert_eq!(moved.status(), 307);
    assert_eq!(moved.headers()["location"], "/subscribe/payments/again");
    close.await;
}

#[tokio::test]
async fn the_control_surface() {
    let (merchant, close) = open(Switches::honest()).await;

    let script = r#"["decline-funds", "pay"]"#;
    assert_eq!(
        merchant
            .put("/simulator/customers/alice/script", script)
            .await
            .0,
        200
    );
    merchant.charge("alice", "a-0").await.unwrap();
    merchant.charge("alice", "a-0").await.unwrap();
    merchant.charge("bob", "b-0").await.unwrap();

    expect![[r#"{"payments":3,"ready":0,"paid":2,"failed":1,"cancelled":0,"collected_won":19800,"double_charges":0,"doubly_charged":[]}"#]].assert_eq(&merchant.get("/simulator/ledger").await);
    expect![[r#"
        {"number":2,"merchant_uid":"a-0","customer_uid":"alice","amount":9900,"refunded":0,"status":"paid","imp_uid":"imp_000000000002","at":"2026-01-31T01:00:00Z"}
    "#]].assert_eq(&merchant.get("/simulator/payments?after=1&limit=1").await);

    let (status, problem) = merchant
        .put("/simulator/customers/alice/script", r#"["pey"]"#)
        .await;
    assert!(
        status == 400 && problem.contains("known are: pay, decline-funds"),
        "{problem}"
    );
    let (status, problem) = merchant
        .put("/simulator/switches", r#"{"latency": 3}"#)
        .await;
    assert!(status == 400 && problem.contains("latency_ms"), "{problem}");
    let rates = r#"{"charge_rates": {"cut-paid": 900000, "pay": 200000}}"#;
    let (status, problem) = merchant.put("/simulator/switches", rates).await;
    assert!(
        status == 400 && problem.contains("add up to 1100000"),
        "{problem}"
    );

    let changes = r#"{"seed": 7, "duplicates": "check-then-act", "lookup_lag_ms": 250,
                      "charge_rates": {"cut-paid": 20000}, "lookup_rates": {"http-502": 1}}"#;
    let (status, switches) = merchant.put("/simulator/switches", changes).await;
    assert_eq!(status, 200);
    expect![[r#"{"seed":7,"keys":null,"sandbox":false,"duplicates":"check-then-act","reuse_after_decline":"allowed","in_flight":"shown","customers":"anybody","errors":"live","refusal_code":1,"calls_per_second":0,"latency_ms":0,"lookup_lag_ms":250,"time_out_ms":90000,"charge_rates":{"cut-paid":20000},"lookup_rates":{"http-502":1}}"#]].assert_eq(&switches);

    let reset = merchant
        .client
        .post(format!("{}/simulator/reset", merchant.base));
    assert_eq!(reset.send().await.unwrap().status(), 200);
    assert!(
        merchant
            .get("/simulator/ledger")
            .await
            .contains("\"payments\":0")
    );
    assert!(
        merchant
            .get("/simulator/switches")
            .await
            .contains("\"atomic\"")
    );
    close.await;
}
