//! The cycle machine, whole: `tests/data/machine.txt` lists what every state makes of every event, and
//! the laws below hold for any order of events that the world can produce.

pub(crate) mod cast;
mod laws;
mod wakes;

use std::fmt::Write as _;
use std::time::Duration;

use dues::core::answer::Receipt;
use dues::core::calendar::{Cadence, CycleNo};
use dues::core::consent::{self, Agreement, Consent, Rise, WithoutConsent};
use dues::core::contract::Contract;
use dues::core::cycle::{
    self, Cause, Cycle, Doubt, Effect, Ending, Event, Forgone, Illegal, Rules, State, Step, Tally,
};
use dues::core::dunning::Class;
use dues::core::order::UidNo;
use dues::core::plan::Terms;
use dues::core::price::Trial;
use dues::core::subscription::Standing;
use expect_test::expect_file;
use jiff::Timestamp;

use crate::machine::cast::{before, events, now, states};
use crate::shop;

const HEAD: &str = "\
What each state makes of each event. Times count from the event; the attempt in hand was begun 10
minutes before it, as the second one, after one decline. An ending is how that attempt ended.
Run the tests with UPDATE_EXPECT=1 to write this file anew, and read the difference.
";

/// Every pair of a state and an event, for a subscription that may be charged and for one that ended.
#[test]
fn the_machine_does_what_is_written_down() {
    let terms = shop::monthly();
    let mut text = HEAD.to_owned();
    for (name, state) in states() {
        let cycle = before(&state);
        section(&mut text, &name, &cycle, &terms);
    }
    for (name, state) in states()
        .iter()
        .filter(|(_, state)| is_or_will_be_tried(state))
    {
        let mut cycle = before(state);
        cycle.tally.ladder_at = Some(now() + Duration::from_hours(30));
        section(&mut text, &format!("{name}, by hand"), &cycle, &terms);
    }
    let free = before(&State::Scheduled { try_at: now() });
    section(
        &mut text,
        "scheduled, and asks for nothing",
        &free,
        &trial(),
    );
    section(
        &mut text,
        "scheduled, and nobody agreed to its price",
        &free,
        &long_trial(),
    );
    expect_file!["../data/machine.txt"].assert_eq(&text);
}

/// Whether a person may have asked for its try.
fn is_or_will_be_tried(state: &State) -> bool {
    match state {
        State::Charging { .. } | State::InDoubt { .. } => true,
        State::Retrying { cause, .. } => matches!(cause, Cause::Declined(_)),
        State::Scheduled { .. }
        | State::Exhausted { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_)
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => false,
    }
}

/// What nobody agreed to is never sent, whatever happens to it and however it is woken.
#[test]
fn what_nobody_agreed_to_is_never_sent() {
    for policy in WithoutConsent::ALL {
        let mut terms = long_trial();
        terms.without_consent = policy;
        let cycle = before(&State::Scheduled { try_at: now() });
        for standing in STANDINGS {
            assert_eq!(rules(&terms, standing).consent, Consent::Lacking);
            for (name, event) in events() {
                // What was paid elsewhere is taken over: the money has moved.
                if let Ok(step) = check(&cycle, &event, &terms, standing, now()) {
                    assert!(!step.effects.contains(&Effect::Send), "{name} {standing:?}");
                }
            }
            for due in 1..5 {
                let event = cycle::on_wake(&cycle, rules(&terms, standing), due, now());
                assert_ne!(event, Event::Begun, "{standing:?} {due}");
            }
        }
        let event = cycle::on_wake(&cycle, rules(&terms, Standing::Chargeable), 1, now());
        let expected = match policy {
            WithoutConsent::Hold => Event::Unconsented,
            WithoutConsent::Cancel => Event::Forgone(Forgone::NoConsent),
        };
        assert_eq!(event, expected);
    }
}

/// What asks for nothing is never sent, whatever happens to it and however it is woken.
#[test]
fn what_asks_for_nothing_is_never_sent() {
    let terms = trial();
    let free = before(&State::Scheduled { try_at: now() });
    for standing in STANDINGS {
        // Nobody asks about it either.
        let others = events().into_iter();
        for (name, event) in others.filter(|(_, event)| !matches!(event, Event::Found(_))) {
            if let Ok(step) = check(&free, &event, &terms, standing, now()) {
                assert!(!step.effects.contains(&Effect::Send), "{name} {standing:?}");
                let is_over = step.wake_at.is_none();
                assert_eq!(is_over, matches!(event, Event::Forgone(_)), "{name}");
            }
        }
        for due in 1..5 {
            let event = cycle::on_wake(&free, rules(&terms, standing), due, now());
            let expected = match standing {
                Standing::Chargeable
                | Standing::CardBusy
                | Standing::CardSpent { .. }
                | Standing::CardDead(_) => Event::Forgone(Forgone::Free),
                Standing::Ended => Event::Forgone(Forgone::Canceled),
                Standing::Stopped => continue,
            };
            assert_eq!(event, expected, "{standing:?} {due}");
        }
    }
}

