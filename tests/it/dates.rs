//! When cycles are due: against a table that jiff had no part in, by the laws that must hold for
//! every anchor, and by name for the bugs that billing systems have had.
//!
//! Zones come from the database compiled into jiff, so that a machine's tzdata decides nothing.

mod cases;
mod crons;
mod laws;
mod windows;

use dues::core::calendar::{self, Cadence, CycleNo};
use jiff::Timestamp;
use jiff::tz::{TimeZone, TimeZoneDatabase};

const TABLE: &str = include_str!("../data/due_dates.csv");
const SHOWN_MAX: usize = 10;

/// Every row of the table agrees. How it was made: `tests/data/make_due_dates.py`.
#[test]
fn the_table_agrees() {
    let rows: Vec<&str> = TABLE.lines().skip(1).collect();
    assert!(rows.len() > 4_000, "only {} rows were read", rows.len());

    let wrong: Vec<String> = rows.iter().filter_map(|row| disagreement(row)).collect();
    let shown: Vec<&str> = wrong.iter().take(SHOWN_MAX).map(String::as_str).collect();
    assert!(
        wrong.is_empty(),
        "{} of {} rows disagree:\n{}",
        wrong.len(),
        rows.len(),
        shown.join("\n")
    );
}

/// What is wrong with a row, in local time as a person would check it.
fn disagreement(row: &str) -> Option<String> {
    let fields: Vec<&str> = row.split(',').collect();
    let [zone_name, anchor, count, unit, n, expected] = fields[..] else {
        panic!("not six fields: {row}");
    };
    let zone = zone(zone_name);
    let cadence = cadence(&format!("{count} {unit}"));
    let cycle = n.parse().expect("n is a number");
    let expected = instant(expected);

    let due = due_at(instant(anchor), &zone, cadence, cycle);
    (due != expected).then(|| {
        format!(
            "{zone_name}: {anchor} + {n} x {cadence} is {}, not {}",
            local(due, &zone),
            local(expected, &zone)
        )
    })
}

/// The one call of the function under test.
fn due_at(anchor: Timestamp, zone: &TimeZone, cadence: Cadence, cycle: u32) -> Timestamp {
    let cycle = CycleNo::parse(cycle).expect("the tests stay below the last cycle number");
    calendar::due_at(anchor, zone, cadence, cycle).expect("the tests stay before the year 10000")
}

fn zone(name: &str) -> TimeZone {
    TimeZoneDatabase::bundled()
        .get(name)
        .expect("the tests name zones that exist")
}

fn cadence(text: &str) -> Cadence {
    Cadence::parse(text).expect("the tests name cadences that exist")
}

fn instant(text: &str) -> Timestamp {
    text.parse().expect("the tests write RFC 3339")
}

/// `2026-01-31T10:00:00+09`: local time first, and the offset that tells two halves of an overlap.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    format!("{}{}", zone.to_datetime(at), zone.to_offset(at))
}
