//! Whether a person may have an owed cycle tried now. It is their word against a ladder's, but not against
//! the schemes': these count by card, and forbid some cards for good.

use jiff::tz::TimeZone;

use crate::core::civil::local;
use crate::core::dunning::{CARD_DECLINES_MAX, Class, Ladder};
use crate::core::subscription::{Card, Hold, Status};

/// A cycle that was declined, and what decides whether it may be tried.
#[derive(Debug, Clone, Copy)]
pub struct Owed<'a> {
    /// Where its subscription stands.
    pub status: Status,
    /// Why that is held, if it is.
    pub hold: Option<Hold>,
    /// Whether other charges of the card keep it back. A new card has no past.
    pub card: Card,
    /// As what the card was declined for good, if it was, for this cycle or another.
    pub death: Option<Class>,
    /// Whether that card is the one that was declined last.
    pub tried: Tried,
    /// The class of the last decline; nothing when the last try did not come to one.
    pub class: Option<Class>,
    /// How often the cycle was declined so far, by hand or not.
    pub declines: u32,
    /// Where its plan is local.
    pub zone: &'a TimeZone,
}

/// Which card would be charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tried {
    /// The one that was charged last.
    Same,
    /// Another one than was charged last.
    Another,
}

/// Why a cycle is not tried by hand. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotRetried {
    /// It is over.
    #[error("the subscription is {0}: nothing of it is charged any more")]
    Ended(&'static str),
    /// A person, or dunning, stopped it.
    #[error("the subscription is {0}: `dues {1}` it first")]
    StandsStill(&'static str, &'static str),
    /// A person has to look at it first.
    #[error("the subscription is held ({0}): `dues release` it first")]
    Held(&'static str),
    /// Its card was declined too often.
    #[error(
        "its card was declined {CARD_DECLINES_MAX} times within 30 days and rests until {0}: give \
         another card with `dues card`, or wait"
    )]
    CardRests(String),
    /// The schemes forbid it.
    #[error(
        "its card is lost, stolen or forged: it must not be tried again; give another card with \
         `dues card`"
    )]
    CardForbidden,
    /// No card was declined for it, so there is nothing to go back to when this one is.
    #[error(
        "its card was declined for good when it was asked for another cycle: give another card with \
         `dues card`, which tries it too"
    )]
    CardDead,
    /// The cycle was declined too often.
    #[error(
        "it was declined {0} times, which is the most for one cycle: `dues skip` and `dues resume` \
         say what becomes of the next ones"
    )]
    TooOften(u32),
    /// What it will come to is not known yet.
    #[error("cycle {0} is being charged: its outcome will be recorded (dues show)")]
    UnderWay(i64),
    /// Nothing was declined.
    #[error("no cycle of it was declined and is still owed: `dues explain` says how it stands")]
    NothingOwed,
    /// Another cycle is owed.
    #[error("cycle {asked} is not owed: cycle {owed} is")]
    OtherCycle {
        /// The cycle that was named.
        asked: u32,
        /// The oldest one that is owed.
        owed: i64,
    },
}

/// Whether it may be tried.
///
/// # Errors
/// [`NotRetried`]: why not, and what to do.
pub fn may_retry(owed: Owed<'_>) -> Result<(), NotRetried> {
    match owed.status {
        Status::Trialing | Status::Active | Status::PastDue => {}
        Status::Paused => return Err(NotRetried::StandsStill(owed.status.name(), "resume")),
        Status::Suspended => {
            return Err(NotRetried::StandsStill(owed.status.name(), "reactivate"));
        }
        Status::Canceled | Status::Completed => return Err(NotRetried::Ended(owed.status.name())),
    }
    if let Some(hold) = owed.hold {
        return Err(NotRetried::Held(hold.name()));
    }
    if let Card::Spent { until } = owed.card {
        return Err(NotRetried::CardRests(local(until, owed.zone)));
    }
    // A key can be replaced under the same name, so a card that is closed may be another by now. One
    // that was reported as stolen is not given the benefit of the doubt.
    let is_never = [owed.class.filter(|_| owed.tried == Tried::Same), owed.death];
    if is_never.contains(&Some(Class::Never)) {
        return Err(NotRetried::CardForbidden);
    }
    if owed.death.is_some() && owed.declines == 0 {
        return Err(NotRetried::CardDead);
    }
    if owed.declines >= u32::from(Ladder::DECLINES_CEILING) {
        return Err(NotRetried::TooOften(owed.declines));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    static UTC: TimeZone = TimeZone::UTC;

    fn owed() -> Owed<'static> {
        Owed {
            status: Status::PastDue,
            hold: None,
            card: Card::Free,
            death: None,
            tried: Tried::Same,
            class: Some(Class::Funds),
            declines: 3,
            zone: &UTC,
        }
    }

    fn refused(change: impl FnOnce(&mut Owed<'_>)) -> Option<NotRetried> {
        let mut owed = owed();
        change(&mut owed);
        may_retry(owed).err()
    }

    #[test]
    fn a_card_is_tried_unless_the_schemes_forbid_it() {
        let until = Timestamp::UNIX_EPOCH;
        assert_eq!(refused(|_| {}), None);
        // An outcome that is open puts it off for minutes, and nothing else.
        assert_eq!(refused(|owed| owed.card = Card::Busy), None);
        assert_eq!(
            refused(|owed| owed.card = Card::Spent { until }),
            Some(NotRetried::CardRests(local(until, &UTC)))
        );

        assert_eq!(refused(|owed| owed.class = None), None);
        assert_eq!(refused(|owed| owed.class = Some(Class::NewCard)), None);
        let never = Some(Class::Never);
        assert_eq!(
            refused(|owed| owed.class = never),
            Some(NotRetried::CardForbidden)
        );
        let another = |owed: &mut Owed| (owed.class, owed.tried) = (never, Tried::Another);
        assert_eq!(refused(another), None);

        // Another cycle showed that the card is dead.
        let dead = |owed: &mut Owed| owed.death = Some(Class::NewCard);
        assert_eq!(refused(dead), None);
        let untold = |owed: &mut Owed| (owed.death, owed.declines) = (Some(Class::NewCard), 0);
        assert_eq!(refused(untold), Some(NotRetried::CardDead));
        let stolen = |owed: &mut Owed| owed.death = Some(Class::Never);
        assert_eq!(refused(stolen), Some(NotRetried::CardForbidden));

        assert_eq!(refused(|owed| owed.declines = 14), None);
        assert_eq!(
            refused(|owed| owed.declines = 15),
            Some(NotRetried::TooOften(15))
        );
    }

    #[test]
    fn nobody_is_tried_who_stands_still() {
        for status in Status::ALL {
            let name = status.name();
            let expected = match status {
                Status::Trialing | Status::Active | Status::PastDue => None,
                Status::Paused => Some(NotRetried::StandsStill(name, "resume")),
                Status::Suspended => Some(NotRetried::StandsStill(name, "reactivate")),
                Status::Canceled | Status::Completed => Some(NotRetried::Ended(name)),
            };
            assert_eq!(refused(|owed| owed.status = status), expected);
        }
        for hold in Hold::ALL {
            let expected = Some(NotRetried::Held(hold.name()));
            assert_eq!(refused(|owed| owed.hold = Some(hold)), expected);
        }
    }
}
