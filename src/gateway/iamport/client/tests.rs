//! The client against a server that answers, breaks off, resets or stays silent as it is told.

use std::time::Duration;

use serde_json::json;
use tokio::task::JoinSet;

use super::*;
use crate::gateway::iamport::loopback::{
    Act, Asked, Loopback, UID, enveloped, order, payment, refusal, token,
};
use crate::gateway::iamport::settings::Mode;

mod broken;

const TOKEN: &str = "POST /users/getToken";
const AGAIN: &str = "POST /subscribe/payments/again";

fn settings(url: &str) -> Settings {
    Settings {
        base_url: url.to_owned(),
        imp_key: Secret::new("key"),
        imp_secret: Secret::new("secret"),
        request_timeout: Duration::from_secs(30),
        mode: Mode::Live,
        authorization: Authorization::Bearer,
        tier: None,
        proxy: None,
        in_flight_max: 8,
    }
}

fn client(url: &str) -> Client {
    Client::new(settings(url), Codes::default()).unwrap()
}

fn paid() -> Act {
    Act::json(200, &enveloped(&payment("paid", &json!({}))))
}

/// A server that hands out a token and does this about each charge.
async fn server(again: impl Fn(&Asked) -> Act + Send + Sync + 'static) -> Loopback {
    Loopback::start(move |asked| match asked.what.as_str() {
        TOKEN => token(&format!("token-{}", asked.before)),
        _ => again(asked),
    })
    .await
}

#[tokio::test]
async fn fifty_charges_share_one_token() {
    let server = server(|_| paid()).await;
    let client = std::sync::Arc::new(client(&server.url));
    let mut charges = JoinSet::new();
    for _ in 0..50 {
        let client = std::sync::Arc::clone(&client);
        charges.spawn(async move { client.charge(&order()).await });
    }
    for answer in charges.join_all().await {
        assert!(matches!(answer, Ok(Answer::Paid(_))), "{answer:?}");
    }
    assert_eq!((server.times(TOKEN), server.times(AGAIN)), (1, 50));
}

