//! One run: a cycle from its due date to its end, with the faults that the script chooses, judged
//! after every step.

use std::time::Duration;

use dues::core::answer::{Unanswered, Words};
use dues::core::cycle::Event;
use dues::core::plan::Terms;
use jiff::Timestamp;

use crate::exhaustive::faults::{Fate, Heard, LOOK_UPS, LookUp, Send, TURNS};
use crate::exhaustive::script::Script;
use crate::world::beginning;
use crate::world::books::{Books, Card, Reading, refused};
use crate::world::row::{Call, Row};

/// No run needs more steps than this; one that does goes round in circles.
const STEPS_MAX: usize = 200;

/// What does not change from run to run.
pub(crate) struct Setting {
    pub(crate) terms: Terms,
    pub(crate) reading: Reading,
    pub(crate) sends: Vec<Send>,
    /// Whether whatever the gateway does it does within the quiet period.
    pub(crate) is_prompt: bool,
    pub(crate) faults_max: usize,
}

/// A run that broke a law.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) law: &'static str,
    /// The faults, in order.
    pub(crate) story: String,
}

/// Something that will happen.
#[derive(Debug)]
enum Coming {
    Arrive(InFlight),
    Act(usize, InFlight),
    Hear {
        attempt: u16,
        life: u32,
        event: Event,
    },
    TurnPaid(usize),
}

/// A request at the gateway.
#[derive(Debug, Clone, Copy)]
struct InFlight {
    attempt: u16,
    life: u32,
    card: Card,
    send: Send,
}

/// The world.
pub(crate) struct Run<'a> {
    setting: &'a Setting,
    script: &'a mut Script,
    now: Timestamp,
    row: Row,
    books: Books,
    coming: Vec<(Timestamp, Coming)>,
    /// Which process this is, and when it is up.
    life: u32,
    up_at: Timestamp,
    story: Vec<&'static str>,
    faults: usize,
    refusals: u8,
    has_turned: bool,
    steps: usize,
}

impl<'a> Run<'a> {
    pub(crate) fn new(setting: &'a Setting, script: &'a mut Script) -> Self {
        Self {
            setting,
            script,
            now: beginning(),
            row: Row::due(beginning()),
            books: Books::default(),
            coming: Vec::new(),
            life: 0,
            up_at: beginning(),
            story: Vec::new(),
            faults: 0,
            refusals: 0,
            has_turned: false,
            steps: 0,
        }
    }

    /// Goes on until nothing more will happen; tells how many steps it took.
    pub(crate) fn finish(mut self) -> Result<usize, Broken> {
        while self.steps < STEPS_MAX {
            self.steps += 1;
            if !self.is_moved() {
                return self.ended();
            }
            self.judged()?;
        }
        Err(self.broken("it ends or waits for its next try"))
    }

    /// Whatever is next, happens.
    fn is_moved(&mut self) -> bool {
        let first = (0..self.coming.len()).min_by_key(|place| self.coming.get(*place).map(|c| c.0));
        let wakes_at = self.row.wake_at.map(|at| at.max(self.up_at));
        let comes_at = first.and_then(|place| self.coming.get(place)).map(|c| c.0);

        match (first, comes_at, wakes_at) {
            (None, _, None) => return false,
            (Some(place), Some(at), Some(wakes_at)) if at <= wakes_at => self.come(place),
            (Some(place), _, None) => self.come(place),
            (_, _, Some(wakes_at)) => {
                self.now = self.now.max(wakes_at);
                self.wake();
            }
        }
        true
    }

    fn come(&mut self, place: usize) {
        let (at, coming) = self.coming.swap_remove(place);
        self.now = at;
        match coming {
            Coming::Arrive(request) => self.arrive(request),
            Coming::Act(place, request) => {
                let answer = self.books.act(place, request.card, self.now);
                self.answer(request, Event::Answered(answer));
                if let Some(after) = request.send.turns_paid {
                    self.later(after, Coming::TurnPaid(place));
                }
            }
            Coming::Hear {
                attempt,
                life,
                event,
            } => {
                if life == self.life {
                    self.record(attempt, &event);
                }
            }
            Coming::TurnPaid(place) => self.has_turned |= self.books.turn_paid(place),
        }
    }

    fn wake(&mut self) {
        let (name, down) = self.choose(&TURNS);
        if let Some(down) = down {
            self.story.push(name);
            self.crash(down);
            return;
        }

        match self.row.wake(&self.setting.terms, self.now) {
            None => {}
            Some(Call::Send(attempt)) => self.send(attempt),
            Some(Call::Ask(attempt)) => self.ask(attempt),
        }
    }

