//! A daemon and a gateway as processes on a directory of their own: how they are started, spoken to
//! and ended. It does not know what is proved with them.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rustix::process::{Pid, Signal};
use serde_json::Value;

use crate::real::gateway::http;

/// How long anything may take before a test gives up on it.
pub(crate) const PATIENCE: Duration = Duration::from_mins(5);

/// How soon a level is looked at again; each time a little later, up to the longest.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
const LOOK_AGAIN_MAX: Duration = Duration::from_millis(400);

/// The binary under test.
pub(crate) const DUES: &str = env!("CARGO_BIN_EXE_dues");

/// A process that ends with the test.
pub(crate) struct Running(pub(crate) Child);

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

impl Running {
    pub(crate) fn signal(&self, signal: Signal) {
        let pid = Pid::from_raw(i32::try_from(self.0.id()).unwrap()).unwrap();
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits until it has ended.
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let mut status = None;
        until("the process ends", || {
            status = self.0.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Asks it to stop, and expects that it does so in order.
    pub(crate) fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.ends();
        assert!(status.success(), "a stop is no failure: {status}");
    }
}

/// Waits for a level.
pub(crate) fn until(what: &str, is_so: impl FnMut() -> bool) {
    assert!(comes(is_so), "{what}: not within {PATIENCE:?}");
}

/// Whether a level comes within our patience.
fn comes(mut is_so: impl FnMut() -> bool) -> bool {
    let (begun, mut wait) = (Instant::now(), LOOK_AGAIN);
    while !is_so() {
        if begun.elapsed() > PATIENCE {
            return false;
        }
        std::thread::sleep(wait);
        wait = (wait + wait / 5).min(LOOK_AGAIN_MAX);
    }
    true
}

/// A directory with a configuration, for daemons.
pub(crate) struct Stage {
    directory: tempfile::TempDir,
    settings: BTreeMap<&'static str, BTreeMap<&'static str, String>>,
}

impl Stage {
    /// A configuration of one plan and of short waits, for a gateway at this address.
    pub(crate) fn set(gateway: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let secret = directory.path().join("secret");
        fs::write(&secret, "sim_secret").unwrap();
        fs::set_permissions(&secret, fs::Permissions::from_mode(0o600)).unwrap();
        let mut stage = Self {
            directory,
            settings: BTreeMap::new(),
        };
        let at = stage.path("").display().to_string();
        let text = |text: &str| format!("{text:?}");
        for (table, key, value) in [
            ("daemon", "state_dir", text(&format!("{at}state"))),
            ("daemon", "socket", text(&format!("{at}dues.sock"))),
            ("daemon", "log", text("text")),
            ("gateway", "base_url", text(gateway)),
            ("gateway", "imp_key", text("sim_key")),
            ("gateway", "imp_secret_file", text("secret")),
            ("gateway", "request_timeout", text("1s")),
            ("gateway", "quiet_period", text("1500ms")),
            ("gateway", "calls_per_second", text("unlimited")),
            ("gateway", "in_flight_max", "16".to_owned()),
            ("billing", "charge_window", text("unguarded")),
            ("guard", "unforetold_charges_max", text("unlimited")),
            ("plans.basic", "name", text("Basic")),
            ("plans.basic", "amount", "9900".to_owned()),
            ("plans.basic", "every", text("1 month")),
        ] {
            stage.note(table, key, value);
        }
        stage.write();
        stage
    }

    /// Writes one key of the configuration otherwise; `value` is TOML.
    pub(crate) fn configure(&mut self, table: &'static str, key: &'static str, value: &str) {
        self.note(table, key, value.to_owned());
        self.write();
    }

    /// Leaves a key out of the configuration again.
    pub(crate) fn forget(&mut self, table: &'static str, key: &'static str) {
        self.settings.entry(table).or_default().remove(key);
        self.write();
    }

    fn note(&mut self, table: &'static str, key: &'static str, value: String) {
        self.settings.entry(table).or_default().insert(key, value);
    }

    fn write(&self) {
        let mut toml = String::new();
        for (table, keys) in &self.settings {
            writeln!(toml, "[{table}]").unwrap();
            for (key, value) in keys {
                writeln!(toml, "{key} = {value}").unwrap();
            }
        }
        fs::write(self.config(), toml).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn config(&self) -> PathBuf {
        self.path("dues.toml")
    }

    pub(crate) fn state(&self, name: &str) -> PathBuf {
        self.path("state").join(name)
    }

    /// A backup of the night, when there is one.
    pub(crate) fn backup(&self) -> Option<PathBuf> {
        let entries = fs::read_dir(self.state("backups")).ok()?;
        let mut paths = entries.map(|entry| entry.unwrap().path());
        paths.find(|path| path.extension().is_some_and(|end| end == "db"))
    }

    pub(crate) fn socket(&self) -> PathBuf {
        self.path("dues.sock")
    }

    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.path("log")).unwrap_or_default()
    }

    /// What `dues` is told, through another command or none.
    pub(crate) fn told(&self, mut command: Command, arguments: &[&str]) -> Command {
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            .env_remove("RUST_LOG");
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.told(Command::new(DUES), arguments).output().unwrap()
    }

    /// What a command says that is expected to go well.
    pub(crate) fn say(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// A daemon that answers.
    pub(crate) fn serve(&self) -> Running {
        let daemon = self.launch(Command::new(DUES));
        self.answers();
        daemon
    }

    /// A daemon that was started, whatever becomes of it.
    pub(crate) fn launch(&self, command: Command) -> Running {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        let mut command = self.told(command, &["serve"]);
        Running(command.stdout(Stdio::null()).stderr(log).spawn().unwrap())
    }

    /// What a daemon says that does not come up, and how it ends.
    pub(crate) fn fails(&self) -> (Option<i32>, String) {
        self.fails_by(Command::new(DUES))
    }

    /// The same through another command.
    pub(crate) fn fails_by(&self, command: Command) -> (Option<i32>, String) {
        let before = self.log().len();
        let status = self.launch(command).ends();
        (status.code(), self.log().split_off(before))
    }

    pub(crate) fn answers(&self) {
        self.until("the daemon answers", || self.ask("/v1/status").is_some());
    }

    /// The front page; nothing while nobody answers.
    pub(crate) fn status(&self) -> Option<Value> {
        self.ask("/v1/status")
    }

    pub(crate) fn ask(&self, path: &str) -> Option<Value> {
        let (status, body) = http(UnixStream::connect(self.socket()).ok()?, "GET", path, "")?;
        (status == 200).then(|| serde_json::from_str(&body).unwrap())
    }

    pub(crate) fn post(&self, path: &str, body: &Value) -> Option<(u16, Value)> {
        let connection = UnixStream::connect(self.socket()).ok()?;
        let (status, body) = http(connection, "POST", path, &body.to_string())?;
        Some((status, serde_json::from_str(&body).ok()?))
    }

    /// Whether the front page says that charges go out.
    pub(crate) fn is_charging(&self) -> bool {
        self.status()
            .is_some_and(|status| status["stopped"].as_array().unwrap().is_empty())
    }

    /// Whether it says that nobody is charged, for this reason.
    pub(crate) fn is_stopped_by(&self, reason: &str) -> bool {
        let is_it = |stop: &Value| stop["reason"] == reason;
        self.status()
            .is_some_and(|status| status["stopped"].as_array().unwrap().iter().any(is_it))
    }

    /// Adds a subscription whose first cycle is due now.
    pub(crate) fn add(&self, id: &str, customer: &str) {
        self.say(&["add", customer, "--plan", "basic", "--id", id]);
    }

    /// Adds one that is due then, whether or not it is known what time it is.
    pub(crate) fn add_at(&self, id: &str, due_at: Timestamp) {
        let due_at = due_at.to_string();
        self.say(&[
            "add", id, "--plan", "basic", "--id", id, "--anchor", &due_at,
        ]);
    }

    /// The rows of an export.
    pub(crate) fn export(&self, what: &str) -> Vec<Value> {
        let (mut rows, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/export/{what}{after}");
            let page = self.ask(&path).expect("the daemon answers");
            rows.extend(page["rows"].as_array().unwrap().iter().cloned());
            let Some(next) = page["next"].as_str() else {
                return rows;
            };
            after = format!("?after={next}");
        }
    }

    /// How many cycles are in a state.
    pub(crate) fn count(&self, state: &str) -> usize {
        let cycles = self.export("cycles");
        cycles
            .iter()
            .filter(|cycle| cycle["state"] == state)
            .count()
    }

    /// Waits for a level, and shows the log when it does not come.
    pub(crate) fn until(&self, what: &str, is_so: impl FnMut() -> bool) {
        assert!(
            comes(is_so),
            "{what}: not within {PATIENCE:?}; {:?}\n{}",
            self.status(),
            tail(&self.log())
        );
    }
}

/// The end of a log.
fn tail(log: &str) -> &str {
    let from = log.len().saturating_sub(4_000);
    let from = (from..log.len()).find(|place| log.is_char_boundary(*place));
    &log[from.unwrap_or(log.len())..]
}

/// The database of a stopped daemon, through its own door.
pub(crate) async fn database(path: &Path) -> sqlx::SqliteConnection {
    use sqlx::ConnectOptions;
    sqlx::sqlite::SqliteConnectOptions::new()
        .filename(path)
        .connect()
        .await
        .unwrap()
}
