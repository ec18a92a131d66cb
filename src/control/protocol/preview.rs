//! What lies ahead, and why.

use serde::{Deserialize, Serialize};

use crate::control::protocol::status::Stopped;
use crate::control::protocol::{Attempt, Subscription};

/// How many cycles are shown at most.
pub const CYCLES_MAX: u32 = 1_200;

/// A plan as somebody would pay it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OfPlan {
    /// When they start: RFC 3339 with an offset; now if it is left out.
    pub from: Option<String>,
    /// How many cycles are shown; 12 if it is left out.
    pub cycles: Option<u32>,
    /// How many they have of what the plan sells; one if it is left out.
    pub quantity: Option<i64>,
    /// The coupon that they redeem.
    pub coupon: Option<String>,
}

/// What lies ahead, if every card pays: of one subscription or plan, or a page of everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preview {
    /// Cycle by cycle.
    pub rows: Vec<Charge>,
    /// What is charged in these rows, in won: of `charge` and `retry`.
    pub sum: i64,
    /// Subscriptions that are passed over because they are paused, suspended or held, or their card is dead.
    pub standing_still: u32,
    /// What to give as `after` to get the next page; nothing after the last one.
    pub next: Option<String>,
}

/// What is to come of one cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// Whose; empty when it is a plan that was asked about.
    pub subscription: String,
    /// Whose card.
    pub customer_uid: String,
    /// The plan.
    pub plan: String,
    /// Which cycle.
    pub cycle: u32,
    /// When it is due.
    pub due_at: String,
    /// When it is charged, or decided about; of a cycle that is under way, when it is looked at.
    pub at: String,
    /// In won.
    pub amount: i64,
    /// `charge`, `retry`, `under_way`, `skip`, `free`, `cancel` or `hold`; after the last two nothing comes.
    pub what: String,
}

/// Why a subscription was, was not, or will be charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explained {
    /// The subscription.
    pub subscription: Subscription,
    /// What binds it, and when it would end if somebody said so now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub term: Option<String>,
    /// When its card expires, if that was told, and a charge of the next 30 days that it does not live to see.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub card: Option<String>,
    /// Why nobody is charged for now, if that is so.
    pub stopped: Vec<Stopped>,
    /// The cycles that are not over, or the one that was asked about.
    pub cycles: Vec<Reasons>,
}

/// The reasons of one cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reasons {
    /// Which.
    pub cycle: u32,
    /// Its state; `not_enrolled` when its turn has not come.
    pub state: String,
    /// In won.
    pub amount: i64,
    /// How the amount comes about.
    pub price: String,
    /// When it is due.
    pub due_at: String,
    /// How that comes about.
    pub due: String,
    /// When it is tried first, and why then.
    pub first_try: String,
    /// What has to be so before it is charged, as of now.
    pub guards: Vec<Guard>,
    /// How far it has come on its ladder of retries.
    pub rung: Option<String>,
    /// What was tried, the oldest first.
    pub attempts: Vec<Attempt>,
    /// When it is looked at next.
    pub next_at: Option<String>,
    /// What happens then.
    pub next: Option<String>,
}

/// Something that has to be so before a cycle is charged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guard {
    /// What it looks at.
    pub guard: String,
    /// Whether it lets the charge through.
    pub passed: bool,
    /// What it saw.
    pub saw: String,
}
