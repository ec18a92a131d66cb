//! The journal: everything that happened, in order, with what became of the rows. Folding it gives
//! the tables; `tests/it/sim/audit.rs` does so.

use std::borrow::Cow;

use jiff::Timestamp;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use sqlx::SqliteConnection;

use crate::core::answer::{Answer, Finding, Unanswered};
use crate::core::cycle::Event;
use crate::store::StoreError;
use crate::store::batch::{self, Bound};
use crate::store::once::Who;
use crate::store::rows::{AttemptRow, CycleRow};
use crate::store::subscription::SubscriptionRow;

/// Who did it when nobody asked for it.
const DAEMON: &str = "dues";

/// What happened in one turn, not written yet.
#[derive(Debug, Default)]
pub(super) struct Journal(Vec<Entry>);

/// One thing that happened. `after` is what became of the rows, a part for each: a subscription and a
/// cycle that was enrolled are whole; of the cycle that the entry is about, and of an attempt, only the
/// news is here.
#[derive(Debug)]
pub(super) struct Entry {
    at: i64,
    subscription_key: Option<i64>,
    n: Option<i64>,
    kind: &'static str,
    actor: Cow<'static, str>,
    words: Option<String>,
    after: Parts,
}

/// The parts of a JSON object, written as they come: what they are about need not be kept.
#[derive(Debug)]
struct Parts(Result<Vec<u8>, serde_json::Error>);

/// Room for what nearly every entry says, in bytes: growing to it piece by piece costs as much as writing it.
const ROOM: usize = 768;

/// An entry as it is written.
struct EntryRow(Entry, String);

/// The columns in which a cycle's row differs from what it was.
#[derive(Debug)]
struct Changes<'a> {
    before: &'a CycleRow,
    after: &'a CycleRow,
}

impl Journal {
    /// Notes one thing.
    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Notes that the last thing enrolled a cycle.
    pub(super) fn enrolled(&mut self, row: &CycleRow) {
        if let Some(entry) = self.0.last_mut() {
            entry.after.add("enrolled", row);
        }
    }

    /// Whether nothing is noted.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes everything noted so far.
    pub(super) async fn flush(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        let entries = std::mem::take(&mut self.0).into_iter();
        let rows: Vec<EntryRow> = entries.map(EntryRow::of).collect::<Result<_, _>>()?;
        let statement = include_str!("sql/insert_journal.sql");
        batch::write(connection, "the journal", statement, rows, EntryRow::bind).await
    }
}

impl EntryRow {
    fn of(mut entry: Entry) -> Result<Self, StoreError> {
        let after = std::mem::replace(&mut entry.after, Parts::new());
        Ok(Self(entry, after.close()?))
    }

    /// For `insert_journal.sql`.
    fn bind(self, to: &mut Bound) {
        let Self(entry, after) = self;
        to.bind(entry.at)
            .bind(entry.subscription_key)
            .bind(entry.n)
            .bind(entry.kind)
            .bind(entry.actor)
            .bind(entry.words)
            .bind(after);
    }
}

impl Parts {
    const fn new() -> Self {
        Self(Ok(Vec::new()))
    }

    fn add(&mut self, name: &str, part: &impl Serialize) {
        let Ok(text) = &mut self.0 else { return };
        if text.is_empty() {
            text.reserve(ROOM);
        }
        text.push(if text.is_empty() { b'{' } else { b',' });
        for piece in ["\"", name, "\":"] {
            text.extend_from_slice(piece.as_bytes());
        }
        if let Err(why) = serde_json::to_writer(text, part) {
            self.0 = Err(why);
        }
    }

    /// The object.
    fn close(self) -> Result<String, StoreError> {
        let encode = |source| StoreError::Encode("a journal entry", source);
        let mut text = self.0.map_err(encode)?;
        text.extend_from_slice(if text.is_empty() { b"{}" } else { b"}" });
        String::from_utf8(text).map_err(|why| encode(serde::ser::Error::custom(why)))
    }
}

impl Entry {
    /// About no subscription.
    pub(super) fn of_system(kind: &'static str, at: Timestamp) -> Self {
        Self {
            at: at.as_microsecond(),
            subscription_key: None,
            n: None,
            kind,
            actor: Cow::Borrowed(DAEMON),
            words: None,
            after: Parts::new(),
        }
    }

    /// About a cycle that changes nothing in its row.
    pub(super) fn of_cycle(kind: &'static str, at: Timestamp, row: &CycleRow) -> Self {
        let mut entry = Self::of_system(kind, at);
        entry.subscription_key = Some(row.subscription_key);
        entry.n = Some(row.n);
        entry
    }

    /// About a cycle of which the gateway says something else.
    pub(super) fn of_difference(at: Timestamp, (subscription_key, n): (i64, i64)) -> Self {
        let mut entry = Self::of_system("differs", at);
        (entry.subscription_key, entry.n) = (Some(subscription_key), Some(n));
        entry
    }

    /// About a cycle that changes its row.
    pub(super) fn of_change(
        kind: &'static str,
        at: Timestamp,
        before: &CycleRow,
        after: &CycleRow,
    ) -> Self {
        let mut entry = Self::of_cycle(kind, at, after);
        entry.after.add("cycle", &Changes { before, after });
        entry
    }

    /// About a subscription, as it became.
    pub(super) fn of_subscription(
        kind: &'static str,
        at: Timestamp,
        row: &SubscriptionRow,
    ) -> Self {
        let mut entry = Self::of_system(kind, at);
        entry.subscription_key = Some(row.key);
        entry.after.add("subscription", row);
        entry
    }

    /// With news of an attempt.
    pub(super) fn attempt(mut self, row: Option<&AttemptRow>) -> Self {
        if let Some(row) = row {
            self.after.add("attempt", row);
        }
        self
    }

