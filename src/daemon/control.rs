//! The socket's end of the wiring: who may do what, and what the socket is told about the daemon.

use std::os::unix::net;
use std::sync::Arc;

use anyhow::{Context, Result};
use tokio::net::UnixListener;
use tokio::sync::watch;
use tracing::{error, warn};

use crate::config::gateway::Mode;
use crate::config::{Config, Operator};
use crate::control::server::{self, Api, Facts, Permissions, Tally};
use crate::engine::clock::{Clock, Wall};
use crate::engine::handle::Handle;
use crate::store::Reader;

/// What the socket answers with.
pub(super) fn api(config: &Config, handle: &Handle, reader: &Reader, clock: &Wall) -> Result<Api> {
    let own_uid = rustix::process::geteuid().as_raw();
    let operators = config
        .daemon
        .operators
        .iter()
        .map(uid)
        .collect::<Result<_>>()?;
    let (now, skew) = (clock.clone(), clock.clone());
    let gateway = &config.gateway.base_url;
    let host = gateway
        .split_once("://")
        .map_or(gateway.as_str(), |(_, host)| host);

    Ok(Api {
        handle: handle.clone(),
        reader: reader.clone(),
        tally: Tally::new(reader.clone()),
        now: Arc::new(move || now.now()),
        permissions: Permissions { own_uid, operators },
        facts: Facts {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            mode: match config.gateway.mode {
                Mode::Live => "live".to_owned(),
                Mode::Test => "test".to_owned(),
            },
            gateway_host: host.to_owned(),
            codes: Arc::new(config.gateway.codes.clone()),
            started_at: clock.now(),
            clock_skew: Arc::new(move || skew.skew_seconds()),
        },
    })
}

/// Answers until the daemon stops, on the thread that calls: who looks waits neither for turns nor for
/// requests, of which there may be hundreds in the queues of the threads that charge.
pub(super) fn serve(listener: net::UnixListener, api: Api, stopped: watch::Receiver<bool>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let served = runtime.and_then(|runtime| runtime.block_on(answer(listener, api, stopped)));
    if let Err(why) = served {
        error!(%why, "the socket broke: commands are not answered until the next start");
    }
}

async fn answer(
    listener: net::UnixListener,
    api: Api,
    mut stopped: watch::Receiver<bool>,
) -> std::io::Result<()> {
    let shutdown = async move {
        if stopped.wait_for(|is_stopping| *is_stopping).await.is_err() {
            warn!("the daemon is gone");
        }
    };
    server::serve(UnixListener::from_std(listener)?, api, shutdown).await
}

fn uid(operator: &Operator) -> Result<u32> {
    match operator {
        Operator::Uid(uid) => Ok(*uid),
        Operator::User(name) => {
            let user = nix::unistd::User::from_name(name)
                .with_context(|| format!("cannot look up the operator {name:?}"))?
                .with_context(|| format!("[daemon] operators: there is no user {name:?}"))?;
            Ok(user.uid.as_raw())
        }
    }
}
