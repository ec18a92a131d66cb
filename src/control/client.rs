//! The commands' end of the socket. When nobody answers it finds out why, for each reason has its own
//! remedy. It knows no terminal and no exit codes.

mod change;
mod everybody;
mod report;

use std::error::Error;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url, redirect, retry};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::control::protocol::doctor::{Doctor, Released};
use crate::control::protocol::preview::{Explained, OfPlan, Preview};
use crate::control::protocol::status::Status;
use crate::control::protocol::{
    Added, Export, Failed, Fault, KEY_HEADER, Kind, Outcome, REPEATED_HEADER, Reason, Rows, Shown,
    Subscription, Wanted,
};

/// How long an answer may take. A batch waits for one commit at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// The host is not looked up: every connection goes to the socket.
const BASE: &str = "http://dues/v1/";

/// A way to speak to the daemon.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    socket: PathBuf,
    key: Option<String>,
}

/// What the daemon answered to a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told<T> {
    /// The answer.
    pub answer: T,
    /// Whether it was given before, to the same request under the same idempotency key.
    pub is_repeated: bool,
}

/// Why there is no result.
#[derive(Debug, thiserror::Error)]
pub enum NoResult {
    /// The daemon said no; nothing was written.
    #[error(transparent)]
    Refused(#[from] Fault),
    /// Nobody answered.
    #[error(transparent)]
    Unreachable(#[from] Unreachable),
    /// No client could be made: a fault of ours.
    #[error("cannot prepare a client for {socket}")]
    NoClient {
        /// Where the daemon would answer.
        socket: PathBuf,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
}

/// Why the daemon did not answer, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    /// There is no socket.
    #[error(
        "there is no socket at {0}: the daemon is not running (systemctl start dues), or it \
         answers elsewhere (--socket PATH, --config FILE)"
    )]
    Absent(PathBuf),
    /// The socket is not for this user.
    #[error(
        "this user may not use {0}: use sudo, or join the group (sudo usermod -aG dues USER) and \
         log in again"
    )]
    Forbidden(PathBuf),
    /// Nobody listens on the socket.
    #[error(
        "nobody listens at {0}: the daemon died and left its socket; journalctl -u dues says why, \
         systemctl restart dues starts it again"
    )]
    Refusing(PathBuf),
    /// Somebody listens, but there was no answer, or not one of dues.
    #[error(
        "whoever listens at {socket} does not answer as dues does: {what}; what was asked for may \
         have been done: look before you repeat it; if it stays so, journalctl -u dues may say why"
    )]
    Silent {
        /// Where.
        socket: PathBuf,
        /// What was seen instead.
        what: String,
    },
}

impl Client {
    /// A client for the daemon at this socket. It does not connect yet.
    ///
    /// # Errors
    /// [`NoResult::NoClient`].
    pub fn new(socket: &Path) -> Result<Self, NoResult> {
        Self::with_patience(socket, ANSWER_WITHIN)
    }

    /// The same with another span to wait for an answer.
    ///
    /// # Errors
    /// [`NoResult::NoClient`].
    pub fn with_patience(socket: &Path, answer_within: Duration) -> Result<Self, NoResult> {
        // The HTTP library wants a TLS provider though nothing here is encrypted. An error means that
        // one is installed already.
        rustls::crypto::ring::default_provider()
            .install_default()
            .ok();
        let http = reqwest::Client::builder()
            .unix_socket(socket)
            .http1_only()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .timeout(answer_within)
            .build();
        let base = Url::parse(BASE);
        let socket = socket.to_owned();
        match (http, base) {
            (Ok(http), Ok(base)) => Ok(Self {
                http,
                base,
                socket,
                key: None,
            }),
            (Err(source), _) => Err(NoResult::NoClient { socket, source }),
            (_, Err(why)) => Err(silent(&socket, &why.to_string()).into()),
        }
    }

    /// The same; whatever it changes is changed once under this idempotency key.
    #[must_use]
    pub fn under(&self, key: Option<String>) -> Self {
        Self {
            key,
            ..self.clone()
        }
    }

