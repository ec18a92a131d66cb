//! The points that nobody could establish, each way; and that nothing here is left to chance.

use std::time::Duration;

use super::{Shop, body, line};
use crate::gateway::simulator::outcome::{Decline, Mishap, Outcome, Work};
use crate::gateway::simulator::switches::{Duplicates, InFlight, Rates, Reuse, Switches};

/// Two charges of one uid, the second half a second after the first, while each takes a second.
fn overlap(duplicates: Duplicates) -> Shop {
    let mut shop = Shop::new(Switches {
        duplicates,
        latency: Duration::from_secs(1),
        ..Switches::honest()
    });
    shop.charge("cust", "shop-a-0");
    shop.now += Duration::from_millis(500);
    shop.charge("cust", "shop-a-0");
    shop
}

#[test]
fn overlapping_charges_pay_once_when_the_check_is_atomic() {
    let mut shop = overlap(Duplicates::Atomic);
    assert_eq!(shop.books(), "paid 9900");
    let reply = shop.charge("cust", "shop-a-0");
    assert!(
        body(&reply)["message"]
            .as_str()
            .unwrap()
            .contains("이미 주문이 이루어진")
    );
    assert_eq!(shop.gateway.ledger().double_charges().len(), 0);
    assert_eq!(shop.gateway.ledger().tries("shop-a-0"), 3);
}

#[test]
fn overlapping_charges_pay_twice_when_it_is_not() {
    let mut shop = overlap(Duplicates::CheckThenAct);
    assert_eq!(shop.books(), "paid 9900, paid 9900");
    let doubles: Vec<&str> = shop.gateway.ledger().double_charges().collect();
    assert_eq!(doubles, ["shop-a-0"]);
    assert_eq!(shop.gateway.ledger().totals().collected_won, 19_800);

    shop.wait(1);
    assert_eq!(
        line(&shop.charge("cust", "shop-a-0")),
        "200 code 1",
        "no longer in flight"
    );

    let whole = serde_json::json!({"imp_uid": "imp_000000000002"});
    shop.post("/payments/cancel", &whole);
    assert_eq!(
        shop.gateway.ledger().double_charges().len(),
        0,
        "given back"
    );
}

#[test]
fn a_uid_after_a_decline() {
    for (reuse, expected) in [
        (Reuse::Allowed, "200 code 0 paid"),
        (Reuse::Refused, "200 code 1"),
    ] {
        let mut shop = Shop::new(Switches {
            reuse_after_decline: reuse,
            ..Switches::honest()
        });
        shop.charge("sim-decline-funds-then-pay", "shop-a-0");
        shop.wait(1);
        let reply = shop.charge("sim-decline-funds-then-pay", "shop-a-0");
        assert_eq!(line(&reply), expected, "{reuse:?}");
    }
}

#[test]
fn what_look_ups_see_of_a_payment_in_flight() {
    for (in_flight, seen) in [
        (InFlight::Shown, "200 code 0 ready"),
        (InFlight::Hidden, "404 code 1"),
    ] {
        let mut shop = Shop::new(Switches {
            in_flight,
            latency: Duration::from_secs(2),
            lookup_lag: Duration::ZERO,
            ..Switches::honest()
        });
        shop.charge("cust", "shop-a-0");
        assert_eq!(
            line(&shop.get("/payments/find/shop-a-0")),
            seen,
            "{in_flight:?}"
        );
        shop.wait(2);
        assert_eq!(
            line(&shop.get("/payments/find/shop-a-0")),
            "200 code 0 paid"
        );
    }
}

#[test]
fn a_record_that_lags_is_settled_all_the_same() {
    let mut shop = Shop::new(Switches {
        lookup_lag: Duration::from_mins(20),
        ..Switches::honest()
    });
    assert_eq!(line(&shop.charge("cust", "shop-a-0")), "200 code 0 paid");
    for target in ["/payments/find/shop-a-0", "/payments/imp_000000000001"] {
        assert_eq!(line(&shop.get(target)), "404 code 1", "{target}");
    }
    assert_eq!(line(&shop.charge("cust", "shop-a-0")), "200 code 1");
    shop.wait(20 * 60);
    assert_eq!(
        line(&shop.get("/payments/find/shop-a-0")),
        "200 code 0 paid"
    );
}

#[test]
fn a_late_charge_lands_after_a_look_up_found_nothing() {
    let mut shop = Shop::new(Switches {
        in_flight: InFlight::Hidden,
        duplicates: Duplicates::CheckThenAct,
        ..Switches::honest()
    });
    let customer = "sim-time-out-paid-then-pay";
    assert_eq!(
        shop.charge(customer, "shop-a-0").after,
        Duration::from_secs(90)
    );
    shop.wait(60);
    assert_eq!(line(&shop.get("/payments/find/shop-a-0")), "404 code 1");
    assert_eq!(line(&shop.charge(customer, "shop-a-0")), "200 code 0 paid");
    // The quiet period of a client has to be longer than the gateway's worst delay.
    assert_eq!(shop.gateway.ledger().double_charges().len(), 1);
}

#[test]
fn the_same_seed_and_requests_give_the_same_replies() {
    let switches = |seed| Switches {
        seed,
        rates: Rates {
            charges: vec![
                (Outcome::Mishap(Mishap::Cut, Work::Paid), 100_000),
                (Outcome::Decline(Decline::Funds), 200_000),
            ],
            lookups: vec![(Mishap::Http502, 100_000)],
        },
        ..Switches::honest()
    };
    let run = |seed| {
        let mut shop = Shop::new(switches(seed));
        let mut replies = Vec::new();
        for order in 0..200 {
            replies.push(shop.charge("cust", &format!("shop-{order}-0")));
            replies.push(shop.get(&format!("/payments/find/shop-{order}-0")));
        }
        replies
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}

#[test]
fn a_draw_does_not_depend_on_the_order_of_arrival() {
    let mut books = Vec::new();
    for reversed in [false, true] {
        let mut shop = Shop::new(Switches {
            rates: Rates {
                charges: vec![(Outcome::Decline(Decline::Funds), 500_000)],
                lookups: Vec::new(),
            },
            ..Switches::honest()
        });
        let mut orders: Vec<u32> = (0..100).collect();
        if reversed {
            orders.reverse();
        }
        let mut lines: Vec<String> = Vec::new();
        for order in orders {
            let uid = format!("shop-{order}-0");
            lines.push(format!("{uid} {}", line(&shop.charge("cust", &uid))));
        }
        lines.sort();
        books.push(lines);
    }
    assert_eq!(books[0], books[1]);
}
