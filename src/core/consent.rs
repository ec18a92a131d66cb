//! Whether a customer has agreed to a price. One that rises, or that begins after something was free,
//! needs the customer's consent within the 30 days before it takes effect (E-Commerce Act art. 13(6),
//! Decree art. 20-2); without it nothing is charged.
//!
//! It knows two things of a cycle: what a whole one costs, and what it rises from. Fees and parts of
//! a period are no rise.

use std::time::Duration;

use jiff::Timestamp;

/// How long a consent is good for: until a price that it was given for takes effect.
pub const GOOD_FOR: Duration = Duration::from_hours(30 * 24);

/// What a customer last agreed to, at sign-up or since.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// When.
    pub at: Timestamp,
    /// Up to how much for a whole cycle, in won.
    pub won: i64,
}

/// A price that is above the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rise {
    /// What a whole cycle cost before; 0 when it was free.
    pub from: i64,
    /// What it costs now.
    pub to: i64,
}

/// Whether a cycle may be asked for, as far as the customer's consent decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Consent {
    /// Its price is not above the last one.
    NotNeeded,
    /// It rises, and the customer agreed to that within the last 30 days.
    Given,
    /// It rises, and nobody agreed to that; or too long ago, or to less.
    Lacking,
}

/// What becomes of a cycle that lacks the consent it needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WithoutConsent {
    /// The subscription is held until the customer agrees, or a person decides otherwise.
    Hold,
    /// The subscription ends.
    Cancel,
}

impl Agreement {
    /// What was agreed to by signing up, whenever that was: before the first cycle, or before it was
    /// written down here.
    pub fn at_sign_up(anchor: Timestamp, added_at: Timestamp, won: i64) -> Self {
        let at = anchor.min(added_at);
        Self { at, won }
    }

    /// The last moment at which it allows a charge.
    pub fn good_to(self) -> Timestamp {
        self.at.checked_add(GOOD_FOR).unwrap_or(Timestamp::MAX)
    }
}

impl Rise {
    /// The rise from one price to the next, if it is one.
    pub const fn between(from: i64, to: i64) -> Option<Self> {
        if to > from {
            Some(Self { from, to })
        } else {
            None
        }
    }

    /// Whether this agreement allows a charge at that moment.
    pub fn is_covered(self, agreement: Agreement, at: Timestamp) -> bool {
        agreement.won >= self.to && agreement.at <= at && at <= agreement.good_to()
    }

    /// From when on a consent to it is good for a charge at that moment.
    pub fn ask_from(at: Timestamp) -> Timestamp {
        at.checked_sub(GOOD_FOR).unwrap_or(Timestamp::MIN)
    }
}

/// Decides about a cycle that is to be charged at this moment.
pub fn judge(rise: Option<Rise>, agreement: Agreement, at: Timestamp) -> Consent {
    match rise {
        None => Consent::NotNeeded,
        Some(rise) if rise.is_covered(agreement, at) => Consent::Given,
        Some(_) => Consent::Lacking,
    }
}

impl WithoutConsent {
    /// Every policy.
    pub const ALL: [Self; 2] = [Self::Hold, Self::Cancel];

    /// The name in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hold => "hold",
            Self::Cancel => "cancel",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(days: i64) -> Timestamp {
        Timestamp::from_second(days * 86_400).unwrap()
    }

    #[test]
    fn a_rise_is_covered_for_thirty_days_and_up_to_its_amount() {
        let rise = Rise::between(4_900, 9_900);
        let judge = |won, agreed, now| {
            let agreement = Agreement { at: agreed, won };
            judge(rise, agreement, now)
        };
        let instant = jiff::SignedDuration::from_micros(1);
        let table = [
            (9_900, day(0), day(0), Consent::Given),
            (9_900, day(0), day(30), Consent::Given),
            (9_900, day(0), day(30) + instant, Consent::Lacking),
            (10_000, day(0), day(9), Consent::Given),
            (9_899, day(0), day(9), Consent::Lacking),
            (9_900, day(9) + instant, day(9), Consent::Lacking),
        ];
        for (won, agreed, now, expected) in table {
            assert_eq!(judge(won, agreed, now), expected, "{won} {agreed} {now}");
        }
    }

    #[test]
    fn what_does_not_rise_needs_no_consent() {
        let long_ago = Agreement { at: day(0), won: 0 };
        for (from, to) in [(9_900, 9_900), (9_900, 1), (0, 0)] {
            let rise = Rise::between(from, to);
            assert_eq!(judge(rise, long_ago, day(400)), Consent::NotNeeded);
        }
        let rise = Rise::between(0, 1);
        assert_eq!(judge(rise, long_ago, day(400)), Consent::Lacking);
    }

    #[test]
    fn a_consent_is_asked_for_from_thirty_days_before_on() {
        assert_eq!(Rise::ask_from(day(40)), day(10));
        let from_then = Agreement {
            at: day(10),
            won: 9_900,
        };
        let rise = Rise::between(0, 9_900).unwrap();
        assert!(rise.is_covered(from_then, day(40)));
    }

    #[test]
    fn policies_have_the_names_of_the_configuration() {
        assert_eq!(
            WithoutConsent::ALL.map(WithoutConsent::name),
            ["hold", "cancel"]
        );
    }

    #[test]
    fn signing_up_is_agreeing() {
        let agreement = |anchor, added| Agreement::at_sign_up(day(anchor), day(added), 9_900).at;
        assert_eq!(agreement(5, 5), day(5));
        assert_eq!(agreement(40, 5), day(5), "it begins later");
        assert_eq!(
            agreement(5, 400),
            day(5),
            "it was brought in from elsewhere"
        );
    }
}
