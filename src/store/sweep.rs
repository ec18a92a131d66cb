//! Sweeps: everything that is due is weighed once before any of it is begun. A batch that is too much is
//! held here, across restarts, until a person approves exactly it. What is too much the core decides.

use jiff::Timestamp;
use sqlx::FromRow;

use crate::core::guard::{self, ADMITTED_FOR, Cap, Caps, Day, Due, Excess, Scope, Total};
use crate::store::held::{Batch, foresight, late_before, rise};
use crate::store::journal::Entry;
use crate::store::once::{KeyTaken, Who};
use crate::store::turn::{Turn, Writer};
use crate::store::{StoreError, doing};

/// What may be begun: whatever wanted to be looked at by `until`, as long as it is not after `good_to`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Admission {
    /// What was due by then was weighed and let out.
    pub until: Timestamp,
    /// What still waits then is weighed again.
    pub good_to: Timestamp,
}

/// A batch that is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// What was due by then.
    pub until: Timestamp,
    /// What of it.
    pub scope: Scope,
    /// How many times its last price a price might be.
    pub rise: i64,
    /// How much it is.
    pub total: Total,
    /// Its name: another batch has another one.
    pub hash: String,
    /// Why it is held.
    pub why: String,
}

/// Where the last process left the guard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sweeps {
    /// What may be begun.
    pub admitted: Admission,
    /// What is held.
    pub held: Option<Held>,
}

/// What weighing a sweep came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weighed {
    /// What is due and was not weighed before.
    pub due: Due,
    /// What went out before, if that was looked at.
    pub day: Option<Day>,
    /// What is held because of it.
    pub held: Option<Held>,
}

/// What a person let out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Approved {
    /// The batch.
    pub held: Held,
    /// What may be begun from now on.
    pub admitted: Admission,
}

/// Why a batch was not approved. Nothing goes out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotApproved {
    /// The idempotency key was used for something else.
    #[error(transparent)]
    Key(#[from] KeyTaken),
    /// There is none.
    #[error("no batch is held: there is nothing to approve")]
    NothingHeld,
    /// What is held is not what was named.
    #[error(
        "{given:?} is not what is held now, which is {}: look at it with `dues doctor`, then \
         `dues approve {hash}`",
        total.words()
    )]
    Another {
        /// What was named.
        given: String,
        /// What is held.
        hash: String,
        /// How much that is.
        total: Total,
    },
}

#[derive(FromRow)]
struct DueRow {
    charges: i64,
    won: i64,
    unforetold_charges: i64,
    unforetold_won: i64,
    late_charges: i64,
    late_won: i64,
    new_charges: i64,
    new_won: i64,
    dear_charges: i64,
    dear_won: i64,
}

impl Admission {
    /// Nothing.
    pub const NOTHING: Self = Self {
        until: Timestamp::MIN,
        good_to: Timestamp::MIN,
    };

    /// What was due by `until`, let out at `now`.
    pub fn new(until: Timestamp, now: Timestamp) -> Self {
        Self {
            until,
            good_to: now.checked_add(ADMITTED_FOR).unwrap_or(Timestamp::MAX),
        }
    }
}

impl Writer {
    /// Where the guard stands, as the last process left it.
    pub fn sweeps(&self) -> Sweeps {
        self.sweeps.clone()
    }
}

