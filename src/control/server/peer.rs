//! Who is at the other end of a connection, as the kernel says it, and what they may do.

use axum::extract::connect_info::Connected;
use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::request::Parts;
use axum::serve::IncomingStream;
use tokio::net::UnixListener;

use crate::control::server::refusal::Refusal;
use crate::control::server::{Api, Permissions};

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
    pub(super) actor: String,
}

impl FromRequestParts<Api> for Operator {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, api: &Api) -> Result<Self, Refusal> {
        let peer = ConnectInfo::<Peer>::from_request_parts(parts, api).await;
        let uid = peer.ok().and_then(|ConnectInfo(Peer(uid))| uid);
        match uid {
            Some(uid) if api.permissions.may_change(uid) => Ok(Self {
                actor: format!("uid:{uid}"),
            }),
            uid => Err(Refusal::not_permitted(uid)),
        }
    }
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
