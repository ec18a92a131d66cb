//! What a person asks of one subscription: who asks, of which, in which words, and why. Whoever may not ask
//! is refused before a word is read.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::control::protocol::Changed;
use crate::control::server::Api;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::refusal::{Refusal, parse};
use crate::core::order::SubscriptionId;
use crate::store::{Command, Given, NotDone};

/// The answer to a wish.
pub(super) type Reply = Result<Answered<Changed>, Refusal>;

/// A wish in the words of `T`.
#[derive(Debug)]
pub(super) struct Wish<T> {
    /// The words.
    pub(super) words: T,
    /// Why, as it was written.
    pub(super) reason: Option<String>,
    id: SubscriptionId,
    operator: Operator,
    api: Api,
}

/// What every wish may say.
#[derive(Deserialize)]
struct Why {
    reason: Option<String>,
}

impl<T: DeserializeOwned> FromRequest<Api> for Wish<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        let (mut parts, body) = request.into_parts();
        let operator = Operator::from_request_parts(&mut parts, api).await?;
        let path = Path::from_request_parts(&mut parts, api).await;
        let body = Bytes::from_request(Request::from_parts(parts, body), api).await?;
        let words = parse(Ok(body.clone()))?;
        let Why { reason } = parse(Ok(body))?;

        let Path(id): Path<String> = path?;
        // What cannot be an id is nobody's.
        let id = SubscriptionId::parse(&id).map_err(|_| NotDone::Unknown(id))?;
        Ok(Self {
            words,
            reason,
            id,
            operator,
            api: api.clone(),
        })
    }
}

impl<T: Serialize> Wish<T> {
    /// Has the command carried out that the wish comes to; `what` tells it from other wishes that came in
    /// the same words under the same idempotency key.
    pub(super) async fn carry_out(
        self,
        what: &str,
        command: impl FnOnce(SubscriptionId) -> Command,
    ) -> Reply {
        let what = format!("{what} {}", self.id);
        let who = self
            .operator
            .asking(&what, &self.words, self.reason.as_deref())?;
        let given = self.api.handle.command(command(self.id), who).await??;
        Ok(Answered(Given {
            answer: given.answer.into(),
            is_repeated: given.is_repeated,
        }))
    }
}