impl Turn<'_> {
    /// Weighs what is due now and was not let out yet. It passes, and is written down if nobody
    /// foretold it; or it is held, and is written down with everything else that waits.
    ///
    /// `spent` is what went out in the last day, or more; it is counted anew when that decides.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn weigh(
        &mut self,
        caps: &Caps,
        admitted: Admission,
        spent: Option<Total>,
    ) -> Result<Weighed, StoreError> {
        let due = self.due(caps, admitted).await?;
        let is_near = |spent: Total| caps.all.is_below(due.all.plus(spent), Total::default());
        if due.unforetold.charges == 0 && !spent.is_none_or(is_near) {
            let (day, held) = (None, None);
            return Ok(Weighed { due, day, held });
        }

        let day = self.day(caps).await?;
        let held = match guard::weigh(caps, &due, &day) {
            Some(excess) => Some(self.hold_sweep(caps, excess).await?),
            None => None,
        };
        if held.is_none() && due.unforetold.charges > 0 {
            self.pass_sweep(due.unforetold).await?;
        }
        let day = Some(day);
        Ok(Weighed { due, day, held })
    }

    /// Looks at what is held. `None`: nothing of it is left, and charging goes on.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn look_at_held(&mut self, held: &Held) -> Result<Option<Held>, StoreError> {
        let batch = Batch::read(&mut self.tx, held).await?;
        if batch.is_empty() {
            self.decide("emptied").await?;
            let entry = Entry::of_system("sweep_emptied", self.now);
            self.journal.push(entry.worded(&held.total.words()));
            return Ok(None);
        }
        let (total, hash) = (batch.total(), batch.hash());
        if hash != held.hash {
            self.has_written = true;
            sqlx::query(include_str!("sql/change_held_sweep.sql"))
                .bind(total.charges)
                .bind(total.won)
                .bind(&hash)
                .execute(&mut *self.tx)
                .await
                .map_err(doing("note that a held batch changed"))?;
        }
        Ok(Some(Held {
            total,
            hash,
            ..held.clone()
        }))
    }

    /// Lets out what is held, if it is what this person means.
    ///
    /// # Errors
    /// [`StoreError`], after which the turn must be dropped.
    pub async fn approve(
        &mut self,
        held: Option<&Held>,
        given: &str,
        who: &Who,
    ) -> Result<Result<Approved, NotApproved>, StoreError> {
        let Some(held) = held else {
            return Ok(Err(NotApproved::NothingHeld));
        };
        let batch = Batch::read(&mut self.tx, held).await?;
        if batch.hash() != given {
            let (hash, total) = (batch.hash(), batch.total());
            let given = given.to_owned();
            return Ok(Err(NotApproved::Another { given, hash, total }));
        }

        for plan in batch.dear_plans() {
            sqlx::query(include_str!("sql/approve_price.sql"))
                .bind(plan)
                .bind(self.now.as_microsecond())
                .execute(&mut *self.tx)
                .await
                .map_err(doing("note that a price was approved"))?;
        }
        self.decide("approved").await?;
        let entry = Entry::of_system("sweep_approved", self.now).by(&who.actor);
        let words = format!("{given}: {} {}", batch.total().words(), who.words());
        self.journal.push(entry.worded(words.trim_end()));
        Ok(Ok(Approved {
            held: held.clone(),
            admitted: Admission::new(held.until, self.now),
        }))
    }

    async fn due(&mut self, caps: &Caps, admitted: Admission) -> Result<Due, StoreError> {
        let after = if self.now < admitted.good_to {
            admitted.until.as_microsecond()
        } else {
            i64::MIN
        };
        let row: DueRow = sqlx::query_as(include_str!("sql/weigh_due.sql"))
            .bind(after)
            .bind(self.now.as_microsecond())
            .bind(late_before(self.now))
            .bind(foresight())
            .bind(rise(caps))
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("weigh what is due"))?;
        let total = |charges, won| Total { charges, won };
        Ok(Due {
            all: total(row.charges, row.won),
            unforetold: total(row.unforetold_charges, row.unforetold_won),
            late: total(row.late_charges, row.late_won),
            new: total(row.new_charges, row.new_won),
            dear: total(row.dear_charges, row.dear_won),
        })
    }

    /// What the last day brought. Charges are counted only when there is a cap on them all.
    async fn day(&mut self, caps: &Caps) -> Result<Day, StoreError> {
        let total = |(charges, won)| Total { charges, won };
        let since = late_before(self.now);
        let (passed_charges, passed_won, approved_charges, approved_won) =
            sqlx::query_as(include_str!("sql/day_of_sweeps.sql"))
                .bind(since)
                .fetch_one(&mut *self.tx)
                .await
                .map_err(doing("count what was let out in a day"))?;
        let all = if caps.all == Cap::NONE {
            (0, 0)
        } else {
            sqlx::query_as(include_str!("sql/day_of_charges.sql"))
                .bind(since)
                .fetch_one(&mut *self.tx)
                .await
                .map_err(doing("count the charges of a day"))?
        };
        Ok(Day {
            unforetold: total((passed_charges, passed_won)),
            all: total(all),
            approved: total((approved_charges, approved_won)),
        })
    }

    async fn pass_sweep(&mut self, total: Total) -> Result<(), StoreError> {
        self.has_written = true;
        sqlx::query(include_str!("sql/pass_sweep.sql"))
            .bind(self.now.as_microsecond())
            .bind(total.charges)
            .bind(total.won)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("note what nobody foretold"))
    }

    async fn hold_sweep(&mut self, caps: &Caps, excess: Excess) -> Result<Held, StoreError> {
        let mut held = Held {
            until: self.now,
            scope: excess.scope,
            rise: rise(caps),
            total: Total::default(),
            hash: String::new(),
            why: excess.why,
        };
        let batch = Batch::read(&mut self.tx, &held).await?;
        (held.total, held.hash) = (batch.total(), batch.hash());

        self.has_written = true;
        sqlx::query(include_str!("sql/hold_sweep.sql"))
            .bind(held.until.as_microsecond())
            .bind(held.scope.name())
            .bind(held.total.charges)
            .bind(held.total.won)
            .bind(held.rise)
            .bind(&held.hash)
            .bind(&held.why)
            .execute(&mut *self.tx)
            .await
            .map_err(doing("hold a batch"))?;
        let entry = Entry::of_system("sweep_held", self.now);
        let words = format!("{}: {}", held.hash, held.why);
        self.journal.push(entry.worded(&words));
        Ok(held)
    }

    async fn decide(&mut self, decision: &'static str) -> Result<(), StoreError> {
        self.has_written = true;
        sqlx::query(include_str!("sql/decide_sweep.sql"))
            .bind(decision)
            .bind(self.now.as_microsecond())
            .execute(&mut *self.tx)
            .await
            .map(|_| ())
            .map_err(doing("decide about a held batch"))
    }
}
