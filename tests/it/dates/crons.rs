//! Dates by the calendar, against a search that looks at every day and every minute of it.

use std::collections::BTreeSet;

use dues::core::calendar::CycleNo;
use dues::core::cron::{BadCron, Cron};
use dues::core::dates::Dates;
use dues::core::fixed_day::FirstPeriod;
use dues::core::price::Opening;
use expect_test::expect;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::select;
use proptest::test_runner::Config;

use crate::dates::laws::moments;
use crate::dates::{instant, zone};

/// How far the search goes.
const YEARS: i16 = 12;

proptest! {
    #![proptest_config(Config::with_cases(48))]

    /// Every due date is the next minute that the expression names after the day of the one before.
    #[test]
    fn a_due_is_the_next_minute_that_is_meant(text in expressions(), (name, start) in moments()) {
        let zone = zone(&name);
        let cron = Cron::parse(&text).expect("the expressions here are good");
        let first_day = zone.to_datetime(start).date();
        let expected = minutes(&text, first_day.tomorrow().expect("before the year 10000"));

        let mut before = start;
        for (n, meant) in (1..).zip(&expected) {
            let due = cron.due_at(start, &zone, cycle(n)).expect("before the year 10000");
            prop_assert_eq!(due, instant_of(*meant, &zone), "{} of {} from {}", n, text, start);
            // A day that a country left out falls together with the next.
            let left_one_out = ["Pacific/Apia", "Pacific/Kwajalein"].contains(&name.as_str());
            prop_assert!(due > before || (due == before && left_one_out), "{n} of {text}");
            before = due;
        }
    }

    /// However far, cycle n is the last one of those after it: none depends on another.
    #[test]
    fn the_way_does_not_matter(text in expressions(), n in 1..2_000_u32) {
        let (cron, seoul) = (Cron::parse(&text).expect("good"), zone("Asia/Seoul"));
        let start = instant("2026-01-31T15:30:00+09:00");
        let due = |from, n| cron.due_at(from, &seoul, cycle(n)).expect("before the year 10000");
        prop_assert_eq!(due(due(start, n), 1), due(start, n + 1));
    }

    /// The first period lies between two days of the calendar, next to each other.
    #[test]
    fn a_first_period_is_part_of_a_whole_one(text in expressions(), day in 0..3_000_i64) {
        let cron = Cron::parse(&text).expect("good");
        let start = Date::constant(2026, 1, 1).checked_add(day.days()).expect("a day");
        let meant = minutes(&text, start.checked_sub(9.years()).expect("a day"));
        let meant: Vec<Date> = meant.into_iter().map(DateTime::date).collect();
        let on_it = meant.contains(&start);
        match cron.period_around(start) {
            None => prop_assert!(on_it, "{text} at {start}"),
            Some((before, after)) => {
                prop_assert!(!on_it && before < start && start < after, "{text} at {start}");
                let place = meant.iter().position(|day| *day == before).expect("it is meant");
                prop_assert_eq!(meant.get(place + 1), Some(&after));
            }
        }
    }
}

/// Expressions that say a day of the month, or of the week, or none.
fn expressions() -> impl Strategy<Value = String> {
    let days = prop_oneof![
        Just("* * *".to_owned()),
        (days_of_month(), months()).prop_map(|(day, month)| format!("{day} {month} *")),
        (days_of_week(), months()).prop_map(|(day, month)| format!("* {month} {day}")),
    ];
    (0..60_u8, 0..24_u8, days).prop_map(|(minute, hour, days)| format!("{minute} {hour} {days}"))
}

fn days_of_month() -> impl Strategy<Value = &'static str> {
    select(vec![
        "1", "25", "28", "L", "1,15", "*/7", "10-20/5", "3-5", "15,L", "*/1",
    ])
}

fn months() -> impl Strategy<Value = &'static str> {
    select(vec!["*", "*", "*", "*/3", "2", "1,7", "11-12", "6-9/2"])
}

fn days_of_week() -> impl Strategy<Value = &'static str> {
    select(vec!["1", "0", "7", "1-5", "*/2", "6,0", "3"])
}

