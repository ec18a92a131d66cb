//! The simulated gateway as a process of its own.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;

use crate::engine::clock::{Clock, Wall};
use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::http;
use crate::gateway::simulator::shared::Shared;
pub use crate::gateway::simulator::switches::{Customers, Keys, Switches};

/// Answers as the gateway would, until it is interrupted. `listening` is told the address.
///
/// # Errors
/// When the address cannot be listened on.
pub fn run(
    listen: SocketAddr,
    switches: Switches,
    listening: impl FnOnce(SocketAddr) -> std::io::Result<()>,
) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .context("cannot start the runtime")?;
    runtime.block_on(async {
        let listener = TcpListener::bind(listen)
            .await
            .with_context(|| format!("cannot listen on {listen}"))?;
        listening(listener.local_addr().context("cannot tell the address")?)
            .context("cannot write where it listens")?;

        let clock = Wall::start();
        let shared = Shared::new(Behaviour::new(switches), move || clock.now());
        let interrupted = async {
            // Without a handler the signal ends the process by itself, which is as well.
            tokio::signal::ctrl_c().await.unwrap_or(());
        };
        http::serve(listener, shared, interrupted)
            .await
            .context("the server failed")
    })
}
