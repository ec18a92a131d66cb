//! The secrets canary: a whole life at TRACE with a key, a secret, a token and a card number that occur
//! nowhere else, against a gateway that repeats all of them in every way it can. Then everything that
//! was said, logged or stored is searched for them.

use std::fs;
use std::path::Path;
use std::process::Command;

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::real::gateway::{Simulator, http};
use crate::real::stage::{DUES, Running, Stage};
use crate::real::wire::{Manner, Says, UID, Which, Wire};

const KEY: &str = "7340196528canarykey";
const SECRET: &str = "canarysecretTHJh9wq0Zk3LxVb7NfEoRyUd2mCsPaQgXiWt5";
/// A number that a card may have: the sum of its digits is right.
const CARD: &str = "5425233430109903";
const CARD_IN_GROUPS: &str = "5425-2334-3010-9903";

/// Everything that a person or a program could get to see, by where it was.
#[derive(Default)]
struct Seen(Vec<(String, Vec<u8>)>);

impl Seen {
    fn note(&mut self, place: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push((place.to_owned(), bytes.into()));
    }

    /// What a command says, whatever becomes of it.
    fn run(&mut self, stage: &Stage, arguments: &[&str]) {
        let mut command = stage.told(Command::new(DUES), arguments);
        let output = command.env("RUST_LOG", "trace").output().unwrap();
        self.note(
            &format!("{arguments:?}"),
            [output.stdout, output.stderr].concat(),
        );
    }

