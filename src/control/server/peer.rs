//! Who is at the other end of a connection, as the kernel says it, what they may do, and under which
//! idempotency key they ask.

use axum::Json;
use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::serve::IncomingStream;
use serde::Serialize;
use tokio::net::UnixListener;

use crate::control::protocol::{KEY_HEADER, REPEATED_HEADER};
use crate::control::server::refusal::Refusal;
use crate::control::server::{Api, Permissions};
use crate::core::answer::Words;
use crate::core::idempotency::IdempotencyKey;
use crate::core::spread;
use crate::store::{Given, Once, Who};

/// The peer's user, or nobody if the kernel does not say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Peer(Option<u32>);

impl Connected<IncomingStream<'_, UnixListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, UnixListener>) -> Self {
        Self(stream.io().peer_cred().ok().map(|peer| peer.uid()))
    }
}

/// A peer who may change things. A handler that takes one first refuses everybody else before it
/// reads the body.
#[derive(Debug)]
pub(super) struct Operator {
    /// The name in the journal: `uid:1000`.
    actor: String,
    key: Option<IdempotencyKey>,
}

impl Operator {
    /// Who asks for this, in these words, for this reason.
    ///
    /// # Errors
    /// [`Refusal`] when the reason is none.
    pub(super) fn asking(
        self,
        what: &str,
        words: &impl Serialize,
        reason: Option<&str>,
    ) -> Result<Who, Refusal> {
        let Self { actor, key } = self;
        let reason = reason.map(reason_of).transpose()?;
        let Some(key) = key else {
            let once = None;
            return Ok(Who {
                actor,
                reason,
                once,
            });
        };
        // What was read, written anew: spaces and the order of names make no other request.
        let words = serde_json::to_string(words)
            .map_err(|why| Refusal::invalid(format!("the body cannot be read: {why}")))?;
        let request = spread::fingerprint(&format!("{what}\n{words}"));
        let once = Some(Once { key, request });
        Ok(Who {
            actor,
            reason,
            once,
        })
    }
}

fn reason_of(text: &str) -> Result<Words, Refusal> {
    let length = text.trim().chars().count();
    if (1..=Words::LENGTH_MAX).contains(&length) {
        return Ok(Words::new(text));
    }
    Err(Refusal::invalid(format!(
        "the reason has {length} characters: write 1 to {}",
        Words::LENGTH_MAX
    )))
}

/// An answer to a change; a header says whether it was given before.
#[derive(Debug)]
pub(super) struct Answered<T>(pub(super) Given<T>);

impl<T: Serialize> IntoResponse for Answered<T> {
    fn into_response(self) -> Response {
        let Self(given) = self;
        if given.is_repeated {
            ([(REPEATED_HEADER, "true")], Json(given.answer)).into_response()
        } else {
            Json(given.answer).into_response()
        }
    }
}

impl FromRequestParts<Api> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let peer = ConnectInfo::<Peer>::from_request_parts(parts, api).await;
        let uid = peer.ok().and_then(|ConnectInfo(Peer(uid))| uid);
        match uid {
            Some(uid) if api.permissions.may_change(uid) => Ok(Self {
                actor: format!("uid:{uid}"),
                key: key(parts)?,
            }),
            uid => Err(Refusal::not_permitted(uid)),
        }
    }
}

fn key(parts: &Parts) -> Result<Option<IdempotencyKey>, Refusal> {
    let mut headers = parts.headers.get_all(KEY_HEADER).into_iter();
    let Some(header) = headers.next() else {
        return Ok(None);
    };
    if headers.next().is_some() {
        return Err(Refusal::invalid(format!(
            "there are two {KEY_HEADER} headers: send one"
        )));
    }
    let text = String::from_utf8_lossy(header.as_bytes());
    let key = IdempotencyKey::parse(&text).map_err(|bad| Refusal::invalid(bad.to_string()))?;
    Ok(Some(key))
}

impl Permissions {
    fn may_change(&self, uid: u32) -> bool {
        uid == 0 || uid == self.own_uid || self.operators.contains(&uid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_the_daemon_and_operators_may_change_things() {
        let permissions = Permissions {
            own_uid: 990,
            operators: vec![1000, 1001],
        };
        let may: Vec<u32> = [0, 1, 990, 991, 1000, 1001, 1002, 65_534]
            .into_iter()
            .filter(|uid| permissions.may_change(*uid))
            .collect();
        assert_eq!(may, [0, 990, 1000, 1001]);
    }
}
