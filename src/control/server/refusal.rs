//! Why a request is not carried out, as an HTTP status and a body. The one place that knows both.

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection, QueryRejection};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::control::protocol::{Failed, Fault, Kind};
use crate::engine::handle::Gone;
use crate::store::{KeyTaken, NotAdded, NotApplied, NotDone, StoreError};

/// Why a request is not carried out. Nothing of it was written.
#[derive(Debug)]
pub(super) struct Refusal(Fault);

impl Refusal {
    pub(super) fn new(kind: Kind, message: impl Into<String>) -> Self {
        let message = message.into();
        Self(Fault { kind, message })
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(Kind::Invalid, message)
    }

    pub(super) fn not_permitted(uid: Option<u32>) -> Self {
        let who = uid.map_or("this user".to_owned(), |uid| format!("uid {uid}"));
        Self::new(
            Kind::NotPermitted,
            format!(
                "{who} may read but not change anything: use sudo, or name the user under \
                 operators in [daemon]"
            ),
        )
    }

    pub(super) fn no_such_path() -> Self {
        Self::new(
            Kind::NotFound,
            "no such path: this daemon answers under /v1",
        )
    }

    pub(super) fn no_such_method() -> Self {
        Self::invalid("this path takes another method: GET reads, POST changes")
    }

    /// The same, with an instant written as whoever gave it wrote it.
    pub(super) fn in_the_words_of(mut self, at: Timestamp, written: &str) -> Self {
        self.0.message = self.0.message.replace(&at.to_string(), written);
        self
    }

    /// The body of an answer about one of many.
    pub(super) fn into_failed(self) -> Failed {
        Failed { error: self.0 }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = match self.0.kind {
            Kind::NotFound => StatusCode::NOT_FOUND,
            Kind::Conflict => StatusCode::CONFLICT,
            Kind::Invalid => StatusCode::BAD_REQUEST,
            Kind::NotPermitted => StatusCode::FORBIDDEN,
            Kind::Stopping => StatusCode::SERVICE_UNAVAILABLE,
            Kind::Failed => StatusCode::INTERNAL_SERVER_ERROR,
        };
        (status, Json(self.into_failed())).into_response()
    }
}

impl From<Gone> for Refusal {
    fn from(gone: Gone) -> Self {
        Self::new(Kind::Stopping, format!("{gone}: try again in a moment"))
    }
}

impl From<NotAdded> for Refusal {
    fn from(why: NotAdded) -> Self {
        let kind = match why {
            NotAdded::Taken { .. } | NotAdded::OnPlanAlready { .. } | NotAdded::TimeUnknown => {
                Kind::Conflict
            }
            NotAdded::UnknownPlan { .. }
            | NotAdded::ManyDue { .. }
            | NotAdded::PlanOver { .. }
            | NotAdded::TooMany { .. }
            | NotAdded::NoCoupon { .. }
            | NotAdded::BeyondCalendar => Kind::Invalid,
        };
        Self::new(kind, why.to_string())
    }
}

impl From<NotDone> for Refusal {
    fn from(why: NotDone) -> Self {
        let kind = match why {
            NotDone::Unknown(_) => Kind::NotFound,
            NotDone::NotYet { .. } | NotDone::Past { .. } | NotDone::NoCoupon { .. } => {
                Kind::Invalid
            }
            NotDone::Refused(_)
            | NotDone::MissedCycle { .. }
            | NotDone::TimeUnknown
            | NotDone::HistoryUnknown { .. }
            | NotDone::OtherCycle { .. }
            | NotDone::NothingWaits(_)
            | NotDone::EndsBefore { .. }
            | NotDone::Bound { .. }
            | NotDone::NothingMissed(_)
            | NotDone::FixedDay(_)
            | NotDone::AgreedLater { .. }
            | NotDone::NotRetried(_)
            | NotDone::NotChanged(_)
            | NotDone::KeyTaken(_) => Kind::Conflict,
        };
        Self::new(kind, why.to_string())
    }
}

impl From<NotApplied> for Refusal {
    fn from(why: NotApplied) -> Self {
        match why {
            NotApplied::Key(taken) => taken.into(),
            NotApplied::Nothing
            | NotApplied::TimeUnknown
            | NotApplied::HistoryUnknown
            | NotApplied::TooDear { .. }
            | NotApplied::Another { .. } => Self::new(Kind::Conflict, why.to_string()),
        }
    }
}

impl From<KeyTaken> for Refusal {
    fn from(why: KeyTaken) -> Self {
        Self::new(Kind::Conflict, why.to_string())
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        // The causes name files and statements: they are for the log, not for whoever may read.
        let causes: Vec<String> =
            std::iter::successors(std::error::Error::source(&error), |e| e.source())
                .map(ToString::to_string)
                .collect();
        tracing::error!(causes = causes.join(": "), "control: {error}");
        Self::new(Kind::Failed, format!("{error}: see journalctl -u dues"))
    }
}

impl From<QueryRejection> for Refusal {
    fn from(rejection: QueryRejection) -> Self {
        Self::invalid(format!(
            "the query cannot be read: {}",
            rejection.body_text()
        ))
    }
}

impl From<BytesRejection> for Refusal {
    fn from(rejection: BytesRejection) -> Self {
        Self::invalid(format!(
            "the body cannot be read: {}",
            rejection.body_text()
        ))
    }
}

impl From<PathRejection> for Refusal {
    fn from(rejection: PathRejection) -> Self {
        Self::invalid(format!(
            "the path cannot be read: {}",
            rejection.body_text()
        ))
    }
}

/// Reads a JSON body whatever its content type says, for `curl --data` sends another one. An empty
/// body is an empty object.
///
/// # Errors
/// [`Refusal`] when it is too long or not what is wanted.
pub(super) fn parse<T: DeserializeOwned>(
    body: Result<Bytes, BytesRejection>,
) -> Result<T, Refusal> {
    let body = body?;
    let text: &[u8] = if body.is_empty() { b"{}" } else { &body };
    serde_json::from_slice(text)
        .map_err(|error| Refusal::invalid(format!("the body cannot be read: {error}")))
}
