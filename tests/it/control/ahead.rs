//! What lies ahead, and why: `dues preview` and `dues explain`.

use expect_test::expect;

use super::shop::Shop;
use super::story::check;

const ADD_ALICE: &str = "add alice --plan basic --id alice-1 --anchor 2026-01-31T10:00:00+09:00";

#[test]
fn a_subscription_and_a_plan_are_foreseen() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    shop.dues("add carol --plan basic --id carol-1 --anchor 2026-01-20T10:00:00+09:00");
    shop.dues("pause carol-1");
    check(
        &shop,
        &[
            "preview alice-1 --cycles 3",
            "preview alice --until 2026-02-28 -o csv",
            "preview carol-1",
            "preview --plan yearly --from 2028-02-29 --cycles 5",
        ],
        &expect![[r#"
            $ dues preview alice-1 --cycles 3
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  9,900 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  9,900 KRW  charge
                2  2026-03-31 10:00 +09:00  2026-03-31 10:00 +09:00  9,900 KRW  charge
            3 charges, 29,700 KRW
            [0]
            $ dues preview alice --until 2026-02-28 -o csv
            subscription,customer_uid,plan,cycle,due_at,at,amount,what
            alice-1,alice,basic,0,2026-01-31T01:00:00Z,2026-01-31T01:00:00Z,9900,charge
            alice-1,alice,basic,1,2026-02-28T01:00:00Z,2026-02-28T01:00:00Z,9900,charge
            [0]
            $ dues preview carol-1
            CYCLE  DUE  CHARGED  AMOUNT  WHAT
            0 charges, 0 KRW
            nothing is charged while it is paused, suspended or held, or its card dead: dues explain says more
            [0]
            $ dues preview --plan yearly --from 2028-02-29 --cycles 5
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2028-02-29 00:00 +09:00  2028-02-29 00:40 +09:00  99,000 KRW  charge
                1  2029-02-28 00:00 +09:00  2029-02-28 00:40 +09:00  99,000 KRW  charge
                2  2030-02-28 00:00 +09:00  2030-02-28 00:40 +09:00  99,000 KRW  charge
                3  2031-02-28 00:00 +09:00  2031-02-28 00:40 +09:00  99,000 KRW  charge
                4  2032-02-29 00:00 +09:00  2032-02-29 00:40 +09:00  99,000 KRW  charge
            5 charges, 495,000 KRW
            [0]
        "#]],
    );
}

#[test]
fn a_quantity_is_told_wherever_a_price_is() {
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00 --quantity 3");
    check(
        &shop,
        &[
            "preview a1 --cycles 2",
            "preview --plan basic --from 2026-01-31 --cycles 1 --quantity 3",
            "preview --plan basic --quantity 0",
            "explain a1 --cycle 1",
            "list",
            "add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00",
            "add bob --plan yearly --quantity 10001",
        ],
        &expect![[r#"
            $ dues preview a1 --cycles 2
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  29,700 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  29,700 KRW  charge
            2 charges, 59,400 KRW
            [0]
            $ dues preview --plan basic --from 2026-01-31 --cycles 1 --quantity 3
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2026-01-31 00:00 +09:00  2026-01-31 00:40 +09:00  29,700 KRW  charge
            1 charge, 29,700 KRW
            [0]
            $ dues preview --plan basic --quantity 0
            error: invalid value '0' for '--quantity <N>': 0 is not a quantity: it is a whole number from 1 to 10000

            For more information, try '--help'.
            [2]
            $ dues explain a1 --cycle 1
            a1 of alice on plan basic (version 1): active

            cycle 1: 29,700 KRW, not_enrolled
              due         anchor 2026-01-31 10:00 +09:00 + 1 x 1 month = 2026-02-28 10:00 +09:00 in Asia/Seoul, the last day of a month without day 31
              first try   2026-02-28 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: 3 x amount 29,700
              cycle       NO   it is enrolled when cycle 0 is begun or skipped
            [0]
            $ dues list
            ID  CUSTOMER  PLAN          AMOUNT  STATUS  NEXT DUE                 HOLD
            a1  alice     basic  3 x 9,900 KRW  active  2026-01-31 10:00 +09:00
            [0]
            $ dues add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00
            dues: subscription "a1" exists already and differs in quantity: choose another id
            [6]
            $ dues add bob --plan yearly --quantity 10001
            error: invalid value '10001' for '--quantity <N>': 10001 is not a quantity: it is a whole number from 1 to 10000

            For more information, try '--help'.
            [2]
        "#]],
    );
}

#[test]
fn everybody_is_foreseen_until_a_day() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    shop.dues("add bob --plan yearly --id bob-1 --anchor 2026-02-28T10:00:00+09:00");
    shop.dues("add carol --plan basic --id carol-1 --anchor 2026-01-20T10:00:00+09:00");
    shop.dues("pause carol-1");
    check(
        &shop,
        &[
            "preview --until 2026-03-31",
            "preview --until 2026-03-31 -o jsonl",
        ],
        &expect![[r#"
            $ dues preview --until 2026-03-31
            DAY         CHARGES          SUM
            2026-01-31        1    9,900 KRW
            2026-02-28        2  108,900 KRW
            2026-03-31        1    9,900 KRW
            in all            4  128,700 KRW
            not counted: paused, suspended or held subscriptions, or ones with a dead card: 1
            [0]
            $ dues preview --until 2026-03-31 -o jsonl
            {"subscription":"alice-1","customer_uid":"alice","plan":"basic","cycle":0,"due_at":"2026-01-31T01:00:00Z","at":"2026-01-31T01:00:00Z","amount":9900,"what":"charge"}
            {"subscription":"alice-1","customer_uid":"alice","plan":"basic","cycle":1,"due_at":"2026-02-28T01:00:00Z","at":"2026-02-28T01:00:00Z","amount":9900,"what":"charge"}
            {"subscription":"alice-1","customer_uid":"alice","plan":"basic","cycle":2,"due_at":"2026-03-31T01:00:00Z","at":"2026-03-31T01:00:00Z","amount":9900,"what":"charge"}
            {"subscription":"bob-1","customer_uid":"bob","plan":"yearly","cycle":0,"due_at":"2026-02-28T01:00:00Z","at":"2026-02-28T01:00:00Z","amount":99000,"what":"charge"}
            [0]
        "#]],
    );
}

#[test]
fn what_cannot_be_foreseen_is_refused() {
    let shop = Shop::open();
    check(
        &shop,
        &[
            "preview",
            "preview --until 2026-03-31 --cycles 3",
            "preview --until 2036-03-31",
            "preview --until soon",
            "preview --plan basic --cycles 0",
            "preview --plan monthly",
            "preview dave",
            "explain dave",
        ],
        &expect![[r#"
            $ dues preview
            dues: say what to look at: a subscription's id, --plan ID, or --until DATE for everybody
            [2]
            $ dues preview --until 2026-03-31 --cycles 3
            dues: --cycles goes with a subscription or with --plan
            [2]
            $ dues preview --until 2036-03-31
            dues: until 2036-03-31T23:59:59.999999+09:00 is too far ahead: ask for 3 years at most
            [2]
            $ dues preview --until soon
            error: invalid value 'soon' for '--until <DATE>': there is no such day or instant; write a date, such as 2026-03-01, or a date, a time and an offset, such as 2026-03-01T00:00:00+09:00

            For more information, try '--help'.
            [2]
            $ dues preview --plan basic --cycles 0
            error: invalid value '0' for '--cycles <N>': ask for 1 to 1200

            For more information, try '--help'.
            [2]
            $ dues preview --plan monthly
            dues: plan "monthly" does not exist: the configuration has basic, yearly
            [5]
            $ dues preview dave
            dues: no subscription has the id "dave": `dues list` shows them
            [5]
            $ dues explain dave
            dues: no subscription has the id "dave": `dues list` shows them
            [5]
        "#]],
    );
}

#[test]
fn a_page_ends_where_the_next_begins() {
    let shop = Shop::open();
    for name in ["a", "b", "c"] {
        shop.dues(&format!(
            "add {name} --plan basic --id {name} --anchor 2026-01-20T10:00:00+09:00"
        ));
    }
    let mut told = Vec::new();
    let mut after = String::new();
    loop {
        let path = format!("/v1/preview?until=2026-03-31T00:00:00Z&limit=2{after}");
        let answer = shop.ask("GET", &path, "");
        let (_, body) = answer.split_once('\n').unwrap();
        let page: serde_json::Value = serde_json::from_str(body).unwrap();
        for row in page["rows"].as_array().unwrap() {
            told.push(format!("{} {}", row["subscription"], row["cycle"]));
        }
        let Some(next) = page["next"].as_str() else {
            break;
        };
        after = format!("&after={next}");
    }
    let expected = ["a", "b", "c"].map(|name| [0, 1, 2].map(|n| format!("\"{name}\" {n}")));
    assert_eq!(told, expected.concat());
}

#[test]
fn a_decision_is_taken_apart() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    check(
        &shop,
        &[
            "explain alice-1",
            "explain alice-1 --cycle 1",
            "pause alice-1",
            "explain alice",
        ],
        &expect![[r#"
            $ dues explain alice-1
            alice-1 of alice on plan basic (version 1): active

            cycle 0: 9,900 KRW, scheduled
              due         anchor 2026-01-31 10:00 +09:00 in Asia/Seoul
              first try   2026-01-31 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       yes  it was not tried yet
              amount      yes  9,900 KRW
              status      yes  active
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-01-31 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     yes  its price is not above what was agreed to
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-01-31 10:00 +09:00: attempt 1 is sent
            [0]
            $ dues explain alice-1 --cycle 1
            alice-1 of alice on plan basic (version 1): active

            cycle 1: 9,900 KRW, not_enrolled
              due         anchor 2026-01-31 10:00 +09:00 + 1 x 1 month = 2026-02-28 10:00 +09:00 in Asia/Seoul, the last day of a month without day 31
              first try   2026-02-28 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       NO   it is enrolled when cycle 0 is begun or skipped
            [0]
            $ dues pause alice-1
            alice-1 is paused; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues explain alice
            alice-1 of alice on plan basic (version 1): paused

            cycle 0: 9,900 KRW, scheduled
              due         anchor 2026-01-31 10:00 +09:00 in Asia/Seoul
              first try   2026-01-31 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       yes  it was not tried yet
              amount      yes  9,900 KRW
              status      NO   paused: nothing is charged until `dues resume`
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-01-31 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     yes  its price is not above what was agreed to
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-01-31 10:00 +09:00: it is looked at, and again at 2026-02-01 10:00 +09:00: a guard will not let it through
            [0]
        "#]],
    );
}

#[test]
fn what_is_over_is_explained_too() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    shop.dues("cancel alice-1");
    check(
        &shop,
        &[
            "explain alice-1",
            "explain alice-1 --cycle 7",
            "explain alice-1 --cycle 100000",
        ],
        &expect![[r#"
            $ dues explain alice-1
            alice-1 of alice on plan basic (version 1): canceled

            cycle 0: 9,900 KRW, skipped
              due         anchor 2026-01-31 10:00 +09:00 in Asia/Seoul
              first try   2026-01-31 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       NO   it is not asked for: canceled
              next        nothing: nobody looks at it any more
            [0]
            $ dues explain alice-1 --cycle 7
            alice-1 of alice on plan basic (version 1): canceled

            cycle 7: 9,900 KRW, not_enrolled
              due         anchor 2026-01-31 10:00 +09:00 + 7 x 1 month = 2026-08-31 10:00 +09:00 in Asia/Seoul
              first try   2026-08-31 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       NO   it never comes: the subscription is canceled
            [0]
            $ dues explain alice-1 --cycle 100000
            error: invalid value '100000' for '--cycle <N>': cycles are counted from 0 to 99999

            For more information, try '--help'.
            [2]
        "#]],
    );
}
