//! What a look-up means: one payment or all of a uid, merged into one finding. Pure, as `verdict`.
//!
//! What was seen of success outweighs what was not seen. Absence is believed only where the gateway
//! itself says it.

use serde::de::DeserializeOwned;

use crate::core::answer::{Finding, Receipt, Words};
use crate::core::decline::Kind;
use crate::core::dunning::Class;
use crate::core::order::Order;
use crate::gateway::iamport::record::{Failure, Record};
use crate::gateway::iamport::verdict::{self, Judge, Verdict};
use crate::gateway::iamport::wire::{Envelope, Many, Page, Payment};

impl Judge {
    /// What one page of `GET /payments/findAll/{merchant_uid}` means, where it is all there is.
    pub fn find(&self, status: u16, body: &[u8], order: &Order) -> Verdict<Finding> {
        page(status, body).map(|page| {
            let is_whole = next_page(&page, 1, page.list.len()).is_none();
            self.merge(&page.list, is_whole, order)
        })
    }

    /// What the answer to `GET /payments/find/{merchant_uid}` means: the newest payment alone.
    pub fn find_newest(&self, status: u16, body: &[u8], order: &Order) -> Verdict<Finding> {
        looked_up::<Payment>(status, body).map(|payment| {
            let payments: Vec<Payment> = payment.into_iter().collect();
            self.merge(&payments, true, order)
        })
    }

    /// What the answer to `GET /payments?merchant_uid[]=…` means for each of these orders: a receipt where the
    /// payment that is shown is one as we asked for it. Of anything else the whole truth has to be looked up.
    ///
    /// docs: HTTP 207 when some of the uids are unknown.
    pub fn paid_of(
        &self,
        status: u16,
        body: &[u8],
        orders: &[Order],
    ) -> Verdict<Vec<Option<Receipt>>> {
        if status == 401 {
            return verdict::unauthorized(body);
        }
        let envelope = match Envelope::<Many>::read_any(status, body) {
            Ok(envelope) => envelope,
            Err(why) => return Verdict::lost(&why),
        };
        let shown = match envelope {
            Envelope {
                code: 0,
                response: Some(Many(shown)),
                ..
            } if matches!(status, 200 | 207) => shown,
            // None of them is known, or we are not understood: either way each is looked up by itself.
            odd => return Verdict::lost(&odd.summary(status)),
        };
        let receipt = |order: &Order| {
            let uid = Some(order.merchant_uid.as_str());
            let its = shown
                .iter()
                .filter(|payment| payment.merchant_uid.as_deref() == uid);
            let its: Vec<Payment> = its.cloned().collect();
            match self.merge(&its, false, order) {
                Finding::Paid(receipt) => Some(receipt),
                Finding::Failed { .. }
                | Finding::Absent
                | Finding::Refunded(_)
                | Finding::Mismatch(_)
                | Finding::Unclear(_) => None,
            }
        };
        Verdict::Said(orders.iter().map(receipt).collect())
    }

    /// The finding over all payments of a uid. What was seen of success outweighs what was not seen,
    /// and a success that is not as we asked for it outweighs one that is; nothing is concluded from
    /// failures alone unless every record was seen.
    pub(crate) fn merge(&self, payments: &[Payment], is_whole: bool, order: &Order) -> Finding {
        let (mut paid, mut unlike, mut refunded, mut unclear) = (Vec::new(), None, None, None);
        let mut newest: Option<Failure> = None;

        for payment in payments {
            match Record::of(payment, order, self.mode, &self.codes) {
                Record::Paid(receipt) if paid.contains(&receipt) => {}
                Record::Paid(receipt) => paid.push(receipt),
                Record::Different(what) | Record::Unsaid(what) => unlike = unlike.or(Some(what)),
                Record::Refunded(receipt) => refunded = refunded.or(Some(receipt)),
                Record::Unclear(what) => unclear = unclear.or(Some(what)),
                Record::Failed(failure) => {
                    newest = match newest {
                        Some(newest) if newest.latest >= failure.latest => Some(newest),
                        Some(_) | None => Some(failure),
                    };
                }
            }
        }

        if let [first, second, ..] = paid.as_slice() {
            // The gateway promises one success a uid. If it broke that, the customer paid twice, and
            // a person has to see it rather than find one receipt.
            let twice = format!("paid twice: {} and {}", first.imp_uid, second.imp_uid);
            return Finding::Mismatch(Words::new(&twice));
        }
        match (paid.pop(), unlike, refunded, unclear) {
            // Money was taken under our uid twice, and only once as we asked for it; or one payment is
            // told in two ways. Either way the receipt of ours is not the whole truth.
            (Some(receipt), Some(what), _, _) => {
                let odd = format!("{} is ours, but beside it: {what}", receipt.imp_uid);
                Finding::Mismatch(Words::new(&odd))
            }
            (Some(receipt), None, _, _) => Finding::Paid(receipt),
            (None, Some(what), _, _) => Finding::Mismatch(what),
            (None, None, Some(receipt), _) => Finding::Refunded(receipt),
            (None, None, None, Some(what)) => Finding::Unclear(what),
            (None, None, None, None) if !is_whole => {
                Finding::Unclear(Words::new("not all payments of the uid were shown"))
            }
            (None, None, None, None) => newest.map_or(Finding::Absent, |failure| found(&failure)),
        }
    }
}

