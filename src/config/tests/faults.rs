//! Everything that is wrong is reported at once, in order, with what to do.

use expect_test::{Expect, expect, expect_file};
use proptest::prelude::*;

use crate::config::reference::reference;
use crate::config::tests::{Etc, GATEWAY};

fn check(main: &str, expected: &Expect) {
    expected.assert_eq(&Etc::new(main).report());
}

#[test]
fn a_nasty_file_is_reported_whole() {
    let report = Etc::new(include_str!("nasty.toml")).report();
    expect_file!["nasty.report"].assert_eq(&format!("{report}\n"));
}

#[test]
fn syntax_is_reported_with_line_and_column() {
    check(
        "[daemon]\nlog = text\n\n[plans.basic]\namount = 9900\namount = 9900\nname = \"가나\" x\n[oops\n",
        &expect![[r#"
            dues.toml:2:7: invalid boolean, expected `true`; text stands in quotes: KEY = "text"
            dues.toml:6:1: duplicate key; it stands above already: remove one of the two
            dues.toml:7:13: unexpected key or value, expected newline, `#`; correct it: KEY = VALUE, or [TABLE] on a line of its own
            dues.toml:8:6: unclosed table, expected `]`; correct it: KEY = VALUE, or [TABLE] on a line of its own"#]],
    );
}

#[test]
fn rules_over_two_keys() {
    check(
        &format!(
            "{GATEWAY}request_timeout = \"3m\"\n[billing]\ncharge_window = \"09:00-23:45\"\n\
             [plans.a]\nname = \"A\"\namount = 1\nevery = \"1 day\"\ntime_zone = \"America/Lima\"\ndunning = \"b\"\n"
        ),
        &expect![[r#"
            dues.toml:4: gateway.request_timeout: quiet_period 2m is not longer than request_timeout 3m; let it be at least twice as long: an answer that is under way must arrive first
            dues.toml:6: billing.charge_window: 09:00-23:45 reaches into 23:30-00:40 KST, when banks are being maintained; keep clear of it, such as "10:00-20:00" in Asia/Seoul
            dues.toml:11: plans.a.time_zone: 09:00-23:45 in America/Lima is 23:00-13:45 in Korea, and reaches into 23:30-00:40 KST, when banks are being maintained; choose a zone or a window that keeps clear of it
            dues.toml:12: plans.a.dunning: there is no ladder "b"; write a [dunning.b] table, or leave it out for "standard""#]],
    );
}

#[test]
fn what_is_missing_is_named() {
    check(
        "[plans.basic]\nname = \"Basic\"\n",
        &expect![[r#"
            dues.toml: gateway.imp_key: is missing; write imp_key_file = "PATH" into [gateway], or give the unit LoadCredential=imp_key:PATH
            dues.toml: gateway.imp_secret: is missing; write imp_secret_file = "PATH" into [gateway], or give the unit LoadCredential=imp_secret:PATH
            dues.toml:1: plans.basic.amount: is missing; write amount = 59000, or what it should be
            dues.toml:1: plans.basic.every: is missing; write every = "1 month", or what it should be"#]],
    );
}

#[test]
fn what_deserves_a_look_is_a_warning() {
    check(
        &format!(
            "{GATEWAY}request_timeout = \"30s\"\n[billing]\ncharge_window = \"unguarded\"\n\
             [plans.a]\nname = \"뷁 plan\"\namount = 1\nevery = \"1 day\"\n"
        ),
        &expect![[r#"
            warning: dues.toml:4: gateway.request_timeout: 30s is shorter than the gateway asks for; write "60s" or more: every request given up early becomes a doubt
            warning: dues.toml:6: billing.charge_window: charges go out at 23:30-00:40 KST too, when cards fail because banks are being maintained; choose "always" or hours such as "10:00-20:00", unless the gateway is a simulated one
            warning: dues.toml:8: plans.a.name: '뷁' is not in the original EUC-KR (KS X 1001); some PGs show it as "?"; choose another word if yours does
            warning: dues.toml:10: plans.a.every: its ladder "standard" lasts 26 days, and a cycle is due every 1 day: 26 may be owed at once, and the card is asked for each; give it a shorter ladder and grace of its own, unless that is meant"#]],
    );
}

#[test]
fn a_ladder_that_the_schemes_or_the_calendar_contradict() {
    check(
        &format!(
            "{GATEWAY}[dunning.hasty]\nfunds = [\"6h\", \"1d\", \"36h\"]\ntechnical = [\"1m\", \"2m\"]\n\
             generic = [\"23h\"]\n"
        ),
        &expect![[r#"
            dues.toml: plans: there is nothing to sell; write a [plans.ID] table with name, amount and every
            dues.toml:5: dunning.hasty.funds: 1d is less than 1d after "6h": the card rests for so long; leave 1d between two tries
            dues.toml:5: dunning.hasty.funds: 36h is less than 1d after "1d": the card rests for so long; leave 1d between two tries
            dues.toml:5: dunning.hasty.funds: 6h is less than 1d after the first try: the card rests for so long; leave 1d between two tries
            dues.toml:7: dunning.hasty.generic: 23h is less than 1d after the first try: the card rests for so long; leave 1d between two tries"#]],
    );
    check(
        &format!(
            "{GATEWAY}[dunning.brief]\nfunds = [\"1d\", \"5d\"]\ngeneric = [\"5d\"]\ngrace = \"6d\"\n\
             [plans.a]\nname = \"A\"\namount = 1\nevery = \"1 week\"\n\
             [plans.b]\nname = \"B\"\namount = 1\nevery = \"1 week\"\ndunning = \"brief\"\n\
             [plans.c]\nname = \"C\"\namount = 1\nevery = \"5 days\"\ndunning = \"brief\"\n\
             [plans.d]\nname = \"D\"\namount = 1\nevery = \"1 month\"\n"
        ),
        &expect![[r#"
            warning: dues.toml:11: plans.a.every: its ladder "standard" lasts 26 days, and a cycle is due every 1 week: 4 may be owed at once, and the card is asked for each; give it a shorter ladder and grace of its own, unless that is meant
            warning: dues.toml:21: plans.c.dunning: its ladder "brief" lasts 6 days, and a cycle is due every 5 days: 2 may be owed at once, and the card is asked for each; give it a shorter ladder and grace of its own, unless that is meant"#]],
    );
}

#[test]
fn money_is_a_whole_number_of_won() {
    let amounts = [
        "9900.5",
        "9900.0",
        "\"9900\"",
        "\"cheap\"",
        "true",
        "0",
        "-1",
        "1_000_000_001",
        "99999999999999999999",
        "1e4",
        "inf",
        "[9900]",
        "{ won = 9900 }",
        "2026-01-31",
    ];
    let reports: Vec<String> = amounts
        .into_iter()
        .map(|amount| {
            let plan =
                format!("{GATEWAY}[plans.a]\nname = \"A\"\nevery = \"1 day\"\namount = {amount}\n");
            Etc::new(&plan).report()
        })
        .collect();
    expect![[r#"
        dues.toml:7: plans.a.amount: 9900.5 is a fraction, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: 9900.0 is a fraction, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: "9900" is text, but a whole number of won is wanted; leave the quotes out: 9900
        dues.toml:7: plans.a.amount: "cheap" is text, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: true is a truth value, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: 0 won cannot be charged; write a whole number from 1 to 1,000,000,000
        dues.toml:7: plans.a.amount: -1 won cannot be charged; write a whole number from 1 to 1,000,000,000
        dues.toml:7: plans.a.amount: 1000000001 won cannot be charged; write a whole number from 1 to 1,000,000,000
        dues.toml:7: plans.a.amount: 99999999999999999999 won cannot be charged; write a whole number from 1 to 1,000,000,000
        dues.toml:7: plans.a.amount: 1e4 is a fraction, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: inf is a fraction, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: is a list, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: is a table, but a whole number of won is wanted; write it like 59000
        dues.toml:7: plans.a.amount: 2026-01-31 is a date or time, but a whole number of won is wanted; write it like 59000"#]].assert_eq(&reports.join("\n"));

    for (written, won) in [("1", 1), ("9_900", 9_900), ("1_000_000_000", 1_000_000_000)] {
        let plan =
            format!("{GATEWAY}[plans.a]\nname = \"A\"\nevery = \"1 day\"\namount = {written}\n");
        let config = Etc::new(&plan).load();
        assert_eq!(config.terms()[0].plan.amount.won(), won);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_text_is_a_panic(text in any::<String>()) {
        Etc::new(&text).report();
    }

    #[test]
    fn no_text_like_ours_is_a_panic(
        lines in prop::collection::vec(
            (
                prop::sample::select(&[
                    "[daemon]", "[gateway]", "[plans.a]", "[[plans.a]]", "[dunning.x]", "[billing]",
                    "plans.b.amount", "amount", "name", "every", "funds", "time_zone", "\"\"",
                    "charge_window", "quiet_period", "imp_key_file", "socket", "codes", "operators",
                ][..]),
                prop_oneof![
                    "[ -~가-힣]{0,12}".prop_map(|text| format!("{text:?}")),
                    "[0-9_.e+-]{1,25}",
                    Just("[\"1d\", \"3d\"]".to_owned()),
                    Just("true".to_owned()),
                    "\\PC{0,8}",
                ],
            ),
            0..12,
        )
    ) {
        let line = |(key, value): (&str, String)| {
            if key.starts_with('[') {
                format!("{key}
")
            } else {
                format!("{key} = {value}
")
            }
        };
        let text: String = lines.into_iter().map(line).collect();
        Etc::new(&text).report();
    }

    #[test]
    fn no_slip_in_the_reference_is_a_panic(
        place in any::<prop::sample::Index>(),
        removed in 0..3_usize,
        inserted in "[\\PC\n\"\\[\\]=.]{0,2}",
    ) {
        let mut letters: Vec<char> = reference().chars().collect();
        let from = place.index(letters.len());
        let until = letters.len().min(from + removed);
        letters.splice(from..until, inserted.chars());
        Etc::new(&letters.into_iter().collect::<String>()).report();
    }
}
