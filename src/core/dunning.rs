//! Dunning: when a charge that did not succeed is tried again, and when we give up.

mod payday;

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::core::spread;
use crate::core::window::Window;

/// After a decline for want of money, or one that says nothing, a card is left alone for so long: the
/// schemes count, and an empty account fills overnight if at all.
pub const REST: Duration = days(1);

/// How often a card may be declined within [`CARD_DECLINES_WITHIN`] and still be tried again, whatever it
/// is charged for. The schemes count by card: Visa allows 20 reattempts in 30 days, Mastercard calls 35
/// excessive. The first try of a cycle is none, but its decline counts. The view `work` counts so far.
pub const CARD_DECLINES_MAX: u32 = 10;

/// The span in which declines of a card are counted.
pub const CARD_DECLINES_WITHIN: Duration = days(30);

/// How long a card rests that was declined as often as it may be, the first of those times then.
pub fn card_rests_until(first_of_them: Timestamp) -> Timestamp {
    later(first_of_them, CARD_DECLINES_WITHIN)
}

/// How far a try moves to a payday, in days.
pub const PAYDAY_REACH_DAYS: i8 = payday::REACH_DAYS;

/// Retries that wait for a day or more are spread over this span, so that one payday's retries do not
/// leave in one second.
pub const SPREAD: Duration = minutes(60);

/// Why a card was declined, as far as it decides what follows (GATEWAY, decline classes).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Not enough money, or a limit was reached: worth trying again on another day.
    Funds,
    /// The network, the PG or the issuer had a fault: worth trying again soon.
    Technical,
    /// Anything that we cannot tell apart, "ask the issuer" among it.
    Generic,
    /// Expired, closed, suspended or unknown card, or the billing key is gone: only a new card helps.
    NewCard,
    /// Lost, stolen or forged: the schemes forbid trying again.
    Never,
}

impl Class {
    /// Every class, in the order of documentation.
    pub const ALL: [Self; 5] = [
        Self::Funds,
        Self::Technical,
        Self::Generic,
        Self::NewCard,
        Self::Never,
    ];

    /// How long the card is left alone after it, whatever a ladder says.
    pub const fn rest(self) -> Duration {
        match self {
            Self::Technical => Duration::ZERO,
            Self::Funds | Self::Generic | Self::NewCard | Self::Never => REST,
        }
    }

    /// Whether the card is as good as none: whatever it is asked for, it is declined, and asking is forbidden
    /// or in vain (GATEWAY, decline classes).
    pub const fn is_for_good(self) -> bool {
        match self {
            Self::NewCard | Self::Never => true,
            Self::Funds | Self::Technical | Self::Generic => false,
        }
    }

    /// The name in configuration, database and output.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Funds => "funds",
            Self::Technical => "technical",
            Self::Generic => "generic",
            Self::NewCard => "new_card",
            Self::Never => "never",
        }
    }

    /// The class of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|class| class.name() == text)
    }
}

/// What becomes of a subscription when its cycle cannot be collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EndAction {
    /// No further cycle is charged until somebody resumes it.
    Suspend,
    /// The subscription ends.
    Cancel,
    /// The cycle is written off and the next one is charged as usual.
    Keep,
}

impl EndAction {
    /// What follows, in words.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Suspend => "the subscription is suspended",
            Self::Cancel => "the subscription is canceled",
            Self::Keep => "the cycle is written off",
        }
    }
}

/// When to try again. A rung is the span from the first try of the cycle; the k-th decline leads to
/// the k-th rung of its class, and after the last rung we give up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ladder {
    /// Rungs after a decline for lack of funds.
    pub funds: Vec<Duration>,
    /// Rungs after a technical decline.
    pub technical: Vec<Duration>,
    /// Rungs after any other decline that may be tried again.
    pub generic: Vec<Duration>,
    /// Days of the month, the best first, to one of which a try after a decline for lack of funds
    /// moves when it lies near.
    pub paydays: Vec<i8>,
    /// The most declines a cycle may collect, whatever their classes.
    pub declines_max: u8,
    /// How long after the due date we give up at the earliest. When the ladder ends before, nothing is
    /// tried by itself until then, but another card is.
    pub grace: Duration,
    /// What follows when we give up.
    pub end_action: EndAction,
}

