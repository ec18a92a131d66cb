//! What will be charged, if every card pays: the wake-ups to come, in their order, decided by the
//! functions that decide them when they come. It foresees no decline, no pause and no other price list.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::Timestamp;

use crate::core::calendar::{CycleNo, OutOfCalendar};
use crate::core::consent::{self, Agreement, Consent, Rise};
use crate::core::contract::Contract;
use crate::core::credit;
use crate::core::cycle::{Cycle, Event, Forgone, Rules, State, Tally, on_wake};
use crate::core::plan::Terms;
use crate::core::price::Price;
use crate::core::subscription::{Hold, Standing};
use crate::core::succession::Successor;

mod resumption;

pub use resumption::Resumption;

/// How often one cycle is looked at before it is given up on: a wait for the window is one look.
const LOOKS_MAX: u8 = 8;

/// A subscription, as far as it decides about charges to come.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The plan and its rules.
    pub terms: &'a Arc<Terms>,
    /// What of the plan it has.
    pub contract: Contract,
    /// Whether it may be charged.
    pub standing: Standing,
    /// What the customer agreed to.
    pub agreed: Agreed,
    /// What is paid and not used, for the cycles that are not enrolled yet, in won.
    pub credit: i64,
    /// When it ends by itself, if it does.
    pub ends_at: Option<Timestamp>,
    /// When it goes on by itself, if it is paused until then; the standing is the one from then on.
    pub resumes: Option<Resumption>,
    /// The version of the plan that comes after this one, if it was applied.
    pub next: Option<Successor<'a>>,
}

impl<'a> Subject<'a> {
    /// The version that a cycle is charged by which is due then.
    fn terms_at(self, due_at: Timestamp) -> &'a Arc<Terms> {
        let next = self.next.filter(|next| next.takes(due_at));
        next.map_or(self.terms, |next| next.terms)
    }
}

/// What is known of a customer's consent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreed {
    /// What is on record.
    To(Agreement),
    /// Whoever is asked agrees.
    WhenAsked,
}

impl Agreed {
    fn judge(self, rise: Option<Rise>, at: Timestamp) -> Consent {
        match (self, rise) {
            (Self::To(agreement), _) => consent::judge(rise, agreement, at),
            (Self::WhenAsked, None) => Consent::NotNeeded,
            (Self::WhenAsked, Some(_)) => Consent::Given,
        }
    }
}

/// A cycle that is enrolled and not over.
#[derive(Debug, Clone)]
pub struct Waiting {
    /// Which.
    pub n: CycleNo,
    /// The plan and the rules that it is charged by: what was tried before a change keeps those before.
    pub terms: Arc<Terms>,
    /// When it was due, or will be.
    pub due_at: Timestamp,
    /// What it asks for.
    pub price: Price,
    /// What was taken off its price, in won.
    pub credit: i64,
    /// How it is above what a cycle cost before, if it is.
    pub rise: Option<Rise>,
    /// Where it stands.
    pub cycle: Cycle,
    /// When it is looked at.
    pub wake_at: Timestamp,
}

/// What is to come of one cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foreseen {
    /// Which.
    pub n: CycleNo,
    /// When it is due.
    pub due_at: Timestamp,
    /// What it asks for.
    pub price: Price,
    /// How it is above what a cycle cost before, if it is.
    pub rise: Option<Rise>,
    /// What comes of it.
    pub fate: Fate,
    /// When.
    pub at: Timestamp,
}

/// What comes of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is charged for the first time.
    Charged,
    /// It is charged again, after a try that did not succeed.
    ChargedAgain,
    /// It was sent already, and its outcome is not known: it may be paid.
    UnderWay,
    /// It is not charged, because a later one is due as well.
    Skipped,
    /// There is nothing to charge.
    Free,
    /// The subscription ends: its price rises, and the customer did not agree to that. What is still tried
    /// of earlier cycles is let go with it.
    Lapsed,
    /// Neither it nor any other cycle is charged from then on, until a person has looked.
    Held(Hold),
}

