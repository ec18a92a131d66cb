//! What the outside may see of the books at a moment, which is not always the truth: payments in
//! flight, records that lag, and the pages in which lists are given.

use jiff::Timestamp;

use crate::gateway::simulator::behaviour::{Behaviour, after};
use crate::gateway::simulator::ledger::{Payment, Status};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::Request;
use crate::gateway::simulator::switches::InFlight;
use crate::gateway::simulator::wire::{PageText, PaymentText};

/// A payment and the status that it shows.
pub(super) type Seen<'a> = (&'a Payment, Status);

/// docs: `limit` is at most 1000; 20 when it is absent.
const LIMIT_MAX: usize = 1_000;
const LIMIT_USUAL: usize = 20;

impl Behaviour {
    /// The status that a look-up shows, or nothing if the payment is hidden.
    pub(super) fn shown(&self, payment: &Payment, now: Timestamp) -> Option<Status> {
        if now < after(payment.made_at, self.switches.lookup_lag) {
            return None;
        }
        if payment.settled_at <= now {
            return Some(payment.status);
        }
        let in_flight = match self.switches.in_flight {
            InFlight::Hidden => None,
            InFlight::Shown => Some(Status::Ready),
        };
        payment.meanwhile.or(in_flight)
    }

    /// Those of the payments that can be seen, with this status if one is wanted.
    pub(super) fn seen<'a>(
        &self,
        payments: impl Iterator<Item = &'a Payment>,
        wanted: Option<Status>,
        now: Timestamp,
    ) -> impl Iterator<Item = Seen<'a>> {
        payments.filter_map(move |payment| {
            let shown = self.shown(payment, now)?;
            wanted
                .is_none_or(|status| status == shown)
                .then_some((payment, shown))
        })
    }
}

/// One page of a list, as the query's `page` and `limit` want it.
pub(super) fn paged(all: &[Seen<'_>], request: &Request<'_>) -> Reply {
    let number = |name| request.parameter(name).and_then(|text| text.parse().ok());
    let page: usize = number("page").unwrap_or(1).max(1);
    let limit = number("limit").unwrap_or(LIMIT_USUAL).clamp(1, LIMIT_MAX);

    let start = (page - 1).saturating_mul(limit).min(all.len());
    let rest = all.get(start..).unwrap_or_default();
    Reply::done(&PageText {
        total: all.len(),
        previous: page - 1,
        next: if rest.len() > limit { page + 1 } else { 0 },
        list: texts(rest.iter().take(limit)),
    })
}

/// The payments as the wire has them.
pub(super) fn texts<'a, 'b: 'a>(seen: impl Iterator<Item = &'a Seen<'b>>) -> Vec<PaymentText<'b>> {
    seen.map(|(payment, shown)| PaymentText::new(payment, *shown))
        .collect()
}
