//! What a gateway, or what stands before it, can do to a daemon: nobody is charged twice, nobody is
//! skipped, and the front page says what is the matter.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::real::gateway::Simulator;
use crate::real::stage::Stage;
use crate::real::wire::{Manner, Says, Which, Wire};

/// An answer over HTTP with this head and body.
fn page(status: &str, more: &str, body: &str) -> Says {
    let length = body.len();
    let text = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n{more}\r\n{body}"
    );
    Says::Bytes(text.into_bytes())
}

/// Everything that is no answer, by name.
fn breaks() -> Vec<(&'static str, Says)> {
    let mut breaks = broken_exchanges();
    breaks.extend(other_pages());
    breaks
}

/// The exchange itself breaks.
fn broken_exchanges() -> Vec<(&'static str, Says)> {
    let text = |text: &str| Says::Bytes(text.as_bytes().to_vec());
    let json = "content-type: application/json\r\n";
    let paid = r#"{"code":0,"message":null,"response":{"status":"paid"}}"#;
    let slow = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{paid}",
        paid.len()
    );
    let endless = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    vec![
        ("cut", text("")),
        ("cut_in_the_head", text("HTTP/1.1 200 OK\r\ncontent-le")),
        (
            "cut_in_the_body",
            text("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"code\":0,"),
        ),
        ("half_open", Says::Nothing),
        (
            "dripping",
            Says::Drop(slow.into_bytes(), Duration::from_millis(60)),
        ),
        (
            "garbage",
            text("\u{16}\u{3}\u{1}\u{2}not http at all\r\n\r\n"),
        ),
        (
            "endless_head",
            Says::Flood(b"HTTP/1.1 200 OK\r\nx: y\r\n".to_vec()),
        ),
        (
            "huge",
            page(
                "200 OK",
                json,
                &format!("{{\"code\":0,\"message\":\"{}", "x".repeat(40 << 20)),
            ),
        ),
        (
            "endless_chunks",
            text(&format!("{endless}ffffffff\r\n{}", "[".repeat(1 << 20))),
        ),
    ]
}

