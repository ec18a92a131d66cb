//! What befalls the shop, and when: drawn before anything happens, so that it does not depend on what
//! the daemon does.

use std::time::Duration;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::core::change_plan::Begins;
use crate::core::money::Krw;
use crate::gateway::simulator::outcome::{Decline, Mishap, Outcome, Work};
use crate::sim::draw::Draws;
use crate::sim::port::{Line, Moment};
use crate::sim::power::Cut;
use crate::sim::prices;
use crate::sim::shop::{Shop, days};
use crate::sim::wishes;
use crate::store::Missed;

/// Something that befalls the shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    /// A person of that number subscribes.
    Join(usize),
    /// The desk does something about a person's subscription.
    Desk(usize, Wish),
    /// The desk lifts holds, and reactivates what was suspended.
    Review,
    /// The nightly comparison with the gateway's books.
    Reconcile,
    /// Somebody rings the doorbell.
    Nudge,
    /// The process dies, and is started again after a while.
    Crash(Death, Duration),
    /// It is stopped in good order, and started again.
    Stop(Duration),
    /// The machine's clock is set.
    Clock(SignedDuration),
    /// The line to the gateway becomes like this.
    Line(Line),
    /// The gateway takes our key, or not.
    Key(Key),
    /// A copy of the database is made, as the nightly backup is.
    BackUp,
    /// The last copy is put back in the place of the database.
    PutBack,
    /// The shop goes on from a copy of the state directory, on another machine.
    MoveAway,
    /// It goes back to the directory from which it moved away, as that was.
    MoveBack,
    /// The file beside the database is lost.
    LoseSidecar,
    /// The plan of that number gets another price, for those who subscribe from then on.
    Price(usize, Krw),
    /// The same, and for everybody from the day after so many days on.
    Apply(usize, Krw, u16),
    /// The gateway takes so many requests in a second, and says or not for how long to leave it alone;
    /// or as many as there are.
    Crowd(Option<Crowd>),
    /// The PG behind the gateway is out, so that this comes of every charge; or works.
    Outage(Option<Outcome>),
    /// Somebody starts a second process on the same database.
    Second,
    /// The newest payment is refunded in the gateway's console.
    Refund,
}

/// A gateway that is asked too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crowd {
    /// How many requests it takes in a second.
    pub(super) calls: u32,
    /// What it says to one more: for how long to leave it alone.
    pub(super) alone: Option<Duration>,
}

/// Where the process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Death {
    /// Wherever it is between two instants: asleep, or with requests under way.
    Now,
    /// The so-many-th time from now on that it looks at the clock: in the middle of its loop.
    AtLook(u32),
    /// The so-many-th time that it comes to this moment.
    At(Moment, u32),
    /// Now, and once more before it does anything.
    Twice,
    /// With the power, in the middle of a write.
    Power(Cut),
}

/// What a person or the desk wants of a subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    Pause,
    Resume(Missed),
    Cancel,
    CancelAtPeriodEnd,
    CancelEarly,
    Uncancel,
    Suspend,
    PauseFor(u32, Option<Missed>),
    ChangePlan(usize, Begins),
    ChangeQuantity(u8, Begins),
    Redeem,
    TakeCouponAway,
    NewCard,
    Retry,
}

/// What the gateway makes of our key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key {
    Taken,
    Refused,
}

/// Draws everything that befalls the shop, in order.
pub(super) fn draw(seed: u64, shop: &Shop) -> Result<Vec<(Timestamp, Act)>> {
    let mut draws = Draws::new(seed, "agenda");
    let mut agenda = Vec::new();
    for (place, person) in shop.people.iter().enumerate() {
        let terms = shop.terms.iter().find(|terms| terms.plan.id == person.plan);
        let first_due_at = match terms {
            Some(terms) => terms.plan.due_at(person.anchor_at, person.first_cycle)?,
            None => shop.start,
        };
        // Some are brought in late, though never so late that two cycles are due.
        let late = draws.span(Duration::ZERO, Duration::from_hours(10));
        let join_at = first_due_at.checked_add(late)?.checked_sub(days(1))?;
        agenda.push((join_at.max(shop.start), Act::Join(place)));
    }
    befall(&mut draws, shop, &mut agenda)?;
    ways(&mut draws, shop, &mut agenda)?;
    offer(&mut Draws::new(seed, "offer"), shop, &mut agenda)?;
    wishes::live(&mut Draws::new(seed, "life"), shop, &mut agenda)?;
    trouble(&mut Draws::new(seed, "trouble"), shop, &mut agenda)?;
    if cfg!(feature = "lossy-disk") {
        darken(&mut Draws::new(seed, "power"), shop, &mut agenda)?;
    }
    wishes::bargain(&mut Draws::new(seed, "bargain"), shop, &mut agenda)?;
    wishes::leave(&mut Draws::new(seed, "leave"), shop, &mut agenda)?;
    agenda.sort_by_key(|(at, _)| *at);
    Ok(agenda)
}

