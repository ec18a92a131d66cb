//! What a person decides for everybody at once.

use std::time::Duration;

use crate::control::client::{Client, NoResult, Told};
use crate::control::protocol::cards::Expiring;
use crate::control::protocol::consent::Want;
use crate::control::protocol::plans::{Applied, Apply, Changes, Diff};
use crate::control::protocol::sweep::{Approval, Approved};
use crate::control::protocol::{Reason, Reconciled, Rows};

/// How long a comparison with the gateway may take. It uses the gaps that charges leave.
const COMPARED_WITHIN: Duration = Duration::from_hours(24);

/// How long it may take to change everybody's plan: it is one transaction.
const APPLIED_WITHIN: Duration = Duration::from_mins(10);

impl Client {
    /// Lets out the held batch of this name.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn approve(&self, approval: &Approval) -> Result<Told<Approved>, NoResult> {
        self.tell(self.post(&["sweep", "approve"], approval)).await
    }

    /// A page of those whose price rises and who have not agreed to that.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn consents(
        &self,
        days: Option<u32>,
        after: Option<&str>,
    ) -> Result<Rows<Want>, NoResult> {
        let days = days.map(|days| days.to_string());
        let query = [("days", days.as_deref()), ("after", after)];
        self.ask(self.get(&["consents"], &query)).await
    }

    /// A page of those whose card expires before a charge.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn cards(
        &self,
        days: Option<u32>,
        after: Option<&str>,
    ) -> Result<Rows<Expiring>, NoResult> {
        let days = days.map(|days| days.to_string());
        let query = [("days", days.as_deref()), ("after", after)];
        self.ask(self.get(&["cards"], &query)).await
    }

    /// What newer versions of plans would change for those who subscribed before.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn plan_diff(&self, cycles: Option<u32>) -> Result<Diff, NoResult> {
        let cycles = cycles.map(|cycles| cycles.to_string());
        let query = [("cycles", cycles.as_deref())];
        self.ask(self.get(&["plans", "diff"], &query)).await
    }

    /// A page of those for whom it would.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn plan_changes(
        &self,
        cycles: Option<u32>,
        after: Option<&str>,
    ) -> Result<Changes, NoResult> {
        let cycles = cycles.map(|cycles| cycles.to_string());
        let query = [("cycles", cycles.as_deref()), ("after", after)];
        self.ask(self.get(&["plans", "changes"], &query)).await
    }

    /// Applies the change of this name.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn apply_plans(&self, apply: &Apply) -> Result<Told<Applied>, NoResult> {
        let asked = self.post(&["plans", "apply"], apply);
        self.tell(asked.timeout(APPLIED_WITHIN)).await
    }

    /// Compares the books with the gateway's; it takes as long as it takes.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn reconcile(&self) -> Result<Reconciled, NoResult> {
        let asked = self.post(&["reconcile"], &Reason::default());
        self.ask(asked.timeout(COMPARED_WITHIN)).await
    }
}
