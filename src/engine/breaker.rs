//! The circuit breaker: it opens when the gateway refuses the merchant rather than a card, and when too
//! many charges in a row come to nothing for technical reasons. Then one charge is let through after a
//! pause; how that one is answered decides. Who was not sent has not been tried: no rung is climbed.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Answer, Unanswered, Words};
use crate::core::cycle::Event;
use crate::core::dunning::Class;
use crate::engine::handle::Stop;
use crate::store::{CycleKey, Outcome, Sending};

/// The first pause; doubled each time that the one charge fails too, up to [`PAUSE_MAX`].
const PAUSE_MIN: Duration = Duration::from_mins(1);

/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_hours(1);

/// How many charges in a row that come to nothing are an outage, however few there were before.
const IN_A_ROW: usize = 5;

/// How many charges are looked back upon; it is also an outage when [`ENOUGH`] or more of them came to
/// nothing, and no fewer than worked. One bank that is down is not: its cards are a part of all.
const LOOK_BACK: usize = 20;

/// How many have to fail among others that work.
const ENOUGH: usize = 10;

/// How long a charge says something about the gateway.
const FRESH: Duration = Duration::from_mins(15);

/// How long the one charge may take before another one tries: longer than any time-out. Its answer comes
/// before, unless its task broke off.
const PROBE_MAX: Duration = Duration::from_mins(30);

/// An attempt: a cycle, and its number.
type Attempt = (CycleKey, u16);

/// Whether charges go through.
#[derive(Debug, Default)]
pub(super) struct Breaker {
    /// Whether the last charges worked, the newest last, while it is closed.
    recent: VecDeque<(Timestamp, bool)>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    reason: Stop,
    why: Words,
    /// How often one charge tried in vain.
    tries: u32,
    until: Timestamp,
    /// The charge that tries, and when it has taken too long.
    probe: Option<(Attempt, Timestamp)>,
}

/// A change that a person must know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Change {
    /// It opened, or is open for another reason.
    Opened(Stop, Words),
    /// Charges go through again.
    Closed,
}

/// What an outcome says about the gateway.
enum Sign {
    /// It works.
    Works,
    /// It, or the PG, does not.
    Fails(Words),
    /// It refuses the merchant.
    Refuses(Words),
    /// It was not asked.
    Nothing,
}

impl Breaker {
    /// How many charges may begin at once.
    pub(super) fn allowed(&self, now: Timestamp) -> u32 {
        match self.tries_at() {
            None => u32::MAX,
            Some(tries_at) => u32::from(now >= tries_at),
        }
    }

    /// When the next charge may begin; `None` when any may.
    pub(super) fn tries_at(&self) -> Option<Timestamp> {
        let open = self.open.as_ref()?;
        Some(open.probe.map_or(open.until, |(_, by)| by))
    }

    /// Notes a charge that is sent. While it is open that is the one that tries.
    pub(super) fn sent(&mut self, sending: &Sending, now: Timestamp) {
        self.tries_with((sending.key, sending.attempt), now);
    }

    fn tries_with(&mut self, attempt: Attempt, now: Timestamp) {
        if let Some(open) = &mut self.open {
            open.probe = Some((attempt, later(now, PROBE_MAX)));
        }
    }

    /// Takes note of what became of charges. What failed for technical reasons in an outage was not
    /// declined for anything about a card: it becomes an [`Answer::Outage`], which climbs no ladder.
    pub(super) fn learn(&mut self, outcomes: &mut [Outcome], now: Timestamp) -> Option<Change> {
        let before = self.open.as_ref().map(|open| open.reason);
        for outcome in outcomes.iter() {
            self.weigh(outcome, now);
        }
        let after = self.open.as_ref().map(|open| open.reason);

        if after == Some(Stop::Outage) {
            for outcome in outcomes {
                if let Event::Answered(Answer::Declined(decline)) = &outcome.event
                    && decline.class == Class::Technical
                {
                    outcome.event = Event::Answered(Answer::Outage(decline.message.clone()));
                }
            }
        }
        match &self.open {
            Some(open) if after != before => Some(Change::Opened(open.reason, open.why.clone())),
            None if after != before => Some(Change::Closed),
            Some(_) | None => None,
        }
    }

    /// Something else shows that charges must wait; how many times in a row. Nothing changes while it is
    /// open for a reason of its own.
    pub(super) fn trip(
        &mut self,
        reason: Stop,
        why: &Words,
        (times, now): (u32, Timestamp),
    ) -> Option<Change> {
        if self.open.is_some() {
            return None;
        }
        self.open((reason, why.clone()), times.saturating_sub(1), now);
        Some(Change::Opened(reason, why.clone()))
    }

