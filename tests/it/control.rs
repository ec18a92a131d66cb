//! The commands against a daemon's socket: the real binary, the real store, the real engine. Nothing
//! falls due, so that no gateway is asked.

#![allow(
    clippy::unwrap_used,
    clippy::needless_raw_string_hashes,
    reason = "helpers of tests are tests, and snapshots are written with hashes"
)]

mod ahead;
mod amounts;
mod cards;
mod consent;
mod days;
mod doctor;
mod guard;
mod once;
mod refusals;
mod shop;
mod shown;
mod story;
mod tables;
mod terms;
mod unreachable;
mod versions;