impl Ladder {
    /// The ceiling of `declines_max`. Visa allows 20 reattempts of a card in 30 days; this leaves a
    /// margin for a second subscription on it.
    pub const DECLINES_CEILING: u8 = 15;

    /// The ladder of a plan that names none. The technical rungs are GATEWAY's, and its six tries; the
    /// others were spread over the month by simulation (docs/decisions/0010-the-default-ladder.md), so
    /// that everybody's payday lies among them.
    pub fn standard() -> Self {
        Self {
            funds: [2, 7, 12, 18, 25].map(days).to_vec(),
            technical: vec![minutes(30), minutes(180), days(1), days(2), days(4)],
            generic: [3, 7, 13, 20, 26].map(days).to_vec(),
            paydays: vec![25, 10, 1, 15],
            declines_max: 6,
            grace: days(21),
            end_action: EndAction::Suspend,
        }
    }

    /// How long a cycle may be owed by it: until its last try, or until its grace is over.
    pub fn lasts(&self) -> Duration {
        let ladders = [&self.funds, &self.technical, &self.generic];
        let tries = usize::from(self.declines_max).saturating_sub(1);
        let last = |rungs: &Vec<Duration>| rungs.iter().take(tries).max().copied();
        let last = ladders.into_iter().filter_map(last).max();
        last.unwrap_or_default().max(self.grace)
    }

    /// When to try again after this decline; `None` when the ladder ends.
    ///
    /// Nothing here is random: the same cycle is spread to the same moment wherever it is computed.
    pub fn retry_at(&self, declined: Declined<'_>, hours: Hours<'_>) -> Option<Timestamp> {
        let Declined {
            class,
            declines,
            at,
            key,
        } = declined;
        let rest = class.rest();
        let wait = self.wait_after(class, declines)?.max(rest);
        let mut try_at = later(at, wait);
        if wait >= REST {
            if class == Class::Funds {
                try_at = payday::moved(try_at, &self.paydays, later(at, rest), hours.zone);
            }
            try_at = later(try_at, spread::delay(key, SPREAD));
        }
        Some(hours.window.earliest(try_at, hours.zone))
    }

    /// When the grace period of a cycle is over whose ladder ends now, with its `declines`-th decline;
    /// `None` when we give up at once.
    pub fn grace_until(
        &self,
        declines: u8,
        due_at: Timestamp,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let until = later(due_at, self.grace);
        // Each new card may bring another decline: that ends somewhere.
        (until > now && declines < Self::DECLINES_CEILING).then_some(until)
    }

    /// How long to wait after the `declines`-th decline (counted from 1), the last of which was of
    /// this class; `None` when we give up.
    ///
    /// It is the distance between two rungs, not the distance to a date: after an outage a late
    /// retry is not followed at once by the next.
    pub fn wait_after(&self, class: Class, declines: u8) -> Option<Duration> {
        let rungs = match class {
            Class::Funds => &self.funds,
            Class::Technical => &self.technical,
            Class::Generic => &self.generic,
            Class::NewCard | Class::Never => return None,
        };
        if declines >= self.declines_max {
            return None;
        }

        let reached = usize::from(declines.checked_sub(1)?);
        let rung = *rungs.get(reached)?;
        let below = reached.checked_sub(1).and_then(|place| rungs.get(place));
        Some(rung.saturating_sub(below.copied().unwrap_or_default()))
    }
}

/// A decline, as far as it decides when to try again.
#[derive(Debug, Clone, Copy)]
pub struct Declined<'a> {
    /// Its class.
    pub class: Class,
    /// How many declines the cycle has with it.
    pub declines: u8,
    /// When it was.
    pub at: Timestamp,
    /// A stable key of the try, to spread by.
    pub key: &'a str,
}

/// The hours in which charges go out.
#[derive(Debug, Clone, Copy)]
pub struct Hours<'a> {
    /// The window.
    pub window: Window,
    /// Where it is local.
    pub zone: &'a TimeZone,
}

