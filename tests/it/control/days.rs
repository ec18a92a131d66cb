//! Where a day or an instant may be typed: a day means a whole one in Korea, an instant means itself.

use expect_test::expect;

use super::shop::Shop;
use super::story::check;

#[test]
fn an_instant_is_not_taken_for_its_day() {
    let shop = Shop::open();
    shop.dues("add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00");
    check(
        &shop,
        &[
            "pause a-1 --until 2026-03-01",
            "pause a-1 --until 2026-03-01T15:00:00+09:00",
            "pause a-1 --until 2026-03-01T20:00:00Z",
            "resume a-1",
            "preview a-1 --until 2026-02-28",
            "preview a-1 --until 2026-02-28T09:59:59+09:00",
            "preview --plan basic --from 2026-01-31 --cycles 1",
            "preview --plan basic --from 2026-01-31T15:00:00+09:00 --cycles 1",
        ],
        &expect![[r#"
            $ dues pause a-1 --until 2026-03-01
            a-1 is paused; goes on at 2026-03-01 00:00 +09:00; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues pause a-1 --until 2026-03-01T15:00:00+09:00
            a-1 is paused; goes on at 2026-03-01 15:00 +09:00; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues pause a-1 --until 2026-03-01T20:00:00Z
            a-1 is paused; goes on at 2026-03-02 05:00 +09:00; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues resume a-1
            a-1 is active; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues preview a-1 --until 2026-02-28
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  9,900 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  9,900 KRW  charge
            2 charges, 19,800 KRW
            [0]
            $ dues preview a-1 --until 2026-02-28T09:59:59+09:00
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  9,900 KRW  charge
            1 charge, 9,900 KRW
            [0]
            $ dues preview --plan basic --from 2026-01-31 --cycles 1
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 00:00 +09:00  2026-01-31 00:40 +09:00  9,900 KRW  charge
            1 charge, 9,900 KRW
            [0]
            $ dues preview --plan basic --from 2026-01-31T15:00:00+09:00 --cycles 1
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 15:00 +09:00  2026-01-31 15:00 +09:00  9,900 KRW  charge
            1 charge, 9,900 KRW
            [0]
        "#]],
    );
}
