//! What the behaviour says to a request, and what becomes of the answer on its way.

use std::time::Duration;

use serde::Serialize;

use crate::gateway::simulator::wire::Envelope;

/// How an answer fares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It arrives.
    Deliver,
    /// Nobody could be reached and no byte was sent. In process this is "not sent"; over HTTP the
    /// connection exists already, so there it is the same as [`Fate::DropBefore`].
    Unreachable,
    /// The connection closes without an answer, and nothing was done.
    DropBefore,
    /// The connection closes without an answer, and the work was done.
    DropAfter,
    /// The first half of the body arrives, then the connection closes.
    Truncate,
}

/// An HTTP answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: &'static str,
    /// The `Location` header of a redirect.
    pub location: Option<&'static str>,
    /// The `Retry-After` header, in whole seconds.
    pub alone: Option<Duration>,
    /// The body.
    pub body: Vec<u8>,
    /// How long after the request it is sent, or the connection closed.
    pub after: Duration,
    /// What becomes of it.
    pub fate: Fate,
}

/// The media type of every answer with an envelope.
pub(super) const JSON: &str = "application/json; charset=utf-8";
const HTML: &str = "text/html; charset=utf-8";

impl Reply {
    /// `code` 0 and a response.
    pub(super) fn done(response: &impl Serialize) -> Self {
        Self::with_json(200, &Envelope::of(response))
    }

    /// Refused by the gateway: a `code` that is not 0, a text, and no response.
    pub(super) fn refused(status: u16, code: i64, message: &str) -> Self {
        Self::with_json(status, &Envelope::<()>::refusal(code, message))
    }

    /// HTTP 400: the request lacks something or cannot be read.
    pub(super) fn malformed(message: &str) -> Self {
        Self::refused(400, 1, message)
    }

    /// HTTP 401. docs: `code` -1 without a valid token.
    pub(super) fn unauthorized() -> Self {
        Self::refused(401, -1, "Unauthorized")
    }

    /// HTTP 404 with the envelope: the gateway itself says that there is no such thing.
    pub(super) fn unknown(message: &str) -> Self {
        Self::refused(404, 1, message)
    }

    /// An answer that is not the gateway's own: a proxy's page, a wrong route.
    pub(super) fn page(status: u16, title: &str) -> Self {
        let text = format!("<html><head><title>{title}</title></head><body>{title}</body></html>");
        Self::bytes(status, HTML, text.into_bytes())
    }

    /// Any body.
    pub(super) fn bytes(status: u16, content_type: &'static str, body: Vec<u8>) -> Self {
        Self {
            status,
            content_type,
            location: None,
            alone: None,
            body,
            after: Duration::ZERO,
            fate: Fate::Deliver,
        }
    }

    /// Any JSON. Writing our own structs into memory cannot fail: their keys are texts.
    pub(super) fn with_json(status: u16, body: &impl Serialize) -> Self {
        let mut bytes = Vec::with_capacity(1536);
        match serde_json::to_writer(&mut bytes, body) {
            Ok(()) => Self::bytes(status, JSON, bytes),
            Err(problem) => Self::page(500, &problem.to_string()),
        }
    }

    /// The part of the body that a truncated answer still carries.
    pub(super) fn first_half(&self) -> &[u8] {
        self.body.get(..self.body.len() / 2).unwrap_or_default()
    }
}
