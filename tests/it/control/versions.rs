//! A changed price, as an operator applies it.

use dues::core::calendar::Cadence;
use dues::core::contract::Quantity;
use expect_test::expect;

use super::shop::{Shop, plan};
use super::story::check;
use crate::shop::{instant, wanted};

fn shop() -> Shop {
    let before = [
        plan("basic", 9_900, "1 month"),
        plan("weekly", 5_000, "1 week"),
        plan("yearly", 99_000, "1 year"),
    ];
    let at = instant("2026-01-20T10:00:00+09:00");
    let people = [
        wanted("a-1", "alice", "basic", at),
        wanted("b-1", "bob", "basic", at),
        wanted("c-1", "carol", "weekly", at),
        wanted("d-1", "dave", "yearly", at),
    ];
    let mut now = [
        plan("basic", 12_900, "1 month"),
        plan("weekly", 4_000, "1 week"),
        plan("yearly", 120_000, "1 year"),
    ];
    for terms in &mut now {
        terms.applies_from = Some("2026-02-01".parse().unwrap());
    }
    now[2].plan.dates = Cadence::parse("6 months").unwrap().into();
    Shop::having_sold(&before, &people, now.to_vec())
}

#[test]
fn what_a_changed_price_means_is_shown() {
    check(
        &shop(),
        &[
            "plan diff",
            "plan diff --cycles 3 -o jsonl",
            "plan apply 0123456789ab",
        ],
        &expect![[r#"
            $ dues plan diff
            PLAN    VERSION  SUBSCRIPTIONS  TO BE ASKED  FIRST CHARGE                     NOW         THEN   DIFFERENCE
            basic   1 -> 2               2            2  2026-02-20 10:00 +09:00  237,600 KRW  309,600 KRW   72,000 KRW
            weekly  1 -> 2               1            0  2026-02-03 10:00 +09:00   60,000 KRW   48,000 KRW  -12,000 KRW
            sums are over 12 cycles of each, from the first changed one
            yearly: version 2 has other dates or terms than version 1 (every, cron, anchor, first, trial, minimum_term, notice or time_zone), and so is for new subscribers alone
            nothing has changed yet. -o csv shows everybody; `dues plan apply 8c48a73eea7c` does exactly this
            [0]
            $ dues plan diff --cycles 3 -o jsonl
            {"subscription":"a-1","customer_uid":"alice","plan":"basic","from_version":1,"to_version":2,"cycle":1,"at":"2026-02-20T01:00:00Z","before":9900,"after":12900,"needs_consent":true,"difference":9000}
            {"subscription":"b-1","customer_uid":"bob","plan":"basic","from_version":1,"to_version":2,"cycle":1,"at":"2026-02-20T01:00:00Z","before":9900,"after":12900,"needs_consent":true,"difference":9000}
            {"subscription":"c-1","customer_uid":"carol","plan":"weekly","from_version":1,"to_version":2,"cycle":2,"at":"2026-02-03T01:00:00Z","before":5000,"after":4000,"needs_consent":false,"difference":-3000}
            [0]
            $ dues plan apply 0123456789ab
            dues: "0123456789ab" is not what would be applied now: look at it with `dues plan diff`, then `dues plan apply 8c48a73eea7c`
            [6]
        "#]],
    );
}

#[test]
fn a_changed_price_is_applied_by_its_name() {
    let shop = shop();
    let said = shop.ask("GET", "/v1/plans/diff", "");
    let hash = said.split("\"hash\":\"").nth(1).unwrap().get(..12).unwrap();
    let apply = format!("plan apply {hash} --reason agreed --idempotency-key k1");
    check(
        &shop,
        &[
            &apply,
            &apply,
            "plan diff",
            "preview a-1 --cycles 3",
            "explain c-1 --cycle 2",
            "consents --days 60",
            "plan diff --cycles 0",
        ],
        &expect![[r#"
            $ dues plan apply 8c48a73eea7c --reason agreed --idempotency-key k1
            the plan of 3 subscriptions changes
            dues: 2 of them pay more and have to agree to that within the 30 days before: `dues consents` lists whom to ask
            [0]
            $ dues plan apply 8c48a73eea7c --reason agreed --idempotency-key k1
            the plan of 3 subscriptions changes
            dues: this was done before under this key: nothing was done now, and this is what was said then
            dues: 2 of them pay more and have to agree to that within the 30 days before: `dues consents` lists whom to ask
            [0]
            $ dues plan diff
            yearly: version 2 has other dates or terms than version 1 (every, cron, anchor, first, trial, minimum_term, notice or time_zone), and so is for new subscribers alone
            nobody is on an older version of a plan that says applies_from
            [0]
            $ dues preview a-1 --cycles 3
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2026-01-20 10:00 +09:00  2026-01-20 10:00 +09:00   9,900 KRW  charge
                1  2026-02-20 10:00 +09:00  2026-02-20 10:00 +09:00  12,900 KRW  hold
            1 charge, 9,900 KRW
            [0]
            $ dues explain c-1 --cycle 2
            c-1 of carol on plan weekly (version 1): active

            cycle 2: 4,000 KRW, not_enrolled
              due         anchor 2026-01-20 10:00 +09:00 + 2 x 1 week = 2026-02-03 10:00 +09:00 in Asia/Seoul
              first try   2026-02-03 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan weekly, version 2: amount 4,000
              cycle       NO   it is enrolled when cycle 1 is begun or skipped
            [0]
            $ dues consents --days 60
            SUBSCRIPTION  CUSTOMER  PLAN   CYCLE       FROM          TO  CHARGED                  ASK FROM                 WITHOUT
            a-1           alice     basic      1  9,900 KRW  12,900 KRW  2026-02-20 10:00 +09:00  2026-01-21 10:00 +09:00  hold
            b-1           bob       basic      1  9,900 KRW  12,900 KRW  2026-02-20 10:00 +09:00  2026-01-21 10:00 +09:00  hold
            dues consent ID --at WHEN --amount WON --evidence TEXT writes an answer down
            [0]
            $ dues plan diff --cycles 0
            error: invalid value '0' for '--cycles <N>': ask for 1 to 120

            For more information, try '--help'.
            [2]
        "#]],
    );
}

/// A price that would ask those who have many for too much.
fn dear_shop() -> Shop {
    let before = [plan("basic", 9_900, "1 month")];
    let at = instant("2026-01-20T10:00:00+09:00");
    let of = |id: &str, number| {
        let mut one = wanted(id, id, "basic", at);
        one.quantity = Quantity::parse(number).unwrap();
        one
    };
    let people = [of("a-1", 1), of("b-1", 10_000), of("c-1", 9_000)];
    let mut now = plan("basic", 120_000, "1 month");
    now.applies_from = Some("2026-02-01".parse().unwrap());
    Shop::having_sold(&before, &people, vec![now])
}

#[test]
fn who_would_be_asked_for_too_much_keeps_everybody_from_a_new_price() {
    let shop = dear_shop();
    check(
        &shop,
        &[
            "plan diff",
            "plan diff -o csv",
            "plan apply 0123456789ab",
            "change-quantity b-1 8000",
            "cancel c-1",
            "plan diff",
        ],
        &expect![[r#"
            $ dues plan diff
            PLAN   VERSION  SUBSCRIPTIONS  TO BE ASKED  FIRST CHARGE                     NOW           THEN     DIFFERENCE
            basic  1 -> 2               1            1  2026-02-20 10:00 +09:00  118,800 KRW  1,440,000 KRW  1,321,200 KRW
            sums are over 12 cycles of each, from the first changed one
            basic: version 2 asks 2 who are on version 1 for more than the 1,000,000,000 KRW that one charge may ask for, such as b-1 for 1,200,000,000 KRW
            nothing can be applied while anybody would be asked for too much: change their quantity or plan, or the price
            [3]
            $ dues plan diff -o csv
            subscription,customer_uid,plan,from_version,to_version,cycle,at,before,after,needs_consent,difference
            a-1,a-1,basic,1,2,1,2026-02-20T01:00:00Z,9900,120000,true,1321200
            dues: 2 are left out, who would be asked for more than one charge may: `dues plan diff` says whom, and nothing is applied while there is anybody
            [3]
            $ dues plan apply 0123456789ab
            dues: "b-1" would be asked for 1200000000 won in one cycle, and 1000000000 are the most: nothing is applied while anybody would be. `dues plan diff` shows them; change their quantity or plan, or the price
            [6]
            $ dues change-quantity b-1 8000
            b-1 is active; next due 2026-01-20 10:00 +09:00; it asks for 79,200,000 KRW
            [0]
            $ dues cancel c-1
            c-1 is canceled; not charged any more: cycle 0
            [0]
            $ dues plan diff
            PLAN   VERSION  SUBSCRIPTIONS  TO BE ASKED  FIRST CHARGE                         NOW                THEN          DIFFERENCE
            basic  1 -> 2               2            2  2026-02-20 10:00 +09:00  950,518,800 KRW  11,521,440,000 KRW  10,570,921,200 KRW
            sums are over 12 cycles of each, from the first changed one
            nothing has changed yet. -o csv shows everybody; `dues plan apply 5f8fd199e714` does exactly this
            [0]
        "#]],
    );
    let said = shop.ask("GET", "/v1/plans/diff", "");
    let hash = said.split("\"hash\":\"").nth(1).unwrap().get(..12).unwrap();
    check(
        &shop,
        &[
            &format!("plan apply {hash}"),
            // By the version that it is on it could have so many, by the one that comes it could not.
            "change-quantity b-1 9000",
            "change-quantity b-1 7000",
        ],
        &expect![[r#"
            $ dues plan apply 5f8fd199e714
            the plan of 2 subscriptions changes
            dues: 2 of them pay more and have to agree to that within the 30 days before: `dues consents` lists whom to ask
            [0]
            $ dues change-quantity b-1 9000
            dues: so many cannot be had of that plan: 1080000000 won cannot be charged in one cycle: it is at most 1000000000
            [6]
            $ dues change-quantity b-1 7000
            b-1 is active; next due 2026-01-20 10:00 +09:00; it asks for 69,300,000 KRW
            [0]
        "#]],
    );
}
