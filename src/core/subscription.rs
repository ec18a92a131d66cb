//! A subscription: a card on a plan. Whether it may be charged, and which commands it takes.

use jiff::Timestamp;

use crate::core::dunning::{Class, EndAction};

/// Where a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Not charged yet.
    Trialing,
    /// Charged on each cycle, nothing owed.
    Active,
    /// A cycle was declined and is being tried again; further cycles are charged as usual.
    PastDue,
    /// A person stopped it for a while.
    Paused,
    /// It ended because somebody said so.
    Canceled,
    /// Dunning gave up on it, or a person stopped it for a reason of theirs; a person may reactivate it.
    Suspended,
    /// It ended because its last cycle is over.
    Completed,
}

impl Status {
    /// Every status, in the order of a life.
    pub const ALL: [Self; 7] = [
        Self::Trialing,
        Self::Active,
        Self::PastDue,
        Self::Paused,
        Self::Suspended,
        Self::Canceled,
        Self::Completed,
    ];

    /// The name in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trialing => "trialing",
            Self::Active => "active",
            Self::PastDue => "past_due",
            Self::Paused => "paused",
            Self::Canceled => "canceled",
            Self::Suspended => "suspended",
            Self::Completed => "completed",
        }
    }

    /// The status of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == text)
    }

    /// Whether it is over for good.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Canceled | Self::Completed)
    }

    /// What it becomes when dunning gives up on one of its cycles.
    #[must_use]
    pub const fn after_giving_up(self, action: EndAction) -> Self {
        match (self, action) {
            (Self::Canceled | Self::Completed | Self::Paused, _) | (_, EndAction::Keep) => self,
            (_, EndAction::Suspend) => Self::Suspended,
            (_, EndAction::Cancel) => Self::Canceled,
        }
    }
}

/// Why a subscription is not charged until a person has looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Hold {
    /// More than one cycle came due while nobody was charging.
    MissedCycles,
    /// The gateway has a payment under our uid that is not what we asked for.
    Mismatch,
    /// The gateway could not read our request.
    Malformed,
    /// A payment of ours was refunded before we had recorded it.
    RefundedElsewhere,
    /// The gateway took money twice for one cycle.
    PaidTwice,
    /// The price rises, and the customer did not agree to that.
    NoConsent,
}

impl Hold {
    /// Every reason.
    pub const ALL: [Self; 6] = [
        Self::MissedCycles,
        Self::Mismatch,
        Self::Malformed,
        Self::RefundedElsewhere,
        Self::PaidTwice,
        Self::NoConsent,
    ];

    /// The name in the database and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MissedCycles => "missed_cycles",
            Self::Mismatch => "mismatch",
            Self::Malformed => "malformed",
            Self::RefundedElsewhere => "refunded_elsewhere",
            Self::PaidTwice => "paid_twice",
            Self::NoConsent => "no_consent",
        }
    }

    /// The reason of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hold| hold.name() == text)
    }
}

/// Whether a charge may go out now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Standing {
    /// Yes.
    Chargeable,
    /// Not while another charge of the same card is open.
    CardBusy,
    /// No retry before then: the card was declined as often as it may be.
    CardSpent {
        /// When it may be tried again.
        until: Timestamp,
    },
    /// Not until another card comes, unless a person says so: this one is closed, expired, lost or stolen.
    CardDead(Class),
    /// Not until a person says so: paused, suspended or held.
    Stopped,
    /// Never again.
    Ended,
}

impl Standing {
    /// The standing of a subscription with this status and hold, whose card has a charge open or not.
    pub const fn of(status: Status, hold: Option<Hold>, card: Card) -> Self {
        match (status, hold, card) {
            (Status::Canceled | Status::Completed, _, _) => Self::Ended,
            (Status::Paused | Status::Suspended, _, _) | (_, Some(_), _) => Self::Stopped,
            (Status::Trialing | Status::Active | Status::PastDue, None, Card::Busy) => {
                Self::CardBusy
            }
            (Status::Trialing | Status::Active | Status::PastDue, None, Card::Spent { until }) => {
                Self::CardSpent { until }
            }
            (Status::Trialing | Status::Active | Status::PastDue, None, Card::Dead(class)) => {
                Self::CardDead(class)
            }
            (Status::Trialing | Status::Active | Status::PastDue, None, Card::Free) => {
                Self::Chargeable
            }
        }
    }

