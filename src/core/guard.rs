//! The money guard: what is about to be charged, against what the schedule foretold and against caps.
//! It decides about sums alone; which charges they are made of is the store's to count.
//!
//! A charge is foretold when its moment and its price could be seen a day before: it is neither late by
//! more than a day, nor of a subscription that was added less than a day before, nor at a price that is
//! many times the last one of its plan. A first of the month on which everybody is due is foretold; an
//! import with wrong anchors, a restored backup and a clock that ran ahead are not.

use std::time::Duration;

use crate::core::counted::counted;
use crate::core::money::grouped;

/// How long before its moment a charge has to be known, and how late it may be.
pub const FORESIGHT: Duration = Duration::from_hours(24);

/// How long what was let through may take to be begun. What still waits then is weighed anew.
pub const ADMITTED_FOR: Duration = Duration::from_hours(24);

/// A number of charges, and their sum in won.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Total {
    /// How many.
    pub charges: i64,
    /// Their sum.
    pub won: i64,
}

/// The most of something in 24 hours; `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Charges.
    pub charges: Option<i64>,
    /// Won.
    pub won: Option<i64>,
}

/// The configured caps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// What nobody foretold.
    pub unforetold: Cap,
    /// Everything.
    pub all: Cap,
    /// How many times its last price a plan's new one may be.
    pub price_rise_max: Option<i64>,
}

/// What is due and not weighed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Due {
    /// All of it.
    pub all: Total,
    /// What nobody foretold: each charge once, whatever speaks against it.
    pub unforetold: Total,
    /// Late by more than [`FORESIGHT`].
    pub late: Total,
    /// The first charge of a subscription that was added less than [`FORESIGHT`] before.
    pub new: Total,
    /// At a price that rose too far, and that nobody approved.
    pub dear: Total,
}

/// What the last 24 hours brought.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Day {
    /// Unforetold charges that were let through, without those that a person approved.
    pub unforetold: Total,
    /// Charges that were paid, or are under way.
    pub all: Total,
    /// What a person approved beyond the cap on everything.
    pub approved: Total,
}

/// What a held batch is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// What is due and nobody foretold.
    Unforetold,
    /// All that is due.
    All,
}

/// Why a sweep may not go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excess {
    /// What has to be approved.
    pub scope: Scope,
    /// What is too much, for people.
    pub why: String,
}

impl Total {
    /// Both together. Sums of won stay inside an `i64`: see [`crate::core::money::Krw::MAX_WON`].
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            charges: self.charges.saturating_add(other.charges),
            won: self.won.saturating_add(other.won),
        }
    }

    /// In words: `12 charges of 118,800 KRW`.
    pub fn words(self) -> String {
        format!(
            "{} of {} KRW",
            counted(self.charges, "charge"),
            grouped(self.won)
        )
    }

    fn sentence(self) -> String {
        let verb = if self.charges == 1 { "is" } else { "are" };
        format!("{} {verb}", self.words())
    }
}

impl Cap {
    /// No limit.
    pub const NONE: Self = Self {
        charges: None,
        won: None,
    };

    /// Whether this much is more than the cap, and so much more than it.
    pub fn is_below(self, total: Total, beyond: Total) -> bool {
        let is_less = |cap: Option<i64>, more: i64, sum: i64| {
            cap.is_some_and(|cap| cap.saturating_add(more) < sum)
        };
        is_less(self.charges, beyond.charges, total.charges)
            || is_less(self.won, beyond.won, total.won)
    }

    fn words(self) -> String {
        match (self.charges, self.won) {
            (None, None) => "any number".to_owned(),
            (Some(charges), None) => grouped(charges),
            (None, Some(won)) => format!("{} KRW", grouped(won)),
            (Some(charges), Some(won)) => {
                format!("{} or {} KRW", grouped(charges), grouped(won))
            }
        }
    }
}

impl Caps {
    /// No limit on anything: for simulated money.
    pub const NONE: Self = Self {
        unforetold: Cap::NONE,
        all: Cap::NONE,
        price_rise_max: None,
    };
}

