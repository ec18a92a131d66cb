//! Why a cycle is charged when it is, or why not: the decision taken apart, guard by guard, by the
//! functions that take it. A cycle is begun exactly when every guard is passed; `tests/it/preview`
//! says so of any cycle at any moment.

mod rung;
mod standing;

pub use rung::rung;
pub use standing::expiry;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::calendar::{Anchor, CycleNo};
use crate::core::catch_up::Decision;
use crate::core::civil::local;
use crate::core::consent::{self, Agreement, Consent, Rise, WithoutConsent};
use crate::core::counted::counted;
use crate::core::cycle::{Cause, Cycle, Event, Forgone, Rules, State, on_wake};
use crate::core::explain::rung::exhausted;
use crate::core::explain::standing::{card, end, hold, status};
use crate::core::money::grouped;
use crate::core::plan::Terms;
use crate::core::price::Price;
use crate::core::subscription::{Card, Hold, Standing, Status};
use crate::core::window::Window;

mod dated;

pub use dated::{due, first_try, first_try_of, price, term};

/// A cycle, with everything that decides about it.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The plan and its rules.
    pub terms: &'a Terms,
    /// Where its cycles are counted from.
    pub anchor: Anchor,
    /// Where the subscription stands.
    pub status: Status,
    /// Why it is held, if it is.
    pub hold: Option<Hold>,
    /// Whether another charge of its card is open.
    pub card: Card,
    /// Which cycle.
    pub n: CycleNo,
    /// When it was due.
    pub due_at: Timestamp,
    /// What it asks for.
    pub price: Price,
    /// How it is above what a cycle cost before, if it is.
    pub rise: Option<Rise>,
    /// What the customer last agreed to.
    pub agreement: Agreement,
    /// When the subscription ends by itself, if it does.
    pub ends_at: Option<Timestamp>,
    /// When it goes on by itself, if it is paused until then.
    pub resumes_at: Option<Timestamp>,
    /// Where the cycle stands.
    pub cycle: &'a Cycle,
    /// When it is looked at; nothing when it is final.
    pub wake_at: Option<Timestamp>,
}

/// Something that has to be so before a cycle is charged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Guard {
    /// What it looks at.
    pub name: &'static str,
    /// Whether it lets the charge through.
    pub is_passed: bool,
    /// What it saw.
    pub words: String,
}

/// What happens to a cycle next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next {
    /// When.
    pub at: Timestamp,
    /// What, and why.
    pub words: String,
}

/// Everything that is asked of a cycle before it is charged, at this moment.
pub fn guards(case: Case<'_>, now: Timestamp) -> Vec<Guard> {
    let zone = &case.terms.plan.zone;
    let guard = |name, (is_passed, words)| Guard {
        name,
        is_passed,
        words,
    };
    let mut guards = vec![guard("cycle", state(case.cycle, zone))];
    if case.cycle.state.act_at().is_none() {
        return guards;
    }

    guards.push(guard("amount", amount(case.price)));
    guards.push(guard("status", status(case)));
    if let Some(ends_at) = case.ends_at {
        guards.push(guard("end", end(ends_at, zone, now)));
    }
    guards.push(guard("hold", hold(case.hold)));
    guards.push(guard("card", card(case)));
    guards.push(guard("moment", moment(case, now)));
    guards.push(guard("catch-up", catch_up(case, now)));
    let looked_at = case.wake_at.map_or(now, |at| at.max(now));
    guards.push(guard("consent", consent(case, looked_at)));
    guards.push(guard("window", window(case.terms, now)));
    guards
}

