//! The real daemon on a database of some size, a gateway that writes down when it was asked, and what
//! the kernel says of the daemon. It measures nothing by itself.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use dues::engine::clock::{Clock, Wall};
use dues::gateway::simulator::behaviour::Behaviour;
use dues::gateway::simulator::http;
use dues::gateway::simulator::shared::Shared;
use dues::gateway::simulator::switches::Switches;
use jiff::Timestamp;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

const DUES: &str = env!("CARGO_BIN_EXE_dues");

/// How many requests may be under way.
pub(crate) const IN_FLIGHT_MAX: usize = 1_000;

/// How long a daemon may take to answer.
const PATIENCE: Duration = Duration::from_mins(2);

/// How often a socket that is not there yet is looked for.
const LOOK_EVERY: Duration = Duration::from_micros(500);

static WALL: LazyLock<Wall> = LazyLock::new(Wall::start);

/// What time it is, by the clock that the daemon reads too.
pub(crate) fn now() -> Timestamp {
    WALL.now()
}

/// A gateway in this process, asked over loopback HTTP.
pub(crate) struct Gateway {
    books: Shared<fn() -> Timestamp>,
    url: String,
    /// It answers as long as this lives.
    _runtime: Runtime,
}

impl Gateway {
    pub(crate) fn start() -> Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let url = format!("http://{}", listener.local_addr()?);
        let books = Shared::new(Behaviour::new(Switches::honest()), now as fn() -> Timestamp);
        runtime.spawn(http::serve(listener, books.clone(), std::future::pending()));
        Ok(Self {
            books,
            url,
            _runtime: runtime,
        })
    }

    /// When each charge came in, in order.
    pub(crate) fn came_at(&self) -> Vec<Timestamp> {
        self.books.with(|behaviour, _| {
            let payments = behaviour.ledger().payments().iter();
            payments.map(|payment| payment.made_at).collect()
        })
    }

    /// How many charges came in.
    pub(crate) fn charged(&self) -> usize {
        self.books
            .with(|behaviour, _| behaviour.ledger().payments().len())
    }

    /// How long it takes for an answer from now on.
    pub(crate) fn takes(&self, latency: Duration) {
        self.books.with(|behaviour, _| {
            let switches = behaviour.switches().clone();
            behaviour.set_switches(Switches {
                latency,
                ..switches
            });
        });
    }

    /// How many requests came in, whatever they were for.
    pub(crate) fn requests(&self) -> u64 {
        self.books.with(|behaviour, _| behaviour.requests())
    }

    /// How many cycles were charged twice.
    pub(crate) fn double_charges(&self) -> usize {
        self.books
            .with(|behaviour, _| behaviour.ledger().double_charges().len())
    }

    /// Waits until so many requests came in.
    pub(crate) fn wait_for_requests(&self, requests: u64, longest: Duration) -> Result<()> {
        let until = Instant::now() + longest;
        while self.requests() < requests {
            ensure!(Instant::now() < until, "requests are missing");
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(())
    }

    /// The customers in the order in which they were charged.
    pub(crate) fn customers(&self) -> Vec<Arc<str>> {
        self.books.with(|behaviour, _| {
            let payments = behaviour.ledger().payments().iter();
            payments
                .map(|payment| payment.customer_uid.clone())
                .collect()
        })
    }

    /// Waits until so many charges came in.
    pub(crate) fn wait_for(&self, charges: usize, longest: Duration) -> Result<()> {
        let until = Instant::now() + longest;
        while self.charged() < charges {
            ensure!(Instant::now() < until, "charges are missing");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }
}

/// A state directory, its configuration, and the daemon that runs on it.
pub(crate) struct Shop {
    directory: TempDir,
    daemon: Option<Child>,
}

impl Shop {
    /// A shop that has no subscriptions yet, as `dues serve` made it.
    pub(crate) fn open(gateway: &Gateway, calls_per_second: &str) -> Result<Self> {
        // Beside the build, which is on a disk; the usual place for temporary files may be memory.
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let mut shop = Self {
            directory,
            daemon: None,
        };
        std::fs::create_dir(shop.path("state"))?;
        let secret = shop.path("secret");
        std::fs::write(&secret, "bench")?;
        std::fs::set_permissions(&secret, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        let text = format!(
            "[daemon]\ninstallation = \"bench\"\nstate_dir = \"{}\"\nsocket = \"{}\"\n\n\
             [gateway]\nbase_url = {:?}\nimp_key = \"bench\"\nimp_secret_file = \"{}\"\n\
             calls_per_second = {calls_per_second}\nin_flight_max = {IN_FLIGHT_MAX}\n\n\
             [billing]\ncharge_window = \"unguarded\"\n\n\
             [guard]\nunforetold_charges_max = \"unlimited\"\n\
             unforetold_won_max = \"unlimited\"\n\n\
             [plans.monthly]\nname = \"Monthly\"\namount = 9900\nevery = \"1 month\"\n",
            shop.path("state").display(),
            shop.socket().display(),
            gateway.url,
            secret.display(),
        );
        std::fs::write(shop.path("dues.toml"), text)?;
        shop.start()?;
        shop.stop()?;
        Ok(shop)
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.path("state").join("dues.db")
    }

    /// Starts the daemon; how long it took until it answered.
    pub(crate) fn start(&mut self) -> Result<Duration> {
        let begun_at = Instant::now();
        let log = std::fs::File::create(self.path("log"))?;
        let child = Command::new(DUES)
            .args([
                Path::new("--config"),
                &self.path("dues.toml"),
                Path::new("serve"),
            ])
            .stdout(Stdio::from(log.try_clone()?))
            .stderr(Stdio::from(log))
            .spawn()
            .context("cannot start dues")?;
        self.daemon = Some(child);
        while self.get("/v1/status").is_err() {
            let ended = self
                .daemon
                .as_mut()
                .and_then(|child| child.try_wait().ok()?);
            if ended.is_some() || begun_at.elapsed() > PATIENCE {
                bail!(
                    "dues did not start: {}",
                    std::fs::read_to_string(self.path("log"))?
                );
            }
            std::thread::sleep(LOOK_EVERY);
        }
        Ok(begun_at.elapsed())
    }

    /// Ends the daemon as systemd does, and waits until it is gone.
    pub(crate) fn stop(&mut self) -> Result<()> {
        let Some(mut child) = self.daemon.take() else {
            return Ok(());
        };
        let pid = i32::try_from(child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let pid = pid.context("a process has a number")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        child.wait()?;
        Ok(())
    }

    /// Ends the daemon as a power cut does, but for what the kernel has.
    pub(crate) fn kill(&mut self) -> Result<()> {
        if let Some(mut child) = self.daemon.take() {
            child.kill()?;
            child.wait()?;
        }
        Ok(())
    }

    /// Asks the daemon over its socket, and how long that took.
    pub(crate) fn get(&self, path: &str) -> Result<Duration> {
        let begun_at = Instant::now();
        let mut socket = UnixStream::connect(self.socket())?;
        write!(
            socket,
            "GET {path} HTTP/1.1\r\nHost: dues\r\nConnection: close\r\n\r\n"
        )?;
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer)?;
        ensure!(
            answer.starts_with(b"HTTP/1.1 200"),
            "{}",
            String::from_utf8_lossy(&answer)
        );
        Ok(begun_at.elapsed())
    }

    /// Imports subscriptions from lines of CSV, and how long that took.
    pub(crate) fn import(&self, rows: &str) -> Result<Duration> {
        let file = self.path("rows.csv");
        std::fs::write(&file, format!("customer_uid,plan,anchor,id\n{rows}"))?;
        let begun_at = Instant::now();
        let output = Command::new(DUES)
            .args([
                Path::new("--config"),
                &self.path("dues.toml"),
                Path::new("import"),
                &file,
            ])
            .output()?;
        ensure!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        Ok(begun_at.elapsed())
    }

    /// How long the daemon was on a processor so far, all threads together.
    pub(crate) fn worked(&self) -> Result<Duration> {
        let mut nanos = 0;
        for thread in std::fs::read_dir(self.proc("task")?)? {
            let times = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let on_processor = times
                .split_whitespace()
                .next()
                .context("schedstat is empty")?;
            nanos += on_processor.parse::<u64>()?;
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The daemon's memory in KiB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory_kib(&self, which: &str) -> Result<u64> {
        let status = std::fs::read_to_string(self.proc("status")?)?;
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(which)?.strip_prefix(':'));
        let text = line.context("no such line in status")?;
        Ok(text.trim().trim_end_matches(" kB").parse()?)
    }

    fn proc(&self, what: &str) -> Result<PathBuf> {
        let child = self.daemon.as_ref().context("no daemon runs")?;
        Ok(PathBuf::from(format!("/proc/{}/{what}", child.id())))
    }

    fn socket(&self) -> PathBuf {
        self.path("dues.sock")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.kill().ok();
    }
}