impl Scope {
    /// The name in the database.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unforetold => "unforetold",
            Self::All => "all",
        }
    }

    /// The scope of that name.
    pub fn named(text: &str) -> Option<Self> {
        [Self::Unforetold, Self::All]
            .into_iter()
            .find(|scope| scope.name() == text)
    }
}

/// Weighs a sweep; `None` lets it out.
pub fn weigh(caps: &Caps, due: &Due, day: &Day) -> Option<Excess> {
    if due.all.charges > 0 && caps.all.is_below(due.all.plus(day.all), day.approved) {
        let why = format!(
            "{} due, besides {} of the last day: [guard] lets out {} in 24 hours",
            due.all.sentence(),
            day.all.words(),
            caps.all.words(),
        );
        let scope = Scope::All;
        return Some(Excess { scope, why });
    }

    let is_much = caps
        .unforetold
        .is_below(due.unforetold.plus(day.unforetold), Total::default());
    if due.unforetold.charges == 0 || (due.dear.charges == 0 && !is_much) {
        return None;
    }
    let why = if is_much {
        format!(
            "{} due that nobody foretold ({}), besides {} of the last day: [guard] lets out {} in 24 hours",
            due.unforetold.sentence(),
            reasons(due),
            grouped(day.unforetold.charges),
            caps.unforetold.words(),
        )
    } else {
        let times = caps.price_rise_max.unwrap_or(0);
        format!(
            "{} due at a price that is more than {times} times the last one of the plan",
            due.dear.sentence(),
        )
    };
    let scope = Scope::Unforetold;
    Some(Excess { scope, why })
}

