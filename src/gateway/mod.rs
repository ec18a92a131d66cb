//! The port to the gateway: what the engine may ask, whoever answers. It does not know why it is
//! asked, and not whether a retry will follow.

pub mod iamport;
pub mod simulator;

use std::future::Future;

use jiff::Timestamp;

use crate::core::answer::{Answer, Finding, Receipt, Unanswered};
use crate::core::order::Order;

/// How many orders one request looks up. docs: `GET /payments`, at most 100 uids.
pub const PAID_MAX: usize = 100;

/// Somebody who takes orders: the i'mport client, or the simulated gateway in this process.
///
/// Dropping a future does not undo what it sent.
pub trait Gateway: Send + Sync + 'static {
    /// Asks for one charge, with at most one request that could lead to one.
    fn charge(&self, order: &Order) -> impl Future<Output = Result<Answer, Unanswered>> + Send;

    /// Looks up every payment under the order's uid. Charges nothing.
    fn find(&self, order: &Order) -> impl Future<Output = Result<Finding, Unanswered>> + Send;

    /// Looks up the newest payment of each of these orders, [`PAID_MAX`] at most, in one request: a receipt
    /// where that is a payment as we asked for it. What has none is not thereby unpaid: look it up by itself.
    /// Charges nothing.
    fn paid_of(
        &self,
        orders: &[Order],
    ) -> impl Future<Output = Result<Vec<Option<Receipt>>, Unanswered>> + Send;

    /// Proves that the gateway can be reached and takes our key; gives the gateway's time.
    ///
    /// # Errors
    /// In words for the operator: what was refused, or why nobody answered.
    fn check(&self) -> impl Future<Output = Result<Timestamp, Refusal>> + Send;
}

impl<G: Gateway> Gateway for std::sync::Arc<G> {
    async fn charge(&self, order: &Order) -> Result<Answer, Unanswered> {
        G::charge(self, order).await
    }

    async fn find(&self, order: &Order) -> Result<Finding, Unanswered> {
        G::find(self, order).await
    }

    async fn paid_of(&self, orders: &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered> {
        G::paid_of(self, orders).await
    }

    async fn check(&self) -> Result<Timestamp, Refusal> {
        G::check(self).await
    }
}

/// Why [`Gateway::check`] failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The key or secret is wrong, or this machine's address is not allowed.
    #[error("the gateway refuses our key: {0}")]
    Key(String),
    /// Nobody could be asked.
    #[error("the gateway does not answer: {0}")]
    Silence(String),
}
