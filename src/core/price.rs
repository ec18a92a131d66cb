//! What a cycle costs: a pure function of the plan and the number of the cycle. A price is the sum of
//! its lines, and a line is a whole number of won, so that nothing is ever rounded away.

use std::fmt;

use jiff::civil::Date;

use crate::core::calendar::{Cadence, CycleNo, Unit};
use crate::core::money::Krw;

/// What a cycle asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Price {
    /// Nothing: it is never sent to the gateway.
    Free,
    /// This much.
    Of(Krw),
}

impl Price {
    /// The price of a number of won; nothing when it is none that can be charged.
    pub fn of_won(won: i64) -> Option<Self> {
        match won {
            0 => Some(Self::Free),
            won => Krw::parse(won).ok().map(Self::Of),
        }
    }

    /// The number of won.
    pub const fn won(self) -> i64 {
        match self {
            Self::Free => 0,
            Self::Of(amount) => amount.won(),
        }
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Free => f.pad("free"),
            Self::Of(amount) => amount.fmt(f),
        }
    }
}

/// What a plan charges besides its amount, and what else; how long it lasts. A plan without any of it
/// asks for its amount in every cycle, for ever.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PriceList {
    /// What comes before the first charge.
    pub trial: Option<Trial>,
    /// Other prices for the first cycles that are charged, one phase after the other.
    pub phases: Vec<Phase>,
    /// Asked for once, with the first cycle that is charged.
    pub setup_fee: Option<Krw>,
    /// How many cycles there are, those of the trial among them.
    pub cycles: Option<u32>,
    /// The last day, where the plan's dates are local, on which a cycle may be due.
    pub until: Option<Date>,
}

/// What comes before the first charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// So many cycles that cost nothing.
    Cycles(u16),
    /// A span after which cycles are counted.
    Span(Cadence),
}

/// A price for so many cycles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    /// For how many.
    pub cycles: u16,
    /// How much.
    pub amount: Krw,
}

/// A part of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    /// What it is for.
    pub what: What,
    /// In won.
    pub won: i64,
}

/// What a line is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The plan's amount.
    Amount,
    /// The amount of a phase; phases are counted from 1.
    Phase(usize),
    /// A cycle of the trial.
    Trial,
    /// What is asked for once.
    SetupFee,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => f.write_str("amount"),
            Self::Phase(number) => write!(f, "phase {number}"),
            Self::Trial => f.write_str("trial"),
            Self::SetupFee => f.write_str("set-up fee"),
        }
    }
}

impl PriceList {
    /// Whether cycle `n` belongs to the trial.
    pub fn is_trial(&self, n: CycleNo) -> bool {
        n.number() < self.trial_cycles()
    }

    /// Whether there is a cycle after which there is none.
    pub const fn has_end(&self) -> bool {
        self.cycles.is_some() || self.until.is_some()
    }

    /// The parts of the price of cycle `n`, for a plan of this amount. They are never none.
    pub fn lines(&self, amount: Krw, n: CycleNo) -> Vec<Line> {
        // The how-manieth cycle that is charged, from 0.
        let Some(charged) = n.number().checked_sub(self.trial_cycles()) else {
            let what = What::Trial;
            return vec![Line { what, won: 0 }];
        };

        let (what, amount) = self.phase(charged).unwrap_or((What::Amount, amount));
        let won = amount.won();
        let mut lines = vec![Line { what, won }];
        if let (0, Some(fee)) = (charged, self.setup_fee) {
            let (what, won) = (What::SetupFee, fee.won());
            lines.push(Line { what, won });
        }
        lines
    }

    fn trial_cycles(&self) -> u32 {
        match self.trial {
            Some(Trial::Cycles(cycles)) => cycles.into(),
            Some(Trial::Span(_)) | None => 0,
        }
    }

    /// The phase that the `charged`-th cycle is in, if it is not past all of them.
    fn phase(&self, charged: u32) -> Option<(What, Krw)> {
        let mut end = 0;
        for (place, phase) in self.phases.iter().enumerate() {
            end += u32::from(phase.cycles);
            if charged < end {
                return Some((What::Phase(place + 1), phase.amount));
            }
        }
        None
    }
}

/// The price that lines come to.
///
/// # Errors
/// [`BadPrice`] when the sum is below zero or above what one charge may ask for.
pub fn total(lines: &[Line]) -> Result<Price, BadPrice> {
    let won = lines.iter().map(|line| line.won).sum();
    Price::of_won(won).ok_or(BadPrice { won })
}

