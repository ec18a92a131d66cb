//! The simulator of the whole, over the seeds that once broke a law and over some more: `dues sim` plays
//! as many as one likes.

use dues::sim::{Fleet, play};

/// The seeds that are kept, and what each of them caught.
const KEPT: &str = include_str!("../data/seeds.txt");

/// How many others are played here. `.ci/run` plays more, by the command.
const SEEDS: u64 = 48;

/// A seed, and what it caught.
fn kept() -> impl Iterator<Item = (u64, &'static str)> {
    let lines = KEPT.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| {
        let (seed, caught) = line.split_once(char::is_whitespace).expect("two columns");
        (seed.parse().expect("a seed"), caught.trim())
    })
}

#[test]
fn what_was_caught_once_stays_caught() {
    for (seed, caught) in kept() {
        let played = play(seed, false).expect("a runtime");
        if let Err(why) = played.ended {
            panic!("seed {seed} ({caught}): {why:#}\nagain: dues sim --seeds 1 --seed {seed}");
        }
    }
}

#[test]
fn every_law_holds_whatever_goes_wrong() {
    let fleet = Fleet {
        first: 1_000,
        seeds: SEEDS,
        twice_every: 8,
    };
    let certificate = fleet.play(&|| {}).expect("threads and runtimes");
    let failed = certificate.failed.iter();
    let failed: Vec<String> = failed
        .map(|one| format!("seed {}: {}\n{}", one.seed, one.why, one.lines.join("\n")))
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n\n"));
    assert_eq!(certificate.seeds, SEEDS);
    assert!(certificate.twice > 0 && certificate.totals.paid > SEEDS);
}

#[test]
fn a_seed_is_one_story_and_another_seed_another() {
    let sum = |seed| play(seed, false).expect("a runtime").sum;
    assert_eq!(sum(7), sum(7));
    assert_ne!(sum(7), sum(8));
}

#[test]
fn a_run_that_met_nothing_proves_nothing() {
    let marks = dues::sim::Marks::default();
    let missing = marks.missing();
    for what in ["charge: time-out-paid", "look-up: cut", "copy: put back"] {
        assert!(missing.iter().any(|one| one == what), "{what}");
    }
}