impl Fate {
    /// The name in output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Charged => "charge",
            Self::ChargedAgain => "retry",
            Self::UnderWay => "under_way",
            Self::Skipped => "skip",
            Self::Free => "free",
            Self::Lapsed => "cancel",
            Self::Held(_) => "hold",
        }
    }

    /// Whether the card is asked for the cycle for the first time.
    pub const fn is_first_try(self) -> bool {
        matches!(self, Self::Charged)
    }

    /// Whether the card is asked for money that it was not asked for yet.
    pub const fn is_charge(self) -> bool {
        matches!(self, Self::Charged | Self::ChargedAgain)
    }
}

/// The charges to come of one subscription, one after the other, without end until the calendar's: what is
/// under way first, and then whatever comes first.
#[derive(Debug)]
pub struct Preview<'a> {
    subject: Subject<'a>,
    waiting: VecDeque<Waiting>,
    now: Timestamp,
    until: Timestamp,
}

impl<'a> Preview<'a> {
    /// What is to come from `now` on. `waiting` is what is enrolled and not over, in order.
    pub fn new(subject: Subject<'a>, waiting: Vec<Waiting>, now: Timestamp) -> Self {
        let mut preview = Self {
            subject,
            waiting: waiting.into(),
            now,
            until: Timestamp::MAX,
        };
        if let Some(resumption) = subject.resumes {
            preview.resume(resumption);
        }
        preview
    }

    /// Nothing that comes later than this. What is under way is told whenever it is looked at.
    #[must_use]
    pub const fn until(mut self, until: Timestamp) -> Self {
        self.until = until;
        self
    }

    /// What would be to come of a subscription that is added now, if its customer agrees to every rise.
    ///
    /// # Errors
    /// [`OutOfCalendar`] when its first cycle lies beyond the year 9999.
    pub fn of_new(
        terms: &'a Arc<Terms>,
        contract: Contract,
        first: CycleNo,
        now: Timestamp,
    ) -> Result<Self, OutOfCalendar> {
        let subject = Subject {
            terms,
            contract,
            standing: Standing::Chargeable,
            agreed: Agreed::WhenAsked,
            credit: 0,
            ends_at: None,
            resumes: None,
            next: None,
        };
        let before = terms.plan.regular_before(contract, first);
        let waiting = enrolled(subject, first, before)?;
        Ok(Self::new(subject, waiting.into_iter().collect(), now))
    }

    /// What comes first, of which of those that wait.
    fn first(&self) -> Option<(usize, Fate, Timestamp)> {
        let fates = self.waiting.iter().enumerate();
        let fates = fates.filter_map(|(place, one)| {
            let (fate, at) = self.fate(one)?;
            Some(((at, one.wake_at, one.n), (place, fate, at)))
        });
        let first = fates.min_by_key(|(order, _)| *order);
        first.map(|(_, first)| first)
    }

    /// What comes of a cycle that no attempt is open for; nothing when it is not charged at all.
    fn fate(&self, one: &Waiting) -> Option<(Fate, Timestamp)> {
        match self.subject.standing {
            Standing::Chargeable | Standing::CardSpent { .. } | Standing::CardDead(_) => {}
            Standing::CardBusy | Standing::Stopped | Standing::Ended => return None,
        }
        let anchor = self.subject.contract.anchor;
        let mut at = one.wake_at.max(self.now);
        for _ in 0..LOOKS_MAX {
            let due = one.terms.cycles_due(anchor, one.n, at).ok()?;
            let rules = Rules {
                terms: &one.terms,
                standing: self.subject.standing.ending(self.subject.ends_at, at),
                price: one.price,
                consent: self.subject.agreed.judge(one.rise, at),
                due_at: one.due_at,
                key: "",
                uid: one.cycle.tally.uid_no,
            };
            match on_wake(&one.cycle, rules, due, at) {
                Event::Begun if matches!(one.cycle.state, State::Scheduled { .. }) => {
                    return Some((Fate::Charged, at));
                }
                Event::Begun => return Some((Fate::ChargedAgain, at)),
                Event::Overtaken => return Some((Fate::Held(Hold::MissedCycles), at)),
                Event::Unconsented => return Some((Fate::Held(Hold::NoConsent), at)),
                Event::Forgone(Forgone::NoConsent) => return Some((Fate::Lapsed, at)),
                Event::Forgone(Forgone::Missed) => return Some((Fate::Skipped, at)),
                Event::Forgone(Forgone::Free) => return Some((Fate::Free, at)),
                Event::Deferred { until } => at = until.max(at),
                Event::Expired
                | Event::Asked
                | Event::Answered(_)
                | Event::Unanswered(_)
                | Event::Withheld(_)
                | Event::Found(_)
                | Event::Forgone(Forgone::Canceled | Forgone::Skipped)
                | Event::GraceOver
                | Event::Retried
                | Event::Released
                | Event::CardDied(_)
                | Event::CardChanged => return None,
            }
        }
        None
    }