#[tokio::test]
async fn the_request_is_json_with_an_integer_amount() {
    let server = server(|_| paid()).await;
    client(&server.url).charge(&order()).await.unwrap();
    let asked = server.asked();
    assert_eq!(asked[0].body, r#"{"imp_key":"key","imp_secret":"secret"}"#);
    assert_eq!(
        asked[1].body,
        format!(
            r#"{{"customer_uid":"cust_alice","merchant_uid":"{UID}","amount":9900,"name":"월간 구독"}}"#
        )
    );
    let head = asked[1].head.to_lowercase();
    assert!(head.contains("\r\nauthorization: bearer token-0"), "{head}");
    assert!(
        head.contains("\r\ncontent-type: application/json"),
        "{head}"
    );
    assert!(!head.contains("\r\ntier:"), "{head}");
}

#[tokio::test]
async fn a_raw_token_and_a_tier_are_sent_where_asked_for() {
    let server = server(|_| paid()).await;
    let settings = Settings {
        authorization: Authorization::Raw,
        tier: Some("ABC".to_owned()),
        base_url: format!("{}/v1/", server.url),
        ..settings(&server.url)
    };
    let client = Client::new(settings, Codes::default()).unwrap();
    // The path prefix leads everything to the script's last arm, so that no token comes.
    assert!(matches!(client.check().await, Err(Refusal::Silence(_))));
    assert_eq!(server.asked()[0].what, "POST /v1/users/getToken");
    assert!(
        server.asked()[0]
            .head
            .to_lowercase()
            .contains("\r\ntier: abc")
    );

    let settings = Settings {
        authorization: Authorization::Raw,
        tier: Some("ABC".to_owned()),
        ..self::settings(&server.url)
    };
    let client = Client::new(settings, Codes::default()).unwrap();
    client.charge(&order()).await.unwrap();
    let head = server.asked()[2].head.to_lowercase();
    assert!(head.contains("\r\nauthorization: token-0"), "{head}");
    assert!(head.contains("\r\ntier: abc"), "{head}");
}

#[tokio::test]
async fn one_401_is_answered_with_a_fresh_token_and_two_bar_the_channel() {
    let unauthorized = || Act::json(401, &refusal(-1, "Unauthorized"));
    let once = server(move |asked| match asked.before {
        0 => unauthorized(),
        _ => paid(),
    })
    .await;
    let answer = client(&once.url).charge(&order()).await;
    assert!(matches!(answer, Ok(Answer::Paid(_))), "{answer:?}");
    assert_eq!((once.times(TOKEN), once.times(AGAIN)), (2, 2));
    assert!(
        once.asked()[3]
            .head
            .to_lowercase()
            .contains("bearer token-1")
    );

    let ever = server(move |_| unauthorized()).await;
    let client = client(&ever.url);
    let answer = client.charge(&order()).await;
    assert!(matches!(answer, Ok(Answer::Barred(_))), "{answer:?}");
    assert_eq!((ever.times(TOKEN), ever.times(AGAIN)), (2, 2));
    let finding = client.find(&order()).await;
    assert!(matches!(finding, Err(Unanswered::Lost(_))), "{finding:?}");
}

#[tokio::test]
async fn who_asks_too_often_hears_for_how_long_to_stop() {
    for (header, seconds) in [
        ("Retry-After: 7\r\n", 7),
        ("", 0),
        ("Retry-After: Wed, 21 Oct 2026 07:28:00 GMT\r\n", 0),
    ] {
        let answer = format!("HTTP/1.1 429 X\r\n{header}Content-Length: 0\r\n\r\n");
        let busy = server(move |_| Act::Write(answer.clone())).await;
        let client = client(&busy.url);
        let expected = |unanswered: Unanswered| match unanswered {
            Unanswered::TooOften { alone, .. } => alone.as_secs() == seconds,
            Unanswered::NotSent(_) | Unanswered::Lost(_) => false,
        };
        let answer = client.charge(&order()).await;
        assert!(answer.is_err_and(expected), "{header}: a charge, in doubt");
        let finding = client.find(&order()).await;
        assert!(finding.is_err_and(expected), "{header}: a look-up");
        assert_eq!(busy.times(AGAIN), 1, "one POST");
    }
}

#[tokio::test]
async fn without_a_token_no_charge_is_sent() {
    let barred = [
        Act::json(401, &refusal(-1, "인증에 실패하였습니다")),
        Act::json(400, &refusal(1, "imp_key 파라메터 누락")),
        Act::json(403, "<html>forbidden</html>"),
    ];
    for refused in barred {
        let refused = std::sync::Mutex::new(Some(refused));
        let server = Loopback::start(move |_| refused.lock().unwrap().take().unwrap()).await;
        let answer = client(&server.url).charge(&order()).await;
        assert!(matches!(answer, Ok(Answer::Barred(_))), "{answer:?}");
        assert_eq!(server.times(AGAIN), 0);
    }

    let not_sent = [
        || Act::json(502, "<html>bad gateway</html>"),
        || Act::json(200, "{}"),
        || Act::json(200, &enveloped(&json!({"access_token": "x"}))),
        || Act::Reset,
    ];
    for silent in not_sent {
        let server = Loopback::start(move |_| silent()).await;
        let client = client(&server.url);
        let answer = client.charge(&order()).await;
        assert!(matches!(answer, Err(Unanswered::NotSent(_))), "{answer:?}");
        let finding = client.find(&order()).await;
        assert!(
            matches!(finding, Err(Unanswered::NotSent(_))),
            "{finding:?}"
        );
        assert_eq!(server.asked().len(), server.times(TOKEN));
    }
}

#[tokio::test]
async fn a_look_up_reads_every_page() {
    let server = server(|asked| {
        let failed = payment("failed", &json!({"fail_reason": "[CC61] 한도초과"}));
        let page = match asked.what.as_str() {
            "GET /payments/findAll/dues01-alice-0?page=1&limit=100" => {
                json!({"total": 2, "previous": 0, "next": 2, "list": [failed]})
            }
            "GET /payments/findAll/dues01-alice-0?page=2&limit=100" => {
                json!({"total": 2, "previous": 1, "next": 0, "list": [payment("paid", &json!({}))]})
            }
            "GET /payments/find/dues01-alice-0" => payment("paid", &json!({})),
            other => panic!("{other}"),
        };
        Act::json(200, &enveloped(&page))
    })
    .await;
    let client = client(&server.url);
    let finding = client.find(&order()).await;
    assert!(matches!(finding, Ok(Finding::Paid(_))), "{finding:?}");
    let newest = client.newest(&order()).await;
    assert!(matches!(newest, Ok(Finding::Paid(_))), "{newest:?}");
}

#[tokio::test]
async fn pages_without_end_are_unclear() {
    let endless = json!({"total": 5000, "next": 9999, "list": [payment("failed", &json!({}))]});
    let body = enveloped(&endless);
    let server = server(move |_| Act::json(200, &body)).await;
    let finding = client(&server.url).find(&order()).await;
    assert!(matches!(finding, Ok(Finding::Unclear(_))), "{finding:?}");
    assert_eq!(server.asked().len(), 11);
}

#[tokio::test]
async fn a_page_that_is_missing_leaves_the_finding_unclear() {
    let first = json!({"total": 2, "next": 2, "list": [payment("failed", &json!({}))]});
    let first = enveloped(&first);
    let server = server(move |asked| {
        if asked.what.contains("page=1") {
            Act::json(200, &first)
        } else {
            Act::json(404, &refusal(1, "존재하지 않는 결제정보입니다."))
        }
    })
    .await;
    let finding = client(&server.url).find(&order()).await;
    assert!(matches!(finding, Ok(Finding::Unclear(_))), "{finding:?}");
}

#[tokio::test]
async fn check_reads_their_clock_and_replaces_the_token() {
    let server = server(|_| paid()).await;
    let client = client(&server.url);
    let now = client.check().await.unwrap();
    assert_eq!(now.as_second(), 1_769_820_000);
    client.check().await.unwrap();
    client.charge(&order()).await.unwrap();
    assert!(
        server.asked()[2]
            .head
            .to_lowercase()
            .contains("bearer token-1")
    );
}

#[tokio::test]
async fn nothing_that_we_show_shows_a_secret() {
    let server = server(|_| Act::Reset).await;
    let settings = Settings {
        imp_key: Secret::new("hunter1"),
        imp_secret: Secret::new("hunter2"),
        proxy: None,
        ..settings(&server.url)
    };
    let before = format!("{settings:?}");
    let client = Client::new(settings, Codes::default()).unwrap();
    let shown = format!("{before} {:?} {client:?}", client.charge(&order()).await);
    for secret in ["hunter1", "hunter2", "token-0"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn settings_that_cannot_work_are_refused() {
    let refused = |changed: Settings| Client::new(changed, Codes::default()).unwrap_err();
    for url in [
        "",
        "api.iamport.kr",
        "ftp://x",
        "https://u:p@x",
        "https://x/?a=b",
    ] {
        assert!(
            matches!(refused(settings(url)), BadSettings::BaseUrl(_)),
            "{url}"
        );
    }
    let url = "https://api.iamport.kr";
    let tier = Some("a\nb".to_owned());
    assert_eq!(
        refused(Settings {
            tier,
            ..settings(url)
        }),
        BadSettings::Tier
    );
    let proxy = Some(Secret::new("http://"));
    assert_eq!(
        refused(Settings {
            proxy,
            ..settings(url)
        }),
        BadSettings::Proxy
    );
}
