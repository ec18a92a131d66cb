//! What waking a cycle amounts to, by its state, whether it may be charged, and the hour.

use std::fmt::Write as _;
use std::time::Duration;

use dues::core::cycle::{self, Cause, Cycle, Event, State};
use dues::core::dunning::Class;
use dues::core::plan::Terms;
use dues::core::subscription::Standing;
use dues::core::window::Window;
use expect_test::expect_file;
use jiff::Timestamp;

use crate::machine::cast::{before, decline, now};
use crate::machine::{long_trial, rules};
use crate::shop;

const HEAD: &str = "\
What waking a cycle amounts to, at ten in the morning: for each state, by whether it may be charged.
Run the tests with UPDATE_EXPECT=1 to write this file anew, and read the difference.
";

/// Those who wait: for their day, for their next try, for a person, for the end of their grace.
fn waiting() -> Vec<(&'static str, Cycle)> {
    let scheduled = |ago| State::Scheduled {
        try_at: now() - Duration::from_hours(ago),
    };
    let retrying = before(&State::Retrying {
        cause: Cause::Declined(decline(Class::Funds)),
        try_at: now(),
    });
    let mut by_hand = retrying.clone();
    by_hand.tally.ladder_at = Some(now() + Duration::from_hours(24));
    let exhausted = State::Exhausted {
        decline: decline(Class::Funds),
        until: now(),
    };
    vec![
        ("due now", before(&scheduled(0))),
        ("due three days ago", before(&scheduled(72))),
        ("due half a year ago", before(&scheduled(24 * 180))),
        ("to be tried again", retrying),
        ("to be tried again by hand", by_hand),
        ("at the end of its grace", before(&exhausted)),
    ]
}

fn standings() -> [(&'static str, Standing); 8] {
    let spent = |until| Standing::CardSpent { until };
    [
        ("chargeable", Standing::Chargeable),
        ("card busy", Standing::CardBusy),
        ("card spent until now", spent(now())),
        (
            "card spent for an hour",
            spent(now() + Duration::from_hours(1)),
        ),
        (
            "card spent until an hour ago",
            spent(now() - Duration::from_hours(1)),
        ),
        ("card dead", Standing::CardDead(Class::Never)),
        ("stopped", Standing::Stopped),
        ("ended", Standing::Ended),
    ]
}

fn line(event: &Event) -> String {
    match event {
        Event::Deferred { until } => {
            let span = until.duration_since(now());
            format!("deferred by {span:#}")
        }
        Event::Forgone(why) => format!("forgone ({})", why.name()),
        Event::CardDied(class) => format!("{} ({})", event.name(), class.name()),
        Event::Begun
        | Event::Expired
        | Event::Asked
        | Event::Overtaken
        | Event::Unconsented
        | Event::Withheld(_)
        | Event::Answered(_)
        | Event::Unanswered(_)
        | Event::Found(_)
        | Event::Retried
        | Event::GraceOver
        | Event::Released
        | Event::CardChanged => event.name().to_owned(),
    }
}

/// What it amounts to where one cycle is due, and where three are.
fn woken(cycle: &Cycle, terms: &Terms, standing: Standing, now: Timestamp) -> String {
    let of = |due| line(&cycle::on_wake(cycle, rules(terms, standing), due, now));
    let (one, three) = (of(1), of(3));
    if one == three {
        one
    } else {
        format!("{one}; of three {three}")
    }
}

#[test]
fn waking_amounts_to_what_is_written_down() {
    let mut text = HEAD.to_owned();
    let in_window = |window: &str, mut terms: Terms| {
        terms.window = Window::parse(window).expect("a window");
        terms
    };
    for (what, terms) in [
        ("at any hour", in_window("always", shop::monthly())),
        (
            "as the window opens",
            in_window("10:00-20:00", shop::monthly()),
        ),
        (
            "two hours before it opens",
            in_window("12:00-20:00", shop::monthly()),
        ),
        (
            "nobody agreed to the price",
            in_window("always", long_trial()),
        ),
        ("nor is it the hour", in_window("12:00-20:00", long_trial())),
    ] {
        for (name, cycle) in waiting() {
            writeln!(text, "\n{name}, {what}").expect("a string takes everything");
            for (standing_name, standing) in standings() {
                let woken = woken(&cycle, &terms, standing, now());
                writeln!(text, "  {standing_name:29} {woken}").expect("as above");
            }
        }
    }
    expect_file!["../../data/wakes.txt"].assert_eq(&text);
}
