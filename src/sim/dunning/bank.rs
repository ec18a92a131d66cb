//! Issuers: when they are out of order, and what their declines say. The texts go through the reading
//! that production gives them, so a decline that says nothing is read as one that says nothing.

use std::ops::Range;

use crate::sim::draw::Draws;
use crate::sim::dunning::assumptions::{
    ISSUERS, MAINTENANCE_FROM, MAINTENANCE_UNTIL, OUTAGE_MINUTES, OUTAGES_A_MONTH,
};
use crate::sim::dunning::time::{DAY, HOUR, MINUTE, Second, minute_of_day};

/// The outages of every issuer.
#[derive(Debug)]
pub(super) struct Banks(Vec<Vec<Range<Second>>>);

/// How many months outages are drawn for: the year and what comes after its last due date.
const MONTHS: u64 = 15;

impl Banks {
    /// Draws them; times count from the start of the simulated year.
    pub(super) fn draw(seed: u64) -> Self {
        let outages = |issuer: usize| {
            let mut draws = Draws::new(seed, &format!("issuer {issuer}"));
            let month = 30 * DAY;
            let one = |draws: &mut Draws| {
                let from = draws.below(MONTHS * month);
                from..from + draws.within(OUTAGE_MINUTES.0, OUTAGE_MINUTES.1) * MINUTE
            };
            (0..MONTHS * OUTAGES_A_MONTH)
                .map(|_| one(&mut draws))
                .collect()
        };
        Self((0..ISSUERS).map(outages).collect())
    }

    /// Whether this issuer is out of order: an outage, or the night in which banks are maintained.
    pub(super) fn is_out(&self, issuer: usize, at: Second) -> bool {
        let minute = minute_of_day(at);
        let is_night = !(MAINTENANCE_UNTIL..MAINTENANCE_FROM).contains(&minute);
        let outages = self.0.get(issuer);
        is_night || outages.is_some_and(|all| all.iter().any(|outage| outage.contains(&at)))
    }
}

/// What a decline says.
pub(super) mod words {
    /// Nothing: an issuer that gives no reason.
    pub(in crate::sim::dunning) const NOTHING: &str = "[0111] 승인거절, 카드사로 문의 바랍니다";
    /// No money.
    pub(in crate::sim::dunning) const FUNDS: &str = "[0051] 잔액부족";
    /// A limit.
    pub(in crate::sim::dunning) const LIMIT: &str = "[0061] 한도초과";
    /// The issuer is out of order.
    pub(in crate::sim::dunning) const OUT: &str = "[0096] 카드사 시스템 점검중, 잠시 후 재시도";
    /// The card's time is over.
    pub(in crate::sim::dunning) const EXPIRED: &str = "[0054] 유효기간 경과 카드";
    /// The card was closed.
    pub(in crate::sim::dunning) const CLOSED: &str = "[0041] 해지된 카드";
    /// The card is lost.
    pub(in crate::sim::dunning) const LOST: &str = "[0043] 분실신고 카드";
}

/// An hour, for those who draw spans.
pub(super) fn hours(draws: &mut Draws, (from, to): (u64, u64)) -> Second {
    draws.within(from * HOUR, to * HOUR)
}