fn reasons(due: &Due) -> String {
    let parts = [
        (due.late.charges, "late by more than a day"),
        (due.new.charges, "of subscriptions added within a day"),
        (due.dear.charges, "at a price that rose too far"),
    ];
    let parts: Vec<String> = parts
        .iter()
        .filter(|(charges, _)| *charges > 0)
        .map(|(charges, what)| format!("{} {what}", grouped(*charges)))
        .collect();
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn total() -> impl Strategy<Value = Total> {
        (0..40_i64, 0..1_000_i64).prop_map(|(charges, won)| Total {
            charges,
            won: won * charges,
        })
    }

    fn cap() -> impl Strategy<Value = Cap> {
        let one = |most| prop::option::of(1..most);
        (one(60_i64), one(30_000_i64)).prop_map(|(charges, won)| Cap { charges, won })
    }

    prop_compose! {
        fn due()(late in total(), new in total(), dear in total(), foretold in total()) -> Due {
            let unforetold = late.plus(new).plus(dear);
            Due { all: unforetold.plus(foretold), unforetold, late, new, dear }
        }
    }

    prop_compose! {
        fn world()(
            caps in (cap(), cap()),
            due in due(),
            day in (total(), total(), total()),
        ) -> (Caps, Due, Day) {
            let caps = Caps { unforetold: caps.0, all: caps.1, price_rise_max: Some(3) };
            let (unforetold, all, approved) = day;
            (caps, due, Day { unforetold, all, approved })
        }
    }

    fn fits(cap: Cap, total: Total, beyond: Total) -> bool {
        cap.charges
            .is_none_or(|most| total.charges <= most + beyond.charges)
            && cap.won.is_none_or(|most| total.won <= most + beyond.won)
    }

    fn charges(charges: i64) -> Total {
        let won = 100 * charges;
        Total { charges, won }
    }

    #[test]
    fn a_cap_is_what_may_still_go_out() {
        let cap = |charges, won| Cap { charges, won };
        let none = Total::default();
        for (cap, total, beyond, is_below) in [
            (cap(Some(5), None), charges(5), none, false),
            (cap(Some(5), None), charges(6), none, true),
            (cap(Some(5), None), charges(8), charges(3), false),
            (cap(None, Some(500)), charges(5), none, false),
            (cap(None, Some(500)), charges(6), none, true),
        ] {
            assert_eq!(cap.is_below(total, beyond), is_below, "{cap:?} {total:?}");
        }
    }

    #[test]
    fn where_nothing_is_due_nothing_is_held() {
        let all = Cap {
            charges: Some(5),
            won: None,
        };
        let caps = Caps { all, ..Caps::NONE };
        let day = Day {
            all: charges(9),
            ..Day::default()
        };
        let due = |all| Due {
            all,
            ..Due::default()
        };
        assert_eq!(weigh(&caps, &due(Total::default()), &day), None);
        let excess = weigh(&caps, &due(charges(1)), &day).unwrap();
        assert_eq!(Scope::named(excess.scope.name()), Some(Scope::All));
        assert_eq!(Scope::named("unforetold"), Some(Scope::Unforetold));
    }

    proptest! {
        /// Whatever is let out stays within every cap, and nothing dear is among it.
        #[test]
        fn what_is_let_out_stays_within_the_caps((caps, due, day) in world()) {
            if weigh(&caps, &due, &day).is_none() {
                let unforetold = due.unforetold.plus(day.unforetold);
                prop_assert!(due.unforetold.charges == 0 || fits(caps.unforetold, unforetold, Total::default()));
                prop_assert!(due.all.charges == 0 || fits(caps.all, due.all.plus(day.all), day.approved));
                prop_assert_eq!(due.dear.charges, 0);
            }
        }

        /// Nothing is held without a reason.
        #[test]
        fn what_fits_is_let_out((caps, due, day) in world()) {
            let unforetold = due.unforetold.plus(day.unforetold);
            let is_fine = fits(caps.all, due.all.plus(day.all), day.approved)
                && fits(caps.unforetold, unforetold, Total::default())
                && due.dear.charges == 0;
            if is_fine {
                prop_assert_eq!(weigh(&caps, &due, &day), None);
            }
        }

        /// A sweep in which everything was foretold is held by the cap on everything alone.
        #[test]
        fn the_first_of_the_month_passes(foretold in total(), (caps, _, day) in world()) {
            let due = Due { all: foretold, ..Due::default() };
            let caps = Caps { all: Cap::NONE, ..caps };
            prop_assert_eq!(weigh(&caps, &due, &day), None);
        }

        /// More of the same is never let out where less of it was held.
        #[test]
        fn more_is_never_easier((caps, due, day) in world(), more in total()) {
            let larger = Due {
                all: due.all.plus(more),
                unforetold: due.unforetold.plus(more),
                new: due.new.plus(more),
                ..due
            };
            if weigh(&caps, &due, &day).is_some() {
                prop_assert!(weigh(&caps, &larger, &day).is_some());
            }
        }
    }

    #[test]
    fn the_reason_can_be_read_aloud() {
        let caps = Caps {
            unforetold: Cap {
                charges: Some(1_000),
                won: Some(30_000_000),
            },
            all: Cap {
                charges: None,
                won: Some(100_000_000),
            },
            price_rise_max: Some(3),
        };
        let of = |charges| Total {
            charges,
            won: charges * 9_900,
        };
        let say = |due: &Due| weigh(&caps, due, &Day::default()).unwrap().why;
        let wrong_anchors = Due {
            all: of(2_000),
            unforetold: of(1_800),
            late: of(300),
            new: of(1_500),
            ..Due::default()
        };
        let one_dear = Due {
            all: of(20),
            unforetold: of(1),
            dear: of(1),
            ..Due::default()
        };
        let too_much = Due {
            all: of(12_000),
            ..Due::default()
        };
        expect_test::expect![[r"
            1,800 charges of 17,820,000 KRW are due that nobody foretold (300 late by more than a day, 1,500 of subscriptions added within a day), besides 0 of the last day: [guard] lets out 1,000 or 30,000,000 KRW in 24 hours
            1 charge of 9,900 KRW is due at a price that is more than 3 times the last one of the plan
            12,000 charges of 118,800,000 KRW are due, besides 0 charges of 0 KRW of the last day: [guard] lets out 100,000,000 KRW in 24 hours"]]
        .assert_eq(&[say(&wrong_anchors), say(&one_dear), say(&too_much)].join("\n"));
    }
}
