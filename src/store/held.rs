//! What a held batch is made of: charge by charge for its name, part by part for people.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use jiff::Timestamp;
use serde::Deserialize;
use sqlx::{FromRow, SqliteConnection};

use crate::core::guard::{Caps, FORESIGHT, Scope, Total};
use crate::core::spread;
use crate::store::sweep::{Admission, Held, Sweeps};
use crate::store::{Reader, StoreError, doing};

/// A price that no plan can have reached from any other.
const NO_RISE: i64 = 1_000_000_000;

/// A part of the held batch: one plan, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The plan.
    pub plan: String,
    /// What speaks against it: `late`, `new`, `dear`, or nothing but the sum.
    pub reason: &'static str,
    /// How much it is.
    pub total: Total,
    /// The earliest due instant in it.
    pub first_due_at: i64,
    /// The latest.
    pub last_due_at: i64,
    /// One of its subscriptions.
    pub example: String,
}

/// A batch as it is now.
pub(super) struct Batch(Vec<Charge>);

/// One charge of it, as `batch_due.sql` writes it.
#[derive(Debug, Deserialize)]
struct Charge {
    subscription: String,
    n: i64,
    amount: i64,
    plan: String,
    plan_key: i64,
    due_at: i64,
    is_late: i64,
    is_new: i64,
    is_dear: i64,
}

#[derive(FromRow)]
struct HeldRow {
    until: i64,
    scope: String,
    rise: i64,
    charges: i64,
    won: i64,
    hash: String,
    why: String,
}

impl Charge {
    fn reason(&self) -> &'static str {
        match (self.is_dear, self.is_late, self.is_new) {
            (1.., _, _) => "dear",
            (_, 1.., _) => "late",
            (_, _, 1..) => "new",
            (..=0, ..=0, ..=0) => "",
        }
    }

    const fn total(&self) -> Total {
        Total {
            charges: 1,
            won: self.amount,
        }
    }
}

