//! Previews of a few cycles that are counted by hand: what the drawn shops hardly ever meet.

use std::sync::Arc;

use dues::core::calendar::CycleNo;
use dues::core::catch_up::CatchUp;
use dues::core::contract::Contract;
use dues::core::cycle::{Cycle, State, Tally};
use dues::core::plan::Terms;
use dues::core::preview::{Agreed, Fate, Preview, Subject, Waiting};
use dues::core::price::Price;
use dues::core::subscription::Standing;
use jiff::{SignedDuration, Timestamp};

use crate::shop::monthly;

fn at(day: &str) -> Timestamp {
    format!("{day}T10:00:00+09:00").parse().expect("an instant")
}

fn subject(terms: &Arc<Terms>, credit: i64) -> Subject<'_> {
    Subject {
        terms,
        contract: Contract::of_one(at("2026-01-10")),
        standing: Standing::Chargeable,
        agreed: Agreed::WhenAsked,
        credit,
        ends_at: None,
        resumes: None,
        next: None,
    }
}

/// The cycle that begins on this day, of whose price so much was paid before.
fn waiting(terms: &Arc<Terms>, n: u32, day: &str, credit: i64) -> Waiting {
    Waiting {
        n: CycleNo::parse(n).expect("a cycle"),
        terms: terms.clone(),
        due_at: at(day),
        price: Price::of_won(9_900 - credit).expect("an amount"),
        credit,
        rise: None,
        cycle: Cycle {
            state: State::Scheduled { try_at: at(day) },
            tally: Tally::default(),
        },
        wake_at: at(day),
    }
}

fn told(preview: Preview<'_>, most: usize) -> Vec<(u32, Fate, i64)> {
    let rows = preview.take(most);
    rows.map(|row| (row.n.number(), row.fate, row.price.won()))
        .collect()
}

#[test]
fn a_credit_is_taken_off_the_next_cycles_until_nothing_is_left_of_it() {
    let terms = Arc::new(monthly());
    let first = waiting(&terms, 0, "2026-01-10", 0);
    let preview = Preview::new(subject(&terms, 25_000), vec![first], at("2026-01-10"));
    assert_eq!(
        told(preview, 5),
        [
            (0, Fate::Charged, 9_900),
            (1, Fate::Free, 0),
            (2, Fate::Free, 0),
            (3, Fate::Charged, 4_700),
            (4, Fate::Charged, 9_900),
        ]
    );
}

#[test]
fn the_credit_of_a_cycle_that_is_missed_goes_to_the_one_after_it() {
    let terms = Arc::new(Terms {
        catch_up: CatchUp::LatestOnly,
        ..monthly()
    });
    let missed = waiting(&terms, 0, "2026-01-10", 3_000);
    let preview = Preview::new(subject(&terms, 500), vec![missed], at("2026-02-20"));
    assert_eq!(
        told(preview, 3),
        [
            (0, Fate::Skipped, 6_900),
            (1, Fate::Charged, 6_400),
            (2, Fate::Charged, 9_900),
        ]
    );
}

#[test]
fn what_comes_at_the_last_instant_is_foreseen_and_nothing_after_it() {
    let terms = Arc::new(monthly());
    let until = |until: Timestamp| {
        let first = waiting(&terms, 0, "2026-01-10", 0);
        let preview = Preview::new(subject(&terms, 0), vec![first], at("2026-01-01"));
        told(preview.until(until), 9).len()
    };
    let moment = SignedDuration::from_micros(1);
    assert_eq!(until(at("2026-02-10")), 2);
    assert_eq!(until(at("2026-02-10") - moment), 1);
    assert_eq!(until(at("2026-01-10") - moment), 0);
}
