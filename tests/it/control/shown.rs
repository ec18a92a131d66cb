//! What `dues show` says was done to a subscription, and what that led to.

use expect_test::expect;

use super::shop::Shop;

/// The journal at the end of what is shown.
fn journal(shop: &Shop, id: &str) -> String {
    let shown = shop.dues(&format!("show {id}"));
    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    let (_, journal) = shown.stdout.rsplit_once("\n\n").unwrap();
    // Who runs the tests is another one on every machine.
    let by = journal.find("BY ").unwrap();
    let led_to = journal.find("LED TO").unwrap();
    let lines = journal.lines().map(|line| {
        let (before, after) = (line.get(..by), line.get(led_to..));
        let line = format!("{}{}", before.unwrap(), after.unwrap_or_default());
        line.trim_end().to_owned()
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn the_journal_names_what_each_change_led_to() {
    let shop = Shop::open();
    for words in [
        "add ann --plan basic --id a-1 --anchor 2026-02-05T10:00:00+09:00 --quantity 2 --reason asked",
        "change-quantity a-1 3",
        "change-plan a-1 yearly --reason cheaper",
        "card a-1 ann-2",
        "card a-1 ann-2 --expires 2031-05",
        "consent a-1 --amount 400000 --at 2026-01-15T09:00:00+09:00 --evidence mail",
        "pause a-1 --until 2026-03-01",
        "resume a-1",
        "cancel a-1 --at-period-end --reason moves",
    ] {
        assert_eq!(shop.dues(words).code, 0, "{words}");
    }
    expect![[r#"
        AT                       EVENT                 CYCLE  LED TO                                   WORDS
        2026-01-15 09:00 +09:00  cancel_at_period_end         cancels at 2026-02-05 10:00 +09:00       moves
        2026-01-15 09:00 +09:00  released                  0
        2026-01-15 09:00 +09:00  resume
        2026-01-15 09:00 +09:00  pause                        until 2026-03-01 00:00 +09:00
        2026-01-15 09:00 +09:00  consented                    400,000 KRW                              mail
        2026-01-15 09:00 +09:00  card_expiry_told             expires 2031-05
        2026-01-15 09:00 +09:00  card_changed              0
        2026-01-15 09:00 +09:00  card_changed                 card ann-2
        2026-01-15 09:00 +09:00  plan_changed                 yearly (version 1), quantity 3           cheaper
        2026-01-15 09:00 +09:00  recast                    0  297,000 KRW
        2026-01-15 09:00 +09:00  quantity_changed             basic (version 1), quantity 3
        2026-01-15 09:00 +09:00  recast                    0  29,700 KRW
        2026-01-15 09:00 +09:00  added                        basic (version 1), quantity 2, card ann  asked"#]].assert_eq(&journal(&shop, "a-1"));
    let shown = shop.dues("show a-1 -o json").stdout;
    let shown: serde_json::Value = serde_json::from_str(&shown).unwrap();
    let events = shown.pointer("/events").unwrap().as_array().unwrap();
    let plan = |event: &serde_json::Value| event.get("plan")?.as_str().map(str::to_owned);
    let plans: Vec<String> = events.iter().filter_map(plan).collect();
    assert!(plans.iter().any(|plan| plan == "yearly"));
    assert_eq!(plans.last().map(String::as_str), Some("basic"));
}
