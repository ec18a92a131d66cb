//! The simulated gateway as a process of its own: started, told its latency, asked for its books, and
//! ended through its handle. It knows nothing of what is measured against it.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dues::engine::clock::{Clock, Wall};
use dues::gateway::simulator::behaviour::Behaviour;
use dues::gateway::simulator::http;
use dues::gateway::simulator::shared::Shared;
use dues::gateway::simulator::switches::Switches;
use serde::Deserialize;
use tokio::net::TcpListener;

/// The longest that a gateway lives, should nobody end it.
const LIFE_MAX: Duration = Duration::from_mins(10);

/// A gateway that runs. It ends when this is dropped.
pub(crate) struct Gateway {
    child: Child,
    url: String,
}

/// What the gateway's books say.
#[derive(Debug, Deserialize)]
pub(crate) struct Books {
    pub(crate) payments: u64,
    pub(crate) double_charges: u64,
}

impl Gateway {
    pub(crate) fn start() -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?)
            .arg("gateway")
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the gateway")?;
        let stdout = child.stdout.take().context("the gateway has no stdout")?;
        // From here on dropping it ends the process, whatever goes wrong.
        let mut gateway = Self {
            child,
            url: String::new(),
        };
        let mut line = String::new();
        BufReader::new(stdout).read_line(&mut line)?;
        line.trim().clone_into(&mut gateway.url);
        ensure!(
            gateway.url.starts_with("http://"),
            "the gateway did not say where it is"
        );
        Ok(gateway)
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn set_latency(&self, latency_ms: u64) -> Result<()> {
        let switches = format!(r#"{{"latency_ms":{latency_ms}}}"#);
        self.call("PUT", "switches", Some(switches)).map(|_| ())
    }

    pub(crate) fn books(&self) -> Result<Books> {
        Ok(serde_json::from_str(&self.call("GET", "ledger", None)?)?)
    }

    fn call(&self, method: &str, what: &str, body: Option<String>) -> Result<String> {
        crate::daemon::runtime()?.block_on(async {
            let url = format!("{}/simulator/{what}", self.url);
            let request = crate::bare::client(1)?.request(method.parse()?, url);
            let request = match body {
                Some(body) => request.body(body),
                None => request,
            };
            let response = request.send().await?.error_for_status()?;
            Ok(String::from_utf8(response.bytes().await?.to_vec())?)
        })
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        // An error means that it has ended already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The gateway's side: says where it is and answers until it is ended.
pub(crate) fn play() -> Result<()> {
    crate::daemon::runtime()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let mut stdout = std::io::stdout();
        writeln!(stdout, "{url}")?;
        stdout.flush()?;

        let wall = Wall::start();
        let behaviour = Behaviour::new(Switches::honest());
        let shared = Shared::new(behaviour, move || wall.now());
        http::serve(listener, shared, tokio::time::sleep(LIFE_MAX)).await?;
        Ok(())
    })
}
