//! When cards expire, as an operator says it.

use std::fmt::Write;

use expect_test::expect;
use serde_json::Value;

use super::shop::Shop;
use super::story::check;

/// A person with two subscriptions, and what was told of the card with the first.
fn shop() -> Shop {
    let shop = Shop::open();
    let first =
        "add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --card-expires 2026-02";
    let second = "add alice --plan yearly --id a-2 --anchor 2026-02-01T10:00:00+09:00";
    for words in [first, second] {
        assert_eq!(shop.dues(words).code, 0, "{words}");
    }
    shop
}

/// Who has which card, and until when.
fn known(shop: &Shop) -> String {
    let mut text = String::new();
    for line in shop.dues("export subscriptions -o jsonl").stdout.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        let word = |name: &str| {
            row.get(name)
                .and_then(Value::as_str)
                .unwrap_or("-")
                .to_owned()
        };
        let (id, card, expires) = (word("id"), word("customer_uid"), word("card_expires"));
        writeln!(text, "{id} {card} {expires}").unwrap();
    }
    text
}

/// What the journal says was told.
fn told(shop: &Shop) -> String {
    let mut text = String::new();
    for line in shop.dues("export events -o jsonl").stdout.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        if row.pointer("/kind") == Some(&"card_expiry_told".into()) {
            let said = |place| row.pointer(place).unwrap_or(&Value::Null);
            let month = said("/after/subscription/card_expires");
            let (id, words) = (said("/subscription"), said("/words"));
            writeln!(text, "{id} {month} {words}").unwrap();
        }
    }
    text
}

