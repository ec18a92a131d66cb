//! Bugs in date arithmetic that billing systems have had, by name. Each case lists the dues of an
//! anchor in local time, so that a person can check it against a calendar on the wall.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "UPDATE_EXPECT=1 writes the expectations with them"
)]

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;

use crate::dates::{cadence, due_at, instant, local, zone};

/// The dues of `cycles`, one a line.
fn check(zone_name: &str, anchor: &str, every: &str, cycles: &[u32], expected: &Expect) {
    let zone = zone(zone_name);
    let lines: Vec<String> = cycles
        .iter()
        .map(|cycle| line(anchor, &zone, every, *cycle))
        .collect();
    expected.assert_eq(&lines.join("\n"));
}

fn line(anchor: &str, zone: &TimeZone, every: &str, cycle: u32) -> String {
    let due = due_at(instant(anchor), zone, cadence(every), cycle);
    format!("{cycle} {}", local(due, zone))
}

/// The classic: whoever counts from the previous due date charges on the 28th for ever after.
#[test]
fn the_31st_comes_back_after_february() {
    check(
        "Asia/Seoul",
        "2026-01-31T10:00:00+09:00",
        "1 month",
        &[0, 1, 2, 3, 4, 11, 12, 13, 25],
        &expect![[r#"
            0 2026-01-31T10:00:00+09
            1 2026-02-28T10:00:00+09
            2 2026-03-31T10:00:00+09
            3 2026-04-30T10:00:00+09
            4 2026-05-31T10:00:00+09
            11 2026-12-31T10:00:00+09
            12 2027-01-31T10:00:00+09
            13 2027-02-28T10:00:00+09
            25 2028-02-29T10:00:00+09"#]],
    );
}

/// The 30th misses February only; it does not move to the 31st, nor stay on the 28th.
#[test]
fn the_30th_misses_february_only() {
    check(
        "Asia/Seoul",
        "2026-01-30T10:00:00+09:00",
        "1 month",
        &[0, 1, 2, 3, 12, 13],
        &expect![[r#"
            0 2026-01-30T10:00:00+09
            1 2026-02-28T10:00:00+09
            2 2026-03-30T10:00:00+09
            3 2026-04-30T10:00:00+09
            12 2027-01-30T10:00:00+09
            13 2027-02-28T10:00:00+09"#]],
    );
}

/// "The last day of the month" is not what an anchor on 28 February means.
#[test]
fn the_28th_of_february_is_not_the_end_of_the_month() {
    check(
        "Asia/Seoul",
        "2023-02-28T10:00:00+09:00",
        "1 month",
        &[0, 1, 2, 12, 13],
        &expect![[r#"
            0 2023-02-28T10:00:00+09
            1 2023-03-28T10:00:00+09
            2 2023-04-28T10:00:00+09
            12 2024-02-28T10:00:00+09
            13 2024-03-28T10:00:00+09"#]],
    );
}

/// A leap-day subscriber keeps the leap day; 2100 is not a leap year, 2400 is.
#[test]
fn the_leap_day_comes_back_in_leap_years() {
    check(
        "Asia/Seoul",
        "2024-02-29T10:00:00+09:00",
        "1 year",
        &[0, 1, 3, 4, 5, 8, 76, 80, 376],
        &expect![[r#"
            0 2024-02-29T10:00:00+09
            1 2025-02-28T10:00:00+09
            3 2027-02-28T10:00:00+09
            4 2028-02-29T10:00:00+09
            5 2029-02-28T10:00:00+09
            8 2032-02-29T10:00:00+09
            76 2100-02-28T10:00:00+09
            80 2104-02-29T10:00:00+09
            376 2400-02-29T10:00:00+09"#]],
    );
}

/// Twelve months and one year are the same promise.
#[test]
fn the_leap_day_comes_back_for_twelve_months_too() {
    check(
        "Asia/Seoul",
        "2024-02-29T10:00:00+09:00",
        "12 months",
        &[1, 4],
        &expect![[r#"
            1 2025-02-28T10:00:00+09
            4 2028-02-29T10:00:00+09"#]],
    );
}

/// Quarters from 31 August meet November, February and May: three lengths of month.
#[test]
fn quarters_clamp_each_by_itself() {
    check(
        "Asia/Seoul",
        "2025-08-31T10:00:00+09:00",
        "3 months",
        &[0, 1, 2, 3, 4, 10],
        &expect![[r#"
            0 2025-08-31T10:00:00+09
            1 2025-11-30T10:00:00+09
            2 2026-02-28T10:00:00+09
            3 2026-05-31T10:00:00+09
            4 2026-08-31T10:00:00+09
            10 2028-02-29T10:00:00+09"#]],
    );
}

/// Midnight in Seoul is the day before in UTC: arithmetic in UTC clamps in the wrong month.
#[test]
fn months_are_counted_in_local_time() {
    check(
        "Asia/Seoul",
        "2026-03-31T00:00:00+09:00",
        "1 month",
        &[0, 1, 2, 11],
        &expect![[r#"
            0 2026-03-31T00:00:00+09
            1 2026-04-30T00:00:00+09
            2 2026-05-31T00:00:00+09
            11 2027-02-28T00:00:00+09"#]],
    );
}

#[test]
fn the_year_turns() {
    check(
        "Asia/Seoul",
        "2025-12-31T23:59:59+09:00",
        "1 month",
        &[0, 1, 2, 12],
        &expect![[r#"
            0 2025-12-31T23:59:59+09
            1 2026-01-31T23:59:59+09
            2 2026-02-28T23:59:59+09
            12 2026-12-31T23:59:59+09"#]],
    );
}

/// A day is a date, not 24 hours: after the spring change the hour on the clock is the same.
#[test]
fn a_gap_moves_one_due_forward_and_no_other() {
    check(
        "America/New_York",
        "2024-03-08T02:30:00-05:00",
        "1 day",
        &[0, 1, 2, 3, 4],
        &expect![[r#"
            0 2024-03-08T02:30:00-05
            1 2024-03-09T02:30:00-05
            2 2024-03-10T03:30:00-04
            3 2024-03-11T02:30:00-04
            4 2024-03-12T02:30:00-04"#]],
    );
}

#[test]
fn an_overlap_is_charged_in_its_first_half() {
    check(
        "America/New_York",
        "2024-10-20T01:30:00-04:00",
        "1 week",
        &[0, 1, 2, 3],
        &expect![[r#"
            0 2024-10-20T01:30:00-04
            1 2024-10-27T01:30:00-04
            2 2024-11-03T01:30:00-04
            3 2024-11-10T01:30:00-05"#]],
    );
}

/// Cycle 0 is the instant of the anchor; the second half must not become the first, an hour before
/// the customer signed up.
#[test]
fn an_anchor_in_the_second_half_of_an_overlap_stays_there() {
    check(
        "America/New_York",
        "2024-11-03T01:30:00-05:00",
        "1 year",
        &[0, 1, 6],
        &expect![[r#"
            0 2024-11-03T01:30:00-05
            1 2025-11-03T01:30:00-05
            6 2030-11-03T01:30:00-04"#]],
    );
}

/// Not every change of the clocks is an hour.
#[test]
fn half_an_hour_is_a_change_too() {
    check(
        "Australia/Lord_Howe",
        "2024-10-05T02:15:00+10:30",
        "1 day",
        &[0, 1, 2],
        &expect![[r#"
            0 2024-10-05T02:15:00+10:30
            1 2024-10-06T02:45:00+11
            2 2024-10-07T02:15:00+11"#]],
    );
    check(
        "Australia/Lord_Howe",
        "2024-04-06T01:45:00+11:00",
        "1 day",
        &[0, 1, 2],
        &expect![[r#"
            0 2024-04-06T01:45:00+11
            1 2024-04-07T01:45:00+11
            2 2024-04-08T01:45:00+10:30"#]],
    );
}

/// Samoa crossed the date line. The cycle of the missing day falls due one day later, together with
/// the next one: two cycles, two debts, one instant. Nothing is skipped.
#[test]
fn a_day_that_does_not_exist_moves_to_the_next() {
    check(
        "Pacific/Apia",
        "2011-12-28T10:00:00-10:00",
        "1 day",
        &[0, 1, 2, 3, 4],
        &expect![[r#"
            0 2011-12-28T10:00:00-10
            1 2011-12-29T10:00:00-10
            2 2011-12-31T10:00:00+14
            3 2011-12-31T10:00:00+14
            4 2012-01-01T10:00:00+14"#]],
    );
    check(
        "Pacific/Apia",
        "2011-11-30T10:00:00-10:00",
        "1 month",
        &[0, 1, 2],
        &expect![[r#"
            0 2011-11-30T10:00:00-10
            1 2011-12-31T10:00:00+14
            2 2012-01-30T10:00:00+14"#]],
    );
}

/// Seoul had summer time in 1988; a zone taken for a fixed +09:00 is an hour off.
#[test]
fn seoul_had_summer_time_once() {
    check(
        "Asia/Seoul",
        "1988-04-08T02:30:00+09:00",
        "1 month",
        &[0, 1, 2, 6, 7],
        &expect![[r#"
            0 1988-04-08T02:30:00+09
            1 1988-05-08T03:30:00+10
            2 1988-06-08T02:30:00+10
            6 1988-10-08T02:30:00+10
            7 1988-11-08T02:30:00+09"#]],
    );
}

/// A hundred years of months land where they started.
#[test]
fn a_century_of_months_does_not_drift() {
    check(
        "America/New_York",
        "2026-01-31T10:00:00-05:00",
        "1 month",
        &[1, 1199, 1200],
        &expect![[r#"
            1 2026-02-28T10:00:00-05
            1199 2125-12-31T10:00:00-05
            1200 2126-01-31T10:00:00-05"#]],
    );
}
