//! What is refused, in which words, with which code; and that a refusal leaves nothing behind.

use std::fmt::Write;

use expect_test::expect;

use super::shop::{Shop, dues};

#[test]
fn bad_input_is_refused_whole() {
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00");
    let before = shop.dues("export events").stdout;

    let long = format!(
        "add {} --plan basic --anchor 2026-01-31T10:00:00Z",
        "c".repeat(81)
    );
    let commands = [
        long.as_str(),
        "add bob --plan gold --anchor 2026-01-31T10:00:00Z",
        "add bob --plan basic --anchor 2026-01-31T10:00:00",
        "add bob --plan basic --anchor 2025-01-31T10:00:00Z",
        "add bob --plan basic --anchor 2026-01-31T10:00:00Z --next-cycle 4000000",
        "add bob --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00",
        "add alice --plan basic",
        "show nobody",
        "show ..",
        "pause nobody",
        "card a1 bad\u{a0}card",
        "list --status gone",
        "status -o csv",
        "export cycles -o table",
        "resume a1 --skip-missed --charge-latest",
        "import nowhere.csv",
    ];
    let mut text = String::new();
    for words in commands {
        let said = shop.dues(words);
        assert_eq!(said.stdout, "", "{words}");
        let first = said.stderr.lines().next().unwrap();
        writeln!(text, "[{}] {first}", said.code).unwrap();
    }
    expect![[r#"
        [2] error: invalid value 'ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc' for '<CUSTOMER_UID>': "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" is not a customer_uid: it has 81 characters; write 1 to 80 characters: printable ASCII without spaces
        [2] dues: plan "gold" does not exist: the configuration has basic, yearly
        [2] error: invalid value '2026-01-31T10:00:00' for '--anchor <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] dues: cycles 0 to 11 would be due at once: say next_cycle = 11 to charge the current one, or 12 to start with the next
        [2] error: invalid value '4000000' for '--next-cycle <N>': cycles are counted from 0 to 99999
        [6] dues: subscription "a1" exists already and differs in customer_uid: choose another id
        [6] dues: "alice" is on plan "basic" already, as subscription "a1": say id or anchor to add another
        [5] dues: no subscription has the id "nobody": `dues list` shows them
        [5] dues: no subscription has the id "..": `dues list` shows them
        [5] dues: no subscription has the id "nobody": `dues list` shows them
        [2] error: invalid value 'bad card' for '<NEW_CUSTOMER_UID>': "bad\u{a0}card" is not a customer_uid: it contains '\u{a0}'; write 1 to 80 characters: printable ASCII without spaces
        [2] error: invalid value 'gone' for '--status <STATUS>'
        [2] dues: this command does not write csv: -o takes table, json, jsonl here
        [2] dues: this command does not write table: -o takes jsonl, json, csv here
        [2] error: the argument '--skip-missed' cannot be used with '--charge-latest'
        [2] dues: nowhere.csv: cannot be read: No such file or directory (os error 2); name the file of rows, or - for standard input
    "#]].assert_eq(&text);
    assert_eq!(shop.dues("export events").stdout, before);
}

/// Changes in which a value is none.
const CHANGES_TYPED_WRONG: [&str; 23] = [
    "add bad\u{a0}card --plan basic",
    "add alice --plan my.plan",
    "add alice --plan basic --id a/1",
    "add alice --plan basic --anchor 2026-02-30T10:00:00+09:00",
    "add alice --plan basic --anchor 2026-02-28T10:00:00",
    "add alice --plan basic --next-cycle -1",
    "add alice --plan basic --next-cycle 100000",
    "add alice --plan basic --quantity 0",
    "add alice --plan basic --coupon 10%",
    "pause a1 --until 2026-13-01",
    "consent a1 --at 2026-03-01 --amount 9900 --evidence mail",
    "consent a1 --at 2026-03-01T00:00:00+09:00 --amount 9,900 --evidence mail",
    "consent a1 --at 2026-03-01T00:00:00+09:00 --amount 0 --evidence mail",
    "consent a1 --at 2026-03-01T00:00:00+09:00 --amount 9900 --evidence=",
    "change-plan a1 my.plan",
    "change-quantity a1 0",
    "change-quantity a1 -1",
    "change-quantity a1 many",
    "skip a1 --cycle 1.5",
    "coupon a1 10%",
    "retry a1 --reason=",
    "retry a1 --cycle 4294967296 --reason why",
    "card a1 bad\u{a0}card",
];

/// Questions in which a value is none.
const QUESTIONS_TYPED_WRONG: [&str; 11] = [
    "list --status gone",
    "explain a1 --cycle two",
    "preview a1 --until 2026-13-01",
    "preview a1 --cycles 0",
    "preview --plan basic --from soon",
    "preview --plan basic --quantity 10001",
    "preview --plan basic --coupon 10%",
    "report recovery --since 2026-01-31",
    "plan diff --cycles 121",
    "plan apply h --idempotency-key k\u{e9}",
    "consents --days 367",
];

#[test]
fn a_change_that_is_typed_wrong_is_refused_before_anybody_is_asked() {
    expect![[r#"
        [2] add bad card --plan basic
            error: invalid value 'bad card' for '<CUSTOMER_UID>': "bad\u{a0}card" is not a customer_uid: it contains '\u{a0}'; write 1 to 80 characters: printable ASCII without spaces
        [2] add alice --plan my.plan
            error: invalid value 'my.plan' for '--plan <ID>': "my.plan" is not a plan id: it contains '.'; write 1 to 40 characters: letters, digits, _ and -
        [2] add alice --plan basic --id a/1
            error: invalid value 'a/1' for '--id <ID>': "a/1" is not a subscription id: it contains '/'; write 1 to 24 characters: letters, digits, _ and -
        [2] add alice --plan basic --anchor 2026-02-30T10:00:00+09:00
            error: invalid value '2026-02-30T10:00:00+09:00' for '--anchor <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] add alice --plan basic --anchor 2026-02-28T10:00:00
            error: invalid value '2026-02-28T10:00:00' for '--anchor <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] add alice --plan basic --next-cycle -1
            error: unexpected argument '-1' found
        [2] add alice --plan basic --next-cycle 100000
            error: invalid value '100000' for '--next-cycle <N>': cycles are counted from 0 to 99999
        [2] add alice --plan basic --quantity 0
            error: invalid value '0' for '--quantity <N>': 0 is not a quantity: it is a whole number from 1 to 10000
        [2] add alice --plan basic --coupon 10%
            error: invalid value '10%' for '--coupon <CODE>': "10%" is not a coupon: it contains '%'; write 1 to 40 characters: letters, digits, _ and -
        [2] pause a1 --until 2026-13-01
            error: invalid value '2026-13-01' for '--until <DATE>': there is no such day or instant; write a date, such as 2026-03-01, or a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] consent a1 --at 2026-03-01 --amount 9900 --evidence mail
            error: invalid value '2026-03-01' for '--at <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] consent a1 --at 2026-03-01T00:00:00+09:00 --amount 9,900 --evidence mail
            error: invalid value '9,900' for '--amount <WON>': write a whole number, in digits alone
        [2] consent a1 --at 2026-03-01T00:00:00+09:00 --amount 0 --evidence mail
            error: invalid value '0' for '--amount <WON>': 0 won cannot be charged: an amount is a whole number from 1 to 1000000000
        [2] consent a1 --at 2026-03-01T00:00:00+09:00 --amount 9900 --evidence=
            error: invalid value '' for '--evidence <TEXT>': it is empty
        [2] change-plan a1 my.plan
            error: invalid value 'my.plan' for '<PLAN>': "my.plan" is not a plan id: it contains '.'; write 1 to 40 characters: letters, digits, _ and -
        [2] change-quantity a1 0
            error: invalid value '0' for '<QUANTITY>': 0 is not a quantity: it is a whole number from 1 to 10000
        [2] change-quantity a1 -1
            error: invalid value '-1' for '<QUANTITY>': -1 is not a quantity: it is a whole number from 1 to 10000
        [2] change-quantity a1 many
            error: invalid value 'many' for '<QUANTITY>': write a whole number, in digits alone
        [2] skip a1 --cycle 1.5
            error: invalid value '1.5' for '--cycle <N>': write a whole number, in digits alone
        [2] coupon a1 10%
            error: invalid value '10%' for '<CODE>': "10%" is not a coupon: it contains '%'; write 1 to 40 characters: letters, digits, _ and -
        [2] retry a1 --reason=
            error: invalid value '' for '--reason <TEXT>': it is empty
        [2] retry a1 --cycle 4294967296 --reason why
            error: invalid value '4294967296' for '--cycle <N>': cycles are counted from 0 to 99999
        [2] card a1 bad card
            error: invalid value 'bad card' for '<NEW_CUSTOMER_UID>': "bad\u{a0}card" is not a customer_uid: it contains '\u{a0}'; write 1 to 80 characters: printable ASCII without spaces
    "#]]
    .assert_eq(&without_a_daemon(&CHANGES_TYPED_WRONG));
}

#[test]
fn a_question_that_is_typed_wrong_is_refused_before_anybody_is_asked() {
    expect![[r#"
        [2] list --status gone
            error: invalid value 'gone' for '--status <STATUS>'
        [2] explain a1 --cycle two
            error: invalid value 'two' for '--cycle <N>': write a whole number, in digits alone
        [2] preview a1 --until 2026-13-01
            error: invalid value '2026-13-01' for '--until <DATE>': there is no such day or instant; write a date, such as 2026-03-01, or a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] preview a1 --cycles 0
            error: invalid value '0' for '--cycles <N>': ask for 1 to 1200
        [2] preview --plan basic --from soon
            error: invalid value 'soon' for '--from <DATE>': there is no such day or instant; write a date, such as 2026-03-01, or a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] preview --plan basic --quantity 10001
            error: invalid value '10001' for '--quantity <N>': 10001 is not a quantity: it is a whole number from 1 to 10000
        [2] preview --plan basic --coupon 10%
            error: invalid value '10%' for '--coupon <CODE>': "10%" is not a coupon: it contains '%'; write 1 to 40 characters: letters, digits, _ and -
        [2] report recovery --since 2026-01-31
            error: invalid value '2026-01-31' for '--since <RFC3339>': there is no such instant; write a date, a time and an offset, such as 2026-03-01T00:00:00+09:00
        [2] plan diff --cycles 121
            error: invalid value '121' for '--cycles <N>': ask for 1 to 120
        [2] plan apply h --idempotency-key ké
            error: invalid value 'ké' for '--idempotency-key <KEY>': "ké" is not a valid idempotency key: it contains 'é'; write 1 to 200 characters: printable ASCII without spaces
        [2] consents --days 367
            error: invalid value '367' for '--days <N>': ask for 1 to 366
    "#]]
    .assert_eq(&without_a_daemon(&QUESTIONS_TYPED_WRONG));
}

/// What is said where no daemon is: whoever types a value wrong is told so, and not that nobody answers.
fn without_a_daemon(commands: &[&str]) -> String {
    let nowhere = tempfile::tempdir().unwrap();
    let socket = nowhere.path().join("dues.sock");
    let mut text = String::new();
    for words in commands {
        let said = dues(&socket, words, "");
        let first = said.stderr.lines().next().unwrap();
        writeln!(text, "[{}] {words}\n    {first}", said.code).unwrap();
    }
    text
}

/// What another program might send: method, path and body.
const REQUESTS: [(&str, &str, &str); 18] = [
    ("GET", "/", ""),
    ("DELETE", "/v1/status", ""),
    ("POST", "/v1/subscriptions", "customer_uid=alice"),
    (
        "POST",
        "/v1/subscriptions",
        r#"{"customer_uid":"alice","plan":"basic","anker":1}"#,
    ),
    (
        "POST",
        "/v1/subscriptions",
        r#"[{"customer_uid":1},{"customer_uid":"a","plan":"basic"}]"#,
    ),
    ("POST", "/v1/subscriptions/a/pause", r#"{"missed":"skip"}"#),
    ("POST", "/v1/subscriptions/a/resume", r#"{"missed":"all"}"#),
    ("POST", "/v1/subscriptions/a/resume", ""),
    (
        "POST",
        "/v1/subscriptions",
        r#"{"customer_uid":"alice","plan":"basic","anchor":"2026-01-31T10:00:00Z","quantity":0}"#,
    ),
    (
        "POST",
        "/v1/subscriptions/a/pause",
        r#"{"until":"2026-13-01"}"#,
    ),
    (
        "POST",
        "/v1/subscriptions/a/card",
        r#"{"customer_uid":"two words"}"#,
    ),
    (
        "POST",
        "/v1/subscriptions/a/consent",
        r#"{"at":"yesterday","amount":9900,"evidence":"mail"}"#,
    ),
    ("GET", "/v1/consents?days=0", ""),
    ("GET", "/v1/plans/diff?cycles=121", ""),
    ("GET", "/v1/subscriptions?limit=0", ""),
    ("GET", "/v1/subscriptions?page=2", ""),
    ("GET", "/v1/export/cycles?after=7", ""),
    ("GET", "/v1/export/plans", ""),
];

#[test]
fn requests_of_other_programs_are_told_what_is_wrong() {
    let shop = Shop::open();
    let mut text = String::new();
    for (method, path, body) in REQUESTS {
        writeln!(
            text,
            "{method} {path} {body}\n{}\n",
            shop.ask(method, path, body)
        )
        .unwrap();
    }
    expect![[r#"
        GET / 
        HTTP/1.1 404 Not Found
        {"error":{"kind":"not_found","message":"no such path: this daemon answers under /v1"}}

        DELETE /v1/status 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"this path takes another method: GET reads, POST changes"}}

        POST /v1/subscriptions customer_uid=alice
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"the body cannot be read: expected value at line 1 column 1"}}

        POST /v1/subscriptions {"customer_uid":"alice","plan":"basic","anker":1}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"unknown field `anker`, expected one of `customer_uid`, `plan`, `anchor`, `id`, `next_cycle`, `quantity`, `coupon`, `card_expires`, `reason`"}}

        POST /v1/subscriptions [{"customer_uid":1},{"customer_uid":"a","plan":"basic"}]
        HTTP/1.1 200 OK
        [{"error":{"kind":"invalid","message":"invalid type: integer `1`, expected a string"}},{"error":{"kind":"invalid","message":"anchor is missing: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00"}}]

        POST /v1/subscriptions/a/pause {"missed":"skip"}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"missed goes with until: say it when you resume the subscription"}}

        POST /v1/subscriptions/a/resume {"missed":"all"}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"the body cannot be read: unknown variant `all`, expected one of `skip`, `charge_latest`, `move_anchor` at line 1 column 15"}}

        POST /v1/subscriptions/a/resume 
        HTTP/1.1 404 Not Found
        {"error":{"kind":"not_found","message":"no subscription has the id \"a\": `dues list` shows them"}}

        POST /v1/subscriptions {"customer_uid":"alice","plan":"basic","anchor":"2026-01-31T10:00:00Z","quantity":0}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"0 is not a quantity: it is a whole number from 1 to 10000"}}

        POST /v1/subscriptions/a/pause {"until":"2026-13-01"}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"until \"2026-13-01\" is no instant: write one such as 2026-03-01T00:00:00+09:00"}}

        POST /v1/subscriptions/a/card {"customer_uid":"two words"}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"\"two words\" is not a customer_uid: it contains ' '; write 1 to 80 characters: printable ASCII without spaces"}}

        POST /v1/subscriptions/a/consent {"at":"yesterday","amount":9900,"evidence":"mail"}
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"at \"yesterday\" is no instant: write one such as 2026-03-01T15:30:00+09:00"}}

        GET /v1/consents?days=0 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"days 0 is not allowed: ask for 1 to 366"}}

        GET /v1/plans/diff?cycles=121 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"cycles 121 is not allowed: ask for 1 to 120"}}

        GET /v1/subscriptions?limit=0 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"limit 0 is not allowed: ask for 1 to 1000 rows"}}

        GET /v1/subscriptions?page=2 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"the query cannot be read: Failed to deserialize query string: page: unknown field `page`, expected one of `after`, `limit`, `status`"}}

        GET /v1/export/cycles?after=7 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"after \"7\" is not a place: give what `next` said"}}

        GET /v1/export/plans 
        HTTP/1.1 400 Bad Request
        {"error":{"kind":"invalid","message":"the path cannot be read: Invalid URL: unknown variant `plans`, expected one of `subscriptions`, `cycles`, `attempts`, `events`"}}

    "#]].assert_eq(&text);
}

