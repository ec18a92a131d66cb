//! What is asked for to be counted.

use crate::control::client::{Client, NoResult};
use crate::control::protocol::recovery::Recovery;

impl Client {
    /// What dunning brought in, for cycles that were declined since then; since ever when nobody says.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn recovery(&self, since: Option<&str>) -> Result<Recovery, NoResult> {
        self.ask(self.get(&["report", "recovery"], &[("since", since)]))
            .await
    }
}
