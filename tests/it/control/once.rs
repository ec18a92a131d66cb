//! Asking twice: the same key with the same request is one request, and nobody is added twice at once.

use std::fmt::Write;

use expect_test::expect;

use super::shop::Shop;

const ADD_ALICE: &str = "add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00";

/// What is asked for, one after the other.
const COMMANDS: [&str; 16] = [
    "pause a1 --idempotency-key k1",
    "resume a1",
    "pause a1 --idempotency-key k1",
    "pause a1 --idempotency-key k1 --reason other",
    "cancel a1 --idempotency-key k1",
    "resume nobody --idempotency-key k2",
    "pause a1 --idempotency-key k2",
    "card a1 new --idempotency-key \u{ae40}",
    "add bob --plan basic --idempotency-key k3",
    "add bob --plan basic --idempotency-key k3",
    "add bob --plan yearly --idempotency-key k3",
    "add bob --plan basic --idempotency-key k4",
    "add bob --plan basic",
    "release --fence --idempotency-key k5",
    "release --fence --idempotency-key k5",
    "cancel a1 --reason moved",
];

#[test]
fn the_same_request_under_one_key_is_carried_out_once() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    let mut text = String::new();
    let mut events = Vec::new();
    for words in COMMANDS {
        let said = shop.dues(words);
        writeln!(
            text,
            "$ dues {words}\n{}{}[{}]",
            said.stdout, said.stderr, said.code
        )
        .unwrap();
        events.push(shop.dues("export events").stdout.lines().count());
    }
    expect![[r#"
        $ dues pause a1 --idempotency-key k1
        a1 is paused; next due 2026-01-31 10:00 +09:00
        [0]
        $ dues resume a1
        a1 is active; next due 2026-01-31 10:00 +09:00
        [0]
        $ dues pause a1 --idempotency-key k1
        a1 is paused; next due 2026-01-31 10:00 +09:00
        dues: this was done before under this key: nothing was done now, and this is what was said then
        [0]
        $ dues pause a1 --idempotency-key k1 --reason other
        dues: the idempotency key "k1" was used at 2026-01-15 09:00 +09:00 for another request: choose a new key for a new request
        [6]
        $ dues cancel a1 --idempotency-key k1
        dues: the idempotency key "k1" was used at 2026-01-15 09:00 +09:00 for another request: choose a new key for a new request
        [6]
        $ dues resume nobody --idempotency-key k2
        dues: no subscription has the id "nobody": `dues list` shows them
        [5]
        $ dues pause a1 --idempotency-key k2
        a1 is paused; next due 2026-01-31 10:00 +09:00
        [0]
        $ dues card a1 new --idempotency-key 김
        error: invalid value '김' for '--idempotency-key <KEY>': "김" is not a valid idempotency key: it contains '김'; write 1 to 200 characters: printable ASCII without spaces

        For more information, try '--help'.
        [2]
        $ dues add bob --plan basic --idempotency-key k3
        syhjvmx73agecmtc8 added: first cycle due 2026-01-15 09:00 +09:00
        [0]
        $ dues add bob --plan basic --idempotency-key k3
        syhjvmx73agecmtc8 added: first cycle due 2026-01-15 09:00 +09:00
        dues: this was done before under this key: nothing was done now, and this is what was said then
        [0]
        $ dues add bob --plan yearly --idempotency-key k3
        dues: the idempotency key "k3" was used at 2026-01-15 09:00 +09:00 for another request: choose a new key for a new request
        [6]
        $ dues add bob --plan basic --idempotency-key k4
        dues: "bob" is on plan "basic" already, as subscription "syhjvmx73agecmtc8": say id or anchor to add another
        [6]
        $ dues add bob --plan basic
        dues: "bob" is on plan "basic" already, as subscription "syhjvmx73agecmtc8": say id or anchor to add another
        [6]
        $ dues release --fence --idempotency-key k5
        nothing was held
        [0]
        $ dues release --fence --idempotency-key k5
        nothing was held
        dues: this was done before under this key: nothing was done now, and this is what was said then
        [0]
        $ dues cancel a1 --reason moved
        a1 is canceled; not charged any more: cycle 0
        [0]
    "#]].assert_eq(&text);
    // Two plans and alice; then what was changed. What was repeated or refused left nothing; bob is
    // charged meanwhile, and counted no more.
    assert_eq!(events[..8], [4, 6, 6, 6, 6, 6, 7, 7]);
    assert_eq!(shop.dues("list -o jsonl").stdout.lines().count(), 2);
}

#[test]
fn the_reason_is_in_the_journal_with_the_user() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    shop.dues("cancel a1 --reason moved");
    let journal = shop.dues("export events").stdout;
    let why = journal
        .lines()
        .filter(|line| line.contains("\"words\":\"moved\""));
    let kinds: Vec<&str> = why
        .map(|line| {
            assert!(line.contains("\"actor\":\"uid:"), "{line}");
            line.split('"').nth(9).unwrap_or_default()
        })
        .collect();
    assert_eq!(kinds, ["cancel"]);
}

