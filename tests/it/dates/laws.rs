//! What holds for every anchor, cadence and zone. The month and the day expected are worked out
//! here from numbers, so that a wrong clamp in a library is not compared with itself.

use std::sync::LazyLock;

use dues::core::calendar::{Cadence, Unit};
use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp, ToSpan};
use proptest::prelude::{
    Just, Strategy, prop_assert, prop_assert_eq, prop_assume, prop_oneof, proptest,
};
use proptest::sample::select;
use proptest::test_runner::Config;

use crate::dates::{due_at, local, zone};

/// The most units between an anchor and a due here; as a cadence's count it must still be valid.
const UNITS_MAX: u16 = Cadence::COUNT_MAX;

static ZONE_NAMES: LazyLock<Vec<String>> = LazyLock::new(|| {
    TimeZoneDatabase::bundled()
        .available()
        .map(|name| name.to_string())
        .collect()
});

/// Any zone there is, half of the time one whose clocks are known for their tricks.
fn zone_names() -> impl Strategy<Value = String> {
    let tricky = [
        "Asia/Seoul",
        "America/New_York",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "Europe/Dublin",
        "Pacific/Apia",
        "Pacific/Kwajalein",
    ];
    prop_oneof![
        select(tricky.map(str::to_owned).to_vec()),
        select(ZONE_NAMES.clone()),
    ]
}

/// A zone and an instant in it, from 1970 on; most lie near a change of its clocks, often exactly a
/// few quarters of an hour from it.
pub(crate) fn moments() -> impl Strategy<Value = (String, Timestamp)> {
    let seconds = prop_oneof![0..1_800_000_000_i64, 0..4_102_444_800_i64];
    let near = prop_oneof![
        Just(None),
        (-16..16_i64).prop_map(|quarters| Some(quarters * 900)),
        (-14_400..14_400_i64).prop_map(Some),
    ];
    (zone_names(), seconds, near).prop_map(|(name, second, near)| {
        let anywhere = Timestamp::from_second(second).expect("before the year 2100");
        let zone = zone(&name);
        let change = zone
            .following(anywhere)
            .next()
            .map(|change| change.timestamp());
        let at = change
            .zip(near)
            .map(|(at, shift)| at + SignedDuration::from_secs(shift));
        (name, at.unwrap_or(anywhere))
    })
}

/// A cycle of a subscription: what `due_at` is asked for.
#[derive(Debug, Clone)]
struct Journey {
    zone: TimeZone,
    anchor: Timestamp,
    count: u16,
    unit: Unit,
    cycle: u16,
}

/// Any cycle from the first on; half of them start near a change of the clocks, half land there.
fn journeys() -> impl Strategy<Value = Journey> {
    let unit = select(vec![Unit::Day, Unit::Week, Unit::Month, Unit::Year]);
    let lands = prop_oneof![Just(false), Just(true)];
    (moments(), steps(), unit, lands).prop_map(|((name, at), (count, cycle), unit, lands)| {
        let zone = zone(&name);
        let anchor = if lands {
            before(&zone, at, unit, count * cycle)
        } else {
            at
        };
        Journey {
            zone,
            anchor,
            count,
            unit,
            cycle,
        }
    })
}

/// An anchor from which `units` lead close to `at`, read by a clock that nobody has moved for a
/// day: only such a clock shows the times that a gap leaves out.
fn before(zone: &TimeZone, at: Timestamp, unit: Unit, units: u16) -> Timestamp {
    let units = i32::from(units);
    let back = match unit {
        Unit::Day => units.days(),
        Unit::Week => units.weeks(),
        Unit::Month => units.months(),
        Unit::Year => units.years(),
    };
    let unmoved = zone.to_offset(at - SignedDuration::from_hours(24));
    let local = unmoved.to_datetime(at) - back;
    zone.to_ambiguous_timestamp(local)
        .compatible()
        .expect("the tests stay after the year 0")
}

/// A count of units and a cycle, together within `UNITS_MAX`; most are small.
fn steps() -> impl Strategy<Value = (u16, u16)> {
    let count = prop_oneof![2 => Just(1), 2 => 2..=12_u16, 1 => 1..=UNITS_MAX];
    count.prop_flat_map(|count| {
        let last = UNITS_MAX / count;
        (Just(count), prop_oneof![1..=last.min(24), 1..=last])
    })
}

fn every(count: u16, unit: Unit) -> Cadence {
    Cadence::new(count, unit).expect("the counts stay within the largest")
}

/// The local time a cycle is meant for, whether the zone has it or not.
fn meant(anchor: DateTime, unit: Unit, units: u16) -> DateTime {
    let date = match unit {
        Unit::Day => anchor.date() + i32::from(units).days(),
        Unit::Week => anchor.date() + (7 * i32::from(units)).days(),
        Unit::Month => month_day(anchor.date(), i32::from(units)),
        Unit::Year => month_day(anchor.date(), 12 * i32::from(units)),
    };
    date.to_datetime(anchor.time())
}

