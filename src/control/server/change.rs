//! Commands about one subscription.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{Path, State};

use crate::control::protocol::{self, Changed, Freed, NewCard, Nothing};
use crate::control::server::Api;
use crate::control::server::peer::Operator;
use crate::control::server::refusal::{Refusal, parse};
use crate::core::order::{CustomerUid, SubscriptionId};
use crate::store::{Command, Missed, NotDone};

type Id = Result<Path<String>, PathRejection>;
type Body = Result<Bytes, BytesRejection>;
type Reply = Result<Json<Changed>, Refusal>;

pub(super) async fn pause(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let Nothing {} = parse(body)?;
    command(&api, &operator, Command::Pause(id_of(id)?)).await
}

pub(super) async fn resume(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let freed: Freed = parse(body)?;
    let resume = Command::Resume(id_of(id)?, freed.missed.map(missed));
    command(&api, &operator, resume).await
}

pub(super) async fn cancel(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let Nothing {} = parse(body)?;
    command(&api, &operator, Command::Cancel(id_of(id)?)).await
}

pub(super) async fn release(
    operator: Operator,
    State(api): State<Api>,
    id: Id,
    body: Body,
) -> Reply {
    let freed: Freed = parse(body)?;
    let release = Command::Release(id_of(id)?, freed.missed.map(missed));
    command(&api, &operator, release).await
}

pub(super) async fn card(operator: Operator, State(api): State<Api>, id: Id, body: Body) -> Reply {
    let card: NewCard = parse(body)?;
    let customer_uid =
        CustomerUid::parse(&card.customer_uid).map_err(|bad| Refusal::invalid(bad.to_string()))?;
    command(
        &api,
        &operator,
        Command::ChangeCard(id_of(id)?, customer_uid),
    )
    .await
}

async fn command(api: &Api, operator: &Operator, command: Command) -> Reply {
    let changed = api.handle.command(command, &operator.actor).await??;
    Ok(Json(changed.into()))
}

/// What cannot be an id is nobody's.
fn id_of(id: Id) -> Result<SubscriptionId, Refusal> {
    let Path(text) = id?;
    SubscriptionId::parse(&text).map_err(|_| NotDone::Unknown(text).into())
}

const fn missed(missed: protocol::Missed) -> Missed {
    match missed {
        protocol::Missed::Skip => Missed::Skip,
        protocol::Missed::ChargeLatest => Missed::ChargeLatest,
    }
}
