//! Months as they are written, and which charges a card lives to see, in many zones.

use expect_test::{Expect, expect};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use proptest::prelude::*;

use crate::core::calendar::CycleNo;
use crate::core::card_expiry::{CardExpiry, YEARS};
use crate::core::money::Krw;
use crate::core::preview::{Fate, Foreseen};
use crate::core::price::Price;

/// Where months begin: behind UTC, before it, by half an hour, at one o'clock (Asuncion skipped the midnight of
/// 2017-10-01), and a day late (Apia skipped the one before 2011-12-31).
const ZONES: [&str; 6] = [
    "UTC",
    "Asia/Seoul",
    "America/St_Johns",
    "America/Asuncion",
    "Pacific/Apia",
    "Pacific/Kiritimati",
];

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn charge(fate: Fate, at: Timestamp) -> Foreseen {
    Foreseen {
        n: CycleNo::parse(1).unwrap(),
        due_at: at,
        price: Price::Of(Krw::parse(9_900).unwrap()),
        rise: None,
        fate,
        at,
    }
}

proptest! {
    #[test]
    fn a_card_lives_as_long_as_the_calendar_shows_its_month(
        year in YEARS,
        month in 1_i8..=12,
        place in 0..ZONES.len(),
        seconds in -172_800_i64..172_800,
    ) {
        let (expiry, zone) = (CardExpiry::of(year, month).unwrap(), zone(ZONES[place]));
        let end = expiry.ends_at(&zone);
        for at in [end, end - 1.nanosecond(), end + seconds.seconds()] {
            let shown = zone.to_datetime(at);
            let is_over = (shown.year(), shown.month()) > (year, month);
            let lost = expiry.first_lost(&zone, None, [charge(Fate::Charged, at)]);
            prop_assert_eq!(lost.is_some(), is_over, "{} at {} in {:?}", expiry, shown, zone);
        }
    }

    #[test]
    fn a_month_is_the_same_in_words_and_in_numbers(year in YEARS, month in 1_i8..=12) {
        let expiry = CardExpiry::of(year, month).unwrap();
        prop_assert_eq!(CardExpiry::parse(&expiry.to_string()), Ok(expiry));
        prop_assert_eq!(CardExpiry::numbered(expiry.number()), Some(expiry));
        let zone = zone("Asia/Seoul");
        prop_assert_eq!(CardExpiry::at(expiry.ends_at(&zone) - 1.nanosecond(), &zone), expiry);
    }

    #[test]
    fn no_text_is_taken_that_is_written_otherwise(text in "\\PC{0,12}|[0-9/. -]{1,19}") {
        if let Ok(expiry) = CardExpiry::parse(&text) {
            prop_assert_eq!(expiry.to_string(), text);
        }
    }
}

#[test]
fn the_first_charge_after_its_end_is_told_and_no_other() {
    let seoul = zone("Asia/Seoul");
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let february = CardExpiry::parse("2028-02").unwrap();
    let (eve, first) = (
        at("2028-02-29T23:59:59+09:00"),
        at("2028-03-01T00:00:00+09:00"),
    );
    let charges = |fate| [charge(Fate::Charged, eve), charge(fate, first)];
    let lost = |paid_at, fate| {
        let lost = february.first_lost(&seoul, paid_at, charges(fate));
        lost.map(|one| one.at)
    };

    assert_eq!(lost(None, Fate::Charged), Some(first));
    assert_eq!(lost(None, Fate::ChargedAgain), Some(first), "nor a retry");
    assert_eq!(lost(Some(eve), Fate::Charged), Some(first));
    assert_eq!(lost(Some(first), Fate::Charged), None, "it was renewed");
    for fate in [Fate::UnderWay, Fate::Skipped, Fate::Free, Fate::Lapsed] {
        assert_eq!(lost(None, fate), None, "{fate:?} asks no card for money");
    }
}

#[test]
fn what_is_no_month_is_refused_and_a_long_number_is_not_repeated() {
    fn check(texts: &[&str], expected: &Expect) {
        let refusals = texts
            .iter()
            .map(|text| CardExpiry::parse(text).unwrap_err());
        let refusals: Vec<String> = refusals.map(|why| why.to_string()).collect();
        expected.assert_eq(&refusals.join("\n"));
    }
    check(
        &[
            "2027-13",
            "2027-00",
            "27-03",
            "03/27",
            "0327",
            "2027/03",
            "2027-3",
            "2127-03",
            "1999-12",
            "",
            "+027-03",
            "2027-03-31",
            "4111111111111111",
        ],
        &expect![[r#"
            "2027-13" is not the month in which a card expires: write the year and the month, such as 2027-03
            "2027-00" is not the month in which a card expires: write the year and the month, such as 2027-03
            "27-03" is not the month in which a card expires: write the year and the month, such as 2027-03
            "03/27" is not the month in which a card expires: write the year and the month, such as 2027-03
            "0327" is not the month in which a card expires: write the year and the month, such as 2027-03
            "2027/03" is not the month in which a card expires: write the year and the month, such as 2027-03
            "2027-3" is not the month in which a card expires: write the year and the month, such as 2027-03
            "2127-03" is not the month in which a card expires: write the year and the month, such as 2027-03
            "1999-12" is not the month in which a card expires: write the year and the month, such as 2027-03
            "" is not the month in which a card expires: write the year and the month, such as 2027-03
            "+027-03" is not the month in which a card expires: write the year and the month, such as 2027-03
            what was written is not the month in which a card expires: write the year and the month, such as 2027-03
            what was written is not the month in which a card expires: write the year and the month, such as 2027-03"#]],
    );
}
