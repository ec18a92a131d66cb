//! What `explain` says is what the machine does: a passed guard is one that lets a charge through, for any cycle at
//! any moment.

use std::fmt::Write;

use dues::core::calendar::CycleNo;
use dues::core::catch_up::CatchUp;
use dues::core::consent::{self, Agreement, Rise};
use dues::core::cycle::{Cycle, Event, Rules, State, on_wake};
use dues::core::dunning::Class;
use dues::core::explain::{self, Case};
use dues::core::price::Price;
use dues::core::subscription::{Card, Hold, Standing, Status};
use dues::core::window::Window;
use expect_test::expect;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use crate::machine::cast;
use crate::shop;

/// A cycle that waits for its first try, more often than any other.
fn states() -> impl Strategy<Value = (String, State)> {
    let all = cast::states();
    let first = all.first().cloned().expect("a state");
    prop_oneof![2 => Just(first), 3 => prop::sample::select(all)]
}

/// Hours after the cycle was due: mostly few, and often none.
fn hours() -> impl Strategy<Value = i64> {
    prop_oneof![1 => Just(0), 2 => -6_i64..6, 2 => 20_i64..80, 3 => -200_i64..200]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_096))]

    // Most of what stands in the way does so seldom, so that what remains decides.
    #[test]
    fn every_guard_is_passed_exactly_when_the_cycle_is_begun(
        state in states(),
        status in prop_oneof![3 => Just(Status::Active), 1 => prop::sample::select(&Status::ALL[..])],
        hold in prop::option::weighted(0.2, prop::sample::select(&Hold::ALL[..])),
        (card, is_free) in (prop_oneof![4 => Just(0_u8), 1 => 1_u8..3], prop::bool::weighted(0.1)),
        (window, catch_up) in (
            prop::sample::select(&["always", "10:00-20:00", "13:00-14:00"][..]),
            prop::sample::select(&["charge_one", "latest_only", "charge_all(3)", "hold"][..]),
        ),
        hours in hours(),
        agreed in prop::option::weighted(0.3, (0_i64..1_200, 9_000_i64..11_000)),
        ends_in in prop::option::weighted(0.3, -2_i64..3),
    ) {
        let sees = (hours, agreed, ends_in);
        check(&cast::before(&state.1), (status, hold, (card, is_free)), (window, catch_up), sees)?;
    }
}

fn check(
    cycle: &Cycle,
    (status, hold, (card, is_free)): (Status, Option<Hold>, (u8, bool)),
    (window, catch_up): (&str, &str),
    (hours, agreed, ends_in): (i64, Option<(i64, i64)>, Option<i64>),
) -> Result<(), TestCaseError> {
    let mut terms = shop::terms("basic", "3 days");
    terms.window = Window::parse(window).expect("a window");
    terms.catch_up = CatchUp::parse(catch_up).expect("a rule");
    let card = match card {
        1 if !cycle.state.is_open() => Card::Busy,
        2 => Card::Dead(Class::NewCard),
        _ => Card::Free,
    };
    let wake_at = cycle.state.act_at();
    let anchor = wake_at.unwrap_or(shop::instant("2026-01-31T10:00:00+09:00"));
    let now = anchor + SignedDuration::from_hours(hours);
    let n = CycleNo::parse(0).expect("a number");
    // What was tried before asks for something.
    let is_free = is_free && cycle.tally.attempts == 0;
    let price = if is_free { Price::Free } else { shop::price() };

    let (rise, agreement) = rise(agreed, now);
    let ends_at = ends_in.map(|hours| now + SignedDuration::from_hours(hours));
    let case = Case {
        terms: &terms,
        anchor: anchor.into(),
        status,
        hold,
        card,
        n,
        due_at: anchor,
        price,
        rise,
        agreement,
        ends_at,
        resumes_at: None,
        cycle,
        wake_at,
    };
    let guards = explain::guards(case, now);
    let standing = Standing::of(status, hold, card).ending(ends_at, now);
    let rules = Rules {
        terms: &terms,
        standing,
        price,
        consent: consent::judge(rise, agreement, now),
        due_at: anchor,
        key: "",
        uid: cycle.tally.uid_no,
    };
    let due = terms
        .cycles_due(anchor, n, now)
        .expect("inside the calendar");
    let is_woken = wake_at.is_some_and(|wake_at| wake_at <= now);
    let is_begun = is_woken && on_wake(cycle, rules, due, now) == Event::Begun;
    prop_assert_eq!(
        guards.iter().all(|guard| guard.is_passed),
        is_begun,
        "{:?} at {}: {:?}",
        cycle.state,
        now,
        guards
    );

    let is_final = cycle.state.act_at().is_none();
    prop_assert_eq!(
        explain::next(case, now).is_none(),
        is_final,
        "{:?}",
        cycle.state
    );
    Ok(())
}

