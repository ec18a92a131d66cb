//! What each step does. A step that cannot be taken is `None`, and what it changed is thrown away.

use dues::core::answer::{Answer, Unanswered, Words};
use dues::core::calendar::CycleNo;
use dues::core::cycle::{self, Event};
use dues::core::order::{MerchantUid, UidNo};

use crate::model::shop::{Apart, Daemon, Request, Restores, Scope, Setting, TICK, World};
use crate::shop;
use crate::sim;
use crate::world::RETRY_AFTER;
use crate::world::beginning;
use crate::world::books::Card;
use crate::world::row::{Call, Row};

impl World {
    pub(super) fn fault(&mut self) -> Option<()> {
        self.left.faults = self.left.faults.checked_sub(1)?;
        Some(())
    }

    pub(super) fn start(&mut self, daemon: usize, setting: &Setting) -> Option<()> {
        let row = self.daemons.get(daemon)?.row;
        let is_locked = setting.apart == Apart::Lock
            && self
                .daemons
                .iter()
                .any(|other| other.is_up && other.row == row);
        let daemon = self.daemons.get_mut(daemon)?;
        if daemon.is_up || is_locked {
            return None;
        }
        daemon.is_up = true;
        Some(())
    }

    /// A turn begins that will not notice what others write.
    pub(super) fn read(&mut self, daemon: usize, setting: &Setting) -> Option<()> {
        self.fault()?;
        let daemon = self.daemons.get_mut(daemon)?;
        let row = self.rows.get(daemon.row)?;
        if setting.apart != Apart::Nothing
            || !daemon.is_up
            || daemon.read.is_some()
            || !row.is_due(beginning())
        {
            return None;
        }
        daemon.read = Some(row.clone());
        Some(())
    }

    /// A turn begins, if there is anything to do.
    pub(super) fn begin(&mut self, daemon: usize) -> Option<()> {
        let daemon = self.daemons.get_mut(daemon)?;
        let row = self.rows.get_mut(daemon.row)?;
        if !daemon.is_up {
            return None;
        }
        if let Some(read) = daemon.read.take() {
            *row = read;
        }
        row.is_due(beginning()).then_some(())
    }

    /// The turn is committed.
    pub(super) fn commit(&mut self, daemon: usize, setting: &Setting) -> Option<Call> {
        let row = self.daemons.get(daemon)?.row;
        self.rows.get_mut(row)?.wake(&setting.terms, beginning())
    }

    pub(super) fn carry_out(&mut self, daemon: usize, call: Option<Call>, setting: &Setting) {
        let own = self.uid_no(daemon);
        let uid = |attempt| match setting.scope {
            Scope::Cycle => 0,
            Scope::Attempt => attempt,
            Scope::Proved => u16::from(own.number()),
        };
        match call {
            None => {}
            Some(Call::Send(attempt)) if self.is_withheld(daemon, attempt, setting) => {}
            Some(Call::Send(attempt)) => self.requests.push(Request {
                uid: uid(attempt),
                no: own,
                attempt,
                waits: Some(daemon),
                works: None,
                by: beginning() + setting.latest,
            }),
            Some(Call::Ask(attempt)) => {
                let finding = self.books.find(uid(attempt), setting.reading);
                self.record(daemon, (attempt, own), &Event::Found(finding), setting);
            }
        }
    }

    /// What `engine::dispatch` does before it sends under a later uid.
    fn is_withheld(&mut self, daemon: usize, attempt: u16, setting: &Setting) -> bool {
        let own = self.uid_no(daemon);
        for earlier in own.before() {
            let of_it = u16::from(earlier.number());
            let finding = self.books.find(of_it, setting.reading);
            let uid = uid().numbered(earlier);
            let Some(why) = cycle::stands_in_the_way(&uid, &finding) else {
                continue;
            };
            let not_sent = Event::Withheld(why);
            self.record(daemon, (attempt, own), &not_sent, setting);
            self.record(daemon, (attempt, earlier), &Event::Found(finding), setting);
            return true;
        }
        false
    }

    /// The uid of the daemon's row: the first one where uids do not change.
    pub(super) fn uid_no(&self, daemon: usize) -> UidNo {
        let row = self.daemons.get(daemon).map(|daemon| daemon.row);
        let row = row.and_then(|row| self.rows.get(row));
        row.expect("a daemon has a row").cycle.tally.uid_no
    }

    pub(super) fn record(
        &mut self,
        daemon: usize,
        of: (u16, UidNo),
        event: &Event,
        setting: &Setting,
    ) {
        let row = self.daemons.get(daemon).map(|daemon| daemon.row);
        let row = row.and_then(|row| self.rows.get_mut(row));
        row.expect("a daemon has a row")
            .record_of(of, event, &setting.terms, beginning());
    }

