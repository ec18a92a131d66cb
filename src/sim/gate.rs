//! What stands between a due cycle and the gateway, seen from outside: the first charges after a start, the
//! breaker and the ladder of whoever was tried by hand. It goes by the journal, by what was looked up, and
//! by what the front page says; how the engine comes to that it does not know.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::{SignedDuration, Timestamp};

use crate::engine::handle::{Health, Stop};
use crate::sim::books::{Books, Entry, Key, Row, number, text};
use crate::sim::laws::instant;
use crate::sim::marks::Marks;
use crate::sim::stage::later;

/// How many charges go first.
const FIRST: usize = 3;

/// Longer than that nobody waits for one of them, nor for a look-up to show one that is paid.
const BACK_WITHIN: Duration = Duration::from_mins(10);
const SHOWN_WITHIN: Duration = Duration::from_mins(3);

/// What is said of a payment that a look-up does not show.
const NOT_SHOWN: &str = "the gateway no longer knows it";

/// Longer than that nobody waits for the one charge that tries whether an outage is over.
const PROBE_MAX: Duration = Duration::from_mins(30);

/// An attempt: subscription, cycle, number.
pub(super) type Attempt = (i64, i64, i64);

/// What it has to remember from one instant to the next.
#[derive(Debug, Default)]
pub(super) struct Gate {
    /// The charges that went first; nothing once enough of them came back well.
    first: Option<Vec<First>>,
    /// The breaker, if it was open at the end of the last instant.
    open: Option<Open>,
    /// By how much the engine's time was ahead then.
    ours_ahead: SignedDuration,
    /// Whether the pace was below what is configured.
    was_slow: bool,
}

#[derive(Debug)]
struct First {
    attempt: Attempt,
    uid: String,
    is_paid: bool,
    is_well: bool,
    /// From then on it is not waited for.
    until: Timestamp,
}

#[derive(Debug)]
struct Open {
    reason: Stop,
    until: Timestamp,
    /// The charge that tries, and until when it is waited for.
    probe: Option<(Attempt, Timestamp)>,
}

/// An instant, as far as it matters here.
pub(super) struct Instant<'a> {
    /// The entries of the journal, and the attempts that they were about.
    pub(super) entries: &'a [(Option<Attempt>, Entry)],
    pub(super) books: &'a Books,
    /// The uids that were looked up in it.
    pub(super) looked: Vec<String>,
    /// The front page at its end; nothing when the process is dead.
    pub(super) health: Option<&'a Health>,
    pub(super) now: Timestamp,
    pub(super) ours_ahead: SignedDuration,
}

/// An instant, as the journal keeps it.
fn kept(at: Timestamp) -> Result<Timestamp> {
    self::instant(at.as_microsecond())
}

impl Gate {
    /// A process starts, or something changed that can move money: a few go first.
    pub(super) fn starts(&mut self) {
        self.goes_carefully();
        self.open = None;
        self.was_slow = false;
    }

    pub(super) fn goes_carefully(&mut self) {
        self.first = Some(Vec::new());
    }

    /// Checks an instant.
    pub(super) fn check(&mut self, instant: &Instant<'_>, marks: &mut Marks) -> Result<()> {
        // By another time other pauses are over, and the first charges go again.
        if instant.ours_ahead == self.ours_ahead {
            self.one_tries(instant)?;
        } else {
            self.ours_ahead = instant.ours_ahead;
            self.goes_carefully();
        }
        self.a_few_go_first(instant)?;
        self.an_outage_is_no_decline(instant)?;
        self.remember(instant, marks);
        Ok(())
    }

