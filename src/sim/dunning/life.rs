//! One charge and its retries, decided by the functions that decide in production.

use jiff::tz::TimeZone;

use crate::core::answer::{Answer, Decline, ImpUid, Receipt, Words};
use crate::core::calendar::Cadence;
use crate::core::catch_up::CatchUp;
use crate::core::consent::{Consent, WithoutConsent};
use crate::core::cycle::{Cycle, Event, Illegal, Rules, State, Tally, apply, on_wake};
use crate::core::decline::{Codes, Kind};
use crate::core::dunning::Class;
use crate::core::money::Krw;
use crate::core::order::{PlanId, UidNo, UidScope};
use crate::core::particulars::Particulars;
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::price::{Price, PriceList};
use crate::core::subscription::Standing;
use crate::core::template::NameTemplate;
use crate::core::window::Window;
use crate::sim::dunning::assumptions::COUNTED_DAYS;
use crate::sim::dunning::bank::Banks;
use crate::sim::dunning::ladders::{Contender, Reads};
use crate::sim::dunning::person::Person;
use crate::sim::dunning::time::{DAY, MINUTE, Second, instant, second};

/// What became of a charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Life {
    /// How often it was tried.
    pub(super) tries: u64,
    /// When it was paid, if it was in time.
    pub(super) paid: Option<Second>,
}

/// The hours in which everybody charges: the default of `billing.charge_window`.
pub(super) fn window() -> Window {
    Window::parse("10:00-20:00").expect("a window of two times in order")
}

/// The rules with a contender's ladder.
pub(super) fn terms(contender: &Contender) -> Terms {
    Terms {
        plan: Plan {
            id: PlanId::parse("monthly").expect("a name"),
            name: NameTemplate::parse("Monthly").expect("a name"),
            amount: amount(),
            dates: Cadence::parse("1 month").expect("a cadence").into(),
            zone: TimeZone::fixed(crate::core::night::KOREA),
            price_list: PriceList::default(),
            particulars: Particulars::default(),
        },
        ladder: contender.ladder.clone(),
        window: window(),
        pace: Pace {
            answer_within: std::time::Duration::from_mins(5),
            quiet_period: std::time::Duration::from_mins(2),
            ask_again_max: std::time::Duration::from_hours(1),
            uid_scope: UidScope::Cycle,
        },
        catch_up: CatchUp::ChargeOne,
        without_consent: WithoutConsent::Hold,
        applies_from: None,
        coupons: Vec::new(),
    }
}

fn amount() -> Krw {
    Krw::parse(9_900).expect("an amount")
}

/// Lives it to its end, or to the end of what is counted.
///
/// # Errors
/// [`Illegal`] when the machine cannot take what it asked for itself.
pub(super) fn live(
    person: &Person,
    banks: &Banks,
    (contender, terms): (&Contender, &Terms),
) -> Result<Life, Illegal> {
    let rules = Rules {
        terms,
        standing: Standing::Chargeable,
        price: Price::Of(amount()),
        consent: Consent::NotNeeded,
        due_at: instant(person.due),
        key: person.key(),
        uid: UidNo::FIRST,
    };
    let first = terms.window.earliest(instant(person.due), &terms.plan.zone);
    let mut cycle = Cycle {
        state: State::Scheduled { try_at: first },
        tally: Tally::default(),
    };
    let end = second(first) + COUNTED_DAYS * DAY;
    let mut replaced = person.replaced.map(instant);
    let (mut now, mut tries) = (first, 0);
    while second(now) < end {
        let event = on_wake(&cycle, rules, 1, now);
        let mut step = apply(&cycle, &event, rules, now)?;
        if event == Event::Begun {
            tries += 1;
            let answer = answer(person, banks, contender.reads, second(now));
            if matches!(answer, Answer::Paid(_)) {
                let paid = Some(second(now));
                return Ok(Life { tries, paid });
            }
            step = apply(&step.cycle, &Event::Answered(answer), rules, now)?;
        }
        let Some(wake_at) = step.wake_at else { break };
        cycle = step.cycle;
        // Whoever gives another card tells us: the machine knows what that means for an open cycle.
        let given = replaced.take_if(|at| *at <= wake_at);
        now = wake_at;
        if let Some(at) = given {
            let step = apply(&cycle, &Event::CardChanged, rules, at)?;
            now = step.wake_at.unwrap_or(wake_at);
            cycle = step.cycle;
        }
    }
    Ok(Life { tries, paid: None })
}

/// Whether the first try is declined.
pub(super) fn fails(person: &Person, banks: &Banks, terms: &Terms) -> bool {
    let first = terms.window.earliest(instant(person.due), &terms.plan.zone);
    person.declined(banks, second(first)).is_some()
}

/// The soonest that somebody who knows the balances would be paid after the first decline.
pub(super) fn best(person: &Person, banks: &Banks, terms: &Terms) -> Option<Second> {
    let first = terms.window.earliest(instant(person.due), &terms.plan.zone);
    let first = second(first);
    let looks = (first..first + COUNTED_DAYS * DAY).step_by(ORACLE_LOOKS);
    looks
        .skip(1)
        .filter(|at| is_inside(*at))
        .find(|at| person.declined(banks, *at).is_none())
}

/// How often the one who knows the balances looks, in seconds.
const ORACLE_LOOKS: usize = 1_800;

/// Whether a second is in the hours of [`window`], without asking a calendar.
fn is_inside(at: Second) -> bool {
    (10 * 60 * MINUTE..20 * 60 * MINUTE).contains(&(at % DAY))
}

fn answer(person: &Person, banks: &Banks, reads: Reads, at: Second) -> Answer {
    let Some(says) = person.declined(banks, at) else {
        return Answer::Paid(Receipt {
            imp_uid: ImpUid::parse("imp_1").expect("a name"),
            paid_at: instant(at),
            refunded_won: 0,
        });
    };
    let reading = Codes::default().read(says, Some("daou"));
    let class = match (reads, reading.kind) {
        (Reads::Classes, Kind::Class(class)) => class,
        // No text of the simulated issuers speaks of a duplicate or of the merchant: a test says so.
        (Reads::Alike, _) | (Reads::Classes, Kind::Duplicate | Kind::Merchant) => Class::Generic,
    };
    Answer::Declined(Decline {
        class,
        pg: None,
        code: reading.code,
        message: Words::new(says),
    })
}
