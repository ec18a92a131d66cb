//! Daemon and gateway are stopped, frozen, reloaded and refused in the middle.

use std::net::TcpListener;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::real::books::{agree, everybody_pays};
use crate::real::gateway::Simulator;
use crate::real::stage::Stage;
use crate::real::wire::{Manner, Says, Which, Wire};

/// How many are due at once.
const CROWD: usize = 120;

/// Many who are due now.
fn crowd(stage: &Stage) {
    let anchor = Timestamp::now().to_string();
    let wanted = |one| {
        json!({
            "id": format!("s{one}"), "customer_uid": format!("c{one}"), "plan": "basic",
            "anchor": anchor,
        })
    };
    let batch: Vec<Value> = (0..CROWD).map(wanted).collect();
    let (status, said) = stage
        .post("/v1/subscriptions", &Value::from(batch))
        .unwrap();
    assert_eq!(status, 200, "{said}");
}

fn events(stage: &Stage, kind: &str) -> usize {
    let events = stage.export("events");
    events.iter().filter(|event| event["kind"] == kind).count()
}

#[test]
fn a_gateway_that_restarts_in_the_middle() {
    let simulator = Simulator::start(&["--latency-ms", "40"]);
    let mut wire = Wire::to(&simulator.address);
    let stage = Stage::set(&wire.url());
    let daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    crowd(&stage);
    stage.until("some are paid", || simulator.count("paid") >= 20);
    wire.cut();
    stage.until("connections are refused", || events(&stage, "not_sent") > 0);
    wire.mend();
    everybody_pays(&stage, CROWD);
    agree(&stage, &simulator);
    assert_eq!(simulator.count("paid"), CROWD);
    daemon.stop();
}

#[test]
fn stopped_in_the_middle_what_is_under_way_is_recorded() {
    let simulator = Simulator::start(&["--latency-ms", "400"]);
    let stage = Stage::set(&simulator.url());
    let daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    crowd(&stage);
    stage.until("some are paid", || simulator.count("paid") >= 20);
    daemon.stop();
    let paid = simulator.count("paid");
    assert!(paid < CROWD, "it was stopped too late to show anything");

    // A gateway that says nothing any more: what is on record was recorded before the end.
    let gateway = simulator.url();
    drop(simulator);
    let daemon = stage.serve();
    assert_eq!(stage.count("paid"), paid, "{gateway}");
    assert_eq!(stage.count("charging") + stage.count("in_doubt"), 0);
    daemon.stop();
}

#[test]
fn a_daemon_that_was_frozen_across_the_deadline() {
    let simulator = Simulator::start(&["--latency-ms", "100"]);
    let stage = Stage::set(&simulator.url());
    let daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    crowd(&stage);
    stage.until("some are paid", || simulator.count("paid") >= 20);
    daemon.signal(Signal::STOP);
    // Longer than every time-out; the answers arrive meanwhile.
    std::thread::sleep(Duration::from_secs(5));
    assert!(simulator.count("paid") < CROWD);
    daemon.signal(Signal::CONT);
    everybody_pays(&stage, CROWD);
    agree(&stage, &simulator);
    daemon.stop();
}

#[test]
fn a_gateway_that_was_frozen_across_the_deadline() {
    let simulator = Simulator::start(&["--latency-ms", "100"]);
    let stage = Stage::set(&simulator.url());
    let daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    crowd(&stage);
    stage.until("some are paid", || simulator.count("paid") >= 20);
    simulator.process.signal(Signal::STOP);
    stage.until("answers are missed", || events(&stage, "lost") > 0);
    simulator.process.signal(Signal::CONT);
    everybody_pays(&stage, CROWD);
    agree(&stage, &simulator);
    daemon.stop();
}

#[test]
fn a_reload_of_a_broken_configuration_changes_nothing() {
    let simulator = Simulator::start(&[]);
    let mut stage = Stage::set(&simulator.url());
    let daemon = stage.serve();
    stage.configure("plans.basic", "amount", "\"a lot\"");
    daemon.signal(Signal::HUP);
    stage.until("it is told", || stage.log().contains("nothing changed"));
    stage.add("alice", "alice");
    stage.until("alice pays", || stage.count("paid") == 1);

    stage.configure("plans.basic", "amount", "12000");
    daemon.signal(Signal::HUP);
    stage.until("it is told", || {
        stage.log().contains("are those of the configuration now")
    });
    stage.add("bob", "bob");
    stage.until("bob pays", || stage.count("paid") == 2);
    let amounts: Vec<i64> = simulator
        .payments()
        .iter()
        .map(|payment| payment["amount"].as_i64().unwrap())
        .collect();
    assert_eq!(amounts, [9_900, 12_000]);
    daemon.stop();
}

#[test]
fn a_gateway_that_refuses_the_key_stops_everybody_until_it_takes_it() {
    let simulator = Simulator::start(&[]);
    let wire = Wire::to(&simulator.address);
    let stage = Stage::set(&wire.url());
    let daemon = stage.serve();
    stage.until("charging", || stage.is_charging());
    let body = r#"{"code":-1,"message":"Unauthorized","response":null}"#;
    let length = body.len();
    let refusal = format!("HTTP/1.1 401 Unauthorized\r\ncontent-length: {length}\r\n\r\n{body}");
    wire.is(Manner {
        of: Which::All,
        arrives: false,
        says: Says::Bytes(refusal.into_bytes()),
    });
    crowd(&stage);
    stage.until("all is stopped", || stage.is_stopped_by("barred"));
    let told = stage.run(&["status"]);
    assert_eq!(told.status.code(), Some(10), "{told:?}");
    assert_eq!(simulator.count("paid"), 0);

    // One charge tries it after a minute.
    wire.is(Manner::pass());
    everybody_pays(&stage, CROWD);
    agree(&stage, &simulator);
    daemon.stop();
}

/// A name that does not resolve, a port where nobody listens, and one where nobody speaks TLS: no byte
/// of a charge has left, and with the right address everybody pays.
#[test]
fn a_gateway_that_cannot_be_reached() {
    let deaf = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf = deaf.local_addr().unwrap().port();
    let simulator = Simulator::start(&[]);
    let no_tls = format!("https://{}", simulator.address);
    let refused = format!("http://127.0.0.1:{deaf}");
    for gateway in ["https://gateway.invalid", &no_tls, &refused] {
        let mut stage = Stage::set(gateway);
        stage.configure("gateway", "request_timeout", "\"1s\"");
        let daemon = stage.serve();
        stage.add_at("alice", Timestamp::now());
        stage.until("it is told", || {
            let doctor = String::from_utf8(stage.run(&["status"]).stdout).unwrap();
            doctor.contains("was not read yet: ") && !doctor.contains("was not asked yet")
        });
        assert!(stage.is_stopped_by("clock"), "{gateway}");
        assert_eq!(stage.count("scheduled"), 1, "{gateway}");
        daemon.stop();

        stage.configure("gateway", "base_url", &format!("{:?}", simulator.url()));
        let daemon = stage.serve();
        stage.until("alice pays", || stage.count("paid") == 1);
        daemon.stop();
        simulator.put("/simulator/switches", &json!({}));
    }
    assert_eq!(simulator.ledger()["double_charges"], 0);
}
