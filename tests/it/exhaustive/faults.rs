//! What may go wrong with a turn, a send and a look-up. The first of each list is that nothing does.

use std::time::Duration;

use crate::world::RETRY_AFTER;

/// What may happen instead of a turn: the process ends before the commit and is back after a while.
pub(crate) const TURNS: [(&str, Option<Duration>); 3] = [
    ("committed", None),
    ("crash before commit", Some(Duration::from_secs(30))),
    (
        "crash before commit, long down",
        Some(Duration::from_mins(7)),
    ),
];

/// What may happen to a look-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LookUp {
    Answered,
    Unanswered,
    Crash,
}

/// Every one of them.
pub(crate) const LOOK_UPS: [(&str, LookUp); 3] = [
    ("look-up answered", LookUp::Answered),
    ("look-up unanswered", LookUp::Unanswered),
    ("look-up answered, crash before record", LookUp::Crash),
];

/// What becomes of a request once it was committed to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It never leaves the process, which ends.
    CrashBefore,
    /// No byte of it can be written.
    NotSent,
    /// It never reaches the gateway.
    Swallowed,
    /// The gateway refuses it in words that we do not know.
    Refused,
    /// It is on its way for so long, and then worked on for so long.
    Done { travels: Duration, works: Duration },
}

/// What the process that sent it hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heard {
    /// The answer, so long after it was given.
    Answer(Duration),
    /// That there will be none.
    Lost,
    /// Nothing: it ended after the send.
    Crash,
}

/// One send.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Send {
    pub(crate) name: &'static str,
    pub(crate) fate: Fate,
    pub(crate) heard: Heard,
    /// The card does the opposite of what it would have done.
    pub(crate) is_flipped: bool,
    /// A decline turns out to be paid after this long.
    pub(crate) turns_paid: Option<Duration>,
}

/// Every send, when the gateway may take `latest` from the first byte to the charge.
pub(crate) fn sends(latest: &[Duration]) -> Vec<Send> {
    let at_once = Fate::Done {
        travels: Duration::ZERO,
        works: Duration::ZERO,
    };
    let answered = Heard::Answer(Duration::ZERO);
    let plain = |name, fate, heard| Send {
        name,
        fate,
        heard,
        is_flipped: false,
        turns_paid: None,
    };
    let late = |minutes| Heard::Answer(Duration::from_mins(minutes));

    let mut sends = vec![
        plain("answered", at_once, answered),
        plain("crash before send", Fate::CrashBefore, Heard::Crash),
        plain("not sent", Fate::NotSent, answered),
        plain("lost before", Fate::Swallowed, Heard::Lost),
        plain("refused", Fate::Refused, answered),
        plain("refused, lost", Fate::Refused, Heard::Lost),
        plain("lost after", at_once, Heard::Lost),
        plain("crash after send", at_once, Heard::Crash),
        plain("answer after the deadline", at_once, late(4)),
        plain("answer after everything", at_once, late(17)),
        Send {
            is_flipped: true,
            ..plain("the other answer", at_once, answered)
        },
        Send {
            is_flipped: true,
            ..plain("the other answer, lost", at_once, Heard::Lost)
        },
    ];
    for soon in [Duration::from_mins(1), RETRY_AFTER * 2] {
        sends.push(Send {
            turns_paid: Some(soon),
            ..plain("failed turns paid", at_once, answered)
        });
    }
    for &latest in latest {
        for (travels, works) in [
            (latest, Duration::ZERO),
            (Duration::ZERO, latest),
            (latest / 2, latest / 2),
        ] {
            let fate = Fate::Done { travels, works };
            sends.push(plain("late, lost", fate, Heard::Lost));
            sends.push(plain("late, crash after send", fate, Heard::Crash));
        }
    }
    sends
}
