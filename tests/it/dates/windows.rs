//! When a charge may go out: the earliest instant inside the window, whatever the clocks do.

use dues::core::window::Window;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::test_runner::Config;

use crate::dates::laws::moments;
use crate::dates::{instant, local, zone};

const QUARTER: i64 = 15;

/// The one call of the function under test.
fn earliest(window: &str, at: Timestamp, zone: &TimeZone) -> Timestamp {
    Window::parse(window)
        .expect("the tests write windows that exist")
        .earliest(at, zone)
}

#[track_caller]
fn check(zone_name: &str, window: &str, at: &str, expected: &str) {
    let zone = zone(zone_name);
    let sent_at = earliest(window, instant(at), &zone);
    assert_eq!(local(sent_at, &zone), local(instant(expected), &zone));
}

/// Two times of one day in order, as quarters of an hour since midnight; most open in the small
/// hours, when clocks change, and many are short.
fn quarters() -> impl Strategy<Value = (i64, i64)> {
    let from = prop_oneof![0..16_i64, 0..95_i64];
    from.prop_flat_map(|from| {
        let until = prop_oneof![from + 1..=(from + 4).min(95), from + 1..=95];
        (Just(from), until)
    })
}

fn clock(quarter: i64) -> String {
    let minutes = quarter * QUARTER;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

fn is_inside((from, until): (i64, i64), at: Timestamp, zone: &TimeZone) -> bool {
    let time = zone.to_datetime(at).time();
    let minutes = i64::from(time.hour()) * 60 + i64::from(time.minute());
    (from..until).contains(&(minutes / QUARTER))
}

proptest! {
    #![proptest_config(Config::with_cases(512))]

    /// Never early, always inside, and asking again changes nothing. No moment of the wait was
    /// inside: looked at in steps finer than any window or change of clocks here.
    #[test]
    fn the_earliest_is_the_earliest((name, at) in moments(), window in quarters()) {
        let zone = zone(&name);
        let text = format!("{}-{}", clock(window.0), clock(window.1));
        let sent_at = earliest(&text, at, &zone);

        let shown = local(sent_at, &zone);
        prop_assert!(sent_at >= at, "{text}: {shown} is before {}", local(at, &zone));
        prop_assert!(is_inside(window, sent_at, &zone), "{text}: {shown} is outside");
        prop_assert_eq!(earliest(&text, sent_at, &zone), sent_at);

        let mut waiting = at;
        while waiting < sent_at {
            prop_assert!(
                !is_inside(window, waiting, &zone),
                "{text}: {} was inside, {shown} came", local(waiting, &zone)
            );
            waiting += SignedDuration::from_mins(5);
        }
    }
}

/// A window that opens in the hour that is skipped opens with the first moment after it.
#[test]
fn an_opening_in_a_gap_is_the_end_of_the_gap() {
    check(
        "America/New_York",
        "02:15-20:00",
        "2024-03-10T00:00:00-05:00",
        "2024-03-10T03:00:00-04:00",
    );
}

/// A window that lies in the skipped hour altogether does not open that day.
#[test]
fn a_window_inside_a_gap_waits_for_tomorrow() {
    check(
        "America/New_York",
        "02:15-02:45",
        "2024-03-10T00:00:00-05:00",
        "2024-03-11T02:15:00-04:00",
    );
}

/// In the second half of an overlap the opening is the second one; the first has gone by.
#[test]
fn an_opening_in_an_overlap_is_not_the_one_gone_by() {
    check(
        "America/New_York",
        "01:45-20:00",
        "2024-11-03T01:30:00-05:00",
        "2024-11-03T01:45:00-05:00",
    );
}

/// A window that has closed opens again when the clocks go back over it.
#[test]
fn a_window_opens_again_when_the_clocks_go_back() {
    check(
        "America/New_York",
        "01:00-01:30",
        "2024-11-03T01:40:00-04:00",
        "2024-11-03T01:00:00-05:00",
    );
}

/// Samoa's missing day has no opening.
#[test]
fn a_day_that_does_not_exist_has_no_window() {
    check(
        "Pacific/Apia",
        "10:00-20:00",
        "2011-12-29T21:00:00-10:00",
        "2011-12-31T10:00:00+14:00",
    );
}

/// After the last opening of the calendar there is none: the instant itself, and no endless search.
#[test]
fn the_end_of_the_calendar_is_not_waited_for() {
    check(
        "UTC",
        "10:00-20:00",
        "9999-12-30T21:59:59Z",
        "9999-12-30T21:59:59Z",
    );
}