#[test]
fn a_program_gets_the_same_answer_and_is_told_that_it_repeats_itself() {
    let shop = Shop::open();
    let add = |headers: &str, body: &str| shop.ask_with("POST", "/v1/subscriptions", headers, body);
    let body = r#"{"customer_uid":"alice","plan":"basic"}"#;
    let spaced = r#"{ "plan": "basic", "customer_uid": "alice" }"#;
    let first = add("Idempotency-Key: k1\r\n", body);
    let again = add("idempotency-key: k1\r\n", spaced);
    assert!(!first.contains("idempotent-replayed"), "{first}");
    assert!(again.contains("idempotent-replayed: true"), "{again}");
    let said = |answer: &str| answer.rsplit('\n').next().unwrap_or_default().to_owned();
    assert_eq!(said(&first), said(&again));
    assert!(said(&first).contains("\"is_new\":true"), "{first}");

    let twice = add("idempotency-key: k1\r\nidempotency-key: k2\r\n", "");
    assert!(
        twice.contains("there are two idempotency-key headers"),
        "{twice}"
    );
    let list =
        r#"[{"customer_uid":"a","plan":"basic","anchor":"2026-01-31T10:00:00Z"},{"plan":1}]"#;
    let first = add("idempotency-key: list\r\n", list);
    let again = add("idempotency-key: list\r\n", list);
    assert_eq!(said(&first), said(&again));
    assert_eq!(shop.dues("list -o jsonl").stdout.lines().count(), 2);
}

/// Without a key and an anchor a second request is a second subscription, unless the one who adds
/// looks for the first: in the same transaction, for all of these are sent at once.
#[test]
fn of_many_at_once_one_is_added() {
    let shop = Shop::open();
    let body = r#"{"customer_uid":"alice","plan":"basic"}"#;
    let answers: Vec<String> = std::thread::scope(|scope| {
        let ask = || shop.ask("POST", "/v1/subscriptions", body);
        let asking: Vec<_> = (0..16).map(|_| scope.spawn(ask)).collect();
        asking.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let is_added = |answer: &&String| answer.starts_with("HTTP/1.1 200");
    assert_eq!(answers.iter().filter(is_added).count(), 1, "{answers:?}");
    let refused = answers
        .iter()
        .filter(|answer| answer.starts_with("HTTP/1.1 409"));
    assert_eq!(refused.count(), 15, "{answers:?}");
    assert_eq!(shop.dues("list -o jsonl").stdout.lines().count(), 1);
}

#[test]
fn a_cycle_that_is_named_is_skipped_once() {
    let shop = Shop::open();
    shop.dues(ADD_ALICE);
    let mut text = String::new();
    for words in [
        "skip a1 --cycle 1",
        "skip a1 --cycle 0 --reason holidays",
        "skip a1 --cycle 0",
        "skip a1 --idempotency-key k",
        "skip a1 --idempotency-key k",
        "skip a1 --cycle 100000",
        "cancel a1",
        "skip a1",
        "skip nobody",
    ] {
        let said = shop.dues(words);
        writeln!(
            text,
            "$ dues {words}\n{}{}[{}]",
            said.stdout, said.stderr, said.code
        )
        .unwrap();
    }
    expect![[r#"
        $ dues skip a1 --cycle 1
        dues: cycle 1 of "a1" does not wait to be charged: cycle 0 does (dues show a1)
        [6]
        $ dues skip a1 --cycle 0 --reason holidays
        a1 is active; not charged any more: cycle 0; next due 2026-02-28 10:00 +09:00
        [0]
        $ dues skip a1 --cycle 0
        dues: cycle 0 of "a1" does not wait to be charged: cycle 1 does (dues show a1)
        [6]
        $ dues skip a1 --idempotency-key k
        a1 is active; not charged any more: cycle 1; next due 2026-03-31 10:00 +09:00
        [0]
        $ dues skip a1 --idempotency-key k
        a1 is active; not charged any more: cycle 1; next due 2026-03-31 10:00 +09:00
        dues: this was done before under this key: nothing was done now, and this is what was said then
        [0]
        $ dues skip a1 --cycle 100000
        error: invalid value '100000' for '--cycle <N>': cycles are counted from 0 to 99999

        For more information, try '--help'.
        [2]
        $ dues cancel a1
        a1 is canceled; not charged any more: cycle 2
        [0]
        $ dues skip a1
        dues: cannot skip a cycle of a subscription that is canceled
        [6]
        $ dues skip nobody
        dues: no subscription has the id "nobody": `dues list` shows them
        [5]
    "#]].assert_eq(&text);
}
