//! The loop: wake what is due, send what is durable, record what came back. The table is the retry
//! loop; this one has none. It knows no SQL, no wire format, no socket and no configuration file.

mod breaker;
mod canary;
pub mod clock;
mod disk;
mod dispatch;
mod fence;
mod gate;
mod guard;
pub mod guards;
pub mod handle;
mod inbox;
mod rate;
mod reconcile;
mod tell;
mod time;
mod trust;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use crate::core::answer::Finding;
use crate::core::cycle::Event;
use crate::engine::clock::Clock;
use crate::engine::disk::DiskWatch;
use crate::engine::dispatch::Done;
use crate::engine::fence::Fence;
use crate::engine::gate::Gate;
use crate::engine::guard::Guard;
use crate::engine::guards::Limits;
use crate::engine::handle::{Handle, Health, Message, QUEUE_MAX};
use crate::engine::inbox::{Batch, carry_out};
use crate::engine::reconcile::Comparison;
use crate::engine::trust::Trust;
use crate::gateway::Gateway;
use crate::store::{
    Durable, Outcome, Question, Reader, Recorded, Room, Sending, StoreError, Unknown, Writer,
};

/// The loop and what it owns.
#[derive(Debug)]
pub struct Engine<G, C> {
    writer: Writer,
    reader: Reader,
    gateway: Arc<G>,
    clock: C,
    gate: Gate,
    trust: Trust,
    watch: DiskWatch,
    in_flight: JoinSet<Done>,
    comparison: Option<Comparison>,
    fence: Fence,
    guard: Guard,
    messages: mpsc::Receiver<Message>,
    health: watch::Sender<Health>,
    /// When a transaction last proved that the database is ours.
    proved_at: Timestamp,
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
        let (fence, gate) = Fence::new(writer.suspicion(), Gate::new(limits, now));
        let (guard, gate) = Guard::new(limits.caps, writer.sweeps(), gate, now);
        let (health, watched) = watch::channel(Health {
            seen_at: now,
            in_flight: 0,
            stopped: gate.stopped(),
            pace: None,
            answered: 0,
            paid: 0,
            unanswered: 0,
            last_silence: None,
        });
        let engine = Self {
            writer,
            reader,
            gateway: Arc::new(gateway),
            clock,
            gate,
            trust: Trust::new(now),
            watch: DiskWatch::new(limits.disk_low_bytes, now),
            in_flight: JoinSet::new(),
            comparison: None,
            fence,
            guard,
            messages,
            health,
            proved_at: Timestamp::MIN,
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
            self.keep_time();
            self.keep_room_on_disk();
            self.read(&mut batch);
            self.turn(batch, self.room()).await?;
            self.look_after_canaries();
            self.heal().await?;
            self.compare().await?;
            batch = self.wait(&mut stop).await;
            self.drain(&mut batch);
            self.reload(&mut batch).await;
            self.release_fence(&mut batch).await?;
            self.approve(&mut batch).await?;
        }
    }

    /// Lets the gate read what came back, before it says how much may leave in the same turn.
    fn read(&mut self, batch: &mut Batch) {
        let now = self.clock.now();
        self.gate.learn(&mut batch.outcomes, now);
        self.gate.learn(&mut batch.looked, now);
        // That a payment is not shown yet is nothing to record; whatever else was found is.
        let is_news = |one: &Outcome| {
            let nothing = matches!(
                one.event,
                Event::Found(Finding::Absent | Finding::Unclear(_))
            );
            !nothing
        };
        let looked = std::mem::take(&mut batch.looked);
        batch.outcomes.extend(looked.into_iter().filter(is_news));
    }

    /// Looks up the charges that went first.
    fn look_after_canaries(&mut self) {
        let now = self.clock.now();
        let most = self.gate.calls(self.in_flight.len(), now);
        for question in self.gate.canaries_to_ask(most, now) {
            self.gate.took(1, now);
            self.in_flight
                .spawn(dispatch::look(self.gateway.clone(), question));
        }
    }

    /// Lets happen what has come, if there is anything.
    async fn turn(&mut self, batch: Batch, room: Room) -> Result<(), StoreError> {
        let now = self.clock.now();
        if self.is_quiet(&batch, room, now) {
            self.is_next(self.writer.next(), None);
            self.dispatch(Vec::new(), Vec::new(), now);
            self.learn(&[], &[], now);
            return Ok(());
        }
        self.transact(batch, room, now).await?;
        self.proved_at = now;
        Ok(())
    }

    /// Whether a transaction would find nothing: nobody said anything, and no moment has come for which
    /// there is room. From time to time there is one all the same, to prove that the database is ours.
    fn is_quiet(&self, batch: &Batch, room: Room, now: Timestamp) -> bool {
        let next = self.writer.next();
        let has_come = |at: Option<Timestamp>| at.is_some_and(|at| at <= now);
        let is_anybody_due = (room.charges > 0 && has_come(next.due))
            || (room.questions > 0 && has_come(next.open))
            || (self.gate.lets_moments_come() && has_come(next.moment));
        let proved = now.duration_since(self.proved_at);
        let is_proved = !proved.is_negative() && proved.unsigned_abs() < self.clock.sleep_max();
        let is_said = !batch.outcomes.is_empty() || !batch.messages.is_empty();
        is_proved && !is_said && !is_anybody_due && !self.fence.has_news() && !self.guard.looks(now)
    }

    /// One transaction, and what it asks for.
    async fn transact(
        &mut self,
        batch: Batch,
        room: Room,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let mut turn = self.writer.begin(now).await?;
        turn.without(Unknown {
            time: !self.gate.knows_the_time(),
            history: self.fence.is_up(),
        });
        let recorded = turn.record(&batch.outcomes).await?;
        self.fence.put_down(&mut turn).await?;
        turn.pass_moments().await?;
        let replies = carry_out(&mut turn, batch.messages, &mut self.comparison).await?;
        let room = self
            .guard
            .weigh(&mut turn, &mut self.gate, room, now)
            .await?;
        turn.wake(room, self.guard.admitted()).await?;
        let committed = turn.commit().await?;

        self.is_next(committed.next, committed.earliest);
        self.dispatch(committed.to_send, committed.to_ask, now);
        for reply in replies {
            reply.give();
        }
        self.learn(&batch.outcomes, &recorded, now);
        Ok(())
    }

    fn dispatch(
        &mut self,
        to_send: Vec<Durable<Sending>>,
        to_ask: Vec<Durable<Question>>,
        now: Timestamp,
    ) {
        // Each uid before its own is asked about before a charge leaves.
        let of_charges = to_send.iter().map(|one| 1 + one.peek().earlier.len());
        let calls = of_charges.sum::<usize>() + to_ask.len();
        // They leave now, which is later than the turn began by what the disk took.
        self.gate.took(calls, self.clock.now());

        for question in to_ask {
            self.in_flight
                .spawn(dispatch::ask(self.gateway.clone(), question.into_inner()));
        }
        for sending in to_send {
            self.gate.sent(sending.peek(), now);
            self.in_flight
                .spawn(dispatch::send(self.gateway.clone(), sending));
        }
    }

    /// How much may be woken now.
    fn room(&self) -> Room {
        self.gate.room(self.in_flight.len(), self.clock.now())
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
        let wake_at = self.gate.sleeps_until(self.in_flight.len(), now, longest);
        let heals_at = self.heals_at(now).unwrap_or(longest);
        let compares_at = self.compares_at(now).unwrap_or(longest);
        wake_at
            .min(heals_at.min(compares_at))
            .min(self.asks_the_time_at(now).unwrap_or(longest))
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
            self.read(&mut batch);
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
        for one in recorded {
            tell::recorded(one);
        }

        let stopped = self.gate.stopped();
        let pace = self.gate.pace();
        let in_flight = self.in_flight.len();
        self.health.send_modify(|health| {
            health.seen_at = now;
            health.in_flight = in_flight;
            health.stopped = stopped;
            health.pace = pace;
            tell::count(health, outcomes, now);
        });
    }
}
