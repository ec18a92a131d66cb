//! Stories in which nobody can say at first whether the card was charged.

use dues::store::Command;
use expect_test::expect;

use crate::sim::id;
use crate::story::open;

#[tokio::test]
async fn the_answer_is_lost_and_the_payment_found() {
    let mut sim = open().await;
    sim.script("alice", &["lose-answer", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 lost -> in_doubt (connection closed before an answer)
        2026-01-31 10:03:00 alice 0 asked
        2026-01-31 10:03:00 alice 0 found_paid -> paid (imp_000000000001)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn the_request_is_lost_and_sent_again_under_its_uid() {
    let mut sim = open().await;
    sim.script("alice", &["lose-request", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    let uids = "SELECT count(DISTINCT merchant_uid) FROM attempt";
    assert_eq!(sim.count(uids).await, 1);
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 lost -> in_doubt (connection closed before an answer)
        2026-01-31 10:03:00 alice 0 asked
        2026-01-31 10:03:00 alice 0 found_absent -> retrying
        2026-01-31 10:04:00 alice 0 begun -> charging
        2026-01-31 10:04:00 alice 0 paid -> paid (imp_000000000001)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn the_answer_comes_after_we_gave_up() {
    let mut sim = open().await;
    sim.script("alice", &["time-out-paid", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:01:00 alice 0 lost -> in_doubt (no answer within the deadline)
        2026-01-31 10:04:00 alice 0 asked
        2026-01-31 10:04:00 alice 0 found_paid -> paid (imp_000000000001)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn a_decline_turns_into_a_payment() {
    let mut sim = open().await;
    sim.script("alice", &["decline-turns-paid", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-02-05T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 declined -> retrying ([CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요)
        2026-01-31 10:00:00 alice fell_behind -> past_due
        2026-01-31 10:30:00 alice 0 begun -> charging
        2026-01-31 10:30:00 alice 0 settled -> in_doubt (이미 주문이 이루어진 merchant_uid입니다. (paid 또는 cancelled 상태의 거래가 존재합니다))
        2026-01-31 10:30:00 alice 0 asked
        2026-01-31 10:30:00 alice 0 found_paid -> paid (imp_000000000001)
        2026-01-31 10:30:00 alice recovered -> active
    "#]].assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn another_amount_was_charged_and_a_person_has_to_look() {
    let mut sim = open().await;
    sim.script("alice", &["wrong-amount", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:05:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 mismatch -> in_doubt (amount is 9910, not 9900)
        2026-01-31 10:00:00 alice held -> active (mismatch)
        2026-01-31 10:03:00 alice 0 asked
        2026-01-31 10:03:00 alice 0 found_mismatch (amount is 9910, not 9900)
        2026-01-31 10:04:00 alice 0 asked
        2026-01-31 10:04:00 alice 0 found_mismatch (amount is 9910, not 9900)
    "#]]
    .assert_eq(&sim.ends().await);
}

/// The bug: the refunded attempt stayed open, and the card counted as busy for ever.
#[tokio::test]
async fn a_refund_before_we_heard_of_the_payment_frees_the_card() {
    let mut sim = open().await;
    sim.script("alice", &["cancelled", "pay"]);
    sim.add("alice-1", "alice", "basic").await;
    sim.add("alice-2", "alice", "basic").await;
    sim.until("2026-01-31T12:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice-1 added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice-1 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice-1 0 refunded -> refunded (imp_000000000001)
        2026-01-31 10:00:00 alice-1 held -> active (refunded_elsewhere)
        2026-01-31 10:00:00 alice-2 added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice-2 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice-2 0 paid -> paid (imp_000000000002)
    "#]]
    .assert_eq(&sim.ends().await);
}

#[tokio::test]
async fn canceled_while_in_doubt_and_found_paid() {
    let mut sim = open().await;
    sim.script("alice", &["lose-answer", "pay"]);
    sim.add("alice", "alice", "basic").await;
    sim.until("2026-01-31T10:01:00+09:00").await;
    sim.tell(Command::Cancel(id("alice"))).await;
    sim.until("2026-02-01T10:00:00+09:00").await;
    expect![[r#"
        2026-01-31 10:00:00  plan_version (basic version 1: 9,900 KRW every 1 month, Asia/Seoul)
        2026-01-31 10:00:00  plan_version (weekly version 1: 9,900 KRW every 1 week, Asia/Seoul)
        2026-01-31 10:00:00 alice added -> active, 0 enrolled, asked by a person
        2026-01-31 10:00:00 alice 0 begun -> charging, 1 enrolled
        2026-01-31 10:00:00 alice 0 lost -> in_doubt (connection closed before an answer)
        2026-01-31 10:01:00 alice cancel -> canceled, asked by a person
        2026-01-31 10:01:00 alice 1 forgone -> skipped (canceled), asked by a person
        2026-01-31 10:03:00 alice 0 asked
        2026-01-31 10:03:00 alice 0 found_paid -> paid (imp_000000000001)
    "#]]
    .assert_eq(&sim.ends().await);
}
