//! Tells the journal as it grows, in lines that a person likes to read.

use std::collections::HashMap;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde::Deserialize;

use crate::core::money::grouped;
use crate::daemon::demo::CAST;
use crate::daemon::sandbox::summary::Summary;
use crate::store::{Entry, Page, Reader};

/// How much of the journal is read at once.
const PAGE: u32 = 500;

/// Whoever tells the story, and how far it got.
pub(super) struct Narrator<'a> {
    say: &'a mut dyn FnMut(&str) -> std::io::Result<()>,
    zone: TimeZone,
    last_seq: i64,
    /// What each cycle asks for: fixed, and told only when it is enrolled.
    amounts: HashMap<(String, i64), i64>,
}

#[derive(Deserialize, Default)]
struct After {
    #[serde(default)]
    cycle: CycleAfter,
    #[serde(default)]
    subscription: SubscriptionAfter,
    enrolled: Option<Enrolled>,
}

#[derive(Deserialize)]
struct Enrolled {
    n: i64,
    amount: i64,
}

#[derive(Deserialize, Default)]
struct CycleAfter {
    #[serde(default)]
    state: String,
    wake_at: Option<i64>,
    cause: Option<String>,
}

#[derive(Deserialize, Default)]
struct SubscriptionAfter {
    #[serde(default)]
    status: String,
}

impl<'a> Narrator<'a> {
    pub(super) fn new(
        start: Timestamp,
        say: &'a mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> Result<Self> {
        let zone = TimeZone::get("Asia/Seoul").context("no time zone Asia/Seoul")?;
        let mut narrator = Self {
            say,
            zone,
            last_seq: 0,
            amounts: HashMap::new(),
        };
        let day = narrator.when(start);
        narrator.line(&format!(
            "It is {day} in Seoul. {} subscriptions:",
            CAST.len()
        ))?;
        for role in &CAST {
            narrator.line(&format!(
                "  {:<8} {:<7} {}",
                role.name, role.plan, role.story
            ))?;
        }
        narrator.line("")?;
        Ok(narrator)
    }

    /// Tells what happened since.
    pub(super) async fn go_on(&mut self, reader: &Reader) -> Result<()> {
        loop {
            let page = Page {
                after: self.last_seq,
                limit: PAGE,
            };
            let entries = reader.journal(page).await?;
            let Some(last) = entries.last() else {
                return Ok(());
            };
            self.last_seq = last.seq;
            for entry in &entries {
                self.tell(entry)?;
            }
        }
    }

    /// The sums.
    pub(super) fn close(&mut self, summary: &Summary) -> Result<()> {
        self.line("")?;
        for line in summary.lines() {
            self.line(&line)?;
        }
        Ok(())
    }

    fn tell(&mut self, entry: &Entry) -> Result<()> {
        let after: After =
            serde_json::from_str(&entry.after).context("the journal cannot be read")?;
        if let (Some(enrolled), Some(whose)) = (&after.enrolled, &entry.subscription) {
            let cycle = (whose.clone(), enrolled.n);
            self.amounts.insert(cycle, enrolled.amount);
        }
        let Some(words) = self.words(entry, &after) else {
            return Ok(());
        };
        let at = Timestamp::from_microsecond(entry.at).context("not an instant")?;
        let who = entry.subscription.as_deref().unwrap_or("");
        let line = format!("{}  {who:<8} {words}", self.when(at));
        self.line(&line)
    }

    /// What an entry says; nothing for those that only prepare others.
    fn words(&self, entry: &Entry, after: &After) -> Option<String> {
        let n = entry.cycle.unwrap_or(0);
        let cycle = (entry.subscription.clone().unwrap_or_default(), n);
        let amount = grouped(self.amounts.get(&cycle).copied().unwrap_or_default());
        let said = entry.words.as_deref().unwrap_or("");
        let next = after
            .cycle
            .wake_at
            .and_then(|at| Timestamp::from_microsecond(at).ok());
        let next = next.map(|at| self.when(at)).unwrap_or_default();
        let text = match entry.kind.as_str() {
            "paid" => format!("cycle {n}: paid {amount}"),
            "declined" if after.cycle.cause.as_deref() == Some("exhausted") => format!(
                "cycle {n}: {amount} declined for good, waits for another card until {next}: {said}"
            ),
            "declined" if after.cycle.state == "retrying" => {
                format!("cycle {n}: {amount} declined, tries again {next}: {said}")
            }
            "declined" => format!("cycle {n}: {amount} declined for good: {said}"),
            "lost" => {
                format!("cycle {n}: {amount} sent, no answer. In doubt: ask {next}, send nothing")
            }
            "found_paid" => format!("cycle {n}: the gateway says it was paid: {amount}, once"),
            "found_absent" => {
                format!("cycle {n}: it never arrived. Same uid again {next}")
            }
            "recovered" => "owes nothing any more".to_owned(),
            "gave_up" => format!("is {} now", after.subscription.status),
            "pause" => "the desk pauses it".to_owned(),
            "resume" => "the desk resumes it".to_owned(),
            "cancel" => "the desk cancels it".to_owned(),
            "forgone" => format!("cycle {n}: {}, {said}", after.cycle.state),
            "held" => format!("is held: {said}"),
            _ => return None,
        };
        Some(text)
    }

    fn when(&self, at: Timestamp) -> String {
        self.zone
            .to_datetime(at)
            .strftime("%a %d %b %H:%M")
            .to_string()
    }

    fn line(&mut self, text: &str) -> Result<()> {
        (self.say)(text).context("cannot print")
    }
}
