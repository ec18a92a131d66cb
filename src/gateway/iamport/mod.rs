//! The client of the i'mport / `PortOne` V1 REST API, beginning with what a refusal means.

pub mod decline;