fn befall(draws: &mut Draws, shop: &Shop, agenda: &mut Vec<(Timestamp, Act)>) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    let some_time = |draws: &mut Draws| shop.start.checked_add(draws.span(Duration::ZERO, lasts));
    // Half of what happens happens when charges do.
    let busy_time = |draws: &mut Draws| busy_time(draws, shop);
    for _ in 0..draws.below(14) {
        let at = if draws.one_in(2) {
            some_time(draws)?
        } else {
            busy_time(draws)?
        };
        agenda.push((at, crash(draws)));
    }
    for _ in 0..draws.below(8) {
        let at = if draws.one_in(2) {
            some_time(draws)?
        } else {
            busy_time(draws)?
        };
        let person = draws.place(shop.people.len()).unwrap_or(0);
        let missed = draws.one_of([Missed::Skip, Missed::ChargeLatest]);
        let act = match draws.below(12) {
            0 => Act::Desk(person, Wish::Cancel),
            1..=3 => Act::Desk(person, Wish::Pause),
            4..=6 => Act::Desk(person, Wish::Resume(missed)),
            7..=9 => Act::Desk(person, Wish::NewCard),
            10 => Act::Nudge,
            _ => Act::Refund,
        };
        agenda.push((at, act));
    }
    let mut at = shop.start;
    while at < shop.faults_end {
        at = at.checked_add(draws.span(days(1), days(6)))?;
        agenda.push((at, draws.one_of([Act::Review, Act::Review, Act::Reconcile])));
    }
    Ok(())
}

/// Just after somebody's due date.
fn busy_time(draws: &mut Draws, shop: &Shop) -> Result<Timestamp> {
    let person = draws.place(shop.people.len());
    let person = person.and_then(|place| shop.people.get(place));
    let terms = person.and_then(|one| shop.terms.iter().find(|t| t.plan.id == one.plan));
    let (Some(person), Some(terms)) = (person, terms) else {
        let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
        return Ok(shop.start.checked_add(draws.span(Duration::ZERO, lasts))?);
    };
    let mut n = person.first_cycle;
    for _ in 0..draws.below(12) {
        let next = n.next()?;
        if terms.plan.due_at(person.anchor_at, next)? < shop.faults_end {
            n = next;
        }
    }
    let due_at = terms.plan.due_at(person.anchor_at, n)?;
    let open_at = terms.window.earliest(due_at, &terms.plan.zone);
    let near = draws.one_of([0, 0, 1, 2, 20, 60, 61, 90, 200, 400, 1_000, 3_600]);
    Ok(open_at.checked_add(Duration::from_secs(near))?)
}

fn crash(draws: &mut Draws) -> Act {
    let down = draws.one_of([
        Duration::ZERO,
        Duration::ZERO,
        Duration::from_secs(30),
        Duration::from_mins(7),
        Duration::from_hours(3),
        days(2),
    ]);
    let times = |draws: &mut Draws| u32::try_from(draws.within(1, 2)).unwrap_or(1);
    let death = match draws.below(8) {
        0 => Death::Now,
        1 => Death::Twice,
        2..=4 => Death::AtLook(u32::try_from(draws.below(30)).unwrap_or(0)),
        _ => {
            let all = [
                Moment::Sending,
                Moment::Answered,
                Moment::Asking,
                Moment::Told,
            ];
            Death::At(draws.one_of(all), times(draws))
        }
    };
    if draws.one_in(9) {
        return Act::Stop(down);
    }
    Act::Crash(death, down)
}

/// What lasts for a while: clocks that are wrong, lines that are down, keys that are refused, copies.
fn ways(draws: &mut Draws, shop: &Shop, agenda: &mut Vec<(Timestamp, Act)>) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    let some_time = |draws: &mut Draws| shop.start.checked_add(draws.span(Duration::ZERO, lasts));
    let mut pair = |draws: &mut Draws, first: Act, second: Act, longest: Duration| -> Result<()> {
        let at = some_time(draws)?;
        let until = at.checked_add(draws.span(Duration::from_secs(30), longest))?;
        agenda.push((at, first));
        agenda.push((until.min(shop.faults_end), second));
        Ok(())
    };
    if draws.one_in(3) {
        let hours = draws.one_of([24, -24, 24 * 3_652, -24 * 3_652]);
        let wrong = Act::Clock(SignedDuration::from_hours(hours));
        let right = Act::Clock(SignedDuration::ZERO);
        pair(draws, wrong, right, Duration::from_hours(30))?;
    }
    for _ in 0..draws.below(3) {
        let broken = draws.one_of([Line::Refused, Line::HalfOpen]);
        let longest = draws.one_of([Duration::from_mins(20), Duration::from_hours(5)]);
        pair(draws, Act::Line(broken), Act::Line(Line::Open), longest)?;
    }
    if draws.one_in(4) {
        let (refused, taken) = (Act::Key(Key::Refused), Act::Key(Key::Taken));
        pair(draws, refused, taken, Duration::from_hours(4))?;
    }
    if draws.one_in(3) {
        pair(draws, Act::BackUp, Act::PutBack, days(4))?;
    }
    match draws.below(8) {
        0 | 1 => pair(draws, Act::MoveAway, Act::Nudge, days(1))?,
        2 => pair(draws, Act::MoveAway, Act::MoveBack, days(2))?,
        _ => {}
    }
    if draws.one_in(5) {
        pair(draws, Act::LoseSidecar, Act::Nudge, days(1))?;
    }
    Ok(())
}

