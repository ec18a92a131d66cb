//! What the gateway said about being asked too often, and what was asked all the same. It knows the pace
//! from outside alone.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::sim::stage::later;
use crate::sim::uids;

/// The longest that a gateway is left alone because it says so, and for how long after that the pace is
/// half of what is configured at most.
const ALONE_MAX: Duration = Duration::from_mins(5);
const HALF_FOR: Duration = Duration::from_secs(5);

/// The true time, and by how much the engine's is ahead: by another one nothing is left of what it was
/// told.
type When = (Timestamp, SignedDuration);

/// What a process was told since it started.
#[derive(Debug, Default)]
pub(super) struct Told {
    last: Option<Last>,
    /// The cycles about which a question is under way.
    asking: BTreeSet<String>,
    /// A call that should have waited.
    rash: Option<String>,
}

#[derive(Debug)]
struct Last {
    at: Timestamp,
    /// Until then the gateway is left alone.
    until: Timestamp,
    ours_ahead: SignedDuration,
    /// What was asked since.
    calls: Vec<Timestamp>,
    /// The cycles about which a question was under way when it was told.
    on_their_way: BTreeSet<String>,
}

impl Told {
    /// It was told, and for how long to leave the gateway alone.
    pub(super) fn is_told(&mut self, alone: Duration, (at, ours_ahead): When) {
        let before = self.last.take().filter(|one| one.ours_ahead == ours_ahead);
        let until = later(at, alone.min(ALONE_MAX));
        self.last = Some(Last {
            at,
            until: before.map_or(until, |before| before.until.max(until)),
            ours_ahead,
            calls: Vec::new(),
            on_their_way: self.asking.clone(),
        });
    }

    /// A question about a uid leaves.
    pub(super) fn begins_to_ask(&mut self, uid: &str) {
        self.asking.insert(uids::parts(uid).0.to_owned());
    }

    /// It was answered, or not. Whoever was told itself that this was too often goes nowhere after it.
    pub(super) fn has_asked(&mut self, uid: &str, is_too_often: bool) {
        let (cycle, _) = uids::parts(uid);
        self.asking.remove(cycle);
        if let Some(last) = self.last.as_mut().filter(|_| is_too_often) {
            last.on_their_way.remove(cycle);
        }
    }

    /// A request about a payment leaves; the question for the time has a pace of its own.
    pub(super) fn asks(&mut self, what: &str, (now, ours_ahead): When) {
        let Some(last) = &mut self.last else {
            return;
        };
        if last.ours_ahead != ours_ahead {
            return;
        }
        // What leaves in the instant in which it is told may have been on its way out. A later uid leaves
        // immediately behind the questions about those before it, or proves nothing (seed 351340).
        let is_on_its_way = last.on_their_way.contains(uids::parts(what).0);
        if now > last.at && now < last.until && !is_on_its_way {
            self.rash = Some(format!(
                "{what}: told at {} to leave the gateway alone until {}, and it did not",
                last.at, last.until
            ));
        }
        last.calls.push(now);
    }

    /// A call that left while the gateway was to be left alone, in words.
    pub(super) fn take_rash(&mut self) -> Option<String> {
        self.rash.take()
    }

    /// How many calls began within the last second, while the pace is half of what is configured at most.
    pub(super) fn calls(&self, (now, ours_ahead): When) -> usize {
        let last = self
            .last
            .as_ref()
            .filter(|one| one.ours_ahead == ours_ahead);
        let Some(last) = last.filter(|one| now < later(one.until, HALF_FOR)) else {
            return 0;
        };
        let since = now.checked_sub(Duration::from_secs(1));
        let is_new = |at: &&Timestamp| since.as_ref().is_ok_and(|since| *at > since);
        last.calls.iter().filter(is_new).count()
    }
}
