//! A configuration in plain words.

use expect_test::expect;

use crate::config::describe::describe;
use crate::config::tests::{Etc, GATEWAY};

#[test]
fn plans_and_ladders_in_words() {
    let config = Etc::new(&format!(
        "{GATEWAY}[plans.basic]\nname = \"Basic\"\namount = 9900\nevery = \"1 month\"\n\
         [plans.weekly]\nname = \"주간\"\namount = 1000000\nevery = \"2 weeks\"\ntime_zone = \"Asia/Tokyo\"\ndunning = \"none\"\n\
         [dunning.none]\nfunds = []\ntechnical = [\"90m\"]\nend_action = \"keep\"\n"
    ))
    .load();
    let now = "2026-01-30T21:00:00+09:00".parse().unwrap();
    expect![[r#"
        basic: "Basic" 9,900 KRW every 1 month (Asia/Seoul), charged 10:00-20:00; an anchor of 2026-01-31 10:00 gives 2026-02-28, 2026-03-31, 2026-04-30; dunning standard
        weekly: "주간" 1,000,000 KRW every 2 weeks (Asia/Tokyo), charged 10:00-20:00; an anchor of 2026-01-31 10:00 gives 2026-02-14, 2026-02-28, 2026-03-14; dunning none
        dunning none: again, counted from the first try: funds never; technical 90m; other 3d 7d 13d 20d 26d; after 6 declines at most, and 21d after the due date at the earliest, the cycle is written off
        dunning standard: again, counted from the first try: funds 2d 7d 12d 18d 25d (near a payday on it: 25 10 1 15); technical 30m 3h 1d 2d 4d; other 3d 7d 13d 20d 26d; after 6 declines at most, and 21d after the due date at the earliest, the subscription is suspended"#]].assert_eq(&describe(&config, now).join("\n"));
}

#[test]
fn terms_carry_the_pace() {
    let config = Etc::new(&format!(
        "{GATEWAY}[plans.a]\nname = \"A\"\namount = 1\nevery = \"1 day\"\n"
    ))
    .load();
    let terms = config.terms();
    expect![[r#"
        (
            Pace {
                answer_within: 255s,
                quiet_period: 120s,
                ask_again_max: 3600s,
                uid_scope: Cycle,
            },
            Daily {
                from: 10:00:00,
                until: 20:00:00,
            },
        )
    "#]]
    .assert_debug_eq(&(&terms[0].pace, &terms[0].window));
}