/// The anchor's day, `months` on, or the last day of that month.
fn month_day(anchor: Date, months: i32) -> Date {
    let month = i32::from(anchor.year()) * 12 + i32::from(anchor.month()) - 1 + months;
    let year = i16::try_from(month / 12).expect("the tests stay before the year 10000");
    let first = Date::new(year, i8::try_from(month % 12).expect("below 12") + 1, 1)
        .expect("every month has a first day");
    let day = anchor.day().min(first.days_in_month());
    Date::new(year, first.month(), day).expect("the day is in the month")
}

/// By how much the zone's clocks jump over a local time; nothing when it exists.
fn gap(zone: &TimeZone, local: DateTime) -> Option<SignedDuration> {
    match zone.to_ambiguous_timestamp(local).offset() {
        AmbiguousOffset::Gap { before, after } => Some(before.duration_until(after)),
        AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Fold { .. } => None,
    }
}

/// True when the clocks show the same local time a second time later, never before.
fn is_first_of_its_local_time(zone: &TimeZone, at: Timestamp) -> bool {
    let Some(change) = zone.preceding(at + SignedDuration::from_secs(1)).next() else {
        return true;
    };
    let before = zone.to_offset(change.timestamp() - SignedDuration::from_secs(1));
    let back = change.offset().duration_until(before);
    let earlier = at - back;
    earlier >= at || zone.to_datetime(earlier) != zone.to_datetime(at)
}

proptest! {
    #![proptest_config(Config::with_cases(1024))]

    #[test]
    fn cycle_0_is_the_anchor(Journey { zone, anchor, count, unit, .. } in journeys()) {
        prop_assert_eq!(due_at(anchor, &zone, every(count, unit), 0), anchor);
    }

    /// The local date and time are the anchor's, `cycle * count` units on: the day of the month is
    /// the anchor's or the last, the time of day is the anchor's. Only a gap moves it, forward by
    /// the length of the gap, and of an overlap it is the first half.
    #[test]
    fn a_due_is_where_the_calendar_says(journey in journeys()) {
        let Journey { zone, anchor, count, unit, cycle } = journey;
        let due = due_at(anchor, &zone, every(count, unit), cycle.into());

        let meant = meant(zone.to_datetime(anchor), unit, count * cycle);
        let moved = gap(&zone, meant).unwrap_or(SignedDuration::ZERO);
        prop_assert_eq!(zone.to_datetime(due), meant + moved);
        prop_assert!(is_first_of_its_local_time(&zone, due), "{} came before", local(due, &zone));
    }

    /// Each cycle is due before the next. The one exception is a day that the zone left out whole:
    /// its cycle falls due together with the next day's.
    #[test]
    fn dues_rise(Journey { zone, anchor, count, unit, cycle } in journeys()) {
        let cadence = every(count, unit);
        for cycle in [cycle - 1, cycle] {
            let due = due_at(anchor, &zone, cadence, cycle.into());
            let next = due_at(anchor, &zone, cadence, u32::from(cycle) + 1);

            let meant = meant(zone.to_datetime(anchor), unit, count * cycle);
            let day = SignedDuration::from_hours(24);
            let is_missing_day = gap(&zone, meant).is_some_and(|gap| gap >= day);
            prop_assert!(
                due < next || (due == next && is_missing_day),
                "cycle {cycle} at {}, the next at {}", local(due, &zone), local(next, &zone)
            );
        }
    }

    /// Cycle n of every k units is cycle 1 of every n * k units: no due depends on another.
    #[test]
    fn the_way_does_not_matter(Journey { zone, anchor, count, unit, cycle } in journeys()) {
        let stepwise = due_at(anchor, &zone, every(count, unit), cycle.into());
        let at_once = due_at(anchor, &zone, every(count * cycle, unit), 1);
        prop_assert_eq!(stepwise, at_once);
    }

    /// After a short month, every month that has the anchor's day gets it back.
    #[test]
    fn clamping_never_sticks(
        name in zone_names(), year in 1970..2100_i16, month in 1..=12_i8, day in 28..=31_i8
    ) {
        let first = Date::new(year, month, 1).expect("every month has a first day");
        let day = day.min(first.days_in_month());
        let noon = Date::new(year, month, day).expect("the day is in the month").at(12, 0, 0, 0);
        let zone = zone(&name);
        let anchor = zone.to_ambiguous_timestamp(noon).compatible().expect("before the year 10000");
        // A noon that the zone left out is no anchor: it is another day's noon.
        prop_assume!(zone.to_datetime(anchor) == noon);

        for cycle in 0..=48_u16 {
            let monthly = every(1, Unit::Month);
            let due = zone.to_datetime(due_at(anchor, &zone, monthly, cycle.into()));
            let is_moved = gap(&zone, meant(noon, Unit::Month, cycle)).is_some();
            let is_short = due.days_in_month() < day;
            prop_assert!(due.day() == day || is_short || is_moved, "{noon} cycle {cycle} is {due}");
        }
    }
}
