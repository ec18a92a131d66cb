//! What a cycle costs: a pure function of the plan and the number of the cycle. A price is the sum of
//! its lines, and a line is a whole number of won, so that nothing is ever rounded away.

use std::fmt;

use jiff::civil::Date;

use crate::core::calendar::{Cadence, CycleNo};
use crate::core::contract::Quantity;
use crate::core::coupon::{Discount, Off};
use crate::core::money::Krw;
use crate::core::term::Term;

mod contradiction;
mod rest;

pub use contradiction::Contradiction;
pub use rest::Rest;

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
    /// How long it lasts at least, and how long before its end that has to be said.
    pub term: Term,
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

/// What the first period of a subscription is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Opening {
    /// One like the others.
    Regular,
    /// A shorter one, before the first fixed day, that costs nothing.
    Free,
    /// A shorter one that costs as much as its days are of those of a whole one.
    Part {
        /// How many days it has.
        days: u32,
        /// How many a whole one has.
        of: u32,
    },
}

/// Where in a price list a cycle of a subscription stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Which cycle.
    pub n: CycleNo,
    /// What the subscription's first period is.
    pub opening: Opening,
    /// What there is of the period, if it begins between two days that are everybody's.
    pub rest: Option<Rest>,
    /// How many it has of what the plan sells.
    pub quantity: Quantity,
    /// What its coupon takes off, if it has one.
    pub discount: Option<Discount>,
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
    /// The part of it that falls on the days of a first period.
    Part {
        /// How many days it has.
        days: u32,
        /// How many a whole one has.
        of: u32,
    },
    /// The part of it that is left of a period.
    Rest(Rest),
    /// A first period that costs nothing.
    FirstPeriod,
    /// A cycle of the trial.
    Trial,
    /// What a coupon takes off.
    Coupon(Off),
    /// What is asked for once.
    SetupFee,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Amount => f.write_str("amount"),
            Self::Phase(number) => write!(f, "phase {number}"),
            Self::Part { days, of } => write!(f, "{days} of {of} days"),
            Self::Rest(rest) => rest.fmt(f),
            Self::FirstPeriod => f.write_str("free first period"),
            Self::Trial => f.write_str("trial"),
            Self::Coupon(off) => write!(f, "coupon {off}"),
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

    /// The parts of the price of a cycle, for a plan of this amount. They are never none.
    ///
    /// Amounts are for one of what the plan sells, and are taken times the quantity; the set-up fee is
    /// asked for once, however many there are. A period that is part of a whole one costs that part
    /// of all of them, rounded down to a whole won. What is taken off is the rest, so that both together
    /// are the whole. A coupon takes off what such a cycle costs, and nothing of the set-up fee.
    pub fn lines(&self, amount: Krw, position: Position) -> Vec<Line> {
        let Position {
            n,
            opening,
            rest,
            quantity,
            discount,
        } = position;
        if self.is_trial(n) {
            let what = What::Trial;
            return vec![Line { what, won: 0 }];
        }
        // A trial of cycles covers the first period, whatever that would cost by itself.
        let opening = if self.trial_cycles() > 0 {
            Opening::Regular
        } else {
            opening
        };
        let free = self.trial_cycles() + u32::from(opening == Opening::Free);
        // The how-manieth cycle that is charged, from 0.
        let Some(charged) = n.number().checked_sub(free) else {
            let what = What::FirstPeriod;
            return vec![Line { what, won: 0 }];
        };

        let (what, amount) = self.phase(charged).unwrap_or((What::Amount, amount));
        let whole = quantity.times(amount);
        let mut lines = vec![match (opening, rest) {
            (Opening::Part { days, of }, _) if n.number() == 0 => Line {
                what: What::Part { days, of },
                won: part(whole, days, of),
            },
            (_, Some(rest)) => Line {
                what: What::Rest(rest),
                won: rest.share(whole),
            },
            (_, None) => Line { what, won: whole },
        }];
        let price = lines.iter().map(|line| line.won).sum();
        if let Some(discount) = discount.filter(|discount| discount.covers(n)) {
            lines.push(Line {
                what: What::Coupon(discount.off),
                won: -discount.won_off(price),
            });
        }
        if let (0, Some(fee)) = (charged, self.setup_fee) {
            let (what, won) = (What::SetupFee, fee.won());
            lines.push(Line { what, won });
        }
        lines
    }

    /// What a whole cycle costs at that place, without what is asked for once: what a customer who is
    /// told of a rise compares. A coupon's end was agreed to with the coupon, so that it is no rise; but what
    /// follows on a cycle of which it left nothing was free before.
    pub fn regular(&self, amount: Krw, position: Position) -> i64 {
        let opening = match position.opening {
            Opening::Part { .. } => Opening::Regular,
            opening @ (Opening::Regular | Opening::Free) => opening,
        };
        let whole_one = Position {
            opening,
            rest: None,
            ..position
        };
        let lines = self.lines(amount, whole_one);
        let (mut whole, mut off) = (0, 0);
        for line in lines {
            match line.what {
                What::Amount
                | What::Phase(_)
                | What::Part { .. }
                | What::Rest(_)
                | What::FirstPeriod
                | What::Trial => whole += line.won,
                What::Coupon(_) => off += line.won,
                What::SetupFee => {}
            }
        }
        if whole + off == 0 { 0 } else { whole }
    }

    /// The most that [`regular`](Self::regular) ever gives: what a customer who signs up is told.
    pub fn highest(&self, amount: Krw, quantity: Quantity) -> i64 {
        let phases = self.phases.iter().map(|phase| phase.amount);
        quantity.times(phases.fold(amount, Krw::max))
    }

    /// Whether no cycle of so many asks for more than one charge may. It is looked at when so many are
    /// agreed to, so that nobody meets it when money is due.
    ///
    /// # Errors
    /// [`BadPrice`] with what the dearest cycle asks for.
    pub fn check_quantity(&self, amount: Krw, quantity: Quantity) -> Result<(), BadPrice> {
        // Only the first charge has more than one line.
        let (_, first) = self.phase(0).unwrap_or((What::Amount, amount));
        let first = quantity.times(first) + self.setup_fee.map_or(0, Krw::won);
        let won = self.highest(amount, quantity).max(first);
        Price::of_won(won).map(drop).ok_or(BadPrice { won })
    }

    /// The first cycle that is charged, of a subscription whose first period is so.
    pub fn first_charged(&self, opening: Opening) -> u32 {
        let trial = self.trial_cycles();
        if trial == 0 && opening == Opening::Free {
            return 1;
        }
        trial
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

/// So many days of a price for `of` days, rounded down to a whole won.
fn part(won: i64, days: u32, of: u32) -> i64 {
    let days = i64::from(days.min(of));
    won * days / i64::from(of.max(1))
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

#[cfg(test)]
mod tests;