/// Prices change, and somebody starts the daemon twice.
fn offer(draws: &mut Draws, shop: &Shop, agenda: &mut Vec<(Timestamp, Act)>) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    // Most people come in the first days, and only whoever comes later pays the new price.
    let soon = shop
        .start
        .checked_add(draws.span(Duration::ZERO, days(3)))?;
    let place = draws.place(shop.terms.len());
    let terms = place.and_then(|place| shop.terms.get(place).zip(Some(place)));
    if let Some((terms, place)) = terms.filter(|_| draws.one_in(3)) {
        let won = prices::other_price(draws, terms.plan.amount)?;
        agenda.push((soon, Act::Price(place, won)));
    }
    if draws.one_in(4) {
        let at = shop.start.checked_add(draws.span(Duration::ZERO, lasts))?;
        agenda.push((at, Act::Second));
    }
    Ok(())
}

/// A gateway that is asked too often, a PG that is out, people who try by hand, prices for everybody.
fn trouble(draws: &mut Draws, shop: &Shop, agenda: &mut Vec<(Timestamp, Act)>) -> Result<()> {
    let lasts = Duration::try_from(shop.faults_end.duration_since(shop.start))?;
    for _ in 0..draws.below(3) {
        let seconds = draws.one_of([0, 1, 20, 3_600]);
        let crowd = Crowd {
            calls: draws.one_of([0, 1, 1, 2]),
            alone: (seconds > 0).then(|| Duration::from_secs(seconds)),
        };
        let longest = draws.one_of([Duration::from_mins(10), Duration::from_hours(3)]);
        let (from, _, until) = busy_span(draws, shop, longest)?;
        agenda.extend([(from, Act::Crowd(Some(crowd))), (until, Act::Crowd(None))]);
    }
    for _ in 0..draws.below(4) {
        let (first, then) = outage(draws);
        let longest = draws.one_of([Duration::from_mins(80), Duration::from_hours(9)]);
        let (from, middle, until) = busy_span(draws, shop, longest)?;
        agenda.push((from, Act::Outage(Some(first))));
        agenda.push((middle, Act::Outage(Some(then))));
        agenda.push((until, Act::Outage(None)));
    }
    for _ in 0..draws.below(5) {
        let after = draws.span(Duration::from_mins(1), days(3));
        let person = draws.place(shop.people.len()).unwrap_or(0);
        let at = busy_time(draws, shop)?.checked_add(after)?;
        agenda.push((at.min(shop.faults_end), Act::Desk(person, Wish::Retry)));
    }
    let place = draws.place(shop.terms.len());
    let terms = place.and_then(|place| shop.terms.get(place).zip(Some(place)));
    if let Some((terms, place)) = terms.filter(|_| draws.one_in(3)) {
        let won = prices::other_price(draws, terms.plan.amount)?;
        let in_days = u16::try_from(draws.below(5))?;
        let at = shop.start.checked_add(draws.span(days(1), lasts))?;
        agenda.push((at, Act::Apply(place, won, in_days)));
    }
    Ok(())
}

/// The power is cut.
fn darken(draws: &mut Draws, shop: &Shop, agenda: &mut Vec<(Timestamp, Act)>) -> Result<()> {
    for _ in 0..draws.within(1, 8) {
        let at = busy_time(draws, shop)?;
        let down = draws.one_of([Duration::ZERO, Duration::from_mins(7), days(1)]);
        let death = Death::Power(Cut::draw(draws));
        agenda.push((at.min(shop.faults_end), Act::Crash(death, down)));
    }
    Ok(())
}

/// What comes of everybody's charges: at first, and then. Silence opens the breaker while others are due,
/// and declines that follow are none.
fn outage(draws: &mut Draws) -> (Outcome, Outcome) {
    let technical = Outcome::Decline(Decline::Technical);
    let refused = Outcome::Decline(Decline::Merchant);
    draws.one_of([
        (Outcome::Unreachable, technical),
        (Outcome::Unreachable, technical),
        (Outcome::Mishap(Mishap::Http502, Work::Unpaid), technical),
        (refused, refused),
    ])
}

/// From shortly before somebody is charged on, its middle and its end.
fn busy_span(
    draws: &mut Draws,
    shop: &Shop,
    longest: Duration,
) -> Result<(Timestamp, Timestamp, Timestamp)> {
    let before = draws.span(Duration::ZERO, Duration::from_mins(2));
    let from = busy_time(draws, shop)?.checked_sub(before)?;
    let half = draws.span(Duration::from_mins(1), longest) / 2;
    let (middle, until) = (from.checked_add(half)?, from.checked_add(half * 2)?);
    let end = shop.faults_end;
    Ok((from.min(end), middle.min(end), until.min(end)))
}
