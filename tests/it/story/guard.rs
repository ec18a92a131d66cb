//! The money guard: what was foretold goes out, and what was not waits for a person's word.

use dues::core::guard::{Cap, Caps};
use dues::core::money::Krw;
use dues::gateway::simulator::switches::Switches;
use dues::store::Command;
use expect_test::{Expect, expect};

use crate::shop;
use crate::sim::{self, id};

const EVERYBODY: [&str; 8] = [
    "alice", "bob", "carol", "dave", "erin", "frank", "grace", "heidi",
];

/// Three unforetold charges a day, and any number of others.
const THREE: Caps = Caps {
    unforetold: Cap {
        charges: Some(3),
        won: None,
    },
    all: Cap::NONE,
    price_rise_max: Some(3),
};

/// The name of the batch that is held, out of the words of the front page.
fn hash_in(stopped: &[String]) -> String {
    let words = stopped.first().expect("something is held");
    let after = words.split("`dues approve ").nth(1).expect("a remedy");
    let hash = after.split('`').next().expect("a name");
    assert_eq!(hash.len(), 12, "{words}");
    hash.to_owned()
}

/// What was charged and what the guard did, a line each.
fn money(told: &str, since: &str) -> String {
    let is_money = |line: &&str| {
        *line > since
            && (line.contains(" paid ") || line.contains("sweep") || line.contains("held"))
    };
    told.lines().filter(is_money).collect::<Vec<_>>().join("\n")
}

macro_rules! shop {
    ($caps:expr) => {{
        let terms = vec![shop::monthly()];
        let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
        sim.is_capped($caps).await;
        sim
    }};
}