/// A rise to 10,000 won, and what was agreed to so many hours ago, up to how much; or no rise.
fn rise(agreed: Option<(i64, i64)>, now: Timestamp) -> (Option<Rise>, Agreement) {
    let (hours, won) = agreed.unwrap_or_default();
    let at = now - SignedDuration::from_hours(hours);
    let rise = agreed.and_then(|_| Rise::between(4_900, 10_000));
    (rise, Agreement { at, won })
}

#[test]
fn where_a_cycle_stands_is_told_in_words() {
    let terms = shop::monthly();
    let now = cast::now();
    let (rise, agreement) = rise(None, now);
    let mut told = String::new();
    for (name, state) in cast::states() {
        let cycle = cast::before(&state);
        let case = Case {
            terms: &terms,
            anchor: now.into(),
            status: Status::Active,
            hold: None,
            card: Card::Free,
            n: CycleNo::parse(0).expect("a number"),
            due_at: now,
            price: shop::price(),
            rise,
            agreement,
            ends_at: None,
            resumes_at: None,
            cycle: &cycle,
            wake_at: state.act_at(),
        };
        let guards = explain::guards(case, now);
        let guard = guards.first().expect("the cycle's own");
        let mark = if guard.is_passed { "yes" } else { "no" };
        writeln!(told, "{name}: {mark}, {}", guard.words).expect("a string takes it");
        if let Some(next) = explain::next(case, now) {
            writeln!(told, "    then {}", next.words).expect("a string takes it");
        }
    }
    expect![[r"
        scheduled: yes, it was not tried yet
            then attempt 1 is sent
        charging: no, attempt 2 is under way since 2026-03-01 09:50 +09:00
            then no answer will come any more: the attempt is in doubt
        in doubt: silence: no, attempt 2, begun at 2026-03-01 09:50 +09:00, is in doubt; the gateway was asked 1 time
            then the gateway is asked what became of the attempt
        in doubt: refused: no, attempt 2, begun at 2026-03-01 09:50 +09:00, is in doubt; the gateway was asked 1 time
            then the gateway is asked what became of the attempt
        in doubt: settled: no, attempt 2, begun at 2026-03-01 09:50 +09:00, is in doubt; the gateway was asked 1 time
            then the gateway is asked what became of the attempt
        in doubt: mismatch: no, attempt 2, begun at 2026-03-01 09:50 +09:00, is in doubt; the gateway was asked 1 time
            then the gateway is asked what became of the attempt
        retrying: declined: yes, attempt 2 did not succeed (declined, funds: no)
            then attempt 3 is sent
        retrying: not sent: yes, attempt 2 did not succeed (not sent: words)
            then attempt 3 is sent
        retrying: absent: yes, attempt 2 did not succeed (the gateway has no record of it)
            then attempt 3 is sent
        retrying: malformed: yes, attempt 2 did not succeed (the gateway could not read it: words)
            then attempt 3 is sent
        retrying: barred: yes, attempt 2 did not succeed (the gateway refused the merchant: words)
            then attempt 3 is sent
        retrying: outage: yes, attempt 2 did not succeed (the gateway, or the PG behind it, was out: words)
            then attempt 3 is sent
        exhausted: no, dunning has ended after 1 decline (funds: no); until 2026-03-01 10:00 +09:00 only another card is charged
            then we give up: the subscription is suspended
        paid: no, it was paid at 2026-03-01 10:00 +09:00 (imp_1)
        partially refunded: no, it was paid at 2026-03-01 10:00 +09:00 (imp_1); 3,000 won of it were given back
        refunded: no, it was paid and refunded (imp_1)
        uncollectible: no, dunning gave up after 1 decline, the last one: no
        skipped: canceled: no, it is not asked for: canceled
        skipped: missed: no, it is not asked for: missed
        skipped: skipped: no, it is not asked for: skipped
        skipped: free: no, it is not asked for: free
        waived: canceled: no, it was asked for in vain and is not any more: canceled
        waived: missed: no, it was asked for in vain and is not any more: missed
    "]].assert_eq(&told);
}

#[test]
fn a_first_try_is_told_as_it_was_or_will_be() {
    let terms = shop::monthly();
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
    let due_at = at("2026-01-31T10:00:00+09:00");
    let scheduled = |try_at| State::Scheduled { try_at };
    let put_off = at("2026-02-03T11:00:00+09:00");
    let told = [
        (None, scheduled(due_at)),
        (None, scheduled(put_off)),
        (Some(put_off), scheduled(due_at)),
    ]
    .map(|(begun_at, state)| explain::first_try_of(&terms, due_at, (begun_at, &state)));
    expect![[r"
        2026-01-31 10:00 +09:00: inside the charge window all day but 23:30-00:40 KST
        2026-02-03 11:00 +09:00: put off until then; it would be 2026-01-31 10:00 +09:00 if it were enrolled now
        2026-02-03 11:00 +09:00: begun then"]].assert_eq(&told.join("\n"));
}
