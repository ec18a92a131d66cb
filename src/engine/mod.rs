//! The loop: wake what is due, send what is durable, record what came back. The table is the retry
//! loop; this one has none. It knows no SQL, no wire format, no socket and no configuration file.

pub mod clock;
mod dispatch;
mod fence;
pub mod guards;
pub mod handle;
mod inbox;
mod reconcile;
mod tell;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::core::answer::Answer;
use crate::core::cycle::Event;
use crate::engine::clock::Clock;
use crate::engine::dispatch::Done;
use crate::engine::fence::Fence;
use crate::engine::guards::{Breaker, Limits, Rate};
use crate::engine::handle::{Handle, Health, Message, QUEUE_MAX};
use crate::engine::inbox::carry_out;
use crate::engine::reconcile::Comparison;
use crate::gateway::Gateway;
use crate::store::{Committed, NextWake, Outcome, Reader, Recorded, Room, StoreError, Writer};

/// How many answers and messages one transaction takes at most.
const BATCH_MAX: usize = 1_024;

/// The loop and what it owns.
#[derive(Debug)]
pub struct Engine<G, C> {
    writer: Writer,
    reader: Reader,
    gateway: Arc<G>,
    clock: C,
    limits: Limits,
    rate: Rate,
    breaker: Breaker,
    next: NextWake,
    in_flight: JoinSet<Done>,
    comparison: Option<Comparison>,
    fence: Fence,
    messages: mpsc::Receiver<Message>,
    health: watch::Sender<Health>,
}

/// What woke the loop.
#[derive(Debug, Default)]
struct Batch {
    outcomes: Vec<Outcome>,
    messages: Vec<Message>,
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// An engine that has not begun yet, and a handle to it.
    pub fn new(
        writer: Writer,
        reader: Reader,
        gateway: G,
        clock: C,
        limits: Limits,
    ) -> (Self, Handle) {
        let (sender, messages) = mpsc::channel(QUEUE_MAX);
        let now = clock.now();
        let (health, watched) = watch::channel(Health {
            seen_at: now,
            in_flight: 0,
            stopped: None,
            answered: 0,
            paid: 0,
            unanswered: 0,
            last_silence: None,
            held: None,
        });
        let fence = Fence::new(writer.suspicion());
        let engine = Self {
            writer,
            reader,
            gateway: Arc::new(gateway),
            clock,
            limits,
            rate: Rate::new(limits.calls_per_second),
            breaker: Breaker::default(),
            next: NextWake {
                due: Some(now),
                open: Some(now),
            },
            in_flight: JoinSet::new(),
            comparison: None,
            fence,
            messages,
            health,
        };
        (
            engine,
            Handle {
                messages: sender,
                health: watched,
            },
        )
    }

    /// Goes on until `stop` becomes true; then sends nothing more, records what is still answered
    /// within `grace`, and leaves the rest to its leases.
    ///
    /// # Errors
    /// [`StoreError`] when something could not be written or read. What was not committed did not
    /// happen; the process has to end and start again.
    pub async fn run(
        mut self,
        mut stop: watch::Receiver<bool>,
        grace: Duration,
    ) -> Result<(), StoreError> {
        let mut batch = Batch::default();
        loop {
            let is_stopping = *stop.borrow();
            if is_stopping {
                return self.finish(batch, grace).await;
            }
            self.turn(batch, self.fence.keep(self.room())).await?;
            self.heal().await?;
            self.compare().await?;
            batch = self.wait(&mut stop).await;
            self.drain(&mut batch);
            self.reload(&mut batch).await;
            self.release_fence(&mut batch).await?;
        }
    }

    /// One transaction, and what it asks for.
    async fn turn(&mut self, batch: Batch, room: Room) -> Result<(), StoreError> {
        let now = self.clock.now();
        let mut turn = self.writer.begin(now).await?;
        let recorded = turn.record(&batch.outcomes).await?;
        self.fence.put_down(&mut turn).await?;
        let replies = carry_out(&mut turn, batch.messages, &mut self.comparison).await?;
        turn.wake(room).await?;
        let committed = turn.commit().await?;

        self.next = self.fence.horizon(committed.next);
        self.dispatch(committed, now);
        for reply in replies {
            reply.give();
        }
        self.learn(&batch.outcomes, &recorded, now);
        Ok(())
    }

    fn dispatch(&mut self, committed: Committed, now: Timestamp) {
        let calls = committed.to_send.len() + committed.to_ask.len();
        self.rate
            .take(u32::try_from(calls).unwrap_or(u32::MAX), now);

        for question in committed.to_ask {
            self.in_flight
                .spawn(dispatch::ask(self.gateway.clone(), question.into_inner()));
        }
        for sending in committed.to_send {
            self.in_flight
                .spawn(dispatch::send(self.gateway.clone(), sending));
        }
    }

    /// How much may be woken now. When an open attempt waits, a part of the room is kept for asking:
    /// a flood of new charges must not starve an old doubt.
    fn room(&self) -> Room {
        let now = self.clock.now();
        let in_flight = u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX);
        let slots = self.limits.in_flight_max.saturating_sub(in_flight);
        let calls = slots.min(self.rate.allowed(now));

