//! The gateway's own books: every payment it ever made, and what an oracle wants to know of them. It
//! does not know requests, nor who may see a payment when.
//!
//! Payments are kept in the order they were made; those of one uid or customer are chained newest
//! first, so that a charge or a look-up costs the same among a million payments as among ten.

use std::collections::{BTreeSet, HashMap};
use std::iter;
use std::sync::Arc;

use jiff::Timestamp;

/// What became of a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// Begun, neither paid nor failed.
    Ready,
    /// Paid; perhaps refunded in part.
    Paid,
    /// Declined.
    Failed,
    /// Paid, then refunded in full.
    Cancelled,
}

impl Status {
    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// The status of that name.
    pub fn named(text: &str) -> Option<Self> {
        let all = [Self::Ready, Self::Paid, Self::Failed, Self::Cancelled];
        all.into_iter().find(|status| status.name() == text)
    }
}

/// Money given back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refund {
    /// How much, in won.
    pub won: i64,
    /// When.
    pub at: Timestamp,
}

/// What a charge said beside the essentials, kept to be shown again.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Extras {
    /// `buyer_name`
    pub buyer_name: Option<String>,
    /// `buyer_email`
    pub buyer_email: Option<String>,
    /// `buyer_tel`
    pub buyer_tel: Option<String>,
    /// `custom_data`
    pub custom_data: Option<String>,
}

/// One payment, as the books have it. What it says is the truth, also while it is still hidden from
/// look-ups.
#[derive(Debug, Clone)]
pub struct Payment {
    /// Its place in the books, from 1; `imp_uid` is made of it.
    pub number: usize,
    /// The merchant's key.
    pub merchant_uid: Arc<str>,
    /// The card's name; empty when a card was used once without being kept.
    pub customer_uid: Arc<str>,
    /// What for; the client may have left it out.
    pub name: Option<String>,
    /// The rest.
    pub extras: Option<Box<Extras>>,
    /// How much, in won (in the unit of `currency` when that is wrong on purpose).
    pub amount: i64,
    /// `KRW`, unless it is wrong on purpose.
    pub currency: &'static str,
    /// Whether it was made on a test channel.
    pub sandbox: bool,
    /// What becomes of it at `settled_at`, and what it is from then on.
    pub status: Status,
    /// What look-ups see before `settled_at`, if not simply a payment in flight.
    pub meanwhile: Option<Status>,
    /// The PG's text, for a payment that failed, or is said to have failed meanwhile.
    pub fail_reason: Option<&'static str>,
    /// When the request came.
    pub made_at: Timestamp,
    /// When it was paid or declined.
    pub settled_at: Timestamp,
    /// What was given back, oldest first.
    pub refunds: Vec<Refund>,
    before_of_uid: Option<usize>,
    before_of_customer: Option<usize>,
}

impl Payment {
    /// The gateway's name for it.
    pub fn imp_uid(&self) -> String {
        format!("imp_{:012}", self.number)
    }

    /// How much was given back, in won.
    pub fn refunded_won(&self) -> i64 {
        self.refunds.iter().map(|refund| refund.won).sum()
    }

    /// How much can still be given back, in won.
    pub fn balance_won(&self) -> i64 {
        match self.status {
            Status::Paid => self.amount - self.refunded_won(),
            Status::Ready | Status::Failed | Status::Cancelled => 0,
        }
    }
}

/// A payment that is about to be entered: everything but its place.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) customer_uid: String,
    pub(super) name: Option<String>,
    pub(super) extras: Option<Box<Extras>>,
    pub(super) amount: i64,
    pub(super) currency: &'static str,
    pub(super) sandbox: bool,
    pub(super) status: Status,
    pub(super) meanwhile: Option<Status>,
    pub(super) fail_reason: Option<&'static str>,
    pub(super) made_at: Timestamp,
    pub(super) settled_at: Timestamp,
}

/// Running sums over the books.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// All payments.
    pub payments: u64,
    /// Those that are ready and stay so.
    pub ready: u64,
    /// Those that are paid and not refunded in full.
    pub paid: u64,
    /// Those that failed.
    pub failed: u64,
    /// Those that were refunded in full.
    pub cancelled: u64,
    /// What was collected and not given back, in won.
    pub collected_won: i64,
}

impl Totals {
    fn count(&mut self, status: Status) -> &mut u64 {
        match status {
            Status::Ready => &mut self.ready,
            Status::Paid => &mut self.paid,
            Status::Failed => &mut self.failed,
            Status::Cancelled => &mut self.cancelled,
        }
    }
}

#[derive(Debug, Default)]
struct Uid {
    tries: u32,
    newest: Option<usize>,
}

/// The books.
#[derive(Debug, Default)]
pub struct Ledger {
    payments: Vec<Payment>,
    by_uid: HashMap<Arc<str>, Uid>,
    by_customer: HashMap<Arc<str>, usize>,
    doubly_charged: BTreeSet<Arc<str>>,
    totals: Totals,
}

impl Ledger {
    /// Every payment in the order they were made.
    pub fn payments(&self) -> &[Payment] {
        &self.payments
    }

