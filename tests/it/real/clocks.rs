//! The machine's clock is set by a day and by ten years, either way, while the daemon runs and before
//! it starts; the gateway's is off by an hour. Nobody is charged early, nobody is skipped.

use std::fs;
use std::process::Command;
use std::time::Duration;

use jiff::Timestamp;
use rustix::process::Signal;

use crate::real::gateway::Simulator;
use crate::real::stage::{DUES, Running, Stage};
use crate::real::tools;

const JUMPS: [&str; 4] = ["+1d", "-1d", "+3650d", "-3650d"];

fn has_faketime() -> bool {
    tools::has("libfaketime", &["faketime", "-f", "+1d", "true"])
}

/// A program whose wall clock is moved by what stands in a file. The time since boot is left alone,
/// as it is when somebody sets a machine's clock.
fn moved(program: &str, stage: &Stage) -> Command {
    let library = fs::read_dir("/usr/lib")
        .unwrap()
        .map(|entry| entry.unwrap().path().join("faketime/libfaketimeMT.so.1"))
        .find(|path| path.exists())
        .expect("faketime works, so there is a library");
    let mut command = Command::new(program);
    command
        .env("LD_PRELOAD", library)
        .env("FAKETIME_TIMESTAMP_FILE", stage.path("faketime"))
        .env("FAKETIME_NO_CACHE", "1")
        .env("FAKETIME_DONT_FAKE_MONOTONIC", "1")
        .env("DONT_FAKE_MONOTONIC", "1");
    command
}

fn set_clock(stage: &Stage, offset: &str) {
    // In one step: the library may read it at any moment.
    fs::write(stage.path("draft"), format!("{offset}\n")).unwrap();
    fs::rename(stage.path("draft"), stage.path("faketime")).unwrap();
}

fn serve_moved(stage: &Stage) -> Running {
    let daemon = stage.launch(moved(DUES, stage));
    stage.answers();
    daemon
}

#[test]
fn a_jump_of_the_machines_clock_charges_nobody_early_and_skips_nobody() {
    if !has_faketime() {
        return;
    }
    let simulator = Simulator::start(&[]);
    std::thread::scope(|scope| {
        for jump in JUMPS {
            let simulator = &simulator;
            scope.spawn(move || jumps_while_it_runs(jump, simulator));
            scope.spawn(move || jumped_before_the_start(jump, simulator));
        }
    });
    assert_eq!(simulator.ledger()["double_charges"], 0);
}

fn jumps_while_it_runs(jump: &str, simulator: &Simulator) {
    let stage = named(simulator, &format!("r{}", place(jump)));
    set_clock(&stage, "+0");
    let daemon = serve_moved(&stage);
    stage.until("charging", || stage.is_charging());
    let now = Timestamp::now();
    stage.add_at("tomorrow", now + Duration::from_hours(20));
    stage.add_at("soon", now + Duration::from_secs(3));
    set_clock(&stage, jump);
    stage.add_at("now", now);
    stage.until(jump, || stage.is_stopped_by("clock"));
    is_told(&stage);
    // "soon" has come by now, but nobody is charged while the clocks differ.
    std::thread::sleep(Duration::from_secs(4));
    assert_eq!(
        stage.count("scheduled"),
        3,
        "{jump}: charged while the clocks differ"
    );

    set_clock(&stage, "+0");
    settles(&stage, &daemon, 2, jump);
    daemon.stop();
}

fn jumped_before_the_start(jump: &str, simulator: &Simulator) {
    let stage = named(simulator, &format!("s{}", place(jump)));
    set_clock(&stage, "+0");
    let daemon = serve_moved(&stage);
    let now = Timestamp::now();
    stage.add_at("tomorrow", now + Duration::from_hours(20));
    stage.add_at("soon", now + Duration::from_secs(6));
    daemon.stop();

    set_clock(&stage, jump);
    let daemon = serve_moved(&stage);
    stage.until(jump, || stage.is_stopped_by("clock"));
    is_told(&stage);
    std::thread::sleep(Duration::from_secs(6));
    assert_eq!(
        stage.count("scheduled"),
        2,
        "{jump}: charged while the clocks differ"
    );
    set_clock(&stage, "+0");
    settles(&stage, &daemon, 1, jump);
    daemon.stop();
}

/// So many are paid once the clock is right again, and who is due tomorrow is not among them.
fn settles(stage: &Stage, daemon: &Running, paid: usize, jump: &str) {
    stage.until(jump, || {
        // It weighs the clocks when it comes round, at the latest after half a minute. A reload has
        // it come round.
        daemon.signal(Signal::HUP);
        stage.count("paid") == paid
    });
    let scheduled = stage.count("scheduled");
    assert_eq!(scheduled, 1 + paid, "{jump}: tomorrow's, and the next ones");
}

/// Every stage is an installation of its own at the one gateway.
fn named(simulator: &Simulator, name: &str) -> Stage {
    let mut stage = Stage::set(&simulator.url());
    stage.configure("daemon", "installation", &format!("{name:?}"));
    stage
}

fn place(jump: &str) -> usize {
    JUMPS.iter().position(|one| *one == jump).unwrap()
}

/// The front page says that the clocks differ, and what to do.
fn is_told(stage: &Stage) {
    stage.until("it is told", || {
        let page = stage.run(&["status"]);
        let said = String::from_utf8(page.stdout).unwrap();
        page.status.code() == Some(10) && said.contains("set the machine's clock right")
    });
}

#[test]
fn a_gateway_whose_clock_is_an_hour_off_charges_nobody() {
    if !has_faketime() {
        return;
    }
    for offset in ["+1h", "-1h"] {
        let clock = Stage::set("http://127.0.0.1:1");
        set_clock(&clock, offset);
        let simulator = Simulator::start_by(moved(DUES, &clock), &[]);
        let stage = Stage::set(&simulator.url());
        let daemon = stage.serve();
        stage.add_at("alice", Timestamp::now());
        is_told(&stage);
        assert_eq!(stage.count("scheduled"), 1, "{offset}");
        assert_eq!(simulator.count("paid"), 0, "{offset}");
        daemon.stop();
    }
}
