//! Newer versions of plans for those who subscribed before: who is behind, what the change means for each,
//! and the change itself, all of it in one turn and only as it was shown.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::money::Krw;
use crate::core::preview::Agreed;
use crate::core::price::BadPrice;
use crate::core::spread;
use crate::core::subscription::Standing;
use crate::core::succession::{Outlook, Successor, outlook};
use crate::store::ahead::{Ahead, ahead};
use crate::store::batch::write;
use crate::store::book::Heir;
use crate::store::journal::Entry;
use crate::store::once::{Given, KeyTaken, Who};
use crate::store::reader::Reader;
use crate::store::rows::CycleRow;
use crate::store::turn::Turn;
use crate::store::work::{self, Work};
use crate::store::{StoreError, doing};

/// How many subscriptions are read at a time.
const PAGE: u32 = 500;

/// A subscription on an older version, and what the newest one means for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Behind {
    /// Its place in the order in which subscriptions were added.
    pub key: i64,
    /// Its id.
    pub id: String,
    /// Its card.
    pub customer_uid: String,
    /// The plan.
    pub plan: String,
    /// The version that it is on.
    pub from_version: i64,
    /// The version that is to apply to it.
    pub to_version: i64,
    /// What that means, or what a cycle would ask for that is more than one charge may.
    pub outlook: Result<Outlook, BadPrice>,
    keys: (i64, i64),
}

/// The name of a change: of exactly these subscriptions, cycles and prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ChangeName {
    print: u128,
    count: u64,
}

/// A change that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppliedPlans {
    /// How many subscriptions change.
    pub subscriptions: u64,
    /// How many of them need their customer's consent to a price that rises.
    pub need_consent: u64,
}

/// Why a change was not applied. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApplied {
    /// The idempotency key was used for something else.
    #[error(transparent)]
    Key(#[from] KeyTaken),
    /// Everybody is on the newest version, or no version says from when it applies.
    #[error(
        "nobody is on an older version of a plan that says applies_from: there is nothing to apply"
    )]
    Nothing,
    /// From when on a version applies depends on what time it is.
    #[error(
        "it is not known what time it is, so nobody can tell whom it applies to: see the clock in `dues \
         status`, and say this again when it is right"
    )]
    TimeUnknown,
    /// What is due may have been charged at the old price.
    #[error(
        "cycles that are due may have been charged in a history that this database does not have: no price \
         changes before that is known. See `dues status`, and say this again when charges go on"
    )]
    HistoryUnknown,
    /// A new version asks somebody for more than one charge may.
    #[error(
        "{id:?} would be asked for {won} won in one cycle, and {limit} are the most: nothing is applied while \
         anybody would be. `dues plan diff` shows them; change their quantity or plan, or the price",
        limit = Krw::MAX_WON
    )]
    TooDear {
        /// One who would be.
        id: String,
        /// What for.
        won: i64,
    },
    /// What would be applied is not what was named.
    #[error(
        "{given:?} is not what would be applied now: look at it with `dues plan diff`, then `dues \
         plan apply {now}`"
    )]
    Another {
        /// What was named.
        given: String,
        /// What it would be.
        now: String,
    },
}

impl ChangeName {
    /// With one more subscription, for which the change means this.
    pub fn add(&mut self, one: &Behind, outlook: &Outlook) {
        let Outlook {
            n, before, after, ..
        } = outlook;
        let (print, id, (old, new)) = (self.print, &one.id, one.keys);
        let line = format!("{print:032x} {id} {old} {new} {n} {before} {after}");
        self.print = spread::fingerprint(&line);
        self.count += 1;
    }

    /// 12 digits, for a person types them; nothing when nobody changes.
    pub fn text(self) -> Option<String> {
        (self.count > 0).then(|| format!("{:012x}", self.print >> 80))
    }
}

