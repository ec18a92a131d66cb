//! What was met on the way, and what has to be: a run that never met a fault proves nothing about it.

use std::collections::BTreeMap;

use crate::gateway::simulator::outcome::{Mishap, Outcome};
use crate::sim::books::Entry;

/// How often each thing was met.
#[derive(Debug, Clone, Default)]
pub struct Marks(BTreeMap<String, u64>);

/// What every large enough run has to meet, besides the faults of the gateway.
const REQUIRED: [&str; 96] = [
    "a second process, refused",
    "answer: barred",
    "answer: declined",
    "answer: malformed",
    "answer: mismatch",
    "answer: none, lost",
    "answer: none, not sent",
    "answer: paid",
    "answer: refunded",
    "answer: refused",
    "answer: settled already",
    "copy: moved away",
    "copy: moved back",
    "copy: put back",
    "copy: without the file beside it",
    "death: asleep",
    "death: after a commit, before anything was sent",
    "death: after a commit",
    "death: between two starts",
    "death: before anything was written",
    "death: while the gateway is asked about an older copy",
    "death: with a question on disk that was never asked",
    "death: with an answer that is not recorded",
    "death: with an order on disk that never left",
    "death: with requests under way",
    "death: with the answer to a question that is not recorded",
    "desk: another price",
    "desk: approve",
    "desk: cancel",
    "desk: cancel at period end",
    "desk: uncancel",
    "desk: change plan at period end",
    "desk: change plan now",
    "desk: consent",
    "desk: new card",
    "desk: pause",
    "desk: pause until a day",
    "desk: reactivate",
    "desk: suspend",
    "desk: refused while the time is not known",
    "desk: release",
    "desk: resume",
    "desk: resume from a moved anchor",
    "finding: absent",
    "finding: failed",
    "finding: mismatch",
    "finding: paid",
    "finding: refunded",
    "finding: unclear",
    "gateway: a charge later than our deadline",
    "gateway: in flight hidden",
    "gateway: in flight shown",
    "gateway: key refused",
    "gateway: look-ups lag by 3 h",
    "gateway: refusals as 200",
    "gateway: refusals as 404",
    "gateway: reuse after a decline",
    "gateway: no reuse after a decline",
    "gateway: uid looked for and charged then",
    "gateway: uid taken at once",
    "line: half open",
    "line: refused",
    "machine: a day ahead",
    "machine: a day behind",
    "machine: ten years ahead",
    "machine: ten years behind",
    "guard: a batch is held",
    "price: a cycle that costs nothing",
    "stopped in good order",
    "answer: an outage",
    "breaker: outage",
    "breaker: barred",
    "breaker: canary",
    "desk: a price for everybody",
    "desk: retry by hand",
    "gateway: an outage of the PG",
    "gateway: asked too often",
    "gateway: asked too often, and says for how long",
    "pace: as configured again",
    "pace: slower",
    "retry by hand: declined",
    "retry by hand: under way",
    "uid: a second one of a cycle",
    "uid: one an attempt",
    "the end of a plan",
    "an anchor that moved",
    "an end that was named beforehand",
    "a pause that was over by itself",
    "a plan that changed",
    "a quantity that changed",
    "a coupon that was taken away",
    "credit: given back by a cycle that was not asked for",
    "credit: taken off a cycle after the next one",
    "term: an end at once that was refused",
    "term: an end that was put off",
    "term: an end that was waived",
];

/// And, where the power can be cut.
const REQUIRED_OF_POWER: [&str; 3] = [
    "power: cut in a checkpoint",
    "power: cut in a start",
    "power: cut in a write",
];

impl Marks {
    /// Notes that something was met.
    pub(super) fn met(&mut self, what: &str) {
        self.add(what, 1);
    }

    /// Notes that it was met so many times.
    pub(super) fn add(&mut self, what: &str, times: u64) {
        match self.0.get_mut(what) {
            Some(count) => *count += times,
            None => {
                self.0.insert(what.to_owned(), times);
            }
        }
    }

    /// Notes what an entry of the journal tells.
    pub(super) fn entry(&mut self, entry: &Entry) {
        let is_declined = matches!(&*entry.kind, "declined" | "found_failed" | "found_absent");
        if is_declined && entry.after.contains("\"ladder_at\":null") {
            self.met("retry by hand: declined");
        }
        let what = match entry.kind.as_str() {
            "outage" => "answer: an outage",
            "retried" => "retry by hand: under way",
            "sweep_held" => "guard: a batch is held",
            "completed" => "the end of a plan",
            "recast" => "an anchor that moved",
            "plan_changed" => "a plan that changed",
            "quantity_changed" => "a quantity that changed",
            "coupon_taken_away" => "a coupon that was taken away",
            "credit_back" => "credit: given back by a cycle that was not asked for",
            "credit_taken" => "credit: taken off a cycle after the next one",
            "resumed" => "a pause that was over by itself",
            "ended" => "an end that was named beforehand",
            "forgone" if entry.words.as_deref() == Some("free") => {
                "price: a cycle that costs nothing"
            }
            "barred" => "answer: barred",
            "declined" => "answer: declined",
            "malformed" => "answer: malformed",
            "mismatch" => "answer: mismatch",
            "lost" => "answer: none, lost",
            "not_sent" => "answer: none, not sent",
            "paid" => "answer: paid",
            "refunded" => "answer: refunded",
            "refused" => "answer: refused",
            "settled" => "answer: settled already",
            "found_paid" => "finding: paid",
            "found_failed" => "finding: failed",
            "found_absent" => "finding: absent",
            "found_refunded" => "finding: refunded",
            "found_mismatch" => "finding: mismatch",
            "found_unclear" => "finding: unclear",
            _ => return,
        };
        self.met(what);
    }

    /// Takes in what another seed met.
    pub fn take(&mut self, other: &Self) {
        for (what, times) in &other.0 {
            self.add(what, *times);
        }
    }

    /// How often something was met.
    pub fn count(&self, what: &str) -> u64 {
        self.0.get(what).copied().unwrap_or(0)
    }

    /// Everything that was met, in order.
    pub fn all(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(what, times)| (what.as_str(), *times))
    }

    /// What should have been met and was not.
    pub fn missing(&self) -> Vec<String> {
        let charges = Outcome::all().into_iter().map(charge_mark);
        let lookups = Mishap::ALL.into_iter().map(lookup_mark);
        let power = REQUIRED_OF_POWER
            .iter()
            .filter(|_| cfg!(feature = "lossy-disk"));
        let required = REQUIRED.iter().chain(power).map(|one| (*one).to_owned());
        required
            .chain(charges)
            .chain(lookups)
            .filter(|what| self.count(what) == 0)
            .collect()
    }
}

/// The mark of what came of a charge.
pub(super) fn charge_mark(outcome: Outcome) -> String {
    format!("charge: {outcome}")
}

/// The mark of what befell a look-up.
pub(super) fn lookup_mark(mishap: Mishap) -> String {
    format!("look-up: {}", mishap.name())
}
