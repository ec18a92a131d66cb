//! A cycle at work: its row, what the machine makes of it, and the state in which it was read.

use std::sync::Arc;

use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::consent::{self, Consent, Rise};
use crate::core::cycle::{Cycle, State};
use crate::core::order::{Installation, MerchantUid, SubscriptionId, UidNo};
use crate::core::plan::Terms;
use crate::core::price::Price;
use crate::store::pending::Seen;
use crate::store::rows::{CycleRow, WorkRow};
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::CycleKey;
use crate::store::uids::Uids;
use crate::store::{StoreError, columns};

/// A cycle on its way through a turn.
#[derive(Debug)]
pub(super) struct Work {
    /// Beside it, because it is large and the rest is moved often.
    pub(super) row: Box<WorkRow>,
    pub(super) cycle: Cycle,
    pub(super) terms: Arc<Terms>,
    pub(super) price: Price,
    pub(super) id: SubscriptionId,
    pub(super) seen: Seen,
    /// Which of its uids what happens is about.
    pub(super) about: UidNo,
    /// Its attempts, where they were made under more than one uid.
    pub(super) uids: Uids,
}

impl Work {
    /// The key of the cycle.
    pub(super) const fn key(&self) -> CycleKey {
        self.row.key()
    }

    /// The card that its newest attempt was made with: of one that is only known from the gateway, the card of the
    /// subscription.
    pub(super) fn card(&self) -> &str {
        let charged = self.row.charged_uid.as_deref();
        charged.unwrap_or(&self.row.subscription.customer_uid)
    }

    /// Whether it was never tried when it was read, and is now.
    pub(super) fn has_begun(&self) -> bool {
        self.seen.is_scheduled() && matches!(self.cycle.state, State::Charging { .. })
    }

    /// The number of the cycle.
    pub(super) fn n(&self) -> Result<CycleNo, StoreError> {
        let number = u32::try_from(self.row.cycle.n).ok();
        number
            .and_then(|number| CycleNo::parse(number).ok())
            .ok_or_else(|| self.corrupt("the number of a cycle"))
    }

    /// One of the uids of the cycle.
    pub(super) fn uid(
        &self,
        installation: &Installation,
        no: UidNo,
    ) -> Result<MerchantUid, StoreError> {
        let own = MerchantUid::of(installation, &self.id, self.n()?);
        Ok(if no == UidNo::FIRST {
            own
        } else {
            own.numbered(no)
        })
    }

    /// When the cycle is due.
    pub(super) fn due_at(&self) -> Result<Timestamp, StoreError> {
        columns::instant(self.id.as_str(), self.row.cycle.due_at)
    }

    /// When the cycle after this one is due; nothing when there is none.
    pub(super) fn next_due_at(&self) -> Result<Option<Timestamp>, StoreError> {
        let contract = self.row.subscription.contract()?;
        let next = self.n()?.next();
        let next = next.and_then(|next| self.terms.enrolment(contract, next, i64::MAX));
        let next = next.map_err(|_| self.corrupt("a cycle inside the calendar"))?;
        Ok(next.map(|next| next.due_at))
    }

    /// How many cycles are due at `now`, from this one on; more than a few are not counted.
    pub(super) fn cycles_due(&self, now: Timestamp) -> Result<u8, StoreError> {
        let anchor = self.row.subscription.contract()?.anchor;
        self.terms
            .cycles_due(anchor, self.n()?, now)
            .map_err(|_| self.corrupt("a cycle inside the calendar"))
    }

    /// Whether its customer agreed to its price, as far as that is needed.
    pub(super) fn consent(&self, now: Timestamp) -> Result<Consent, StoreError> {
        match self.row.cycle.rise() {
            None => Ok(Consent::NotNeeded),
            rise @ Some(_) => Ok(consent::judge(rise, self.row.agreement()?, now)),
        }
    }

    /// What a whole cycle costs, for the one after it to be compared with. What nobody was asked for is
    /// no price that anybody agreed to: then it is what this one rises from.
    pub(super) fn regular(&self) -> Result<i64, StoreError> {
        let is_asked_for = !matches!(self.cycle.state, State::Skipped(_));
        if let (false, Some(Rise { from, .. })) = (is_asked_for, self.row.cycle.rise()) {
            return Ok(from);
        }
        let contract = self.row.subscription.contract()?;
        Ok(self.terms.plan.regular(contract, self.n()?))
    }

    /// Whether it was never tried.
    pub(super) fn is_scheduled(&self) -> bool {
        matches!(self.cycle.state, State::Scheduled { .. })
    }

    /// Whether it is a retry that is looked at later than its own moment.
    pub(super) fn is_put_off(&self) -> bool {
        let is_later = self.row.cycle.wake_at > self.row.cycle.act_at;
        is_later && matches!(self.cycle.state, State::Retrying { .. })
    }

    pub(super) fn corrupt(&self, wanted: &'static str) -> StoreError {
        columns::corrupt_subscription(self.id.as_str(), &self.row.cycle.n.to_string(), wanted)
    }
}

/// The rows in what a statement over the view `work` gives.
pub(super) fn rows(text: &str) -> Result<Vec<WorkRow>, StoreError> {
    serde_json::from_str(text).map_err(|why| StoreError::Corrupt {
        place: "the view work".to_owned(),
        found: why.to_string(),
        wanted: "a list of cycles",
    })
}

/// A new cycle is not looked at before it exists. What was let out to be charged was there then: what
/// comes in later with a date in the past is weighed by itself.
pub(super) fn not_before(now: Timestamp, mut row: CycleRow) -> CycleRow {
    row.wake_at = row.wake_at.max(Some(now.as_microsecond()));
    row
}

/// The row of a cycle that is due by the anchor, after one that cost so much; nothing after the plan's
/// last one.
pub(super) fn new_cycle(
    subscription: &SubscriptionRow,
    terms: &Terms,
    n: CycleNo,
    before: i64,
) -> Result<Option<CycleRow>, StoreError> {
    let beyond =
        |_| columns::corrupt_subscription(&subscription.id, &n.to_string(), "inside the calendar");
    let contract = subscription.contract()?;
    let Some(enrolment) = terms.enrolment(contract, n, before).map_err(beyond)? else {
        return Ok(None);
    };
    let try_at = enrolment.try_at.as_microsecond();
    Ok(Some(CycleRow {
        subscription_key: subscription.key,
        n: i64::from(n.number()),
        due_at: enrolment.due_at.as_microsecond(),
        amount: enrolment.price.won(),
        name: enrolment.name.as_str().to_owned(),
        state: "scheduled".to_owned(),
        act_at: Some(try_at),
        wake_at: Some(try_at),
        begun_at: None,
        attempts: 0,
        declines: 0,
        traceless: 0,
        asked: 0,
        cause: None,
        class: None,
        code: None,
        message: None,
        imp_uid: None,
        paid_at: None,
        refunded: 0,
        rises_from: enrolment.rise.map(|rise| rise.from),
        rises_to: enrolment.rise.map(|rise| rise.to),
        plan_key: subscription.plan_key,
        ladder_at: None,
        uid_no: 0,
        given_up_at: None,
        credit: None,
    }))
}
