//! How long a subscription is bound: a minimum term, and notice that has to be given. Both move an end that
//! somebody asks for to the end of a period; neither keeps a charge from failing or a plan from ending.

use std::fmt;

use jiff::Timestamp;

use crate::core::calendar::{self, Anchor, Cadence, CycleNo, OutOfCalendar};
use crate::core::counted::counted;
use crate::core::plan::Plan;

/// What binds whoever subscribes to a plan. Nothing, where neither is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Term {
    /// How long it lasts at least.
    pub minimum: Option<Minimum>,
    /// How long before its end it has to be said.
    pub notice: Option<Cadence>,
}

/// How long a subscription lasts at least, from where its cycles are counted: after a trial of a span.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Minimum {
    /// So many cycles.
    Cycles(u16),
    /// A span.
    Span(Cadence),
}

impl fmt::Display for Minimum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cycles(cycles) => f.write_str(&counted(*cycles, "cycle")),
            Self::Span(span) => span.fmt(f),
        }
    }
}

/// What keeps a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bond {
    /// Its minimum term, which is not over.
    Minimum(Minimum),
    /// The notice that was not given.
    Notice(Cadence),
}

impl fmt::Display for Bond {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minimum(minimum) => write!(f, "its minimum term of {minimum}"),
            Self::Notice(notice) => write!(f, "notice of {notice}"),
        }
    }
}

/// When a subscription ends whose end is asked for now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leave {
    /// The first end of a period at which it may.
    pub at: Timestamp,
    /// What keeps it beyond the period that was begun last, if anything does.
    pub kept_by: Option<Bond>,
    /// What keeps it from ending at once, if anything does.
    pub not_now: Option<Bond>,
}

impl Term {
    /// Whether it binds nobody.
    pub const fn is_none(self) -> bool {
        self.minimum.is_none() && self.notice.is_none()
    }
}