#[test]
fn a_body_has_limits() {
    let shop = Shop::open();
    let many = format!("[{}0]", "0,".repeat(1_000));
    assert!(
        shop.ask("POST", "/v1/subscriptions", &many)
            .contains("1001 subscriptions are too many")
    );
    let huge = " ".repeat((2 << 20) + 1);
    assert!(
        shop.ask("POST", "/v1/subscriptions", &huge)
            .contains("length limit exceeded")
    );
    assert_eq!(shop.dues("export events").stdout.lines().count(), 2);
}

#[test]
fn others_may_read_and_change_nothing() {
    // Only root can become somebody else.
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00");
    let before = shop.dues("export events").stdout;
    let Some(read) = shop.dues_as(65_534, "export events") else {
        // The binary is where others may not run it.
        return;
    };
    assert_eq!((read.code, &read.stdout), (0, &before));

    for words in [
        "add bob --plan basic",
        "pause a1",
        "resume a1",
        "cancel a1",
        "release a1",
        "card a1 b",
        "skip a1",
        "reconcile",
    ] {
        let said = shop.dues_as(65_534, words).unwrap();
        assert_eq!((said.code, said.stdout.as_str()), (4, ""), "{words}");
        assert_eq!(
            said.stderr,
            "dues: uid 65534 may read but not change anything: use sudo, or name the user under \
             operators in [daemon]\n"
        );
    }
    assert_eq!(shop.dues("export events").stdout, before);
}