    /// The payment of that name.
    pub fn payment(&self, imp_uid: &str) -> Option<&Payment> {
        let number: usize = imp_uid.strip_prefix("imp_")?.parse().ok()?;
        self.payments.get(number.checked_sub(1)?)
    }

    /// The payments under a `merchant_uid`, newest first.
    pub fn of_uid(&self, merchant_uid: &str) -> impl Iterator<Item = &Payment> {
        let newest = self.by_uid.get(merchant_uid).and_then(|uid| uid.newest);
        let newest = newest.and_then(|place| self.payments.get(place));
        iter::successors(newest, |payment| self.payments.get(payment.before_of_uid?))
    }

    /// The payments of a customer, newest first.
    pub fn of_customer(&self, customer_uid: &str) -> impl Iterator<Item = &Payment> {
        let newest = self.by_customer.get(customer_uid);
        let newest = newest.and_then(|place| self.payments.get(*place));
        iter::successors(newest, |payment| {
            self.payments.get(payment.before_of_customer?)
        })
    }

    /// How many requests to charge under this uid could be read, whatever came of them.
    pub fn tries(&self, merchant_uid: &str) -> u32 {
        self.by_uid.get(merchant_uid).map_or(0, |uid| uid.tries)
    }

    /// How often this uid was ever paid, refunded or not.
    pub fn times_paid(&self, merchant_uid: &str) -> usize {
        let was_paid = |payment: &&Payment| match payment.status {
            Status::Paid | Status::Cancelled => true,
            Status::Ready | Status::Failed => false,
        };
        self.of_uid(merchant_uid).filter(was_paid).count()
    }

    /// How many payments under this uid are paid and not refunded in full.
    pub fn net_successes(&self, merchant_uid: &str) -> usize {
        let is_paid = |payment: &&Payment| payment.status == Status::Paid;
        self.of_uid(merchant_uid).filter(is_paid).count()
    }

    /// The uids with more than one net success, sorted. It has to be empty, always.
    pub fn double_charges(&self) -> impl ExactSizeIterator<Item = &str> {
        self.doubly_charged.iter().map(AsRef::as_ref)
    }

    /// The sums.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Counts a request to charge, and tells how many came before it.
    pub(super) fn tried(&mut self, merchant_uid: &str) -> u32 {
        let uid = match self.by_uid.get_mut(merchant_uid) {
            Some(known) => known,
            None => self.by_uid.entry(merchant_uid.into()).or_default(),
        };
        let before = uid.tries;
        uid.tries = before.saturating_add(1);
        before
    }

    /// Writes a payment down.
    pub(super) fn enter(&mut self, merchant_uid: &str, entry: Entry) -> &Payment {
        let place = self.payments.len();
        let (merchant_uid, before_of_uid) = self.chain_to_uid(merchant_uid, place);
        let (customer_uid, before_of_customer) = self.chain_to_customer(entry.customer_uid, place);

        self.totals.payments += 1;
        *self.totals.count(entry.status) += 1;
        if entry.status == Status::Paid {
            self.totals.collected_won += entry.amount;
        }

        let uid = Arc::clone(&merchant_uid);
        self.payments.push(Payment {
            number: place + 1,
            merchant_uid,
            customer_uid,
            name: entry.name,
            extras: entry.extras,
            amount: entry.amount,
            currency: entry.currency,
            sandbox: entry.sandbox,
            status: entry.status,
            meanwhile: entry.meanwhile,
            fail_reason: entry.fail_reason,
            made_at: entry.made_at,
            settled_at: entry.settled_at,
            refunds: Vec::new(),
            before_of_uid,
            before_of_customer,
        });
        if before_of_uid.is_some() {
            self.check_double(uid);
        }
        self.payments.last().expect("one was pushed just now")
    }

    /// Gives money back: `won` of the balance, which the caller has checked.
    pub(super) fn refund(&mut self, number: usize, refund: Refund) -> Option<&Payment> {
        let place = number.checked_sub(1)?;
        let payment = self.payments.get_mut(place)?;
        payment.refunds.push(refund);
        self.totals.collected_won -= refund.won;

        if payment.balance_won() <= 0 {
            payment.status = Status::Cancelled;
            let uid = Arc::clone(&payment.merchant_uid);
            *self.totals.count(Status::Paid) -= 1;
            *self.totals.count(Status::Cancelled) += 1;
            self.check_double(uid);
        }
        self.payments.get(place)
    }

    fn chain_to_uid(&mut self, text: &str, place: usize) -> (Arc<str>, Option<usize>) {
        let key = match self.by_uid.get_key_value(text) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(text),
        };
        let uid = self.by_uid.entry(Arc::clone(&key)).or_default();
        (key, uid.newest.replace(place))
    }

    fn chain_to_customer(&mut self, text: String, place: usize) -> (Arc<str>, Option<usize>) {
        let key = match self.by_customer.get_key_value(text.as_str()) {
            Some((key, _)) => Arc::clone(key),
            None => Arc::from(text),
        };
        (Arc::clone(&key), self.by_customer.insert(key, place))
    }

    fn check_double(&mut self, merchant_uid: Arc<str>) {
        if self.net_successes(&merchant_uid) > 1 {
            self.doubly_charged.insert(merchant_uid);
        } else {
            self.doubly_charged.remove(&merchant_uid);
        }
    }
}
