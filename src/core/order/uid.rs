//! The gateway's key of a cycle: what is charged under one uid is charged once. It does not know when another
//! uid is taken; that is `core::cycle`'s.

use std::fmt;

use crate::core::calendar::CycleNo;
use crate::core::order::{Installation, SubscriptionId};

/// The gateway's only idempotency key (`merchant_uid`): at most 40 of `[A-Za-z0-9_-]`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MerchantUid {
    text: String,
    no: UidNo,
}

/// Which of a cycle's uids. 0 is the cycle's own; every other one goes out only where the PG takes no uid
/// twice, after the one before it was declined. See docs/decisions/0013-a-uid-an-attempt.md.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct UidNo(u8);

/// What shares a uid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum UidScope {
    /// Every attempt at a cycle, so that the gateway itself refuses a second success.
    #[default]
    Cycle,
    /// The attempts up to one that left a failed record at the gateway.
    Attempt,
}

impl UidNo {
    /// The cycle's own.
    pub const FIRST: Self = Self(0);

    /// The last: two digits are what a `merchant_uid` has room for. A cycle is declined 15 times at most.
    pub const LAST: Self = Self(99);

    /// The uid of that number.
    pub const fn of(number: u8) -> Option<Self> {
        if number > Self::LAST.0 {
            return None;
        }
        Some(Self(number))
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }

    /// The one after it; of the last the last.
    #[must_use]
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1)).min(Self::LAST)
    }

    /// Those before it.
    pub fn before(self) -> impl Iterator<Item = Self> {
        (0..self.0).map(Self)
    }

    /// How many there are before it.
    pub const fn count_before(self) -> u32 {
        self.0 as u32
    }
}

impl MerchantUid {
    /// The longest `merchant_uid`, in characters. docs: `POST /subscribe/payments/again`; one PG
    /// cuts longer ones silently.
    pub const LENGTH_MAX: usize = 40;

    /// The uid of a cycle: a function of these three and nothing else. Every send of the cycle uses
    /// it, retries after a decline too, so that the gateway itself refuses a second success: after a
    /// restored backup, from a cloned database, from two daemons.
    pub fn of(installation: &Installation, subscription: &SubscriptionId, cycle: CycleNo) -> Self {
        Self {
            text: format!("{}-{}-{cycle}", installation.0, subscription.0),
            no: UidNo::FIRST,
        }
    }

    /// Another uid of the same cycle: its own, and `a` with the number. A cycle's own ends with a digit
    /// after a hyphen, so that no other cycle has it.
    #[must_use]
    pub fn numbered(&self, no: UidNo) -> Self {
        let end = self.text.len() - suffix(self.no).len();
        let own = self.text.get(..end).unwrap_or(&self.text);
        Self {
            text: format!("{own}{}", suffix(no)),
            no,
        }
    }

    /// Which of its cycle's it is.
    pub const fn no(&self) -> UidNo {
        self.no
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn suffix(no: UidNo) -> String {
    match no {
        UidNo::FIRST => String::new(),
        UidNo(number) => format!("a{number}"),
    }
}

impl fmt::Display for MerchantUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::order::uid_safe;

    #[test]
    fn the_longest_merchant_uid_fits_the_gateway() {
        let installation = Installation::parse("abcdef").unwrap();
        let subscription = SubscriptionId::parse(&"x".repeat(24)).unwrap();
        let cycle = CycleNo::parse(CycleNo::MAX).unwrap();
        let uid = MerchantUid::of(&installation, &subscription, cycle);
        assert_eq!(uid.as_str().len() + 3, MerchantUid::LENGTH_MAX);
        let last = uid.numbered(UidNo::LAST);
        assert_eq!(last.as_str().len(), MerchantUid::LENGTH_MAX);
        assert!(last.as_str().chars().all(uid_safe));
    }

    #[test]
    fn the_uids_of_a_cycle_are_told_apart_and_lead_to_each_other() {
        let installation = Installation::parse("dues").unwrap();
        let of = |id: &str, n| {
            let id = SubscriptionId::parse(id).unwrap();
            MerchantUid::of(&installation, &id, CycleNo::parse(n).unwrap())
        };
        let no = |number| UidNo::of(number).unwrap();
        let own = of("x", 1);
        let uids: Vec<String> = [0, 1, 12, 99]
            .map(|number| own.numbered(no(number)).to_string())
            .into();
        assert_eq!(
            uids,
            ["dues-x-1", "dues-x-1a1", "dues-x-1a12", "dues-x-1a99"]
        );
        assert_eq!(own.numbered(no(12)).numbered(no(3)), own.numbered(no(3)));
        assert_eq!(own.numbered(no(7)).numbered(UidNo::FIRST), own);
        // Whatever a subscription is called.
        assert_ne!(own.numbered(no(1)), of("x-1a1", 1));
        assert_eq!((UidNo::LAST.next(), UidNo::of(100)), (UidNo::LAST, None));
    }
}
