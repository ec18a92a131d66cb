//! The first thing that anybody runs.

use std::process::Command;

/// What is told adds up to what is summed: every payment in its own line, and the sum below.
#[test]
fn the_lines_add_up_to_the_sum() {
    let output = Command::new(env!("CARGO_BIN_EXE_dues"))
        .args(["sandbox", "--for", "3s"])
        .output()
        .expect("it runs");
    let told = String::from_utf8(output.stdout).expect("text");
    assert!(output.status.success(), "{told}");

    let won = |text: &str| text.replace(',', "").parse::<i64>().expect("an amount");
    let paid = told.lines().filter_map(|line| line.split_once(": paid "));
    let paid: Vec<i64> = paid.map(|(_, amount)| won(amount.trim())).collect();
    assert!(paid.len() > 3, "{told}");
    assert!(paid.iter().all(|amount| *amount > 0), "{told}");

    let found = told
        .lines()
        .filter_map(|line| line.split_once("it was paid: "));
    let found = found.filter_map(|(_, rest)| rest.split_once(", once"));
    let sum: i64 = paid.iter().sum::<i64>() + found.map(|(amount, _)| won(amount)).sum::<i64>();
    let collected = told.lines().find(|line| line.starts_with("collected"));
    let collected = collected.and_then(|line| line.split_whitespace().nth(1));
    assert_eq!(collected.map(won), Some(sum), "{told}");
}
