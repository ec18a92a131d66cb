//! Between rows and the core: reading a cycle's state out of its columns, and writing it back.

use jiff::Timestamp;

use crate::core::answer::{Decline, ImpUid, Receipt, Words};
use crate::core::cycle::{Cause, Cycle, Doubt, Ending, Forgone, State, Step, Tally};
use crate::core::decline::PgName;
use crate::core::dunning::Class;
use crate::core::order::UidNo;
use crate::core::price::Price;
use crate::core::subscription::{Hold, Status};
use crate::store::StoreError;
use crate::store::rows::{AttemptRow, CycleRow};

/// The cause of a cycle that waits for the end of its grace period.
const EXHAUSTED: &str = "exhausted";

/// Reads a row as the machine sees it.
pub(super) fn read(row: &CycleRow) -> Result<Cycle, StoreError> {
    let column = Columns(row);
    let state = match row.state.as_str() {
        "scheduled" => State::Scheduled {
            try_at: column.instant("act_at", row.act_at)?,
        },
        "charging" => State::Charging {
            begun_at: column.instant("begun_at", row.begun_at)?,
            answer_by: column.instant("act_at", row.act_at)?,
        },
        "in_doubt" => State::InDoubt {
            doubt: column.doubt()?,
            begun_at: column.instant("begun_at", row.begun_at)?,
            asked: u32::try_from(row.asked).unwrap_or(u32::MAX),
            ask_at: column.instant("act_at", row.act_at)?,
        },
        "retrying" if row.cause.as_deref() == Some(EXHAUSTED) => State::Exhausted {
            decline: column.decline()?,
            until: column.instant("act_at", row.act_at)?,
        },
        "retrying" => State::Retrying {
            cause: column.cause()?,
            try_at: column.instant("act_at", row.act_at)?,
        },
        "paid" => State::Paid(column.receipt()?),
        "partially_refunded" => State::PartiallyRefunded(column.receipt()?),
        "refunded" => State::Refunded(column.receipt()?),
        "uncollectible" => State::Uncollectible(column.decline()?),
        "skipped" => State::Skipped(column.forgone()?),
        "waived" => State::Waived(column.forgone()?),
        other => return Err(column.corrupt("state", other, "a state")),
    };

    let tally = Tally {
        attempts: u16::try_from(row.attempts).unwrap_or(u16::MAX),
        declines: u8::try_from(row.declines).unwrap_or(u8::MAX),
        traceless: u16::try_from(row.traceless).unwrap_or(u16::MAX),
        ladder_at: row
            .ladder_at
            .map(|at| column.instant("ladder_at", Some(at)))
            .transpose()?,
        uid_no: u8::try_from(row.uid_no)
            .ok()
            .and_then(UidNo::of)
            .ok_or_else(|| column.corrupt("uid_no", &row.uid_no.to_string(), "a uid's number"))?,
    };
    Ok(Cycle { state, tally })
}

/// Reads what a cycle asks for.
pub(super) fn price(row: &CycleRow) -> Result<Price, StoreError> {
    Price::of_won(row.amount)
        .ok_or_else(|| Columns(row).corrupt("amount", &row.amount.to_string(), "an amount"))
}

/// Writes what a step decided into the row.
pub(super) fn write(row: &mut CycleRow, step: &Step, now: Timestamp) {
    let tally = step.cycle.tally;
    step.cycle.state.name().clone_into(&mut row.state);
    row.act_at = step.cycle.state.act_at().map(Timestamp::as_microsecond);
    // Never before it is due, whatever the time seems to be: a command can come in while the clock is
    // years behind.
    let no_sooner = |at: Timestamp| at.as_microsecond().max(row.due_at);
    row.wake_at = step.wake_at.map(no_sooner);
    row.attempts = i64::from(tally.attempts);
    row.declines = i64::from(tally.declines);
    row.traceless = i64::from(tally.traceless);
    row.ladder_at = tally.ladder_at.map(Timestamp::as_microsecond);
    row.uid_no = i64::from(tally.uid_no.number());
    row.given_up_at = match &step.cycle.state {
        State::Uncollectible(_) | State::Skipped(_) | State::Waived(_) => {
            row.given_up_at.or(Some(now.as_microsecond()))
        }
        State::Scheduled { .. }
        | State::Charging { .. }
        | State::InDoubt { .. }
        | State::Retrying { .. }
        | State::Exhausted { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_) => None,
    };
    (row.begun_at, row.asked) = (None, 0);
    (row.cause, row.class, row.code, row.message) = (None, None, None, None);
    (row.imp_uid, row.paid_at, row.refunded) = (None, None, 0);

    match &step.cycle.state {
        State::Scheduled { .. } => {}
        State::Charging { begun_at, .. } => row.begun_at = Some(begun_at.as_microsecond()),
        State::InDoubt {
            doubt,
            begun_at,
            asked,
            ..
        } => {
            row.begun_at = Some(begun_at.as_microsecond());
            row.asked = i64::from(*asked);
            write_doubt(row, doubt);
        }
        State::Retrying { cause, .. } => write_cause(row, cause),
        State::Exhausted { decline, .. } => write_decline(row, EXHAUSTED, decline),
        State::Paid(receipt) => write_receipt(row, receipt, 0),
        State::PartiallyRefunded(receipt) => {
            let refunded = receipt.refunded_won.clamp(1, row.amount);
            write_receipt(row, receipt, refunded);
        }
        State::Refunded(receipt) => write_receipt(row, receipt, row.amount),
        State::Uncollectible(decline) => write_decline(row, "declined", decline),
        State::Skipped(why) | State::Waived(why) => row.cause = Some(why.name().to_owned()),
    }
}

