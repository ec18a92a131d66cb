//! Prices that contradict themselves, and what a sound price list is called.

use expect_test::expect;
use jiff::Timestamp;

use crate::config::describe::describe;
use crate::config::tests::{Etc, GATEWAY};

const PLAN: &str = "name = \"Plan\"\namount = 9900\nevery = \"1 month\"\n";

#[test]
fn prices_that_contradict_themselves_are_refused() {
    let main = format!(
        "{GATEWAY}[plans.a]\n{PLAN}trial = \"7 cycles\"\ncycles = 5\n\
         phases = [{{ cycles = 0, amount = 4900 }}, {{ cycle = 3, amount = \"4900\" }}, 5]\n\
         setup_fee = 0\nuntil = 2027-12-31\n\
         [plans.b]\n{PLAN}trial = \"2 years\"\ncycles = 5\n\
         [plans.c]\n{PLAN}phases = [{{ cycles = 5, amount = 1 }}, {{ cycles = 1, amount = 2 }}]\n\
         cycles = 5\ntrial = \"a while\"\n\
         [plans.d]\n{PLAN}setup_fee = 999999999\nuntil = \"2027-02-30\"\n\
         [plans.e]\n{PLAN}minimum_term = \"a year\"\nnotice = \"soon\"\n\
         [plans.f]\n{PLAN}minimum_term = \"1 year\"\ncycles = 6\n"
    );
    expect![[r#"
        dues.toml:8: plans.a.trial: a trial of 7 cycles leaves none of the 5 that there are to be charged; let the trial be shorter, or raise cycles
        dues.toml:10: plans.a.phases: "cycle" is not known in a phase; did you mean cycles?
        dues.toml:10: plans.a.phases: 5 is not a phase; write it like { cycles = 3, amount = 4900 }
        dues.toml:10: plans.a.phases: a phase lacks cycles; write it like { cycles = 3, amount = 4900 }
        dues.toml:10: plans.a.phases: amount: "4900" is not a whole number; write it like { cycles = 3, amount = 4900 }
        dues.toml:10: plans.a.phases: cycles: 0 is out of range; write a whole number from 1 to 1200
        dues.toml:11: plans.a.setup_fee: 0 won cannot be charged; write a whole number from 1 to 1,000,000,000
        dues.toml:12: plans.a.until: 2027-12-31 is a date or time, but text in quotes is wanted; write it like "2027-12-31"
        dues.toml:17: plans.b.trial: a trial of 2 years is longer than what follows it (5 cycles); let the trial be shorter, or raise cycles
        dues.toml:23: plans.c.phases: the plan ends after 5 cycles, and phase 2 would begin after 5; leave the phase out, or raise cycles
        dues.toml:25: plans.c.trial: "a while" is not a trial; write a span such as "14 days" or "1 month", or free cycles such as "1 cycle"
        dues.toml:30: plans.d.setup_fee: the first charge would be too much: 1000009899 won cannot be charged in one cycle: it is at most 1000000000; lower it: amount and fee are one charge
        dues.toml:31: plans.d.until: "2027-02-30" is not a day; write year, month and day, such as "2027-12-31"
        dues.toml:36: plans.e.minimum_term: "a year" is not a minimum term; write so many cycles, such as "12 cycles", or a span such as "1 year"
        dues.toml:37: plans.e.notice: "soon" is no time of notice; write a span such as "14 days" or "1 month"
        dues.toml:42: plans.f.minimum_term: a minimum term of 1 year is longer than the plan (6 cycles); shorten it, or raise cycles"#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn fixed_days_that_make_no_sense_are_refused() {
    let main = format!(
        "{GATEWAY}[plans.a]\n{PLAN}anchor = {{ day = 32, time = \"25:00\", dya = 1 }}\n\
         [plans.b]\n{PLAN}anchor = {{ time = \"10:00\" }}\nfirst = \"half\"\n\
         [plans.c]\nname = \"C\"\namount = 1\nevery = \"2 weeks\"\nanchor = {{ day = \"last\" }}\n\
         [plans.d]\n{PLAN}first = \"free\"\n\
         [plans.e]\n{PLAN}anchor = 25\n"
    );
    expect![[r#"
        dues.toml:8: plans.a.anchor: "25:00" is not a time of day; write hours and minutes, such as "04:10"
        dues.toml:8: plans.a.anchor: "dya" is not known here; did you mean day?
        dues.toml:8: plans.a.anchor: 32 is out of range; write a whole number from 1 to 31
        dues.toml:13: plans.b.anchor: lacks day; write it like { day = 25, time = "10:00" } or { day = "last" }
        dues.toml:14: plans.b.first: "half" is not known here; write "prorated", "whole" or "free"
        dues.toml:19: plans.c.anchor: a day of the month does not go with every = "2 weeks"; count every in months, or leave the anchor out
        dues.toml:24: plans.d.first: goes with a fixed day or cron only; write anchor = { day = 25 } or cron too, or leave first out
        dues.toml:29: plans.e.anchor: 25 is a number, but a day of the month is wanted; write it like { day = 25, time = "10:00" }"#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn days_of_the_calendar_that_make_no_sense_are_refused() {
    let plan = |id: &str, rest: &str| format!("[plans.{id}]\nname = \"P\"\namount = 1\n{rest}\n");
    let crons = [
        "10 25 * *",
        "0 0 10 25 * *",
        "@monthly",
        "0 10 25 * MON",
        "0 10,11 25 * *",
        "*/5 10 * * *",
        "0 10 31 2,4 *",
        "0 25 1 * *",
        "0 10 1 * SOMEDAY",
        "0 10 * * 1#6",
        "",
    ];
    let mut main = GATEWAY.to_owned();
    for (place, cron) in crons.iter().enumerate() {
        main += &plan(&format!("c{place}"), &format!("cron = \"{cron}\""));
    }
    main += &plan(
        "x",
        "cron = \"0 10 1 * *\"\nevery = \"1 month\"\nanchor = { day = 1 }",
    );
    main += &plan("y", "crom = \"0 10 1 * *\"");
    main += &plan("z", "cron = 5\nfirst = \"free\"");
    expect![[r#"
        dues.toml:7: plans.c0.cron: "10 25 * *" has 4 fields, not 5; write minute, hour, day of the month, month and day of the week, such as "0 10 25 * *"
        dues.toml:11: plans.c1.cron: "0 0 10 25 * *" has 6 fields, not 5; write minute, hour, day of the month, month and day of the week, such as "0 10 25 * *"
        dues.toml:15: plans.c2.cron: "@monthly" has 1 fields, not 5; write minute, hour, day of the month, month and day of the week, such as "0 10 25 * *"
        dues.toml:19: plans.c3.cron: "0 10 25 * MON" names a day of the month and a day of the week, which some read as "or" and some as "and"; write * for one of them, such as "0 10 25 * *" or "0 10 * * MON"
        dues.toml:23: plans.c4.cron: "0 10,11 25 * *" comes more than once a day: cycles are 1 day apart at least; write one minute and one hour, such as "0 10 * * *" for every day
        dues.toml:27: plans.c5.cron: "*/5 10 * * *" comes more than once a day: cycles are 1 day apart at least; write one minute and one hour, such as "0 10 * * *" for every day
        dues.toml:31: plans.c6.cron: "0 10 31 2,4 *" never comes: no such month has such a day; name a day that one of its months has; L is the last one
        dues.toml:35: plans.c7.cron: "0 25 1 * *" has "25" as its hour, which is 0 to 23; correct it; * is every one, 1-5 a range, 1,15 a list and */3 every third
        dues.toml:39: plans.c8.cron: "0 10 1 * SOMEDAY" names a day of the month and a day of the week, which some read as "or" and some as "and"; write * for one of them, such as "0 10 25 * *" or "0 10 * * MON"
        dues.toml:43: plans.c9.cron: "0 10 * * 1#6" has "1#6" as its day of the week, which is 0 to 7 or SUN to SAT, and 1#2 for the second Monday of a month; correct it; * is every one, 1-5 a range, 1,15 a list and */3 every third
        dues.toml:47: plans.c10.cron: "" has 0 fields, not 5; write minute, hour, day of the month, month and day of the week, such as "0 10 25 * *"
        dues.toml:52: plans.x.every: says when it is due, and cron does too; keep one of the two
        dues.toml:53: plans.x.anchor: goes with every only; leave it out: cron has the day and time
        dues.toml:54: plans.y.every: is missing; write every = "1 month", or what it should be
        dues.toml:57: plans.y.crom: is not known here; did you mean cron?
        dues.toml:61: plans.z.cron: 5 is a number, but text in quotes is wanted; write it like "0 10 1,15 * *""#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn coupons_that_say_too_little_or_too_much_are_refused() {
    let main = format!(
        "{GATEWAY}[plans.basic]\n{PLAN}\
         [coupons.a]\npercent = 101\nduration = \"twice\"\n\
         [coupons.b]\npercent = 10\namount = 5000\nduration = \"0 cycles\"\n\
         [coupons.c]\nduration = \"once\"\nplans = [\"basix\", 5]\n\
         [coupons.d]\namount = 5000\nplans = [\"basix\", \"basic\"]\n\
         [coupons.\"x y\"]\npercent = 0.5\nlasts = \"once\"\n"
    );
    expect![[r#"
        dues.toml:9: coupons.a.percent: 101 is out of range; write a whole number from 1 to 100
        dues.toml:10: coupons.a.duration: "twice" is not a duration of a coupon; write "once", "forever" or so many cycles, such as "3 cycles"
        dues.toml:13: coupons.b.amount: takes off a percentage already; keep one of the two
        dues.toml:14: coupons.b.duration: "0 cycles" is not a duration of a coupon; write "once", "forever" or so many cycles, such as "3 cycles"
        dues.toml:15: coupons.c: takes nothing off; write percent = 10 or amount = 5000
        dues.toml:17: coupons.c.plans: 5 is not a name; write names in quotes, such as ["basic"]
        dues.toml:18: coupons.d: does not say how long it lasts; write duration = "once", "3 cycles" or "forever"
        dues.toml:20: coupons.d.plans: there is no plan "basix"; did you mean "basic"?
        dues.toml:21: coupons."x y": "x y" is not a coupon; write 1 to 40 of A-Z a-z 0-9 _ -"#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn a_coupon_is_offered_where_it_is_for() {
    let main = format!(
        "{GATEWAY}[plans.a]\n{PLAN}[plans.b]\n{PLAN}\
         [coupons.SPRING]\npercent = 10\nduration = \"3 cycles\"\nplans = [\"a\"]\n\
         [coupons.ALL]\namount = 5000\nduration = \"forever\"\n"
    );
    let config = Etc::new(&main).load();
    let offered: Vec<String> = config
        .plans
        .values()
        .map(|one| format!("{}: {:?}", one.plan.id, one.coupons))
        .collect();
    expect![[r#"
        a: [Coupon { code: CouponCode("ALL"), off: Amount(Krw(5000)), lasts: Forever }, Coupon { code: CouponCode("SPRING"), off: Percent(Percent(10)), lasts: Cycles(3) }]
        b: [Coupon { code: CouponCode("ALL"), off: Amount(Krw(5000)), lasts: Forever }]"#]].assert_eq(&offered.join("\n"));
}

#[test]
fn names_that_could_be_too_long_are_refused() {
    let main = format!(
        "{GATEWAY}[plans.a]\nname = \"{{plan}} {{month}}\"\namount = 1\nevery = \"1 month\"\n\
         [plans.b]\nname = \"{{from\"\namount = 1\nevery = \"1 month\"\n\
         [plans.c]\nname = \"A very long name {{from}}~{{to}} {{cycle}}\"\namount = 1\nevery = \"1 month\"\n\
         [plans.the-plan-of-a-large-shop]\nname = \"{{plan}} {{from}}~{{to}}\"\namount = 1\nevery = \"1 month\"\n\
         [plans.e]\nname = \"월간 {{from}}~{{to}} 😀\"\namount = 1\nevery = \"1 month\"\n"
    );
    expect![[r#"
        dues.toml:5: plans.a.name: there is no placeholder {month}: there are {plan} {cycle} {from} {to} {quantity}; write a name such as "Basic {from}~{to}"
        dues.toml:9: plans.b.name: a { or } stands alone; write a name such as "Basic {from}~{to}"
        dues.toml:13: plans.c.name: "A very long name 9999-12-31~9999-12-31 100000" is not a name: it has 45 characters; write 1 to 40 characters: anything but control characters
        dues.toml:17: plans.the-plan-of-a-large-shop.name: its longest name: "the-plan-of-a-large-shop 9999-12-31~9999-12-31" is not a name: it has 46 characters; write 1 to 40 characters: anything but control characters; shorten it: no name may be longer than 40 characters
        dues.toml:21: plans.e.name: '😀' (character 16 of "월간 {from}~{to} 😀") does not exist in EUC-KR, in which the PG takes the name; leave it out or write it in Hangul or ASCII"#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn particulars_that_the_gateway_would_refuse_are_refused() {
    let main = format!(
        "{GATEWAY}[plans.a]\n{PLAN}card_quota = 3\ntax = \"half\"\n\
         daou_product_code = \"상품\"\ndaou_cash_receipt = true\nproduct_type = \"digitl\"\ncustom_data = \"{{customer}}\"\n\
         [plans.b]\nname = \"B\"\namount = 50000\nevery = \"1 month\"\ncard_quota = 1\n\
         [plans.c]\nname = \"C\"\namount = 50000\nevery = \"1 month\"\ncard_quota = 2\n\
         [plans.d]\n{PLAN}tax_free = 9900\nvat = \"up\"\n\
         [plans.e]\n{PLAN}tax = \"free\"\ntax_free = 3000\nvat = \"down\"\n\
         [plans.f]\n{PLAN}tax_free = 3000\nvat = \"down\"\n"
    );
    expect![[r#"
        dues.toml:8: plans.a.card_quota: 9,900 KRW in 3 months: a charge must be 50,000 won; leave card_quota out: the card pays at once then
        dues.toml:9: plans.a.tax: "half" is not known here; write "included" or "free"
        dues.toml:10: plans.a.daou_product_code: "상품" is not a product code; write 1 to 20 of A-Z a-z 0-9 _ -
        dues.toml:11: plans.a.daou_cash_receipt: true is a truth value, but text in quotes is wanted; write it like "not_issued"
        dues.toml:12: plans.a.product_type: "digitl" is not known here; did you mean "digital"? It is "real" or "digital"
        dues.toml:13: plans.a.custom_data: there is no placeholder {customer}: there are {subscription} {plan} {cycle}; write a text such as "{subscription} {cycle}"
        dues.toml:18: plans.b.card_quota: 1 is out of range; write a whole number from 2 to 36
        dues.toml:28: plans.d.tax_free: 9,900 KRW of 9,900 KRW is not a part of it; write less than the amount, or tax = "free" if none of it is taxed
        dues.toml:29: plans.d.vat: "up" is not known here; write "down" or "nearest"
        dues.toml:35: plans.e.tax_free: tax = "free" leaves nothing to be taxed, and this a part; leave out one of the two
        dues.toml:36: plans.e.vat: tax = "free": there is no tax to round; leave vat out"#]].assert_eq(&Etc::new(&main).report());
}

#[test]
fn a_price_list_is_told_in_words() {
    let main = format!(
        "{GATEWAY}[plans.a]\n{PLAN}trial = \"14 days\"\n\
         phases = [{{ cycles = 3, amount = 4900 }}]\nsetup_fee = 10000\ncycles = 3\n\
         until = \"2026-04-30\"\nminimum_term = \"2 cycles\"\nnotice = \"14 days\"\n[plans.b]\n{PLAN}anchor = {{ day = \"last\", time = \"10:00\" }}\n\
         [plans.c]\nname = \"C\"\namount = 1\ncron = \"0  10 1,15 * *\"\nfirst = \"free\"\n"
    );
    let config = Etc::new(&main).load();
    let now: Timestamp = "2026-01-31T12:00:00+09:00".parse().unwrap();
    expect![[r#"b: "Plan" 9,900 KRW every 1 month on the last day at 10:00, the first period prorated (Asia/Seoul), charged 10:00-20:00; an anchor of 2026-01-31 12:00 gives 2026-02-28, 2026-03-31, 2026-04-30; dunning standard"#]].assert_eq(&describe(&config, now)[1]);
    expect![[r#"c: "C" 1 KRW at cron 0 10 1,15 * *, the first period free (Asia/Seoul), charged 10:00-20:00; an anchor of 2026-01-31 12:00 gives 2026-02-01, 2026-02-15, 2026-03-01; dunning standard"#]].assert_eq(&describe(&config, now)[2]);
    expect![[r#"a: "Plan" 9,900 KRW (after a trial of 14 days, 4,900 KRW for 3 cycles, 10,000 KRW once, 3 cycles, until 2026-04-30, at least 2 cycles, 14 days of notice) every 1 month (Asia/Seoul), charged 10:00-20:00; an anchor of 2026-01-31 12:00 gives 2026-03-14, 2026-04-14; dunning standard"#]].assert_eq(&describe(&config, now)[0]);
    let over: Timestamp = "2027-01-31T03:00:00Z".parse().unwrap();
    let described = describe(&config, over).swap_remove(0);
    assert!(
        described.contains("2027-01-31 12:00 gives nothing after it"),
        "{described}"
    );
}
