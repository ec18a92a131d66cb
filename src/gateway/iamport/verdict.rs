//! What an answer of the gateway means: HTTP status, `code` and body shape together, because the
//! documents and the live service disagree in places. Pure: bytes in, a verdict out.
//!
//! Doubt is never a decline. What this module cannot recognise is lost, and gets looked up.

use std::time::Duration;

use jiff::Timestamp;
use serde::de::IgnoredAny;

use crate::core::answer::{Answer, Decline, Words};
use crate::core::decline::{self, Codes, Kind};
use crate::core::dunning::Class;
use crate::core::order::Order;
use crate::gateway::Refusal;
use crate::gateway::iamport::record::{Failure, Record};
use crate::gateway::iamport::settings::Mode;
use crate::gateway::iamport::token::Issued;
use crate::gateway::iamport::wire::{Envelope, Payment, TokenIssued};

/// The longest life that a token is believed to have, in seconds; documented are 30 minutes.
const LIFE_MAX_S: u64 = 86_400;

/// What became of one request that was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict<T> {
    /// The gateway answered, and this is what it said.
    Said(T),
    /// HTTP 401: refused for the token, before anything was charged. Worth one fresh token.
    Unauthorized(Words),
    /// Nothing that we can read. The outcome of the request is unknown.
    Lost(Words),
}

impl<T> Verdict<T> {
    pub(crate) fn lost(why: &str) -> Self {
        Self::Lost(Words::new(why))
    }

    /// The same verdict about something made of what was said.
    pub(crate) fn map<U>(self, make: impl FnOnce(T) -> U) -> Verdict<U> {
        match self {
            Self::Said(said) => Verdict::Said(make(said)),
            Self::Unauthorized(words) => Verdict::Unauthorized(words),
            Self::Lost(words) => Verdict::Lost(words),
        }
    }
}

/// Reads answers for one merchant.
#[derive(Debug, Clone)]
pub struct Judge {
    /// Which payments are ours.
    pub mode: Mode,
    /// What codes mean.
    pub codes: Codes,
}

impl Judge {
    /// What an answer to `POST /subscribe/payments/again` means for the order that was sent.
    pub fn charge(&self, status: u16, body: &[u8], order: &Order) -> Verdict<Answer> {
        if status == 401 {
            return unauthorized(body);
        }
        let envelope = match Envelope::<Payment>::read(status, body) {
            Ok(envelope) => envelope,
            Err(why) => return Verdict::lost(&why),
        };

        let refusal = envelope.refusal();
        match (status, refusal, &envelope.response) {
            (200, None, Some(payment)) if envelope.code == 0 => self.paid_or_not(payment, order),
            // docs: an unknown customer is a 404; seen: the same as a 200. A 409 is documented for
            // other calls; it cannot be worse evidence than a 200.
            (200 | 404 | 409, Some(text), None) => Verdict::Said(self.refused(text)),
            (400, Some(text), None) => Verdict::Said(self.malformed(text)),
            _ => Verdict::lost(&envelope.summary(status)),
        }
    }

    fn paid_or_not(&self, payment: &Payment, order: &Order) -> Verdict<Answer> {
        match Record::of(payment, order, self.mode, &self.codes) {
            Record::Paid(receipt) => Verdict::Said(Answer::Paid(receipt)),
            Record::Refunded(receipt) => Verdict::Said(Answer::Refunded(receipt)),
            Record::Different(what) => Verdict::Said(Answer::Mismatch(what)),
            // It says "paid" and leaves out what we compare. The full record may say it; if that does
            // not either, the look-up makes it a mismatch. Nothing is charged again meanwhile.
            Record::Unsaid(what) => Verdict::Said(Answer::Settled(what)),
            Record::Failed(_) if names_another_card(payment, order) => {
                Verdict::lost("a payment failed, but of another customer_uid")
            }
            Record::Failed(failure) => Verdict::Said(declined(&failure)),
            Record::Unclear(what) => Verdict::Lost(what),
        }
    }

