//! Canaries: after a start, a release or a changed configuration a few charges go first, and have to come
//! back well before the rest goes. What is wrong with all of them then concerns a few. A payment has come
//! back well when a look-up shows it too. It sends nothing, and says what is to be looked up.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Answer, Finding, ImpUid, Words};
use crate::core::cycle::Event;
use crate::core::dunning::Class;
use crate::core::order::Order;
use crate::store::{CycleKey, Outcome, Question, Sending};

/// How many go first.
const CANARIES: usize = 3;

/// How long one may be under way. Longer, and another one goes.
const BACK_WITHIN: Duration = Duration::from_mins(10);

/// How soon a payment is looked up again that the gateway does not show yet, and how long that is waited
/// for: its history has lagged by hours, and a cycle is not to be late for that.
const LOOK_AGAIN: Duration = Duration::from_secs(20);
const SHOWN_WITHIN: Duration = Duration::from_mins(3);

/// An attempt: a cycle, and its number.
type Attempt = (CycleKey, u16);

/// The charges that go first.
#[derive(Debug)]
pub(super) struct Canaries {
    /// How many have come back well; all when the rest may go.
    well: usize,
    away: BTreeMap<Attempt, Canary>,
    /// How many times in a row one came back badly.
    bad: u32,
}

#[derive(Debug)]
struct Canary {
    order: Order,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Under way; missed from then on.
    Sent { missed_at: Timestamp },
    /// Paid, and to be looked up.
    Paid {
        imp_uid: ImpUid,
        look_at: Timestamp,
        is_asked: bool,
        /// From then on its answer alone is believed.
        shown_by: Timestamp,
    },
}

/// What canaries brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum News {
    /// The rest may go.
    AllWell,
    /// Something is wrong, perhaps with everybody's charges; how many times in a row.
    Bad(Words, u32),
}

/// How one came back.
enum Back {
    Well,
    /// It says nothing: another one goes.
    Unclear,
    Bad(String),
}

impl Canaries {
    /// None has gone.
    pub(super) const fn new() -> Self {
        Self {
            well: 0,
            away: BTreeMap::new(),
            bad: 0,
        }
    }

    /// Something changed that can move money: some go first again.
    pub(super) fn again(&mut self) {
        self.well = 0;
        self.away.clear();
    }

    /// How many charges may begin at once.
    pub(super) fn allowed(&self) -> u32 {
        if self.is_all_well() {
            return u32::MAX;
        }
        let left = CANARIES.saturating_sub(self.well + self.away.len());
        u32::try_from(left).unwrap_or(0)
    }

    /// When it has something to do by itself, if nothing comes in.
    pub(super) fn acts_at(&self) -> Option<Timestamp> {
        let acts_at = |canary: &Canary| match &canary.stage {
            Stage::Sent { missed_at } => *missed_at,
            Stage::Paid {
                is_asked: true,
                shown_by,
                ..
            } => *shown_by,
            Stage::Paid {
                look_at, shown_by, ..
            } => *look_at.min(shown_by),
        };
        self.away.values().map(acts_at).min()
    }

    /// Notes a charge that is sent.
    pub(super) fn sent(&mut self, sending: &Sending, now: Timestamp) {
        if self.is_all_well() {
            return;
        }
        let canary = Canary {
            order: sending.order.clone(),
            stage: Stage::Sent {
                missed_at: later(now, BACK_WITHIN),
            },
        };
        self.away.insert((sending.key, sending.attempt), canary);
    }

    /// Takes note of what came back.
    pub(super) fn learn(&mut self, outcomes: &[Outcome], now: Timestamp) -> Option<News> {
        if self.is_all_well() {
            return None;
        }
        let well = &mut self.well;
        self.away.retain(|_, canary| match &canary.stage {
            Stage::Sent { missed_at } => now < *missed_at,
            Stage::Paid { shown_by, .. } => {
                *well += usize::from(now >= *shown_by);
                now < *shown_by
            }
        });
        let mut wrong = None;
        for outcome in outcomes {
            let attempt = (outcome.key, outcome.attempt);
            let Some(canary) = self.away.get_mut(&attempt) else {
                continue;
            };
            let Some(back) = canary.hears(&outcome.event, now) else {
                continue;
            };
            self.away.remove(&attempt);
            match back {
                Back::Well => self.well += 1,
                Back::Unclear => {}
                Back::Bad(why) => wrong = wrong.or(Some(why)),
            }
        }
        if let Some(why) = wrong {
            self.again();
            self.bad = self.bad.saturating_add(1);
            return Some(News::Bad(Words::new(&why), self.bad));
        }
        self.is_all_well().then(|| {
            self.bad = 0;
            self.away.clear();
            News::AllWell
        })
    }

