//! Whether the time can be trusted. There are three witnesses: the time that we carry on from the last
//! agreement, the machine's clock, and the gateway's. New charges go out only while all agree: a clock
//! that was moved by a day or by ten years charges nobody early. It reads no clock and sends nothing.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::core::answer::Words;

/// How far two clocks may be apart and still agree. The gateway tells whole seconds and its answer
/// travels; machines that are kept to NTP differ by far less.
pub(super) const AGREE_WITHIN: Duration = Duration::from_mins(2);

/// How often the gateway is asked for its time.
const ASK_EVERY: Duration = Duration::from_mins(30);

/// How soon it is asked again when it did not answer, or when the clocks differ.
const ASK_AGAIN: Duration = Duration::from_mins(1);

/// What is known of the time.
#[derive(Debug)]
pub(super) struct Trust {
    gateway: Reading,
    ask_at: Timestamp,
    is_asking: bool,
    is_doubtful: bool,
}

/// The gateway's clock.
#[derive(Debug)]
enum Reading {
    /// Not read yet, and why.
    None(Words),
    /// By how much it is ahead of the time that we carry.
    Ahead(SignedDuration),
}

/// What the witnesses say together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// All agree.
    Agreed,
    /// The machine and the gateway agree against the time that we carry, which becomes this.
    Corrected(Timestamp),
    /// The gateway was not heard yet: why.
    Unheard(Words),
    /// They differ: in words, and whether that is news.
    Doubtful(Words, bool),
}

impl Trust {
    /// Nothing is known at the start.
    pub(super) fn new(now: Timestamp) -> Self {
        Self {
            gateway: Reading::None(Words::new("it was not asked yet")),
            ask_at: now,
            is_asking: false,
            is_doubtful: false,
        }
    }

    /// Whether the gateway is to be asked now. Whoever is told so asks.
    pub(super) fn asks(&mut self, now: Timestamp) -> bool {
        let asks = !self.is_asking && now >= self.ask_at;
        self.is_asking |= asks;
        asks
    }

    /// When it wants to ask.
    pub(super) const fn ask_at(&self) -> Option<Timestamp> {
        if self.is_asking {
            None
        } else {
            Some(self.ask_at)
        }
    }

    /// The gateway told its time.
    pub(super) fn told(&mut self, theirs: Timestamp, ours: Timestamp) {
        self.gateway = Reading::Ahead(theirs.duration_since(ours));
        self.answered(ours, ASK_EVERY);
    }

    /// The gateway did not tell its time. An earlier reading is carried on; clocks drift by a second
    /// in days.
    pub(super) fn not_told(&mut self, why: &str, ours: Timestamp) {
        if let Reading::None(_) = self.gateway {
            self.gateway = Reading::None(Words::new(why));
        }
        self.answered(ours, ASK_AGAIN);
    }

    /// Weighs the witnesses.
    pub(super) fn judge(&mut self, ours: Timestamp, machine: Timestamp) -> Verdict {
        let gateway_ahead = match &self.gateway {
            Reading::None(why) => {
                let words = format!("the gateway's clock was not read yet: {why}");
                return Verdict::Unheard(Words::new(&words));
            }
            Reading::Ahead(ahead) => *ahead,
        };
        let machine_ahead = machine.duration_since(ours);
        let agree = |ahead: SignedDuration| ahead.unsigned_abs() <= AGREE_WITHIN;

        let was_doubtful = std::mem::replace(&mut self.is_doubtful, false);
        if agree(gateway_ahead) && agree(machine_ahead) {
            return Verdict::Agreed;
        }
        if agree(machine_ahead - gateway_ahead) {
            self.gateway = Reading::Ahead(gateway_ahead - machine_ahead);
            // By the wrong time the next question may lie ten years ahead.
            self.ask_at = machine;
            return Verdict::Corrected(machine);
        }
        self.ask_at = self.ask_at.min(later(ours, ASK_AGAIN));
        let words = format!(
            "the machine's clock is {} the gateway's: set the machine's clock right",
            apart(machine_ahead - gateway_ahead)
        );
        self.is_doubtful = true;
        Verdict::Doubtful(Words::new(&words), !was_doubtful)
    }