impl Reader {
    /// A page of the subscriptions that are behind, what the change means for each over so many cycles,
    /// and where the next page begins.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn behind(
        &self,
        after: i64,
        now: Timestamp,
        cycles: usize,
    ) -> Result<(Vec<Behind>, Option<i64>), StoreError> {
        let book = self.book();
        let heirs = book.heirs(now);
        let rows: Vec<(i64, String)> = sqlx::query_as(include_str!("sql/subscriptions_behind.sql"))
            .bind(after)
            .bind(pairs(&heirs)?)
            .bind(i64::from(PAGE))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read which subscriptions are behind"))?;
        let next = rows.last().map(|(key, _)| *key);
        let mut found = Vec::new();
        for (_, works) in &rows {
            let one = ahead(works, &book)?;
            found.extend(one.and_then(|one| behind(&one, &heirs, now, cycles)));
        }
        Ok((found, next))
    }

    /// The versions that are to apply to subscribers of others and cannot, because their dates differ.
    pub fn unfit(&self) -> Vec<(String, i64, i64)> {
        self.book().unfit()
    }
}

impl Turn<'_> {
    /// Applies what was shown under this name to everybody in it, unless that was done before under the
    /// idempotency key.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn apply_plans(
        &mut self,
        given: &str,
        who: &Who,
    ) -> Result<Result<Given<AppliedPlans>, NotApplied>, StoreError> {
        match self.replied(who).await? {
            Err(taken) => return Ok(Err(taken.into())),
            Ok(Some(answer)) => return Ok(Ok(Given::before(answer))),
            Ok(None) => {}
        }
        if self.unknown.time {
            return Ok(Err(NotApplied::TimeUnknown));
        }
        if self.unknown.history {
            return Ok(Err(NotApplied::HistoryUnknown));
        }
        self.flush().await?;
        let heirs = self.book.heirs(self.now);
        if let Err(why) = self.is_named(given, &heirs).await? {
            return Ok(Err(why));
        }

        let entry = Entry::of_system("plans_applied", self.now).by(&who.actor);
        let shown = format!("{given} {}", who.words());
        self.journal.push(entry.worded(shown.trim_end()));
        let applied = self.succeed_all(&heirs, who).await?;
        self.keep_reply(who, &applied).await?;
        Ok(Ok(Given::now(applied)))
    }

    /// Whether what would be applied now has that name.
    async fn is_named(
        &mut self,
        given: &str,
        heirs: &[Heir],
    ) -> Result<Result<(), NotApplied>, StoreError> {
        let (mut name, mut after) = (ChangeName::default(), -1);
        loop {
            let rows = self.page_behind(after, heirs).await?;
            let Some((last, _)) = rows.last() else {
                break;
            };
            after = *last;
            for (_, works) in &rows {
                let one = ahead(works, self.book)?;
                let Some(one) = one.and_then(|one| behind(&one, heirs, self.now, 1)) else {
                    continue;
                };
                match &one.outlook {
                    Ok(outlook) => name.add(&one, outlook),
                    Err(BadPrice { won }) => {
                        let (id, won) = (one.id, *won);
                        return Ok(Err(NotApplied::TooDear { id, won }));
                    }
                }
            }
        }
        let given = given.to_owned();
        Ok(match name.text() {
            None => Err(NotApplied::Nothing),
            Some(now) if now != given => Err(NotApplied::Another { given, now }),
            Some(_) => Ok(()),
        })
    }

    async fn succeed_all(&mut self, heirs: &[Heir], who: &Who) -> Result<AppliedPlans, StoreError> {
        let mut applied = AppliedPlans {
            subscriptions: 0,
            need_consent: 0,
        };
        let mut after = -1;
        loop {
            let rows = self.page_behind(after, heirs).await?;
            let Some((last, _)) = rows.last() else {
                return Ok(applied);
            };
            after = *last;
            let mut repriced = Vec::new();
            for (_, text) in &rows {
                let one = ahead(text, self.book)?;
                let Some(one) = one.and_then(|one| behind(&one, heirs, self.now, 1)) else {
                    continue;
                };
                // Whom it would ask for too much was looked for before.
                let Ok(outlook) = one.outlook else { continue };
                applied.subscriptions += 1;
                applied.need_consent += u64::from(outlook.rise.is_some());
                let works: Result<Vec<Work>, StoreError> = work::rows(text)?
                    .into_iter()
                    .map(|row| self.take(row))
                    .collect();
                let heir = heirs.iter().find(|heir| heir.keys() == one.keys);
                if let Some(heir) = heir {
                    repriced.extend(self.succeed(heir, &works?, who)?);
                }
            }
            self.flush().await?;
            let statement = include_str!("sql/reprice_cycles.sql");
            let bind = CycleRow::bind_repriced;
            write(&mut self.tx, "repriced cycles", statement, repriced, bind).await?;
        }
    }

    /// One subscription: its cycle that was not tried is repriced if it is due by then; otherwise the
    /// version comes with the first that is. Gives the repriced row.
    fn succeed(
        &mut self,
        heir: &Heir,
        works: &[Work],
        who: &Who,
    ) -> Result<Option<CycleRow>, StoreError> {
        let Some(first) = works.first() else {
            return Ok(None);
        };
        let (mut row, from) = (first.row.subscription.clone(), heir.from.as_microsecond());
        let waits = |one: &&Work| one.is_scheduled() && one.row.cycle.due_at >= from;
        let (kind, repriced) = if let Some(waiting) = works.iter().find(waits) {
            row.plan_key = heir.new;
            (row.next_plan_key, row.next_at) = (None, None);
            let repriced = self.repriced(waiting, &mut row)?;
            let before = &waiting.row.cycle;
            let entry = Entry::of_change("repriced", self.now, before, &repriced);
            self.journal.push(entry.asked_by(who));
            ("plan_changed", Some(repriced))
        } else {
            (row.next_plan_key, row.next_at) = (Some(heir.new), Some(from));
            ("plan_will_change", None)
        };
        let entry = Entry::of_subscription(kind, self.now, &row);
        self.journal.push(entry.asked_by(who));
        self.pending.subscriptions.insert(row.key, row);
        Ok(repriced)
    }

    async fn page_behind(
        &mut self,
        after: i64,
        heirs: &[Heir],
    ) -> Result<Vec<(i64, String)>, StoreError> {
        sqlx::query_as(include_str!("sql/subscriptions_behind.sql"))
            .bind(after)
            .bind(pairs(heirs)?)
            .bind(i64::from(PAGE))
            .fetch_all(&mut *self.tx)
            .await
            .map_err(doing("read which subscriptions are behind"))
    }
}

/// What a change means for one subscription; nothing when none of its cycles is left for it.
fn behind(one: &Ahead, heirs: &[Heir], now: Timestamp, cycles: usize) -> Option<Behind> {
    let heir = heirs.iter().find(|heir| heir.old == one.plan_key)?;
    let next = Successor {
        terms: &heir.terms,
        from: heir.from,
    };
    let subject = one.subject(Standing::Chargeable, Agreed::WhenAsked);
    let outlook = outlook(subject, &one.waiting, next, now, cycles).transpose()?;
    Some(Behind {
        key: one.key,
        id: one.id.clone(),
        customer_uid: one.customer_uid.clone(),
        plan: one.terms.plan.id.to_string(),
        from_version: heir.versions.0,
        to_version: heir.versions.1,
        outlook,
        keys: heir.keys(),
    })
}

/// The pairs of versions, for the statement.
fn pairs(heirs: &[Heir]) -> Result<String, StoreError> {
    let pairs: BTreeSet<(i64, i64)> = heirs.iter().map(Heir::keys).collect();
    serde_json::to_string(&pairs).map_err(|source| StoreError::Encode("versions", source))
}
