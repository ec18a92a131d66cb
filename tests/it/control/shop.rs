//! A shop whose clock stands still, with two plans and a socket.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dues::control::server::{Api, Facts, Permissions, Tally, serve};
use dues::core::answer::{Answer, Finding, Receipt, Unanswered, Words};
use dues::core::calendar::Cadence;
use dues::core::catch_up::CatchUp;
use dues::core::consent::WithoutConsent;
use dues::core::dunning::Ladder;
use dues::core::guard::Caps;
use dues::core::money::Krw;
use dues::core::order::{Installation, Order, PlanId, UidScope};
use dues::core::particulars::Particulars;
use dues::core::plan::{Pace, Plan, Terms};
use dues::core::price::PriceList;
use dues::core::template::NameTemplate;
use dues::core::window::Window;
use dues::engine::Engine;
use dues::engine::clock::Clock;
use dues::engine::guards::Limits;
use dues::gateway::{Gateway, Refusal};
use dues::store::{NewSubscription, Opening, Standards, Store, Who};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;
use tokio::sync::{oneshot, watch};

/// When it is.
pub(crate) const NOW: &str = "2026-01-15T00:00:00Z";

/// A daemon's socket and what stands behind it.
pub(crate) struct Shop {
    directory: TempDir,
    open: Option<(oneshot::Sender<()>, JoinHandle<()>)>,
}

/// What a command said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Shop {
    /// A shop in which this user may change things.
    pub(crate) fn open() -> Self {
        Self::capped(Caps::NONE)
    }

    /// The same, with these caps on what may be charged.
    pub(crate) fn capped(caps: Caps) -> Self {
        let basic = plan("basic", 9_900, "1 month");
        Self::with(caps, vec![basic, plan("yearly", 99_000, "1 year")])
    }

    /// A shop that sells these.
    pub(crate) fn selling(terms: Vec<Terms>) -> Self {
        Self::with(Caps::NONE, terms)
    }

    /// A shop that sold other things, to these people, before it sold these.
    pub(crate) fn having_sold(
        before: &[Terms],
        people: &[NewSubscription],
        now: Vec<Terms>,
    ) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async {
            let at: Timestamp = NOW.parse().unwrap();
            let (mut writer, reader, _lock) = open(directory.path(), before, at).await.into_parts();
            let mut turn = writer.begin(at).await.unwrap();
            let added = turn.add(people, &Who::named("test")).await.unwrap();
            assert!(added.unwrap().answer.iter().all(Result::is_ok));
            turn.commit().await.unwrap();
            reader.close().await;
        });
        Self::in_directory(directory, Caps::NONE, now)
    }

    fn with(caps: Caps, terms: Vec<Terms>) -> Self {
        Self::in_directory(tempfile::tempdir().unwrap(), caps, terms)
    }

    fn in_directory(directory: TempDir, caps: Caps, terms: Vec<Terms>) -> Self {
        let (close, closed) = oneshot::channel();
        let (ready, is_ready) = std::sync::mpsc::channel();
        let path = directory.path().to_owned();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(run(
                &path,
                (caps, terms),
                || ready.send(()).unwrap(),
                closed,
            ));
        });
        is_ready.recv().unwrap();
        Self {
            directory,
            open: Some((close, thread)),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// Writes a file and gives its path.
    pub(crate) fn file(&self, name: &str, text: &str) -> String {
        std::fs::write(self.path(name), text).unwrap();
        self.path(name).to_str().unwrap().to_owned()
    }

    /// Runs a command against the socket.
    pub(crate) fn dues(&self, words: &str) -> Said {
        self.dues_with(words, "")
    }

    pub(crate) fn dues_with(&self, words: &str, stdin: &str) -> Said {
        dues(&self.path("dues.sock"), words, stdin)
    }

    /// Runs a command as another user, if root may let it; nothing when the binary is out of reach.
    pub(crate) fn dues_as(&self, uid: u32, words: &str) -> Option<Said> {
        for (path, mode) in [(self.path(""), 0o755), (self.path("dues.sock"), 0o666)] {
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut command = command(&self.path("dues.sock"), words);
        let output = command.uid(uid).stdin(Stdio::null()).output().ok()?;
        Some(said(output, self.directory.path()))
    }

    /// Sends a request as any program might, and gives the status line and the body.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let answer = self.ask_with(method, path, "", body);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        format!("{}\n{body}", head.lines().next().unwrap())
    }

    /// The same with headers of its own, and gives everything.
    pub(crate) fn ask_with(&self, method: &str, path: &str, headers: &str, body: &str) -> String {
        let mut stream = UnixStream::connect(self.path("dues.sock")).unwrap();
        let length = body.len();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: dues\r\nconnection: close\r\n\
             content-length: {length}\r\n{headers}\r\n{body}"
        )
        .unwrap();
        std::io::read_to_string(stream).unwrap()
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        if let Some((close, thread)) = self.open.take() {
            drop(close);
            thread.join().unwrap();
        }
    }
}

