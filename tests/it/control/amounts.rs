//! How many there are, and what a coupon takes off, as the desk types them.

use dues::core::coupon::{Coupon, CouponCode, Lasts, Off, Percent};
use expect_test::expect;

use super::shop::{Shop, plan};
use super::story::check;

/// A plan with two coupons, and one that takes none.
fn shop() -> Shop {
    let coupon = |text, percent, lasts| Coupon {
        code: CouponCode::parse(text).unwrap(),
        off: Off::Percent(Percent::of(percent).unwrap()),
        lasts,
    };
    let mut basic = plan("basic", 9_900, "1 month");
    basic.coupons = vec![
        coupon("SPRING", 15, Lasts::Cycles(2)),
        coupon("STAFF", 50, Lasts::Forever),
    ];
    Shop::selling(vec![basic, plan("yearly", 99_000, "1 year")])
}

#[test]
fn a_quantity_is_changed_with_the_next_cycle_or_not_at_all() {
    let shop = shop();
    shop.dues("add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --quantity 2");
    shop.dues("add bob --plan basic --id b-1 --anchor 2026-01-31T10:00:00+09:00");
    shop.dues("cancel b-1");
    check(
        &shop,
        &[
            "change-quantity a-1 1 --idempotency-key k1",
            "change-quantity a-1 1 --idempotency-key k1",
            "change-quantity a-1 1",
            "change-quantity a-1 3",
            "preview a-1 --cycles 1",
            "change-quantity a-1 3 --now --reason grew",
            "change-quantity a-1 4 --now",
            "change-quantity a-1 4 --now --reason grew",
            "change-quantity a-1 0",
            "change-quantity a-1 some",
            "change-quantity b-1 2",
            "change-quantity nobody 2",
        ],
        &expect![[r#"
            $ dues change-quantity a-1 1 --idempotency-key k1
            a-1 is active; next due 2026-01-31 10:00 +09:00; it asks for 9,900 KRW
            [0]
            $ dues change-quantity a-1 1 --idempotency-key k1
            a-1 is active; next due 2026-01-31 10:00 +09:00; it asks for 9,900 KRW
            dues: this was done before under this key: nothing was done now, and this is what was said then
            [0]
            $ dues change-quantity a-1 1
            a-1 is active; nothing changed; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues change-quantity a-1 3
            a-1 is active; next due 2026-01-31 10:00 +09:00; it asks for 29,700 KRW
            dues: a cycle costs 29,700 KRW from the next one on, and the customer has not agreed to that within the 30 days before: without `dues consent a-1` it is not charged then
            [0]
            $ dues preview a-1 --cycles 1
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  29,700 KRW  hold
            0 charges, 0 KRW
            [0]
            $ dues change-quantity a-1 3 --now --reason grew
            a-1 is active; nothing changed; next due 2026-01-31 10:00 +09:00
            dues: it has that already, from now or from its next cycle on; to let what begins with the next cycle begin now, change it back first
            [0]
            $ dues change-quantity a-1 4 --now
            dues: say why with --reason TEXT: money moves now
            [2]
            $ dues change-quantity a-1 4 --now --reason grew
            dues: no cycle was begun yet: without --now its first one is charged so
            [6]
            $ dues change-quantity a-1 0
            error: invalid value '0' for '<QUANTITY>': 0 is not a quantity: it is a whole number from 1 to 10000

            For more information, try '--help'.
            [2]
            $ dues change-quantity a-1 some
            error: invalid value 'some' for '<QUANTITY>': write a whole number, in digits alone

            For more information, try '--help'.
            [2]
            $ dues change-quantity b-1 2
            dues: cannot change the quantity of a subscription that is canceled
            [6]
            $ dues change-quantity nobody 2
            dues: no subscription has the id "nobody": `dues list` shows them
            [5]
        "#]],
    );
}

#[test]
fn a_coupon_is_redeemed_with_the_first_cycle_and_taken_away_again() {
    let shop = shop();
    check(
        &shop,
        &[
            "add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --coupon SPRING",
            "add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --coupon STAFF",
            "add bob --plan basic --id b-1 --anchor 2026-01-31T10:00:00+09:00 --coupon AUTUMN",
            "add carol --plan yearly --id c-1 --anchor 2026-01-31T10:00:00+09:00 --coupon SPRING",
            "add dave --plan basic --id d-1 --anchor 2026-01-31T10:00:00+09:00 --coupon no+code",
            "preview a-1 --cycles 3",
            "uncoupon a-1 --reason mistake",
            "uncoupon a-1",
            "preview a-1 --cycles 3",
            "coupon a-1 SPRING",
            "uncoupon b-1",
        ],
        &expect![[r#"
            $ dues add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --coupon SPRING
            a-1 added: first cycle due 2026-01-31 10:00 +09:00
            [0]
            $ dues add alice --plan basic --id a-1 --anchor 2026-01-31T10:00:00+09:00 --coupon STAFF
            dues: subscription "a-1" exists already and differs in coupon: choose another id
            [6]
            $ dues add bob --plan basic --id b-1 --anchor 2026-01-31T10:00:00+09:00 --coupon AUTUMN
            dues: coupon "AUTUMN" cannot be redeemed for plan "basic": see [coupons] in the configuration
            [2]
            $ dues add carol --plan yearly --id c-1 --anchor 2026-01-31T10:00:00+09:00 --coupon SPRING
            dues: coupon "SPRING" cannot be redeemed for plan "yearly": see [coupons] in the configuration
            [2]
            $ dues add dave --plan basic --id d-1 --anchor 2026-01-31T10:00:00+09:00 --coupon no+code
            error: invalid value 'no+code' for '--coupon <CODE>': "no+code" is not a coupon: it contains '+'; write 1 to 40 characters: letters, digits, _ and -

            For more information, try '--help'.
            [2]
            $ dues preview a-1 --cycles 3
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  8,415 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  8,415 KRW  charge
                2  2026-03-31 10:00 +09:00  2026-03-31 10:00 +09:00  9,900 KRW  charge
            3 charges, 26,730 KRW
            [0]
            $ dues uncoupon a-1 --reason mistake
            a-1 is active; next due 2026-01-31 10:00 +09:00; it asks for 9,900 KRW
            [0]
            $ dues uncoupon a-1
            a-1 is active; nothing changed; next due 2026-01-31 10:00 +09:00
            [0]
            $ dues preview a-1 --cycles 3
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  9,900 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  9,900 KRW  charge
                2  2026-03-31 10:00 +09:00  2026-03-31 10:00 +09:00  9,900 KRW  charge
            3 charges, 29,700 KRW
            [0]
            $ dues coupon a-1 SPRING
            a-1 is active; next due 2026-01-31 10:00 +09:00; it asks for 8,415 KRW
            [0]
            $ dues uncoupon b-1
            dues: no subscription has the id "b-1": `dues list` shows them
            [5]
        "#]],
    );
}

#[test]
fn a_plan_is_foreseen_with_a_coupon_and_a_quantity() {
    check(
        &shop(),
        &[
            "preview --plan basic --from 2026-01-31T10:00:00+09:00 --cycles 3 --coupon SPRING",
            "preview --plan basic --from 2026-01-31T10:00:00+09:00 --cycles 2 --coupon STAFF --quantity 3",
            "preview --plan yearly --cycles 1 --coupon SPRING",
            "preview --plan basic --cycles 1 --coupon AUTUMN",
        ],
        &expect![[r#"
            $ dues preview --plan basic --from 2026-01-31T10:00:00+09:00 --cycles 3 --coupon SPRING
            CYCLE  DUE                      CHARGED                     AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  8,415 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  8,415 KRW  charge
                2  2026-03-31 10:00 +09:00  2026-03-31 10:00 +09:00  9,900 KRW  charge
            3 charges, 26,730 KRW
            [0]
            $ dues preview --plan basic --from 2026-01-31T10:00:00+09:00 --cycles 2 --coupon STAFF --quantity 3
            CYCLE  DUE                      CHARGED                      AMOUNT  WHAT
                0  2026-01-31 10:00 +09:00  2026-01-31 10:00 +09:00  14,850 KRW  charge
                1  2026-02-28 10:00 +09:00  2026-02-28 10:00 +09:00  14,850 KRW  charge
            2 charges, 29,700 KRW
            [0]
            $ dues preview --plan yearly --cycles 1 --coupon SPRING
            dues: coupon "SPRING" cannot be redeemed for plan "yearly": see [coupons] in the configuration
            [2]
            $ dues preview --plan basic --cycles 1 --coupon AUTUMN
            dues: coupon "AUTUMN" cannot be redeemed for plan "basic": see [coupons] in the configuration
            [2]
        "#]],
    );
}