/// What happens to the cycle at its next wake-up; nothing when it is final.
pub fn next(case: Case<'_>, now: Timestamp) -> Option<Next> {
    let zone = &case.terms.plan.zone;
    let at = case.wake_at?.max(now);
    let words = match event_at(case, at) {
        Event::Begun => format!("attempt {} is sent", case.cycle.tally.attempts + 1),
        Event::Deferred { until } => format!(
            "it is looked at, and again at {}: a guard will not let it through",
            local(until, zone)
        ),
        Event::Overtaken => "the subscription is held: more cycles are due at once than its \
                             catch-up rule lets through"
            .to_owned(),
        Event::Unconsented => "the subscription is held: its price rises and the customer did not \
                               agree to that (dues consent)"
            .to_owned(),
        Event::Forgone(Forgone::NoConsent) => "the subscription ends: its price rises and the \
                                               customer did not agree to that (dues consent)"
            .to_owned(),
        Event::Forgone(Forgone::Missed) => {
            "it is skipped: a later one is due as well, and the rule is latest_only".to_owned()
        }
        Event::Forgone(Forgone::Free) => {
            "it is passed over: nothing is asked for, and the next one is enrolled".to_owned()
        }
        Event::Forgone(Forgone::Canceled) => "it is skipped: the subscription has ended".to_owned(),
        Event::Forgone(Forgone::Skipped) => "it is skipped: a person chose so".to_owned(),
        Event::GraceOver => format!("we give up: {}", case.terms.ladder.end_action.words()),
        Event::CardDied(_) => {
            "its ladder ends: its card is dead, and until its grace is over only another \
                               one is charged"
                .to_owned()
        }
        Event::Expired => "no answer will come any more: the attempt is in doubt".to_owned(),
        Event::Asked => "the gateway is asked what became of the attempt".to_owned(),
        Event::Answered(_)
        | Event::Unanswered(_)
        | Event::Withheld(_)
        | Event::Found(_)
        | Event::Released
        | Event::Retried
        | Event::CardChanged => return None,
    };
    Some(Next { at, words })
}

/// What waking the cycle at this moment amounts to.
fn event_at(case: Case<'_>, at: Timestamp) -> Event {
    let rules = Rules {
        terms: case.terms,
        standing: Standing::of(case.status, case.hold, case.card).ending(case.ends_at, at),
        price: case.price,
        consent: consent::judge(case.rise, case.agreement, at),
        due_at: case.due_at,
        key: "",
        uid: case.cycle.tally.uid_no,
    };
    on_wake(case.cycle, rules, due_by(case, at), at)
}

/// How many cycles are due by then, from this one on. Where the calendar ends, so do they.
fn due_by(case: Case<'_>, at: Timestamp) -> u8 {
    let due = case.terms.cycles_due(case.anchor, case.n, at);
    due.unwrap_or(1)
}

fn state(cycle: &Cycle, zone: &TimeZone) -> (bool, String) {
    let attempts = cycle.tally.attempts;
    match &cycle.state {
        State::Scheduled { .. } => (true, "it was not tried yet".to_owned()),
        State::Retrying { cause, .. } => (
            true,
            format!("attempt {attempts} did not succeed ({})", why(cause)),
        ),
        State::Exhausted { decline, until } => (false, exhausted(cycle, decline, *until, zone)),
        State::Charging { begun_at, .. } => (
            false,
            format!(
                "attempt {attempts} is under way since {}",
                local(*begun_at, zone)
            ),
        ),
        State::InDoubt {
            begun_at, asked, ..
        } => (
            false,
            format!(
                "attempt {attempts}, begun at {}, is in doubt; the gateway was asked {}",
                local(*begun_at, zone),
                counted(*asked, "time")
            ),
        ),
        State::Paid(receipt) | State::PartiallyRefunded(receipt) => {
            let back = match receipt.refunded_won {
                0 => String::new(),
                won => format!("; {} won of it were given back", grouped(won)),
            };
            let at = local(receipt.paid_at, zone);
            (
                false,
                format!("it was paid at {at} ({}){back}", receipt.imp_uid),
            )
        }
        State::Refunded(receipt) => (
            false,
            format!("it was paid and refunded ({})", receipt.imp_uid),
        ),
        State::Uncollectible(decline) => (
            false,
            format!(
                "dunning gave up after {}, the last one: {}",
                counted(cycle.tally.declines, "decline"),
                decline.message
            ),
        ),
        State::Skipped(why) => (false, format!("it is not asked for: {}", why.name())),
        State::Waived(why) => (
            false,
            format!(
                "it was asked for in vain and is not any more: {}",
                why.name()
            ),
        ),
    }
}