/// Every minute from the beginning of this day on that the expression names.
fn minutes(text: &str, from: Date) -> Vec<DateTime> {
    let fields: Vec<&str> = text.split(' ').collect();
    let [minute, hour, day, month, weekday] = fields[..] else {
        panic!("not five fields: {text}");
    };
    let (minutes, hours) = (values(minute, 0, 59), values(hour, 0, 23));
    let (days, months) = (values(day, 1, 31), values(month, 1, 12));
    let weekdays = values(weekday, 0, 7);

    let mut found = Vec::new();
    let mut date = from;
    while date.year() < from.year() + YEARS {
        let is_last = date.tomorrow().expect("a day").day() == 1;
        let sunday = date.weekday().to_sunday_zero_offset();
        let is_weekday = weekdays.contains(&sunday) || (sunday == 0 && weekdays.contains(&7));
        let is_day = days.contains(&date.day()) || (is_last && days.contains(&LAST));
        let is_meant = is_day && is_weekday && months.contains(&date.month());
        for minute in (0..24 * 60).take_while(|_| is_meant) {
            let (hour, minute) = (i8::try_from(minute / 60), i8::try_from(minute % 60));
            let (hour, minute) = (hour.expect("an hour"), minute.expect("a minute"));
            if minutes.contains(&minute) && hours.contains(&hour) {
                found.push(date.at(hour, minute, 0, 0));
            }
        }
        date = date.tomorrow().expect("a day");
    }
    found
}

/// Stands for `L`.
const LAST: i8 = 99;

/// The numbers that a field means.
fn values(field: &str, least: i8, most: i8) -> BTreeSet<i8> {
    let number = |text: &str| text.parse::<i8>().expect("a number");
    let mut values = BTreeSet::new();
    for part in field.split(',') {
        let (range, step) = part.split_once('/').unwrap_or((part, "1"));
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from), number(to)),
            None if range == "*" => (least, most),
            None if range == "L" => (LAST, LAST),
            None => (number(range), number(range)),
        };
        let step = usize::try_from(number(step)).expect("a step");
        values.extend((from..=to).step_by(step));
    }
    values
}

fn cycle(n: u32) -> CycleNo {
    CycleNo::parse(n).expect("a cycle")
}

fn instant_of(local: DateTime, zone: &TimeZone) -> Timestamp {
    let instant = zone.to_ambiguous_timestamp(local).compatible();
    instant.expect("before the year 10000")
}

#[test]
fn what_no_simple_search_knows_is_where_people_say() {
    let seoul = zone("Asia/Seoul");
    let start = instant("2026-01-31T15:30:00+09:00");
    for (text, expected) in [
        ("0 10 * * 1#1", "2026-02-02 2026-03-02 2026-04-06"),
        ("0 10 * * FRIL", "2026-02-27 2026-03-27 2026-04-24"),
        ("0 10 15W * *", "2026-02-16 2026-03-16 2026-04-15"),
        ("0 10 ? FEB,AUG MON", "2026-02-02 2026-02-09 2026-02-16"),
        ("0 10 29 2 *", "2028-02-29 2032-02-29 2036-02-29"),
        ("0 10 * 2 1#5", "2044-02-29 2072-02-29 2112-02-29"),
    ] {
        let cron = Cron::parse(text).expect(text);
        let due = |n| {
            cron.due_at(start, &seoul, cycle(n))
                .expect("before the year 10000")
        };
        let dues = [1, 2, 3].map(|n| seoul.to_datetime(due(n)).date().to_string());
        assert_eq!(dues.join(" "), expected, "{text}");
    }
}

#[test]
fn expressions_are_the_same_that_mean_the_same() {
    let parse = |text| Cron::parse(text).expect(text);
    assert_eq!(parse("0 10 * * MON"), parse("00  10 ? * 1"));
    assert_ne!(parse("0 10 * * MON"), parse("0 10 * * TUE"));
    assert_ne!(parse("0 10 1 * *"), parse("1 10 1 * *"));
    assert_ne!(parse("0 10 1 * *"), parse("0 10 1 1-11 *"));
    assert_eq!(parse(" 00  10 1 * * ").as_str(), "00 10 1 * *");
}

