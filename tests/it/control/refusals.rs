//! What is refused, in which words, with which code; and that a refusal leaves nothing behind.

use std::fmt::Write;

use expect_test::expect;

use super::shop::Shop;

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
    ];
    let mut text = String::new();
    for words in commands {
        let said = shop.dues(words);
        assert_eq!(said.stdout, "", "{words}");
        let first = said.stderr.lines().next().unwrap();
        writeln!(text, "[{}] {first}", said.code).unwrap();
    }
    expect![[r#"
        [2] dues: "ccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" is not a customer_uid: it has 81 characters; write 1 to 80 characters: printable ASCII without spaces
        [2] dues: plan "gold" does not exist: the configuration has basic, yearly
        [2] dues: anchor "2026-01-31T10:00:00" is not an instant: write a date, a time and an offset, such as 2026-01-31T10:00:00+09:00
        [2] dues: cycles 0 to 11 would be due at once: say next_cycle = 11 to charge the current one, or 12 to start with the next
        [2] dues: next_cycle 4000000: cycle 4000000 lies beyond the calendar
        [6] dues: subscription "a1" exists already and differs in customer_uid: choose another id
        [6] dues: "alice" is on plan "basic" already, as subscription "a1": say id or anchor to add another
        [5] dues: no subscription has the id "nobody": `dues list` shows them
        [5] dues: no subscription has the id "..": `dues list` shows them
        [5] dues: no subscription has the id "nobody": `dues list` shows them
        [2] dues: "bad\u{a0}card" is not a customer_uid: it contains '\u{a0}'; write 1 to 80 characters: printable ASCII without spaces
        [2] dues: status "gone" does not exist: there are trialing, active, past_due, paused, suspended, canceled, completed
        [2] dues: this command does not write csv: -o takes table, json, jsonl here
        [2] dues: this command does not write table: -o takes jsonl, json, csv here
        [2] error: the argument '--skip-missed' cannot be used with '--charge-latest'
    "#]].assert_eq(&text);
    assert_eq!(shop.dues("export events").stdout, before);
}

/// What another program might send: method, path and body.
const REQUESTS: [(&str, &str, &str); 12] = [
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
        {"error":{"kind":"invalid","message":"unknown field `anker`, expected one of `customer_uid`, `plan`, `anchor`, `id`, `next_cycle`, `quantity`, `coupon`, `reason`"}}

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