    /// `code` other than 0: refused by the gateway, or by the PG, or never reached it.
    fn refused(&self, text: &str) -> Answer {
        let reading = self.codes.read(text, None);
        let decline = |class| Decline {
            class,
            pg: None,
            code: reading.code.clone(),
            message: Words::new(text),
        };
        if decline::says_no_billing_key(text) {
            return Answer::NoCard(decline(Class::NewCard));
        }

        match (reading.kind, reading.otherwise) {
            (Kind::Duplicate, None) => Answer::Settled(Words::new(text)),
            (Kind::Merchant, _) => Answer::Barred(Words::new(text)),
            (Kind::Duplicate, Some(class)) | (Kind::Class(class), _) => {
                Answer::Refused(decline(class))
            }
        }
    }

    /// HTTP 400: our request is wrong, unless the text knows of a payment or of a missing card.
    fn malformed(&self, text: &str) -> Answer {
        let is_duplicate = self.codes.read(text, None).kind == Kind::Duplicate;
        if is_duplicate || decline::says_no_billing_key(text) {
            self.refused(text)
        } else {
            Answer::Malformed(Words::new(text))
        }
    }
}

/// HTTP 200, `code` 0, `failed`: the PG or the issuer said no.
fn declined(failure: &Failure) -> Answer {
    match (failure.reading.kind, failure.reading.otherwise) {
        (Kind::Duplicate, Some(class)) => Answer::Refused(failure.decline(class)),
        (Kind::Duplicate, None) => Answer::Settled(failure.message.clone()),
        (Kind::Merchant, _) => Answer::Barred(failure.message.clone()),
        (Kind::Class(class), _) => Answer::Declined(failure.decline(class)),
    }
}

fn names_another_card(payment: &Payment, order: &Order) -> bool {
    let theirs = payment.customer_uid.as_deref();
    theirs.is_some_and(|theirs| theirs != order.customer_uid.as_str())
}

/// What the answer to `POST /users/getToken` means: a token, and the gateway's clock.
///
/// docs: a wrong key is a 401, a missing field a 400. A source address that the console does not
/// allow is most likely a 403.
pub(crate) fn issued(status: u16, body: &[u8]) -> Result<(Issued, Timestamp), Refusal> {
    let is_about_key = matches!(status, 400 | 401 | 403);
    let envelope = match Envelope::<TokenIssued>::read(status, body) {
        Ok(envelope) => envelope,
        Err(why) if is_about_key => return Err(Refusal::Key(why)),
        Err(why) => return Err(Refusal::Silence(why)),
    };

    let summary = envelope.summary(status);
    if is_about_key || (status == 200 && envelope.refusal().is_some()) {
        return Err(Refusal::Key(summary));
    }
    let token = envelope
        .response
        .filter(|_| status == 200 && envelope.code == 0);
    token.and_then(usable).ok_or(Refusal::Silence(summary))
}

/// The token with its life: `expired_at - now`, both of their clock.
fn usable(token: TokenIssued) -> Option<(Issued, Timestamp)> {
    let (now, expired_at) = (token.now?, token.expired_at?);
    let seconds = u64::try_from(expired_at.saturating_sub(now)).unwrap_or(0);
    let issued = Issued {
        token: token.access_token,
        life: Duration::from_secs(seconds.min(LIFE_MAX_S)),
    };
    Some((issued, Timestamp::from_second(now).ok()?))
}

/// A 401, unless the body claims that the call worked: then nothing is certain.
pub(crate) fn unauthorized<T>(body: &[u8]) -> Verdict<T> {
    match Envelope::<IgnoredAny>::read_any(401, body) {
        Ok(Envelope {
            code: 0,
            response: Some(IgnoredAny),
            ..
        }) => Verdict::lost("HTTP 401 with an answer that says it worked"),
        Ok(envelope) => Verdict::Unauthorized(Words::new(&envelope.summary(401))),
        Err(why) => Verdict::Unauthorized(Words::new(&why)),
    }
}

#[cfg(test)]
mod tests;
