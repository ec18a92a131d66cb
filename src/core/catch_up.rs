//! What becomes of cycles that came due while nobody was charging: after an outage, or when a
//! subscription was brought in late. A customer who is charged twice on one day calls it a double
//! charge, whoever was away.

use std::fmt;
use std::time::Duration;

/// The rule of a plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CatchUp {
    /// One missed cycle is charged, late. More than one hold the subscription.
    ChargeOne,
    /// The latest missed cycle is charged, late. Those before it are skipped.
    LatestOnly,
    /// Up to so many missed cycles are charged, one after the other. More hold the subscription.
    ChargeAll(u8),
    /// A cycle that is late by more than [`CatchUp::LATE_AFTER`] holds the subscription.
    Hold,
}

/// What to do with the oldest cycle that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Charge it.
    Charge,
    /// Let it go, and look at the one after it.
    Skip,
    /// Let a person decide.
    Hold,
}

impl CatchUp {
    /// The most cycles that [`CatchUp::ChargeAll`] may charge.
    pub const CHARGES_MAX: u8 = 12;

    /// How late a charge may be before [`CatchUp::Hold`] calls it missed. A full house, a busy card and
    /// the gateway's bad hour stay within it.
    pub const LATE_AFTER: Duration = Duration::from_hours(24);

    /// Reads `charge_one`, `latest_only`, `charge_all(3)` or `hold`.
    ///
    /// # Errors
    /// [`BadCatchUp`] when it is none of these.
    pub fn parse(text: &str) -> Result<Self, BadCatchUp> {
        let bad = || BadCatchUp {
            text: text.to_owned(),
        };
        match text {
            "charge_one" => Ok(Self::ChargeOne),
            "latest_only" => Ok(Self::LatestOnly),
            "hold" => Ok(Self::Hold),
            _ => {
                let inner = text.strip_prefix("charge_all(");
                let number = inner.and_then(|inner| inner.strip_suffix(')'));
                let most: u8 = number.ok_or_else(bad)?.parse().map_err(|_| bad())?;
                if (1..=Self::CHARGES_MAX).contains(&most) {
                    Ok(Self::ChargeAll(most))
                } else {
                    Err(bad())
                }
            }
        }
    }

    /// Decides about the oldest of `due` cycles, which is `late` by this much.
    pub fn decide(self, due: u8, late: Duration) -> Decision {
        match self {
            Self::ChargeOne if due > 1 => Decision::Hold,
            Self::LatestOnly if due > 1 => Decision::Skip,
            Self::ChargeAll(most) if due > most => Decision::Hold,
            Self::Hold if due > 1 || late > Self::LATE_AFTER => Decision::Hold,
            Self::ChargeOne | Self::LatestOnly | Self::ChargeAll(_) | Self::Hold => {
                Decision::Charge
            }
        }
    }
}

impl fmt::Display for CatchUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ChargeOne => f.write_str("charge_one"),
            Self::LatestOnly => f.write_str("latest_only"),
            Self::ChargeAll(most) => write!(f, "charge_all({most})"),
            Self::Hold => f.write_str("hold"),
        }
    }
}

/// A text that is no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not charge_one, latest_only, hold or charge_all(1) to charge_all({})",
    CatchUp::CHARGES_MAX
)]
pub struct BadCatchUp {
    text: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        for rule in [
            CatchUp::ChargeOne,
            CatchUp::LatestOnly,
            CatchUp::ChargeAll(1),
            CatchUp::ChargeAll(12),
            CatchUp::Hold,
        ] {
            assert_eq!(CatchUp::parse(&rule.to_string()), Ok(rule));
        }
        for text in [
            "",
            "all",
            "charge_all",
            "charge_all()",
            "charge_all(0)",
            "charge_all(13)",
        ] {
            assert!(CatchUp::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn each_rule_has_its_limit() {
        let at_once = Duration::ZERO;
        let late = CatchUp::LATE_AFTER + Duration::from_secs(1);
        let table = [
            (CatchUp::ChargeOne, 1, late, Decision::Charge),
            (CatchUp::ChargeOne, 2, late, Decision::Hold),
            (CatchUp::LatestOnly, 1, late, Decision::Charge),
            (CatchUp::LatestOnly, 2, late, Decision::Skip),
            (CatchUp::ChargeAll(3), 3, late, Decision::Charge),
            (CatchUp::ChargeAll(3), 4, late, Decision::Hold),
            (CatchUp::Hold, 1, at_once, Decision::Charge),
            (CatchUp::Hold, 1, CatchUp::LATE_AFTER, Decision::Charge),
            (CatchUp::Hold, 1, late, Decision::Hold),
            (CatchUp::Hold, 2, at_once, Decision::Hold),
        ];
        for (rule, due, late, decision) in table {
            assert_eq!(rule.decide(due, late), decision, "{rule} {due} {late:?}");
        }
    }
}