    fn answered(&mut self, now: Timestamp, wait: Duration) {
        self.is_asking = false;
        self.ask_at = later(now, wait);
    }
}

fn later(now: Timestamp, wait: Duration) -> Timestamp {
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}

/// `86400 s ahead of`, `60 s behind`.
fn apart(ahead: SignedDuration) -> String {
    let seconds = ahead.unsigned_abs().as_secs();
    let side = if ahead.is_negative() {
        "behind"
    } else {
        "ahead of"
    };
    format!("{seconds} s {side}")
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    /// What is said when ours is at 0, and the others are so many seconds ahead.
    fn judged(machine: i64, gateway: Option<i64>) -> Verdict {
        let mut trust = Trust::new(at(0));
        assert!(trust.asks(at(0)));
        match gateway {
            Some(ahead) => trust.told(at(ahead), at(0)),
            None => trust.not_told("silence", at(0)),
        }
        trust.judge(at(0), at(machine))
    }

    #[test]
    fn charges_need_three_witnesses_that_agree() {
        assert_eq!(judged(0, Some(0)), Verdict::Agreed);
        assert_eq!(judged(120, Some(-120)), Verdict::Agreed);
        let doubtful = |machine, gateway| match judged(machine, gateway) {
            Verdict::Unheard(words) | Verdict::Doubtful(words, true) => words.as_str().to_owned(),
            verdict @ (Verdict::Agreed | Verdict::Corrected(_) | Verdict::Doubtful(_, false)) => {
                panic!("{verdict:?}")
            }
        };
        assert_eq!(
            doubtful(0, None),
            "the gateway's clock was not read yet: silence"
        );
        assert_eq!(
            doubtful(DAY, Some(0)),
            "the machine's clock is 86400 s ahead of the gateway's: set the machine's clock right"
        );
        assert_eq!(
            doubtful(-3_650 * DAY, Some(0)),
            "the machine's clock is 315360000 s behind the gateway's: set the machine's clock right"
        );
        // Ours was started from the machine's clock, so that both may be wrong together.
        assert_eq!(
            doubtful(0, Some(-DAY)),
            "the machine's clock is 86400 s ahead of the gateway's: set the machine's clock right"
        );
        assert!(matches!(judged(DAY, Some(-DAY)), Verdict::Doubtful(..)));
    }

    #[test]
    fn two_against_ours_correct_it() {
        assert_eq!(judged(DAY, Some(DAY + 5)), Verdict::Corrected(at(DAY)));
        assert_eq!(judged(-DAY, Some(-DAY)), Verdict::Corrected(at(-DAY)));
    }

    #[test]
    fn a_correction_is_made_once() {
        let mut trust = Trust::new(at(0));
        trust.told(at(DAY + 5), at(0));
        assert_eq!(trust.judge(at(0), at(DAY)), Verdict::Corrected(at(DAY)));
        assert_eq!(trust.judge(at(DAY), at(DAY)), Verdict::Agreed);
        assert_eq!(
            trust.ask_at(),
            Some(at(DAY)),
            "not when the wrong time would come"
        );
    }

    #[test]
    fn the_gateway_is_asked_at_once_and_then_now_and_again() {
        let mut trust = Trust::new(at(0));
        assert!(trust.asks(at(0)));
        assert!(!trust.asks(at(0)), "one question at a time");
        assert_eq!(trust.ask_at(), None);
        trust.not_told("silence", at(0));
        assert_eq!(trust.ask_at(), Some(at(60)));
        assert!(trust.asks(at(60)));
        trust.told(at(60), at(60));
        assert_eq!(trust.ask_at(), Some(at(60 + 1_800)));
        // A clock that was moved is a reason to ask soon.
        let moved = |trust: &mut Trust| trust.judge(at(100), at(100 + DAY));
        assert!(matches!(moved(&mut trust), Verdict::Doubtful(_, true)));
        assert!(matches!(moved(&mut trust), Verdict::Doubtful(_, false)));
        assert_eq!(trust.ask_at(), Some(at(160)));
    }
}
