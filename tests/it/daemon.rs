//! The real binary: the simulated gateway and the daemon as processes, killed in the middle.

#![allow(clippy::unwrap_used, reason = "a test fails where it breaks")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes live by the machine's clock"
)]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// How many subscriptions are due at once.
const SUBSCRIBERS: usize = 400;

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(90);

/// A process that ends with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

struct Stage {
    directory: tempfile::TempDir,
    gateway: String,
    _simulator: Running,
}

impl Stage {
    /// A simulated gateway that takes its time, and a configuration for a daemon beside it.
    fn set() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let arguments = ["simulator", "--listen", "127.0.0.1:0", "--latency-ms", "40"];
        let mut simulator = Command::new(env!("CARGO_BIN_EXE_dues"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(simulator.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let gateway = line.trim().rsplit(' ').next().unwrap().to_owned();

        let secret = directory.path().join("secret");
        fs::write(&secret, "sim_secret").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let stage = Self {
            directory,
            gateway,
            _simulator: Running(simulator),
        };
        stage.configure("");
        stage
    }

    fn configure(&self, more: &str) {
        let at = self.directory.path().display();
        let gateway = &self.gateway;
        let text = format!(
            "[daemon]\nstate_dir = \"{at}/state\"\nsocket = \"{at}/dues.sock\"\nlog = \"text\"\n\
             [gateway]\nbase_url = \"{gateway}\"\nimp_key = \"sim_key\"\n\
             imp_secret_file = \"secret\"\nrequest_timeout = \"1s\"\nquiet_period = \"2s\"\n\
             calls_per_second = \"unlimited\"\nin_flight_max = 16\n\
             [billing]\ncharge_window = \"always\"\n\
             [plans.basic]\nname = \"Basic\"\namount = 9900\nevery = \"1 month\"\n{more}"
        );
        fs::write(self.config(), text).unwrap();
    }

    fn config(&self) -> PathBuf {
        self.directory.path().join("dues.toml")
    }

    fn serve(&self) -> Running {
        let daemon = Running(
            self.command(&["serve"])
                .stdout(Stdio::null())
                .stderr(self.log())
                .spawn()
                .unwrap(),
        );
        self.until("the daemon answers", || {
            self.run(&["list"]).status.success()
        });
        daemon
    }

    fn log(&self) -> fs::File {
        let path = self.directory.path().join("log");
        fs::File::options()
            .create(true)
            .append(true)
            .open(path)
            .unwrap()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dues"));
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env_remove("RUST_LOG");
        command
    }

    fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// How many cycles are in each state, from the export.
    fn count(&self, state: &str) -> usize {
        let exported = self.run(&["export", "cycles"]).stdout;
        let wanted = format!("\"state\":\"{state}\"");
        String::from_utf8(exported)
            .unwrap()
            .lines()
            .filter(|line| line.contains(&wanted))
            .count()
    }

    /// The gateway's own books.
    fn ledger(&self) -> String {
        let address = self.gateway.trim_start_matches("http://");
        let mut connection = TcpStream::connect(address).unwrap();
        connection
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let request =
            "GET /simulator/ledger HTTP/1.1\r\nhost: gateway\r\nconnection: close\r\n\r\n";
        connection.write_all(request.as_bytes()).unwrap();
        let mut reply = String::new();
        connection.read_to_string(&mut reply).unwrap();
        reply
    }

    fn until(&self, what: &str, is_so: impl Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            let log = || fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
            assert!(
                begun.elapsed() < PATIENCE,
                "{what}: not within {PATIENCE:?}\n{}",
                log()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn import_file(directory: &Path) -> PathBuf {
    let anchor = jiff::Timestamp::now();
    let mut text = "customer_uid,plan,anchor\n".to_owned();
    for one in 0..SUBSCRIBERS {
        writeln!(text, "customer-{one},basic,{anchor}").unwrap();
    }
    let path = directory.join("subscribers.csv");
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn killed_in_the_middle_everybody_is_charged_exactly_once() {
    let stage = Stage::set();
    let daemon = stage.serve();
    let file = import_file(stage.directory.path());
    let imported = stage.run(&["import", file.to_str().unwrap()]);
    assert!(imported.status.success(), "{imported:?}");

    stage.until("some are paid", || stage.count("paid") >= 40);
    drop(daemon);
    let daemon = stage.serve();
    assert!(
        stage.count("paid") < SUBSCRIBERS,
        "it was killed too late to show anything"
    );
    let again = stage.run(&["import", file.to_str().unwrap()]);
    assert!(again.status.success(), "{again:?}");

    stage.until("everybody is paid", || stage.count("paid") == SUBSCRIBERS);
    let ledger = stage.ledger();
    assert!(
        ledger.contains(&format!("\"paid\":{SUBSCRIBERS},")),
        "{ledger}"
    );
    assert!(ledger.contains("\"double_charges\":0"), "{ledger}");
    assert!(
        ledger.contains(&format!("\"collected_won\":{}", 9_900 * SUBSCRIBERS)),
        "{ledger}"
    );

    stop(daemon);
    let log = fs::read_to_string(stage.directory.path().join("log")).unwrap();
    assert!(!log.contains("sim_secret"), "the secret is in the log");
}

#[test]
fn one_daemon_a_database_and_a_wrong_configuration_is_78() {
    let stage = Stage::set();
    let _daemon = stage.serve();
    let second = stage.run(&["serve"]);
    let said = String::from_utf8(second.stderr).unwrap();
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(said.contains("another dues has the database"), "{said}");

    stage.configure("amonut = 1\n");
    let wrong = stage.run(&["serve"]);
    let said = String::from_utf8(wrong.stderr).unwrap();
    assert_eq!(wrong.status.code(), Some(78), "{said}");
    assert!(said.contains("amount"), "{said}");
}

/// What `docs/install.md` says about a restored backup, for real.
#[test]
fn a_restored_backup_is_healed_by_the_gateways_books() {
    let stage = Stage::set();
    let daemon = stage.serve();
    let soon = (jiff::Timestamp::now() + Duration::from_secs(10)).to_string();
    let words = ["add", "alice", "--plan", "basic", "--anchor", &soon];
    let added = stage.run(&words);
    assert!(added.status.success(), "{added:?}");
    stop(daemon);
    let there = stage.directory.path().join("state");
    let backup = stage.directory.path().join("backup");
    fs::create_dir(&backup).unwrap();
    copy_database(&there, &backup);

    let daemon = stage.serve();
    stage.until("alice is paid", || stage.count("paid") == 1);
    stop(daemon);
    copy_database(&backup, &there);

    let _daemon = stage.serve();
    stage.until("alice is paid again, on record", || {
        stage.count("paid") == 1
    });
    stage.until("nothing is wrong", || {
        stage.run(&["doctor"]).status.code() == Some(0)
    });
    let events = String::from_utf8(stage.run(&["export", "events"]).stdout).unwrap();
    for kind in ["suspected", "found_paid", "suspicion_cleared"] {
        assert!(
            events.contains(&format!("\"kind\":\"{kind}\"")),
            "{kind}: {events}"
        );
    }
    let ledger = stage.ledger();
    assert!(ledger.contains("\"paid\":1,"), "{ledger}");
    assert!(ledger.contains("\"double_charges\":0"), "{ledger}");
    let again = stage.run(&["release", "--fence"]);
    let said = String::from_utf8(again.stdout).unwrap();
    assert_eq!(said, "nothing was held\n");
}

/// Puts a database in the place of another one, with the log that belongs to it.
fn copy_database(from: &Path, to: &Path) {
    for name in ["dues.db", "dues.db-wal", "dues.db-shm"] {
        if to.join(name).exists() {
            fs::remove_file(to.join(name)).unwrap();
        }
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

fn stop(mut daemon: Running) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(daemon.0.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    assert!(daemon.0.wait().unwrap().success(), "a stop is no failure");
}
