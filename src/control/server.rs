//! The daemon's end of the socket. Whom the socket's mode lets in may read; root, the daemon's own
//! user and the configured operators may change things. A reply to a change means committed.

mod add;
mod ahead;
mod cards;
mod change;
mod consent;
mod doctor;
mod explain;
mod export;
mod peer;
mod plans;
mod preview;
mod read;
mod refusal;
mod report;
mod rows;
mod status;
mod sweep;
mod tally;
mod wish;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};
use axum::{Json, Router};
use jiff::Timestamp;
use tokio::net::UnixListener;
use tokio::sync::oneshot;

use crate::control::protocol::Reconciled;
use crate::control::server::peer::{Operator, Peer};
use crate::control::server::refusal::Refusal;
use crate::core::decline::Codes;
use crate::engine::handle::Handle;
use crate::store::Reader;

pub use crate::control::server::tally::Tally;

/// The largest body, in bytes: a batch with the longest names fits in.
const BODY_MAX: usize = 2 << 20;

/// How long a request that is under way may take once the daemon is going down.
const DRAIN_WITHIN: Duration = Duration::from_secs(5);

/// What the socket answers with. Cheap to clone.
#[derive(Clone)]
pub struct Api {
    /// The engine.
    pub handle: Handle,
    /// The books.
    pub reader: Reader,
    /// What is counted of them for the front page.
    pub tally: Tally,
    /// What time it is for the daemon.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Who may change things.
    pub permissions: Permissions,
    /// What does not change while the daemon runs.
    pub facts: Facts,
}

/// Who may change things besides root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// The daemon's own user.
    pub own_uid: u32,
    /// The configured operators.
    pub operators: Vec<u32>,
}

/// What does not change while the daemon runs.
#[derive(Clone)]
pub struct Facts {
    /// The daemon's version.
    pub version: String,
    /// Whether money is real, in the words of the configuration.
    pub mode: String,
    /// Where the gateway is.
    pub gateway_host: String,
    /// What the PGs' codes mean, where the operator knows better.
    pub codes: Arc<Codes>,
    /// When the daemon started.
    pub started_at: Timestamp,
    /// By how many seconds the machine's clock is ahead of the daemon's.
    pub clock_skew: Arc<dyn Fn() -> i64 + Send + Sync>,
}

impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("permissions", &self.permissions)
            .field("facts", &self.facts)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("version", &self.version)
            .field("mode", &self.mode)
            .field("gateway_host", &self.gateway_host)
            .field("started_at", &self.started_at)
            .finish_non_exhaustive()
    }
}

/// Answers on the socket until `shutdown` is over; then takes no more requests and lets those under
/// way end within [`DRAIN_WITHIN`].
///
/// # Errors
/// When the socket breaks.
pub async fn serve(
    listener: UnixListener,
    api: Api,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let (stopping, stopped) = oneshot::channel::<()>();
    let shutdown = async move {
        shutdown.await;
        drop(stopping);
    };
    let (tally, now) = (api.tally.clone(), api.now.clone());
    let service = router(api).into_make_service_with_connect_info::<Peer>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(shutdown);
    // A peer that holds a connection open and says nothing must not keep the daemon from going down.
    let patience = async {
        stopped.await.ok();
        tokio::time::sleep(DRAIN_WITHIN).await;
    };

    tokio::select! {
        served = serving => served,
        () = patience => Ok(()),
        () = tally.count_when_wanted(|| now()) => Ok(()),
    }
}

fn router(api: Api) -> Router {
    Router::new()
        .route("/v1/status", get(status::status))
        .route("/v1/doctor", get(doctor::doctor))
        .route("/v1/fence/release", post(doctor::release))
        .route("/v1/sweep/approve", post(sweep::approve))
        .route("/v1/subscriptions", get(read::list).post(add::add))
        .route("/v1/subscriptions/{id}", get(read::show))
        .route("/v1/subscriptions/{id}/explain", get(explain::explain))
        .route("/v1/subscriptions/{id}/preview", get(preview::subscription))
        .route("/v1/plans/{id}/preview", get(preview::plan))
        .route("/v1/plans/diff", get(plans::diff))
        .route("/v1/plans/changes", get(plans::changes))
        .route("/v1/plans/apply", post(plans::apply))
        .route("/v1/preview", get(preview::fleet))
        .route("/v1/subscriptions/{id}/pause", post(change::pause))
        .route("/v1/subscriptions/{id}/resume", post(change::resume))
        .route("/v1/subscriptions/{id}/cancel", post(change::cancel))
        .route("/v1/subscriptions/{id}/suspend", post(change::suspend))
        .route(
            "/v1/subscriptions/{id}/reactivate",
            post(change::reactivate),
        )
        .route("/v1/subscriptions/{id}/uncancel", post(change::uncancel))
        .route("/v1/subscriptions/{id}/release", post(change::release))
        .route("/v1/subscriptions/{id}/card", post(change::card))
        .route("/v1/subscriptions/{id}/plan", post(change::plan))
        .route("/v1/subscriptions/{id}/skip", post(change::skip))
        .route("/v1/subscriptions/{id}/coupon", post(change::coupon))
        .route("/v1/subscriptions/{id}/uncoupon", post(change::uncoupon))
        .route("/v1/subscriptions/{id}/quantity", post(change::quantity))
        .route("/v1/subscriptions/{id}/consent", post(consent::consent))
        .route("/v1/consents", get(consent::wanted))
        .route("/v1/cards", get(cards::expiring))
        .route("/v1/subscriptions/{id}/retry", post(change::retry))
        .route("/v1/report/recovery", get(report::recovery))
        .route("/v1/export/{what}", get(export::export))
        .route("/v1/reconcile", post(reconcile))
        .fallback(async || Refusal::no_such_path())
        .method_not_allowed_fallback(async || Refusal::no_such_method())
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .with_state(api)
}

async fn reconcile(
    _operator: Operator,
    axum::extract::State(api): axum::extract::State<Api>,
) -> Result<Json<Reconciled>, Refusal> {
    let came_to = api.handle.reconcile().await?;
    Ok(Json(Reconciled {
        compared: came_to.compared,
        differing: came_to.differing,
        unanswered: came_to.unanswered,
    }))
}
