//! The simulated gateway: one behaviour, reached in process or over HTTP. It is the i'mport V1 API as
//! GATEWAY.md describes it, with books of its own that an oracle can read, faults on demand, and a
//! switch for each point that nobody could establish. It knows nothing of subscriptions.
//!
//! The modules in reading order: [`request`] in and [`reply`] out, [`behaviour`] between them,
//! [`ledger`] for what happened, [`outcome`], [`script`] and [`switches`] for what shall go wrong,
//! then the two ways in: [`process`] and [`http`].

pub mod behaviour;
mod books;
mod charge;
mod control;
mod customers;
mod execute;
pub mod http;
pub mod ledger;
mod lookup;
pub mod outcome;
pub mod process;
mod refund;
pub mod reply;
pub mod request;
pub mod script;
mod settings;
pub mod shared;
pub mod switches;
mod token;
mod wire;

#[cfg(test)]
mod tests;
