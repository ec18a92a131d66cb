//! Dunning, whatever the cards say: any ladder, any hours, any answers. No try falls into the banks'
//! night, a card that was declined for itself is left alone for a day, no cycle collects more declines
//! than it may, and the same cycle is always tried at the same moment.

mod compared;

use std::time::Duration;

use dues::core::answer::{Answer, Decline, Unanswered, Words};
use dues::core::consent::Consent;
use dues::core::cycle::{self, Cycle, Event, Rules, State, Tally};
use dues::core::dunning::{Class, EndAction, Ladder, REST};
use dues::core::night;
use dues::core::order::UidNo;
use dues::core::plan::Terms;
use dues::core::subscription::Standing;
use dues::core::window::Window;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, prop_oneof, proptest};
use proptest::sample::{select, subsequence};
use proptest::test_runner::Config;

use crate::shop;

/// What comes of a try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Said {
    Declined(Class),
    NotSent,
}

/// A try: when, and what came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Try {
    at: Timestamp,
    said: Option<Said>,
}

fn rungs() -> impl Strategy<Value = Vec<Duration>> {
    vec(1_u64..20_000, 0..8).prop_map(|mut minutes| {
        minutes.sort_unstable();
        minutes.dedup();
        minutes.into_iter().map(Duration::from_mins).collect()
    })
}

fn ladders() -> impl Strategy<Value = Ladder> {
    let paydays = subsequence(vec![25, 10, 1, 15, 31], 0..=5);
    (
        rungs(),
        rungs(),
        rungs(),
        paydays,
        1..=Ladder::DECLINES_CEILING,
    )
        .prop_map(
            |(funds, technical, generic, paydays, declines_max)| Ladder {
                funds,
                technical,
                generic,
                paydays,
                declines_max,
                grace: Duration::ZERO,
                end_action: EndAction::Suspend,
            },
        )
}

fn terms() -> impl Strategy<Value = Terms> {
    let ladder = prop_oneof![Just(Ladder::standard()), ladders()];
    let hours = select(vec!["always", "10:00-20:00", "00:40-23:30", "13:00-13:10"]);
    (ladder, hours).prop_map(|(ladder, hours)| Terms {
        ladder,
        window: Window::parse(hours).expect("hours"),
        ..shop::monthly()
    })
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        6 => select(vec![Class::Funds, Class::Generic, Class::Technical]).prop_map(Said::Declined),
        1 => Just(Said::NotSent),
    ]
}

/// Every try of a cycle that begins then, until dunning gives up or nothing more is said.
fn tries(terms: &Terms, key: &str, start: Timestamp, said: &[(Said, u64)]) -> Vec<Try> {
    let rules = Rules {
        terms,
        standing: Standing::Chargeable,
        key,
        price: shop::price(),
        consent: Consent::NotNeeded,
        due_at: start,
        uid: UidNo::FIRST,
    };
    let mut cycle = Cycle {
        state: State::Scheduled { try_at: start },
        tally: Tally::default(),
    };
    let (mut now, mut tries) = (start, Vec::new());
    let mut said = said.iter();
    loop {
        let event = cycle::on_wake(&cycle, rules, 1, now);
        let mut step = cycle::apply(&cycle, &event, rules, now).expect("what it decides is legal");
        if event == Event::Begun {
            let next = said.next();
            tries.push(Try {
                at: now,
                said: next.map(|(one, _)| *one),
            });
            let Some((one, seconds)) = next else {
                return tries;
            };
            now += Duration::from_secs(*seconds);
            let event = match one {
                Said::Declined(class) => Event::Answered(Answer::Declined(Decline {
                    class: *class,
                    pg: None,
                    code: None,
                    message: Words::new("no"),
                })),
                Said::NotSent => Event::Unanswered(Unanswered::NotSent(Words::new("no"))),
            };
            step = cycle::apply(&step.cycle, &event, rules, now).expect("it is answered");
        }
        cycle = step.cycle;
        let Some(wake_at) = step.wake_at else {
            return tries;
        };
        now = wake_at.max(now);
    }
}

proptest! {
    #![proptest_config(Config { cases: 2_000, failure_persistence: None, ..Config::default() })]

    #[test]
    fn no_ladder_breaks_a_rule(
        terms in terms(),
        start in 0_i64..400_000_000,
        number in 0_u16..1_000,
        said in vec((said(), 0_u64..60), 0..40),
    ) {
        let start = Timestamp::from_second(1_750_000_000 + start).expect("an instant");
        let key = format!("cycle-{number}");
        let tries = tries(&terms, &key, start, &said);
        prop_assert_eq!(&tries, &self::tries(&terms, &key, start, &said));

        for one in &tries {
            prop_assert!(night::ends_at(one.at).is_none(), "by night: {one:?}");
        }
        for (before, next) in tries.iter().zip(tries.iter().skip(1)) {
            let apart = Duration::try_from(next.at.duration_since(before.at)).expect("in order");
            let is_declined = matches!(before.said, Some(Said::Declined(_)));
            let may_follow = before.said == Some(Said::Declined(Class::Technical));
            prop_assert!(!is_declined || may_follow || apart >= REST, "{before:?}, {next:?}");
        }
        let is_declined = |one: &&Try| matches!(one.said, Some(Said::Declined(_)));
        let declined = tries.iter().filter(is_declined).count();
        prop_assert!(declined <= usize::from(terms.ladder.declines_max), "{declined} declines");
    }
}

/// A payday's retries do not leave in one second.
#[test]
fn a_thousand_cycles_are_spread_over_an_hour() {
    let terms = shop::monthly();
    let start = shop::instant("2026-03-04T10:00:00+09:00");
    let said = [(Said::Declined(Class::Funds), 0)];
    let mut quarters = [0; 4];
    for number in 0..1_000 {
        let second = tries(&terms, &format!("cycle-{number}"), start, &said)[1].at;
        let late = second.duration_since(start).as_secs() - 48 * 3_600;
        quarters[usize::try_from(late / 900).expect("in order")] += 1;
    }
    assert!(quarters.iter().all(|count| *count > 180), "{quarters:?}");
}

/// The standard ladder of a card without money, on the days that it comes to.
#[test]
fn the_standard_ladder_goes_by_paydays() {
    let mut lines = Vec::new();
    for day in [
        "2026-03-02",
        "2026-03-07",
        "2026-03-14",
        "2026-03-20",
        "2026-03-31",
    ] {
        let start = shop::instant(&format!("{day}T10:00:00+09:00"));
        let said = vec![(Said::Declined(Class::Funds), 0); 6];
        let days: Vec<String> = tries(&shop::monthly(), "alice", start, &said)
            .iter()
            .map(|one| {
                shop::zone()
                    .to_datetime(one.at)
                    .strftime("%m-%d %H:%M")
                    .to_string()
            })
            .collect();
        lines.push(days.join("  "));
    }
    expect_test::expect![[r"
        03-02 10:00  03-04 10:23  03-10 10:38  03-15 10:46  03-21 10:47  03-28 11:41
        03-07 10:00  03-10 10:23  03-15 10:38  03-20 10:46  03-25 10:47  04-01 11:41
        03-14 10:00  03-15 10:23  03-20 10:38  03-25 10:46  04-01 10:47  04-10 11:41
        03-20 10:00  03-22 10:23  03-25 10:38  04-01 10:46  04-07 10:47  04-15 11:41
        03-31 10:00  04-01 10:23  04-06 10:38  04-10 10:46  04-15 10:47  04-22 11:41
    "]]
    .assert_eq(&(lines.join("\n") + "\n"));
}