/// The news about an attempt that ended.
pub(super) fn ended(row: &CycleRow, ending: &Ending, at: Timestamp) -> AttemptRow {
    let news = AttemptRow {
        subscription_key: row.subscription_key,
        n: row.n,
        k: row.attempts,
        ended_at: Some(at.as_microsecond()),
        ..AttemptRow::default()
    };
    let worded = |outcome, words: &Words| (Some(outcome), Some(words.as_str().to_owned()));

    match ending {
        Ending::Paid(receipt) | Ending::Refunded(receipt) => AttemptRow {
            outcome: Some(if matches!(ending, Ending::Paid(_)) {
                "paid"
            } else {
                "refunded"
            }),
            imp_uid: Some(receipt.imp_uid.as_str().to_owned()),
            ..news
        },
        Ending::Failed(Cause::Declined(decline)) => AttemptRow {
            outcome: Some("declined"),
            class: Some(decline.class.name()),
            pg: decline.pg.as_ref().map(PgName::to_string),
            code: decline.code.clone(),
            message: Some(decline.message.as_str().to_owned()),
            ..news
        },
        Ending::Failed(Cause::Absent) => AttemptRow {
            outcome: Some("absent"),
            ..news
        },
        Ending::Failed(Cause::NotSent(words)) => {
            let (outcome, message) = worded("not_sent", words);
            AttemptRow {
                outcome,
                message,
                ..news
            }
        }
        Ending::Failed(Cause::Malformed(words)) => {
            let (outcome, message) = worded("malformed", words);
            AttemptRow {
                outcome,
                message,
                ..news
            }
        }
        Ending::Failed(Cause::Barred(words)) => {
            let (outcome, message) = worded("barred", words);
            AttemptRow {
                outcome,
                message,
                ..news
            }
        }
        Ending::Failed(Cause::Outage(words)) => {
            let (outcome, message) = worded("outage", words);
            AttemptRow {
                outcome,
                message,
                ..news
            }
        }
    }
}

/// Reads a status column.
pub(super) fn status(id: &str, text: &str) -> Result<Status, StoreError> {
    Status::named(text).ok_or_else(|| corrupt_subscription(id, text, "a status"))
}

/// Reads a hold column.
pub(super) fn hold(id: &str, text: Option<&str>) -> Result<Option<Hold>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let hold = Hold::named(text).ok_or_else(|| corrupt_subscription(id, text, "a hold"))?;
    Ok(Some(hold))
}

/// Reads an instant.
pub(super) fn instant(place: &str, microseconds: i64) -> Result<Timestamp, StoreError> {
    Timestamp::from_microsecond(microseconds).map_err(|_| StoreError::Corrupt {
        place: place.to_owned(),
        found: microseconds.to_string(),
        wanted: "an instant",
    })
}

/// A subscription whose row cannot be read.
pub(super) fn corrupt_subscription(id: &str, found: &str, wanted: &'static str) -> StoreError {
    StoreError::Corrupt {
        place: format!("subscription {id}"),
        found: found.to_owned(),
        wanted,
    }
}

fn write_doubt(row: &mut CycleRow, doubt: &Doubt) {
    match doubt {
        Doubt::Silence(words) => write_words(row, "silence", words),
        Doubt::Refused(decline) => write_decline(row, "refused", decline),
        Doubt::Settled(words) => write_words(row, "settled", words),
        Doubt::Mismatch(words) => write_words(row, "mismatch", words),
    }
}

