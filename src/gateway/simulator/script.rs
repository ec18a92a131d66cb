//! What shall come of a customer's charges, one after the other, and how a `customer_uid` says so by
//! itself. It does not know what the outcomes do.

use crate::gateway::simulator::outcome::Outcome;

/// Outcomes, consumed one a charge; the last one repeats.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    first: Vec<Outcome>,
    last: Outcome,
}

/// The most outcomes in one script, repetitions counted.
pub const STEPS_MAX: usize = 1_000;

/// What a `customer_uid` has to contain to be its own script.
const MARK: &str = "sim-";

impl Script {
    /// A script of these outcomes.
    ///
    /// # Errors
    /// [`BadScript`] when there is none, or more than [`STEPS_MAX`].
    pub fn new(mut outcomes: Vec<Outcome>) -> Result<Self, BadScript> {
        if outcomes.len() > STEPS_MAX {
            return Err(BadScript::TooLong);
        }
        let last = outcomes.pop().ok_or(BadScript::Empty)?;
        Ok(Self {
            first: outcomes,
            last,
        })
    }

    /// The outcomes of those names; `funds-x3` is the same as naming it three times.
    ///
    /// # Errors
    /// [`BadScript`] for an unknown name, none, or too many.
    pub fn parse<'a>(names: impl IntoIterator<Item = &'a str>) -> Result<Self, BadScript> {
        let mut outcomes = Vec::new();
        for name in names {
            let (outcome, times) = step(name)?;
            outcomes.extend(std::iter::repeat_n(outcome, times));
        }
        Self::new(outcomes)
    }

    /// The script that a `customer_uid` carries in itself, if any, so that a merchant's tests need
    /// no other way in.
    ///
    /// From `sim-` (at the start, or after a character other than a letter or digit) up to the next
    /// character other than `a-z`, `0-9` and `-`: names of outcomes joined by `-then-`. `-x3` after a
    /// name repeats it; a number after the last name is ignored, so that many customers can share a
    /// script.
    ///
    /// ```text
    /// sim-pay                                  sim-decline-funds-x2-then-pay
    /// sim-card-dead                            sim-lose-answer-then-pay
    /// sim-decline-funds-then-pay-00017         alice@sim-time-out-paid_2026
    /// ```
    ///
    /// # Errors
    /// [`BadScript`] when there is a mark and what follows cannot be read: a typing error must not
    /// quietly pay.
    pub fn of_customer(customer_uid: &str) -> Result<Option<Self>, BadScript> {
        let Some(text) = marked(customer_uid) else {
            return Ok(None);
        };
        let names: Vec<&str> = text.split("-then-").collect();
        if let Ok(script) = Self::parse(names.iter().copied()) {
            return Ok(Some(script));
        }
        Self::parse(without_number(text).split("-then-")).map(Some)
    }

    /// The outcome of the charge number `place`, from 0.
    pub fn at(&self, place: usize) -> Outcome {
        self.first.get(place).copied().unwrap_or(self.last)
    }
}

/// A script that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadScript {
    /// There is no such outcome.
    #[error("unknown outcome {name:?}; known are: {}", Outcome::known())]
    Unknown {
        /// What was written.
        name: String,
    },
    /// No outcome at all.
    #[error("a script needs at least one outcome; known are: {}", Outcome::known())]
    Empty,
    /// Too many.
    #[error("a script has at most {STEPS_MAX} outcomes")]
    TooLong,
}

fn step(text: &str) -> Result<(Outcome, usize), BadScript> {
    if let Some(outcome) = Outcome::named(text) {
        return Ok((outcome, 1));
    }

    let unknown = || BadScript::Unknown {
        name: text.chars().take(100).collect(),
    };
    let (name, times) = text.rsplit_once("-x").ok_or_else(unknown)?;
    let times: usize = times.parse().map_err(|_| unknown())?;
    if times > STEPS_MAX {
        return Err(BadScript::TooLong);
    }
    Ok((Outcome::named(name).ok_or_else(unknown)?, times))
}

fn marked(customer_uid: &str) -> Option<&str> {
    let (start, _) = customer_uid.match_indices(MARK).find(|(at, _)| {
        let before = customer_uid
            .get(..*at)
            .and_then(|text| text.chars().next_back());
        before.is_none_or(|c| !c.is_alphanumeric())
    })?;
    let text = customer_uid.get(start + MARK.len()..)?;
    let is_part = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    text.split(|c| !is_part(c)).next()
}

fn without_number(text: &str) -> &str {
    match text.rsplit_once('-') {
        Some((name, number)) if number.bytes().all(|byte| byte.is_ascii_digit()) => name,
        Some(_) | None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gateway::simulator::outcome::{Decline, Mishap, Work};

    #[test]
    fn a_customer_uid_can_carry_its_script() {
        let funds = Outcome::Decline(Decline::Funds);
        let lost = Outcome::Mishap(Mishap::Cut, Work::Paid);
        let gateway_fault = Outcome::Mishap(Mishap::Http500, Work::Paid);
        let cases = [
            ("cust_1", None),
            ("maxsim-3", None),
            ("sim-pay", Some(vec![Outcome::Pay])),
            ("sim-decline-funds", Some(vec![funds])),
            (
                "sim-decline-funds-then-pay",
                Some(vec![funds, Outcome::Pay]),
            ),
            (
                "sim-decline-funds-x2-then-pay-00017",
                Some(vec![funds, funds, Outcome::Pay]),
            ),
            (
                "alice@sim-lose-answer-then-pay_2026",
                Some(vec![lost, Outcome::Pay]),
            ),
            (
                "team-sim-card-dead.3",
                Some(vec![Outcome::Decline(Decline::Closed)]),
            ),
            ("sim-http-500-paid", Some(vec![gateway_fault])),
        ];
        for (uid, outcomes) in cases {
            let expected = outcomes.map(|outcomes| Script::new(outcomes).unwrap());
            assert_eq!(Script::of_customer(uid), Ok(expected), "{uid}");
        }
    }

    #[test]
    fn a_typing_error_does_not_pay() {
        let problem = Script::of_customer("sim-declin-funds")
            .unwrap_err()
            .to_string();
        assert!(problem.starts_with("unknown outcome \"declin-funds\"; known are: pay, "));
        assert_eq!(
            Script::of_customer("sim-pay-x9999"),
            Err(BadScript::TooLong)
        );
        assert_eq!(Script::parse([]), Err(BadScript::Empty));
    }

    #[test]
    fn the_last_outcome_repeats() {
        let script = Script::parse(["decline-funds", "pay"]).unwrap();
        let outcomes: Vec<Outcome> = (0..4).map(|place| script.at(place)).collect();
        let funds = Outcome::Decline(Decline::Funds);
        assert_eq!(outcomes, [funds, Outcome::Pay, Outcome::Pay, Outcome::Pay]);
    }
}