    /// Done by this person.
    pub(super) fn by(mut self, actor: &str) -> Self {
        self.actor = Cow::Owned(actor.to_owned());
        self
    }

    /// Asked for by this person, for this reason.
    pub(super) fn asked_by(self, who: &Who) -> Self {
        self.by(&who.actor).worded(who.words())
    }

    /// With a reason for people.
    pub(super) fn worded(mut self, words: &str) -> Self {
        self.words = (!words.is_empty()).then(|| words.to_owned());
        self
    }
}

impl Serialize for Changes<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (before, after) = (self.before, self.after);
        let mut news = News(serializer.serialize_map(None)?);
        news.tell("due_at", &before.due_at, &after.due_at)?;
        news.tell("amount", &before.amount, &after.amount)?;
        news.tell("name", &before.name, &after.name)?;
        news.tell("rises_from", &before.rises_from, &after.rises_from)?;
        news.tell("rises_to", &before.rises_to, &after.rises_to)?;
        news.tell("plan_key", &before.plan_key, &after.plan_key)?;
        news.tell("state", &before.state, &after.state)?;
        news.tell("act_at", &before.act_at, &after.act_at)?;
        news.tell("wake_at", &before.wake_at, &after.wake_at)?;
        news.tell("begun_at", &before.begun_at, &after.begun_at)?;
        news.tell("attempts", &before.attempts, &after.attempts)?;
        news.tell("declines", &before.declines, &after.declines)?;
        news.tell("traceless", &before.traceless, &after.traceless)?;
        news.tell("asked", &before.asked, &after.asked)?;
        news.tell("cause", &before.cause, &after.cause)?;
        news.tell("class", &before.class, &after.class)?;
        news.tell("code", &before.code, &after.code)?;
        news.tell("message", &before.message, &after.message)?;
        news.tell("imp_uid", &before.imp_uid, &after.imp_uid)?;
        news.tell("paid_at", &before.paid_at, &after.paid_at)?;
        news.tell("refunded", &before.refunded, &after.refunded)?;
        news.tell("ladder_at", &before.ladder_at, &after.ladder_at)?;
        news.tell("uid_no", &before.uid_no, &after.uid_no)?;
        news.tell("given_up_at", &before.given_up_at, &after.given_up_at)?;
        news.tell("credit", &before.credit, &after.credit)?;
        news.0.end()
    }
}

struct News<M>(M);

impl<M: SerializeMap> News<M> {
    fn tell<T: Serialize + PartialEq>(
        &mut self,
        column: &'static str,
        before: &T,
        after: &T,
    ) -> Result<(), M::Error> {
        if before == after {
            Ok(())
        } else {
            self.0.serialize_entry(column, after)
        }
    }
}

/// The name of what happened to a cycle.
pub(super) fn kind_of(event: &Event) -> &'static str {
    match event {
        Event::Begun => "begun",
        Event::Expired => "expired",
        Event::Asked => "asked",
        Event::Deferred { .. } => "deferred",
        Event::Overtaken => "overtaken",
        Event::Unconsented => "unconsented",
        Event::GraceOver => "grace_over",
        Event::Retried => "retried",
        Event::Released => "released",
        Event::CardChanged => "card_changed",
        Event::CardDied(_) => "card_died",
        Event::Forgone(_) => "forgone",
        Event::Unanswered(Unanswered::NotSent(_)) | Event::Withheld(_) => "not_sent",
        Event::Unanswered(Unanswered::Lost(_) | Unanswered::TooOften { .. }) => "lost",
        Event::Answered(answer) => match answer {
            Answer::Paid(_) => "paid",
            Answer::Declined(_) | Answer::NoCard(_) => "declined",
            Answer::Settled(_) => "settled",
            Answer::Refused(_) => "refused",
            Answer::Refunded(_) => "refunded",
            Answer::Mismatch(_) => "mismatch",
            Answer::Malformed(_) => "malformed",
            Answer::Barred(_) => "barred",
            Answer::Outage(_) => "outage",
        },
        Event::Found(finding) => match finding {
            Finding::Paid(_) => "found_paid",
            Finding::Failed { .. } => "found_failed",
            Finding::Absent => "found_absent",
            Finding::Refunded(_) => "found_refunded",
            Finding::Mismatch(_) => "found_mismatch",
            Finding::Unclear(_) => "found_unclear",
        },
    }
}

/// What was said, for people.
pub(super) fn words_of(event: &Event) -> &str {
    match event {
        Event::Begun
        | Event::Expired
        | Event::Asked
        | Event::Deferred { .. }
        | Event::Overtaken
        | Event::Unconsented
        | Event::GraceOver
        | Event::Retried
        | Event::Released
        | Event::CardChanged => "",
        Event::CardDied(class) => class.name(),
        Event::Forgone(why) => why.name(),
        Event::Unanswered(unanswered) => unanswered.words().as_str(),
        Event::Withheld(why) => why.as_str(),
        Event::Answered(answer) => match answer {
            Answer::Paid(receipt) | Answer::Refunded(receipt) => receipt.imp_uid.as_str(),
            Answer::Declined(decline) | Answer::NoCard(decline) | Answer::Refused(decline) => {
                decline.message.as_str()
            }
            Answer::Settled(words)
            | Answer::Mismatch(words)
            | Answer::Malformed(words)
            | Answer::Barred(words)
            | Answer::Outage(words) => words.as_str(),
        },
        Event::Found(finding) => match finding {
            Finding::Paid(receipt) | Finding::Refunded(receipt) => receipt.imp_uid.as_str(),
            Finding::Failed { decline, .. } => decline.message.as_str(),
            Finding::Absent => "",
            Finding::Mismatch(words) | Finding::Unclear(words) => words.as_str(),
        },
    }
}
