//! How others speak to the engine. A reply means committed.

use jiff::Timestamp;
use tokio::sync::{mpsc, oneshot, watch};

use crate::core::guard::Total;
use crate::core::plan::Terms;
use crate::store::{
    Answers, AppliedPlans, ArchiveFile, Changed, Command, Given, KeyTaken, NewSubscription,
    NotApplied, NotApproved, NotDone, Standards, Who,
};

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
        who: Who,
        reply: oneshot::Sender<Result<Given<Answers>, KeyTaken>>,
    },
    Command {
        command: Command,
        who: Who,
        reply: oneshot::Sender<Result<Given<Changed>, NotDone>>,
    },
    Reload {
        terms: Vec<Terms>,
        standards: Standards,
        reply: oneshot::Sender<Result<(), String>>,
    },
    ReleaseFence {
        who: Who,
        reply: oneshot::Sender<Result<Given<bool>, KeyTaken>>,
    },
    Approve {
        hash: String,
        who: Who,
        reply: oneshot::Sender<Result<Given<Total>, NotApproved>>,
    },
    ApplyPlans {
        hash: String,
        who: Who,
        reply: oneshot::Sender<Result<Given<AppliedPlans>, NotApplied>>,
    },
    Archive {
        file: ArchiveFile,
        reply: oneshot::Sender<()>,
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
    /// Why nobody is charged, if that is so.
    pub stopped: Vec<Stopped>,
    /// The pace of calls, while it is below what is configured.
    pub pace: Option<Pace>,
    /// Answers to charges since the start.
    pub answered: u64,
    /// Successes among them.
    pub paid: u64,
    /// Charges that were not answered since the start.
    pub unanswered: u64,
    /// What the gateway's last silence was, and when.
    pub last_silence: Option<(String, Timestamp)>,
}

/// A pace below the configured one: the gateway said that it is asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// How many calls leave in a minute.
    pub calls_per_minute: u32,
    /// Before this none leaves.
    pub alone_until: Timestamp,
}

/// Why nobody is charged for now. Questions about doubts go on all the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stop {
    /// The gateway refuses the merchant.
    Barred,
    /// The gateway, or the PG behind it, is out.
    Outage,
    /// The charges that went first did not come back well.
    Canary,
    /// The time cannot be trusted.
    Clock,
    /// The database may know less than the gateway does.
    Fence,
    /// What a charge leads to might not fit on the disk.
    Disk,
    /// More is due than was foretold, or than the caps let out.
    Guard,
}

/// A reason why nobody is charged, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stopped {
    /// The reason.
    pub reason: Stop,
    /// What is the matter.
    pub why: String,
    /// When one charge tries whether it is still so; `None` when it ends by itself, or by a person.
    pub until: Option<Timestamp>,
}

impl Stop {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Barred => "barred",
            Self::Outage => "outage",
            Self::Canary => "canary",
            Self::Clock => "clock",
            Self::Fence => "fence",
            Self::Disk => "disk",
            Self::Guard => "guard",
        }
    }
}

/// The engine is gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the daemon is stopping")]
pub struct Gone;

impl Handle {
    /// Adds subscriptions; an answer for each, in order.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn add(
        &self,
        wanted: Vec<NewSubscription>,
        who: Who,
    ) -> Result<Result<Given<Answers>, KeyTaken>, Gone> {
        self.tell(|reply| Message::Add { wanted, who, reply }).await
    }

    /// Carries out a command.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn command(
        &self,
        command: Command,
        who: Who,
    ) -> Result<Result<Given<Changed>, NotDone>, Gone> {
        self.tell(|reply| Message::Command {
            command,
            who,
            reply,
        })
        .await
    }

    /// Takes over plans and rules; the inner error says why they cannot be.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn reload(
        &self,
        terms: Vec<Terms>,
        standards: Standards,
    ) -> Result<Result<(), String>, Gone> {
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
    /// [`Gone`] when the engine is gone.
    pub async fn release_fence(&self, who: Who) -> Result<Result<Given<bool>, KeyTaken>, Gone> {
        self.tell(|reply| Message::ReleaseFence { who, reply })
            .await
    }

    /// Lets out the batch of this name; the inner error says why it stays held.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn approve(
        &self,
        hash: &str,
        who: Who,
    ) -> Result<Result<Given<Total>, NotApproved>, Gone> {
        let hash = hash.to_owned();
        self.tell(|reply| Message::Approve { hash, who, reply })
            .await
    }

    /// Applies newer versions of plans to those who subscribed before; the inner error says why not.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn apply_plans(
        &self,
        hash: &str,
        who: Who,
    ) -> Result<Result<Given<AppliedPlans>, NotApplied>, Gone> {
        let hash = hash.to_owned();
        self.tell(|reply| Message::ApplyPlans { hash, who, reply })
            .await
    }

    /// Compares the last weeks' payments with the gateway's books, in the gaps between charges.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn reconcile(&self) -> Result<Reconciled, Gone> {
        self.tell(Message::Reconcile).await
    }

    /// Lets entries of the journal go that are in a file by now.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn archive(&self, file: ArchiveFile) -> Result<(), Gone> {
        self.tell(|reply| Message::Archive { file, reply }).await
    }

    /// Notes that a job starts.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn job_started(&self, name: &'static str) -> Result<(), Gone> {
        self.messages
            .send(Message::JobStarted(name))
            .await
            .map_err(|_| Gone)
    }

    /// Notes how a job ended.
    ///
    /// # Errors
    /// [`Gone`] when the engine is gone.
    pub async fn job_ended(&self, name: &'static str, result: String) -> Result<(), Gone> {
        self.messages
            .send(Message::JobEnded(name, result))
            .await
            .map_err(|_| Gone)
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
    /// [`Gone`] when the engine is gone.
    pub async fn next_turn(&mut self) -> Result<(), Gone> {
        self.health.changed().await.map_err(|_| Gone)
    }

    async fn tell<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<T, Gone> {
        let (reply, answer) = oneshot::channel();
        self.messages.send(message(reply)).await.map_err(|_| Gone)?;
        answer.await.map_err(|_| Gone)
    }
}
