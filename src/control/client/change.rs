//! What a person asks of one subscription.

use serde::Serialize;

use crate::control::client::{Client, NoResult, Told, nameable};
use crate::control::protocol::change::{Cancel, NewCard, NewPlan, NewQuantity, Pause};
use crate::control::protocol::consent::Consent;
use crate::control::protocol::{Changed, Coupon, Freed, Reason, Retry, Skip};

impl Client {
    /// Stops charging for a while.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn pause(&self, id: &str, pause: &Pause) -> Result<Told<Changed>, NoResult> {
        self.change(id, "pause", pause).await
    }

    /// Charges again.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn resume(&self, id: &str, freed: &Freed) -> Result<Told<Changed>, NoResult> {
        self.change(id, "resume", freed).await
    }

    /// Stops charging for a reason that is not the customer's wish.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn suspend(&self, id: &str, why: &Reason) -> Result<Told<Changed>, NoResult> {
        self.change(id, "suspend", why).await
    }

    /// Charges again what was suspended.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn reactivate(&self, id: &str, freed: &Freed) -> Result<Told<Changed>, NoResult> {
        self.change(id, "reactivate", freed).await
    }

    /// Ends a subscription.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn cancel(&self, id: &str, cancel: &Cancel) -> Result<Told<Changed>, NoResult> {
        self.change(id, "cancel", cancel).await
    }

    /// Takes back an end that is still to come.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn uncancel(&self, id: &str, why: &Reason) -> Result<Told<Changed>, NoResult> {
        self.change(id, "uncancel", why).await
    }

    /// Lifts a hold.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn release(&self, id: &str, freed: &Freed) -> Result<Told<Changed>, NoResult> {
        self.change(id, "release", freed).await
    }

    /// Skips the cycle that waits.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn skip(&self, id: &str, skip: &Skip) -> Result<Told<Changed>, NoResult> {
        self.change(id, "skip", skip).await
    }

    /// Redeems a coupon.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn coupon(&self, id: &str, coupon: &Coupon) -> Result<Told<Changed>, NoResult> {
        self.change(id, "coupon", coupon).await
    }

    /// Takes its coupon away.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn uncoupon(&self, id: &str, why: &Reason) -> Result<Told<Changed>, NoResult> {
        self.change(id, "uncoupon", why).await
    }

    /// Changes how many it has.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn change_quantity(
        &self,
        id: &str,
        new: &NewQuantity,
    ) -> Result<Told<Changed>, NoResult> {
        self.change(id, "quantity", new).await
    }

    /// Tries the cycle that is owed now.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn retry(&self, id: &str, retry: &Retry) -> Result<Told<Changed>, NoResult> {
        self.change(id, "retry", retry).await
    }

    /// Changes its plan.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn change_plan(&self, id: &str, new: &NewPlan) -> Result<Told<Changed>, NoResult> {
        self.change(id, "plan", new).await
    }

    /// Charges another card from now on.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn card(&self, id: &str, card: &NewCard) -> Result<Told<Changed>, NoResult> {
        self.change(id, "card", card).await
    }

    /// Writes down that the customer agreed to a price.
    ///
    /// # Errors
    /// [`NoResult`].
    pub async fn consent(&self, id: &str, consent: &Consent) -> Result<Told<Changed>, NoResult> {
        self.change(id, "consent", consent).await
    }

    async fn change(
        &self,
        id: &str,
        verb: &str,
        body: &impl Serialize,
    ) -> Result<Told<Changed>, NoResult> {
        let path = ["subscriptions", nameable(id)?, verb];
        self.tell(self.post(&path, body)).await
    }
}
