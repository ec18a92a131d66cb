//! Recording what the gateway said. An outcome names the attempt it belongs to: of an earlier attempt
//! only a success is still news.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::core::answer::{Answer, Finding, Words};
use crate::core::cycle::{Effect, Event};
use crate::core::order::UidNo;
use crate::core::subscription::{Card, Hold};
use crate::store::journal;
use crate::store::rows::WorkRow;
use crate::store::turn::{CycleKey, Turn};
use crate::store::uids::Uids;
use crate::store::work::{self, Work};
use crate::store::{StoreError, doing};

/// What became of a request to the gateway.
#[derive(Debug)]
pub struct Outcome {
    /// Which cycle.
    pub key: CycleKey,
    /// Which of its attempts.
    pub attempt: u16,
    /// Which of its uids.
    pub uid: UidNo,
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
            at_work.about = outcome.uid;
            if outcome.uid != UidNo::FIRST || at_work.cycle.tally.uid_no != UidNo::FIRST {
                at_work.uids = Uids::read(&mut *self.tx, outcome.key).await?;
            }
            let is_about_it = self.is_about_it(outcome, at_work)?;
            if let Some(event) = news(outcome, is_about_it) {
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
        self.free_rested().await?;
        if !self.revived.is_empty() {
            Box::pin(self.revive("gateway")).await?;
        }
        Ok(recorded)
    }

    /// Whether an outcome is one of the cycle's last attempt, or of the uid that it was paid under.
    fn is_about_it(&self, outcome: &Outcome, at_work: &Work) -> Result<bool, StoreError> {
        if matches!(outcome.event, Event::Found(_)) && at_work.uids.is_any_paid() {
            let uid = at_work.uid(self.installation, outcome.uid)?;
            return Ok(at_work.uids.is_paid_under(&uid));
        }
        Ok(outcome.attempt == at_work.cycle.tally.attempts)
    }

    async fn load(&mut self, outcomes: &[Outcome]) -> Result<BTreeMap<CycleKey, Work>, StoreError> {
        let mut works = BTreeMap::new();
        let mut unknown = BTreeSet::new();
        for outcome in outcomes {
            if works.contains_key(&outcome.key) {
                continue;
            }
            match self.under_way.take(outcome.key) {
                Some(row) => drop(works.insert(outcome.key, self.take(row)?)),
                None => drop(unknown.insert(outcome.key)),
            }
        }
        if cfg!(debug_assertions) {
            self.vouch(&works).await?;
        }
        for row in self.read(unknown.into_iter()).await? {
            works.insert(row.key(), self.take(row)?);
        }
        Ok(works)
    }

    pub(super) async fn read(
        &mut self,
        keys: impl ExactSizeIterator<Item = CycleKey>,
    ) -> Result<Vec<WorkRow>, StoreError> {
        if keys.len() == 0 {
            return Ok(Vec::new());
        }
        let keys: Vec<[i64; 2]> = keys.map(|key| [key.subscription, key.n]).collect();
        let keys = serde_json::to_string(&keys)
            .map_err(|source| StoreError::Encode("keys of cycles", source))?;
        let rows: String = sqlx::query_scalar(include_str!("sql/work_of_cycles.sql"))
            .bind(keys)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("read the cycles that were answered"))?;
        work::rows(&rows)
    }

    /// In every test: what is remembered is what is on disk. What else its card did meanwhile decides
    /// about nothing here.
    async fn vouch(&mut self, works: &BTreeMap<CycleKey, Work>) -> Result<(), StoreError> {
        for row in self.read(works.keys().copied()).await? {
            let remembered = works.get(&row.key()).map(|at_work| WorkRow {
                card_busy: row.card_busy,
                card_spent_at: row.card_spent_at,
                ..WorkRow::clone(&at_work.row)
            });
            assert_eq!(remembered, Some(row), "remembered otherwise than written");
        }
        Ok(())
    }
}

/// What an outcome means for the cycle as it is by now.
fn news(outcome: &Outcome, is_about_it: bool) -> Option<Event> {
    if is_about_it {
        return Some(outcome.event.clone());
    }
    match &outcome.event {
        Event::Answered(Answer::Paid(receipt)) => {
            Some(Event::Found(Finding::Paid(receipt.clone())))
        }
        Event::Found(Finding::Paid(_)) => Some(outcome.event.clone()),
        Event::Answered(_)
        | Event::Unanswered(_)
        | Event::Withheld(_)
        | Event::Found(_)
        | Event::Begun
        | Event::Expired
        | Event::Asked
        | Event::Deferred { .. }
        | Event::Overtaken
        | Event::Unconsented
        | Event::Forgone(_)
        | Event::GraceOver
        | Event::Retried
        | Event::Released
        | Event::CardDied(_)
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
            | Effect::Undeclined
            | Effect::CardDied(_)
            | Effect::CardLives
            | Effect::Lapsed
            | Effect::GaveUp(_) => {}
        }
    }
    recorded
}