const STANDINGS: [Standing; 6] = [
    Standing::Chargeable,
    Standing::CardBusy,
    Standing::CardSpent {
        until: Timestamp::MAX,
    },
    Standing::CardDead(Class::Never),
    Standing::Stopped,
    Standing::Ended,
];

/// A plan whose first cycle asks for nothing.
fn trial() -> Terms {
    let mut terms = shop::monthly();
    terms.plan.price_list.trial = Some(Trial::Cycles(1));
    terms
}

/// A plan whose first charge comes so long after the sign-up that it needs another consent.
fn long_trial() -> Terms {
    let mut terms = shop::monthly();
    let span = Cadence::parse("60 days").expect("a span");
    terms.plan.price_list.trial = Some(Trial::Span(span));
    terms
}

pub(crate) fn rules(terms: &Terms, standing: Standing) -> Rules<'_> {
    let first = CycleNo::parse(0).expect("a number");
    let contract = Contract::of_one(now());
    let (before, regular) = (
        terms.plan.regular_before(contract, first),
        terms.plan.regular(contract, first),
    );
    let long_ago = Agreement {
        at: Timestamp::MIN,
        won: i64::MAX,
    };
    Rules {
        terms,
        standing,
        price: terms.plan.price(contract, first),
        consent: consent::judge(Rise::between(before, regular), long_ago, now()),
        due_at: now(),
        key: "alice",
        uid: UidNo::FIRST,
    }
}

fn section(text: &mut String, name: &str, cycle: &Cycle, terms: &Terms) {
    let (mut unmoved, mut illegal) = (Vec::new(), Vec::new());
    writeln!(text, "\n{name}").expect("a string takes everything");

    for (event_name, event) in events() {
        let chargeable = check(cycle, &event, terms, Standing::Chargeable, now());
        let ended = check(cycle, &event, terms, Standing::Ended, now());
        assert_eq!(chargeable.is_err(), ended.is_err(), "{name} {event_name}");

        match (&chargeable, &ended) {
            (Ok(step), _) if is_unmoved(cycle, step) && chargeable == ended => {
                unmoved.push(event_name);
            }
            (Ok(step), Ok(other)) => {
                writeln!(text, "  {event_name:26} {}", line(cycle, step)).expect("as above");
                if step != other {
                    writeln!(text, "  {:>26} {}", "when ended", line(cycle, other))
                        .expect("as above");
                }
            }
            (Err(_), _) | (_, Err(_)) => illegal.push(event_name),
        }
    }
    for (what, names) in [("nothing new", unmoved), ("illegal", illegal)] {
        if !names.is_empty() {
            writeln!(text, "  {what}: {}", names.join(", ")).expect("as above");
        }
    }
}

/// Seed 7717: under another charge window it was counted from its last next try, and came a day late.
#[test]
fn a_release_counts_from_the_date_of_the_cycle() {
    let due_at = now();
    let (day, hours) = (Duration::from_hours(24), Duration::from_hours(30));
    let cycle = Cycle {
        state: State::Scheduled {
            try_at: due_at + hours,
        },
        tally: Tally::default(),
    };
    let standing = Standing::Chargeable;
    for (now, expected) in [(due_at - day, due_at), (due_at + day, due_at + day)] {
        let step = check(&cycle, &Event::Released, &shop::monthly(), standing, now);
        let state = step.expect("it may be released").cycle.state;
        assert_eq!(state, State::Scheduled { try_at: expected });
    }
}

/// The one call of the function under test.
pub(crate) fn check(
    cycle: &Cycle,
    event: &Event,
    terms: &Terms,
    standing: Standing,
    now: Timestamp,
) -> Result<Step, Illegal> {
    cycle::apply(cycle, event, rules(terms, standing), now)
}

fn is_unmoved(cycle: &Cycle, step: &Step) -> bool {
    step.cycle == *cycle
        && step.wake_at == cycle.state.act_at()
        && step.ending.is_none()
        && step.effects.is_empty()
}