    pub(super) fn crash(&mut self, place: usize) -> Option<()> {
        let daemon = self.daemons.get_mut(place)?;
        if !daemon.is_up {
            return None;
        }
        (daemon.is_up, daemon.read) = (false, None);
        for request in &mut self.requests {
            request.waits = request.waits.filter(|waits| *waits != place);
        }
        Some(())
    }

    pub(super) fn lose(&mut self, request: usize, setting: &Setting) -> Option<()> {
        self.fault()?;
        let request = self.requests.get_mut(request)?;
        let (daemon, of) = (request.waits.take()?, request.of());
        let why = Unanswered::Lost(Words::new("reset"));
        self.record(daemon, of, &Event::Unanswered(why), setting);
        Some(())
    }

    /// It never reaches the gateway, and whoever still waits is told that there will be no answer.
    pub(super) fn swallow(&mut self, place: usize, setting: &Setting) -> Option<()> {
        self.fault()?;
        let request = *self.requests.get(place)?;
        if request.works.is_some() {
            return None;
        }
        self.requests.remove(place);
        if let Some(daemon) = request.waits {
            let why = Unanswered::Lost(Words::new("reset"));
            self.record(daemon, request.of(), &Event::Unanswered(why), setting);
        }
        Some(())
    }

    pub(super) fn arrive(&mut self, place: usize, setting: &Setting) -> Option<()> {
        let request = self.requests.get_mut(place)?;
        if request.works.is_some() {
            return None;
        }
        match self.books.arrive(request.uid, setting.reading) {
            Ok(works) => request.works = Some(works),
            Err(answer) => self.answer(place, answer, setting),
        }
        Some(())
    }

    pub(super) fn act(&mut self, place: usize, card: Card, setting: &Setting) -> Option<()> {
        let works = self.requests.get(place)?.works?;
        let answer = self.books.act(works, card, beginning());
        self.answer(place, answer, setting);
        Some(())
    }

    fn answer(&mut self, place: usize, answer: Answer, setting: &Setting) {
        let request = self.requests.remove(place);
        if let Some(daemon) = request.waits {
            self.record(daemon, request.of(), &Event::Answered(answer), setting);
        }
    }

    /// Time passes, while nothing has to happen now.
    pub(super) fn pass(&mut self) -> Option<()> {
        let now = beginning();
        let of_up = |daemon: &Daemon| daemon.is_up.then_some(daemon.row);
        let up: Vec<&Row> = self
            .daemons
            .iter()
            .filter_map(of_up)
            .filter_map(|row| self.rows.get(row))
            .collect();
        if up.iter().any(|row| row.is_due(now)) || self.requests.iter().any(|one| one.by <= now) {
            return None;
        }

        let passed = if self.requests.is_empty() {
            let next = up.iter().filter_map(|row| row.wake_at).min()?;
            next.duration_since(now).unsigned_abs()
        } else {
            TICK
        };
        for request in &mut self.requests {
            request.by -= passed;
        }
        let read = self.daemons.iter_mut().filter_map(|one| one.read.as_mut());
        let rows = self.rows.iter_mut().chain(&mut self.backup).chain(read);
        let mut is_open = false;
        for row in rows {
            row.aged(passed, now);
            is_open |= row.cycle.state.is_open();
        }
        // Attempts to come begin from now on: how long before them a failure was is all the same.
        self.books
            .aged(passed, (!is_open).then(|| now - RETRY_AFTER));
        Some(())
    }

    pub(super) fn back_up(&mut self) -> Option<()> {
        if self.left.restores == 0 || self.backup.is_some() {
            return None;
        }
        self.backup = self.rows.first().cloned();
        Some(())
    }

    /// The database is what it was; the gateway is not.
    pub(super) fn restore(&mut self, setting: &Setting) -> Option<()> {
        if setting.restores == Restores::AfterQuiet && !self.requests.is_empty() {
            return None;
        }
        let row = self.backup.take()?;
        self.left.restores = self.left.restores.checked_sub(1)?;
        *self.rows.first_mut()? = row;
        for daemon in 0..self.daemons.len() {
            // It is stopped for it, if it runs.
            let _was_up = self.crash(daemon);
        }
        Some(())
    }

    /// The database is copied, and a daemon set upon the copy.
    pub(super) fn copy(&mut self) -> Option<()> {
        self.left.clones = self.left.clones.checked_sub(1)?;
        let row = self.rows.first().cloned()?;
        self.rows.push(row);
        self.daemons.push(Daemon {
            row: self.rows.len() - 1,
            is_up: false,
            read: None,
        });
        Some(())
    }
}

/// The cycle's own uid. What it is called decides about nothing.
fn uid() -> MerchantUid {
    MerchantUid::of(
        &shop::installation(),
        &sim::id("alice"),
        CycleNo::parse(0).expect("a number"),
    )
}
