//! What the client has to be told. It invents no value: every default belongs to configuration.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// Everything that decides how the gateway is asked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API is: `https://api.iamport.kr`, or a simulated gateway. May carry a path.
    pub base_url: String,
    /// The merchant's REST API key. Public in the vendor's eyes, and treated as a secret here.
    pub imp_key: Secret,
    /// The merchant's REST API secret.
    pub imp_secret: Secret,
    /// From the start of a request (connecting included) to the last byte of its answer. The gateway's maker asks for at
    /// least 60 seconds (docs: V2, read time-out).
    pub request_timeout: Duration,
    /// Which payments are ours.
    pub mode: Mode,
    /// How the token is written.
    pub authorization: Authorization,
    /// The sub-merchant's code for the `Tier` header, if the account has sub-merchants.
    pub tier: Option<String>,
    /// The URL of the only way out, if there is one; it may carry a password. Proxies that the
    /// environment names are never used.
    pub proxy: Option<Secret>,
    /// How many idle connections are kept: as many as charges may be in flight.
    pub in_flight_max: usize,
}

/// Whether the merchant's channel moves money for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// A payment counts only if its `sandbox` flag is false.
    Live,
    /// A payment counts only if its `sandbox` flag is true.
    Test,
}

impl Mode {
    /// What the `sandbox` flag of our payments says.
    pub(crate) const fn sandbox(self) -> bool {
        match self {
            Self::Live => false,
            Self::Test => true,
        }
    }
}

/// The form of the `Authorization` header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Authorization {
    /// `Bearer <token>`, as documented.
    Bearer,
    /// The token alone, as most clients send it.
    Raw,
}

/// A text that must not be seen in logs, errors or dumps.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Takes the text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text, for the one place that sends it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Settings that no client can be built from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSettings {
    /// The base URL is not an address of an HTTP service.
    #[error("base_url cannot be used: {0}; write for example https://api.iamport.kr")]
    BaseUrl(String),
    /// The proxy URL cannot be read.
    #[error("proxy cannot be used: write for example http://proxy.internal:3128")]
    Proxy,
    /// The tier has characters that a header cannot carry.
    #[error("tier cannot be used: write the code as the console shows it, in printable ASCII")]
    Tier,
    /// The HTTP client could not be made, most often for lack of root certificates.
    #[error("cannot prepare HTTPS: {0}; are the system's CA certificates installed?")]
    Https(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret} {secret:?} {:?}", Some(&secret)), {
            "[secret] [secret] Some([secret])"
        });
    }
}
