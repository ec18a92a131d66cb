//! Everything there is, page by page.

use axum::Json;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::control::protocol::{Attempt, Event, Export, Subscription};
use crate::control::server::Api;
use crate::control::server::read::{limit, place, rows_of};
use crate::control::server::refusal::Refusal;
use crate::control::server::rows;
use crate::store::Page;

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    after: Option<String>,
    limit: Option<u32>,
}

pub(super) async fn export(
    State(api): State<Api>,
    what: Result<Path<Export>, PathRejection>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Response, Refusal> {
    let (Path(what), Query(asked)) = (what?, asked?);
    let limit = limit(asked.limit)?;
    let after = asked.after.as_deref();

    match what {
        Export::Subscriptions => {
            let [after] = place(after)?;
            let views = api
                .reader
                .subscriptions(Page { after, limit }, None)
                .await?;
            let page = rows_of(views, limit, |row| [row.key], Subscription::from);
            Ok(Json(page).into_response())
        }
        Export::Cycles => {
            let [key, n] = place(after)?;
            let after = (key, n);
            let views = api.reader.cycles(Page { after, limit }).await?;
            let place = |row: &_| place_of_cycle(row);
            let page = rows_of(views, limit, place, |row| rows::cycle(row, &api.reader));
            Ok(Json(page).into_response())
        }
        Export::Attempts => {
            let [key, n, k] = place(after)?;
            let after = (key, n, k);
            let views = api.reader.attempts(Page { after, limit }).await?;
            let place =
                |row: &crate::store::AttemptView| [row.subscription_key, row.cycle, row.attempt];
            Ok(Json(rows_of(views, limit, place, Attempt::from)).into_response())
        }
        Export::Events => {
            let [after] = place(after)?;
            let views = api.reader.journal(Page { after, limit }).await?;
            let page = rows_of(views, limit, |row| [row.seq], Event::from);
            Ok(Json(page).into_response())
        }
    }
}

const fn place_of_cycle(row: &crate::store::CycleView) -> [i64; 2] {
    [row.subscription_key, row.cycle]
}
