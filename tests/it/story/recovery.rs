//! What dunning brought in, counted by hand and by the database.

use dues::store::Command;
use expect_test::expect;
use jiff::Timestamp;

use crate::sim::{card, id};
use crate::story::open;

/// | who | cycle 0 | counts as |
/// |---|---|---|
/// | alice | no money, paid on the first rung | funds 1: 1 of 1 |
/// | bob | no money twice, paid on the second | funds 1: 0 of 1, funds 2: 1 of 1 |
/// | carol | never any money, by hand in between, given up | funds 1 to 5: 0 of 1 each, by hand: 0 of 1 |
/// | dave | a dead card, then another | `new_card`, another card: 1 of 1 |
/// | erin | a fault, then no money, then paid | technical 1: 0 of 1, funds 2: 1 of 1 |
/// | frank | pays at once | nothing |
/// | grace | a dead card, given up | nothing tried |
///
/// Together: funds 1 is 1 of 3, funds 2 is 2 of 3.
#[tokio::test]
async fn it_agrees_with_a_table_made_by_hand() {
    let mut sim = open().await;
    sim.script("alice", &["decline-funds", "pay"]);
    sim.script("bob", &["decline-funds-x2", "pay"]);
    sim.script("carol", &["decline-funds"]);
    sim.script("dave", &["card-dead"]);
    sim.script("erin", &["decline-technical", "decline-funds", "pay"]);
    sim.script("grace", &["card-dead"]);
    for name in ["alice", "bob", "carol", "dave", "erin", "frank", "grace"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-03T15:00:00+09:00").await;
    sim.tell(Command::Retry(id("carol"), None)).await;
    sim.tell(Command::ChangeCard(id("dave"), card("dave-new"), None))
        .await;
    sim.until("2026-02-22T15:00:00+09:00").await;

    let always = Timestamp::UNIX_EPOCH;
    let plans = sim.reader().recovery_by_plan(always).await.expect("rows");
    let mut told: Vec<String> = plans.iter().map(|row| format!("{row:?}")).collect();
    for row in sim.reader().recovery_by_rung(always).await.expect("rows") {
        told.push(format!(
            "{} {} {}: {} of {}, {} won",
            row.plan, row.class, row.rung, row.paid, row.tries, row.won
        ));
    }
    expect![[r#"
        RecoveredView { plan: "basic", declined: 6, paid: 4, waiting: 0, owed_won: 59400, paid_won: 39600 }
        basic funds 1: 1 of 3, 9900 won
        basic funds 2: 2 of 3, 19800 won
        basic funds 3: 0 of 1, 0 won
        basic funds 4: 0 of 1, 0 won
        basic funds 5: 0 of 1, 0 won
        basic funds by_hand: 0 of 1, 0 won
        basic new_card new_card: 1 of 1, 9900 won
        basic technical 1: 0 of 1, 0 won"#]].assert_eq(&told.join("\n"));

    // What was declined before then does not count.
    let later = "2026-02-22T14:00:00+09:00".parse().expect("an instant");
    let plans = sim.reader().recovery_by_plan(later).await.expect("rows");
    assert_eq!(plans.len(), 0, "{plans:?}");
    sim.ends().await;
}