    /// The same, of a subscription that ends at this moment: when it has come, it has ended.
    #[must_use]
    pub fn ending(self, ends_at: Option<Timestamp>, now: Timestamp) -> Self {
        match ends_at {
            Some(ends_at) if ends_at <= now => Self::Ended,
            Some(_) | None => self,
        }
    }
}

/// Whether a card may be charged, as far as other charges of it decide.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Card {
    /// None is.
    Free,
    /// One is.
    Busy,
    /// None is, and no retry may be: it was declined as often as a card may be.
    Spent {
        /// When it may be tried again.
        until: Timestamp,
    },
    /// None is, and none may be: it was declined for good.
    Dead(Class),
}

/// What a person may ask of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Request {
    /// Do not charge it for now.
    Pause,
    /// Charge it again.
    Resume,
    /// Do not charge it, for a reason that is not the customer's wish.
    Suspend,
    /// Charge it again although it was suspended.
    Reactivate,
    /// End it.
    Cancel,
    /// End it although it is bound for longer.
    CancelEarly,
    /// Lift the hold.
    Release,
}

impl Request {
    /// The name in the journal and in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Suspend => "suspend",
            Self::Reactivate => "reactivate",
            Self::Cancel => "cancel",
            Self::CancelEarly => "cancel_early",
            Self::Release => "release",
        }
    }
}

/// What to do with a cycle that came due while the subscription stood still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missed {
    /// Charge none of them; the next charge is at the next due date.
    Skip,
    /// Skip the older ones and charge the latest.
    ChargeLatest,
    /// The oldest begins now, and those after it are counted from there.
    MoveAnchor,
}

impl Missed {
    /// Every choice.
    pub const ALL: [Self; 3] = [Self::Skip, Self::ChargeLatest, Self::MoveAnchor];

    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::ChargeLatest => "charge_latest",
            Self::MoveAnchor => "move_anchor",
        }
    }

    /// The choice of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|missed| missed.name() == text)
    }
}

/// What a request leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ruling {
    /// The status afterwards.
    pub status: Status,
    /// The hold afterwards.
    pub hold: Option<Hold>,
}

/// Decides a request. Asking for what is so already is granted and changes nothing.
///
/// `going` is what it is while it is charged: past due when it owes money, trialing before its first charge.
///
/// # Errors
/// [`Refused`] when the status does not allow it.
pub fn rule(
    request: Request,
    status: Status,
    hold: Option<Hold>,
    going: Status,
) -> Result<Ruling, Refused> {
    let status_after = match (request, status) {
        (Request::Pause, Status::Trialing | Status::Active | Status::PastDue | Status::Paused) => {
            Status::Paused
        }
        (
            Request::Suspend,
            Status::Trialing
            | Status::Active
            | Status::PastDue
            | Status::Paused
            | Status::Suspended,
        ) => Status::Suspended,
        (Request::Resume, Status::Paused) | (Request::Reactivate, Status::Suspended) => going,
        (
            Request::Resume | Request::Reactivate,
            Status::Trialing | Status::Active | Status::PastDue,
        )
        | (Request::Release, _) => status,
        (Request::Resume | Request::Pause, Status::Suspended) => {
            return Err(Refused {
                request: request.name(),
                status: "suspended: `dues reactivate` lets it go on",
            });
        }
        (Request::Cancel | Request::CancelEarly, Status::Completed)
        | (Request::Reactivate, Status::Paused)
        | (
            Request::Pause | Request::Resume | Request::Suspend | Request::Reactivate,
            Status::Canceled | Status::Completed,
        ) => {
            return Err(Refused {
                request: request.name(),
                status: status.name(),
            });
        }
        (
            Request::Cancel | Request::CancelEarly,
            Status::Trialing
            | Status::Active
            | Status::PastDue
            | Status::Paused
            | Status::Suspended
            | Status::Canceled,
        ) => Status::Canceled,
    };

    let hold = if request == Request::Release {
        None
    } else {
        hold
    };
    Ok(Ruling {
        status: status_after,
        hold,
    })
}

/// A request that the subscription's status does not allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("cannot {request} a subscription that is {status}")]
pub struct Refused {
    /// What was asked.
    pub request: &'static str,
    /// Where it stands.
    pub status: &'static str,
}