/// Lines that come to what cannot be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "{won} won cannot be charged in one cycle: it is at most {}",
    Krw::MAX_WON
)]
pub struct BadPrice {
    /// The sum.
    pub won: i64,
}

/// What in a plan contradicts something else in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Contradiction {
    /// Nothing would ever be charged.
    #[error("a trial of {trial} cycles leaves none of the {cycles} that there are to be charged")]
    TrialOutlastsTerm {
        /// How many cycles are free.
        trial: u32,
        /// How many there are.
        cycles: u32,
    },
    /// The trial is longer than what follows it.
    #[error("a trial of {span} is longer than the {cycles} x {cadence} that follow it")]
    SpanOutlastsTerm {
        /// How long the trial is.
        span: Cadence,
        /// How many cycles there are.
        cycles: u32,
        /// How far apart they are.
        cadence: Cadence,
    },
    /// The last phase is never reached.
    #[error(
        "the plan ends after {cycles} cycles, and phase {phase} would begin after {before} of them"
    )]
    PhaseBeyondTerm {
        /// Which phase, from 1.
        phase: usize,
        /// How many cycles come before it, the trial among them.
        before: u32,
        /// How many there are.
        cycles: u32,
    },
    /// A cycle asks for too much.
    #[error("the first charge would be too much: {0}")]
    TooMuch(BadPrice),
}

impl PriceList {
    /// What does not go together, for a plan of this amount and cadence.
    ///
    /// # Errors
    /// [`Contradiction`], the first that there is.
    pub fn check(&self, amount: Krw, cadence: Cadence) -> Result<(), Contradiction> {
        let trial = self.trial_cycles();
        if let Some(cycles) = self.cycles {
            if let Some(Trial::Span(span)) = self.trial
                && days_about(span, 1) > days_about(cadence, cycles)
            {
                return Err(Contradiction::SpanOutlastsTerm {
                    span,
                    cycles,
                    cadence,
                });
            }
            if trial >= cycles {
                return Err(Contradiction::TrialOutlastsTerm { trial, cycles });
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

        // Only the first charge has more than one line.
        let first = CycleNo::parse(trial).map(|n| total(&self.lines(amount, n)));
        match first {
            Ok(Err(why)) => Err(Contradiction::TooMuch(why)),
            Ok(Ok(_)) | Err(_) => Ok(()),
        }
    }
}

/// How many days so many cadences are, or nearly so: months and years as if all were alike.
fn days_about(cadence: Cadence, times: u32) -> u64 {
    let thousandths_of_days = match cadence.unit() {
        Unit::Day => 1_000,
        Unit::Week => 7_000,
        Unit::Month => 30_437,
        Unit::Year => 365_243,
    };
    u64::from(cadence.count()) * u64::from(times) * thousandths_of_days / 1_000
}

#[cfg(test)]
mod tests {
    use super::*;

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
        }
    }

    fn price(list: &PriceList, n: u32) -> (String, i64) {
        let lines = list.lines(won(9_900), CycleNo::parse(n).unwrap());
        let words: Vec<String> = lines
            .iter()
            .map(|line| format!("{} {}", line.what, line.won))
            .collect();
        (words.join(" + "), total(&lines).unwrap().won())
    }

    #[test]
    fn a_price_follows_from_the_number_of_the_cycle() {
        let expected = [
            (0, "trial 0", 0),
            (1, "phase 1 4900 + set-up fee 10000", 14_900),
            (2, "phase 1 4900", 4_900),
            (3, "phase 2 7900", 7_900),
            (4, "amount 9900", 9_900),
            (99_999, "amount 9900", 9_900),
        ];
        for (n, words, sum) in expected {
            assert_eq!(price(&intro(), n), (words.to_owned(), sum), "cycle {n}");
        }
        let flat = PriceList::default();
        assert_eq!(price(&flat, 0), ("amount 9900".to_owned(), 9_900));
    }

    #[test]
    fn what_contradicts_itself_is_refused() {
        let check = |change: fn(&mut PriceList)| {
            let mut list = intro();
            change(&mut list);
            let monthly = Cadence::parse("1 month").unwrap();
            list.check(won(9_900), monthly)
                .map_err(|why| why.to_string())
        };
        assert_eq!(check(|_| {}), Ok(()));
        let refused = check(|list| list.cycles = Some(1)).unwrap_err();
        assert!(refused.contains("a trial of 1 cycles"), "{refused}");
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
        let refused = check(|list| list.setup_fee = Some(won(Krw::MAX_WON))).unwrap_err();
        assert!(
            refused.contains("the first charge would be too much"),
            "{refused}"
        );
    }
}
