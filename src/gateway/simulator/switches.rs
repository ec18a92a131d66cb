//! The switches: one for each point about the gateway that nobody could establish (GATEWAY marks them
//! "open"), and the rates of chance-like faults. Nothing here is drawn at random: a draw is a hash.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::spread;
use crate::gateway::simulator::outcome::{Mishap, Outcome};

/// How the simulated gateway behaves where the real one may go either way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Switches {
    /// Decides every draw of [`Rates`]; the same seed and requests give the same answers.
    pub seed: u64,
    /// The key and secret that are good; without them any pair is, but for an empty one.
    pub keys: Option<Keys>,
    /// Whether the merchant's channel is a test channel.
    pub sandbox: bool,
    /// How the gateway sees to it that a uid is paid once.
    pub duplicates: Duplicates,
    /// Whether a uid may be charged again after a decline.
    pub reuse_after_decline: Reuse,
    /// Whether look-ups show a payment that is still being worked on.
    pub in_flight: InFlight,
    /// Which customers have a card.
    pub customers: Customers,
    /// How business errors are put.
    pub errors: ErrorForm,
    /// The `code` of every refusal; documents and clients show 1 and -1.
    pub refusal_code: i64,
    /// How many requests it takes in a second; one more is answered with HTTP 429 and does nothing.
    pub calls_per_second: Option<u32>,
    /// What it says to that one: for how long to leave it alone, if it says so.
    pub retry_after: Option<Duration>,
    /// How long any request takes. A charge is in flight for as long.
    pub latency: Duration,
    /// For how long after its request a payment cannot be seen by any look-up.
    pub lookup_lag: Duration,
    /// How late the late ones are: timed-out answers, `ready` payments, declines that turn paid.
    pub time_out: Duration,
    /// Faults at a rate.
    pub rates: Rates,
}

/// A merchant's key pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `imp_key`
    pub key: String,
    /// `imp_secret`
    pub secret: String,
}

/// How a second charge of a uid is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Duplicates {
    /// The uid is taken from the first request on.
    Atomic,
    /// The uid is looked up first and charged then: of two requests that overlap both succeed.
    CheckThenAct,
}

/// What becomes of a uid whose charge was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reuse {
    /// It may be charged again.
    Allowed,
    /// The gateway or the PG refuses it.
    Refused,
}

/// What look-ups show of a payment in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InFlight {
    /// Nothing.
    Hidden,
    /// A payment with status `ready`.
    Shown,
}

/// Which customers can be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Customers {
    /// Everybody who was not deleted.
    Anybody,
    /// Only those with a card issued here.
    Registered,
}

/// How an unknown customer and the like are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ErrorForm {
    /// HTTP 200 and a `code` that is not 0, as seen live.
    Live,
    /// HTTP 404 and a `code` that is not 0, as documented.
    Documented,
}

/// Faults at a rate, in parts per million. A customer with a script is spared.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rates {
    /// Outcomes of charges. What is left of the million pays.
    pub charges: Vec<(Outcome, u32)>,
    /// What befalls other calls about payments. What is left of the million is answered.
    pub lookups: Vec<(Mishap, u32)>,
}

impl Switches {
    /// A gateway that does what the documents promise, at once, on a live channel: the gentlest
    /// reading of every open point, and no faults.
    pub fn honest() -> Self {
        Self {
            seed: 0,
            keys: None,
            sandbox: false,
            duplicates: Duplicates::Atomic,
            reuse_after_decline: Reuse::Allowed,
            in_flight: InFlight::Shown,
            customers: Customers::Anybody,
            errors: ErrorForm::Live,
            refusal_code: 1,
            calls_per_second: None,
            retry_after: Some(Duration::from_secs(1)),
            latency: Duration::ZERO,
            lookup_lag: Duration::ZERO,
            time_out: Duration::from_secs(90),
            rates: Rates::default(),
        }
    }

    /// What comes of the `tries`-th charge (from 0) under a uid. It does not depend on the order in
    /// which charges of different uids arrive.
    pub(super) fn draw_charge(&self, merchant_uid: &str, tries: u32) -> Outcome {
        let key = || format!("{}\n{merchant_uid}\n{tries}", self.seed);
        drawn(&self.rates.charges, key).unwrap_or(Outcome::Pay)
    }

    /// What befalls the `request`-th look-up.
    pub(super) fn draw_lookup(&self, request: u64) -> Option<Mishap> {
        drawn(&self.rates.lookups, || format!("{}\n#{request}", self.seed))
    }
}

fn drawn<T: Copy>(rates: &[(T, u32)], key: impl Fn() -> String) -> Option<T> {
    if rates.is_empty() {
        return None;
    }

    let mut left = millionth(&key());
    for (fault, rate) in rates {
        if left < *rate {
            return Some(*fault);
        }
        left -= rate;
    }
    None
}

/// A number below a million that depends on the key alone.
fn millionth(key: &str) -> u32 {
    // The end of the key moves only the hash's lowest and highest bits, so they are folded together
    // and stirred (the finalizer of MurmurHash3) before the remainder is taken.
    let print = spread::fingerprint(key);
    let folded = u64::try_from((print ^ (print >> 64)) & u128::from(u64::MAX)).unwrap_or(0);
    let stirred = (folded ^ (folded >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    let stirred = (stirred ^ (stirred >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    u32::try_from((stirred ^ (stirred >> 33)) % 1_000_000).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::simulator::outcome::{Decline, Work};

    #[test]
    fn rates_are_kept_in_the_long_run() {
        let lost = Outcome::Mishap(Mishap::Cut, Work::Paid);
        let funds = Outcome::Decline(Decline::Funds);
        let switches = Switches {
            seed: 7,
            rates: Rates {
                charges: vec![(lost, 20_000), (funds, 100_000)],
                lookups: Vec::new(),
            },
            ..Switches::honest()
        };

        let mut counts = [0, 0, 0];
        for uid in 0..5_000 {
            for tries in 0..4 {
                let outcome = switches.draw_charge(&format!("shop-{uid}-0"), tries);
                let place = [lost, funds, Outcome::Pay]
                    .iter()
                    .position(|one| *one == outcome);
                counts[place.unwrap()] += 1;
            }
        }
        let [lost, funds, paid] = counts;
        assert!((340..460).contains(&lost), "{lost} lost of 20000");
        assert!((1_850..2_150).contains(&funds), "{funds} declined of 20000");
        assert_eq!(lost + funds + paid, 20_000);
    }
}