    fn send(&mut self, attempt: u16) {
        let setting = self.setting;
        let send = self.choose(&setting.sends);
        self.story.push(send.name);

        // The story of every run without faults: a decline, and then a retry that pays.
        let card = match (attempt, send.is_flipped) {
            (1, false) | (2.., true) => Card::Declines,
            (_, _) => Card::Pays,
        };
        let request = InFlight {
            attempt,
            life: self.life,
            card,
            send,
        };
        match send.fate {
            Fate::CrashBefore | Fate::Swallowed => {}
            Fate::NotSent => {
                let event = Event::Unanswered(Unanswered::NotSent(Words::new("no route")));
                self.record(attempt, &event);
            }
            Fate::Refused => {
                self.refusals += 1;
                self.answer(request, Event::Answered(refused()));
            }
            Fate::Done { travels, .. } => self.later(travels, Coming::Arrive(request)),
        }
        match send.heard {
            Heard::Answer(_) => {}
            Heard::Lost => {
                let event = Event::Unanswered(Unanswered::Lost(Words::new("reset")));
                self.record(attempt, &event);
            }
            Heard::Crash => self.crash(Duration::ZERO),
        }
    }

    fn arrive(&mut self, request: InFlight) {
        match (
            self.books.arrive(0, self.setting.reading),
            request.send.fate,
        ) {
            (Ok(place), Fate::Done { works, .. }) => {
                self.later(works, Coming::Act(place, request));
            }
            (Err(answer), _) => {
                self.refusals += u8::from(answer == refused());
                self.answer(request, Event::Answered(answer));
            }
            (Ok(_), _) => unreachable!("only what is done arrives"),
        }
    }

    fn answer(&mut self, request: InFlight, event: Event) {
        let InFlight {
            attempt,
            life,
            send,
            ..
        } = request;
        if let Heard::Answer(after) = send.heard {
            let hear = Coming::Hear {
                attempt,
                life,
                event,
            };
            self.later(after, hear);
        }
    }

    fn ask(&mut self, attempt: u16) {
        let (name, look_up) = self.choose(&LOOK_UPS);
        self.story.push(name);
        match look_up {
            LookUp::Answered => {
                let finding = self.books.find(0, self.setting.reading);
                self.record(attempt, &Event::Found(finding));
            }
            LookUp::Unanswered => {}
            LookUp::Crash => self.crash(Duration::ZERO),
        }
    }

    fn crash(&mut self, down: Duration) {
        self.life += 1;
        self.up_at = self.now + down;
    }

    fn record(&mut self, attempt: u16, event: &Event) {
        self.row
            .record(attempt, event, &self.setting.terms, self.now);
    }

    fn later(&mut self, after: Duration, coming: Coming) {
        self.coming.push((self.now + after, coming));
    }

    /// A choice, while there may be faults; then the first, which is none.
    fn choose<T: Copy>(&mut self, of: &[T]) -> T {
        let chosen = if self.faults < self.setting.faults_max {
            self.script.choose(of.len())
        } else {
            0
        };
        self.faults += usize::from(chosen > 0);
        *of.get(chosen).expect("the script chooses below the length")
    }

    /// The laws, in every state.
    fn judged(&self) -> Result<(), Broken> {
        let times_paid = self.books.times_paid();
        let is_open = self.row.cycle.state.is_open();
        if times_paid > 1 {
            return Err(self.broken("at most one success"));
        }
        if self.row.is_paid() && times_paid == 0 {
            return Err(self.broken("recorded paid is paid there"));
        }
        if is_open && self.row.wake_at.is_none() {
            return Err(self.broken("an open attempt has a wake"));
        }
        if is_open || !self.setting.is_prompt {
            return Ok(());
        }

        let underway = |(_, coming): &&(Timestamp, Coming)| {
            matches!(coming, Coming::Arrive(_) | Coming::Act(..))
        };
        if self.coming.iter().any(|coming| underway(&coming)) {
            return Err(self.broken("an attempt is closed only when it is over at the gateway"));
        }
        if self.has_turned {
            return Ok(());
        }
        if times_paid == 1 && !self.row.is_paid() {
            return Err(self.broken("paid there is recorded paid, once no attempt is open"));
        }
        let (ours, theirs) = (self.row.cycle.tally.declines, self.books.declines);
        if ours < theirs || ours > theirs + self.refusals {
            return Err(self.broken("every decline is counted, and once"));
        }
        Ok(())
    }

    /// The laws, at the end. A charge that nobody waits for any more is seen by who asks once more.
    fn ended(mut self) -> Result<usize, Broken> {
        if self.has_turned || !self.setting.is_prompt {
            let finding = self.books.find(0, self.setting.reading);
            self.record(self.row.cycle.tally.attempts, &Event::Found(finding));
        }
        self.judged()?;
        if self.row.is_paid() != (self.books.times_paid() == 1) {
            return Err(self.broken("recorded paid, or not, as there"));
        }
        Ok(self.steps)
    }

    fn broken(&self, law: &'static str) -> Broken {
        let state = self.row.cycle.state.name();
        Broken {
            law,
            story: format!("{} => {state}", self.story.join(" / ")),
        }
    }
}
