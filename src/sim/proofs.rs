//! What is known of the uids of a cycle when the next one leaves: each before it was found failed,
//! immediately before.

use std::collections::BTreeSet;

use crate::core::answer::{Finding, Unanswered};
use crate::sim::uids;

/// What was found, until it is used.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    /// The uids that were found failed, and under which nothing was sent since.
    failed: BTreeSet<String>,
    /// Earlier uids that were not found failed immediately before a later one left.
    missing: Vec<String>,
}

impl Proofs {
    /// A uid was looked up.
    pub(super) fn found(&mut self, uid: &str, found: &Result<Finding, Unanswered>) {
        if matches!(found, Ok(Finding::Failed { .. })) {
            self.failed.insert(uid.to_owned());
        } else {
            self.failed.remove(uid);
        }
    }

    /// An order leaves: what was found of the uids before its own counts for this one order.
    pub(super) fn leaves(&mut self, uid: &str) {
        for earlier in uids::earlier(uid) {
            if !self.failed.remove(&earlier) {
                self.missing.push(earlier);
            }
        }
        self.failed.remove(uid);
    }

    /// The uids that nobody asked about before a later one of their cycle was sent, since the last time that
    /// somebody wanted to know.
    pub(super) fn take_missing(&mut self) -> Vec<String> {
        std::mem::take(&mut self.missing)
    }
}