/// Runs the binary with these words and only this environment.
pub(crate) fn dues(socket: &Path, words: &str, stdin: &str) -> Said {
    let mut child = command(socket, words).spawn().unwrap();
    let mut pipe = child.stdin.take().unwrap();
    pipe.write_all(stdin.as_bytes()).unwrap();
    drop(pipe);
    said(child.wait_with_output().unwrap(), socket.parent().unwrap())
}

fn command(socket: &Path, words: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_dues"));
    command
        .args(words.split(' '))
        .env_clear()
        .env("DUES_SOCKET", socket)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn said(output: Output, directory: &Path) -> Said {
    let directory = directory.to_str().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap().replace(directory, "DIR");
    Said {
        code: output.status.code().unwrap(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
    }
}

async fn run(
    directory: &Path,
    (caps, terms): (Caps, Vec<Terms>),
    ready: impl FnOnce(),
    closed: oneshot::Receiver<()>,
) {
    let now: Timestamp = NOW.parse().unwrap();
    let (writer, reader, _lock) = open(directory, &terms, now).await.into_parts();
    let limits = Limits {
        in_flight_max: 8,
        calls_per_second: None,
        quiet_period: PACE.quiet_period,
        disk_low_bytes: 0,
        caps,
    };
    let (engine, handle) = Engine::new(writer, reader.clone(), Nobody(now), Still(now), limits);
    let (stop, stopping) = watch::channel(false);

    let api = Api {
        handle,
        tally: Tally::new(reader.clone()),
        reader,
        now: Arc::new(move || now),
        permissions: Permissions {
            own_uid: rustix::process::geteuid().as_raw(),
            operators: Vec::new(),
        },
        facts: Facts {
            version: "0.0.0".to_owned(),
            mode: "live".to_owned(),
            gateway_host: "gateway.example".to_owned(),
            codes: Arc::default(),
            started_at: now,
            clock_skew: Arc::new(|| 0),
        },
    };
    let listener = tokio::net::UnixListener::bind(directory.join("dues.sock")).unwrap();
    ready();
    let serving = async {
        let shutdown = async { drop(closed.await) };
        serve(listener, api, shutdown).await.unwrap();
        stop.send(true).unwrap();
    };
    let (ran, ()) = tokio::join!(engine.run(stopping, Duration::ZERO), serving);
    ran.unwrap();
}

async fn open(directory: &Path, terms: &[Terms], now: Timestamp) -> Store {
    let opening = Opening {
        state_dir: directory,
        installation: &Installation::parse("shop").unwrap(),
        machine: "the shop's",
        terms,
        standards: &Standards {
            ladder: Ladder::standard(),
            window: Window::Always,
            pace: PACE,
            catch_up: CatchUp::ChargeOne,
            without_consent: WithoutConsent::Hold,
        },
    };
    Store::open(opening, now).await.unwrap()
}

const PACE: Pace = Pace {
    answer_within: Duration::from_secs(75),
    quiet_period: Duration::from_mins(5),
    ask_again_max: Duration::from_hours(1),
    uid_scope: UidScope::Cycle,
};

pub(crate) fn plan(id: &str, amount: i64, every: &str) -> Terms {
    Terms {
        plan: Plan {
            id: PlanId::parse(id).unwrap(),
            name: NameTemplate::parse(id).unwrap(),
            amount: Krw::parse(amount).unwrap(),
            dates: Cadence::parse(every).unwrap().into(),
            zone: TimeZone::get("Asia/Seoul").unwrap(),
            price_list: PriceList::default(),
            particulars: Particulars::default(),
        },
        ladder: Ladder::standard(),
        window: Window::Always,
        pace: PACE,
        catch_up: CatchUp::ChargeOne,
        without_consent: WithoutConsent::Hold,
        applies_from: None,
        coupons: Vec::new(),
    }
}

/// A clock that stands still, so that nothing falls due.
#[derive(Debug, Clone)]
struct Still(Timestamp);

impl Clock for Still {
    fn now(&self) -> Timestamp {
        self.0
    }

    fn sleep_max(&self) -> std::time::Duration {
        std::time::Duration::from_secs(30)
    }

    async fn sleep_until(&self, _at: Timestamp) {
        std::future::pending::<()>().await;
    }
}

/// Nothing is due, so that nobody is asked; a charge would leave a trace.
struct Nobody(Timestamp);

impl Gateway for Nobody {
    async fn charge(&self, _order: &Order) -> Result<Answer, Unanswered> {
        Err(Unanswered::NotSent(Words::new("nobody is there")))
    }

    async fn find(&self, _order: &Order) -> Result<Finding, Unanswered> {
        Err(Unanswered::NotSent(Words::new("nobody is there")))
    }

    async fn paid_of(&self, orders: &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered> {
        Ok(vec![None; orders.len()])
    }

    async fn check(&self) -> Result<Timestamp, Refusal> {
        Ok(self.0)
    }
}
