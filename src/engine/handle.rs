//! How others speak to the engine. A reply means committed.

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::core::plan::Terms;
use crate::store::{Added, Changed, Command, NewSubscription, NotAdded, NotDone, Standards};

/// How many messages may wait before senders have to.
pub(super) const QUEUE_MAX: usize = 256;

/// A way to speak to the engine. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Handle {
    pub(super) messages: mpsc::Sender<Message>,
    pub(super) health: watch::Receiver<Health>,
}

/// What the engine can be told.
#[derive(Debug)]
pub(super) enum Message {
    Add {
        wanted: Vec<NewSubscription>,
        actor: String,
        reply: oneshot::Sender<Vec<Result<Added, NotAdded>>>,
    },
    Command {
        command: Command,
        actor: String,
        reply: oneshot::Sender<Result<Changed, NotDone>>,
    },
    Reload {
        terms: Vec<Terms>,
        standards: Standards,
        reply: oneshot::Sender<Result<(), String>>,
    },
    ReleaseFence {
        actor: String,
        reply: oneshot::Sender<bool>,
    },
    JobStarted(&'static str),
    JobEnded(&'static str, String),
    Reconcile(oneshot::Sender<Reconciled>),
    Nudge,
}

/// What a comparison with the gateway's books came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Payments that were compared.
    pub compared: u64,
    /// Those of which the gateway says something else, refunds among them.
    pub differing: u64,
    /// Those that the gateway did not answer for.
    pub unanswered: u64,
}

/// How the engine is, as of its last turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// When it last finished a turn or looked whether there is something to do.
    pub seen_at: Timestamp,
    /// Requests under way.
    pub in_flight: usize,
    /// Why nobody is charged, and until when, if that is so.
    pub stopped: Option<(String, Timestamp)>,
    /// Why nobody is charged until the gateway was asked, in a sentence, if that is so.
    pub held: Option<String>,
    /// Answers to charges since the start.
    pub answered: u64,
    /// Successes among them.
    pub paid: u64,
    /// Charges that were not answered since the start.
    pub unanswered: u64,
    /// What the gateway's last silence was, and when.
    pub last_silence: Option<(String, Timestamp)>,
}

/// The engine has stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the daemon is stopping")]
pub struct Stopped;

impl Handle {
    /// Adds subscriptions.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn add(
        &self,
        wanted: Vec<NewSubscription>,
        actor: &str,
    ) -> Result<Vec<Result<Added, NotAdded>>, Stopped> {
        let actor = actor.to_owned();
        self.tell(|reply| Message::Add {
            wanted,
            actor,
            reply,
        })
        .await
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn command(
        &self,
        command: Command,
        actor: &str,
    ) -> Result<Result<Changed, NotDone>, Stopped> {
        let actor = actor.to_owned();
        self.tell(|reply| Message::Command {
            command,
            actor,
            reply,
        })
        .await
    }

    /// Takes over plans and rules; the inner error says why they cannot be.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn reload(
        &self,
        terms: Vec<Terms>,
        standards: Standards,
    ) -> Result<Result<(), String>, Stopped> {
        self.tell(|reply| Message::Reload {
            terms,
            standards,
            reply,
        })
        .await
    }

    /// Goes on charging although the database may not be the newest; says whether anything was held.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn release_fence(&self, actor: &str) -> Result<bool, Stopped> {
        let actor = actor.to_owned();
        self.tell(|reply| Message::ReleaseFence { actor, reply })
            .await
    }

    /// Compares the last weeks' payments with the gateway's books, in the gaps between charges.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn reconcile(&self) -> Result<Reconciled, Stopped> {
        self.tell(Message::Reconcile).await
    }

    /// Notes that a job starts.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn job_started(&self, name: &'static str) -> Result<(), Stopped> {
        self.messages
            .send(Message::JobStarted(name))
            .await
            .map_err(|_| Stopped)
    }

    /// Notes how a job ended.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn job_ended(&self, name: &'static str, result: String) -> Result<(), Stopped> {
        self.messages
            .send(Message::JobEnded(name, result))
            .await
            .map_err(|_| Stopped)
    }

    /// Lets the engine look whether something is due. It does so by itself; this is a doorbell.
    pub fn nudge(&self) {
        // A full queue wakes it just as well.
        drop(self.messages.try_send(Message::Nudge));
    }

    /// How the engine is.
    pub fn health(&self) -> Health {
        self.health.borrow().clone()
    }

    /// Waits until the engine has come round again.
    ///
    /// # Errors
    /// [`Stopped`] when the engine is gone.
    pub async fn next_turn(&mut self) -> Result<(), Stopped> {
        self.health.changed().await.map_err(|_| Stopped)
    }

    async fn tell<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.messages
            .send(message(reply))
            .await
            .map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}
