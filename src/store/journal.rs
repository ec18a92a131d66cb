//! The journal: everything that happened, in order, with the rows as they became. Folding it gives
//! the tables; `tests/it/sim/audit.rs` does so.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::SqliteConnection;

use crate::core::answer::{Answer, Finding, Unanswered};
use crate::core::cycle::Event;
use crate::store::rows::{AttemptRow, CycleRow, SubscriptionRow};
use crate::store::{StoreError, doing};

/// Who did it when nobody asked for it.
const DAEMON: &str = "dues";

/// What happened in one turn, not written yet.
#[derive(Debug, Default)]
pub(super) struct Journal(Vec<Entry>);

/// One thing that happened.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    at: i64,
    subscription_key: Option<i64>,
    n: Option<i64>,
    kind: &'static str,
    actor: String,
    words: Option<String>,
    after: After,
}

/// Rows as they became. A cycle and a subscription are whole; of an attempt only the news is here.
#[derive(Debug, Default, Serialize)]
struct After {
    #[serde(skip_serializing_if = "Option::is_none")]
    cycle: Option<CycleRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempt: Option<AttemptRow>,
    #[serde(skip_serializing_if = "Option::is_none")]
    subscription: Option<SubscriptionRow>,
}

impl Journal {
    /// Notes one thing.
    pub(super) fn push(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Writes everything noted so far.
    pub(super) async fn flush(
        &mut self,
        connection: &mut SqliteConnection,
    ) -> Result<(), StoreError> {
        if self.0.is_empty() {
            return Ok(());
        }
        let entries = std::mem::take(&mut self.0);
        let batch = serde_json::to_string(&entries)
            .map_err(|source| StoreError::Encode("journal entries", source))?;

        sqlx::query(include_str!("sql/insert_journal.sql"))
            .bind(batch)
            .execute(connection)
            .await
            .map_err(doing("write the journal"))?;
        Ok(())
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
            actor: DAEMON.to_owned(),
            words: None,
            after: After::default(),
        }
    }

    /// About a cycle, as it became.
    pub(super) fn of_cycle(kind: &'static str, at: Timestamp, row: &CycleRow) -> Self {
        let mut entry = Self::of_system(kind, at);
        entry.subscription_key = Some(row.subscription_key);
        entry.n = Some(row.n);
        entry.after.cycle = Some(row.clone());
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
        entry.after.subscription = Some(row.clone());
        entry
    }

    /// With news of an attempt.
    pub(super) fn attempt(mut self, row: Option<AttemptRow>) -> Self {
        self.after.attempt = row;
        self
    }

    /// Done by this person.
    pub(super) fn by(mut self, actor: &str) -> Self {
        actor.clone_into(&mut self.actor);
        self
    }

    /// With a reason for people.
    pub(super) fn worded(mut self, words: &str) -> Self {
        self.words = (!words.is_empty()).then(|| words.to_owned());
        self
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
        Event::Released => "released",
        Event::CardChanged => "card_changed",
        Event::Forgone(_) => "forgone",
        Event::Unanswered(Unanswered::NotSent(_)) => "not_sent",
        Event::Unanswered(Unanswered::Lost(_)) => "lost",
        Event::Answered(answer) => match answer {
            Answer::Paid(_) => "paid",
            Answer::Declined(_) => "declined",
            Answer::Settled(_) => "settled",
            Answer::Refused(_) => "refused",
            Answer::Refunded(_) => "refunded",
            Answer::Mismatch(_) => "mismatch",
            Answer::Malformed(_) => "malformed",
            Answer::Barred(_) => "barred",
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
        | Event::Released
        | Event::CardChanged => "",
        Event::Forgone(why) => why.name(),
        Event::Unanswered(Unanswered::NotSent(words) | Unanswered::Lost(words)) => words.as_str(),
        Event::Answered(answer) => match answer {
            Answer::Paid(receipt) | Answer::Refunded(receipt) => receipt.imp_uid.as_str(),
            Answer::Declined(decline) | Answer::Refused(decline) => decline.message.as_str(),
            Answer::Settled(words)
            | Answer::Mismatch(words)
            | Answer::Malformed(words)
            | Answer::Barred(words) => words.as_str(),
        },
        Event::Found(finding) => match finding {
            Finding::Paid(receipt) | Finding::Refunded(receipt) => receipt.imp_uid.as_str(),
            Finding::Failed { decline, .. } => decline.message.as_str(),
            Finding::Absent => "",
            Finding::Mismatch(words) | Finding::Unclear(words) => words.as_str(),
        },
    }
}
