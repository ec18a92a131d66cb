//! A turn: one transaction in which answers are recorded, commands carried out and cycles woken.
//! Orders leave it only through [`Turn::commit`], and only as [`Durable`]: what is sent is on disk.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use sqlx::pool::PoolConnection;
use sqlx::{Connection, Sqlite, Transaction};
use tokio::sync::watch;

use crate::core::cycle::{self, Effect, Event, Rules, Step};
use crate::core::order::{Installation, Order, SubscriptionId};
use crate::core::subscription::Card;
use crate::store::book::Book;
use crate::store::disk::Disk;
use crate::store::fence::{self, Guard, Suspicion};
use crate::store::journal::{self, Entry, Journal};
use crate::store::pending::{Pending, Seen};
use crate::store::rows::WorkRow;
use crate::store::sweep::Sweeps;
use crate::store::uids::Uids;
use crate::store::under_way::UnderWay;
use crate::store::wake::NextWake;
use crate::store::work::Work;
use crate::store::{StoreError, columns, doing};

/// The one connection that writes.
#[derive(Debug)]
pub struct Writer {
    pub(super) connection: PoolConnection<Sqlite>,
    pub(super) book: Arc<Book>,
    /// Where readers see the book.
    pub(super) shelf: watch::Sender<Arc<Book>>,
    pub(super) installation: Installation,
    pub(super) last_key: i64,
    pub(super) guard: Guard,
    pub(super) suspicion: Option<Suspicion>,
    pub(super) sweeps: Sweeps,
    pub(super) disk: Disk,
    pub(super) under_way: UnderWay,
    /// What the last turn left to be looked at.
    pub(super) next: NextWake,
}

/// The key of a cycle in the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CycleKey {
    pub(super) subscription: i64,
    pub(super) n: i64,
}

impl CycleKey {
    /// Whether both are cycles of one subscription.
    pub const fn is_beside(self, other: Self) -> bool {
        self.subscription == other.subscription
    }
}

#[cfg(test)]
impl CycleKey {
    /// The key of a first cycle.
    pub(crate) const fn for_test(subscription: i64) -> Self {
        Self { subscription, n: 0 }
    }
}

/// Something whose intent is on disk. Only the store can make one, and it cannot be copied.
#[derive(Debug)]
pub struct Durable<T>(T);

impl<T> Durable<T> {
    /// What it is.
    pub const fn peek(&self) -> &T {
        &self.0
    }

    /// Takes it out, to act on it once.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// An attempt to send.
#[derive(Debug)]
pub struct Sending {
    /// Which cycle.
    pub key: CycleKey,
    /// The number of the attempt, from 1.
    pub attempt: u16,
    /// What to ask for.
    pub order: Order,
    /// What was asked for before under other uids: none of it may have been paid.
    pub earlier: Vec<Order>,
}

/// An attempt to ask about.
#[derive(Debug, Clone)]
pub struct Question {
    /// Which cycle.
    pub key: CycleKey,
    /// The number of the attempt in doubt.
    pub attempt: u16,
    /// What was asked for.
    pub order: Order,
}

/// What a committed turn asks of others.
#[derive(Debug)]
pub struct Committed {
    /// Send these.
    pub to_send: Vec<Durable<Sending>>,
    /// Ask about these.
    pub to_ask: Vec<Durable<Question>>,
    /// When the next cycle wants to be looked at.
    pub next: NextWake,
    /// The earliest wake-up that this turn gave to a cycle to be tried.
    pub earliest: Option<Timestamp>,
}

/// What people cannot ask for because nobody knows it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Unknown {
    /// What time it is: `now` may be far off, and which cycles are due with it.
    pub time: bool,
    /// What was charged in a history that is lost, while the gateway is asked about it: cycles that are due
    /// may have been paid as they are.
    pub history: bool,
}

