//! What `dues doctor` tells of declines that nobody understood.

use expect_test::expect;
use sqlx::AssertSqlSafe;

use super::shop::Shop;
use super::story::check;

const DECLINES: [(&str, &str, i64); 5] = [
    ("'daou'", "[D0123] 처리불가", 1),
    ("'daou'", "[D0123] 처리 불가(2)", 3),
    ("'daou'", "한도 초과", 4),
    ("NULL", "[77] no", 2),
    ("'kcp_billing'", "처리불가", 5),
];

#[tokio::test]
async fn what_nobody_understood_is_told_with_what_to_write() {
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a1 --anchor 2026-01-31T10:00:00+09:00");
    let mut books = crate::shop::back_door(&shop.path("")).await;
    for (k, (pg, text, day)) in (1..).zip(DECLINES) {
        let at = format!("unixepoch('2026-01-{day:02}T01:00:00Z') * 1000000");
        let decline = format!(
            "INSERT INTO attempt (subscription_key, n, k, customer_uid, merchant_uid, amount, begun_at,
                                  ended_at, outcome, class, pg, message)
             VALUES (1, 0, {k}, 'alice', 'shop-a1-0', 9900, {at}, {at}, 'declined', 'generic', {pg}, '{text}')"
        );
        let done = sqlx::query(AssertSqlSafe(decline))
            .execute(&mut books)
            .await;
        done.unwrap();
    }
    check(
        &shop,
        &["doctor", "export attempts -o csv"],
        &expect![[r#"
            $ dues doctor
            nothing is wrong: charging goes on, nothing is held, no doubt is old, and the clock is right

            Not understood, in the last 30 days: they are tried again as `generic`. Ask your PG what the code means; write it with its class (funds, technical, generic, new_card, never, duplicate or merchant) under the table that is named, and start dues anew. For a text without a code there is nothing to write.
            PG           TIMES  LAST                     TEXT              WRITE
            daou             2  2026-01-03 10:00 +09:00  [D0123] 처리 불가(2)  [gateway.codes.daou] D0123 = "CLASS"
            kcp_billing      1  2026-01-05 10:00 +09:00  처리불가
                             1  2026-01-02 10:00 +09:00  [77] no           [gateway.codes] 77 = "CLASS"
            [0]
            $ dues export attempts -o csv
            subscription,cycle,attempt,customer_uid,merchant_uid,amount,begun_at,ended_at,outcome,class,pg,code,message,imp_uid
            a1,0,1,alice,shop-a1-0,9900,2026-01-01T01:00:00Z,2026-01-01T01:00:00Z,declined,generic,daou,,[D0123] 처리불가,
            a1,0,2,alice,shop-a1-0,9900,2026-01-03T01:00:00Z,2026-01-03T01:00:00Z,declined,generic,daou,,[D0123] 처리 불가(2),
            a1,0,3,alice,shop-a1-0,9900,2026-01-04T01:00:00Z,2026-01-04T01:00:00Z,declined,generic,daou,,한도 초과,
            a1,0,4,alice,shop-a1-0,9900,2026-01-02T01:00:00Z,2026-01-02T01:00:00Z,declined,generic,,,[77] no,
            a1,0,5,alice,shop-a1-0,9900,2026-01-05T01:00:00Z,2026-01-05T01:00:00Z,declined,generic,kcp_billing,,처리불가,
            [0]
        "#]],
    );
}