    /// The front page.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn status(&self) -> Result<Status, NoResult> {
        self.ask(self.get(&["status"], &[])).await
    }

    /// What is wrong, one by one.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn doctor(&self) -> Result<Doctor, NoResult> {
        self.ask(self.get(&["doctor"], &[])).await
    }

    /// Goes on charging although the database may not be the newest.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn release_fence(&self, why: &Reason) -> Result<Told<Released>, NoResult> {
        self.tell(self.post(&["fence", "release"], why)).await
    }

    /// Adds one subscription.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn add(&self, wanted: &Wanted) -> Result<Told<Added>, NoResult> {
        self.tell(self.post(&["subscriptions"], wanted)).await
    }

    /// Adds a batch; one outcome for each, in order.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn add_all(&self, wanted: &[Wanted]) -> Result<Vec<Outcome>, NoResult> {
        let outcomes: Vec<Outcome> = self.ask(self.post(&["subscriptions"], wanted)).await?;
        if outcomes.len() == wanted.len() {
            Ok(outcomes)
        } else {
            let (got, asked) = (outcomes.len(), wanted.len());
            Err(silent(&self.socket, &format!("{got} outcomes for {asked} rows")).into())
        }
    }

    /// A page of subscriptions.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn list(
        &self,
        after: Option<&str>,
        status: Option<&str>,
    ) -> Result<Rows<Subscription>, NoResult> {
        let query = [("after", after), ("status", status)];
        self.ask(self.get(&["subscriptions"], &query)).await
    }

    /// A subscription with its history, by its id or its customer.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn show(&self, id: &str) -> Result<Shown, NoResult> {
        self.ask(self.get(&["subscriptions", nameable(id)?], &[]))
            .await
    }

    /// Why a subscription was, was not, or will be charged.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn explain(&self, id: &str, cycle: Option<u32>) -> Result<Explained, NoResult> {
        let cycle = cycle.map(|cycle| cycle.to_string());
        let path = ["subscriptions", nameable(id)?, "explain"];
        self.ask(self.get(&path, &[("cycle", cycle.as_deref())]))
            .await
    }

    /// What is to come of a subscription.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn preview(
        &self,
        id: &str,
        until: Option<&str>,
        cycles: Option<u32>,
    ) -> Result<Preview, NoResult> {
        let cycles = cycles.map(|cycles| cycles.to_string());
        let path = ["subscriptions", nameable(id)?, "preview"];
        let query = [("until", until), ("cycles", cycles.as_deref())];
        self.ask(self.get(&path, &query)).await
    }

    /// What somebody who starts then would pay for so many of a plan.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn preview_plan(&self, plan: &str, asked: &OfPlan) -> Result<Preview, NoResult> {
        let cycles = asked.cycles.map(|cycles| cycles.to_string());
        let quantity = asked.quantity.map(|quantity| quantity.to_string());
        let path = ["plans", nameable(plan)?, "preview"];
        let query = [
            ("from", asked.from.as_deref()),
            ("cycles", cycles.as_deref()),
            ("quantity", quantity.as_deref()),
            ("coupon", asked.coupon.as_deref()),
        ];
        self.ask(self.get(&path, &query)).await
    }

    /// A page of what is to come of everybody until then.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn preview_fleet(
        &self,
        until: &str,
        after: Option<&str>,
    ) -> Result<Preview, NoResult> {
        let query = [("until", Some(until)), ("after", after)];
        self.ask(self.get(&["preview"], &query)).await
    }

    /// A page of everything there is.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn export<T: DeserializeOwned>(
        &self,
        what: Export,
        after: Option<&str>,
    ) -> Result<Rows<T>, NoResult> {
        let path = ["export", what.name()];
        self.ask(self.get(&path, &[("after", after)])).await
    }

    fn get(&self, path: &[&str], query: &[(&str, Option<&str>)]) -> RequestBuilder {
        let mut url = self.url(path);
        for (name, value) in query {
            if let Some(value) = value {
                url.query_pairs_mut().append_pair(name, value);
            }
        }
        self.http.request(Method::GET, url)
    }

    fn post(&self, path: &[&str], body: &(impl Serialize + ?Sized)) -> RequestBuilder {
        let request = self.http.request(Method::POST, self.url(path)).json(body);
        match &self.key {
            Some(key) => request.header(KEY_HEADER, key),
            None => request,
        }
    }

    fn url(&self, path: &[&str]) -> Url {
        let mut url = self.base.clone();
        // Only URLs such as "mailto:" have no segments.
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        url
    }

    async fn ask<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, NoResult> {
        self.tell(request).await.map(|told| told.answer)
    }

    async fn tell<T: DeserializeOwned>(
        &self,
        request: RequestBuilder,
    ) -> Result<Told<T>, NoResult> {
        let unreachable = |error| unreachable(&self.socket, &error);
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let is_repeated = response.headers().contains_key(REPEATED_HEADER);
        let body = response.bytes().await.map_err(unreachable)?;

        if status.is_success() {
            let answer = serde_json::from_slice(&body).map_err(|error| {
                silent(&self.socket, &format!("its answer cannot be read: {error}"))
            })?;
            return Ok(Told {
                answer,
                is_repeated,
            });
        }
        match serde_json::from_slice::<Failed>(&body) {
            Ok(failed) => Err(failed.error.into()),
            Err(_) => Err(silent(&self.socket, &format!("it says HTTP {status}")).into()),
        }
    }
}

/// A path segment that URLs let through. The others are nobody's id.
fn nameable(id: &str) -> Result<&str, Fault> {
    if matches!(id, "" | "." | "..") {
        return Err(Fault {
            kind: Kind::NotFound,
            message: format!("no subscription has the id {id:?}: `dues list` shows them"),
        });
    }
    Ok(id)
}

fn silent(socket: &Path, what: &str) -> Unreachable {
    Unreachable::Silent {
        socket: socket.to_owned(),
        what: what.to_owned(),
    }
}

/// What the operating system said decides which of the reasons it is.
fn unreachable(socket: &Path, error: &reqwest::Error) -> Unreachable {
    let causes = || std::iter::successors(error.source(), |cause| (*cause).source());
    let system = causes().find_map(|cause| cause.downcast_ref::<std::io::Error>());
    let kind = system
        .filter(|_| error.is_connect())
        .map(std::io::Error::kind);

    match kind {
        Some(ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            Unreachable::Absent(socket.to_owned())
        }
        Some(ErrorKind::PermissionDenied) => Unreachable::Forbidden(socket.to_owned()),
        Some(ErrorKind::ConnectionRefused) => Unreachable::Refusing(socket.to_owned()),
        _ if error.is_timeout() => silent(socket, "there was no answer in time"),
        _ => {
            let why = causes().map(ToString::to_string).last();
            silent(socket, &why.unwrap_or_else(|| error.to_string()))
        }
    }
}