        let is_waiting = self.next.open.is_some_and(|open| open <= now);
        let questions = if is_waiting { calls.div_ceil(4) } else { 0 };
        let charges = (calls - questions).min(self.breaker.allowed(self.in_flight.len(), now));
        Room { charges, questions }
    }

    /// Sleeps until something is to be done.
    async fn wait(&mut self, stop: &mut watch::Receiver<bool>) -> Batch {
        let mut batch = Batch::default();
        let until = self.sleeps_until();
        tokio::select! {
            biased;
            // The sender is the daemon's; if it is gone, so is the daemon.
            _ = stop.changed() => {}
            Some(done) = self.in_flight.join_next() => self.note(done, &mut batch),
            Some(message) = self.messages.recv() => batch.messages.push(message),
            () = self.clock.sleep_until(until) => {}
        }
        batch
    }

    fn sleeps_until(&self) -> Timestamp {
        let now = self.clock.now();
        let longest = now
            .checked_add(self.clock.sleep_max())
            .unwrap_or(Timestamp::MAX);
        let in_flight = u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX);
        if in_flight >= self.limits.in_flight_max {
            return longest;
        }

        let can_call_at = self.rate.next_at(now);
        let can_charge_at = match self.breaker.why() {
            Some((_, until)) if self.in_flight.is_empty() => can_call_at.max(until),
            Some(_) => longest,
            None => can_call_at,
        };
        let due = self.next.due.map_or(longest, |due| due.max(can_charge_at));
        let open = self.next.open.map_or(longest, |open| open.max(can_call_at));
        due.min(open).min(longest)
    }

    /// Takes everything else that is ready, so that one transaction serves it all.
    fn drain(&mut self, batch: &mut Batch) {
        while batch.outcomes.len() < BATCH_MAX {
            let Some(done) = self.in_flight.try_join_next() else {
                break;
            };
            self.note(done, batch);
        }
        while batch.messages.len() < BATCH_MAX {
            let Ok(message) = self.messages.try_recv() else {
                break;
            };
            batch.messages.push(message);
        }
    }

    fn note(&mut self, done: Result<Done, tokio::task::JoinError>, batch: &mut Batch) {
        match done {
            Ok(Done::Charged(outcome)) => batch.outcomes.push(outcome),
            Ok(Done::Found(outcome)) => {
                self.fence.answered(&outcome);
                if let Some(comparison) = &mut self.comparison {
                    comparison.answered(&outcome);
                }
                batch.outcomes.push(outcome);
            }
            Ok(Done::NotFound(why)) => {
                if let Some(comparison) = &mut self.comparison {
                    comparison.not_answered();
                }
                tell::not_found(&why);
                let now = self.clock.now();
                self.fence.not_answered(now);
                self.health
                    .send_modify(|health| health.last_silence = Some((why, now)));
            }
            // A send that panicked: its attempt is on disk and its lease will bring it back in doubt.
            Err(panic) => {
                self.fence.not_answered(self.clock.now());
                tell::panicked(&panic);
            }
        }
    }

    /// Takes over a configuration that was read anew. It stands apart from the turn: a configuration
    /// that cannot be taken over changes nothing and stops nobody.
    async fn reload(&mut self, batch: &mut Batch) {
        let is_reload = |message: &Message| matches!(message, Message::Reload { .. });
        let (reloads, others) = std::mem::take(&mut batch.messages)
            .into_iter()
            .partition(is_reload);
        batch.messages = others;

        let reloads: Vec<Message> = reloads;
        for reload in reloads {
            let Message::Reload {
                terms,
                standards,
                reply,
            } = reload
            else {
                continue;
            };
            let done = self
                .writer
                .reload(&terms, &standards, self.clock.now())
                .await;
            drop(reply.send(done.map_err(|why| why.to_string())));
        }
    }

    /// Sends nothing more and records what is still answered.
    async fn finish(mut self, mut batch: Batch, grace: Duration) -> Result<(), StoreError> {
        let nothing = Room {
            charges: 0,
            questions: 0,
        };
        let until = tokio::time::sleep(grace);
        tokio::pin!(until);
        loop {
            self.turn(std::mem::take(&mut batch), nothing).await?;
            if self.in_flight.is_empty() {
                return Ok(());
            }
            tokio::select! {
                Some(done) = self.in_flight.join_next() => self.note(done, &mut batch),
                () = &mut until => {
                    tell::left_behind(self.in_flight.len());
                    return Ok(());
                }
            }
            self.drain(&mut batch);
        }
    }

    /// Reacts to what was recorded, and tells it.
    fn learn(&mut self, outcomes: &[Outcome], recorded: &[Recorded], now: Timestamp) {
        for outcome in outcomes {
            match &outcome.event {
                Event::Answered(Answer::Paid(_) | Answer::Declined(_)) => self.breaker.close(),
                Event::Answered(_)
                | Event::Unanswered(_)
                | Event::Found(_)
                | Event::Begun
                | Event::Expired
                | Event::Asked
                | Event::Deferred { .. }
                | Event::Overtaken
                | Event::Forgone(_)
                | Event::Released
                | Event::CardChanged => {}
            }
        }
        for one in recorded {
            if let Some(why) = &one.stop_all {
                self.breaker.trip(why, now);
            }
            tell::recorded(one);
        }

        let stopped = self
            .breaker
            .why()
            .map(|(why, until)| (why.as_str().to_owned(), until));
        let in_flight = self.in_flight.len();
        self.health.send_modify(|health| {
            health.seen_at = now;
            health.in_flight = in_flight;
            health.stopped = stopped;
            tell::count(health, outcomes, now);
        });
    }
}
