//! The calls under `/payments` that only look: by `imp_uid`, by `merchant_uid`, many, by status.

use jiff::Timestamp;

use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::books::{Seen, paged, texts};
use crate::gateway::simulator::ledger::{Payment, Status};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::Request;
use crate::gateway::simulator::wire::{Envelope, PaymentText};

const UNKNOWN: &str = "존재하지 않는 결제정보입니다.";
/// docs: `GET /payments` takes at most 100 uids.
const MANY_MAX: usize = 100;

impl Behaviour {
    /// Answers `GET /payments/...`; `rest` is what follows in the path.
    pub(super) fn look_up(&self, request: &Request<'_>, rest: &[&str], now: Timestamp) -> Reply {
        match rest {
            [] => self.many(request, now),
            ["find", uid] => self.find(uid, None, now),
            ["find", uid, status] => match wanted(status) {
                Ok(status) => self.find(uid, status, now),
                Err(refusal) => refusal,
            },
            ["findAll", uid] => self.find_all(uid, None, request, now),
            ["findAll", uid, status] => match wanted(status) {
                Ok(status) => self.find_all(uid, status, request, now),
                Err(refusal) => refusal,
            },
            ["status", status] => match wanted(status) {
                Ok(status) => self.by_status(status, request, now),
                Err(refusal) => refusal,
            },
            [imp_uid] => self.one(imp_uid, request, now),
            _ => Reply::page(404, "Cannot find this path"),
        }
    }

    /// The newest payment of a uid.
    fn find(&self, merchant_uid: &str, status: Option<Status>, now: Timestamp) -> Reply {
        let newest = self
            .seen(self.ledger.of_uid(merchant_uid), status, now)
            .next();
        one_of(newest)
    }

    fn find_all(
        &self,
        merchant_uid: &str,
        status: Option<Status>,
        request: &Request<'_>,
        now: Timestamp,
    ) -> Reply {
        let all: Vec<Seen<'_>> = self
            .seen(self.ledger.of_uid(merchant_uid), status, now)
            .collect();
        if all.is_empty() {
            return Reply::unknown(UNKNOWN);
        }
        paged(&all, request)
    }

    /// docs: since 2026-01-26 a test-channel payment is 404 here without `include_sandbox=true`.
    fn one(&self, imp_uid: &str, request: &Request<'_>, now: Timestamp) -> Reply {
        let with_sandbox = request.parameter("include_sandbox").as_deref() == Some("true");
        let payment = self.ledger.payment(imp_uid);
        let payment = payment.filter(|payment| with_sandbox || !payment.sandbox);
        one_of(self.seen(payment.into_iter(), None, now).next())
    }

    /// docs: HTTP 207 when some of the uids are unknown.
    fn many(&self, request: &Request<'_>, now: Timestamp) -> Reply {
        let mut asked = 0;
        let mut found = Vec::new();
        for (name, value) in request.parameters() {
            let payment = match name.as_str() {
                "imp_uid[]" | "imp_uid" => self.ledger.payment(&value),
                "merchant_uid[]" | "merchant_uid" => self.newest_seen(&value, now),
                _ => continue,
            };
            asked += 1;
            found.extend(self.seen(payment.into_iter(), None, now));
        }

        if asked == 0 || asked > MANY_MAX {
            return Reply::malformed("imp_uid[] or merchant_uid[]: 1 to 100 of them");
        }
        if found.is_empty() {
            return Reply::unknown(UNKNOWN);
        }
        let status = if found.len() == asked { 200 } else { 207 };
        Reply::with_json(status, &Envelope::of(texts(found.iter())))
    }

    fn newest_seen(&self, merchant_uid: &str, now: Timestamp) -> Option<&Payment> {
        let mut seen = self.seen(self.ledger.of_uid(merchant_uid), None, now);
        seen.next().map(|(payment, _)| payment)
    }

    /// Walks all the books: this one is for people and nightly jobs, not for the hot path.
    fn by_status(&self, status: Option<Status>, request: &Request<'_>, now: Timestamp) -> Reply {
        let second = |name| {
            request
                .parameter(name)
                .and_then(|text| text.parse::<i64>().ok())
        };
        let (from, to) = (second("from"), second("to"));
        let within = |payment: &&Payment| {
            let made_at = payment.made_at.as_second();
            from.is_none_or(|from| from <= made_at) && to.is_none_or(|to| made_at <= to)
        };

        let newest_first = self.ledger.payments().iter().rev().filter(within);
        let all: Vec<Seen<'_>> = self.seen(newest_first, status, now).collect();
        paged(&all, request)
    }
}

fn one_of(seen: Option<Seen<'_>>) -> Reply {
    match seen {
        Some((payment, shown)) => Reply::done(&PaymentText::new(payment, shown)),
        None => Reply::unknown(UNKNOWN),
    }
}

/// The status in a path; clients in the wild write `undefined` for none.
fn wanted(text: &str) -> Result<Option<Status>, Reply> {
    match text {
        "" | "all" | "undefined" | "null" => Ok(None),
        name => match Status::named(name) {
            Some(status) => Ok(Some(status)),
            None => Err(Reply::malformed(
                "status: all, ready, paid, failed or cancelled",
            )),
        },
    }
}
