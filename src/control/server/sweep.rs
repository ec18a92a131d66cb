//! Held batches: what they are made of, and a person's word.

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;

use crate::control::protocol::Kind;
use crate::control::protocol::sweep::{Approval, Approved, Held, Part};
use crate::control::server::Api;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::refusal::{Refusal, parse};
use crate::control::server::rows::instant;
use crate::store::{self, Given, NotApproved, Reader};

pub(super) async fn approve(
    operator: Operator,
    State(api): State<Api>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answered<Approved>, Refusal> {
    let approval: Approval = parse(body)?;
    let who = operator.asking("approve", &approval, approval.reason.as_deref())?;
    let given = api.handle.approve(&approval.hash, who).await??;
    let total = given.answer;
    Ok(Answered(Given {
        answer: Approved {
            hash: approval.hash,
            charges: total.charges,
            won: total.won,
        },
        is_repeated: given.is_repeated,
    }))
}

/// What is held, if anything is.
pub(super) async fn held(reader: &Reader) -> Result<Option<Held>, Refusal> {
    let held = reader.held().await?;
    Ok(held.map(|(held, parts)| Held {
        hash: held.hash,
        why: held.why,
        until: held.until.to_string(),
        charges: held.total.charges,
        won: held.total.won,
        parts: parts.into_iter().map(part).collect(),
    }))
}

fn part(part: store::Part) -> Part {
    let reason = if part.reason.is_empty() {
        "foretold"
    } else {
        part.reason
    };
    Part {
        plan: part.plan,
        reason: reason.to_owned(),
        charges: part.total.charges,
        won: part.total.won,
        first_due_at: instant(part.first_due_at),
        last_due_at: instant(part.last_due_at),
        example: part.example,
    }
}

impl From<NotApproved> for Refusal {
    fn from(why: NotApproved) -> Self {
        match why {
            NotApproved::Key(taken) => taken.into(),
            NotApproved::NothingHeld | NotApproved::Another { .. } => {
                Self::new(Kind::Conflict, why.to_string())
            }
        }
    }
}
