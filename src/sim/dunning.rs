//! Ladders compared: a population with paydays, balances, limits, dead cards and banks that are out of
//! order is charged once, and every ladder tries again for the same people in the same world. What
//! decides is `core::cycle` and `core::dunning`, as in production; what is assumed stands in
//! [`assumptions`]. It knows no database and no wire.

mod assumptions;
mod bank;
mod ladders;
mod life;
mod person;
mod time;

pub use ladders::{Contender, Reads};

use crate::core::cycle::Illegal;
use crate::core::plan::Terms;
use crate::core::share::Share;
use crate::sim::dunning::bank::Banks;
use crate::sim::dunning::person::Person;

/// What a population came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    /// How many people were charged.
    pub people: u64,
    /// How many of their first charges were declined: those that can be recovered.
    pub declined: u64,
    /// What each ladder recovered of these, in the order in which they were given.
    pub rows: Vec<Row>,
    /// How many could be recovered at all, by somebody who knows the balances.
    pub oracle: Share,
}

/// What a ladder came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The ladder's name.
    pub name: String,
    /// How many of the declined were paid within a month.
    pub recovered: Share,
    /// How many tries that took after the first.
    pub retries: u64,
}

/// Charges so many people of each of these seeds by each of these ladders.
///
/// # Errors
/// [`Illegal`] when the machine cannot take what it asked for itself: a bug.
pub fn compare(
    seeds: impl Iterator<Item = u64>,
    people: u64,
    contenders: &[Contender],
) -> Result<Comparison, Illegal> {
    let terms: Vec<Terms> = contenders.iter().map(life::terms).collect();
    let mut tallies = vec![(0, 0); contenders.len()];
    let (mut charged, mut declined, mut best) = (0, 0, 0);
    for seed in seeds {
        let banks = Banks::draw(seed);
        for number in 0..people {
            charged += 1;
            let person = Person::draw(seed, number);
            let Some(first) = terms
                .first()
                .filter(|terms| life::fails(&person, &banks, terms))
            else {
                continue;
            };
            declined += 1;
            best += u64::from(life::best(&person, &banks, first).is_some());
            let lived = contenders.iter().zip(&terms).zip(&mut tallies);
            for (contender, (recovered, retries)) in lived {
                let life = life::live(&person, &banks, contender)?;
                *recovered += u64::from(life.paid.is_some());
                *retries += life.tries - 1;
            }
        }
    }
    let rows = contenders.iter().zip(tallies);
    Ok(Comparison {
        people: charged,
        declined,
        rows: rows
            .map(|(contender, (recovered, retries))| Row {
                name: contender.name.clone(),
                recovered: Share::new(recovered, declined),
                retries,
            })
            .collect(),
        oracle: Share::new(best, declined),
    })
}