/// What a step does: `-> retrying (declined funds), wake 1d, declines 2; ends declined funds; fell behind`.
fn line(cycle: &Cycle, step: &Step) -> String {
    let mut line = format!("-> {}", state_line(&step.cycle.state));
    if let Some(at) = step.wake_at {
        write!(line, ", wake {}", span(at)).expect("a string takes everything");
    }

    let (old, new) = (cycle.tally, step.cycle.tally);
    let counted = [
        ("attempts", u32::from(old.attempts), u32::from(new.attempts)),
        ("declines", u32::from(old.declines), u32::from(new.declines)),
        (
            "traceless",
            u32::from(old.traceless),
            u32::from(new.traceless),
        ),
    ];
    for (what, _, count) in counted.iter().filter(|(_, old, new)| old != new) {
        write!(line, ", {what} {count}").expect("as above");
    }

    if let Some(at) = new.ladder_at {
        write!(line, ", the ladder goes on {}", span(at)).expect("as above");
    }
    if let Some(ending) = &step.ending {
        write!(line, "; ends {}", ending_line(ending)).expect("as above");
    }
    for effect in &step.effects {
        write!(line, "; {}", effect_line(effect)).expect("as above");
    }
    line
}

fn state_line(state: &State) -> String {
    let more = match state {
        State::Scheduled { .. } | State::Charging { .. } => None,
        State::InDoubt { doubt, asked, .. } => {
            Some(format!("{}, asked {asked}", doubt_line(doubt)))
        }
        State::Retrying { cause, .. } => Some(cause_line(cause)),
        State::Paid(receipt) | State::PartiallyRefunded(receipt) | State::Refunded(receipt) => {
            Some(receipt_line(receipt))
        }
        State::Exhausted { decline, .. } => Some(format!("exhausted, {}", decline.class.name())),
        State::Uncollectible(decline) => Some(decline.class.name().to_owned()),
        State::Skipped(why) | State::Waived(why) => Some(why.name().to_owned()),
    };
    let name = state.name();
    more.map_or(name.to_owned(), |more| format!("{name} ({more})"))
}

fn doubt_line(doubt: &Doubt) -> String {
    match doubt {
        Doubt::Silence(_) => "silence".to_owned(),
        Doubt::Refused(decline) => format!("refused {}", decline.class.name()),
        Doubt::Settled(_) => "settled".to_owned(),
        Doubt::Mismatch(_) => "mismatch".to_owned(),
    }
}

fn cause_line(cause: &Cause) -> String {
    match cause {
        Cause::Declined(decline) => format!("declined {}", decline.class.name()),
        Cause::NotSent(_) => "not sent".to_owned(),
        Cause::Absent => "absent".to_owned(),
        Cause::Malformed(_) => "malformed".to_owned(),
        Cause::Barred(_) => "barred".to_owned(),
        Cause::Outage(_) => "outage".to_owned(),
    }
}

fn receipt_line(receipt: &Receipt) -> String {
    match receipt.refunded_won {
        0 => receipt.imp_uid.to_string(),
        won => format!("{}, {won} back", receipt.imp_uid),
    }
}

fn ending_line(ending: &Ending) -> String {
    match ending {
        Ending::Paid(_) => "paid".to_owned(),
        Ending::Refunded(_) => "refunded".to_owned(),
        Ending::Failed(cause) => cause_line(cause),
    }
}

fn effect_line(effect: &Effect) -> String {
    match effect {
        Effect::Send => "send".to_owned(),
        Effect::Ask => "ask".to_owned(),
        Effect::Adopt => "adopt".to_owned(),
        Effect::EnrollNext => "enroll next".to_owned(),
        Effect::FellBehind => "fell behind".to_owned(),
        Effect::Collected => "collected".to_owned(),
        Effect::Undeclined => "undeclined".to_owned(),
        Effect::CardDied(class) => format!("card died: {}", class.name()),
        Effect::CardLives => "card lives".to_owned(),
        Effect::GaveUp(action) => format!("gave up: {action:?}").to_lowercase(),
        Effect::Hold(hold) => format!("hold: {}", hold.name()),
        Effect::Lapsed => "lapsed".to_owned(),
        Effect::Contradicted(words) => format!("contradicted: {words}"),
    }
}

/// `2d 15m 22s` after the event.
fn span(at: Timestamp) -> String {
    let mut left = at.duration_since(now()).as_secs();
    let mut parts = Vec::new();
    for (name, unit) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
        if left >= unit {
            parts.push(format!("{}{name}", left / unit));
        }
        left %= unit;
    }
    if parts.is_empty() {
        parts.push("at once".to_owned());
    }
    parts.join(" ")
}
