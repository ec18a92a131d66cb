//! The world of the model: daemons, the rows that they keep, requests on their way, and the books of
//! the gateway. Time stands still and everything else is moved, so that the same situation at
//! another time is the same state.

use std::time::Duration;

use dues::core::answer::{Unanswered, Words};
use dues::core::cycle::Event;
use dues::core::order::UidNo;
use dues::core::plan::Terms;
use jiff::Timestamp;

use crate::world::beginning;
use crate::world::books::{Books, Card, Reading};
use crate::world::row::{Call, Row};

/// How fast time passes while something is on its way.
pub(super) const TICK: Duration = Duration::from_mins(1);

/// What a `merchant_uid` stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Cycle,
    /// An attempt, and nothing is asked before.
    Attempt,
    /// The attempts up to a declined one; a later uid goes out when those before it were found failed.
    Proved,
}

/// What keeps two daemons on one database apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apart {
    /// The lock in the state directory: there is one.
    Lock,
    /// The database alone: a turn is one transaction.
    Turns,
    /// Nothing: a turn writes over what was written since it read.
    Nothing,
}

/// When a backup is restored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Restores {
    /// When nothing that was sent before can still be under way.
    AfterQuiet,
    /// At any time.
    AtOnce,
}

/// What does not change.
pub(crate) struct Setting {
    pub(crate) terms: Terms,
    pub(crate) reading: Reading,
    pub(crate) scope: Scope,
    pub(crate) apart: Apart,
    pub(crate) restores: Restores,
    /// Beyond this many attempts nothing is looked at any more.
    pub(crate) attempts_max: u16,
    /// From the send to the charge, at most.
    pub(crate) latest: Duration,
}

/// How often something may still happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(crate) struct Left {
    pub(crate) faults: u8,
    pub(crate) restores: u8,
    pub(crate) clones: u8,
}

/// A process.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Daemon {
    /// Which row is its own.
    pub(super) row: usize,
    pub(super) is_up: bool,
    /// What it read and has not written yet.
    pub(super) read: Option<Row>,
}

/// A request that the gateway has not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Request {
    pub(super) uid: u16,
    /// Which of the cycle's uids that is, for the row.
    pub(super) no: UidNo,
    pub(super) attempt: u16,
    /// Who waits for the answer.
    pub(super) waits: Option<usize>,
    /// Its place in the books, once it is worked on.
    pub(super) works: Option<usize>,
    pub(super) by: Timestamp,
}

impl Request {
    /// Which attempt it is of, under which uid. Where a uid is an attempt's the row knows of one.
    pub(super) fn of(&self) -> (u16, UidNo) {
        (self.attempt, self.no)
    }
}

/// A state.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct World {
    pub(crate) rows: Vec<Row>,
    pub(super) daemons: Vec<Daemon>,
    pub(super) requests: Vec<Request>,
    pub(crate) books: Books,
    pub(super) backup: Option<Row>,
    pub(super) left: Left,
}

/// A step. Numbers are of daemons and of requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Start(usize),
    Read(usize),
    Turn(usize),
    TurnThenCrash(usize),
    TurnNotSent(usize),
    TurnUnanswered(usize),
    Crash(usize),
    Swallowed(usize),
    Lost(usize),
    Arrives(usize),
    Pays(usize),
    Declines(usize),
    Pass,
    BackUp,
    Restore,
    Copy,
}

impl World {
    /// A cycle that is due, and this many daemons on its row, the first of them up.
    pub(crate) fn new(daemons: usize, left: Left) -> Self {
        let daemon = |place| Daemon {
            row: 0,
            is_up: place == 0,
            read: None,
        };
        Self {
            rows: vec![Row::due(beginning())],
            daemons: (0..daemons).map(daemon).collect(),
            requests: Vec::new(),
            books: Books::default(),
            backup: None,
            left,
        }
    }

    /// Whether everything is over, and written down.
    pub(crate) fn is_settled(&self) -> bool {
        let is_paid = self.rows.iter().any(Row::is_paid);
        self.requests.is_empty()
            && self.rows.iter().all(Row::is_final)
            && is_paid == (self.books.times_paid() == 1)
    }

    /// Every step that can be taken, and where it leads.
    pub(crate) fn steps(&self, setting: &Setting) -> Vec<(Step, Self)> {
        let attempts = self.rows.iter().map(|row| row.cycle.tally.attempts);
        if attempts.max() > Some(setting.attempts_max) {
            return Vec::new();
        }

        let mut steps = vec![Step::Pass, Step::BackUp, Step::Restore, Step::Copy];
        for daemon in 0..self.daemons.len() {
            steps.extend(
                [
                    Step::Start,
                    Step::Read,
                    Step::Turn,
                    Step::TurnThenCrash,
                    Step::TurnNotSent,
                    Step::TurnUnanswered,
                    Step::Crash,
                ]
                .map(|step| step(daemon)),
            );
        }
        for request in 0..self.requests.len() {
            steps.extend(
                [
                    Step::Swallowed,
                    Step::Lost,
                    Step::Arrives,
                    Step::Pays,
                    Step::Declines,
                ]
                .map(|step| step(request)),
            );
        }
        let led = steps.into_iter().filter_map(|step| {
            let mut next = self.clone();
            next.take(step, setting)?;
            next.requests.sort_by_key(|request| {
                (
                    request.uid,
                    request.attempt,
                    request.by,
                    request.works,
                    request.waits,
                )
            });
            Some((step, next))
        });
        led.collect()
    }

    /// Takes a step; `None` when it cannot be taken.
    fn take(&mut self, step: Step, setting: &Setting) -> Option<()> {
        match step {
            Step::Start(daemon) => self.start(daemon, setting),
            Step::Read(daemon) => self.read(daemon, setting),
            Step::Turn(daemon) => {
                self.begin(daemon)?;
                let call = self.commit(daemon, setting);
                self.carry_out(daemon, call, setting);
                Some(())
            }
            Step::TurnThenCrash(daemon) => {
                self.fault()?;
                self.begin(daemon)?;
                self.commit(daemon, setting)?;
                self.crash(daemon)
            }
            Step::TurnNotSent(daemon) => {
                self.fault()?;
                self.begin(daemon)?;
                let Call::Send(attempt) = self.commit(daemon, setting)? else {
                    return None;
                };
                let why = Unanswered::NotSent(Words::new("no route"));
                let of = (attempt, self.uid_no(daemon));
                self.record(daemon, of, &Event::Unanswered(why), setting);
                Some(())
            }
            Step::TurnUnanswered(daemon) => {
                self.fault()?;
                self.begin(daemon)?;
                let asked = self.commit(daemon, setting)?;
                matches!(asked, Call::Ask(_)).then_some(())
            }
            Step::Crash(daemon) => {
                self.fault()?;
                self.crash(daemon)
            }
            Step::Swallowed(request) => self.swallow(request, setting),
            Step::Lost(request) => self.lose(request, setting),
            Step::Arrives(request) => self.arrive(request, setting),
            Step::Pays(request) => self.act(request, Card::Pays, setting),
            Step::Declines(request) => self.act(request, Card::Declines, setting),
            Step::Pass => self.pass(),
            Step::BackUp => self.back_up(),
            Step::Restore => self.restore(setting),
            Step::Copy => self.copy(),
        }
    }
}