/// How long to wait after the `times`-th send in a row (counted from 1) that never left this machine.
/// It costs no rung: nobody was asked anything.
pub fn wait_after_not_sent(times: u16) -> Duration {
    match times {
        0 | 1 => minutes(1),
        2 => minutes(5),
        3 => minutes(15),
        4 => minutes(60),
        _ => minutes(180),
    }
}

/// How long to wait before the gateway is asked about a doubt again, after it was asked `asked` times:
/// one minute, doubled each time, up to `longest`.
pub fn wait_to_ask(asked: u32, longest: Duration) -> Duration {
    let doubled = 2u32.saturating_pow(asked.min(16).saturating_sub(1));
    minutes(1).saturating_mul(doubled).min(longest)
}

fn later(at: Timestamp, span: Duration) -> Timestamp {
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}

const fn minutes(count: u64) -> Duration {
    Duration::from_mins(count)
}

const fn days(count: u64) -> Duration {
    Duration::from_hours(count * 24)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rungs_are_counted_from_the_first_try() {
        let ladder = Ladder::standard();
        let waits = |class| -> Vec<Option<u64>> {
            (1..=6)
                .map(|k| ladder.wait_after(class, k).map(|wait| wait.as_secs() / 60))
                .collect()
        };
        let day = 1440;
        let rungs = |waits: [u64; 5]| {
            let mut rungs = waits.map(|wait| Some(wait * day)).to_vec();
            rungs.push(None);
            rungs
        };
        assert_eq!(waits(Class::Funds), rungs([2, 5, 5, 6, 7]));
        let technical = [30, 150, day - 180, day, 2 * day].map(Some);
        assert_eq!(waits(Class::Technical)[..5], technical);
        assert_eq!(waits(Class::Technical)[5], None);
        assert_eq!(waits(Class::Generic), rungs([3, 4, 6, 7, 6]));
        assert_eq!(waits(Class::NewCard), [None; 6]);
        assert_eq!(waits(Class::Never), [None; 6]);
    }

    #[test]
    fn what_never_left_waits_longer_each_time() {
        let minutes =
            [0, 1, 2, 3, 4, 5, 400].map(|times| wait_after_not_sent(times).as_secs() / 60);
        assert_eq!(minutes, [1, 1, 5, 15, 60, 180, 180]);
    }

    #[test]
    fn declines_max_ends_a_longer_ladder() {
        let ladder = Ladder {
            declines_max: 2,
            ..Ladder::standard()
        };
        assert!(ladder.wait_after(Class::Funds, 1).is_some());
        assert_eq!(ladder.wait_after(Class::Funds, 2), None);
    }

    #[test]
    fn a_ladder_lasts_until_its_last_try_or_the_end_of_its_grace() {
        let ladder = Ladder::standard();
        assert_eq!(ladder.lasts(), days(26));
        let few = Ladder {
            declines_max: 3,
            ..ladder.clone()
        };
        assert_eq!(few.lasts(), days(21), "its second rung is on day 7");
        let none = Ladder {
            grace: Duration::ZERO,
            ..few
        };
        assert_eq!(none.lasts(), days(7));
    }

    #[test]
    fn grace_counts_from_the_due_date() {
        let ladder = Ladder::standard();
        let due: Timestamp = "2026-03-01T10:00:00+09:00".parse().unwrap();
        let until = |declines, now: u64| ladder.grace_until(declines, due, due + days(now));
        assert_eq!(until(1, 0), Some(due + days(21)));
        assert_eq!(until(6, 20), Some(due + days(21)));
        assert_eq!(until(6, 21), None);
        assert_eq!(until(Ladder::DECLINES_CEILING, 0), None);
        let none = Ladder {
            grace: Duration::ZERO,
            ..ladder
        };
        assert_eq!(none.grace_until(1, due, due), None);
    }

    #[test]
    fn questions_back_off_to_a_cap() {
        let longest = minutes(60);
        let waits: Vec<u64> = (0..9)
            .map(|asked| wait_to_ask(asked, longest).as_secs() / 60)
            .collect();
        assert_eq!(waits, [1, 1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(wait_to_ask(u32::MAX, longest), longest);
    }
}
