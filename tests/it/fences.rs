//! A database that may know less than the gateway does: nobody is charged until the gateway was asked,
//! nobody is charged twice, and what was lost is on record again.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its texts so"
)]

mod brought;
mod ends;

use std::fs;
use std::time::Duration;

use dues::core::change_plan::Begins;
use dues::core::contract::Quantity;
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed, Who};
use expect_test::expect;
use jiff::Timestamp;

use crate::shop;
use crate::sim::{self, Sim, id};

/// How many are held because of a suspicion.
const SUSPICIONS: &str = "SELECT count(*) FROM fence WHERE suspicion IS NOT NULL";
const ATTEMPTS: &str = "SELECT count(*) FROM attempt";

async fn open() -> Sim<impl Fn() -> Timestamp + Clone + Send + Sync + 'static> {
    let terms = vec![shop::monthly()];
    sim::open("2026-01-31T10:00:00+09:00", terms, Switches::honest()).await
}

/// The history without its beginning.
fn tail(journal: &str) -> String {
    let place = journal.find("suspected").expect("a suspicion");
    let line = journal[..place].rfind('\n').map_or(0, |end| end + 1);
    journal[line..].to_owned()
}

#[tokio::test]
async fn an_older_copy_is_healed_and_nobody_is_charged_twice() {
    let mut sim = open().await;
    sim.script("bob", &["pay", "decline-funds", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-01T10:00:00+09:00").await;

    sim.come_back_to(&copy).await;
    sim.until("2026-03-31T12:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 0);
    expect![[r#"
        2026-03-01 10:00:00  suspected (an older copy of the database was put back)
        2026-03-01 10:00:00 alice 1 found_paid -> paid, 2 enrolled (imp_000000000003)
        2026-03-01 10:00:00 bob 1 found_failed -> retrying, 2 enrolled ([CC61] 1회 이용한도 초과입니다)
        2026-03-01 10:00:00 bob fell_behind -> past_due
        2026-03-01 10:00:00  suspicion_cleared (an older copy of the database was put back)
        2026-03-03 10:29:49 bob 1 begun -> charging
        2026-03-03 10:29:49 bob 1 paid -> paid (imp_000000000005)
        2026-03-03 10:29:49 bob recovered -> active
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 alice 2 paid -> paid (imp_000000000006)
        2026-03-31 10:00:00 bob 2 paid -> paid (imp_000000000007)
    "#]]
    .assert_eq(&tail(&sim.ends().await));
}

#[tokio::test]
async fn two_lost_cycles_are_found_one_after_the_other() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-04-15T10:00:00+09:00").await;

    sim.come_back_to(&copy).await;
    sim.until("2026-05-01T10:00:00+09:00").await;
    expect![[r#"
        2026-04-15 10:00:00  suspected (an older copy of the database was put back)
        2026-04-15 10:00:00 alice 1 found_paid -> paid, 2 enrolled (imp_000000000002)
        2026-04-15 10:00:00 alice 2 found_paid -> paid, 3 enrolled (imp_000000000003)
        2026-04-15 10:00:00  suspicion_cleared (an older copy of the database was put back)
        2026-04-30 10:00:00 alice 3 begun -> charging, 4 enrolled
        2026-04-30 10:00:00 alice 3 paid -> paid (imp_000000000004)
    "#]]
    .assert_eq(&tail(&sim.ends().await));
}

/// Seed 817: the fence asked about the cycle that the copy had, and about none after it.
#[tokio::test]
async fn what_stood_still_in_the_copy_is_asked_about_up_to_now() {
    let mut sim = open().await;
    sim.script("bob", &["pay", "decline-funds", "pay"]);
    for name in ["alice", "bob", "carol"] {
        sim.add(name, name, "basic").await;
        sim.until("2026-02-01T10:00:00+09:00").await;
        sim.tell(Command::Pause(id(name))).await;
    }
    sim.until("2026-03-15T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    for name in ["alice", "bob"] {
        let resume = Command::Resume(id(name), Some(Missed::ChargeLatest));
        sim.until("2026-04-10T10:00:00+09:00").await;
        sim.tell(resume).await;
    }
    sim.until("2026-05-15T10:00:00+09:00").await;

    sim.come_back_to(&copy).await;
    sim.until("2026-05-15T12:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 0);
    let cancel = sim.tell(Command::Cancel(id("alice"))).await;
    expect![[r#"
        canceled forgone [4]
        2026-05-15 10:00:00  suspected (an older copy of the database was put back)
        2026-05-15 10:00:00 alice 1 forgone -> skipped, 2 enrolled (missed)
        2026-05-15 10:00:00 bob 1 forgone -> skipped, 2 enrolled (missed)
        2026-05-15 10:00:00 alice 2 found_paid -> paid, 3 enrolled (imp_000000000004)
        2026-05-15 10:00:00 bob 2 found_paid -> paid, 3 enrolled (imp_000000000006)
        2026-05-15 10:00:00 alice 3 found_paid -> paid, 4 enrolled (imp_000000000007)
        2026-05-15 10:00:00 bob 3 found_paid -> paid, 4 enrolled (imp_000000000008)
        2026-05-15 10:00:00  suspicion_cleared (an older copy of the database was put back)
        2026-05-15 10:00:00 carol 1 deferred
        2026-05-15 12:00:00 alice cancel -> canceled, asked by a person
        2026-05-15 12:00:00 alice 4 forgone -> skipped (canceled), asked by a person
    "#]]
    .assert_eq(&format!("{cancel}\n{}", tail(&sim.ends().await)));
}

#[tokio::test]
async fn on_another_machine_the_gateway_is_asked_first() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-28T09:00:00+09:00").await;
    sim.wake_elsewhere().await;
    sim.until("2026-03-01T10:00:00+09:00").await;
    expect![[r#"
        2026-02-28 09:00:00  suspected (the database was copied or moved here from another place)
        2026-02-28 09:00:00  suspicion_cleared (the database was copied or moved here from another place)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
    "#]].assert_eq(&tail(&sim.ends().await));
}

#[tokio::test]
async fn without_the_file_beside_it_the_gateway_is_asked_first() {
    let expected = expect![[r#"
        2026-02-01 10:00:00  suspected (dues.generation is missing or unreadable, so the database may be an older copy)
        2026-02-01 10:00:00  suspicion_cleared (dues.generation is missing or unreadable, so the database may be an older copy)
        2026-02-28 10:00:00 alice 1 begun -> charging, 2 enrolled
        2026-02-28 10:00:00 alice 1 paid -> paid (imp_000000000002)
    "#]];
    for garbage in [None, Some("dues generation 7")] {
        let mut sim = open().await;
        sim.add("alice", "alice", "basic").await;
        sim.until("2026-02-01T10:00:00+09:00").await;
        match garbage {
            None => fs::remove_file(sim.sidecar()).expect("it was there"),
            Some(text) => fs::write(sim.sidecar(), text).expect("it is written"),
        }
        sim.crash().await;
        sim.until("2026-03-01T10:00:00+09:00").await;
        expected.assert_eq(&tail(&sim.ends().await));
    }
}

#[tokio::test]
async fn a_plain_crash_is_no_reason_for_suspicion() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    for day in ["01", "10", "27"] {
        sim.until(&format!("2026-02-{day}T10:00:00+09:00")).await;
        sim.crash().await;
        assert_eq!(sim.count(SUSPICIONS).await, 0);
    }
    sim.ends().await;
}

#[tokio::test]
async fn a_conflict_holds_everybody_until_a_person_releases_them() {
    let mut sim = open().await;
    sim.script("alice", &["pay", "cancelled"]);
    sim.add("alice", "alice", "basic").await;
    sim.add("bob", "bob", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-01T10:00:00+09:00").await;

    sim.come_back_to(&copy).await;
    sim.until("2026-04-02T10:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    assert_eq!(sim.tries("shop-bob-2"), 0, "charged while held");
    sim.crash().await;
    sim.until("2026-04-03T10:00:00+09:00").await;
    assert_eq!(sim.tries("shop-bob-2"), 0, "charged while held");

    let held = sim.stopped().join("\n");
    assert!(held.contains("dues release --fence"), "{held}");
    let is_released = sim.handle().release_fence(Who::named("test")).await;
    let is_released = is_released.expect("the engine runs").expect("no key");
    assert!(is_released.answer);
    sim.until("2026-04-04T10:00:00+09:00").await;
    expect![[r#"
        2026-03-01 10:00:00  suspected (an older copy of the database was put back)
        2026-03-01 10:00:00 bob 1 found_paid -> paid, 2 enrolled (imp_000000000004)
        2026-03-01 10:00:00 alice 1 found_refunded -> refunded, 2 enrolled (imp_000000000003)
        2026-03-01 10:00:00 alice held -> active (refunded_elsewhere)
        2026-03-01 10:00:00 alice 1 differs (paid as imp_000000000003 and refunded)
        2026-04-03 10:00:00  suspicion_released (an older copy of the database was put back), asked by a person
        2026-04-03 10:00:00 alice 2 deferred
        2026-04-03 10:00:00 bob 2 begun -> charging, 3 enrolled
        2026-04-03 10:00:00 bob 2 paid -> paid (imp_000000000005)
    "#]].assert_eq(&tail(&sim.ends().await));
}

/// Seed 3413: a new quantity while the gateway was asked gave a payment that was found another amount.
#[tokio::test]
async fn what_is_asked_about_keeps_its_price_until_it_is_answered() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-01T10:00:00+09:00").await;

    sim.slow_down(Duration::from_secs(10));
    sim.come_back_to(&copy).await;
    sim.until("2026-03-01T10:00:15+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    let two = Quantity::parse(2).expect("a quantity");
    let two = Command::ChangeQuantity(id("alice"), two, Begins::AtPeriodEnd);
    let before = sim.tell(two.clone()).await;
    sim.until("2026-03-01T11:00:00+09:00").await;
    let after = sim.tell(two).await;
    expect![[r#"
        cycle 1 of "alice" is due and may have been charged in a history that this database does not have: neither its price nor its date can change before that is known. See `dues status`, and say this again when charges go on
        active forgone []
        2026-03-01 10:00:00  suspected (an older copy of the database was put back)
        2026-03-01 10:00:30 alice 1 found_paid -> paid, 2 enrolled (imp_000000000002)
        2026-03-01 10:00:30  suspicion_cleared (an older copy of the database was put back)
        2026-03-01 11:00:00 alice 2 recast, asked by a person
        2026-03-01 11:00:00 alice quantity_changed -> active, asked by a person
    "#]].assert_eq(&format!("{before}\n{after}\n{}", tail(&sim.ends().await)));
}

/// The lost history resumed both before their day, and charged them on their dates: a pause that ends by itself
/// moved the dates of a cycle that was paid, and so did a person.
#[tokio::test]
async fn what_is_asked_about_keeps_its_date_until_it_is_answered() {
    let mut sim = open().await;
    let day = "2026-03-10T00:00:00+09:00".parse().expect("an instant");
    let moved = Some(Missed::MoveAnchor);
    for name in ["alice", "bob"] {
        sim.add(name, name, "basic").await;
    }
    sim.until("2026-02-01T10:00:00+09:00").await;
    sim.tell(Command::PauseUntil(id("alice"), day, moved)).await;
    sim.tell(Command::Pause(id("bob"))).await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-02-10T10:00:00+09:00").await;
    for name in ["alice", "bob"] {
        sim.tell(Command::Resume(id(name), None)).await;
    }
    sim.until("2026-03-12T10:00:00+09:00").await;

    sim.slow_down(Duration::from_secs(10));
    sim.come_back_to(&copy).await;
    sim.until("2026-03-12T10:00:15+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 1);
    let resumed = sim.tell(Command::Resume(id("bob"), moved)).await;
    sim.until("2026-03-31T10:01:00+09:00").await;
    expect![[r#"
        cycle 1 of "bob" is due and may have been charged in a history that this database does not have: neither its price nor its date can change before that is known. See `dues status`, and say this again when charges go on
        2026-03-12 10:00:00  suspected (an older copy of the database was put back)
        2026-03-12 10:00:30 alice 1 found_paid -> paid, 2 enrolled (imp_000000000003)
        2026-03-12 10:00:30 bob 1 found_paid -> paid, 2 enrolled (imp_000000000004)
        2026-03-12 10:00:30  suspicion_cleared (an older copy of the database was put back)
        2026-03-12 10:00:30 alice resumed -> active
        2026-03-12 10:00:30 alice 2 released
        2026-03-12 10:00:30 alice 2 released
        2026-03-31 10:00:00 alice 2 begun -> charging, 3 enrolled
        2026-03-31 10:00:00 bob 2 deferred
        2026-03-31 10:00:30 alice 2 paid -> paid (imp_000000000005)
    "#]].assert_eq(&format!("{resumed}\n{}", tail(&sim.ends().await)));
}

#[tokio::test]
async fn a_crash_in_the_middle_of_healing_loses_nothing() {
    let mut sim = open().await;
    for customer in 0..20 {
        let name = format!("c{customer}");
        sim.add(&name, &name, "basic").await;
    }
    sim.until("2026-02-01T10:00:00+09:00").await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-03-05T10:00:00+09:00").await;

    sim.slow_down(Duration::from_secs(10));
    sim.come_back_to(&copy).await;
    // It dies before it knows the time, and once more with a question about all of them under way.
    for second in [5, 30] {
        sim.until(&format!("2026-03-05T10:00:{second:02}+09:00"))
            .await;
        assert_eq!(sim.count(SUSPICIONS).await, 1, "after {second} s");
        sim.crash().await;
    }
    assert_eq!(sim.count(ATTEMPTS).await, 20);
    sim.until("2026-03-05T11:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 0);
    assert_eq!(sim.count(ATTEMPTS).await, 40);
    sim.stop().await;
    sim.audit().await;
}

#[tokio::test]
async fn who_was_replaced_ends_before_it_sends() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;

    fs::remove_file(sim.directory().join("dues.lock")).expect("it was there");
    let terms = [shop::monthly()];
    let second = shop::open(
        sim.directory(),
        &terms,
        shop::instant("2026-02-01T10:00:00+09:00"),
    )
    .await;
    let said = sim.ends_by_itself_at("2026-02-28T10:00:00+09:00").await;
    assert!(said.contains("taken this database over"), "{said}");
    assert_eq!(sim.tries("shop-alice-1"), 0);
    drop(second);
}

#[tokio::test]
async fn who_was_replaced_ends_though_nobody_is_due() {
    let mut sim = open().await;
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;

    fs::remove_file(sim.directory().join("dues.lock")).expect("it was there");
    let terms = [shop::monthly()];
    let now = shop::instant("2026-02-01T10:00:00+09:00");
    let second = shop::open(sim.directory(), &terms, now).await;
    let said = sim.ends_by_itself_at("2026-02-01T10:01:00+09:00").await;
    assert!(said.contains("taken this database over"), "{said}");
    drop(second);
}

#[tokio::test]
async fn lost_charges_are_found_many_at_a_time() {
    let mut sim = open().await;
    let people: Vec<String> = (0..250).map(|n| format!("p{n:03}")).collect();
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    sim.import(&names, "basic", "2026-01-31T12:00:00+09:00")
        .await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-01-31T13:00:00+09:00").await;
    let paid = "SELECT count(*) FROM cycle WHERE state = 'paid'";
    assert_eq!(sim.count(paid).await, 250);

    let before = sim.requests();
    sim.come_back_to(&copy).await;
    sim.until("2026-01-31T14:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 0);
    assert_eq!(sim.count(paid).await, 250);
    // A token, the time, and a hundred uids a request.
    let asked = sim.requests() - before;
    assert!(asked <= 6, "{asked} requests for 250 charges");
    sim.ends().await;
}

/// What is not shown as paid is asked about alone before anybody is charged, and so is everything where
/// nobody answers for many together.
#[tokio::test]
async fn what_many_together_do_not_show_is_asked_about_alone() {
    let mut sim = open().await;
    let people: Vec<String> = (0..40).map(|n| format!("p{n:03}")).collect();
    let names: Vec<&str> = people.iter().map(String::as_str).collect();
    for name in names.iter().take(10) {
        sim.script(name, &["decline-funds", "pay"]);
    }
    sim.import(&names, "basic", "2026-01-31T12:00:00+09:00")
        .await;
    let (_kept, copy) = sim.back_up().await;
    sim.until("2026-01-31T13:00:00+09:00").await;
    let before = sim.requests();
    sim.come_back_to(&copy).await;
    sim.settle().await;
    let found = "SELECT count(*) FROM journal WHERE kind = 'found_paid'";
    assert_eq!(sim.count(found).await, 30);
    let asked = sim.requests() - before;
    assert!((11..40).contains(&asked), "{asked} requests");
    sim.until("2026-02-01T13:00:00+09:00").await;
    assert_eq!(sim.count(SUSPICIONS).await, 0);
    sim.ends().await;
}
