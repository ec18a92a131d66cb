//! The switches as JSON, for the control surface: every key may be left out, none may be unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::gateway::simulator::outcome::{Mishap, Outcome};
use crate::gateway::simulator::switches::{
    Customers, Duplicates, ErrorForm, InFlight, Keys, Rates, Reuse, Switches,
};

/// Changes to the switches, and, with every key there, their state.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SwitchesText {
    seed: Option<u64>,
    keys: Option<KeysText>,
    sandbox: Option<bool>,
    duplicates: Option<Duplicates>,
    reuse_after_decline: Option<Reuse>,
    in_flight: Option<InFlight>,
    customers: Option<Customers>,
    errors: Option<ErrorForm>,
    refusal_code: Option<i64>,
    /// 0 for as many as come.
    calls_per_second: Option<u32>,
    latency_ms: Option<u64>,
    lookup_lag_ms: Option<u64>,
    time_out_ms: Option<u64>,
    /// Outcome to parts per million.
    charge_rates: Option<BTreeMap<String, u32>>,
    /// Mishap to parts per million.
    lookup_rates: Option<BTreeMap<String, u32>>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeysText {
    imp_key: String,
    imp_secret: String,
}

impl SwitchesText {
    /// The switches in full. Secrets are not shown.
    pub(super) fn of(switches: &Switches) -> Self {
        Self {
            seed: Some(switches.seed),
            keys: None,
            sandbox: Some(switches.sandbox),
            duplicates: Some(switches.duplicates),
            reuse_after_decline: Some(switches.reuse_after_decline),
            in_flight: Some(switches.in_flight),
            customers: Some(switches.customers),
            errors: Some(switches.errors),
            refusal_code: Some(switches.refusal_code),
            calls_per_second: Some(switches.calls_per_second.unwrap_or(0)),
            latency_ms: Some(milliseconds(switches.latency)),
            lookup_lag_ms: Some(milliseconds(switches.lookup_lag)),
            time_out_ms: Some(milliseconds(switches.time_out)),
            charge_rates: Some(names(&switches.rates.charges, Outcome::to_string)),
            lookup_rates: Some(names(&switches.rates.lookups, |fault| {
                fault.name().to_owned()
            })),
        }
    }

    /// The switches with these changes.
    ///
    /// # Errors
    /// In words for the caller: an unknown fault, or rates that add up to more than a million.
    pub(super) fn over(self, old: &Switches) -> Result<Switches, String> {
        let span = |ms: Option<u64>, old| ms.map_or(old, Duration::from_millis);
        let keys = self.keys.map(|keys| Keys {
            key: keys.imp_key,
            secret: keys.imp_secret,
        });
        let known_mishaps = || Mishap::ALL.map(Mishap::name).join(", ");

        Ok(Switches {
            seed: self.seed.unwrap_or(old.seed),
            keys: keys.or_else(|| old.keys.clone()),
            sandbox: self.sandbox.unwrap_or(old.sandbox),
            duplicates: self.duplicates.unwrap_or(old.duplicates),
            reuse_after_decline: self.reuse_after_decline.unwrap_or(old.reuse_after_decline),
            in_flight: self.in_flight.unwrap_or(old.in_flight),
            customers: self.customers.unwrap_or(old.customers),
            errors: self.errors.unwrap_or(old.errors),
            refusal_code: self
                .refusal_code
                .filter(|code| *code != 0)
                .unwrap_or(old.refusal_code),
            calls_per_second: match self.calls_per_second {
                None => old.calls_per_second,
                Some(calls) => Some(calls).filter(|calls| *calls > 0),
            },
            retry_after: old.retry_after,
            latency: span(self.latency_ms, old.latency),
            lookup_lag: span(self.lookup_lag_ms, old.lookup_lag),
            time_out: span(self.time_out_ms, old.time_out),
            rates: Rates {
                charges: match self.charge_rates {
                    Some(rates) => faults(rates, Outcome::named, Outcome::known)?,
                    None => old.rates.charges.clone(),
                },
                lookups: match self.lookup_rates {
                    Some(rates) => faults(rates, Mishap::named, known_mishaps)?,
                    None => old.rates.lookups.clone(),
                },
            },
        })
    }
}

fn faults<T>(
    rates: BTreeMap<String, u32>,
    named: impl Fn(&str) -> Option<T>,
    known: impl Fn() -> String,
) -> Result<Vec<(T, u32)>, String> {
    let sum: u64 = rates.values().map(|rate| u64::from(*rate)).sum();
    if sum > 1_000_000 {
        return Err(format!(
            "rates are parts per million, and these add up to {sum}"
        ));
    }

    let fault = |(name, rate): (String, u32)| match named(&name) {
        Some(fault) => Ok((fault, rate)),
        None => Err(format!("unknown fault {name:?}; known are: {}", known())),
    };
    rates.into_iter().map(fault).collect()
}

fn names<T>(rates: &[(T, u32)], name: impl Fn(&T) -> String) -> BTreeMap<String, u32> {
    rates
        .iter()
        .map(|(fault, rate)| (name(fault), *rate))
        .collect()
}

fn milliseconds(span: Duration) -> u64 {
    u64::try_from(span.as_millis()).unwrap_or(u64::MAX)
}
