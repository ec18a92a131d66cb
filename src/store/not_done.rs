//! Why a command was not carried out, in words that say what to do.

use jiff::Timestamp;

use crate::core::change_plan::NotChanged;
use crate::core::retry::NotRetried;
use crate::core::subscription::Refused;
use crate::store::once::KeyTaken;

/// Why a command was not carried out. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    /// No such subscription.
    #[error("no subscription has the id {0:?}: `dues list` shows them")]
    Unknown(String),
    /// Its status does not allow it.
    #[error("{0}")]
    Refused(#[from] Refused),
    /// Money would move or be forgone, and nobody said which.
    #[error(
        "cycle {cycle} of {amount} won came due while the subscription stood still: say \
         --skip-missed, --charge-latest or --move-anchor"
    )]
    MissedCycle {
        /// The oldest such cycle.
        cycle: i64,
        /// Its amount.
        amount: i64,
    },
    /// It depends on which cycles came due, and the time is not known.
    #[error(
        "it is not known what time it is, so nobody can tell which cycles came due: see the clock in \
         `dues status`, and say this again when it is right"
    )]
    TimeUnknown,
    /// The gateway is being asked whether a cycle was charged as it is now.
    #[error(
        "cycle {cycle} of {id:?} is due and may have been charged in a history that this database does \
         not have: neither its price nor its date can change before that is known. See `dues status`, and say \
         this again when charges go on"
    )]
    HistoryUnknown {
        /// Whose.
        id: String,
        /// The cycle that waits.
        cycle: i64,
    },
    /// The cycle that was named is not the one that waits.
    #[error(
        "cycle {asked} of {id:?} does not wait to be charged: cycle {waiting} does (dues show {id})"
    )]
    OtherCycle {
        /// Whose.
        id: String,
        /// The cycle that was named.
        asked: u32,
        /// The one that waits.
        waiting: i64,
    },
    /// The cycle that waits is never charged anyhow.
    #[error(
        "cycle {cycle} of {id:?} is not charged anyhow: the subscription ends before it (dues uncancel \
         {id})"
    )]
    EndsBefore {
        /// Whose.
        id: String,
        /// The cycle that waits.
        cycle: i64,
    },
    /// No cycle waits.
    #[error("no cycle of {0:?} waits to be charged: `dues show {0}` says what becomes of them")]
    NothingWaits(String),
    /// No cycle came due while it stood still.
    #[error(
        "no cycle of {0:?} came due in the meantime: what is paid for goes on, and its anchor stays \
         where it is"
    )]
    NothingMissed(String),
    /// Its cycles fall on one day for everybody.
    #[error("the plan of {0:?} has the same day for everybody: its anchor cannot be moved")]
    FixedDay(String),
    /// The day was meant to be one to come.
    #[error("{at} is not in the future: give a moment to come")]
    Past {
        /// The moment that was given.
        at: Timestamp,
    },
    /// The customer will agree, if ever, later.
    #[error("a consent at {at} is in the future: give the moment at which the customer agreed")]
    NotYet {
        /// The moment that was given.
        at: Timestamp,
    },
    /// A later consent is on record.
    #[error(
        "{id:?} agreed to {won} won at {at}, which is later: the last word counts (dues explain {id})"
    )]
    AgreedLater {
        /// Whose.
        id: String,
        /// When, where its plan is local.
        at: String,
        /// Up to how much.
        won: i64,
    },
    /// No owed cycle is tried now.
    #[error("not tried: {0}")]
    NotRetried(#[from] NotRetried),
    /// No such coupon, or not for its plan.
    #[error(
        "coupon {coupon:?} cannot be redeemed for plan {plan:?}: see [coupons] in the configuration"
    )]
    NoCoupon {
        /// The code.
        coupon: String,
        /// The plan.
        plan: String,
    },
    /// Its plan binds it for longer.
    #[error(
        "{id:?} is kept by {by}: `dues cancel {id} --at-period-end` ends it at {until}, and `--waive-term \
         --reason TEXT` lets it go sooner"
    )]
    Bound {
        /// Whose.
        id: String,
        /// By what.
        by: String,
        /// When it may end, where its plan is local.
        until: String,
    },
    /// Its plan is not changed.
    #[error(transparent)]
    NotChanged(#[from] NotChanged),
    /// It came under the idempotency key of another request.
    #[error(transparent)]
    KeyTaken(#[from] KeyTaken),
}
