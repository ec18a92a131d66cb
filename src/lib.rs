//! `dues`: a daemon that charges subscribers on their cycle through the i'mport / PortOne V1
//! gateway. The modules in reading order:

pub mod cli;
pub mod config;
pub mod control;
pub mod core;
pub mod daemon;
pub mod engine;
pub mod gateway;
pub mod jobs;
pub mod sim;
pub mod store;
