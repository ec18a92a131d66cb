//! Recording what the gateway said. An outcome names the attempt it belongs to: of an earlier attempt
//! only a success is still news.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::core::answer::{Answer, Finding, Words};
use crate::core::cycle::{Effect, Event};
use crate::core::subscription::{Card, Hold};
use crate::store::journal;
use crate::store::turn::{CycleKey, Turn};
use crate::store::work::{self, Work};
use crate::store::{StoreError, doing};

/// What became of a request to the gateway.
#[derive(Debug)]
pub struct Outcome {
    /// Which cycle.
    pub key: CycleKey,
    /// Which of its attempts.
    pub attempt: u16,
    /// Answered, unanswered or found.
    pub event: Event,
}

/// What recording an outcome led to, for the log and for those who must react.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The subscription's id.
    pub subscription: String,
    /// The number of the cycle.
    pub cycle: i64,
    /// The number of the attempt.
    pub attempt: u16,
    /// In won.
    pub amount: i64,
    /// What happened, as the journal calls it.
    pub kind: &'static str,
    /// What was said.
    pub words: String,
    /// The state afterwards.
    pub state: &'static str,
    /// When it is looked at next.
    pub wake_at: Option<Timestamp>,
    /// Why this subscription may not be charged for now.
    pub hold: Option<Hold>,
    /// What the gateway said against what we had recorded.
    pub contradiction: Option<Words>,
}

impl Turn<'_> {
    /// Records outcomes, in order.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn record(&mut self, outcomes: &[Outcome]) -> Result<Vec<Recorded>, StoreError> {
        if outcomes.is_empty() {
            return Ok(Vec::new());
        }
        let mut works = self.load(outcomes).await?;

        let mut recorded = Vec::with_capacity(outcomes.len());
        for outcome in outcomes {
            let Some(at_work) = works.get_mut(&outcome.key) else {
                return Err(StoreError::Conflict {
                    what: "a cycle",
                    expected: 1,
                    changed: 0,
                });
            };
            if let Some(event) = news(outcome, at_work) {
                let step = self.step(at_work, &event, Card::Free, "gateway").await?;
                recorded.push(report(
                    outcome,
                    &event,
                    at_work,
                    &step.effects,
                    step.wake_at,
                ));
            }
        }

        for at_work in works.into_values() {
            self.put(at_work);
        }
        self.flush().await?;
        self.forgo_ended().await?;
        Ok(recorded)
    }

    async fn load(&mut self, outcomes: &[Outcome]) -> Result<BTreeMap<CycleKey, Work>, StoreError> {
        let keys: Vec<[i64; 2]> = outcomes
            .iter()
            .map(|outcome| [outcome.key.subscription, outcome.key.n])
            .collect();
        let keys = serde_json::to_string(&keys)
            .map_err(|source| StoreError::Encode("keys of cycles", source))?;
        let rows: String = sqlx::query_scalar(include_str!("sql/work_of_cycles.sql"))
            .bind(keys)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the cycles that were answered"))?;

        let mut works = BTreeMap::new();
        for row in work::rows(&rows)? {
            let at_work = self.take(row)?;
            works.insert(at_work.key(), at_work);
        }
        Ok(works)
    }
}

/// What an outcome means for the cycle as it is by now.
fn news(outcome: &Outcome, at_work: &Work) -> Option<Event> {
    if outcome.attempt == at_work.cycle.tally.attempts {
        return Some(outcome.event.clone());
    }
    match &outcome.event {
        Event::Answered(Answer::Paid(receipt)) => {
            Some(Event::Found(Finding::Paid(receipt.clone())))
        }
        Event::Found(Finding::Paid(_)) => Some(outcome.event.clone()),
        Event::Answered(_)
        | Event::Unanswered(_)
        | Event::Found(_)
        | Event::Begun
        | Event::Expired
        | Event::Asked
        | Event::Deferred { .. }
        | Event::Overtaken
        | Event::Unconsented
        | Event::Forgone(_)
        | Event::Released
        | Event::CardChanged => None,
    }
}

fn report(
    outcome: &Outcome,
    event: &Event,
    at_work: &Work,
    effects: &[Effect],
    wake_at: Option<Timestamp>,
) -> Recorded {
    let mut recorded = Recorded {
        subscription: at_work.id.to_string(),
        cycle: at_work.row.cycle.n,
        attempt: outcome.attempt,
        amount: at_work.row.cycle.amount,
        kind: journal::kind_of(event),
        words: journal::words_of(event).to_owned(),
        state: at_work.cycle.state.name(),
        wake_at,
        hold: None,
        contradiction: None,
    };
    for effect in effects {
        match effect {
            Effect::Hold(hold) => recorded.hold = Some(*hold),
            Effect::Contradicted(words) => recorded.contradiction = Some(words.clone()),
            Effect::Send
            | Effect::Ask
            | Effect::Adopt
            | Effect::EnrollNext
            | Effect::FellBehind
            | Effect::Collected
            | Effect::Lapsed
            | Effect::GaveUp(_) => {}
        }
    }
    recorded
}
