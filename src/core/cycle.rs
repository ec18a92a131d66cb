//! The cycle machine: what a cycle is, and what becomes of it. One pure function, [`apply`], decides;
//! the legal pairs of state and event are listed by the snapshot in `tests/it/machine.rs`.
//!
//! A cycle is one debt with at most one success. Every state that is not final names the moment at
//! which somebody must look at it again, so a cycle cannot be forgotten.

use jiff::Timestamp;

use crate::core::answer::{Answer, Decline, Finding, Receipt, Unanswered, Words};
use crate::core::consent::Consent;
use crate::core::dunning::{Class, EndAction};
use crate::core::order::UidNo;
use crate::core::plan::Terms;
use crate::core::price::Price;
use crate::core::subscription::{Hold, Standing};

mod by_hand;
mod doubt;
mod grace;
mod late;
mod transition;
mod uids;
mod wake;

pub use transition::apply;
pub use uids::stands_in_the_way;
pub use wake::on_wake;

/// Where a cycle stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Not tried yet.
    Scheduled {
        /// The due instant, moved into the charge window.
        try_at: Timestamp,
    },
    /// An attempt is written down and may have been sent.
    Charging {
        /// When it was written down.
        begun_at: Timestamp,
        /// After this, no answer will come from the process that sent it.
        answer_by: Timestamp,
    },
    /// An attempt may or may not have charged the card.
    InDoubt {
        /// What we know of it.
        doubt: Doubt,
        /// When the attempt was written down.
        begun_at: Timestamp,
        /// How often the gateway was asked.
        asked: u32,
        /// When to ask next.
        ask_at: Timestamp,
    },
    /// No attempt is open and nothing was charged; another try will follow.
    Retrying {
        /// Why the last attempt did not succeed.
        cause: Cause,
        /// When the next one may begin.
        try_at: Timestamp,
    },
    /// The ladder has ended and nothing is tried by itself any more, but we have not given up yet:
    /// another card may still be charged.
    Exhausted {
        /// Why the last attempt did not succeed.
        decline: Decline,
        /// When the grace period is over, and we give up.
        until: Timestamp,
    },
    /// Paid.
    Paid(Receipt),
    /// Paid, and part of it was given back.
    PartiallyRefunded(Receipt),
    /// Paid, and all of it was given back.
    Refunded(Receipt),
    /// Dunning gave up after this decline.
    Uncollectible(Decline),
    /// Never asked for.
    Skipped(Forgone),
    /// Asked for in vain, and then forgiven.
    Waived(Forgone),
}

/// What is known of an attempt whose outcome is not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doubt {
    /// It was sent and no readable answer came: what happened instead.
    Silence(Words),
    /// It was refused for a reason that we cannot read as "nothing was charged".
    Refused(Decline),
    /// The gateway says that this uid is settled already.
    Settled(Words),
    /// The gateway has a payment under this uid that is not what we asked for.
    Mismatch(Words),
}

/// Why an attempt ended without a success and without a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cause {
    /// The card was declined.
    Declined(Decline),
    /// The request never left.
    NotSent(Words),
    /// The gateway has no record of it.
    Absent,
    /// The gateway could not read the request.
    Malformed(Words),
    /// The key or the merchant's channel was refused.
    Barred(Words),
    /// The gateway, or the PG behind it, was out.
    Outage(Words),
}

/// Why nobody asks for a cycle any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Forgone {
    /// The subscription was canceled.
    Canceled,
    /// It came due while the subscription stood still, and a person chose not to charge it.
    Missed,
    /// A person chose not to charge it before it was tried.
    Skipped,
    /// There is nothing to ask for: a trial.
    Free,
    /// Its price rises, and the customer did not agree to that.
    NoConsent,
}

/// What was counted on the way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// Attempts begun.
    pub attempts: u16,
    /// Declines, which climb the ladder.
    pub declines: u8,
    /// Attempts in a row that came to nothing and say nothing about the card: not sent, unknown to the
    /// gateway, or made while it was out.
    pub traceless: u16,
    /// When the ladder goes on, while a retry that a person asked for is not over: its decline is none
    /// of the ladder's.
    pub ladder_at: Option<Timestamp>,
    /// The uid that the next attempt goes out under, or that the open one did.
    pub uid_no: UidNo,
}

/// A cycle as the machine sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cycle {
    /// Where it stands.
    pub state: State,
    /// What was counted.
    pub tally: Tally,
}

/// Something that happens to a cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The next attempt is about to be sent.
    Begun,
    /// The answer's deadline passed.
    Expired,
    /// The gateway is about to be asked what became of the attempt.
    Asked,
    /// It cannot be sent now; look again then.
    Deferred {
        /// When.
        until: Timestamp,
    },
    /// More than one cycle of the subscription is due at once: a person must decide.
    Overtaken,
    /// Its price rises and the customer did not agree to that: somebody must ask.
    Unconsented,
    /// The gateway answered an attempt.
    Answered(Answer),
    /// The gateway did not answer an attempt.
    Unanswered(Unanswered),
    /// An attempt was not sent, on purpose: an earlier uid of the cycle was not proved unpaid. It says nothing
    /// about whether the gateway takes charges.
    Withheld(Words),
    /// The gateway answered a question.
    Found(Finding),
    /// Nobody will ask for it.
    Forgone(Forgone),
    /// The grace period after the ladder is over.
    GraceOver,
    /// A person wants it to be tried now.
    Retried,
    /// What kept it back is gone: its own moment counts again.
    Released,
    /// The subscription has another card, or its card turned out to be a good one.
    CardChanged,
    /// Its card was declined for good, when it was asked for another cycle.
    CardDied(Class),
}

