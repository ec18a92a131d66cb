//! The quiet period, by the true time and from the gateway's side: it alone keeps two requests apart at a
//! gateway that looks for a uid first and charges then, and lets a decline turn into a payment.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Result, ensure};
use jiff::Timestamp;

use crate::gateway::simulator::ledger::{Ledger, Payment, Status};
use crate::sim::stage::later;
use crate::sim::uids;

/// A request to charge, and when it came to the gateway.
pub(super) type Arrival = (String, Timestamp);

/// When the last request for each cycle came to the gateway.
#[derive(Debug)]
pub(super) struct Quiet {
    arrived: BTreeMap<String, Timestamp>,
    /// When the history began that the database has.
    since: Timestamp,
}

impl Default for Quiet {
    fn default() -> Self {
        Self {
            arrived: BTreeMap::new(),
            since: Timestamp::MIN,
        }
    }
}

impl Quiet {
    /// When the history began that the database has: of what was paid before it may know nothing.
    pub(super) const fn history_since(&self) -> Timestamp {
        self.since
    }

    /// Between two requests for a cycle lies a quiet period at least, whatever became of the first. It may
    /// turn out later of an earlier one that it came.
    pub(super) fn check(&mut self, arrivals: Vec<Arrival>, quiet_period: Duration) -> Result<()> {
        for (uid, at) in arrivals {
            if at < self.since {
                continue;
            }
            let (own, _) = uids::parts(&uid);
            let other = self.arrived.get(own).copied().unwrap_or(Timestamp::MIN);
            let (first, second) = (at.min(other), at.max(other));
            ensure!(
                later(first, quiet_period) <= second,
                "{uid}: came to the gateway at {first} and at {second}, within {quiet_period:?}"
            );
            self.arrived.insert(own.to_owned(), second);
        }
        Ok(())
    }

    /// What was declined rests for a quiet period before it is sent again.
    pub(super) fn rests(
        &self,
        uid: &str,
        ledger: &Ledger,
        (quiet_period, now): (Duration, Timestamp),
    ) -> Result<()> {
        let is_no = |payment: &&Payment| {
            [Some(payment.status), payment.meanwhile].contains(&Some(Status::Failed))
        };
        let is_known = |payment: &&Payment| (self.since..now).contains(&payment.made_at);
        for payment in ledger.of_uid(uid).filter(is_no).filter(is_known) {
            let rests_until = later(payment.made_at, quiet_period);
            ensure!(
                rests_until <= now,
                "{uid}: declined at {} as {}, and sent again at {now}, before {rests_until}",
                payment.made_at,
                payment.imp_uid()
            );
        }
        Ok(())
    }

    /// The database is an older one from here on. Whoever puts it back waits until nothing is under way.
    pub(super) fn forget(&mut self, now: Timestamp) {
        self.arrived.clear();
        self.since = now;
    }
}
