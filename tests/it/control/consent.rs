//! Consents as an operator meets them: whom to ask, and an answer that is written down.

use dues::core::consent::WithoutConsent;
use dues::core::money::Krw;
use dues::core::price::{Phase, Trial};
use expect_test::expect;

use super::shop::{Shop, plan};
use super::story::check;

fn shop() -> Shop {
    let amount = Krw::parse(4_900).unwrap();
    let mut intro = plan("intro", 9_900, "1 week");
    intro.plan.price_list.phases = vec![Phase { cycles: 3, amount }];
    let mut trial = plan("trial", 19_900, "1 month");
    trial.plan.price_list.trial = Some(Trial::Cycles(2));
    trial.without_consent = WithoutConsent::Cancel;
    let shop = Shop::selling(vec![intro, trial, plan("flat", 9_900, "1 month")]);
    // Brought in from elsewhere: they signed up weeks ago.
    let rows = "customer_uid,plan,anchor,id,next_cycle\n\
                alice,intro,2026-01-04T10:00:00+09:00,a-1,2\n\
                bob,trial,2025-12-01T10:00:00+09:00,b-1,2\n\
                carol,flat,2025-01-20T10:00:00+09:00,c-1,12\n";
    let file = shop.file("all.csv", rows);
    assert_eq!(shop.dues(&format!("import {file}")).code, 0);
    shop
}

#[test]
fn whom_to_ask_is_listed_and_an_answer_is_written_down() {
    check(
        &shop(),
        &[
            "consents",
            "preview b-1 --cycles 3",
            "explain b-1",
            "consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence mail-17 --reason asked",
            "explain b-1",
            "consents",
            "consents --days 60 -o csv",
        ],
        &expect![[r#"
            $ dues consents
            SUBSCRIPTION  CUSTOMER  PLAN   CYCLE   FROM          TO  CHARGED                  ASK FROM                 WITHOUT
            b-1           bob       trial      2  0 KRW  19,900 KRW  2026-02-01 10:00 +09:00  2026-01-02 10:00 +09:00  cancel
            dues consent ID --at WHEN --amount WON --evidence TEXT writes an answer down
            [0]
            $ dues preview b-1 --cycles 3
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                2  2026-02-01 10:00 +09:00  2026-02-01 10:00 +09:00  19,900 KRW  cancel
            0 charges, 0 KRW
            [0]
            $ dues explain b-1
            b-1 of bob on plan trial (version 1): active

            cycle 2: 19,900 KRW, scheduled
              due         anchor 2025-12-01 10:00 +09:00 + 2 x 1 month = 2026-02-01 10:00 +09:00 in Asia/Seoul
              first try   2026-02-01 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan trial, version 1: amount 19,900
              cycle       yes  it was not tried yet
              amount      yes  19,900 KRW
              status      yes  active
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-02-01 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     NO   it rises from 0 to 19,900; 19,900 won was agreed to at 2025-12-01 10:00 +09:00, good until 2025-12-31 10:00 +09:00 and not when it is looked at: without `dues consent` the subscription ends
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-02-01 10:00 +09:00: the subscription ends: its price rises and the customer did not agree to that (dues consent)
            [0]
            $ dues consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence mail-17 --reason asked
            b-1 is active; next due 2026-02-01 10:00 +09:00
            [0]
            $ dues explain b-1
            b-1 of bob on plan trial (version 1): active

            cycle 2: 19,900 KRW, scheduled
              due         anchor 2025-12-01 10:00 +09:00 + 2 x 1 month = 2026-02-01 10:00 +09:00 in Asia/Seoul
              first try   2026-02-01 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan trial, version 1: amount 19,900
              cycle       yes  it was not tried yet
              amount      yes  19,900 KRW
              status      yes  active
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-02-01 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     yes  it rises from 0 to 19,900; 19,900 won was agreed to at 2026-01-14 20:00 +09:00, good until 2026-02-13 20:00 +09:00
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-02-01 10:00 +09:00: attempt 1 is sent
            [0]
            $ dues consents
            nobody has to be asked: no price rises that was not agreed to
            [0]
            $ dues consents --days 60 -o csv
            [0]
        "#]],
    );
}

/// Explain looked at the consent as of today, and called one good that is over when the cycle is charged.
#[test]
fn a_consent_that_is_too_early_is_told_so() {
    let shop = shop();
    check(
        &shop,
        &["consent b-1 --at 2026-01-01T20:00:00+09:00 --amount 19900 --evidence mail-3"],
        &expect![[r#"
            $ dues consent b-1 --at 2026-01-01T20:00:00+09:00 --amount 19900 --evidence mail-3
            b-1 is active; next due 2026-02-01 10:00 +09:00
            dues: a cycle costs 19,900 KRW from the next one on, and the customer has not agreed to that within the 30 days before: without `dues consent b-1` it is not charged then
            [0]
        "#]],
    );
    let explained = shop.dues("explain b-1").stdout;
    let lines = explained.lines().filter(|line| line.contains("consent"));
    let lines: Vec<&str> = lines.map(str::trim_start).collect();
    expect![[r#"
        consent     NO   it rises from 0 to 19,900; 19,900 won was agreed to at 2026-01-01 20:00 +09:00, good until 2026-01-31 20:00 +09:00 and not when it is looked at: without `dues consent` the subscription ends
        next        2026-02-01 10:00 +09:00: the subscription ends: its price rises and the customer did not agree to that (dues consent)"#]].assert_eq(&lines.join("\n"));
}

#[test]
fn what_is_no_consent_is_refused() {
    check(
        &shop(),
        &[
            "consent b-1 --at 2026-02-01T00:00:00+09:00 --amount 19900 --evidence mail",
            "consent b-1 --at yesterday --amount 19900 --evidence mail",
            "consent b-1 --at 2025-11-01T00:00:00+09:00 --amount 19900 --evidence mail",
            "consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 0 --evidence mail",
            "consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence  ",
            "consent z-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence mail",
            "consents --days 0",
        ],
        &expect![[r#"
            $ dues consent b-1 --at 2026-02-01T00:00:00+09:00 --amount 19900 --evidence mail
            dues: a consent at 2026-02-01T00:00:00+09:00 is in the future: give the moment at which the customer agreed
            [2]
            $ dues consent b-1 --at yesterday --amount 19900 --evidence mail
            error: invalid value 'yesterday' for '--at <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00

            For more information, try '--help'.
            [2]
            $ dues consent b-1 --at 2025-11-01T00:00:00+09:00 --amount 19900 --evidence mail
            dues: "b-1" agreed to 19900 won at 2025-12-01 10:00 +09:00, which is later: the last word counts (dues explain b-1)
            [6]
            $ dues consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 0 --evidence mail
            error: invalid value '0' for '--amount <WON>': 0 won cannot be charged: an amount is a whole number from 1 to 1000000000

            For more information, try '--help'.
            [2]
            $ dues consent b-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence  
            error: unexpected argument '' found

            Usage: dues consent [OPTIONS] --at <RFC3339> --amount <WON> --evidence <TEXT> <ID>

            For more information, try '--help'.
            [2]
            $ dues consent z-1 --at 2026-01-14T20:00:00+09:00 --amount 19900 --evidence mail
            dues: no subscription has the id "z-1": `dues list` shows them
            [5]
            $ dues consents --days 0
            error: invalid value '0' for '--days <N>': ask for 1 to 366

            For more information, try '--help'.
            [2]
        "#]],
    );
}