    /// Puts the cycle after this one in line, as its begin or its end would.
    fn enrol_after(&mut self, one: &Waiting, fate: Fate) {
        let terms = self.subject.terms_at(one.due_at);
        let regular = terms.plan.regular(self.subject.contract, one.n);
        let before = match (fate, one.rise) {
            // What nobody was asked for is no price that anybody agreed to.
            (Fate::Skipped | Fate::Free, Some(rise)) => rise.from,
            (
                Fate::Charged
                | Fate::ChargedAgain
                | Fate::UnderWay
                | Fate::Skipped
                | Fate::Free
                | Fate::Lapsed
                | Fate::Held(_),
                _,
            ) => regular,
        };
        if fate == Fate::Skipped {
            self.subject.credit += one.credit;
        }
        let next = one.n.next();
        let next = next.and_then(|next| enrolled(self.subject, next, before));
        // After the plan's last cycle, and where the calendar ends, there is nothing more to come.
        let next = next.ok().flatten();
        self.subject.credit -= next.as_ref().map_or(0, |next| next.credit);
        self.waiting.extend(next);
    }
}

impl Iterator for Preview<'_> {
    type Item = Foreseen;

    fn next(&mut self) -> Option<Foreseen> {
        let is_open = |one: &Waiting| one.cycle.state.is_open();
        if let Some(place) = self.waiting.iter().position(is_open) {
            let one = self.waiting.remove(place)?;
            return Some(one.foreseen(Fate::UnderWay, one.wake_at));
        }

        let (place, fate, at) = self.first()?;
        if at > self.until {
            return None;
        }
        let one = self.waiting.remove(place)?;
        match fate {
            // Nothing that would have come after this does.
            Fate::Held(_) | Fate::Lapsed => self.waiting.clear(),
            Fate::Charged | Fate::ChargedAgain | Fate::UnderWay | Fate::Skipped | Fate::Free => {
                if matches!(one.cycle.state, State::Scheduled { .. }) {
                    self.enrol_after(&one, fate);
                }
            }
        }
        Some(one.foreseen(fate, at))
    }
}

impl Waiting {
    const fn foreseen(&self, fate: Fate, at: Timestamp) -> Foreseen {
        Foreseen {
            n: self.n,
            due_at: self.due_at,
            price: self.price,
            rise: self.rise,
            fate,
            at,
        }
    }
}

fn enrolled(
    subject: Subject<'_>,
    n: CycleNo,
    before: i64,
) -> Result<Option<Waiting>, OutOfCalendar> {
    let due_at = subject.terms.plan.due_at(subject.contract.anchor, n)?;
    let terms = subject.terms_at(due_at);
    let Some(enrolment) = terms.enrolment(subject.contract, n, before)? else {
        return Ok(None);
    };
    let state = State::Scheduled {
        try_at: enrolment.try_at,
    };
    let applied = credit::apply(subject.credit, enrolment.price);
    Ok(Some(Waiting {
        n,
        terms: terms.clone(),
        due_at: enrolment.due_at,
        price: applied.asked,
        credit: applied.taken,
        rise: enrolment.rise,
        cycle: Cycle {
            state,
            tally: Tally::default(),
        },
        wake_at: enrolment.try_at,
    }))
}
