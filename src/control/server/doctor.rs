//! What is wrong, one by one, and going on in spite of a suspicion.

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use jiff::Timestamp;

use crate::control::protocol::Reason;
use crate::control::protocol::doctor::{
    DECLINES_DAYS, DECLINES_MAX, Difference, Doctor, Doubt, Hold, ROWS_MAX, Released, Unread,
};
use crate::control::protocol::status::Health;
use crate::control::server::Api;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::refusal::{Refusal, parse};
use crate::control::server::rows::instant;
use crate::control::server::status::sentences;
use crate::control::server::sweep;
use crate::core::decline::{PgName, unread};
use crate::store::{DifferenceView, DoubtView, Given, HoldView, Reader};

pub(super) async fn doctor(State(api): State<Api>) -> Result<Json<Doctor>, Refusal> {
    let attention = sentences(&api).await?;
    let reader = &api.reader;
    let differences = reader.differences(ROWS_MAX).await?;
    let sweep = sweep::held(reader).await?;
    let holds = reader.holds(ROWS_MAX).await?;
    let doubts = reader.doubts(ROWS_MAX).await?;
    let declines = reader
        .generic_declines(days_ago((api.now)()), DECLINES_MAX)
        .await?;
    let declines_read = u32::try_from(declines.len()).unwrap_or(DECLINES_MAX);
    let unread = api.facts.codes.unread(declines).into_iter();
    let health = if attention.is_empty() {
        Health::Ok
    } else {
        Health::Attention
    };
    Ok(Json(Doctor {
        health,
        attention,
        sweep,
        differences: differences
            .into_iter()
            .map(|row| difference(row, reader))
            .collect(),
        holds: holds.into_iter().map(Into::into).collect(),
        doubts: doubts.into_iter().map(|row| doubt(row, reader)).collect(),
        unread: unread.take(ROWS_MAX as usize).map(Into::into).collect(),
        declines_read,
    }))
}

pub(super) async fn release(
    operator: Operator,
    State(api): State<Api>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answered<Released>, Refusal> {
    let why: Reason = parse(body)?;
    let who = operator.asking("release the fence", &why, why.reason.as_deref())?;
    let given = api.handle.release_fence(who).await??;
    let is_changed = given.answer;
    Ok(Answered(Given {
        answer: Released { is_changed },
        is_repeated: given.is_repeated,
    }))
}

/// From when on declines are read.
fn days_ago(now: Timestamp) -> Timestamp {
    let span = Duration::from_hours(u64::from(DECLINES_DAYS) * 24);
    now.checked_sub(span).unwrap_or(Timestamp::MIN)
}

fn difference(row: DifferenceView, reader: &Reader) -> Difference {
    Difference {
        merchant_uid: reader.merchant_uid(&row.subscription, row.cycle),
        subscription: row.subscription,
        cycle: row.cycle,
        amount: row.amount,
        ours: row.ours,
        theirs: row.theirs,
        found_at: instant(row.found_at),
    }
}

fn doubt(row: DoubtView, reader: &Reader) -> Doubt {
    Doubt {
        merchant_uid: reader.merchant_uid(&row.subscription, row.cycle),
        subscription: row.subscription,
        cycle: row.cycle,
        amount: row.amount,
        begun_at: instant(row.begun_at),
        asked: row.asked,
        cause: row.cause,
        message: row.message,
    }
}

impl From<unread::Unread> for Unread {
    fn from(found: unread::Unread) -> Self {
        let pg = found.pg.as_ref().map(PgName::to_string);
        let table = match &pg {
            Some(pg) => format!("[gateway.codes.{pg}]"),
            None => "[gateway.codes]".to_owned(),
        };
        let write = found.code.as_ref();
        Self {
            write: write.map(|code| format!("{table} {code} = \"CLASS\"")),
            pg,
            code: found.code,
            times: found.times,
            last_at: found.last_at.to_string(),
            example: found.example,
        }
    }
}

impl From<HoldView> for Hold {
    fn from(row: HoldView) -> Self {
        Self {
            subscription: row.subscription,
            reason: row.reason,
            status: row.status,
        }
    }
}