impl Batch {
    /// What a held batch is made of by now.
    pub(super) async fn read(
        connection: &mut SqliteConnection,
        held: &Held,
    ) -> Result<Self, StoreError> {
        let text: String = sqlx::query_scalar(include_str!("sql/batch_due.sql"))
            .bind(held.until.as_microsecond())
            .bind(late_before(held.until))
            .bind(foresight())
            .bind(held.rise)
            .fetch_one(connection)
            .await
            .map_err(doing("read what is due, one by one"))?;
        let charges: Vec<Charge> =
            serde_json::from_str(&text).map_err(|why| corrupt(&why.to_string(), "charges"))?;
        let is_in = |charge: &Charge| held.scope == Scope::All || !charge.reason().is_empty();
        Ok(Self(charges.into_iter().filter(is_in).collect()))
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn total(&self) -> Total {
        let totals = self.0.iter().map(Charge::total);
        totals.fold(Total::default(), Total::plus)
    }

    /// The name of exactly these charges: 12 digits, for a person types them.
    pub(super) fn hash(&self) -> String {
        let mut text = String::new();
        for charge in &self.0 {
            let Charge {
                subscription,
                n,
                amount,
                ..
            } = charge;
            // Writing to a String does not fail.
            writeln!(text, "{subscription} {n} {amount}").unwrap_or_default();
        }
        format!("{:012x}", spread::fingerprint(&text) >> 80)
    }

    /// The versions of plans whose price rose too far.
    pub(super) fn dear_plans(&self) -> BTreeSet<i64> {
        let dear = self.0.iter().filter(|charge| charge.is_dear > 0);
        dear.map(|charge| charge.plan_key).collect()
    }

    fn parts(&self) -> Vec<Part> {
        let mut parts: BTreeMap<(&str, &'static str), Part> = BTreeMap::new();
        for charge in &self.0 {
            let place = (charge.plan.as_str(), charge.reason());
            let part = parts.entry(place).or_insert_with(|| Part {
                plan: charge.plan.clone(),
                reason: charge.reason(),
                total: Total::default(),
                first_due_at: charge.due_at,
                last_due_at: charge.due_at,
                example: charge.subscription.clone(),
            });
            part.total = part.total.plus(charge.total());
            part.first_due_at = part.first_due_at.min(charge.due_at);
            part.last_due_at = part.last_due_at.max(charge.due_at);
        }
        parts.into_values().collect()
    }
}

impl Reader {
    /// What is held, as it is by now, and part by part.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn held(&self) -> Result<Option<(Held, Vec<Part>)>, StoreError> {
        let reading = doing("read what is held");
        let mut connection = self.pool.acquire().await.map_err(reading)?;
        let Some(mut held) = held(&mut connection).await? else {
            return Ok(None);
        };
        let batch = Batch::read(&mut connection, &held).await?;
        (held.total, held.hash) = (batch.total(), batch.hash());
        Ok(Some((held, batch.parts())))
    }
}

/// Where the guard stands, by the tables.
pub(super) async fn stand(connection: &mut SqliteConnection) -> Result<Sweeps, StoreError> {
    let held = held(connection).await?;
    let last: Option<(i64, i64)> = sqlx::query_as(include_str!("sql/last_sweep.sql"))
        .fetch_optional(&mut *connection)
        .await
        .map_err(doing("read the last sweep"))?;
    let admitted = match last {
        Some((until, decided_at)) => Admission::new(instant(until)?, instant(decided_at)?),
        None => Admission::NOTHING,
    };
    Ok(Sweeps { admitted, held })
}

async fn held(connection: &mut SqliteConnection) -> Result<Option<Held>, StoreError> {
    let row: Option<HeldRow> = sqlx::query_as(include_str!("sql/held_sweep.sql"))
        .fetch_optional(connection)
        .await
        .map_err(doing("read what is held"))?;
    let Some(row) = row else {
        return Ok(None);
    };
    let scope = Scope::named(&row.scope).ok_or_else(|| corrupt(&row.scope, "a scope"))?;
    Ok(Some(Held {
        until: instant(row.until)?,
        scope,
        rise: row.rise,
        total: Total {
            charges: row.charges,
            won: row.won,
        },
        hash: row.hash,
        why: row.why,
    }))
}

/// What was to be charged before this is late.
pub(super) fn late_before(now: Timestamp) -> i64 {
    now.as_microsecond().saturating_sub(foresight())
}

/// How long before its moment a charge has to be known, in microseconds.
pub(super) fn foresight() -> i64 {
    i64::try_from(FORESIGHT.as_micros()).unwrap_or(i64::MAX)
}

/// How many times its last price a price may be.
pub(super) fn rise(caps: &Caps) -> i64 {
    caps.price_rise_max.unwrap_or(NO_RISE)
}

fn instant(microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds)
        .map_err(|_| corrupt(&microseconds.to_string(), "an instant"))
}

fn corrupt(found: &str, wanted: &'static str) -> StoreError {
    StoreError::Corrupt {
        place: "table sweep".to_owned(),
        found: found.to_owned(),
        wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(charges: &[(&str, i64, i64)]) -> Batch {
        let charge = |(subscription, n, amount): &(&str, i64, i64)| Charge {
            subscription: (*subscription).to_owned(),
            n: *n,
            amount: *amount,
            plan: "basic".to_owned(),
            plan_key: 1,
            due_at: 0,
            is_late: 0,
            is_new: 1,
            is_dear: 0,
        };
        Batch(charges.iter().map(charge).collect())
    }

    #[test]
    fn a_batch_is_named_by_everything_that_is_charged() {
        let charges = [("alice", 0, 9_900), ("bob", 3, 4_900)];
        let name = batch(&charges).hash();
        let others = [
            batch(&[("alice", 0, 9_900)]),
            batch(&[("alice", 0, 4_900), ("bob", 3, 9_900)]),
            batch(&[("alice", 3, 9_900), ("bob", 0, 4_900)]),
            batch(&[("alicia", 0, 9_900), ("bob", 3, 4_900)]),
        ];
        assert_eq!(batch(&charges).hash(), name);
        for other in others {
            assert_ne!(other.hash(), name);
        }
    }
}