    /// The time that we carry was corrected: the pause ends within the longest there is.
    pub(super) fn was_corrected(&mut self, now: Timestamp) {
        self.recent.clear();
        if let Some(open) = &mut self.open {
            open.until = open.until.min(later(now, PAUSE_MAX));
            open.probe = open
                .probe
                .map(|(attempt, by)| (attempt, by.min(later(now, PROBE_MAX))));
        }
    }

    /// Why it is open, and until when.
    pub(super) fn why(&self) -> Option<(Stop, &Words, Timestamp)> {
        let open = self.open.as_ref()?;
        Some((open.reason, &open.why, open.until))
    }

    /// While it is open only the one that tries counts: the others were under way before.
    fn weigh(&mut self, outcome: &Outcome, now: Timestamp) {
        let Some(sign) = sign_of(&outcome.event) else {
            return;
        };
        match &self.open {
            Some(Open {
                probe: Some((probe, _)),
                tries,
                reason,
                why,
                ..
            }) if *probe == (outcome.key, outcome.attempt) => {
                let (tries, again) = (tries.saturating_add(1), *tries);
                match sign {
                    Sign::Works => self.open = None,
                    // Another one tries, after as long a pause as this one had.
                    Sign::Nothing => {
                        let same = (*reason, why.clone());
                        self.open(same, again, now);
                    }
                    Sign::Fails(why) => self.open((Stop::Outage, why), tries, now),
                    Sign::Refuses(why) => self.open((Stop::Barred, why), tries, now),
                }
            }
            Some(_) => {}
            None => match sign {
                Sign::Works => self.count(true, now),
                Sign::Nothing => {}
                Sign::Fails(why) => {
                    self.count(false, now);
                    if let Some(share) = self.outage() {
                        let why = Words::new(&format!("{share}, the last of them: {why}"));
                        self.open((Stop::Outage, why), 0, now);
                    }
                }
                Sign::Refuses(why) => self.open((Stop::Barred, why), 0, now),
            },
        }
    }

    fn open(&mut self, (reason, why): (Stop, Words), tries: u32, now: Timestamp) {
        let doubled = PAUSE_MIN.saturating_mul(2u32.saturating_pow(tries.min(16)));
        self.recent.clear();
        self.open = Some(Open {
            reason,
            why,
            tries,
            until: later(now, doubled.min(PAUSE_MAX)),
            probe: None,
        });
    }

    fn count(&mut self, works: bool, now: Timestamp) {
        let since = now.checked_sub(FRESH).unwrap_or(Timestamp::MIN);
        self.recent.push_back((now, works));
        let is_old = |at: &Timestamp| *at < since;
        while self.recent.len() > LOOK_BACK || self.recent.front().is_some_and(|(at, _)| is_old(at))
        {
            self.recent.pop_front();
        }
    }

    /// The last charges in words, when they show an outage.
    fn outage(&self) -> Option<String> {
        let all = self.recent.len();
        let failed = self.recent.iter().filter(|(_, works)| !works).count();
        let newest = self.recent.iter().rev();
        let in_a_row = newest.take_while(|(_, works)| !works).count();
        let is_outage = in_a_row >= IN_A_ROW || (failed >= ENOUGH && failed * 2 >= all);
        is_outage
            .then(|| format!("{failed} of the last {all} charges failed for technical reasons"))
    }
}

fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

/// A look-up says nothing here: it may be answered while charges are not, and the other way round.
fn sign_of(event: &Event) -> Option<Sign> {
    match event {
        Event::Answered(Answer::Barred(why)) => Some(Sign::Refuses(why.clone())),
        Event::Answered(Answer::Declined(decline) | Answer::Refused(decline))
            if decline.class == Class::Technical =>
        {
            Some(Sign::Fails(decline.message.clone()))
        }
        Event::Answered(Answer::Outage(why)) => Some(Sign::Fails(why.clone())),
        Event::Answered(_) => Some(Sign::Works),
        Event::Unanswered(Unanswered::NotSent(why) | Unanswered::Lost(why)) => {
            Some(Sign::Fails(why.clone()))
        }
        Event::Withheld(_) => Some(Sign::Nothing),
        // Asked too often: that is the pace's business.
        Event::Unanswered(Unanswered::TooOften { .. })
        | Event::Found(_)
        | Event::Begun
        | Event::Expired
        | Event::Asked
        | Event::Deferred { .. }
        | Event::Overtaken
        | Event::Unconsented
        | Event::Forgone(_)
        | Event::GraceOver
        | Event::Retried
        | Event::Released
        | Event::CardDied(_)
        | Event::CardChanged => None,
    }
}

#[cfg(test)]
mod tests;
