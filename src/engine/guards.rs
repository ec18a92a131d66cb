//! What the engine may use: of the gateway, of the disk, and of money before a person is asked.

use std::time::Duration;

use crate::core::guard::Caps;

/// What the engine may use of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many requests may be under way at once.
    pub in_flight_max: u32,
    /// How many may be begun in a second; as many as there are when `None`.
    pub calls_per_second: Option<u32>,
    /// How long after its start the engine asks nothing about attempts of an earlier run.
    pub quiet_period: Duration,
    /// With fewer free bytes on the disk nobody is charged; 0 to watch nothing.
    pub disk_low_bytes: u64,
    /// How much may be charged before a person has to approve it.
    pub caps: Caps,
}
