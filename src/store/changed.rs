//! What a command led to: how the subscription stands, and what becomes of its cycles.

use serde::{Deserialize, Serialize};

use crate::core::cycle::State;
use crate::core::subscription::{Card, Hold, Standing, Status};
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;

/// What a command led to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// The subscription's id.
    pub id: String,
    /// Its status now.
    pub status: String,
    /// Its hold now.
    pub hold: Option<String>,
    /// Whether anything changed.
    pub is_changed: bool,
    /// The cycles that nobody will ask for any more.
    pub forgone: Vec<i64>,
    /// The cycle whose attempt is open: its outcome is still to come, and will be recorded.
    pub in_flight: Option<i64>,
    /// When the next cycle is due, if one is; in microseconds.
    pub next_due_at: Option<i64>,
    /// When a cycle that is owed is tried next, if one is while it stands so; in microseconds.
    pub retry_at: Option<i64>,
    /// When it ends by itself, if it does; in microseconds.
    #[serde(default)]
    pub ends_at: Option<i64>,
    /// What keeps it until then, if that is later than the end of its period.
    #[serde(default)]
    pub kept_by: Option<String>,
    /// When it goes on by itself, if it is paused until then; in microseconds.
    #[serde(default)]
    pub resumes_at: Option<i64>,
    /// What is paid and not used, and is taken off the cycles after the next one; in won.
    #[serde(default)]
    pub credit: Option<i64>,
    /// What the next cycle asks for, if one waits; in won.
    #[serde(default)]
    pub next_amount: Option<i64>,
    /// What a whole cycle costs from the next one on, if its customer has not agreed to that; in won.
    #[serde(default)]
    pub rises_to: Option<i64>,
    /// The cycles that dunning gave up on, when it goes on without them.
    #[serde(default)]
    pub given_up: Vec<i64>,
}

impl Turn<'_> {
    /// What was led to, so far: how the subscription stands by now, and what becomes of its cycles.
    pub(super) fn led_to(
        &self,
        row: &SubscriptionRow,
        works: &[Work],
        is_changed: bool,
    ) -> Changed {
        let is_forgone = |at_work: &&Work| at_work.cycle.state.act_at().is_none();
        let waiting = works.iter().find(|at_work| at_work.is_scheduled());
        Changed {
            id: row.id.clone(),
            status: row.status.clone(),
            hold: row.hold.clone(),
            is_changed,
            forgone: works
                .iter()
                .filter(is_forgone)
                .map(|at_work| at_work.row.cycle.n)
                .collect(),
            in_flight: works
                .iter()
                .find(|at_work| at_work.cycle.state.is_open())
                .map(|at_work| at_work.row.cycle.n),
            next_due_at: waiting.map(|at_work| at_work.row.cycle.due_at),
            retry_at: self.tried_at(row, works),
            ends_at: row.ends_at,
            kept_by: None,
            resumes_at: row.resumes_at,
            credit: row.credit,
            next_amount: None,
            rises_to: None,
            given_up: Vec::new(),
        }
    }

    /// When what is owed is tried next; never while the subscription stands still.
    fn tried_at(&self, row: &SubscriptionRow, works: &[Work]) -> Option<i64> {
        let status = Status::named(&row.status)?;
        let hold = row.hold.as_deref().and_then(Hold::named);
        let is_dead = row.card_dead.is_some();
        if is_dead || Standing::of(status, hold, Card::Free) != Standing::Chargeable {
            return None;
        }
        let tried = works.iter().filter_map(|at_work| {
            let State::Retrying { try_at, .. } = at_work.cycle.state else {
                return None;
            };
            // It may have waited in vain, for a hold or behind a closed window.
            let terms = &at_work.terms;
            let at = terms
                .window
                .earliest(try_at.max(self.now), &terms.plan.zone);
            Some(at.as_microsecond())
        });
        tried.min()
    }
}