/// Only failed records, of which this is the newest.
fn found(failure: &Failure) -> Finding {
    let class = match (failure.reading.kind, failure.reading.otherwise) {
        (Kind::Class(class), _) | (Kind::Duplicate, Some(class)) => class,
        // The PG knows of a charge that the gateway does not: a failure would be a guess, and a
        // second charge its price.
        (Kind::Duplicate, None) => return Finding::Unclear(failure.message.clone()),
        // The fault was the merchant's at that time; the card has not been judged.
        (Kind::Merchant, _) => Class::Generic,
    };
    Finding::Failed {
        decline: failure.decline(class),
        failed_at: failure.failed_at,
    }
}

/// One page of payments; an unknown uid is an empty page.
pub(crate) fn page(status: u16, body: &[u8]) -> Verdict<Page> {
    let empty = Page {
        total: None,
        next: None,
        list: Vec::new(),
    };
    looked_up::<Page>(status, body).map(|page| page.unwrap_or(empty))
}

/// The page to ask for after page `number`, with which `seen` payments were seen in all. `None` when
/// nothing says that there are more.
pub(crate) fn next_page(page: &Page, number: u32, seen: usize) -> Option<u32> {
    let total = page.total.and_then(|total| usize::try_from(total).ok());
    let says_next = page.next.is_some_and(|next| next > i64::from(number));
    let is_short = total.is_some_and(|total| total > seen);
    (says_next || is_short).then(|| number.saturating_add(1))
}

/// What a look-up brought: `None` when the gateway knows no such payment.
///
/// docs: unknown is a 404 with the envelope and `code` 1; live it is a 200 as well. A 404 without the
/// envelope is a proxy or a wrong route and proves nothing.
fn looked_up<T: DeserializeOwned>(status: u16, body: &[u8]) -> Verdict<Option<T>> {
    if status == 401 {
        return verdict::unauthorized(body);
    }
    let envelope = match Envelope::<T>::read(status, body) {
        Ok(envelope) => envelope,
        Err(why) => return Verdict::lost(&why),
    };

    let is_unknown = envelope.refusal().is_some_and(|text| match status {
        404 => envelope.code == 1 || says_unknown(text),
        200 => says_unknown(text),
        _ => false,
    });
    if is_unknown {
        return Verdict::Said(None);
    }
    match envelope {
        Envelope {
            code: 0,
            response: Some(response),
            ..
        } if status == 200 => Verdict::Said(Some(response)),
        odd => Verdict::lost(&odd.summary(status)),
    }
}

/// Whether a look-up's refusal says that there is no such payment. "Not found" alone is not enough:
/// the merchant, the channel or the right to ask may be what was not found.
fn says_unknown(text: &str) -> bool {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let of_payments = ["결제", "주문", "거래"];
    let missing = ["존재하지않", "찾을수없", "내역이없", "정보가없", "건이없"];
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    says(&of_payments) && says(&missing) && !says(&["가맹점", "상점", "PG"])
}