/// A transaction under way. Dropping it undoes everything in it.
#[derive(Debug)]
pub struct Turn<'w> {
    pub(super) tx: Transaction<'w, Sqlite>,
    pub(super) book: &'w Book,
    pub(super) installation: &'w Installation,
    pub(super) last_key: &'w mut i64,
    guard: &'w mut Guard,
    /// Where the cycles under way are kept between turns.
    kept: &'w mut UnderWay,
    pub(super) under_way: UnderWay,
    /// What the turn before this left to be looked at.
    pub(super) next: &'w mut NextWake,
    /// Whether the moment of more subscriptions has come than this turn could look at.
    pub(super) has_moments_left: bool,
    pub(super) now: Timestamp,
    pub(super) unknown: Unknown,
    pub(super) journal: Journal,
    pub(super) pending: Pending,
    pub(super) to_send: Vec<Sending>,
    pub(super) to_ask: Vec<Question>,
    /// Subscriptions that ended because dunning gave up, or because nobody agreed to a price.
    pub(super) ended: Vec<i64>,
    /// Cards of which a decline turned out to be none.
    pub(super) undeclined: BTreeSet<String>,
    /// Cards that are good ones, whatever was thought of them.
    pub(super) revived: BTreeSet<String>,
    /// Subscriptions that may be over with this turn.
    pub(super) ending: BTreeSet<i64>,
    pub(super) has_written: bool,
    earliest: i64,
}

impl Turn<'_> {
    /// The earliest wake-up that was given so far to a cycle to be tried.
    pub fn earliest(&self) -> Option<Timestamp> {
        Timestamp::from_microsecond(self.earliest).ok()
    }
}

impl Writer {
    /// The disk that is written to.
    pub const fn disk(&self) -> &Disk {
        &self.disk
    }

    /// When the database wants to be looked at next, as far as this process wrote it.
    pub const fn next(&self) -> NextWake {
        self.next
    }

    /// Begins a turn, at this instant.
    ///
    /// # Errors
    /// [`StoreError`] when the write lock cannot be had.
    pub async fn begin(&mut self, now: Timestamp) -> Result<Turn<'_>, StoreError> {
        let tx = self
            .connection
            .begin_with("BEGIN IMMEDIATE")
            .await
            .map_err(doing("begin a transaction"))?;
        Ok(Turn {
            tx,
            book: &self.book,
            installation: &self.installation,
            last_key: &mut self.last_key,
            guard: &mut self.guard,
            under_way: std::mem::take(&mut self.under_way),
            kept: &mut self.under_way,
            next: &mut self.next,
            has_moments_left: false,
            now,
            unknown: Unknown::default(),
            journal: Journal::default(),
            pending: Pending::default(),
            to_send: Vec::new(),
            to_ask: Vec::new(),
            ended: Vec::new(),
            undeclined: BTreeSet::new(),
            revived: BTreeSet::new(),
            ending: BTreeSet::new(),
            has_written: false,
            earliest: i64::MAX,
        })
    }
}