    /// While the breaker is open nothing begins but one charge, after the pause; until something is
    /// answered, which may have closed it.
    fn one_tries(&mut self, instant: &Instant<'_>) -> Result<()> {
        let Some(open) = &mut self.open else {
            return Ok(());
        };
        for (attempt, entry) in instant.entries {
            let Some(attempt) = *attempt else {
                continue;
            };
            if is_answer(&entry.kind) {
                break;
            }
            if entry.kind != "begun" {
                continue;
            }
            let at = self::instant(entry.at)?;
            let is_waited_for = open.probe.is_some_and(|(_, until)| at < until);
            // The journal keeps microseconds, and a pause may end between two.
            ensure!(
                at >= kept(open.until)? && !is_waited_for,
                "{attempt:?} was begun while nobody is charged ({}) until {}; the one that tries: {:?}",
                open.reason.name(),
                open.until,
                open.probe
            );
            open.probe = Some((attempt, later(at, PROBE_MAX)));
        }
        Ok(())
    }

    /// Until three charges came back well, and a look-up showed those that were paid, no more than three
    /// are under way or well.
    fn a_few_go_first(&mut self, instant: &Instant<'_>) -> Result<()> {
        for (attempt, entry) in instant.entries {
            if matches!(
                &*entry.kind,
                "sweep_approved" | "suspicion_cleared" | "plan_version"
            ) {
                self.goes_carefully();
            }
            let Some(attempt) = *attempt else {
                continue;
            };
            if entry.kind == "begun" {
                self.goes_first(attempt, instant)?;
            } else {
                self.comes_back(attempt, entry, instant);
            }
        }
        let first = self.first.iter_mut().flatten();
        for one in first.filter(|one| one.is_paid && instant.looked.contains(&one.uid)) {
            one.is_well = true;
        }
        Ok(())
    }

    fn goes_first(&mut self, attempt: Attempt, instant: &Instant<'_>) -> Result<()> {
        let Some(first) = &mut self.first else {
            return Ok(());
        };
        for one in first.iter_mut().filter(|one| one.is_paid) {
            one.is_well |= instant.now >= one.until;
        }
        first.retain(|one| one.is_well || instant.now < one.until);
        if first.iter().filter(|one| one.is_well).count() >= FIRST {
            self.first = None;
            return Ok(());
        }
        ensure!(
            first.len() < FIRST,
            "{attempt:?} was begun before those that go first were back: {first:?}"
        );
        let (subscription, n, k) = attempt;
        let row = instant.books.row(Key::Attempt(subscription, n, k));
        let row = row.context("begun without an attempt on record")?;
        first.push(First {
            attempt,
            uid: text(row, "merchant_uid").to_owned(),
            is_paid: false,
            is_well: false,
            until: later(instant.now, BACK_WITHIN),
        });
        Ok(())
    }

    fn comes_back(&mut self, attempt: Attempt, entry: &Entry, instant: &Instant<'_>) {
        let Some(first) = &mut self.first else {
            return;
        };
        // Of one that was paid, and had its time to be shown, nothing is expected any more: a refund that the
        // nightly comparison finds is no news of everybody's (seed 1833).
        let is_over = |one: &First| one.is_paid && instant.now >= one.until;
        let place = first
            .iter()
            .position(|one| one.attempt == attempt && !is_over(one));
        let Some(place) = place else {
            return;
        };
        match &*entry.kind {
            // A history that lags does not show it yet: that says nothing (seed 78).
            "contradicted" if entry.words.as_deref() == Some(NOT_SHOWN) => {}
            // It says something about everybody's: three others go.
            "mismatch" | "malformed" | "found_mismatch" | "found_refunded" | "found_failed"
            | "contradicted" => first.clear(),
            "paid" => {
                if let Some(one) = first.get_mut(place) {
                    one.is_paid = true;
                    one.until = later(instant.now, SHOWN_WITHIN);
                }
            }
            "declined" if !is_technical(attempt, instant.books) => {
                if let Some(one) = first.get_mut(place) {
                    one.is_well = true;
                }
            }
            kind if is_answer(kind) => drop(first.swap_remove(place)),
            _ => {}
        }
    }

