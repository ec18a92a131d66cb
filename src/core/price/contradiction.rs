//! What in a price list does not go together. It is looked for where a plan is written, so that nobody meets
//! it when money is due.

use crate::core::calendar::Cadence;
use crate::core::contract::Quantity;
use crate::core::counted::counted;
use crate::core::dates::Dates;
use crate::core::money::Krw;
use crate::core::price::{BadPrice, PriceList, Trial};
use crate::core::term::Minimum;

/// What in a plan contradicts something else in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Nothing would ever be charged.
    #[error(
        "a trial of {} leaves none of the {cycles} that there are to be charged",
        counted(*trial, "cycle")
    )]
    TrialOutlastsTerm {
        /// How many cycles are free.
        trial: u32,
        /// How many there are.
        cycles: u32,
    },
    /// The trial is longer than what follows it.
    #[error("a trial of {span} is longer than what follows it ({})", counted(*cycles, "cycle"))]
    SpanOutlastsTerm {
        /// How long the trial is.
        span: Cadence,
        /// How many cycles there are.
        cycles: u32,
    },
    /// The last phase is never reached.
    #[error(
        "the plan ends after {}, and phase {phase} would begin after {before}",
        counted(*cycles, "cycle")
    )]
    PhaseBeyondTerm {
        /// Which phase, from 1.
        phase: usize,
        /// How many cycles come before it, the trial among them.
        before: u32,
        /// How many there are.
        cycles: u32,
    },
    /// The minimum term is longer than the plan.
    #[error("a minimum term of {minimum} is longer than the plan ({})", counted(*cycles, "cycle"))]
    MinimumOutlastsTerm {
        /// How long it lasts at least.
        minimum: Minimum,
        /// How many cycles there are.
        cycles: u32,
    },
    /// A cycle asks for too much.
    #[error("the first charge would be too much: {0}")]
    TooMuch(BadPrice),
}

impl PriceList {
    /// What does not go together, for a plan of this amount and these dates.
    ///
    /// # Errors
    /// [`Contradiction`], the first that there is.
    pub fn check(&self, amount: Krw, dates: &Dates) -> Result<(), Contradiction> {
        let trial = self.trial_cycles();
        if let Some(cycles) = self.cycles {
            if let Some(Trial::Span(span)) = self.trial
                && span.days_about(1) > dates.days_about(cycles)
            {
                return Err(Contradiction::SpanOutlastsTerm { span, cycles });
            }
            if trial >= cycles {
                return Err(Contradiction::TrialOutlastsTerm { trial, cycles });
            }
            let is_longer = |minimum: &Minimum| match minimum {
                Minimum::Cycles(least) => u32::from(*least) > cycles,
                Minimum::Span(span) => span.days_about(1) > dates.days_about(cycles),
            };
            if let Some(minimum) = self.term.minimum.filter(is_longer) {
                return Err(Contradiction::MinimumOutlastsTerm { minimum, cycles });
            }
            let mut before = trial;
            for (place, phase) in self.phases.iter().enumerate() {
                if before >= cycles {
                    let phase = place + 1;
                    return Err(Contradiction::PhaseBeyondTerm {
                        phase,
                        before,
                        cycles,
                    });
                }
                before += u32::from(phase.cycles);
            }
        }

        let one = self.check_quantity(amount, Quantity::ONE);
        one.map_err(Contradiction::TooMuch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::price::Phase;
    use crate::core::term::Term;

    fn won(amount: i64) -> Krw {
        Krw::parse(amount).unwrap()
    }

    fn intro() -> PriceList {
        PriceList {
            trial: Some(Trial::Cycles(1)),
            phases: vec![
                Phase {
                    cycles: 2,
                    amount: won(4_900),
                },
                Phase {
                    cycles: 1,
                    amount: won(7_900),
                },
            ],
            setup_fee: Some(won(10_000)),
            cycles: Some(6),
            until: None,
            term: Term::default(),
        }
    }

    fn least(months: &str) -> Minimum {
        Minimum::Span(Cadence::parse(months).unwrap())
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let check = |change: fn(&mut PriceList)| {
            let mut list = intro();
            change(&mut list);
            let monthly = Cadence::parse("1 month").unwrap();
            list.check(won(9_900), &monthly.into())
                .map_err(|why| why.to_string())
        };
        assert_eq!(check(|_| {}), Ok(()));
        let refused = check(|list| list.cycles = Some(1)).unwrap_err();
        assert!(refused.contains("a trial of 1 cycle leaves"), "{refused}");
        let refused = check(|list| list.cycles = Some(3)).unwrap_err();
        assert!(refused.contains("phase 2 would begin after 3"), "{refused}");
        let spanned = |list: &mut PriceList| {
            list.trial = Some(Trial::Span(Cadence::parse("7 months").unwrap()));
        };
        let refused = check(spanned).unwrap_err();
        assert!(
            refused.contains("a trial of 7 months is longer than"),
            "{refused}"
        );
        let refused = check(|list| list.term.minimum = Some(Minimum::Cycles(7))).unwrap_err();
        assert!(refused.contains("a minimum term of 7 cycles"), "{refused}");
        let refused = check(|list| list.term.minimum = Some(least("7 months"))).unwrap_err();
        assert!(refused.contains("a minimum term of 7 months"), "{refused}");
        let six = check(|list| list.term.minimum = Some(least("6 months")));
        assert_eq!(six, Ok(()), "as long as the term");
        let as_long = |list: &mut PriceList| {
            list.trial = Some(Trial::Span(Cadence::parse("6 months").unwrap()));
        };
        assert_eq!(check(as_long), Ok(()));
        let refused = check(|list| list.setup_fee = Some(won(Krw::MAX_WON))).unwrap_err();
        assert!(
            refused.contains("the first charge would be too much"),
            "{refused}"
        );
    }
}
