//! Whom to ask for another card.

use serde::{Deserialize, Serialize};

/// Somebody whose card does not live to see a charge.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expiring {
    /// The subscription.
    pub subscription: String,
    /// Its card.
    pub customer_uid: String,
    /// Its plan.
    pub plan: String,
    /// The last month of the card, as was told.
    pub card_expires: String,
    /// The first cycle that is charged later.
    pub cycle: u32,
    /// When that is: another card is wanted before.
    pub at: String,
}
