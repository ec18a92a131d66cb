//! Brings an outcome about: what it enters in the books, and what the client is told of it.

use std::borrow::Cow;

use jiff::Timestamp;

use crate::gateway::simulator::behaviour::{Behaviour, after};
use crate::gateway::simulator::charge::{ALREADY_ORDERED, Charge};
use crate::gateway::simulator::ledger::{Entry, Refund, Status};
use crate::gateway::simulator::outcome::{Decline, Mishap, Outcome, Refusal, Work, Wrong};
use crate::gateway::simulator::reply::{Fate, JSON, Reply};
use crate::gateway::simulator::wire::PaymentText;

const OTHER_REFUSAL: &str = "결제 요청을 처리할 수 없습니다.";
/// A status that no document names.
const STRANGE_STATUS: &str = "reviewing";

impl Behaviour {
    /// Carries a charge out. It was checked: nothing keeps it from being paid but the outcome.
    pub(super) fn execute(&mut self, charge: Charge, outcome: Outcome, now: Timestamp) -> Reply {
        match outcome {
            Outcome::Pay => self.worked(charge, Work::Paid, now),
            Outcome::Decline(decline) => self.declined(charge, decline, now),
            Outcome::DeclineTurnsPaid => self.declined_for_now(charge, now),
            Outcome::Ready(work) => self.ready(charge, work, now),
            Outcome::UnknownStatus => self.strange(charge, now),
            Outcome::Wrong(wrong) => self.wrong(charge, wrong, now),
            Outcome::Cancelled => self.cancelled(charge, now),
            Outcome::Refuse(Refusal::AlreadyOrdered) => self.refuse(ALREADY_ORDERED),
            Outcome::Refuse(Refusal::NoBillingKey) => self.no_billing_key(),
            Outcome::Refuse(Refusal::Other) => self.refuse(OTHER_REFUSAL),
            Outcome::BadRequest => Reply::malformed("요청 파라미터가 올바르지 않습니다."),
            Outcome::Unauthorized => Reply::unauthorized(),
            Outcome::Unreachable => fated(Fate::Unreachable, Reply::page(503, "unreachable")),
            Outcome::Mishap(Mishap::TimeOut, work) => self.timed_out(charge, work, now),
            Outcome::Mishap(Mishap::Cut, Work::Unpaid) => {
                fated(Fate::DropBefore, Reply::page(503, "closed"))
            }
            Outcome::Mishap(mishap, work) => {
                let reply = self.worked(charge, work, now);
                self.befall(mishap, reply)
            }
        }
    }

