//! What one payment record means for one order: is it ours, and where does it stand?
//!
//! "Ours" is never assumed. A value that differs makes a mismatch; a value that is not there was not
//! compared, and a payment that was not compared is not called paid.

use std::fmt::Display;

use jiff::Timestamp;

use crate::core::answer::{Decline, ImpUid, Receipt, Words};
use crate::core::decline::{Codes, PgName, Reading};
use crate::core::dunning::Class;
use crate::core::order::Order;
use crate::gateway::iamport::settings::Mode;
use crate::gateway::iamport::wire::{Payment, Status};

/// The only currency that we charge in.
const CURRENCY: &str = "KRW";

/// A payment record, held against an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Record {
    /// Paid and ours.
    Paid(Receipt),
    /// Ours, and refunded in full.
    Refunded(Receipt),
    /// It was paid, and differs from what we asked for: in what.
    Different(Words),
    /// It was paid, and does not say enough to be compared: what is missing.
    Unsaid(Words),
    /// Failed, under our uid.
    Failed(Failure),
    /// Neither done nor failed, or not to be understood.
    Unclear(Words),
}

/// A payment that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) reading: Reading,
    pub(crate) pg: Option<PgName>,
    pub(crate) message: Words,
    pub(crate) failed_at: Option<Timestamp>,
    /// The latest moment that the record names, in unix seconds: it orders records.
    pub(crate) latest: i64,
}

impl Failure {
    /// The decline in our words, once the class is decided.
    pub(crate) fn decline(&self, class: Class) -> Decline {
        Decline {
            class,
            pg: self.pg.clone(),
            code: self.reading.code.clone(),
            message: self.message.clone(),
        }
    }
}

impl Record {
    /// Holds a payment against the order that it should be of.
    pub(crate) fn of(payment: &Payment, order: &Order, mode: Mode, codes: &Codes) -> Self {
        match &payment.status {
            Status::Paid => match receipt(payment, order, mode) {
                // The documents say that a full refund becomes `cancelled`; in between, the sum is
                // the better witness.
                Ok(receipt) if receipt.refunded_won >= order.amount.won() => {
                    Self::Refunded(receipt)
                }
                Ok(receipt) => Self::Paid(receipt),
                Err(unlike) => unlike.into(),
            },
            Status::Cancelled => match receipt(payment, order, mode) {
                Ok(receipt) => Self::Refunded(receipt),
                Err(unlike) => unlike.into(),
            },
            Status::Failed => failed(payment, order, codes),
            Status::Ready | Status::Unknown(_) => Self::Unclear(Words::new(&format!(
                "the payment is {:?}",
                payment.status.to_string()
            ))),
        }
    }
}

/// Why a payment is not called ours.
#[derive(Debug, PartialEq, Eq)]
enum Unlike {
    Different(String),
    Unsaid(&'static str),
}

impl From<Unlike> for Record {
    fn from(unlike: Unlike) -> Self {
        match unlike {
            Unlike::Different(what) => Self::Different(Words::new(&what)),
            Unlike::Unsaid(field) => {
                Self::Unsaid(Words::new(&format!("the payment does not say its {field}")))
            }
        }
    }
}

/// The receipt of a payment that was paid, if everything about it is ours.
fn receipt(payment: &Payment, order: &Order, mode: Mode) -> Result<Receipt, Unlike> {
    let won = order.amount.won();
    let checks = [
        compare(
            "merchant_uid",
            payment.merchant_uid.as_deref(),
            order.merchant_uid.as_str(),
        ),
        compare("amount", payment.amount, won),
        compare("currency", payment.currency.as_deref(), CURRENCY),
        compare(
            "customer_uid",
            payment.customer_uid.as_deref(),
            order.customer_uid.as_str(),
        ),
        compare("sandbox", payment.sandbox, mode.sandbox()),
    ];
    // A difference anywhere outweighs silence anywhere: it is the fact a person has to see.
    let mut silent = None;
    for check in checks {
        match check {
            Ok(()) => {}
            Err(Unlike::Unsaid(field)) => silent = silent.or(Some(field)),
            Err(different @ Unlike::Different(_)) => return Err(different),
        }
    }
    if let Some(field) = silent {
        return Err(Unlike::Unsaid(field));
    }

    Ok(Receipt {
        imp_uid: imp_uid(payment)?,
        paid_at: paid_at(payment)?,
        refunded_won: refunded_won(payment, won)?,
    })
}

fn compare<T: PartialEq + Display + Copy>(
    field: &'static str,
    theirs: Option<T>,
    ours: T,
) -> Result<(), Unlike> {
    match theirs {
        None => Err(Unlike::Unsaid(field)),
        Some(theirs) if theirs == ours => Ok(()),
        Some(theirs) => Err(Unlike::Different(format!(
            "{field} is {theirs}, not {ours}"
        ))),
    }
}

fn imp_uid(payment: &Payment) -> Result<ImpUid, Unlike> {
    let text = payment
        .imp_uid
        .as_deref()
        .ok_or(Unlike::Unsaid("imp_uid"))?;
    ImpUid::parse(text).map_err(|error| Unlike::Different(error.to_string()))
}

/// When it was paid. A cancelled record of a payment that was never settled has only its end.
fn paid_at(payment: &Payment) -> Result<Timestamp, Unlike> {
    let seconds = match payment.status {
        Status::Cancelled => payment.paid_at.or(payment.cancelled_at),
        Status::Paid | Status::Ready | Status::Failed | Status::Unknown(_) => payment.paid_at,
    };
    instant(seconds).ok_or(Unlike::Unsaid("paid_at"))
}

fn refunded_won(payment: &Payment, won: i64) -> Result<i64, Unlike> {
    let whole = matches!(payment.status, Status::Cancelled).then_some(won);
    let refunded = payment.cancel_amount.or(whole).unwrap_or(0);
    if (0..=won).contains(&refunded) {
        Ok(refunded)
    } else {
        Err(Unlike::Different(format!(
            "cancel_amount is {refunded} of {won}"
        )))
    }
}

/// A failed record counts as a failure of ours only if it names our uid. Its amount and customer are
/// not compared: an earlier try of the same cycle may have been with another card.
fn failed(payment: &Payment, order: &Order, codes: &Codes) -> Record {
    let ours = order.merchant_uid.as_str();
    if compare("merchant_uid", payment.merchant_uid.as_deref(), ours).is_err() {
        return Record::Unclear(Words::new(
            "a payment failed, but not under our merchant_uid",
        ));
    }

    let text = payment.fail_reason.as_deref().unwrap_or_default();
    let times = [payment.failed_at, payment.started_at];
    Record::Failed(Failure {
        reading: codes.read(text, payment.pg_provider.as_deref()),
        pg: payment.pg_provider.as_deref().and_then(PgName::parse),
        message: Words::new(text),
        failed_at: instant(payment.failed_at),
        latest: times.into_iter().flatten().max().unwrap_or(0),
    })
}

fn instant(seconds: Option<i64>) -> Option<Timestamp> {
    let seconds = seconds.filter(|seconds| *seconds > 0)?;
    Timestamp::from_second(seconds).ok()
}