fn why(cause: &Cause) -> String {
    match cause {
        Cause::Declined(decline) => {
            format!("declined, {}: {}", decline.class.name(), decline.message)
        }
        Cause::NotSent(words) => format!("not sent: {words}"),
        Cause::Absent => "the gateway has no record of it".to_owned(),
        Cause::Malformed(words) => format!("the gateway could not read it: {words}"),
        Cause::Barred(words) => format!("the gateway refused the merchant: {words}"),
        Cause::Outage(words) => format!("the gateway, or the PG behind it, was out: {words}"),
    }
}

fn amount(price: Price) -> (bool, String) {
    match price {
        Price::Free => (false, "nothing is asked for".to_owned()),
        Price::Of(amount) => (true, amount.to_string()),
    }
}

fn moment(case: Case<'_>, now: Timestamp) -> (bool, String) {
    let zone = &case.terms.plan.zone;
    match case.wake_at {
        Some(wake_at) if wake_at > now => (
            false,
            format!("it is looked at from {} on", local(wake_at, zone)),
        ),
        Some(_) | None => (true, "its moment has come".to_owned()),
    }
}

fn catch_up(case: Case<'_>, now: Timestamp) -> (bool, String) {
    let State::Scheduled { try_at } = case.cycle.state else {
        return (true, "it was begun already".to_owned());
    };
    let late = now.duration_since(try_at).unsigned_abs();
    let late = if try_at < now {
        late
    } else {
        std::time::Duration::ZERO
    };
    let (rule, due) = (case.terms.catch_up, due_by(case, now));
    let what = match due {
        0 | 1 => "no later cycle is due".to_owned(),
        many => format!("{many} cycles are due at once"),
    };
    match rule.decide(due, late) {
        Decision::Charge => (true, format!("{what} ({rule})")),
        Decision::Skip => (false, format!("{what}: this one is skipped ({rule})")),
        Decision::Hold => (false, format!("{what}: a person has to decide ({rule})")),
    }
}

/// Whether its price is agreed to when it is looked at: a consent is good for 30 days.
fn consent(case: Case<'_>, at: Timestamp) -> (bool, String) {
    let (Some(rise), State::Scheduled { .. }) = (case.rise, &case.cycle.state) else {
        return (true, "its price is not above what was agreed to".to_owned());
    };
    let zone = &case.terms.plan.zone;
    let (agreement, good_to) = (case.agreement, case.agreement.good_to());
    let won = grouped(agreement.won);
    let agreed = format!("{won} won was agreed to at {}", local(agreement.at, zone));
    let rises = format!(
        "it rises from {} to {}",
        grouped(rise.from),
        grouped(rise.to)
    );
    match consent::judge(case.rise, agreement, at) {
        Consent::NotNeeded | Consent::Given => (
            true,
            format!("{rises}; {agreed}, good until {}", local(good_to, zone)),
        ),
        Consent::Lacking => {
            let then = match case.terms.without_consent {
                WithoutConsent::Hold => "the subscription is held",
                WithoutConsent::Cancel => "the subscription ends",
            };
            let why = if agreement.won < rise.to {
                "which does not cover it".to_owned()
            } else {
                format!(
                    "good until {} and not when it is looked at",
                    local(good_to, zone)
                )
            };
            (
                false,
                format!("{rises}; {agreed}, {why}: without `dues consent` {then}"),
            )
        }
    }
}

fn window(terms: &Terms, now: Timestamp) -> (bool, String) {
    let opens_at = terms.window.earliest(now, &terms.plan.zone);
    let hours = hours(terms.window);
    if opens_at > now {
        let opens_at = local(opens_at, &terms.plan.zone);
        (false, format!("{hours} is closed until {opens_at}"))
    } else {
        (true, format!("{hours} is open"))
    }
}

/// The hours in which charges go out, in words.
fn hours(window: Window) -> String {
    match window {
        Window::Daily { .. } => window.to_string(),
        Window::Always => "all day but 23:30-00:40 KST".to_owned(),
        Window::Unguarded => "any time".to_owned(),
    }
}