    /// The look-ups that are due, at most so many. Whoever takes them asks.
    pub(super) fn look_ups(&mut self, most: u32, now: Timestamp) -> Vec<Question> {
        let mut questions = Vec::new();
        for ((key, attempt), canary) in &mut self.away {
            let Stage::Paid {
                look_at, is_asked, ..
            } = &mut canary.stage
            else {
                continue;
            };
            if *is_asked || *look_at > now || questions.len() >= usize::try_from(most).unwrap_or(0)
            {
                continue;
            }
            *is_asked = true;
            questions.push(Question {
                key: *key,
                attempt: *attempt,
                order: canary.order.clone(),
            });
        }
        questions
    }

    /// A look-up was not answered: all of them are asked again in a while.
    pub(super) fn not_answered(&mut self, now: Timestamp) {
        for canary in self.away.values_mut() {
            canary.looks_again(now);
        }
    }

    const fn is_all_well(&self) -> bool {
        self.well >= CANARIES
    }
}

impl Canary {
    /// Takes what is said of it; tells how it came back, once it has.
    fn hears(&mut self, event: &Event, now: Timestamp) -> Option<Back> {
        if let Stage::Paid { imp_uid, .. } = &self.stage {
            let Event::Found(finding) = event else {
                return None;
            };
            let back = of_finding(finding, imp_uid);
            if back.is_none() {
                self.looks_again(now);
            }
            return back;
        }
        let Event::Answered(answer) = event else {
            let is_over = matches!(event, Event::Unanswered(_) | Event::Withheld(_));
            return is_over.then_some(Back::Unclear);
        };
        match of_answer(answer) {
            Ok(back) => Some(back),
            Err(imp_uid) => {
                self.stage = Stage::Paid {
                    imp_uid,
                    look_at: now,
                    is_asked: false,
                    shown_by: later(now, SHOWN_WITHIN),
                };
                None
            }
        }
    }

    fn looks_again(&mut self, now: Timestamp) {
        if let Stage::Paid {
            look_at, is_asked, ..
        } = &mut self.stage
            && *is_asked
        {
            *is_asked = false;
            *look_at = later(now, LOOK_AGAIN);
        }
    }
}

/// How a charge came back by its answer; the payment's name when it is to be looked up first.
fn of_answer(answer: &Answer) -> Result<Back, ImpUid> {
    match answer {
        Answer::Paid(receipt) => Err(receipt.imp_uid.clone()),
        Answer::NoCard(_) => Ok(Back::Well),
        Answer::Declined(decline) if decline.class != Class::Technical => Ok(Back::Well),
        // The circuit breaker's business, and that of a look-up.
        Answer::Declined(_) | Answer::Refused(_) | Answer::Outage(_) | Answer::Barred(_) => {
            Ok(Back::Unclear)
        }
        // Seed 1046: nothing moved now, and a PG that takes no uid twice says so of every retry.
        Answer::Settled(_) | Answer::Refunded(_) => Ok(Back::Unclear),
        Answer::Mismatch(words) => Ok(Back::Bad(format!("not as asked for: {words}"))),
        Answer::Malformed(words) => Ok(Back::Bad(format!("the request is wrong: {words}"))),
    }
}

/// How it came back by the look-up; nothing when it is to be looked up again.
fn of_finding(finding: &Finding, ours: &ImpUid) -> Option<Back> {
    match finding {
        Finding::Paid(receipt) if receipt.imp_uid == *ours => Some(Back::Well),
        Finding::Absent | Finding::Unclear(_) => None,
        Finding::Paid(receipt) | Finding::Refunded(receipt) => Some(Back::Bad(format!(
            "said to be paid as {ours}, and found {} paid or refunded",
            receipt.imp_uid
        ))),
        Finding::Failed { decline, .. } => Some(Back::Bad(format!(
            "said to be paid as {ours}, and found failed: {}",
            decline.message
        ))),
        Finding::Mismatch(words) => Some(Back::Bad(format!("not as asked for: {words}"))),
    }
}

fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