impl Turn<'_> {
    /// Says what is not known in this turn: what depends on it is refused.
    pub const fn without(&mut self, unknown: Unknown) {
        self.unknown = unknown;
    }

    /// Makes everything in this turn durable, and only then hands out what it asks of others.
    ///
    /// # Errors
    /// [`StoreError`] when it could not be made durable. Then nothing may be sent, and because the
    /// outcome of a failed fsync is unknown, the process has to end.
    pub async fn commit(mut self) -> Result<Committed, StoreError> {
        self.flush().await?;
        self.complete().await?;
        let earliest = self.earliest();
        self.has_written |= !self.journal.is_empty();
        self.journal.flush(&mut self.tx).await?;
        let stand = if self.has_written {
            fence::raise(&mut self.tx, self.guard.epoch).await?
        } else {
            fence::prove(&mut self.tx, self.guard.epoch).await?
        };
        let next = stand.next()?;
        self.tx.commit().await.map_err(doing("commit"))?;
        if self.has_written {
            self.guard.note(stand.generation)?;
        }
        *self.kept = self.under_way;
        *self.next = next;
        Ok(Committed {
            to_send: self.to_send.into_iter().map(Durable).collect(),
            to_ask: self.to_ask.into_iter().map(Durable).collect(),
            next,
            earliest,
        })
    }

    /// Writes what is pending, so that the next statement of this turn sees it.
    pub(super) async fn flush(&mut self) -> Result<(), StoreError> {
        let pending = std::mem::take(&mut self.pending);
        self.has_written |= !pending.is_empty();
        self.earliest = self.earliest.min(pending.earliest());
        for subscription in pending.subscriptions.keys() {
            self.under_way.forget(*subscription);
        }
        pending.write(&mut self.tx).await
    }

    /// Takes a row into work.
    pub(super) fn take(&self, row: impl Into<Box<WorkRow>>) -> Result<Work, StoreError> {
        let row = row.into();
        let id = row.subscription.id.as_str();
        let id = SubscriptionId::parse(id)
            .map_err(|_| columns::corrupt_subscription(id, id, "an id"))?;
        let cycle = columns::read(&row.cycle)?;
        let cycle_uid = cycle.tally.uid_no;
        Ok(Work {
            seen: Seen::of(&cycle),
            cycle,
            terms: self.book.terms(row.cycle.plan_key)?,
            price: columns::price(&row.cycle)?,
            id,
            about: cycle_uid,
            uids: Uids::default(),
            row,
        })
    }

    /// Lets something happen to a cycle and does what follows from it in the tables.
    pub(super) async fn step(
        &mut self,
        at_work: &mut Work,
        event: &Event,
        card: Card,
        actor: &str,
    ) -> Result<Step, StoreError> {
        let standing = self.standing(at_work, card)?;
        let rules = Rules {
            terms: &at_work.terms,
            standing,
            price: at_work.price,
            consent: at_work.consent(self.now)?,
            due_at: at_work.due_at()?,
            key: at_work.id.as_str(),
            uid: at_work.about,
        };
        let mut step = cycle::apply(&at_work.cycle, event, rules, self.now).map_err(|illegal| {
            StoreError::Illegal {
                subscription: at_work.id.to_string(),
                n: at_work.row.cycle.n,
                illegal,
            }
        })?;

        if is_no_news(event, at_work, &step) {
            return Ok(step);
        }
        self.adopt_unknown(at_work, &mut step)?;
        let before = at_work.row.cycle.clone();
        columns::write(&mut at_work.row.cycle, &step, self.now);
        at_work.cycle = step.cycle.clone();
        self.give_back(event, &before, at_work);
        let row = &at_work.row.cycle;
        let begun = step
            .effects
            .contains(&Effect::Send)
            .then(|| self.intent(at_work))
            .transpose()?;
        let ended = step
            .ending
            .as_ref()
            .map(|ending| columns::ended(row, ending, self.now));
        let (adopted, ended) = match ended {
            Some(ended) if step.effects.contains(&Effect::Adopt) => {
                (Some(self.adopted(at_work, ended)?), None)
            }
            Some(ended) => (None, Some(self.of_its_uid(at_work, ended)?)),
            None => (None, None),
        };
        self.journal.push(
            Entry::of_change(journal::kind_of(event), self.now, &before, row)
                .attempt(begun.as_ref().or(adopted.as_ref()).or(ended.as_ref()))
                .by(actor)
                .worded(journal::words_of(event)),
        );
        self.pending.new_attempts.extend(begun);
        self.pending.adopted_attempts.extend(adopted);
        if let Some(ended) = ended {
            self.pending.end(ended);
        }

        for effect in &step.effects {
            self.carry_out(effect, at_work).await?;
        }
        self.note_end(at_work);
        Ok(step)
    }

    /// Puts a cycle's changed row among those to be written.
    pub(super) fn put(&mut self, at_work: Work) {
        self.pending.change(at_work.seen, &at_work.row.cycle);
        if at_work.has_begun() {
            self.under_way.keep(at_work.row);
        } else {
            self.under_way.take(at_work.key());
        }
    }
}

/// Whether a look-up only confirmed what is known. A nightly comparison would fill the journal with
/// nothing else.
fn is_no_news(event: &Event, at_work: &Work, step: &Step) -> bool {
    matches!(event, Event::Found(_))
        && !step.cycle.state.is_open()
        && step.effects.is_empty()
        && step.cycle == at_work.cycle
}
