//! A batch that is held, as an operator meets it.

use dues::core::guard::{Cap, Caps};
use expect_test::expect;

use super::shop::Shop;
use super::story::check;

#[test]
fn a_held_batch_is_told_looked_at_and_approved() {
    let shop = Shop::capped(Caps {
        unforetold: Cap {
            charges: Some(1),
            won: None,
        },
        all: Cap::NONE,
        price_rise_max: Some(3),
    });
    let rows = "customer_uid,plan,anchor,id\n\
                alice,basic,2026-01-10T10:00:00+09:00,a-1\n\
                bob,yearly,2026-01-14T20:00:00+09:00,b-1\n";
    let file = shop.file("wrong.csv", rows);
    let import = format!("import {file}");
    check(
        &shop,
        &[
            "approve 0123456789ab",
            &import,
            "doctor",
            "approve 0123456789ab",
            "approve da5c23fe44cc",
            "approve da5c23fe44cc",
            "doctor",
        ],
        &expect![[r#"
            $ dues approve 0123456789ab
            dues: no batch is held: there is nothing to approve
            [6]
            $ dues import DIR/wrong.csv
            added 2, already there 0, refused 0
            [0]
            $ dues doctor
            ! nobody is charged: 2 charges of 108,900 KRW are due that nobody foretold (1 late by more than a day, 2 of subscriptions added within a day), besides 0 of the last day: [guard] lets out 1 in 24 hours. `dues doctor` shows them, `dues approve da5c23fe44cc` lets out 2 charges of 108,900 KRW

            Held until it is approved. new: added less than a day before; late: by more than a day; dear: at a price that rose too far. `dues show SUBSCRIPTION` shows one of each; what is wrong is canceled or paused; `dues approve` lets out the rest.
            PLAN    WHY   CHARGES         SUM  DUE FROM                 TO                       SUCH AS
            basic   late        1   9,900 KRW  2026-01-10 10:00 +09:00  2026-01-10 10:00 +09:00  a-1
            yearly  new         1  99,000 KRW  2026-01-14 20:00 +09:00  2026-01-14 20:00 +09:00  b-1
            [10]
            $ dues approve 0123456789ab
            dues: "0123456789ab" is not what is held now, which is 2 charges of 108,900 KRW: look at it with `dues doctor`, then `dues approve da5c23fe44cc`
            [6]
            $ dues approve da5c23fe44cc
            2 charges of 108,900 KRW may go out; charging goes on
            [0]
            $ dues approve da5c23fe44cc
            dues: no batch is held: there is nothing to approve
            [6]
            $ dues doctor
            nothing is wrong: charging goes on, nothing is held, no doubt is old, and the clock is right
            [0]
        "#]],
    );
}
