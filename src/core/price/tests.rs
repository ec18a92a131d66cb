//! Prices, as tables.

use crate::core::calendar::CycleNo;
use crate::core::contract::Quantity;
use crate::core::coupon::Discount;
use crate::core::money::Krw;
use crate::core::price::{BadPrice, Line, Opening, Phase, Position, PriceList, Trial, part, total};

fn won(amount: i64) -> Krw {
    Krw::parse(amount).unwrap()
}

fn intro() -> PriceList {
    PriceList {
        trial: Some(Trial::Cycles(1)),
        phases: vec![
            Phase {
                cycles: 2,
                amount: won(4_900),
            },
            Phase {
                cycles: 1,
                amount: won(7_900),
            },
        ],
        setup_fee: Some(won(10_000)),
        cycles: Some(6),
        until: None,
        ..PriceList::default()
    }
}

fn position(n: u32, opening: Opening, quantity: i64) -> Position {
    Position {
        n: CycleNo::parse(n).unwrap(),
        opening,
        rest: None,
        quantity: Quantity::parse(quantity).unwrap(),
        discount: None,
    }
}

fn words(lines: &[Line]) -> String {
    let word = |line: &Line| format!("{} {}", line.what, line.won);
    let words: Vec<String> = lines.iter().map(word).collect();
    words.join(" + ")
}

fn price(list: &PriceList, n: u32) -> (String, i64) {
    let lines = list.lines(won(9_900), position(n, Opening::Regular, 1));
    (words(&lines), total(&lines).unwrap().won())
}

#[test]
fn a_price_follows_from_the_number_of_the_cycle() {
    let expected = [
        (0, "trial 0", 0),
        (1, "phase 1 4900 + set-up fee 10000", 14_900),
        (2, "phase 1 4900", 4_900),
        (3, "phase 2 7900", 7_900),
        (4, "amount 9900", 9_900),
        (99_999, "amount 9900", 9_900),
    ];
    for (n, words, sum) in expected {
        assert_eq!(price(&intro(), n), (words.to_owned(), sum), "cycle {n}");
    }
    let flat = PriceList::default();
    assert_eq!(price(&flat, 0), ("amount 9900".to_owned(), 9_900));
}

#[test]
fn a_part_and_the_rest_of_it_are_the_whole() {
    let most = Krw::MAX_WON * i64::from(Quantity::MAX);
    for amount in [1, 9_900, 9_999, Krw::MAX_WON, most] {
        for of in [28, 30, 31, 92, 366] {
            for days in 0..=of {
                let charged = part(amount, days, of);
                let exact = i128::from(amount) * i128::from(days);
                let left = exact - i128::from(charged) * i128::from(of);
                assert!((0..i128::from(of)).contains(&left), "{amount} {days}/{of}");
            }
            assert_eq!(part(amount, of, of), amount);
        }
    }
}

#[test]
fn a_first_period_is_a_cycle_of_its_own() {
    let list = PriceList {
        trial: None,
        ..intro()
    };
    let price = |opening, n| words(&list.lines(won(9_900), position(n, opening, 1)));
    let part = Opening::Part { days: 25, of: 31 };
    assert_eq!(price(part, 0), "25 of 31 days 3951 + set-up fee 10000");
    assert_eq!(price(part, 1), "phase 1 4900");
    assert_eq!(price(part, 2), "phase 2 7900");
    assert_eq!(price(Opening::Free, 0), "free first period 0");
    assert_eq!(price(Opening::Free, 1), "phase 1 4900 + set-up fee 10000");
    assert_eq!(price(Opening::Free, 2), "phase 1 4900");
    assert_eq!(price(Opening::Free, 3), "phase 2 7900");
}

#[test]
fn a_quantity_multiplies_amounts_and_no_fee() {
    let list = intro();
    let price =
        |n, quantity| words(&list.lines(won(9_900), position(n, Opening::Regular, quantity)));
    assert_eq!(price(0, 3), "trial 0");
    assert_eq!(price(1, 3), "phase 1 14700 + set-up fee 10000");
    assert_eq!(price(4, 3), "amount 29700");
    assert_eq!(price(4, 10_000), "amount 99000000");
    // The part is of all of them: three times the part of one would be two won less.
    let list = PriceList::default();
    let part = Opening::Part { days: 25, of: 31 };
    let lines = list.lines(won(9_900), position(0, part, 3));
    assert_eq!(words(&lines), "25 of 31 days 23951");
    assert_eq!(list.regular(won(9_900), position(0, part, 3)), 29_700);
}

