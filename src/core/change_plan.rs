//! Another plan for one subscription: whether it can be changed, and what is left of the period that was
//! begun last when the new plan begins before its end.

use jiff::Timestamp;

use crate::core::credit::Period;
use crate::core::cycle::State;
use crate::core::money::grouped;
use crate::core::plan::Plan;
use crate::core::price::{BadPrice, Trial};

/// When the new plan begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begins {
    /// With the cycle that waits, when the period that was begun last is over.
    AtPeriodEnd,
    /// Now, and what is left of that period is a credit.
    Now,
}

/// Why a plan was not changed. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotChanged {
    /// No such plan.
    #[error("plan {plan:?} does not exist: the configuration has {on_offer}")]
    UnknownPlan {
        /// The plan that was asked for.
        plan: String,
        /// The plans there are.
        on_offer: String,
    },
    /// It would be charged more now than the customer agreed to.
    #[error(
        "a cycle would cost {} won instead of {}, and the customer has not agreed to that in the last 30 \
         days: write that down first (dues consent), or change with the next cycle",
        grouped(*.1),
        grouped(*.0)
    )]
    NoConsent(i64, i64),
    /// The new plan has no such cycle.
    #[error("plan {plan:?} ends before cycle {cycle}: there is nothing left to charge")]
    Over {
        /// The new plan.
        plan: String,
        /// The cycle that waits.
        cycle: u32,
    },
    /// So many cannot be had of the plan.
    #[error("so many cannot be had of that plan: {0}")]
    TooMany(#[from] BadPrice),
    /// Nothing was begun yet.
    #[error("no cycle was begun yet: without --now its first one is charged so")]
    NotBegun,
    /// What the current period comes to is not known yet.
    #[error("cycle {0} is being charged: say it again when its outcome is known (dues show)")]
    UnderWay(i64),
    /// The current period is not paid.
    #[error(
        "cycle {0} is owed: it can change now when that is paid (dues retry, dues card), or with the \
         next cycle"
    )]
    Owed(i64),
    /// Nothing of it is charged now.
    #[error("the subscription is {0}: it can change now when it is charged again")]
    StandsStill(&'static str),
    /// It is over before the new plan begins.
    #[error("the subscription ends before that begins: `dues uncancel` it first")]
    EndsBefore,
}

/// Whether the dates of one plan are those of the other, for somebody with the same anchor.
pub fn has_same_dates(old: &Plan, new: &Plan) -> bool {
    let span = |plan: &Plan| match plan.price_list.trial {
        Some(Trial::Span(span)) => Some(span),
        Some(Trial::Cycles(_)) | None => None,
    };
    old.dates == new.dates && old.zone == new.zone && span(old) == span(new)
}

/// A cycle that was begun last: its state, what it asked for, and the credit that it was paid with besides.
#[derive(Debug, Clone, Copy)]
pub struct Begun<'a> {
    /// Its number.
    pub n: i64,
    /// Where it stands.
    pub state: &'a State,
    /// What it asked for, in won.
    pub amount: i64,
    /// What was taken off its price before.
    pub credit: i64,
    /// When its period began.
    pub from: Timestamp,
    /// When the next one was to begin.
    pub to: Timestamp,
}

