//! Reports: what is on record, counted.

use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;

use crate::control::protocol::recovery::{Recovered, Recovery, Rung};
use crate::control::server::Api;
use crate::control::server::refusal::Refusal;
use crate::core::share::Share;
use crate::store::{RecoveredView, RungView};

/// Since when.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    since: Option<String>,
}

/// What dunning brought in: by plan, class and rung.
pub(super) async fn recovery(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Recovery>, Refusal> {
    let Query(Asked { since }) = asked?;
    let since = match since {
        None => Timestamp::UNIX_EPOCH,
        Some(text) => text.parse().map_err(|_| {
            Refusal::invalid(format!(
                "since: {text:?} is no instant: write it like 2026-01-31T00:00:00+09:00"
            ))
        })?,
    };
    let plans = api.reader.recovery_by_plan(since).await?;
    let rungs = api.reader.recovery_by_rung(since).await?;
    Ok(Json(Recovery {
        since: since.to_string(),
        plans: plans.into_iter().map(Into::into).collect(),
        rungs: rungs.into_iter().map(Into::into).collect(),
    }))
}

impl From<RecoveredView> for Recovered {
    fn from(row: RecoveredView) -> Self {
        let (declined, recovered) = (count(row.declined), count(row.paid));
        let waiting = count(row.waiting);
        // What is still owed may yet be paid: it says nothing about the share.
        let share = Share::new(recovered, declined - waiting.min(declined));
        let (low_bp, high_bp) = share.interval();
        Self {
            plan: row.plan,
            declined,
            recovered,
            waiting,
            owed_won: row.owed_won,
            recovered_won: row.paid_won,
            recovered_bp: share.part(),
            low_bp,
            high_bp,
        }
    }
}

impl From<RungView> for Rung {
    fn from(row: RungView) -> Self {
        let share = Share::new(count(row.paid), count(row.tries));
        let (low_bp, high_bp) = share.interval();
        Self {
            plan: row.plan,
            class: row.class,
            rung: row.rung,
            tries: share.of(),
            recovered: share.hits(),
            recovered_won: row.won,
            recovered_bp: share.part(),
            low_bp,
            high_bp,
        }
    }
}

/// A count of rows, which is never negative.
fn count(rows: i64) -> u64 {
    u64::try_from(rows).unwrap_or(0)
}
