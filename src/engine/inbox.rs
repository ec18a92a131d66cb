//! What comes in between two turns: answers of the gateway, and messages of people and jobs. One
//! transaction serves all of it, and a reply goes out when it is committed.

use tokio::sync::oneshot;
use tokio::task::JoinError;

use crate::core::answer::Unanswered;
use crate::engine::clock::Clock;
use crate::engine::dispatch::Done;
use crate::engine::handle::Message;
use crate::engine::reconcile::Comparison;
use crate::engine::{Engine, tell};
use crate::gateway::Gateway;
use crate::store::{
    Answers, AppliedPlans, Changed, Given, KeyTaken, NotApplied, NotDone, Outcome, StoreError, Turn,
};

/// How many answers and messages one transaction takes at most.
const BATCH_MAX: usize = 1_024;

/// What woke the loop.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) outcomes: Vec<Outcome>,
    /// What look-ups of the charges that went first found.
    pub(super) looked: Vec<Outcome>,
    pub(super) messages: Vec<Message>,
}

/// Answers that may go out once the turn is committed.
#[derive(Debug)]
pub(super) enum Reply {
    Added(
        oneshot::Sender<Result<Given<Answers>, KeyTaken>>,
        Result<Given<Answers>, KeyTaken>,
    ),
    Changed(
        oneshot::Sender<Result<Given<Changed>, NotDone>>,
        Box<Result<Given<Changed>, NotDone>>,
    ),
    Applied(
        oneshot::Sender<Result<Given<AppliedPlans>, NotApplied>>,
        Result<Given<AppliedPlans>, NotApplied>,
    ),
    Archived(oneshot::Sender<()>),
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Takes everything else that is ready, so that one transaction serves it all.
    pub(super) fn drain(&mut self, batch: &mut Batch) {
        while batch.outcomes.len() < BATCH_MAX {
            let Some(done) = self.in_flight.try_join_next() else {
                break;
            };
            self.note(done, batch);
        }
        while batch.messages.len() < BATCH_MAX {
            let Ok(message) = self.messages.try_recv() else {
                break;
            };
            batch.messages.push(message);
        }
    }

    /// Takes one answer.
    pub(super) fn note(&mut self, done: Result<Done, JoinError>, batch: &mut Batch) {
        match done {
            Ok(Done::Charged(outcome)) => batch.outcomes.push(outcome),
            Ok(Done::Withheld(outcomes)) => batch.outcomes.extend(outcomes),
            Ok(Done::Unproved(withheld, why)) => {
                batch.outcomes.push(withheld);
                self.hears_silence(Some(why));
            }
            Ok(Done::Found(outcome)) => {
                self.fence.answered(&outcome);
                if let Some(comparison) = &mut self.comparison {
                    comparison.answered(&outcome);
                }
                batch.outcomes.push(outcome);
            }
            Ok(Done::FoundPaid(together)) => {
                for outcome in &together.found {
                    self.fence.answered(outcome);
                }
                self.fence.asks_alone(together.alone);
                batch.outcomes.extend(together.found);
                self.hears_silence(together.silence);
            }
            Ok(Done::FoundBeyond(together)) => {
                self.fence.answered_beyond(&together.found, together.alone);
                self.hears_silence(together.silence);
            }
            Ok(Done::NotFound(why)) => {
                let now = self.clock.now();
                if let Some(comparison) = &mut self.comparison {
                    comparison.not_answered(now);
                }
                self.fence.not_answered(now);
                self.hears_silence(Some(why));
            }
            Ok(Done::Looked(Ok(outcome))) => batch.looked.push(outcome),
            Ok(Done::Looked(Err(unanswered))) => {
                self.gate.canary_not_found(self.clock.now());
                self.hears_silence(Some(unanswered));
            }
            Ok(Done::Timed(told)) => self.heard_the_time(told),
            // A send that panicked: its attempt is on disk and its lease will bring it back in doubt.
            Err(panic) => {
                self.fence.not_answered(self.clock.now());
                tell::panicked(&panic);
            }
        }
    }

    /// A question was not answered: the pace hears of it, and the status page. It comes up again by itself.
    fn hears_silence(&mut self, silence: Option<Unanswered>) {
        let Some(unanswered) = silence else { return };
        let now = self.clock.now();
        let why = unanswered.words().as_str().to_owned();
        if let Unanswered::TooOften { alone, .. } = unanswered {
            self.gate.slow_down(alone, now);
        }
        tell::not_found(&why);
        self.health
            .send_modify(|health| health.last_silence = Some((why, now)));
    }

    /// Takes over a configuration that was read anew. It stands apart from the turn: a configuration
    /// that cannot be taken over changes nothing and stops nobody.
    pub(super) async fn reload(&mut self, batch: &mut Batch) {
        let is_reload = |message: &Message| matches!(message, Message::Reload { .. });
        let (reloads, others): (Vec<Message>, Vec<Message>) = std::mem::take(&mut batch.messages)
            .into_iter()
            .partition(is_reload);
        batch.messages = others;

        for reload in reloads {
            let Message::Reload {
                terms,
                standards,
                reply,
            } = reload
            else {
                continue;
            };
            let done = self
                .writer
                .reload(&terms, &standards, self.clock.now())
                .await;
            if done.is_ok() {
                self.gate.goes_carefully();
            }
            drop(reply.send(done.map_err(|why| why.to_string())));
        }
    }
}

/// Carries out what people asked for, in this turn's transaction.
pub(super) async fn carry_out(
    turn: &mut Turn<'_>,
    messages: Vec<Message>,
    comparison: &mut Option<Comparison>,
) -> Result<Vec<Reply>, StoreError> {
    let mut replies = Vec::new();
    for message in messages {
        match message {
            Message::Add { wanted, who, reply } => {
                let added = turn.add(&wanted, &who).await?;
                replies.push(Reply::Added(reply, added));
            }
            Message::Command {
                command,
                who,
                reply,
            } => {
                let changed = turn.command(&command, &who).await?;
                replies.push(Reply::Changed(reply, Box::new(changed)));
            }
            Message::ApplyPlans { hash, who, reply } => {
                let applied = turn.apply_plans(&hash, &who).await?;
                replies.push(Reply::Applied(reply, applied));
            }
            Message::Archive { file, reply } => {
                turn.archive(&file).await?;
                replies.push(Reply::Archived(reply));
            }
            Message::JobStarted(name) => turn.start_job(name).await?,
            Message::JobEnded(name, result) => turn.end_job(name, &result).await?,
            Message::Reconcile(reply) => Comparison::join(comparison, reply),
            Message::Reload { .. }
            | Message::ReleaseFence { .. }
            | Message::Approve { .. }
            | Message::Nudge => {}
        }
    }
    Ok(replies)
}

impl Reply {
    /// Gives the answer. Whoever asked may have gone; what was committed stays.
    pub(super) fn give(self) {
        match self {
            Self::Added(reply, added) => drop(reply.send(added)),
            Self::Changed(reply, changed) => drop(reply.send(*changed)),
            Self::Applied(reply, applied) => drop(reply.send(applied)),
            Self::Archived(reply) => drop(reply.send(())),
        }
    }
}