    /// What fails for technical reasons in an outage climbs no ladder.
    fn an_outage_is_no_decline(&self, instant: &Instant<'_>) -> Result<()> {
        let is_out = |health: &Health| {
            let mut stopped = health.stopped.iter();
            stopped.any(|one| one.reason == Stop::Outage)
        };
        let was_out = self
            .open
            .as_ref()
            .is_some_and(|open| open.reason == Stop::Outage);
        if !was_out || !instant.health.is_some_and(is_out) {
            return Ok(());
        }
        let declined = instant.entries.iter();
        for (attempt, _) in declined.filter(|(_, entry)| entry.kind == "declined") {
            let attempt = attempt.context("a decline of nobody")?;
            ensure!(
                !is_technical(attempt, instant.books),
                "{attempt:?}: an outage was taken for a decline"
            );
        }
        Ok(())
    }

    fn remember(&mut self, instant: &Instant<'_>, marks: &mut Marks) {
        let Some(health) = instant.health else {
            return;
        };
        let broken = health.stopped.iter().find_map(|one| {
            let is_broken = matches!(one.reason, Stop::Outage | Stop::Barred | Stop::Canary);
            one.until
                .filter(|_| is_broken)
                .map(|until| (one.reason, until))
        });
        let before = self.open.take();
        self.open = broken.map(|(reason, until)| {
            let is_same = |open: &Open| (open.reason, open.until) == (reason, until);
            before.filter(is_same).unwrap_or_else(|| {
                marks.met(&format!("breaker: {}", reason.name()));
                Open {
                    reason,
                    until,
                    probe: None,
                }
            })
        });
        let is_slow = health.pace.is_some();
        match (self.was_slow, is_slow) {
            (false, true) => marks.met("pace: slower"),
            (true, false) => marks.met("pace: as configured again"),
            (true, true) | (false, false) => {}
        }
        self.was_slow = is_slow;
    }
}

/// Only a decline climbs the ladder, or a refusal of which there is no record. A retry that a person asked
/// for leaves it where it was: its decline takes no rung, and the ladder's next try is not moved forward.
/// `before` and `after` are the row of the cycle.
pub(super) fn ladder_stays(kind: &str, before: &Row, after: &Row) -> Result<()> {
    let rung = |row: &Row| number(row, "declines");
    ensure!(
        rung(before) == rung(after) || matches!(kind, "declined" | "found_failed" | "found_absent"),
        "the ladder was climbed, and nobody declined: {kind}"
    );
    if kind == "retried" {
        ensure!(rung(before) == rung(after), "a retry by hand took a rung");
        let planned = number(before, "ladder_at").or(number(before, "act_at"));
        ensure!(
            rung(before) == Some(0) || number(after, "ladder_at") == planned,
            "a retry by hand moved the ladder from {planned:?} to {:?}",
            number(after, "ladder_at")
        );
    }
    let Some(ladder_at) = number(before, "ladder_at") else {
        return Ok(());
    };
    let is_declined = text(after, "state") == "retrying" && !after.contains_key("ladder_at");
    if is_declined && text(after, "cause") == "declined" {
        ensure!(
            rung(before) == rung(after),
            "the decline of a retry by hand took a rung"
        );
        ensure!(
            number(after, "act_at") >= Some(ladder_at),
            "after a retry by hand the ladder goes on earlier than it would have"
        );
    }
    Ok(())
}

/// The attempt that an entry is about.
pub(super) fn attempt_of(entry: &Entry, books: &Books) -> Option<Attempt> {
    let (subscription, n) = (entry.subscription_key?, entry.n?);
    let cycle = books.row(Key::Cycle(subscription, n))?;
    Some((subscription, n, number(cycle, "attempts")?))
}

/// Whether an entry of this kind records what became of a request to charge.
fn is_answer(kind: &str) -> bool {
    matches!(
        kind,
        "paid"
            | "declined"
            | "settled"
            | "refused"
            | "refunded"
            | "mismatch"
            | "malformed"
            | "barred"
            | "outage"
            | "lost"
            | "not_sent"
    )
}

fn is_technical((subscription, n, k): Attempt, books: &Books) -> bool {
    let attempt = books.row(Key::Attempt(subscription, n, k));
    attempt.is_some_and(|attempt| text(attempt, "class") == "technical")
}
