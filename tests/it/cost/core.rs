//! How many instructions the core takes to decide, counted by callgrind: a clock says something else on every
//! run of a shared machine, and this the same.

use std::process::Command;

use dues::core::cycle;
use dues::core::subscription::Standing;

use crate::machine::cast::{before, events, now, states};
use crate::machine::{check, rules};
use crate::real::tools;
use crate::shop;

/// How often everything is decided.
const ROUNDS: &str = "DUES_TEST_ROUNDS";

/// The most instructions of one decision, as the tests are built, which is without optimisation. Whoever raises
/// this says in docs/performance.md what for.
const INSTRUCTIONS_MAX: u64 = 112_000;

/// Decides what every state makes of every event, so many times. Gives how many decisions it were.
fn decide(rounds: u64) -> u64 {
    let terms = shop::monthly();
    let (states, events) = (states(), events());
    let mut decided = 0;
    for _ in 0..rounds {
        for (_, state) in &states {
            let cycle = before(state);
            for (_, event) in &events {
                let step = check(&cycle, event, &terms, Standing::Chargeable, now());
                decided += u64::from(step.is_ok());
            }
            let woken = cycle::on_wake(&cycle, rules(&terms, Standing::Chargeable), 1, now());
            decided +=
                u64::from(check(&cycle, &woken, &terms, Standing::Chargeable, now()).is_ok());
        }
    }
    decided
}

/// What is counted; by itself it says that every state can be left by some event, or stay by being woken.
#[test]
fn rounds() {
    let rounds = std::env::var(ROUNDS).map_or(1, |rounds| rounds.parse().expect("a number"));
    let decided = decide(rounds);
    assert!(decided >= rounds * states().len() as u64, "{decided}");
}

#[test]
fn a_decision_takes_so_many_instructions_and_no_more() {
    if !tools::has("valgrind", &["valgrind", "--version"]) {
        return;
    }
    // What the process takes to start is in both.
    let (few, many) = (1, 11);
    let decisions = decide(many) - decide(few);
    let instructions = count(many) - count(few);
    let one = instructions / decisions;
    assert!(
        (INSTRUCTIONS_MAX / 2..=INSTRUCTIONS_MAX).contains(&one),
        "a decision takes {one} instructions, and {INSTRUCTIONS_MAX} at most are allowed"
    );
}

/// The instructions of a process that does so many rounds.
fn count(rounds: u64) -> u64 {
    let this = std::env::current_exe().expect("our own path");
    let counted = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(this)
        .args(["--exact", "cost::core::rounds", "--test-threads=1"])
        .env(ROUNDS, rounds.to_string())
        .output()
        .expect("valgrind runs");
    let said = String::from_utf8_lossy(&counted.stderr);
    assert!(counted.status.success(), "{said}");
    let collected = said.split("Collected : ").nth(1).expect("a count");
    let digits = collected.split_whitespace().next().expect("a number");
    digits.parse().expect("a number")
}