fn write_cause(row: &mut CycleRow, cause: &Cause) {
    match cause {
        Cause::Declined(decline) => write_decline(row, "declined", decline),
        Cause::NotSent(words) => write_words(row, "not_sent", words),
        Cause::Absent => row.cause = Some("absent".to_owned()),
        Cause::Malformed(words) => write_words(row, "malformed", words),
        Cause::Barred(words) => write_words(row, "barred", words),
        Cause::Outage(words) => write_words(row, "outage", words),
    }
}

fn write_decline(row: &mut CycleRow, cause: &str, decline: &Decline) {
    write_words(row, cause, &decline.message);
    row.class = Some(decline.class.name().to_owned());
    row.code.clone_from(&decline.code);
}

fn write_words(row: &mut CycleRow, cause: &str, words: &Words) {
    row.cause = Some(cause.to_owned());
    row.message = Some(words.as_str().to_owned());
}

fn write_receipt(row: &mut CycleRow, receipt: &Receipt, refunded: i64) {
    row.imp_uid = Some(receipt.imp_uid.as_str().to_owned());
    row.paid_at = Some(receipt.paid_at.as_microsecond());
    row.refunded = refunded;
}

/// The columns of one row, with a name for messages.
struct Columns<'a>(&'a CycleRow);

impl Columns<'_> {
    fn doubt(&self) -> Result<Doubt, StoreError> {
        match self.0.cause.as_deref() {
            Some("silence") => Ok(Doubt::Silence(self.words())),
            Some("refused") => Ok(Doubt::Refused(self.decline()?)),
            Some("settled") => Ok(Doubt::Settled(self.words())),
            Some("mismatch") => Ok(Doubt::Mismatch(self.words())),
            other => Err(self.corrupt("cause", other.unwrap_or("nothing"), "a doubt")),
        }
    }

    fn cause(&self) -> Result<Cause, StoreError> {
        match self.0.cause.as_deref() {
            Some("declined") => Ok(Cause::Declined(self.decline()?)),
            Some("not_sent") => Ok(Cause::NotSent(self.words())),
            Some("absent") => Ok(Cause::Absent),
            Some("malformed") => Ok(Cause::Malformed(self.words())),
            Some("barred") => Ok(Cause::Barred(self.words())),
            Some("outage") => Ok(Cause::Outage(self.words())),
            other => Err(self.corrupt("cause", other.unwrap_or("nothing"), "a cause")),
        }
    }

    fn decline(&self) -> Result<Decline, StoreError> {
        let class = self.0.class.as_deref().unwrap_or("nothing");
        let class =
            Class::named(class).ok_or_else(|| self.corrupt("class", class, "a decline class"))?;
        Ok(Decline {
            class,
            pg: None,
            code: self.0.code.clone(),
            message: self.words(),
        })
    }

    fn receipt(&self) -> Result<Receipt, StoreError> {
        let imp_uid = self.0.imp_uid.as_deref().unwrap_or("");
        let imp_uid =
            ImpUid::parse(imp_uid).map_err(|_| self.corrupt("imp_uid", imp_uid, "an imp_uid"))?;
        let paid_at = self.instant("paid_at", self.0.paid_at)?;
        Ok(Receipt {
            imp_uid,
            paid_at,
            refunded_won: self.0.refunded,
        })
    }

    fn forgone(&self) -> Result<Forgone, StoreError> {
        let cause = self.0.cause.as_deref().unwrap_or("nothing");
        Forgone::named(cause).ok_or_else(|| self.corrupt("cause", cause, "a reason"))
    }

    fn words(&self) -> Words {
        Words::new(self.0.message.as_deref().unwrap_or(""))
    }

    fn instant(&self, column: &str, value: Option<i64>) -> Result<Timestamp, StoreError> {
        let value = value.ok_or_else(|| self.corrupt(column, "nothing", "an instant"))?;
        Timestamp::from_microsecond(value)
            .map_err(|_| self.corrupt(column, &value.to_string(), "an instant"))
    }

    fn corrupt(&self, column: &str, found: &str, wanted: &'static str) -> StoreError {
        let row = self.0;
        let place = format!(
            "cycle {} of subscription key {}: {column}",
            row.n, row.subscription_key
        );
        StoreError::Corrupt {
            place,
            found: found.to_owned(),
            wanted,
        }
    }
}