impl Plan {
    /// When a subscription may end of which this cycle waits, due then, if somebody says so now. What was
    /// never paid for binds nobody: before its first cycle that is charged it ends when they like.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    pub fn leave(
        &self,
        anchor: Anchor,
        (waiting, due_at): (CycleNo, Timestamp),
        now: Timestamp,
    ) -> Result<Leave, OutOfCalendar> {
        let first = self.first_charged(anchor.at, CycleNo::parse(0)?);
        let term = self.price_list.term;
        if waiting <= first || term.is_none() {
            return Ok(Leave {
                at: due_at,
                kept_by: None,
                not_now: None,
            });
        }

        let mut bonds = Vec::new();
        if let Some(minimum) = term.minimum {
            bonds.push((self.minimum_over(minimum, anchor)?, Bond::Minimum(minimum)));
        }
        if let Some(notice) = term.notice {
            let heard_at = calendar::due_at(now, &self.zone, notice, CycleNo::parse(1)?)?;
            bonds.push((heard_at, Bond::Notice(notice)));
        }
        let longest = bonds.into_iter().max_by_key(|(until, _)| *until);
        let bound = |at: Timestamp| longest.filter(|(until, _)| at < *until);

        let (mut n, mut at) = (waiting, due_at);
        while bound(at).is_some() && self.has_cycle(anchor, n)? {
            n = n.next()?;
            at = self.due_at(anchor, n)?;
        }
        Ok(Leave {
            at,
            kept_by: bound(due_at).map(|(_, bond)| bond),
            not_now: bound(now).map(|(_, bond)| bond),
        })
    }

    /// When the minimum term is over.
    ///
    /// # Errors
    /// [`OutOfCalendar`] beyond the year 9999.
    fn minimum_over(&self, minimum: Minimum, anchor: Anchor) -> Result<Timestamp, OutOfCalendar> {
        match minimum {
            Minimum::Cycles(cycles) => self.due_at(anchor, CycleNo::parse(cycles.into())?),
            Minimum::Span(span) => {
                let start = self.starts_at(anchor.at)?;
                calendar::due_at(start, &self.zone, span, CycleNo::parse(1)?)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;

    use super::*;
    use crate::core::money::Krw;
    use crate::core::order::PlanId;
    use crate::core::particulars::Particulars;
    use crate::core::price::{PriceList, Trial};
    use crate::core::template::NameTemplate;

    fn plan(minimum: Option<Minimum>, notice: Option<&str>) -> Plan {
        let cadence = |text| Cadence::parse(text).unwrap();
        Plan {
            id: PlanId::parse("basic").unwrap(),
            name: NameTemplate::parse("Basic").unwrap(),
            amount: Krw::parse(9_900).unwrap(),
            dates: cadence("1 month").into(),
            zone: TimeZone::get("Asia/Seoul").unwrap(),
            price_list: PriceList {
                term: Term {
                    minimum,
                    notice: notice.map(cadence),
                },
                ..PriceList::default()
            },
            particulars: Particulars::default(),
        }
    }

    /// When somebody may leave who began on 31 January, of whom cycle `n` waits and who says so on that day.
    fn leave(plan: &Plan, n: u32, now: &str) -> String {
        let anchor: Timestamp = "2026-01-31T10:00:00+09:00".parse().unwrap();
        let now = format!("{now}T12:00:00+09:00").parse().unwrap();
        let n = CycleNo::parse(n).unwrap();
        let waiting = (n, plan.due_at(anchor, n).unwrap());
        let leave = plan.leave(Anchor::of(anchor), waiting, now).unwrap();
        let at = plan.zone.to_datetime(leave.at).date();
        let bond = |bond: Option<Bond>| bond.map_or("nothing".to_owned(), |bond| bond.to_string());
        format!(
            "{at}: {}, now: {}",
            bond(leave.kept_by),
            bond(leave.not_now)
        )
    }

    #[test]
    fn an_end_waits_for_the_term_and_for_notice() {
        let (cycles, span) = (
            Some(Minimum::Cycles(3)),
            Some(Minimum::Span(Cadence::parse("50 days").unwrap())),
        );
        let table = [
            (
                plan(None, None),
                1,
                "2026-02-10",
                "2026-02-28: nothing, now: nothing",
            ),
            (
                plan(cycles, None),
                1,
                "2026-02-10",
                "2026-04-30: its minimum term of 3 cycles, now: its minimum term of 3 cycles",
            ),
            // The last period of the term: it ends with that, and not before.
            (
                plan(cycles, None),
                3,
                "2026-04-10",
                "2026-04-30: nothing, now: its minimum term of 3 cycles",
            ),
            (
                plan(cycles, None),
                4,
                "2026-05-10",
                "2026-05-31: nothing, now: nothing",
            ),
            // The first end of a period that is not before the end of the span, 22 March.
            (
                plan(span, None),
                1,
                "2026-02-10",
                "2026-03-31: its minimum term of 50 days, now: its minimum term of 50 days",
            ),
            (
                plan(None, Some("14 days")),
                1,
                "2026-02-10",
                "2026-02-28: nothing, now: notice of 14 days",
            ),
            (
                plan(None, Some("14 days")),
                1,
                "2026-02-15",
                "2026-03-31: notice of 14 days, now: notice of 14 days",
            ),
            // Too late for the end of the term.
            (
                plan(cycles, Some("14 days")),
                3,
                "2026-04-20",
                "2026-05-31: notice of 14 days, now: notice of 14 days",
            ),
            // Nothing was begun, so nothing binds.
            (
                plan(cycles, Some("1 year")),
                0,
                "2026-01-30",
                "2026-01-31: nothing, now: nothing",
            ),
        ];
        for (plan, n, now, expected) in table {
            assert_eq!(leave(&plan, n, now), expected, "{:?}", plan.price_list.term);
        }
    }

    #[test]
    fn a_trial_binds_nobody_and_a_plan_that_ends_is_over() {
        let mut trial = plan(Some(Minimum::Cycles(12)), None);
        trial.price_list.trial = Some(Trial::Cycles(2));
        assert_eq!(
            leave(&trial, 2, "2026-03-20"),
            "2026-03-31: nothing, now: nothing"
        );
        assert!(leave(&trial, 3, "2026-04-20").starts_with("2027-01-31"));

        let mut short = plan(None, Some("1 year"));
        short.price_list.cycles = Some(4);
        assert!(leave(&short, 2, "2026-03-20").starts_with("2026-05-31"));
    }
}