#[test]
fn what_is_told_of_a_card_holds_for_all_its_subscriptions() {
    let shop = shop();
    let mut text = format!("added:\n{}", known(&shop));
    for words in [
        "card a-2 alice --expires 2031-05 --reason renewed",
        "card a-2 alice --expires 2031-05",
        "card a-2 alice",
        "card a-1 alice-new",
        "card a-2 alice-new --expires 2029-12",
        "card a-1 bob",
        "card a-1 alice-new",
        "add alice-new --plan basic --id a-3 --anchor 2026-02-01T10:00:00+09:00 --card-expires 2030-01",
    ] {
        let said = shop.dues(words);
        write!(text, "$ {words}\n{}{}", said.stdout, said.stderr).unwrap();
        text.push_str(&known(&shop));
    }
    write!(text, "in the journal:\n{}", told(&shop)).unwrap();
    expect![[r#"
        added:
        a-1 alice 2026-02
        a-2 alice 2026-02
        $ card a-2 alice --expires 2031-05 --reason renewed
        a-2 is active; next due 2026-02-01 10:00 +09:00
        a-1 alice 2031-05
        a-2 alice 2031-05
        $ card a-2 alice --expires 2031-05
        a-2 is active; nothing changed; next due 2026-02-01 10:00 +09:00
        a-1 alice 2031-05
        a-2 alice 2031-05
        $ card a-2 alice
        a-2 is active; nothing changed; next due 2026-02-01 10:00 +09:00
        a-1 alice 2031-05
        a-2 alice 2031-05
        $ card a-1 alice-new
        a-1 is active; next due 2026-01-31 10:00 +09:00
        a-1 alice-new -
        a-2 alice 2031-05
        $ card a-2 alice-new --expires 2029-12
        a-2 is active; next due 2026-02-01 10:00 +09:00
        a-1 alice-new 2029-12
        a-2 alice-new 2029-12
        $ card a-1 bob
        a-1 is active; next due 2026-01-31 10:00 +09:00
        a-1 bob -
        a-2 alice-new 2029-12
        $ card a-1 alice-new
        a-1 is active; next due 2026-01-31 10:00 +09:00
        a-1 alice-new 2029-12
        a-2 alice-new 2029-12
        $ add alice-new --plan basic --id a-3 --anchor 2026-02-01T10:00:00+09:00 --card-expires 2030-01
        a-3 added: first cycle due 2026-02-01 10:00 +09:00
        a-1 alice-new 2030-01
        a-2 alice-new 2030-01
        a-3 alice-new 2030-01
        in the journal:
        "a-1" 203105 "renewed"
        "a-2" 203105 "renewed"
        "a-1" 202912 null
        "a-1" 203001 null
        "a-2" 203001 null
    "#]].assert_eq(&text);
}

#[test]
fn what_is_no_month_or_contradicts_is_refused_and_nothing_is_kept_of_it() {
    let shop = shop();
    let row = "customer_uid,plan,anchor,id,card_expires\n";
    let good = "carol,basic,2026-02-01T10:00:00+09:00,c-1,2027-12\n";
    let rows = format!("{row}{good}dave,basic,2026-02-01T10:00:00+09:00,d-1,12/27\n");
    let file = shop.file("some.csv", &rows);
    let data = shop.file("data.csv", &row.replace("card_expires", "card_number"));
    check(
        &shop,
        &[
            "add bob --plan basic --card-expires 03/27",
            "add bob --plan basic --card-expires 2027-13",
            "card a-1 alice --expires 4111111111111111",
            "add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --card-expires 2026-03",
            &format!("import {file}"),
            &format!("import {file}"),
            &format!("import {data}"),
            "cancel a-1",
            "card a-1 alice --expires 2030-01",
        ],
        &expect![[r#"
            $ dues add bob --plan basic --card-expires 03/27
            dues: --card-expires: "03/27" is not the month in which a card expires: write the year and the month, such as 2027-03
            [2]
            $ dues add bob --plan basic --card-expires 2027-13
            dues: --card-expires: "2027-13" is not the month in which a card expires: write the year and the month, such as 2027-03
            [2]
            $ dues card a-1 alice --expires 4111111111111111
            dues: --expires: what was written is not the month in which a card expires: write the year and the month, such as 2027-03
            [2]
            $ dues add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --card-expires 2026-03
            dues: subscription "a-1" exists already and differs in card_expires (see `dues card`): choose another id
            [6]
            $ dues import DIR/some.csv
            added 1, already there 0, refused 1
            DIR/some.csv:3: card_expires: "12/27" is not the month in which a card expires: write the year and the month, such as 2027-03
            [3]
            $ dues import DIR/some.csv
            added 0, already there 1, refused 1
            DIR/some.csv:3: card_expires: "12/27" is not the month in which a card expires: write the year and the month, such as 2027-03
            [3]
            $ dues import DIR/data.csv
            dues: DIR/data.csv:1: column "card_number" is not known: there are customer_uid, plan, anchor, id, next_cycle, quantity, coupon, card_expires
            [2]
            $ dues cancel a-1
            a-1 is canceled; not charged any more: cycle 0
            [0]
            $ dues card a-1 alice --expires 2030-01
            dues: cannot change the card of a subscription that is canceled
            [6]
        "#]],
    );
    let card = r#"{"customer_uid":"alice","card_number":"4111111111111111"}"#;
    let said = shop.ask("POST", "/v1/subscriptions/a-2/card", card);
    expect![[r#"
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"the body cannot be read: unknown field `card_number`, expected one of `customer_uid`, `expires`, `reason` at line 1 column 37"}}"#]].assert_eq(&said);
    expect![[r#"
        a-1 alice 2026-02
        a-2 alice 2026-02
        c-1 carol 2027-12
    "#]]
    .assert_eq(&known(&shop));
    let journal = shop.dues("export events -o jsonl").stdout;
    assert!(!journal.contains("4111"), "{journal}");
}

/// Ann is charged on the last of January, when her card is good for some hours more; Bob and Eve five days later.
/// Dan's has been over for long, and Eve's is good for another month.
fn fleet() -> Shop {
    let shop = Shop::open();
    let rows = "customer_uid,plan,anchor,id,card_expires\n\
                ann,basic,2026-01-31T10:00:00+09:00,a-1,2026-01\n\
                bob,basic,2026-02-05T10:00:00+09:00,b-1,2026-01\n\
                dan,yearly,2026-02-01T10:00:00+09:00,d-1,2025-11\n\
                eve,basic,2026-02-05T10:00:00+09:00,e-1,2026-02\n\
                fay,basic,2026-02-05T10:00:00+09:00,f-1,\n\
                gil,basic,2026-02-05T10:00:00+09:00,g-1,2026-01\n";
    let file = shop.file("all.csv", rows);
    for words in [&format!("import {file}"), "pause g-1"] {
        assert_eq!(shop.dues(words).code, 0, "{words}");
    }
    shop
}

#[test]
fn whom_to_ask_for_another_card_is_listed() {
    let shop = fleet();
    check(
        &shop,
        &["cards", "cards --days 60 -o csv", "cards --days 0"],
        &expect![[r#"
            $ dues cards
            SUBSCRIPTION  CUSTOMER  PLAN    EXPIRES  CYCLE  CHARGED
            d-1           dan       yearly  2025-11      0  2026-02-01 10:00 +09:00
            b-1           bob       basic   2026-01      0  2026-02-05 10:00 +09:00
            dues card ID CUSTOMER_UID --expires YYYY-MM says which card is charged from then on
            [0]
            $ dues cards --days 60 -o csv
            subscription,customer_uid,plan,card_expires,cycle,at
            d-1,dan,yearly,2025-11,0,2026-02-01T01:00:00Z
            a-1,ann,basic,2026-01,1,2026-02-28T01:00:00Z
            b-1,bob,basic,2026-01,0,2026-02-05T01:00:00Z
            e-1,eve,basic,2026-02,1,2026-03-05T01:00:00Z
            [0]
            $ dues cards --days 0
            error: invalid value '0' for '--days <N>': ask for 1 to 366

            For more information, try '--help'.
            [2]
        "#]],
    );
    let page = shop.ask("GET", "/v1/cards?days=60&after=202601.1", "");
    expect![[r#"
        HTTP/1.1 200 OK
        {"rows":[{"subscription":"b-1","customer_uid":"bob","plan":"basic","card_expires":"2026-01","cycle":0,"at":"2026-02-05T01:00:00Z"},{"subscription":"e-1","customer_uid":"eve","plan":"basic","card_expires":"2026-02","cycle":1,"at":"2026-03-05T01:00:00Z"}],"next":null}"#]].assert_eq(&page);
}

#[test]
fn a_card_that_does_not_live_to_see_its_charge_is_told_where_people_look() {
    check(
        &fleet(),
        &["show b-1", "show e-1", "explain b-1"],
        &expect![[r#"
            $ dues show b-1
            subscription  b-1
            customer      bob
            card          expires 2026-01, before cycle 0 is charged at 2026-02-05 10:00 +09:00: ask for another (`dues card`)
            plan          basic (version 1), 9,900 KRW
            status        active
            anchor        2026-02-05 10:00 +09:00
            agreed to     9,900 KRW at 2026-01-15 09:00 +09:00
            next due      2026-02-05 10:00 +09:00
            next try      2026-02-05 10:00 +09:00

            CYCLE  DUE                         AMOUNT  STATE      NEXT LOOK                TRIES  MERCHANT_UID  PAID, OR WHY NOT
                0  2026-02-05 10:00 +09:00  9,900 KRW  scheduled  2026-02-05 10:00 +09:00      0  shop-b-1-0
            [0]
            $ dues show e-1
            subscription  e-1
            customer      eve
            card          expires 2026-02
            plan          basic (version 1), 9,900 KRW
            status        active
            anchor        2026-02-05 10:00 +09:00
            agreed to     9,900 KRW at 2026-01-15 09:00 +09:00
            next due      2026-02-05 10:00 +09:00
            next try      2026-02-05 10:00 +09:00

            CYCLE  DUE                         AMOUNT  STATE      NEXT LOOK                TRIES  MERCHANT_UID  PAID, OR WHY NOT
                0  2026-02-05 10:00 +09:00  9,900 KRW  scheduled  2026-02-05 10:00 +09:00      0  shop-e-1-0
            [0]
            $ dues explain b-1
            b-1 of bob on plan basic (version 1): active
              card        expires 2026-01, before cycle 0 is charged at 2026-02-05 10:00 +09:00: ask for another (`dues card`)

            cycle 0: 9,900 KRW, scheduled
              due         anchor 2026-02-05 10:00 +09:00 in Asia/Seoul
              first try   2026-02-05 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
              price       plan basic, version 1: amount 9,900
              cycle       yes  it was not tried yet
              amount      yes  9,900 KRW
              status      yes  active
              hold        yes  none
              card        yes  no other charge of it is open
              moment      NO   it is looked at from 2026-02-05 10:00 +09:00 on
              catch-up    yes  no later cycle is due (charge_one)
              consent     yes  its price is not above what was agreed to
              window      yes  all day but 23:30-00:40 KST is open
              daemon      yes  charging
              next        2026-02-05 10:00 +09:00: attempt 1 is sent
            [0]
        "#]],
    );
}

#[test]
fn nobody_is_asked_again_who_has_another_card_or_left() {
    let shop = fleet();
    let counts = |text: &str| shop.dues("status").stdout.contains(text);
    assert!(counts("; 3 with an expiring card (dues cards)\n"));
    check(
        &shop,
        &[
            "card b-1 bob-new --expires 2031-02",
            "cancel d-1",
            "cards",
            "show b-1",
        ],
        &expect![[r#"
            $ dues card b-1 bob-new --expires 2031-02
            b-1 is active; next due 2026-02-05 10:00 +09:00
            [0]
            $ dues cancel d-1
            d-1 is canceled; not charged any more: cycle 0
            [0]
            $ dues cards
            nobody has to be asked: no card is known to expire before it is charged
            [0]
            $ dues show b-1
            subscription  b-1
            customer      bob-new
            card          expires 2031-02
            plan          basic (version 1), 9,900 KRW
            status        active
            anchor        2026-02-05 10:00 +09:00
            agreed to     9,900 KRW at 2026-01-15 09:00 +09:00
            next due      2026-02-05 10:00 +09:00
            next try      2026-02-05 10:00 +09:00

            CYCLE  DUE                         AMOUNT  STATE      NEXT LOOK                TRIES  MERCHANT_UID  PAID, OR WHY NOT
                0  2026-02-05 10:00 +09:00  9,900 KRW  scheduled  2026-02-05 10:00 +09:00      0  shop-b-1-0
            [0]
        "#]],
    );
    assert!(counts("; 2 with an expiring card (dues cards)\n"));
}