#[tokio::test]
async fn a_first_of_the_month_with_everybody_due_passes() {
    let mut sim = shop!(THREE);
    // Known a week ahead: foretold, and so is every month after.
    sim.import(&EVERYBODY, "basic", "2026-02-01T10:00:00+09:00")
        .await;
    sim.until("2026-04-02T10:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    let paid = sim
        .count("SELECT count(*) FROM cycle WHERE state = 'paid'")
        .await;
    assert_eq!(paid, 24, "eight people, three months");
    assert_eq!(sim.count("SELECT count(*) FROM sweep").await, 0);
    sim.ends().await;
}

#[tokio::test]
async fn an_import_with_wrong_anchors_is_held_until_it_is_approved() {
    let mut sim = shop!(THREE);
    sim.import(&EVERYBODY, "basic", "2026-01-20T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T12:00:00+09:00").await;
    let stopped = sim.stopped();
    expect!["guard: 8 charges of 79,200 KRW are due that nobody foretold (8 late by more than a day, 8 of subscriptions added within a day), besides 0 of the last day: [guard] lets out 3 in 24 hours. `dues doctor` shows them, `dues approve 8e4e37fb5df0` lets out 8 charges of 79,200 KRW"].assert_eq(&stopped.join("\n"));
    let hash = hash_in(&stopped);
    assert_eq!(sim.count("SELECT count(*) FROM attempt").await, 0);

    // It is held after a restart too, and another name does not help.
    sim.crash().await;
    sim.until("2026-01-25T13:00:00+09:00").await;
    assert_eq!(sim.stopped(), stopped);
    expect![[r#""000000000000" is not what is held now, which is 8 charges of 79,200 KRW: look at it with `dues doctor`, then `dues approve 8e4e37fb5df0`"#]].assert_eq(&sim.approve("000000000000").await);

    expect!["approved 8 charges of 79,200 KRW"].assert_eq(&sim.approve(&hash).await);
    expect!["no batch is held: there is nothing to approve"].assert_eq(&sim.approve(&hash).await);
    sim.until("2026-01-25T14:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    expect![[r#"
        2026-01-25 10:00:00  sweep_held (8e4e37fb5df0: 8 charges of 79,200 KRW are due that nobody foretold (8 late by more than a day, 8 of subscriptions added within a day), besides 0 of the last day: [guard] lets out 3 in 24 hours)
        2026-01-25 13:00:00  sweep_approved (8e4e37fb5df0: 8 charges of 79,200 KRW), asked by a person
        2026-01-25 13:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-01-25 13:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-25 13:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-01-25 13:00:00 dave 0 paid -> paid (imp_000000000004)
        2026-01-25 13:00:00 erin 0 paid -> paid (imp_000000000005)
        2026-01-25 13:00:00 frank 0 paid -> paid (imp_000000000006)
        2026-01-25 13:00:00 grace 0 paid -> paid (imp_000000000007)
        2026-01-25 13:00:00 heidi 0 paid -> paid (imp_000000000008)"#]].assert_eq(&money(&sim.ends().await, "2026-01-25"));
}

#[tokio::test]
async fn a_batch_that_changed_has_another_name_and_one_that_is_gone_is_forgotten() {
    let mut sim = shop!(THREE);
    sim.import(&EVERYBODY, "basic", "2026-01-20T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T12:00:00+09:00").await;
    let old = hash_in(&sim.stopped());

    sim.tell(Command::Cancel(id("alice"))).await;
    let said = sim.approve(&old).await;
    expect![[r#""8e4e37fb5df0" is not what is held now, which is 7 charges of 69,300 KRW: look at it with `dues doctor`, then `dues approve f6d56cde13b1`"#]].assert_eq(&said);
    sim.until("2026-01-25T12:02:00+09:00").await;
    let new = hash_in(&sim.stopped());
    assert!(new != old && said.contains(&new), "{new}: {said}");

    // What somebody adds meanwhile, with a date in the past, is no part of it.
    sim.import(&["ivan"], "basic", "2026-01-19T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T12:10:00+09:00").await;
    assert_eq!(hash_in(&sim.stopped()), new);

    for name in EVERYBODY {
        sim.tell(Command::Cancel(id(name))).await;
    }
    sim.until("2026-01-25T12:12:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    expect![[r#"
        2026-01-25 10:00:00  sweep_held (8e4e37fb5df0: 8 charges of 79,200 KRW are due that nobody foretold (8 late by more than a day, 8 of subscriptions added within a day), besides 0 of the last day: [guard] lets out 3 in 24 hours)
        2026-01-25 12:11:00  sweep_emptied (7 charges of 69,300 KRW)
        2026-01-25 12:11:00 ivan 0 paid -> paid (imp_000000000001)"#]].assert_eq(&money(&sim.ends().await, "2026-01-25"));
}

#[tokio::test]
async fn what_was_approved_goes_out_and_nothing_else() {
    let mut sim = shop!(THREE);
    sim.import(&EVERYBODY, "basic", "2026-01-20T10:00:00+09:00")
        .await;
    let more = ["ivan", "judy", "karl", "lena"];
    sim.import(&more, "basic", "2026-01-20T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T12:00:00+09:00").await;
    let hash = hash_in(&sim.stopped());
    sim.approve(&hash).await;
    // While eight of them are under way, which is all that may be: four others, due before those.
    let late = ["mary", "nora", "olga", "paul"];
    sim.import(&late, "basic", "2026-01-19T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T13:00:00+09:00").await;
    let stopped = sim.stopped();
    assert!(
        stopped.iter().any(|why| why.contains("4 charges")),
        "{stopped:?}"
    );
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 12);
    sim.ends().await;
}

/// Everybody is due each week; the daemon is away, or its clock and the gateway's run ahead together,
/// until then.
async fn back_at(then: &str, expected: &Expect) {
    let terms = vec![shop::terms("weekly", "1 week")];
    let mut sim = sim::open("2026-01-25T10:00:00+09:00", terms, Switches::honest()).await;
    sim.import(&EVERYBODY, "weekly", "2026-02-01T10:00:00+09:00")
        .await;
    sim.is_capped(THREE).await;
    sim.is_away_until(then).await;
    sim.until("2026-02-06T10:00:00+09:00").await;
    let stopped = sim.stopped();
    if !stopped.is_empty() {
        sim.approve(&hash_in(&stopped)).await;
        sim.until("2026-02-06T11:00:00+09:00").await;
    }
    expected.assert_eq(&money(&sim.ends().await, "2026-01-25"));
}

#[tokio::test]
async fn after_a_short_outage_everybody_is_charged() {
    back_at(
        "2026-02-01T20:00:00+09:00",
        &expect![[r#"
        2026-02-01 20:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-01 20:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-01 20:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-01 20:00:00 dave 0 paid -> paid (imp_000000000004)
        2026-02-01 20:00:00 erin 0 paid -> paid (imp_000000000005)
        2026-02-01 20:00:00 frank 0 paid -> paid (imp_000000000006)
        2026-02-01 20:00:00 grace 0 paid -> paid (imp_000000000007)
        2026-02-01 20:00:00 heidi 0 paid -> paid (imp_000000000008)"#]],
    )
    .await;
}

#[tokio::test]
async fn after_a_long_outage_a_person_is_asked() {
    back_at("2026-02-05T10:00:00+09:00", &expect![[r#"
        2026-02-05 10:00:00  sweep_held (8e4e37fb5df0: 8 charges of 79,200 KRW are due that nobody foretold (8 late by more than a day), besides 0 of the last day: [guard] lets out 3 in 24 hours)
        2026-02-06 10:00:00  sweep_approved (8e4e37fb5df0: 8 charges of 79,200 KRW), asked by a person
        2026-02-06 10:00:00 alice 0 paid -> paid (imp_000000000001)
        2026-02-06 10:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-02-06 10:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-06 10:00:00 dave 0 paid -> paid (imp_000000000004)
        2026-02-06 10:00:00 erin 0 paid -> paid (imp_000000000005)
        2026-02-06 10:00:00 frank 0 paid -> paid (imp_000000000006)
        2026-02-06 10:00:00 grace 0 paid -> paid (imp_000000000007)
        2026-02-06 10:00:00 heidi 0 paid -> paid (imp_000000000008)"#]]).await;
}

#[tokio::test]
async fn a_price_that_rose_tenfold_waits_once() {
    let mut sim = shop!(THREE);
    sim.import(&["alice"], "basic", "2026-01-25T10:00:00+09:00")
        .await;
    sim.until("2026-01-26T10:00:00+09:00").await;
    let mut dear = shop::monthly();
    dear.plan.amount = Krw::parse(99_000).expect("an amount");
    sim.sells(vec![dear]).await;

    sim.import(&["bob"], "basic", "2026-01-26T11:00:00+09:00")
        .await;
    sim.until("2026-01-26T12:00:00+09:00").await;
    let stopped = sim.stopped();
    expect!["guard: 1 charge of 99,000 KRW is due at a price that is more than 3 times the last one of the plan. `dues doctor` shows them, `dues approve 7359b8eb4219` lets out 1 charge of 99,000 KRW"].assert_eq(&stopped.join("\n"));
    sim.approve(&hash_in(&stopped)).await;
    // The price is known by now: carol is not asked about.
    sim.import(&["carol"], "basic", "2026-01-27T11:00:00+09:00")
        .await;
    sim.until("2026-02-28T12:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    expect![[r#"
        2026-01-26 11:00:00  sweep_held (7359b8eb4219: 1 charge of 99,000 KRW is due at a price that is more than 3 times the last one of the plan)
        2026-01-26 12:00:00  sweep_approved (7359b8eb4219: 1 charge of 99,000 KRW), asked by a person
        2026-01-26 12:00:00 bob 0 paid -> paid (imp_000000000002)
        2026-01-27 11:00:00 carol 0 paid -> paid (imp_000000000003)
        2026-02-25 10:00:00 alice 1 paid -> paid (imp_000000000004)
        2026-02-26 11:00:00 bob 1 paid -> paid (imp_000000000005)
        2026-02-27 11:00:00 carol 1 paid -> paid (imp_000000000006)"#]].assert_eq(&money(&sim.ends().await, "2026-01-26"));
}

#[tokio::test]
async fn a_trickle_counts_by_the_day_and_a_restart_forgets_nothing() {
    let mut sim = shop!(THREE);
    for (hour, name) in EVERYBODY.iter().enumerate() {
        sim.until(&format!("2026-01-25T{}:00:00+09:00", hour + 11))
            .await;
        let now = format!("2026-01-25T{}:00:00+09:00", hour + 11);
        sim.import(&[name], "basic", &now).await;
        sim.crash().await;
    }
    sim.until("2026-01-25T20:00:00+09:00").await;
    let stopped = sim.stopped();
    expect!["guard: 1 charge of 9,900 KRW is due that nobody foretold (1 of subscriptions added within a day), besides 3 of the last day: [guard] lets out 3 in 24 hours. `dues doctor` shows them, `dues approve 1c8672760d61` lets out 1 charge of 9,900 KRW"].assert_eq(&stopped.join("\n"));
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 3);
    sim.ends().await;
}

#[tokio::test]
async fn more_than_the_cap_of_a_day_is_held_foretold_or_not() {
    let caps = Caps {
        unforetold: Cap::NONE,
        all: Cap {
            charges: None,
            won: Some(50_000),
        },
        price_rise_max: None,
    };
    let mut sim = shop!(caps);
    sim.import(&EVERYBODY, "basic", "2026-02-01T10:00:00+09:00")
        .await;
    sim.import(&["ivan"], "basic", "2026-01-31T16:00:00+09:00")
        .await;
    sim.until("2026-02-01T12:00:00+09:00").await;
    let stopped = sim.stopped();
    expect!["guard: 8 charges of 79,200 KRW are due, besides 1 charge of 9,900 KRW of the last day: [guard] lets out 50,000 KRW in 24 hours. `dues doctor` shows them, `dues approve 8e4e37fb5df0` lets out 8 charges of 79,200 KRW"].assert_eq(&stopped.join("\n"));
    sim.approve(&hash_in(&stopped)).await;
    sim.until("2026-02-02T12:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    expect![[r#"
        2026-01-31 16:00:00 ivan 0 paid -> paid (imp_000000000001)
        2026-02-01 10:00:00  sweep_held (8e4e37fb5df0: 8 charges of 79,200 KRW are due, besides 1 charge of 9,900 KRW of the last day: [guard] lets out 50,000 KRW in 24 hours)
        2026-02-01 12:00:00  sweep_approved (8e4e37fb5df0: 8 charges of 79,200 KRW), asked by a person
        2026-02-01 12:00:00 alice 0 paid -> paid (imp_000000000002)
        2026-02-01 12:00:00 bob 0 paid -> paid (imp_000000000003)
        2026-02-01 12:00:00 carol 0 paid -> paid (imp_000000000004)
        2026-02-01 12:00:00 dave 0 paid -> paid (imp_000000000005)
        2026-02-01 12:00:00 erin 0 paid -> paid (imp_000000000006)
        2026-02-01 12:00:00 frank 0 paid -> paid (imp_000000000007)
        2026-02-01 12:00:00 grace 0 paid -> paid (imp_000000000008)
        2026-02-01 12:00:00 heidi 0 paid -> paid (imp_000000000009)"#]].assert_eq(&money(&sim.ends().await, "2026-01-31"));
}

#[tokio::test]
async fn look_ups_go_on_while_a_batch_is_held() {
    let mut sim = shop!(THREE);
    sim.script("zoe", &["lose-answer"]);
    sim.import(&["zoe"], "basic", "2026-01-25T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T10:01:00+09:00").await;
    sim.import(&EVERYBODY, "basic", "2026-01-20T10:00:00+09:00")
        .await;
    sim.until("2026-01-25T12:00:00+09:00").await;
    assert_eq!(sim.stopped().len(), 1, "{:?}", sim.stopped());
    expect![[r#"
        2026-01-25 10:01:00  sweep_held (8e4e37fb5df0: 8 charges of 79,200 KRW are due that nobody foretold (8 late by more than a day, 8 of subscriptions added within a day), besides 1 of the last day: [guard] lets out 3 in 24 hours)
        2026-01-25 10:03:00 zoe 0 found_paid -> paid (imp_000000000001)"#]].assert_eq(&money(&sim.ends().await, "2026-01-25"));
}

/// The daemon was away when a grace period ended. What is only given up asks for no money: it is no late
/// charge, and holds nobody.
#[tokio::test]
async fn a_grace_that_is_over_is_no_charge() {
    let mut sim = shop!(THREE);
    sim.script("alice", &["card-dead"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    let none = Cap {
        charges: Some(0),
        won: None,
    };
    sim.is_capped(Caps {
        unforetold: none,
        ..THREE
    })
    .await;
    sim.is_away_until("2026-02-18T12:00:00+09:00").await;
    assert!(sim.stopped().is_empty(), "{:?}", sim.stopped());
    let told = sim.ends().await;
    assert!(told.contains("alice gave_up -> suspended"), "{told}");
}
