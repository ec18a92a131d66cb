//! The settings of the gateway: how it is reached, and how hard it is asked.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;

use crate::core::decline::Codes;
use crate::core::order;

/// How the gateway is reached, and how hard it is asked.
#[derive(Debug, Clone)]
pub struct Gateway {
    /// Its address, without a `/` at the end: https, or http on this machine.
    pub base_url: String,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// How long a doubt rests before the gateway is asked about it; longer than `request_timeout`.
    pub quiet_period: Duration,
    /// The most requests in a second.
    pub calls_per_second: CallRate,
    /// The most requests that wait for an answer at once, 1 to 4096.
    pub in_flight_max: u16,
    /// Whether money moves.
    pub mode: Mode,
    /// How the access token is sent.
    pub authorization: Authorization,
    /// What shares a `merchant_uid`.
    pub merchant_uid_scope: order::UidScope,
    /// The `Tier` header of a sub-merchant.
    pub tier: Option<String>,
    /// A proxy for every request.
    pub proxy: Option<String>,
    /// What the PGs' codes mean, where the operator knows better.
    pub codes: Codes,
}

/// The most requests in a second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(from = "WrittenRate")]
pub enum CallRate {
    /// So many.
    PerSecond(NonZeroU32),
    /// As many as there are.
    Unlimited,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenRate {
    Calls(NonZeroU32),
    Word(Unlimited),
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Unlimited {
    Unlimited,
}

impl From<WrittenRate> for CallRate {
    fn from(written: WrittenRate) -> Self {
        match written {
            WrittenRate::Calls(calls) => Self::PerSecond(calls),
            WrittenRate::Word(Unlimited::Unlimited) => Self::Unlimited,
        }
    }
}

/// Whether money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It does: payments carry `sandbox: false`.
    Live,
    /// Test channels: payments carry `sandbox: true`.
    Test,
}

/// How the access token is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Authorization {
    /// `Authorization: Bearer TOKEN`. docs: REST API, authentication.
    Bearer,
    /// `Authorization: TOKEN`, as most clients do.
    Raw,
}

/// What shares a `merchant_uid`, as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum UidScope {
    Cycle,
    Attempt,
}

impl From<UidScope> for order::UidScope {
    fn from(written: UidScope) -> Self {
        match written {
            UidScope::Cycle => Self::Cycle,
            UidScope::Attempt => Self::Attempt,
        }
    }
}