#[test]
fn a_quantity_whose_dearest_cycle_is_too_dear_is_refused() {
    let list = PriceList {
        setup_fee: Some(won(1_000)),
        ..PriceList::default()
    };
    let check = |amount, quantity| {
        let quantity = Quantity::parse(quantity).unwrap();
        list.check_quantity(won(amount), quantity)
    };
    assert_eq!(check(9_999_990, 100), Ok(()));
    assert_eq!(check(9_999_991, 100), Err(BadPrice { won: 1_000_000_100 }));
    assert_eq!(check(100_000, 10_000), Err(BadPrice { won: 1_000_001_000 }));
    // A fee that comes with a cheap first phase does not count for the dear ones after it.
    let list = PriceList {
        phases: intro().phases,
        ..list
    };
    let dear = won(Krw::MAX_WON);
    assert_eq!(list.check_quantity(dear, Quantity::ONE), Ok(()));
}

fn coupon(text: &str) -> Discount {
    Discount::read(text).unwrap()
}

#[test]
fn a_coupon_takes_off_what_a_cycle_costs_and_nothing_of_the_fee() {
    let list = intro();
    let price = |n, discount: &str| {
        let position = Position {
            discount: Some(coupon(discount)),
            ..position(n, Opening::Regular, 3)
        };
        let lines = list.lines(won(9_900), position);
        (words(&lines), total(&lines).unwrap().won())
    };
    let table = [
        (0, "percent 50 from 0", "trial 0", 0),
        (
            1,
            "percent 33 from 0",
            "phase 1 14700 + coupon 33 % -4851 + set-up fee 10000",
            19_849,
        ),
        (
            1,
            "percent 100 from 1 for 1",
            "phase 1 14700 + coupon 100 % -14700 + set-up fee 10000",
            10_000,
        ),
        (2, "percent 100 from 1 for 1", "phase 1 14700", 14_700),
        (
            4,
            "won 5000 from 2",
            "amount 29700 + coupon 5,000 KRW -5000",
            24_700,
        ),
        (
            4,
            "won 90000 from 2",
            "amount 29700 + coupon 90,000 KRW -29700",
            0,
        ),
    ];
    for (n, discount, words, won) in table {
        assert_eq!(
            price(n, discount),
            (words.to_owned(), won),
            "{n} {discount}"
        );
    }
}

#[test]
fn the_end_of_a_coupon_is_no_rise_unless_it_left_nothing() {
    let list = PriceList::default();
    let regular = |discount: &str| {
        let position = Position {
            discount: Some(coupon(discount)),
            ..position(0, Opening::Regular, 1)
        };
        list.regular(won(9_900), position)
    };
    assert_eq!(regular("percent 99 from 0"), 9_900);
    assert_eq!(regular("percent 100 from 0"), 0);
    assert_eq!(regular("won 9899 from 0"), 9_900);
    assert_eq!(regular("won 9900 from 0"), 0);
    assert_eq!(regular("won 9900 from 1"), 9_900);
}

#[test]
fn a_trial_of_cycles_covers_a_first_period_that_costs_nothing() {
    let trial = PriceList {
        trial: Some(Trial::Cycles(1)),
        ..PriceList::default()
    };
    let none = PriceList::default();
    for opening in [Opening::Regular, Opening::Free] {
        let costs =
            |list: &PriceList, n| total(&list.lines(won(9_900), position(n, opening, 1))).unwrap();
        assert_eq!(
            (costs(&trial, 0).won(), costs(&trial, 1).won()),
            (0, 9_900),
            "{opening:?}"
        );
        assert_eq!(trial.first_charged(opening), 1);
        let free = u32::from(opening == Opening::Free);
        assert_eq!(costs(&none, 0).won() == 0, free == 1);
        assert_eq!(none.first_charged(opening), free);
    }
}