    /// Puts a mishap between an answer and the client. What the answer reports stays done.
    pub(super) fn befall(&self, mishap: Mishap, reply: Reply) -> Reply {
        match mishap {
            Mishap::Cut => fated(Fate::DropAfter, reply),
            Mishap::Truncated => fated(Fate::Truncate, reply),
            Mishap::TimeOut => Reply {
                after: self.switches.time_out,
                ..reply
            },
            Mishap::Http408 => Reply::page(408, "Request Timeout"),
            Mishap::Http429 => Reply::page(429, "Too Many Requests"),
            Mishap::Http500 => Reply::refused(500, -1, "일시적인 오류가 발생하였습니다."),
            Mishap::Http502 => Reply::page(502, "Bad Gateway"),
            Mishap::Bare404 => Reply::page(404, "Not Found"),
            Mishap::Redirect => Reply {
                location: Some("/subscribe/payments/again"),
                ..Reply::page(307, "Temporary Redirect")
            },
            Mishap::EmptyBody => Reply::bytes(200, JSON, Vec::new()),
            Mishap::NotJson => Reply::page(200, "Welcome"),
            Mishap::NoCode => Reply::bytes(200, JSON, br#"{"message":"ok"}"#.to_vec()),
        }
    }

    fn worked(&mut self, charge: Charge, work: Work, now: Timestamp) -> Reply {
        match work {
            Work::Paid => {
                let (uid, entry) = self.entry(charge, now);
                self.enter(&uid, entry, Status::Paid)
            }
            Work::Declined => self.declined(charge, Decline::Generic, now),
            Work::Unpaid => self.refuse(OTHER_REFUSAL),
        }
    }

    fn declined(&mut self, charge: Charge, decline: Decline, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let entry = Entry {
            status: Status::Failed,
            fail_reason: Some(decline.text()),
            ..entry
        };
        self.enter(&uid, entry, Status::Failed)
    }

    fn declined_for_now(&mut self, charge: Charge, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let entry = Entry {
            meanwhile: Some(Status::Failed),
            fail_reason: Some(Decline::Technical.text()),
            settled_at: after(now, self.switches.time_out),
            ..entry
        };
        self.enter(&uid, entry, Status::Failed)
    }

    fn ready(&mut self, charge: Charge, work: Work, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let entry = Entry {
            status: match work {
                Work::Paid => Status::Paid,
                Work::Declined => Status::Failed,
                Work::Unpaid => Status::Ready,
            },
            meanwhile: Some(Status::Ready),
            fail_reason: Some(Decline::Generic.text()),
            settled_at: after(now, self.switches.time_out),
            ..entry
        };
        self.enter(&uid, entry, Status::Ready)
    }

    fn strange(&mut self, charge: Charge, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let payment = self.ledger.enter(&uid, entry);
        let mut text = PaymentText::new(payment, Status::Ready);
        text.status = STRANGE_STATUS;
        Reply::done(&text)
    }

    fn wrong(&mut self, charge: Charge, wrong: Wrong, now: Timestamp) -> Reply {
        let (uid, mut entry) = self.entry(charge, now);
        match wrong {
            Wrong::Amount => entry.amount += 10,
            Wrong::Customer => entry.customer_uid.push_str("-other"),
            Wrong::Currency => entry.currency = "USD",
            Wrong::Sandbox => entry.sandbox = !entry.sandbox,
            Wrong::Uid => {
                let payment = self.ledger.enter(&uid, entry);
                let mut text = PaymentText::new(payment, Status::Paid);
                text.merchant_uid = Cow::Owned(format!("{uid}-other"));
                return Reply::done(&text);
            }
        }
        self.enter(&uid, entry, Status::Paid)
    }

    fn cancelled(&mut self, charge: Charge, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let refund = Refund {
            won: entry.amount,
            at: entry.settled_at,
        };
        let number = self.ledger.enter(&uid, entry).number;
        match self.ledger.refund(number, refund) {
            Some(payment) => Reply::done(&PaymentText::new(payment, Status::Cancelled)),
            None => self.refuse(OTHER_REFUSAL),
        }
    }

    /// The request is worked on for so long that the client has given up when it lands.
    fn timed_out(&mut self, charge: Charge, work: Work, now: Timestamp) -> Reply {
        let (uid, entry) = self.entry(charge, now);
        let late = Entry {
            settled_at: after(now, self.switches.time_out),
            ..entry
        };
        let reply = match work {
            Work::Paid => self.enter(&uid, late, Status::Paid),
            Work::Declined => {
                let failed = Entry {
                    status: Status::Failed,
                    fail_reason: Some(Decline::Generic.text()),
                    ..late
                };
                self.enter(&uid, failed, Status::Failed)
            }
            Work::Unpaid => Reply::page(504, "Gateway Timeout"),
        };
        self.befall(Mishap::TimeOut, reply)
    }

    /// The entry of a charge that is paid as asked.
    fn entry(&self, charge: Charge, now: Timestamp) -> (String, Entry) {
        let entry = Entry {
            customer_uid: charge.customer_uid,
            name: charge.name,
            extras: charge.extras,
            amount: charge.amount,
            currency: "KRW",
            sandbox: self.switches.sandbox,
            status: Status::Paid,
            meanwhile: None,
            fail_reason: None,
            made_at: now,
            settled_at: after(now, self.switches.latency),
        };
        (charge.merchant_uid, entry)
    }

    fn enter(&mut self, merchant_uid: &str, entry: Entry, told: Status) -> Reply {
        let payment = self.ledger.enter(merchant_uid, entry);
        Reply::done(&PaymentText::new(payment, told))
    }
}

fn fated(fate: Fate, reply: Reply) -> Reply {
    Reply { fate, ..reply }
}
