//! `dues simulator`: the simulated gateway over HTTP, for the daemon and for a merchant's own tests.

use std::io::Write;
use std::net::SocketAddr;
use std::time::Duration;

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::daemon::simulator::{self, Customers, Keys, Switches};

/// Where, and how it behaves.
#[derive(Debug, Clone, Args)]
pub(super) struct Simulator {
    /// Where to listen; only addresses of this machine are taken
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8787", value_parser = loopback)]
    listen: SocketAddr,
    /// How long every request takes, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0)]
    latency_ms: u64,
    /// Take only this key and secret; without it any pair is good
    #[arg(long, value_name = "KEY:SECRET", value_parser = keys)]
    keys: Option<(String, String)>,
    /// Charge only customers whose card was registered here
    #[arg(long)]
    strict_customers: bool,
    /// Answer as a test channel does (sandbox: true)
    #[arg(long)]
    test_channel: bool,
}

/// Runs it until it is interrupted.
pub(super) fn run(simulator: &Simulator) -> Result<Exit, Failure> {
    let honest = Switches::honest();
    let keys = simulator
        .keys
        .clone()
        .map(|(key, secret)| Keys { key, secret });
    let customers = if simulator.strict_customers {
        Customers::Registered
    } else {
        honest.customers
    };
    let switches = Switches {
        keys,
        customers,
        sandbox: simulator.test_channel,
        latency: Duration::from_millis(simulator.latency_ms),
        ..honest
    };
    simulator::run(simulator.listen, switches, |address| {
        writeln!(
            std::io::stdout(),
            "the simulated gateway listens on http://{address}"
        )?;
        writeln!(
            std::io::stderr(),
            "its books: curl http://{address}/simulator/ledger\n\
             a customer_uid such as sim-decline-funds-then-pay says what comes of its charges"
        )
    })
    .map_err(|why| Failure::new(Exit::Failed, why))?;
    Ok(Exit::Done)
}

fn loopback(text: &str) -> Result<SocketAddr, String> {
    let address: SocketAddr = text
        .parse()
        .map_err(|_| format!("{text:?} is not an address such as 127.0.0.1:8787"))?;
    if address.ip().is_loopback() {
        Ok(address)
    } else {
        Err(format!(
            "{address} can be reached from elsewhere; a simulated gateway stays on 127.0.0.1"
        ))
    }
}

fn keys(text: &str) -> Result<(String, String), String> {
    match text.split_once(':') {
        Some((key, secret)) if !key.is_empty() && !secret.is_empty() => {
            Ok((key.to_owned(), secret.to_owned()))
        }
        _ => Err("write the key and the secret as KEY:SECRET".to_owned()),
    }
}
