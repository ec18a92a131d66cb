//! The client of the i'mport / `PortOne` V1 REST API. In reading order: what goes over the wire, what a
//! refusal means, what a payment record means, what a whole answer means, and who asks.
//!
//! Everything but `token`, `http` and `client` is pure: bytes in, a verdict out.

mod again;
pub mod client;
mod finding;
mod http;
mod record;
pub mod settings;
mod token;
pub mod verdict;
mod wire;

#[cfg(test)]
pub(crate) mod loopback;
