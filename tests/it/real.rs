//! Against the real binary: the daemon and the simulated gateway as processes, with real clocks, files
//! and sockets, and everything done to them that an operator's machine might do.

#![allow(clippy::unwrap_used, reason = "a test fails where it breaks")]
#![allow(clippy::indexing_slicing, reason = "a test fails where it breaks")]
#![allow(
    clippy::disallowed_methods,
    reason = "processes live by the machine's clock"
)]
mod books;
mod canary;
mod clocks;
mod disks;
mod gateway;
mod kills;
mod outages;
mod power;
pub(crate) mod stage;
mod starts;
pub(crate) mod tools;
mod wire;
mod wires;
