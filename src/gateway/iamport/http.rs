//! One request, one answer: HTTP with everything switched off that could send a request twice, and a
//! limit on everything that comes back. Knows nothing of payments.

use std::error::Error;
use std::time::Duration;

use memchr::memmem;
use reqwest::header::RETRY_AFTER;
use reqwest::{Proxy, RequestBuilder, Url, redirect, retry};

use crate::core::answer::{Unanswered, Words};
use crate::gateway::iamport::settings::{BadSettings, Secret, Settings};

/// The longest answer that is read, in bytes. A page of payments is some 300 kB at most.
const BODY_MAX: usize = 2 << 20;

/// How long an unused connection is kept: shorter than servers usually do, so that a request seldom
/// meets a connection that is being closed.
const IDLE_MAX: Duration = Duration::from_secs(20);

/// How long connecting may take, name look-up and TLS included.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// An answer, whatever it says.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// For how long the gateway wants to be left alone (`Retry-After`). A date there is not read: it
    /// would be by their clock, and the pace alone recovers as well.
    pub(crate) alone: Duration,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    /// The answer without what was told in confidence: a complaint may repeat the request that it is
    /// about, and the words of a gateway are kept, logged and shown.
    pub(crate) fn without(mut self, secret: &Secret) -> Self {
        /// Shorter ones are of tests, and are found in words that mean something.
        const LENGTH_MIN: usize = 8;
        const MARK: &[u8] = b"[secret]";
        let secret = secret.expose().as_bytes();
        if secret.len() < LENGTH_MIN {
            return self;
        }

        let mut from = 0;
        while let Some(place) = memmem::find(self.body.get(from..).unwrap_or_default(), secret) {
            let start = from + place;
            self.body
                .splice(start..start + secret.len(), MARK.iter().copied());
            from = start + MARK.len();
        }
        self
    }
}

/// The HTTP client, with every automatism off that would send a request a second time.
///
/// One remains inside the library and is harmless: a request that was queued on a kept connection,
/// of which no byte was written when that connection turned out closed, goes to a new one.
pub(crate) fn client(settings: &Settings) -> Result<reqwest::Client, BadSettings> {
    // An error means that a provider is installed already, by us or by somebody before us.
    rustls::crypto::ring::default_provider()
        .install_default()
        .ok();

    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("dues/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .no_proxy()
        .http1_only()
        .tcp_nodelay(true)
        .pool_idle_timeout(IDLE_MAX)
        .pool_max_idle_per_host(settings.in_flight_max)
        .timeout(settings.request_timeout)
        // Below the whole time-out, or a host that does not answer would look like a lost answer.
        .connect_timeout(CONNECT_WITHIN.min(settings.request_timeout / 2));
    if let Some(proxy) = &settings.proxy {
        builder = builder.proxy(Proxy::all(proxy.expose()).map_err(|_| BadSettings::Proxy)?);
    }
    builder
        .build()
        .map_err(|error| BadSettings::Https(why(&error)))
}

/// Reads where the API is.
pub(crate) fn base_url(text: &str) -> Result<Url, BadSettings> {
    let bad = |complaint: &str| BadSettings::BaseUrl(complaint.to_owned());
    let url = Url::parse(text).map_err(|error| bad(&error.to_string()))?;
    if !matches!(url.scheme(), "https" | "http") {
        return Err(bad("it is neither https nor http"));
    }
    // A user name in the URL would replace our Authorization header.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(bad("it carries a user name"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(bad("it has more than a host and a path"));
    }
    Ok(url)
}

/// The URL of a call: each segment percent-encoded under the base.
pub(crate) fn url_of(base: &Url, segments: &[&str]) -> Url {
    let mut url = base.clone();
    // Only URLs such as "mailto:" have no segments, and `base_url` refused those.
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(segments);
    }
    url
}

/// Sends one request, at most once, and reads the whole answer.
///
/// # Errors
/// [`Unanswered::NotSent`] when no connection came about: only that proves that no byte of the
/// request was written. Everything else is [`Unanswered::Lost`].
pub(crate) async fn send(request: RequestBuilder) -> Result<Reply, Unanswered> {
    let lost = |error: &reqwest::Error| Unanswered::Lost(Words::new(&why(error)));
    let mut response = match request.send().await {
        Ok(response) => response,
        // A request that cannot be built was never sent either.
        Err(error) if error.is_connect() || error.is_builder() => {
            return Err(Unanswered::NotSent(Words::new(&why(&error))));
        }
        Err(error) => return Err(lost(&error)),
    };

    let status = response.status().as_u16();
    let alone = response.headers().get(RETRY_AFTER);
    let alone = alone.and_then(|seconds| seconds.to_str().ok()?.trim().parse().ok());
    let alone = Duration::from_secs(alone.unwrap_or(0));
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if body.len() + chunk.len() > BODY_MAX {
            let long = format!("HTTP {status} with an answer longer than {BODY_MAX} bytes");
            return Err(Unanswered::Lost(Words::new(&long)));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Reply {
        status,
        alone,
        body,
    })
}

/// The error and its causes, without the URL.
fn why(error: &reqwest::Error) -> String {
    let what = if error.is_timeout() {
        "time-out"
    } else if error.is_connect() {
        "no connection"
    } else {
        "broken exchange"
    };
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(what.to_owned(), |text, cause| format!("{text}: {cause}"))
}
