//! A plan: what is charged, how often, and by which rules. A version of a plan never changes.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::calendar::{self, Cadence, CycleNo, OutOfCalendar};
use crate::core::catch_up::CatchUp;
use crate::core::dunning::Ladder;
use crate::core::money::Krw;
use crate::core::order::{OrderName, PlanId};
use crate::core::window::Window;

/// One immutable version of a plan.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Its name in the configuration.
    pub id: PlanId,
    /// What the customer is told is sold.
    pub name: OrderName,
    /// The price of a cycle.
    pub amount: Krw,
    /// How far apart cycles are.
    pub cadence: Cadence,
    /// Where its dates are local.
    pub zone: TimeZone,
}

impl Plan {
    /// The instant a cycle of a subscription with this anchor is due.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn due_at(&self, anchor: Timestamp, cycle: CycleNo) -> Result<Timestamp, OutOfCalendar> {
        calendar::due_at(anchor, &self.zone, self.cadence, cycle)
    }
}

/// A plan with the rules in force today: rules follow the configuration, prices do not.
#[derive(Debug, Clone, PartialEq)]
pub struct Terms {
    /// The version of the plan.
    pub plan: Plan,
    /// When to try again and when to give up.
    pub ladder: Ladder,
    /// When charges go out.
    pub window: Window,
    /// How long to wait for the gateway.
    pub pace: Pace,
    /// What becomes of cycles that came due while nobody was charging.
    pub catch_up: CatchUp,
}

/// A cycle as it is enrolled: what it asks for, and when. All of it is fixed from then on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// When it is due, by the anchor.
    pub due_at: Timestamp,
    /// When it is tried first: the due instant, moved into the charge window.
    pub try_at: Timestamp,
    /// What it asks for.
    pub amount: Krw,
    /// What the customer is told it is for.
    pub name: OrderName,
}

impl Terms {
    /// Cycle `n` of a subscription with this anchor, as it would be enrolled.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn enrolment(&self, anchor: Timestamp, n: CycleNo) -> Result<Enrolment, OutOfCalendar> {
        let due_at = self.plan.due_at(anchor, n)?;
        Ok(Enrolment {
            due_at,
            try_at: self.window.earliest(due_at, &self.plan.zone),
            amount: self.plan.amount,
            name: self.plan.name.clone(),
        })
    }

    /// How many cycles are due at `now`, from `n` on; more than a few are not counted. `n` itself
    /// counts: whoever asks has it in hand.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn cycles_due(
        &self,
        anchor: Timestamp,
        n: CycleNo,
        now: Timestamp,
    ) -> Result<u8, OutOfCalendar> {
        let mut n = n;
        let mut due = 1;
        while due <= CatchUp::CHARGES_MAX {
            n = n.next()?;
            if self.plan.due_at(anchor, n)? > now {
                break;
            }
            due += 1;
        }
        Ok(due)
    }
}

/// How long the gateway may take, and how often it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// After this span an attempt without an answer is in doubt. Longer than the client's own
    /// time-out, so that it ends an attempt only when the process that sent it is gone.
    pub answer_within: Duration,
    /// How long a doubt rests before the gateway is asked about it: longer than the gateway may still
    /// be working on a request that we gave up on.
    pub quiet_period: Duration,
    /// The longest pause between two questions about one doubt.
    pub ask_again_max: Duration,
}