    /// Every file in a directory and below.
    fn files(&mut self, directory: &Path) {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                self.files(&path);
            } else if path.is_file() {
                self.note(&path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }

    /// Where one of the secrets is.
    fn hits(&self, secrets: &[&str]) -> Vec<String> {
        let mut hits = Vec::new();
        for (place, bytes) in &self.0 {
            for secret in secrets {
                if let Some(at) = memchr::memmem::find(bytes, secret.as_bytes()) {
                    let from = at.saturating_sub(200);
                    let around = &bytes[from..(at + 100).min(bytes.len())];
                    let around = String::from_utf8_lossy(around);
                    hits.push(format!("{secret} in {place}: {around}"));
                }
            }
        }
        hits
    }
}

#[test]
fn the_search_finds_what_is_there() {
    let directory = tempfile::tempdir().unwrap();
    let inside = directory.path().join("backups");
    fs::create_dir(&inside).unwrap();
    fs::write(
        inside.join("dues.db"),
        [b"\0\0\0".as_slice(), SECRET.as_bytes(), b"\0"].concat(),
    )
    .unwrap();
    let mut seen = Seen::default();
    seen.files(directory.path());
    seen.note("said", format!("no such key: {KEY}"));
    assert_eq!(seen.hits(&[KEY, SECRET, CARD]).len(), 2);
}

#[test]
fn no_secret_is_ever_said_logged_or_stored() {
    let pair = format!("{KEY}:{SECRET}");
    let simulator = Simulator::start(&["--keys", &pair]);
    let wire = Wire::to(&simulator.address);
    let mut stage = Stage::set(&wire.url());
    stage.configure("gateway", "imp_key", &format!("{KEY:?}"));
    fs::write(stage.path("secret"), SECRET).unwrap();
    let token = token(&simulator);
    let mut seen = Seen::default();

    for log in ["text", "json"] {
        stage.configure("daemon", "log", &format!("{log:?}"));
        let daemon = serve(&stage);
        stage.until("charging", || stage.is_charging());
        lets_everybody_out(log, &stage);
        charges_meet_everything(log, &stage, &wire, &token);
        look_ups_meet_everything(&stage, &wire, &token);
        says_everything(log, &stage, &mut seen);
        misconfigured(&mut stage, &daemon, &mut seen);
        daemon.signal(Signal::TERM);
        let mut daemon = daemon;
        assert!(daemon.ends().success());
    }
    refused(&stage, &wire);
    let daemon = serve(&stage);
    stage.until("the backup is made", || is_backed_up(&stage));
    daemon.stop();

    let log = stage.log();
    assert!(
        log.contains("TRACE") && log.contains("hyper"),
        "the log is not at TRACE"
    );
    seen.note("the log", log);
    seen.files(&stage.path("state"));
    assert!(seen.0.len() > 60, "{} places", seen.0.len());
    let hits = seen.hits(&[KEY, SECRET, &token, CARD, CARD_IN_GROUPS]);
    assert!(hits.is_empty(), "{} hits\n{}", hits.len(), hits.join("\n"));
}

fn serve(stage: &Stage) -> Running {
    let mut command = Command::new("env");
    command.args(["RUST_LOG=trace", DUES]);
    let daemon = stage.launch(command);
    stage.answers();
    daemon
}

/// The token that the daemon gets too: the gateway gives the same one while it lives.
fn token(simulator: &Simulator) -> String {
    let connection = std::net::TcpStream::connect(&simulator.address).unwrap();
    let body = json!({"imp_key": KEY, "imp_secret": SECRET}).to_string();
    let (_, said) = http(connection, "POST", "/users/getToken", &body).unwrap();
    let said: Value = serde_json::from_str(&said).unwrap();
    said["response"]["access_token"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// Every kind of answer, with everything secret in every place where words are taken from. A look-up
/// has its payment in a list.
fn pages(of: Which, uid: &str, token: &str) -> Vec<(&'static str, String)> {
    let said = format!(
        "{CARD} Authorization: Bearer {token}, imp_key={KEY}&imp_secret={SECRET}, {CARD_IN_GROUPS}"
    );
    let payment = |changed: Value| {
        let mut payment = json!({
            "imp_uid": "imp_1", "merchant_uid": uid, "customer_uid": uid, "status": "paid",
            "amount": 9900, "currency": "KRW", "sandbox": false, "paid_at": 1_769_821_200,
            "card_number": CARD, "buyer_name": said, "custom_data": said, "pg_provider": said,
        });
        let fields = changed.as_object().unwrap().clone();
        payment.as_object_mut().unwrap().extend(fields);
        let response = match of {
            Which::LookUps => json!({"total": 1, "next": 0, "list": [payment], "odd": said}),
            Which::All | Which::Charges => payment,
        };
        json!({"code": 0, "message": said, "response": response}).to_string()
    };
    let refusal = |code: i64| json!({"code": code, "message": said, "response": null}).to_string();
    vec![
        ("400 Bad Request", refusal(-1)),
        ("200 OK", refusal(1)),
        (
            "200 OK",
            payment(json!({"status": "failed", "fail_reason": said})),
        ),
        (
            "200 OK",
            payment(json!({"status": "failed", "fail_reason": format!("[{CARD}] {said}")})),
        ),
        ("200 OK", payment(json!({"customer_uid": said}))),
        ("200 OK", payment(json!({"merchant_uid": said}))),
        ("200 OK", payment(json!({"currency": said}))),
        ("200 OK", payment(json!({"imp_uid": said}))),
        ("200 OK", payment(json!({"status": said}))),
        ("200 OK", payment(json!({"amount": said}))),
        ("200 OK", json!({"code": said}).to_string()),
        ("200 OK", format!("{{\"code\": 0, \"message\": \"{said}")),
        ("200 OK", format!("<html>{said}</html>")),
        ("500 Internal Server Error", refusal(-1)),
        ("502 Bad Gateway", format!("<html>{said}</html>")),
        ("307 Temporary Redirect", said.clone()),
        ("404 Not Found", refusal(1)),
        ("409 Conflict", refusal(-1)),
    ]
}

/// A page as it comes, up to the end of its connection.
fn answered((status, body): &(&str, String)) -> String {
    format!(
        "HTTP/1.1 {status}\r\nlocation: http://{SECRET}@{KEY}/{CARD}\r\nset-cookie: token={SECRET}\r\n\
         x-{KEY}: {CARD}\r\nconnection: close\r\n\r\n{body}"
    )
}

/// The gateway says each of these in turn, and nothing else, to requests of this kind.
fn babbles(of: Which, pages: &[(&str, String)]) -> Manner {
    Manner {
        of,
        arrives: false,
        says: Says::Each(pages.iter().map(answered).collect()),
    }
}

/// The charges that go first after a start come back well: what is wrong with the others would stop
/// everybody.
fn lets_everybody_out(log: &str, stage: &Stage) {
    let told = stage.log().len();
    for one in 0..3 {
        let id = format!("{log}-first{one}");
        stage.add(&id, &id);
    }
    stage.until("the rest may go", || {
        stage.log()[told..].contains("came back well")
    });
}

/// Each answer to a charge, and to a look-up of what that left in doubt. Two charges in between go well:
/// the circuit breaker would take so much that is no answer for an outage, and stop everybody.
fn charges_meet_everything(log: &str, stage: &Stage, wire: &Wire, token: &str) {
    let look_ups = babbles(Which::LookUps, &pages(Which::LookUps, UID, token));
    let (before, mut doubts) = (wire.broken(), 0);
    let count = pages(Which::Charges, "", token).len();
    for one in 0..count {
        wire.is(look_ups.clone());
        for well in ["a", "b"] {
            let id = format!("{log}{one}{well}");
            stage.add(&id, &id);
            stage.until("it is paid", || cycle(stage, &id)["state"] == "paid");
        }

        let id = format!("{log}{one}");
        // The card is called as the order is; each has its own.
        let uid = format!("dues-{id}-0");
        let page = pages(Which::Charges, &uid, token).remove(one);
        wire.is(babbles(Which::All, &[page]));
        stage.add(&id, &uid);
        let mut came_to = Value::Null;
        stage.until("the answer is recorded", || {
            came_to = cycle(stage, &id)["state"].clone();
            came_to != "scheduled" && came_to != "charging"
        });
        doubts += usize::from(came_to == "in_doubt");
    }
    wire.is(look_ups);
    assert!(doubts > 8, "{doubts} doubts");
    stage.until("doubts are asked about", || {
        wire.broken() >= before + count + doubts
    });
}

/// The subscription's first cycle.
fn cycle(stage: &Stage, id: &str) -> Value {
    let shown = stage.ask(&format!("/v1/subscriptions/{id}")).unwrap();
    let is_first = |cycle: &&Value| cycle["cycle"] == 0;
    let cycles = shown["cycles"].as_array().unwrap();
    cycles.iter().find(is_first).unwrap().clone()
}

/// Each answer to a look-up of what is paid.
fn look_ups_meet_everything(stage: &Stage, wire: &Wire, token: &str) {
    let pages = pages(Which::LookUps, UID, token);
    wire.is(babbles(Which::LookUps, &pages));
    let before = wire.broken();
    let (status, said) = stage.post("/v1/reconcile", &json!({})).unwrap();
    assert_eq!(status, 200, "{said}");
    let asked = wire.broken() - before;
    assert!(asked >= pages.len(), "{asked} of {} were met", pages.len());
    wire.is(Manner::pass());
}

/// Every command in every form, and what goes wrong with it.
fn says_everything(log: &str, stage: &Stage, seen: &mut Seen) {
    let (id, file) = (format!("{log}0"), stage.path("subscribers.csv"));
    fs::write(
        &file,
        "customer_uid,plan,anchor\nx,basic,2026-01-31T10:00:00+09:00\ny,none,when\n",
    )
    .unwrap();
    let file = file.display().to_string();
    let commands: [&[&str]; 19] = [
        &["status"],
        &["doctor"],
        &["list"],
        &["show", &id],
        &["explain", &id],
        &["export", "subscriptions"],
        &["export", "cycles"],
        &["export", "attempts"],
        &["export", "events"],
        &["import", &file],
        &["add", "c2", "--plan", "none"],
        &["add", "c3", "--plan", "basic"],
        &["show", "nobody"],
        &["pause", &id],
        &["resume", &id, "--skip-missed"],
        &["card", &id, "another"],
        &["release", &id],
        &["cancel", &id],
        &["config", "check"],
    ];
    for command in commands {
        for form in ["table", "json", "jsonl", "csv"] {
            seen.run(stage, &[command, &["-o", form]].concat());
        }
    }
}

/// The secrets where they do not belong: the complaint does not repeat them.
fn misconfigured(stage: &mut Stage, daemon: &Running, seen: &mut Seen) {
    let secret = format!("{SECRET:?}");
    for (table, key, value, right) in [
        ("gateway", "imp_secret", secret.as_str(), None),
        ("gateway", "imp_secrett", secret.as_str(), None),
        (
            "gateway",
            "imp_secret_file",
            secret.as_str(),
            Some("\"secret\""),
        ),
        ("gateway", "mode", secret.as_str(), Some("\"live\"")),
        (
            "gateway",
            "proxy",
            &format!("\"http://dues:{SECRET}@\""),
            None,
        ),
    ] {
        stage.configure(table, key, value);
        seen.run(stage, &["config", "check"]);
        seen.run(stage, &["config", "check", "--json"]);
        seen.run(stage, &["serve"]);
        let told = stage.log().len();
        daemon.signal(Signal::HUP);
        stage.until("it is told", || {
            stage.log()[told..].contains("configuration")
        });
        match right {
            Some(right) => stage.configure(table, key, right),
            None => stage.forget(table, key),
        }
    }
}

/// The gateway does not take key and secret, and repeats both.
fn refused(stage: &Stage, wire: &Wire) {
    for (_, body) in pages(Which::All, "", "none") {
        wire.is(babbles(Which::All, &[("401 Unauthorized", body)]));
        let broken = wire.broken();
        let mut daemon = serve(stage);
        stage.until("it is told", || stage.is_stopped_by("clock"));
        stage.until("it asks for a token", || wire.broken() > broken);
        daemon.signal(Signal::TERM);
        assert!(daemon.ends().success());
    }
    wire.is(Manner::pass());
}

fn is_backed_up(stage: &Stage) -> bool {
    stage.backup().is_some()
}
