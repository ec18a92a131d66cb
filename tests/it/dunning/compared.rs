//! The default ladder against those of others, on populations that it was not tuned on. Tuned on:
//! seeds 0 to 3 (docs/decisions/0010-the-default-ladder.md).

use std::time::Duration;

use dues::core::dunning::Ladder;
use dues::sim::dunning::{Comparison, Contender, compare};

/// Populations that nobody looked at before the ladder stood.
const HELD_OUT: std::ops::Range<u64> = 7_001..7_005;

const PEOPLE: u64 = 4_000;

/// What the others and this ladder come to on the populations held out.
fn compared(ladder: Ladder) -> Comparison {
    let mut contenders = vec![Contender::configured("first", ladder)];
    contenders.extend(Contender::fixed());
    compare(HELD_OUT, PEOPLE, &contenders).expect("the machine takes what it asks for")
}

/// Whether the first one recovers more than every other, for no more retries than the last, which
/// tries daily.
fn is_best(compared: &Comparison) -> bool {
    let (first, others) = compared.rows.split_first().expect("rows");
    let daily = others.last().expect("others");
    let is_behind = |hits: u64| hits < first.recovered.hits();
    others.iter().all(|other| is_behind(other.recovered.hits())) && first.retries <= daily.retries
}

fn days(days: &[u64]) -> Vec<Duration> {
    days.iter()
        .map(|day| Duration::from_hours(24 * day))
        .collect()
}

#[test]
fn the_default_recovers_more_than_fixed_ladders_for_fewer_tries() {
    let compared = compared(Ladder::standard());
    assert!(is_best(&compared), "{compared:#?}");
    assert!(compared.declined > 2_000, "{}", compared.declined);

    // Nobody recovers more than somebody who knows the balances; the gap is what is left to gain.
    for row in &compared.rows {
        assert!(row.recovered.hits() < compared.oracle.hits(), "{row:?}");
    }
}

/// The comparison sees it when the ladder is made worse: each of these was tried, and loses.
#[test]
fn a_worse_ladder_is_not_the_best() {
    let standard = Ladder::standard;
    let worse = [
        (
            "everything within twelve days",
            Ladder {
                funds: days(&[1, 3, 5, 8, 12]),
                generic: days(&[2, 5, 9]),
                ..standard()
            },
        ),
        (
            "two rungs less",
            Ladder {
                declines_max: 4,
                ..standard()
            },
        ),
        (
            "no time for another card",
            Ladder {
                grace: Duration::ZERO,
                ..standard()
            },
        ),
        (
            "more tries than daily",
            Ladder {
                technical: (1..200).map(|n| Duration::from_mins(n * 10)).collect(),
                declines_max: u8::MAX,
                funds: days(&(1..40).collect::<Vec<_>>()),
                generic: days(&(1..40).collect::<Vec<_>>()),
                ..standard()
            },
        ),
    ];
    for (what, ladder) in worse {
        let compared = compared(ladder);
        assert!(!is_best(&compared), "{what}: {compared:#?}");
    }
}

#[test]
fn a_population_is_a_function_of_its_seed() {
    let contenders = [Contender::standard()];
    let of = |seed: u64| compare(seed..=seed, 500, &contenders).expect("as above");
    assert_eq!(of(7), of(7));
    assert_ne!(of(7), of(8));
}