#[test]
fn what_comes_too_often_never_or_in_two_ways_is_refused() {
    for (text, why) in [
        ("0 10 25 *", BadCron::Fields(4)),
        ("0 0 10 25 * *", BadCron::Fields(6)),
        ("0 10 25 * 1", BadCron::TwoDays),
        ("0 10 */2 * */2", BadCron::TwoDays),
        ("* 10 25 * *", BadCron::TooOften),
        ("0 0,12 25 * *", BadCron::TooOften),
        ("0 10 30 2 *", BadCron::Never),
        ("0 10 31 4,6,9,11 *", BadCron::Never),
    ] {
        assert_eq!(Cron::parse(text), Err(why), "{text}");
    }
}

#[test]
fn what_is_not_understood_is_told_by_its_field() {
    let said: Vec<String> = [
        "61 10 1 * *",
        "0 24 1 * *",
        "0 10 32 * *",
        "0 10 0 * *",
        "0 10 1 13 *",
        "0 10 1 FOO *",
        "0 10 * * 8",
        "0 10 * * MON#7",
        "-5 10 1 * *",
        "0 10 1-40 * *",
        "0 10 5-1 * *",
        "0 10 */0 * *",
        "0 열 1 * *",
        "61 25 40 13 *",
    ]
    .into_iter()
    .map(|text| format!("{text}: {}", Cron::parse(text).expect_err(text)))
    .collect();
    expect![[r#"
        61 10 1 * *: has "61" as its minute, which is 0 to 59
        0 24 1 * *: has "24" as its hour, which is 0 to 23
        0 10 32 * *: has "32" as its day of the month, which is 1 to 31, L for the last one, or 15W for the working day near the 15th
        0 10 0 * *: has "0" as its day of the month, which is 1 to 31, L for the last one, or 15W for the working day near the 15th
        0 10 1 13 *: has "13" as its month, which is 1 to 12 or JAN to DEC
        0 10 1 FOO *: has "FOO" as its month, which is 1 to 12 or JAN to DEC
        0 10 * * 8: has "8" as its day of the week, which is 0 to 7 or SUN to SAT, and 1#2 for the second Monday of a month
        0 10 * * MON#7: has "MON#7" as its day of the week, which is 0 to 7 or SUN to SAT, and 1#2 for the second Monday of a month
        -5 10 1 * *: has "-5" as its minute, which is 0 to 59
        0 10 1-40 * *: has "1-40" as its day of the month, which is 1 to 31, L for the last one, or 15W for the working day near the 15th
        0 10 5-1 * *: has "5-1" as its day of the month, which is 1 to 31, L for the last one, or 15W for the working day near the 15th
        0 10 */0 * *: has "*/0" as its day of the month, which is 1 to 31, L for the last one, or 15W for the working day near the 15th
        0 열 1 * *: has "열" as its hour, which is 0 to 23
        61 25 40 13 *: has "61" as its minute, which is 0 to 59"#]].assert_eq(&said.join("\n"));
}

#[test]
fn a_first_period_costs_as_the_plan_says() {
    let seoul = zone("Asia/Seoul");
    let opening = |first, start| {
        let cron = Box::new(Cron::parse("0 10 1,15 * *").expect("good"));
        Dates::OnCalendar { cron, first }.opening(instant(start), &seoul)
    };
    let part = |days, of| Opening::Part { days, of };
    let start = "2026-01-31T15:30:00+09:00";
    assert_eq!(opening(FirstPeriod::Prorated, start), part(1, 17));
    assert_eq!(
        opening(FirstPeriod::Prorated, "2026-02-05T09:00:00+09:00"),
        part(10, 14)
    );
    assert_eq!(opening(FirstPeriod::Whole, start), Opening::Regular);
    assert_eq!(opening(FirstPeriod::Free, start), Opening::Free);
    // Whoever starts on such a day, at whatever time, has a whole one.
    assert_eq!(
        opening(FirstPeriod::Free, "2026-02-01T00:00:00+09:00"),
        Opening::Regular
    );
}
