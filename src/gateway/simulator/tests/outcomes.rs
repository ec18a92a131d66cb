//! Each outcome produces its row: what the client is told, what is in the books, and what look-ups
//! show at once and after the time-out span.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::{Shop, line};
use crate::gateway::simulator::outcome::{Decline, Outcome};
use crate::gateway::simulator::script::Script;
use crate::gateway::simulator::switches::Switches;

fn check(outcomes: &[Outcome], expected: &Expect) {
    let mut table = String::new();
    for outcome in outcomes {
        let mut shop = Shop::new(Switches::honest());
        let script = Script::new(vec![*outcome]).unwrap();
        shop.gateway.set_script("cust", script);

        let reply = shop.charge("cust", "shop-s-0");
        let told = format!("{:?} {}", reply.fate, line(&reply));
        let late = if reply.after.is_zero() { "" } else { " late" };
        let first = line(&shop.get("/payments/find/shop-s-0"));
        shop.wait(90);
        let then = line(&shop.get("/payments/find/shop-s-0"));

        let books = shop.books();
        writeln!(
            table,
            "{outcome}: {told}{late} | {books} | {first} | {then}"
        )
        .unwrap();
    }
    expected.assert_eq(&table);
}

#[test]
fn an_answer_that_can_be_read() {
    let readable = |outcome: &Outcome| !matches!(outcome, Outcome::Mishap(..));
    let outcomes: Vec<Outcome> = Outcome::all().into_iter().filter(readable).collect();
    check(
        &outcomes,
        &expect![[r#"
        pay: Deliver 200 code 0 paid | paid 9900 | 200 code 0 paid | 200 code 0 paid
        decline-funds: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-balance: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-merchant-limit: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-technical: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-generic: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-uncoded: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-expired: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-lost: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-closed: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-key-gone: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-merchant: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-duplicate: Deliver 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        decline-turns-paid: Deliver 200 code 0 failed | paid 9900 | 200 code 0 failed | 200 code 0 paid
        ready-paid: Deliver 200 code 0 ready | paid 9900 | 200 code 0 ready | 200 code 0 paid
        ready-declined: Deliver 200 code 0 ready | failed 9900 | 200 code 0 ready | 200 code 0 failed
        ready-unpaid: Deliver 200 code 0 ready | ready 9900 | 200 code 0 ready | 200 code 0 ready
        unknown-status: Deliver 200 code 0 reviewing | paid 9900 | 200 code 0 paid | 200 code 0 paid
        wrong-amount: Deliver 200 code 0 paid | paid 9910 | 200 code 0 paid | 200 code 0 paid
        wrong-customer: Deliver 200 code 0 paid | paid 9900 of another | 200 code 0 paid | 200 code 0 paid
        wrong-uid: Deliver 200 code 0 paid | paid 9900 | 200 code 0 paid | 200 code 0 paid
        wrong-currency: Deliver 200 code 0 paid | paid 9900 USD | 200 code 0 paid | 200 code 0 paid
        wrong-sandbox: Deliver 200 code 0 paid | paid 9900 sandbox | 200 code 0 paid | 200 code 0 paid
        cancelled: Deliver 200 code 0 cancelled | cancelled 9900 | 200 code 0 cancelled | 200 code 0 cancelled
        already-ordered: Deliver 200 code 1 |  | 404 code 1 | 404 code 1
        no-billing-key: Deliver 200 code 1 |  | 404 code 1 | 404 code 1
        refused: Deliver 200 code 1 |  | 404 code 1 | 404 code 1
        bad-request: Deliver 400 code 1 |  | 404 code 1 | 404 code 1
        unauthorized: Deliver 401 code -1 |  | 404 code 1 | 404 code 1
        unreachable: Unreachable 503 page |  | 404 code 1 | 404 code 1
    "#]],
    );
}

#[test]
fn an_answer_that_proves_nothing() {
    let mishap = |outcome: &Outcome| matches!(outcome, Outcome::Mishap(..));
    let outcomes: Vec<Outcome> = Outcome::all().into_iter().filter(mishap).collect();
    check(
        &outcomes,
        &expect![[r#"
        cut-paid: DropAfter 200 code 0 paid | paid 9900 | 200 code 0 paid | 200 code 0 paid
        cut-declined: DropAfter 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        cut-unpaid: DropBefore 503 page |  | 404 code 1 | 404 code 1
        truncated-paid: Truncate 200 code 0 paid | paid 9900 | 200 code 0 paid | 200 code 0 paid
        truncated-declined: Truncate 200 code 0 failed | failed 9900 | 200 code 0 failed | 200 code 0 failed
        truncated-unpaid: Truncate 200 code 1 |  | 404 code 1 | 404 code 1
        time-out-paid: Deliver 200 code 0 paid late | paid 9900 | 200 code 0 ready | 200 code 0 paid
        time-out-declined: Deliver 200 code 0 failed late | failed 9900 | 200 code 0 ready | 200 code 0 failed
        time-out-unpaid: Deliver 504 page late |  | 404 code 1 | 404 code 1
        http-408-paid: Deliver 408 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        http-408-declined: Deliver 408 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        http-408-unpaid: Deliver 408 page |  | 404 code 1 | 404 code 1
        http-429-paid: Deliver 429 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        http-429-declined: Deliver 429 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        http-429-unpaid: Deliver 429 page |  | 404 code 1 | 404 code 1
        http-500-paid: Deliver 500 code -1 | paid 9900 | 200 code 0 paid | 200 code 0 paid
        http-500-declined: Deliver 500 code -1 | failed 9900 | 200 code 0 failed | 200 code 0 failed
        http-500-unpaid: Deliver 500 code -1 |  | 404 code 1 | 404 code 1
        http-502-paid: Deliver 502 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        http-502-declined: Deliver 502 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        http-502-unpaid: Deliver 502 page |  | 404 code 1 | 404 code 1
        bare-404-paid: Deliver 404 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        bare-404-declined: Deliver 404 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        bare-404-unpaid: Deliver 404 page |  | 404 code 1 | 404 code 1
        redirect-paid: Deliver 307 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        redirect-declined: Deliver 307 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        redirect-unpaid: Deliver 307 page |  | 404 code 1 | 404 code 1
        empty-body-paid: Deliver 200 empty | paid 9900 | 200 code 0 paid | 200 code 0 paid
        empty-body-declined: Deliver 200 empty | failed 9900 | 200 code 0 failed | 200 code 0 failed
        empty-body-unpaid: Deliver 200 empty |  | 404 code 1 | 404 code 1
        not-json-paid: Deliver 200 page | paid 9900 | 200 code 0 paid | 200 code 0 paid
        not-json-declined: Deliver 200 page | failed 9900 | 200 code 0 failed | 200 code 0 failed
        not-json-unpaid: Deliver 200 page |  | 404 code 1 | 404 code 1
        no-code-paid: Deliver 200 no code | paid 9900 | 200 code 0 paid | 200 code 0 paid
        no-code-declined: Deliver 200 no code | failed 9900 | 200 code 0 failed | 200 code 0 failed
        no-code-unpaid: Deliver 200 no code |  | 404 code 1 | 404 code 1
    "#]],
    );
}

#[test]
fn declines_carry_the_words_of_the_pg() {
    for decline in Decline::ALL {
        let mut shop = Shop::new(Switches::honest());
        let script = Script::new(vec![Outcome::Decline(decline)]).unwrap();
        shop.gateway.set_script("cust", script);

        let json = super::body(&shop.charge("cust", "shop-s-0"));
        assert_eq!(json["response"]["fail_reason"], decline.text());
        assert_eq!(json["response"]["paid_at"], 0);
        assert_eq!(json["response"]["failed_at"], shop.now.as_second());
    }
}
