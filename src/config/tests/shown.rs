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
fn what_is_sent_besides_and_what_becomes_of_the_rest_in_words() {
    let config = Etc::new(&format!(
        "{GATEWAY}[plans.a]\nname = \"A\"\namount = 60000\nevery = \"1 month\"\ncard_quota = 3\ntax_free = 6000\n\
         vat = \"down\"\nproduct_type = \"digital\"\ncustom_data = \"{{subscription}}\"\ndaou_product_code = \"P-1\"\n\
         daou_cash_receipt = \"not_issued\"\ncatch_up = \"charge_all(3)\"\nwithout_consent = \"cancel\"\n\
         [plans.b]\nname = \"B\"\namount = 100\nevery = \"1 day\"\ntax = \"free\"\ncatch_up = \"latest_only\"\n\
         [coupons.hello]\npercent = 50\nduration = \"once\"\n\
         [coupons.friend]\namount = 3000\nduration = \"forever\"\nplans = [\"a\"]\n"
    ))
    .load();
    let now = "2026-01-30T21:00:00+09:00".parse().unwrap();
    let described = describe(&config, now);
    let rest = |line: &String| {
        line.split_once("; dunning ")
            .map_or(line.clone(), |(_, rest)| rest.to_owned())
    };
    let described: Vec<String> = described.iter().take(4).map(rest).collect();
    expect![[r#"
        standard; up to 3 missed cycles are charged one after the other; without consent to a rise it is canceled; sent with it: 6,000 KRW of it not taxed, vat down, 3 months to pay from 50,000 KRW on, product code P-1, no cash receipt, product type digital, custom_data "{subscription}"
        standard; of missed cycles the latest is charged; sent with it: all of it not taxed
        coupon friend: 3,000 KRW off every cycle; for a
        coupon hello: 50 % off 1 cycle; for every plan"#]].assert_eq(&described.join("\n"));
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
