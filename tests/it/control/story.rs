//! What an operator does all day, and what the commands say.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::shop::Shop;

/// Runs the commands in turn and compares everything they say.
pub(super) fn check(shop: &Shop, commands: &[&str], expected: &Expect) {
    let mut text = String::new();
    for words in commands {
        let mut said = shop.dues(words);
        // The journal names the user, and its columns are as wide as that name.
        let journal_at = said.stdout.find("\nAT  ").unwrap_or(said.stdout.len());
        said.stdout.truncate(journal_at);
        let words = words.replace(shop.path("").to_str().unwrap(), "DIR/");
        writeln!(
            text,
            "$ dues {words}\n{}{}[{}]",
            said.stdout, said.stderr, said.code
        )
        .unwrap();
    }
    expected.assert_eq(&text);
}

const ADD_ALICE: &str = "add alice --plan basic --id alice-1 --anchor 2026-01-31T10:00:00+09:00";

#[test]
fn a_subscription_is_added_paused_resumed_and_canceled() {
    let shop = Shop::open();
    check(
        &shop,
        &[
            ADD_ALICE,
            ADD_ALICE,
            "add bob --plan yearly --anchor 2026-02-01T00:00:00+09:00",
            "list",
            "pause alice-1",
            "pause alice-1",
            "list --status paused -o csv",
            "resume alice-1",
            "cancel alice-1",
            "cancel alice-1",
            "resume alice-1",
        ],
        &expect![[r#"
            $ dues add alice --plan basic --id alice-1 --anchor 2026-01-31T10:00:00+09:00
            alice-1 added: first cycle due 2026-01-31 10:00 +09:00
            [0]
            $ dues add alice --plan basic --id alice-1 --anchor 2026-01-31T10:00:00+09:00
            alice-1 is there already, just so: nothing changed
            [0]
            $ dues add bob --plan yearly --anchor 2026-02-01T00:00:00+09:00
            sxx6896a4k1zahedv added: first cycle due 2026-02-01 00:00 +09:00
            [0]
            $ dues list
            ID                 CUSTOMER  PLAN        AMOUNT  STATUS  NEXT DUE                 HOLD
            alice-1            alice     basic    9,900 KRW  active  2026-01-31 10:00 +09:00
            sxx6896a4k1zahedv  bob       yearly  99,000 KRW  active  2026-02-01 00:00 +09:00
            [0]
            $ dues pause alice-1
            alice-1 is paused; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues pause alice-1
            alice-1 is paused; nothing changed; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues list --status paused -o csv
            id,customer_uid,plan,plan_version,amount,quantity,coupon,discount,status,hold,anchor_at,created_at,ended_at,agreed_at,agreed_won,next_version,next_version_at,ends_at,resumes_at,moved_at,credit,card_dead,card_expires,newest_cycle,next_due_at,next_wake_at
            alice-1,alice,basic,1,9900,1,,,paused,,2026-01-31T01:00:00Z,2026-01-15T00:00:00Z,,2026-01-15T00:00:00Z,9900,,,,,,,,,0,2026-01-31T01:00:00Z,2026-01-31T01:00:00Z
            [0]
            $ dues resume alice-1
            alice-1 is active; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues cancel alice-1
            alice-1 is canceled; not charged any more: cycle 0
            [0]
            $ dues cancel alice-1
            alice-1 is canceled; nothing changed
            [0]
            $ dues resume alice-1
            dues: cannot resume a subscription that is canceled
            [6]
        "#]],
    );
}

#[test]
fn the_front_page_and_the_page_of_a_subscription() {
    let shop = Shop::open();
    check(
        &shop,
        &[
            ADD_ALICE,
            "card alice-1 alice-new",
            "show alice-1",
            "status",
        ],
        &expect![[r#"
            $ dues add alice --plan basic --id alice-1 --anchor 2026-01-31T10:00:00+09:00
            alice-1 added: first cycle due 2026-01-31 10:00 +09:00
            [0]
            $ dues card alice-1 alice-new
            alice-1 is active; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues show alice-1
            subscription  alice-1
            customer      alice-new
            plan          basic (version 1), 9,900 KRW
            status        active
            anchor        2026-01-31 10:00 +09:00
            agreed to     9,900 KRW at 2026-01-15 09:00 +09:00
            next due      2026-01-31 10:00 +09:00
            next try      2026-01-31 10:00 +09:00

            CYCLE  DUE                         AMOUNT  STATE      NEXT LOOK                TRIES  MERCHANT_UID    PAID, OR WHY NOT
                0  2026-01-31 10:00 +09:00  9,900 KRW  scheduled  2026-01-31 10:00 +09:00      0  shop-alice-1-0
            [0]
            $ dues status
            ok
            in doubt       0
            due            0 now, 0 within 24 h; next 2026-01-31 10:00 +09:00
            dunning        0
            held           none
            subscriptions  1 active
            last 24 h      0 paid, 0 KRW
            clock          2026-01-15 09:00 +09:00, the machine's 0 s ahead
            gateway        gateway.example (live): 0 under way, 0 answered, 0 of them paid, 0 without an answer
            daemon         dues 0.0.0 since 2026-01-15 09:00 +09:00
            [0]
        "#]],
    );
    let by = format!("by uid:{}", rustix::process::geteuid().as_raw());
    let journal: serde_json::Value =
        serde_json::from_str(&shop.dues("show alice-1 --json").stdout).unwrap();
    let events = journal["events"].as_array().unwrap().iter();
    let told: Vec<String> = events
        .map(|event| format!("{} by {}", event["kind"], event["actor"]).replace('"', ""))
        .collect();
    let kinds = ["card_changed", "card_changed", "added"];
    assert_eq!(told, kinds.map(|kind| format!("{kind} {by}")));

    let by_card = shop.dues("show alice-new --json");
    assert_eq!(by_card, shop.dues("show alice-1 --json"));
    assert_eq!(shop.dues("show alice").code, 5);
    assert!(
        shop.dues("status --json")
            .stdout
            .starts_with("{\n  \"health\": \"ok\"")
    );
}

#[test]
fn an_import_is_repeatable_and_names_bad_rows() {
    let shop = Shop::open();
    let file = shop.file(
        "all.csv",
        "customer_uid,plan,anchor,id\n\
         alice,basic,2026-01-31T10:00:00+09:00,\n\
         bob,gold,2026-01-31T10:00:00+09:00,\n\
         carol,yearly,2026-01-31T10:00:00,\n\
         dave,yearly,2026-02-01T10:00:00+09:00,d1\n\
         erin,basic,2020-01-01T10:00:00+09:00,\n\
         frank,basic,,\n",
    );
    let import = format!("import {file}");
    check(
        &shop,
        &[
            &import,
            &import,
            &format!("{import} --json"),
            "export subscriptions",
            "export cycles",
        ],
        &expect![[r#"
            $ dues import DIR/all.csv
            added 2, already there 0, refused 4
            DIR/all.csv:3: plan "gold" does not exist: the configuration has basic, yearly
            DIR/all.csv:4: anchor "2026-01-31T10:00:00" is not an instant: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            DIR/all.csv:6: cycles 0 to 72 would be due at once: say next_cycle = 72 to charge the current one, or 73 to start with the next
            DIR/all.csv:7: anchor is missing: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            [3]
            $ dues import DIR/all.csv
            added 0, already there 2, refused 4
            DIR/all.csv:3: plan "gold" does not exist: the configuration has basic, yearly
            DIR/all.csv:4: anchor "2026-01-31T10:00:00" is not an instant: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            DIR/all.csv:6: cycles 0 to 72 would be due at once: say next_cycle = 72 to charge the current one, or 73 to start with the next
            DIR/all.csv:7: anchor is missing: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            [3]
            $ dues import DIR/all.csv --json
            {
              "added": 0,
              "already_there": 2,
              "refused": 4
            }
            DIR/all.csv:3: plan "gold" does not exist: the configuration has basic, yearly
            DIR/all.csv:4: anchor "2026-01-31T10:00:00" is not an instant: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            DIR/all.csv:6: cycles 0 to 72 would be due at once: say next_cycle = 72 to charge the current one, or 73 to start with the next
            DIR/all.csv:7: anchor is missing: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
            [3]
            $ dues export subscriptions
            {"id":"skq0h5barzpdwmnhz","customer_uid":"alice","plan":"basic","plan_version":1,"amount":9900,"quantity":1,"coupon":null,"discount":null,"status":"active","hold":null,"anchor_at":"2026-01-31T01:00:00Z","created_at":"2026-01-15T00:00:00Z","ended_at":null,"agreed_at":"2026-01-15T00:00:00Z","agreed_won":9900,"next_version":null,"next_version_at":null,"ends_at":null,"resumes_at":null,"moved_at":null,"credit":null,"card_dead":null,"card_expires":null,"newest_cycle":0,"next_due_at":"2026-01-31T01:00:00Z","next_wake_at":"2026-01-31T01:00:00Z"}
            {"id":"d1","customer_uid":"dave","plan":"yearly","plan_version":1,"amount":99000,"quantity":1,"coupon":null,"discount":null,"status":"active","hold":null,"anchor_at":"2026-02-01T01:00:00Z","created_at":"2026-01-15T00:00:00Z","ended_at":null,"agreed_at":"2026-01-15T00:00:00Z","agreed_won":99000,"next_version":null,"next_version_at":null,"ends_at":null,"resumes_at":null,"moved_at":null,"credit":null,"card_dead":null,"card_expires":null,"newest_cycle":0,"next_due_at":"2026-02-01T01:00:00Z","next_wake_at":"2026-02-01T01:00:00Z"}
            [0]
            $ dues export cycles
            {"subscription":"skq0h5barzpdwmnhz","customer_uid":"alice","plan":"basic","cycle":0,"due_at":"2026-01-31T01:00:00Z","amount":9900,"credit":null,"state":"scheduled","merchant_uid":"shop-skq0h5barzpdwmnhz-0","imp_uid":null,"paid_at":null,"attempts":0,"declines":0,"refunded":0,"cause":null,"class":null,"code":null,"message":null,"wake_at":"2026-01-31T01:00:00Z"}
            {"subscription":"d1","customer_uid":"dave","plan":"yearly","cycle":0,"due_at":"2026-02-01T01:00:00Z","amount":99000,"credit":null,"state":"scheduled","merchant_uid":"shop-d1-0","imp_uid":null,"paid_at":null,"attempts":0,"declines":0,"refunded":0,"cause":null,"class":null,"code":null,"message":null,"wake_at":"2026-02-01T01:00:00Z"}
            [0]
        "#]],
    );
}

#[test]
fn of_two_rows_about_the_same_the_first_counts_in_whatever_batch_they_are() {
    let shop = Shop::open();
    let mut file = String::from("customer_uid,plan,anchor,id\n");
    for number in 0..2_000 {
        // Each is asked for again, some batches later, on another plan.
        let (id, plan) = (number % 1_000, ["basic", "yearly"][number / 1_000]);
        writeln!(file, "c{id},{plan},2026-02-01T00:00:00+09:00,s{id}").unwrap();
    }
    let said = shop.dues_with("import -", &file);
    assert_eq!(said.stdout, "added 1000, already there 0, refused 1000\n");
    let plans = shop.dues("export subscriptions").stdout;
    assert_eq!(plans.matches(r#""plan":"basic""#).count(), 1_000);
}

#[test]
fn a_file_of_several_batches_comes_through_stdin() {
    let shop = Shop::open();
    let mut file = String::from("customer_uid,plan,anchor\n");
    for number in 0..1_203 {
        writeln!(file, "c{number},basic,2026-02-01T00:00:00+09:00").unwrap();
    }
    for counts in ["added 1203, already there 0", "added 0, already there 1203"] {
        let said = shop.dues_with("import -", &file);
        assert_eq!(said.stdout, format!("{counts}, refused 0\n"));
        assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    }
    // More than one page each.
    for what in ["subscriptions", "cycles"] {
        assert_eq!(
            shop.dues(&format!("export {what}")).stdout.lines().count(),
            1_203
        );
    }
    assert_eq!(
        shop.dues("export events -o csv").stdout.lines().count(),
        1_203 + 1 + 2
    );
    assert_eq!(shop.dues("list").stdout.lines().count(), 1_203 + 1);
}

/// The page of a paused subscription named a next try.
#[test]
fn nothing_is_tried_of_what_stands_still() {
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00");
    let next = || {
        let page = shop.dues("show a-1").stdout;
        let lines = page.lines().filter(|line| line.starts_with("next "));
        lines.map(str::to_owned).collect::<Vec<_>>().join("; ")
    };
    let going = next();
    shop.dues("pause a-1");
    expect![[r#"
        next due      2026-01-31 10:00 +09:00; next try      2026-01-31 10:00 +09:00
        next due      2026-01-31 10:00 +09:00; next look     2026-01-31 10:00 +09:00"#]]
    .assert_eq(&format!("{going}\n{}", next()));
}