/// What follows from a transition, for those who act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Send the order, once what was decided is on disk.
    Send,
    /// Ask the gateway about the order, once what was decided is on disk.
    Ask,
    /// Write down an attempt that somebody else made, together with how it ended.
    Adopt,
    /// Enrol the next cycle in the same transaction.
    EnrollNext,
    /// The subscription owes money.
    FellBehind,
    /// The cycle is paid.
    Collected,
    /// A decline of the card turned out to be none: retries that rest for it are looked at anew.
    Undeclined,
    /// The card was declined for good: nothing else is asked of it.
    CardDied(Class),
    /// The card was charged: it is a good one.
    CardLives,
    /// Dunning gave up: the plan's end action follows.
    GaveUp(EndAction),
    /// Stop charging this subscription until a person has looked.
    Hold(Hold),
    /// The subscription ends: its price rises, and the customer did not agree to that.
    Lapsed,
    /// The gateway no longer confirms what we recorded: what it says now.
    Contradicted(Words),
}

/// What the machine needs to know of the subscription.
#[derive(Debug, Clone, Copy)]
pub struct Rules<'a> {
    /// The plan and its rules.
    pub terms: &'a Terms,
    /// Whether the subscription may be charged.
    pub standing: Standing,
    /// What the cycle asks for.
    pub price: Price,
    /// Whether the customer agreed to that, as far as that is needed.
    pub consent: Consent,
    /// When the cycle was due, by the anchor.
    pub due_at: Timestamp,
    /// A stable key of the cycle, to spread retries by.
    pub key: &'a str,
    /// Which of the cycle's uids the event is about.
    pub uid: UidNo,
}

/// How an attempt ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// The card was charged.
    Paid(Receipt),
    /// The card was charged, and the money had already been given back when we heard of it.
    Refunded(Receipt),
    /// The card was not charged.
    Failed(Cause),
}

/// What a transition leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The cycle afterwards.
    pub cycle: Cycle,
    /// When somebody must look at it; `None` when it is final.
    pub wake_at: Option<Timestamp>,
    /// How the cycle's last attempt ended, when this is where it ends, or where we learn better.
    pub ending: Option<Ending>,
    /// What follows, in order.
    pub effects: Vec<Effect>,
}

impl State {
    /// The name in the database, in logs and in output. Whoever waits for the end of a grace period is
    /// called like whoever waits for a retry: both owe money, and have not been given up.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Scheduled { .. } => "scheduled",
            Self::Charging { .. } => "charging",
            Self::InDoubt { .. } => "in_doubt",
            Self::Retrying { .. } | Self::Exhausted { .. } => "retrying",
            Self::Paid(_) => "paid",
            Self::PartiallyRefunded(_) => "partially_refunded",
            Self::Refunded(_) => "refunded",
            Self::Uncollectible(_) => "uncollectible",
            Self::Skipped(_) => "skipped",
            Self::Waived(_) => "waived",
        }
    }

    /// The moment at which this state asks for something; `None` when it is final.
    pub const fn act_at(&self) -> Option<Timestamp> {
        match self {
            Self::Scheduled { try_at } | Self::Retrying { try_at, .. } => Some(*try_at),
            Self::Charging { answer_by, .. } => Some(*answer_by),
            Self::InDoubt { ask_at, .. } => Some(*ask_at),
            Self::Exhausted { until, .. } => Some(*until),
            Self::Paid(_)
            | Self::PartiallyRefunded(_)
            | Self::Refunded(_)
            | Self::Uncollectible(_)
            | Self::Skipped(_)
            | Self::Waived(_) => None,
        }
    }

    /// Whether an attempt is open: begun, and its outcome not known.
    pub const fn is_open(&self) -> bool {
        matches!(self, Self::Charging { .. } | Self::InDoubt { .. })
    }
}

impl Event {
    /// A name for logs and messages.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Expired => "expired",
            Self::Asked => "asked",
            Self::Deferred { .. } => "deferred",
            Self::Overtaken => "overtaken",
            Self::Unconsented => "unconsented",
            Self::Answered(_) => "answered",
            Self::Unanswered(_) => "unanswered",
            Self::Withheld(_) => "withheld",
            Self::Found(_) => "found",
            Self::Forgone(_) => "forgone",
            Self::Retried => "retried by hand",
            Self::GraceOver => "given up after its grace period",
            Self::Released => "released",
            Self::CardChanged => "given another card",
            Self::CardDied(_) => "left with a dead card",
        }
    }
}

impl Forgone {
    /// The name in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Canceled => "canceled",
            Self::Missed => "missed",
            Self::Skipped => "skipped",
            Self::Free => "free",
            Self::NoConsent => "no_consent",
        }
    }

    /// The reason of that name.
    pub fn named(text: &str) -> Option<Self> {
        let all = [
            Self::Canceled,
            Self::Missed,
            Self::Skipped,
            Self::Free,
            Self::NoConsent,
        ];
        all.into_iter().find(|reason| reason.name() == text)
    }
}

/// An event that a state cannot meet. It is a bug of ours: the daemon stops rather than go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a cycle that is {state} cannot be {event}")]
pub struct Illegal {
    /// The state's name.
    pub state: &'static str,
    /// The event's name.
    pub event: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn why_a_cycle_was_let_go_is_read_back_from_its_name() {
        for why in [
            Forgone::Canceled,
            Forgone::Missed,
            Forgone::Skipped,
            Forgone::Free,
            Forgone::NoConsent,
        ] {
            assert_eq!(Forgone::named(why.name()), Some(why));
        }
        assert_eq!(Forgone::named("forgotten"), None);
    }
}
