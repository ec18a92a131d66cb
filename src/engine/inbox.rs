//! What people and jobs ask of the engine, carried out inside a turn. A reply goes out once it is
//! committed.

use tokio::sync::oneshot;

use crate::engine::handle::Message;
use crate::engine::reconcile::Comparison;
use crate::store::{Added, Changed, NotAdded, NotDone, StoreError, Turn};

/// Answers that may go out once the turn is committed.
#[derive(Debug)]
pub(super) enum Reply {
    Added(
        oneshot::Sender<Vec<Result<Added, NotAdded>>>,
        Vec<Result<Added, NotAdded>>,
    ),
    Changed(
        oneshot::Sender<Result<Changed, NotDone>>,
        Result<Changed, NotDone>,
    ),
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
            Message::Add {
                wanted,
                actor,
                reply,
            } => {
                let added = turn.add(&wanted, &actor).await?;
                replies.push(Reply::Added(reply, added));
            }
            Message::Command {
                command,
                actor,
                reply,
            } => {
                let changed = turn.command(&command, &actor).await?;
                replies.push(Reply::Changed(reply, changed));
            }
            Message::JobStarted(name) => turn.start_job(name).await?,
            Message::JobEnded(name, result) => turn.end_job(name, &result).await?,
            Message::Reconcile(reply) => Comparison::join(comparison, reply),
            Message::Reload { .. } | Message::ReleaseFence { .. } | Message::Nudge => {}
        }
    }
    Ok(replies)
}

impl Reply {
    /// Gives the answer. Whoever asked may have gone; what was committed stays.
    pub(super) fn give(self) {
        match self {
            Self::Added(reply, added) => drop(reply.send(added)),
            Self::Changed(reply, changed) => drop(reply.send(changed)),
        }
    }
}