/// The exchange is whole, and not the gateway's.
fn other_pages() -> Vec<(&'static str, Says)> {
    let json = "content-type: application/json\r\n";
    let paid = r#"{"code":0,"message":null,"response":{"status":"paid"}}"#;
    vec![
        (
            "no_gzip",
            page("200 OK", "content-encoding: gzip\r\n", "not compressed"),
        ),
        (
            "redirect",
            page(
                "307 Temporary Redirect",
                "location: /subscribe/payments/again\r\n",
                "",
            ),
        ),
        (
            "moved",
            page(
                "301 Moved Permanently",
                "location: http://127.0.0.1:1/\r\n",
                "",
            ),
        ),
        (
            "proxy_login",
            page("407 Proxy Authentication Required", "", ""),
        ),
        (
            "forbidden",
            page(
                "403 Forbidden",
                "",
                "<html>your address is not on the list</html>",
            ),
        ),
        ("bare_404", page("404 Not Found", "", "<html>404</html>")),
        (
            "maintenance",
            page(
                "503 Service Unavailable",
                "retry-after: 1\r\n",
                "<html>점검중</html>",
            ),
        ),
        (
            "captive_portal",
            page(
                "200 OK",
                "content-type: text/html\r\n",
                "<html>log in</html>",
            ),
        ),
        ("empty", page("200 OK", json, "")),
        ("null", page("200 OK", json, "null")),
        (
            "no_code",
            page("200 OK", json, r#"{"response":{"status":"paid"}}"#),
        ),
        ("paid_without_a_name", page("200 OK", json, paid)),
    ]
}

/// One daemon behind one wire.
struct Case {
    name: &'static str,
    simulator: Simulator,
    wire: Wire,
    stage: Stage,
}

impl Case {
    fn new(name: &'static str) -> Self {
        let simulator = Simulator::start(&[]);
        let wire = Wire::to(&simulator.address);
        let stage = Stage::set(&wire.url());
        Self {
            name,
            simulator,
            wire,
            stage,
        }
    }

    fn event(&self, kinds: &[&str]) -> Option<Value> {
        let events = self.stage.export("events");
        let is_it = |event: &Value| kinds.iter().any(|kind| event["kind"] == *kind);
        events.into_iter().find(is_it)
    }

    /// Exactly one payment on both sides.
    fn is_settled(&self) {
        let name = self.name;
        self.stage.until(name, || self.stage.count("paid") == 1);
        let ledger = self.simulator.ledger();
        assert_eq!(ledger["paid"], 1, "{name}");
        assert_eq!(ledger["double_charges"], 0, "{name}");
    }
}

/// Runs the cases beside each other: nearly all of their time is waiting.
fn all(cases: Vec<(&'static str, Says)>, check: impl Fn(&'static str, Says) + Sync) {
    std::thread::scope(|scope| {
        for (name, says) in cases {
            let check = &check;
            scope.spawn(move || check(name, says));
        }
    });
}

/// The gateway works, its answer is lost: it is looked up, and recorded as paid.
#[test]
fn an_answer_that_is_lost_is_looked_up() {
    all(breaks(), |name, says| {
        let case = Case::new(name);
        let _daemon = case.stage.serve();
        case.stage.until("charging", || case.stage.is_charging());
        case.wire.is(Manner {
            of: Which::Charges,
            arrives: true,
            says,
        });
        case.stage.add("alice", "alice");
        case.is_settled();
        assert_eq!(case.wire.broken(), 1, "{name}: sent again");
        assert!(case.event(&["found_paid"]).is_some(), "{name}");
    });
}

/// The gateway never hears of it: it is looked up, found absent and sent again, under the same uid.
#[test]
fn a_request_that_is_lost_is_sent_again_only_after_a_look_up() {
    let mut breaks = breaks();
    // Whoever said "paid", in whatever form, is asked until a person decides.
    breaks.retain(|(name, _)| *name != "paid_without_a_name");
    all(breaks, |name, says| {
        let case = Case::new(name);
        let _daemon = case.stage.serve();
        case.stage.until("charging", || case.stage.is_charging());
        case.wire.is(Manner {
            of: Which::Charges,
            arrives: false,
            says,
        });
        case.stage.add("alice", "alice");
        case.stage
            .until(name, || case.event(&["found_absent"]).is_some());
        assert_eq!(
            case.wire.broken(),
            1,
            "{name}: sent again before it was found absent"
        );
        assert_eq!(case.simulator.count("paid"), 0, "{name}");

        case.wire.is(Manner::pass());
        // It would be tried again in a minute; another card is tried after the quiet period.
        let card = json!({"customer_uid": "another"});
        let said = case
            .stage
            .post("/v1/subscriptions/alice/card", &card)
            .unwrap();
        assert_eq!(said.0, 200, "{said:?}");
        case.is_settled();
    });
}

/// No time, no charge: whatever stands in for the gateway at the start, nobody is charged, the page
/// says why, and it goes on by itself.
#[test]
fn a_gateway_that_is_broken_from_the_start_is_waited_for() {
    all(breaks(), |name, says| {
        let case = Case::new(name);
        case.wire.is(Manner {
            of: Which::All,
            arrives: false,
            says,
        });
        let _daemon = case.stage.serve();
        case.stage.add_at("alice", Timestamp::now());
        case.stage.until(name, || case.wire.broken() > 0);
        case.stage.until(name, || case.stage.is_stopped_by("clock"));
        assert_eq!(
            case.stage.count("scheduled"),
            1,
            "{name}: begun without the time"
        );
        let doctor = case.stage.run(&["doctor"]);
        assert_eq!(doctor.status.code(), Some(10), "{name}");

        case.wire.is(Manner::pass());
        case.is_settled();
    });
}