/// What is left at this moment of what was paid for the period.
///
/// # Errors
/// [`NotChanged`] when it is not known, or when it is owed.
pub fn credit(begun: Begun<'_>, now: Timestamp) -> Result<i64, NotChanged> {
    let paid = match begun.state {
        State::Charging { .. } | State::InDoubt { .. } => {
            return Err(NotChanged::UnderWay(begun.n));
        }
        State::Retrying { .. } | State::Exhausted { .. } => return Err(NotChanged::Owed(begun.n)),
        State::Paid(_) => begun.amount + begun.credit,
        State::PartiallyRefunded(receipt) => begun.amount - receipt.refunded_won + begun.credit,
        // What the credit covered whole was used like money.
        State::Skipped(crate::core::cycle::Forgone::Free) => begun.credit,
        State::Scheduled { .. }
        | State::Refunded(_)
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => 0,
    };
    let period = Period {
        from: begun.from,
        to: begun.to,
        paid: paid.max(0),
    };
    Ok(period.unused(now))
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use crate::core::answer::{Decline, ImpUid, Receipt, Words};
    use crate::core::calendar::Cadence;
    use crate::core::cycle::{Cause, Forgone};
    use crate::core::dates::Dates;
    use crate::core::dunning::Class;
    use crate::core::fixed_day::{Day, FirstPeriod, FixedDay};
    use crate::core::money::Krw;
    use crate::core::order::PlanId;
    use crate::core::particulars::Particulars;
    use crate::core::price::PriceList;
    use crate::core::template::NameTemplate;

    use super::*;

    fn plan(cadence: &str, day_of_month: Option<i64>) -> Plan {
        let every = Cadence::parse(cadence).unwrap();
        let on_day = |day| Dates::OnDay {
            every,
            day: FixedDay {
                day: Day::of(day).unwrap(),
                time: None,
                first: FirstPeriod::Whole,
            },
        };
        Plan {
            id: PlanId::parse("basic").unwrap(),
            name: NameTemplate::parse("Basic").unwrap(),
            amount: Krw::parse(9_900).unwrap(),
            dates: day_of_month.map_or_else(|| every.into(), on_day),
            zone: TimeZone::UTC,
            price_list: PriceList::default(),
            particulars: Particulars::default(),
        }
    }

    fn with_trial(trial: Trial) -> Plan {
        let mut plan = plan("1 month", None);
        plan.price_list.trial = Some(trial);
        plan
    }

    #[test]
    fn dates_are_the_same_by_cadence_zone_and_the_span_of_a_trial() {
        let monthly = plan("1 month", None);
        let elsewhere = Plan {
            zone: TimeZone::fixed(jiff::tz::offset(9)),
            ..monthly.clone()
        };
        let span = Trial::Span(Cadence::parse("2 weeks").unwrap());
        for (other, expected) in [
            (monthly.clone(), true),
            // Cycles that cost nothing are cycles.
            (with_trial(Trial::Cycles(1)), true),
            (plan("1 year", None), false),
            (elsewhere, false),
            (with_trial(span), false),
        ] {
            assert_eq!(has_same_dates(&monthly, &other), expected, "{other:?}");
            assert_eq!(has_same_dates(&other, &monthly), expected, "{other:?}");
        }
    }

    fn day(day: i64) -> Timestamp {
        Timestamp::from_second(day * 86_400).unwrap()
    }

    #[test]
    fn what_is_left_is_the_rest_of_what_was_paid() {
        let receipt = |refunded_won| Receipt {
            imp_uid: ImpUid::parse("imp_1").unwrap(),
            paid_at: day(0),
            refunded_won,
        };
        let decline = Decline {
            class: Class::Funds,
            pg: None,
            code: None,
            message: Words::new("no"),
        };
        let cause = Cause::Declined(decline.clone());
        let try_at = day(1);
        let table = [
            (State::Paid(receipt(0)), Ok(10_000 - 3_333)),
            (State::PartiallyRefunded(receipt(4_000)), Ok(6_000 - 2_000)),
            (State::Refunded(receipt(9_000)), Ok(0)),
            (State::Skipped(Forgone::Free), Ok(1_000 - 333)),
            (State::Skipped(Forgone::Missed), Ok(0)),
            (State::Waived(Forgone::Missed), Ok(0)),
            (State::Uncollectible(decline), Ok(0)),
            (State::Retrying { cause, try_at }, Err(NotChanged::Owed(3))),
            (
                State::Charging {
                    begun_at: day(0),
                    answer_by: day(1),
                },
                Err(NotChanged::UnderWay(3)),
            ),
        ];
        for (state, expected) in table {
            let begun = Begun {
                n: 3,
                state: &state,
                amount: 9_000,
                credit: 1_000,
                from: day(0),
                to: day(30),
            };
            assert_eq!(credit(begun, day(10)), expected, "{state:?}");
        }
    }
}
