//! Everything that can come of a charge: each row of GATEWAY section 3, by a name that a person can
//! write. It does not know when which outcome happens, nor how it is brought about.

use std::fmt;

/// What comes of one charge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Outcome {
    /// Paid, and the answer says so.
    Pay,
    /// The card is declined: HTTP 200, `code` 0, status `failed`.
    Decline(Decline),
    /// Said and shown to be declined, but really paid: it shows as paid after the time-out span.
    /// GATEWAY: "a failed one can turn paid later".
    DeclineTurnsPaid,
    /// The answer and look-ups say `ready`; after the time-out span the work is done. Without work
    /// it stays `ready` for ever.
    Ready(Work),
    /// Paid, but the answer carries a status that no document names.
    UnknownStatus,
    /// Paid, but something about it is not what was asked for.
    Wrong(Wrong),
    /// Paid and at once refunded in full: the answer says `cancelled`.
    Cancelled,
    /// Refused with `code` 1 and no response; nothing is entered in the books.
    Refuse(Refusal),
    /// HTTP 400 with the envelope; nothing is entered.
    BadRequest,
    /// HTTP 401; nothing is entered. The token stays good.
    Unauthorized,
    /// The gateway could not be reached; nothing is entered.
    Unreachable,
    /// Something comes between the gateway and its answer.
    Mishap(Mishap, Work),
}

/// What the gateway really did behind an answer that cannot be trusted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Work {
    /// Charged.
    Paid,
    /// Declined.
    Declined,
    /// Nothing.
    Unpaid,
}

/// What can befall any answer. The client cannot tell what was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mishap {
    /// The connection closes without an answer.
    Cut,
    /// Half of the body arrives.
    Truncated,
    /// The answer comes after the time-out span, and what it reports happens just then. If nothing
    /// was done it is a 504 page.
    TimeOut,
    /// HTTP 408, a page.
    Http408,
    /// HTTP 429, a page.
    Http429,
    /// HTTP 500 with the envelope and `code` -1.
    Http500,
    /// HTTP 502, a page.
    Http502,
    /// HTTP 404 without the envelope.
    Bare404,
    /// HTTP 307 to the same path: a client that follows it asks twice.
    Redirect,
    /// HTTP 200 and nothing else.
    EmptyBody,
    /// HTTP 200 and a page.
    NotJson,
    /// HTTP 200 and JSON without an integer `code`.
    NoCode,
}

/// A reason for a decline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Decline {
    /// A limit of the card.
    Funds,
    /// Not enough money in the account.
    Balance,
    /// A limit of the merchant: as soft as the card's.
    MerchantLimit,
    /// The issuer's systems are down.
    Technical,
    /// Ask the issuer.
    Generic,
    /// A text without a code and without a known word.
    Uncoded,
    /// The card has expired.
    Expired,
    /// The card was lost or stolen.
    Lost,
    /// The card was closed.
    Closed,
    /// The billing key is gone.
    KeyGone,
    /// The merchant's contract is at fault.
    Merchant,
    /// The PG takes it for a duplicate.
    Duplicate,
}

/// What of a payment is not ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wrong {
    /// Ten won more were charged.
    Amount,
    /// Another customer was charged.
    Customer,
    /// The books are right, but the answer speaks of another `merchant_uid`.
    Uid,
    /// It was charged in dollars.
    Currency,
    /// It went through a test channel, or on a test gateway through a live one.
    Sandbox,
}

/// A refusal without a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// "Already ordered", although there is no record.
    AlreadyOrdered,
    /// No billing key under this `customer_uid`.
    NoBillingKey,
    /// Any other text.
    Other,
}

const WORKS: [Work; 3] = [Work::Paid, Work::Declined, Work::Unpaid];

/// Second names, for the hands of people.
const ALIASES: [(&str, Outcome); 12] = [
    ("lose-answer", Outcome::Mishap(Mishap::Cut, Work::Paid)),
    ("lose-request", Outcome::Mishap(Mishap::Cut, Work::Unpaid)),
    ("truncated", Outcome::Mishap(Mishap::Truncated, Work::Paid)),
    (
        "server-error-before",
        Outcome::Mishap(Mishap::Http500, Work::Unpaid),
    ),
    (
        "server-error-after",
        Outcome::Mishap(Mishap::Http500, Work::Paid),
    ),
    ("html-502", Outcome::Mishap(Mishap::Http502, Work::Unpaid)),
    ("not-found", Outcome::Mishap(Mishap::Bare404, Work::Unpaid)),
    ("redirect", Outcome::Mishap(Mishap::Redirect, Work::Unpaid)),
    ("empty-body", Outcome::Mishap(Mishap::EmptyBody, Work::Paid)),
    ("ready", Outcome::Ready(Work::Paid)),
    ("card-dead", Outcome::Decline(Decline::Closed)),
    ("decline", Outcome::Decline(Decline::Generic)),
];

impl Outcome {
    /// The outcome of that name or second name.
    pub fn named(text: &str) -> Option<Self> {
        let second = ALIASES.iter().find(|(name, _)| *name == text);
        if let Some((_, outcome)) = second {
            return Some(*outcome);
        }
        Self::all()
            .into_iter()
            .find(|outcome| outcome.to_string() == text)
    }

    /// Every outcome, in the order of documentation.
    pub fn all() -> Vec<Self> {
        let mut all = vec![Self::Pay];
        all.extend(Decline::ALL.map(Self::Decline));
        all.push(Self::DeclineTurnsPaid);
        all.extend(WORKS.map(Self::Ready));
        all.push(Self::UnknownStatus);
        all.extend(Wrong::ALL.map(Self::Wrong));
        all.push(Self::Cancelled);
        all.extend(Refusal::ALL.map(Self::Refuse));
        all.extend([Self::BadRequest, Self::Unauthorized, Self::Unreachable]);
        for mishap in Mishap::ALL {
            all.extend(WORKS.map(|work| Self::Mishap(mishap, work)));
        }
        all
    }

    /// Every name that [`Outcome::named`] takes, for an error message.
    pub fn known() -> String {
        let first = Self::all().into_iter().map(|outcome| outcome.to_string());
        let second = ALIASES.iter().map(|(name, _)| (*name).to_owned());
        first.chain(second).collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for Outcome {
    /// The name: lower-case words joined by hyphens.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pay => f.write_str("pay"),
            Self::Decline(decline) => write!(f, "decline-{}", decline.name()),
            Self::DeclineTurnsPaid => f.write_str("decline-turns-paid"),
            Self::Ready(work) => write!(f, "ready-{}", work.name()),
            Self::UnknownStatus => f.write_str("unknown-status"),
            Self::Wrong(wrong) => write!(f, "wrong-{}", wrong.name()),
            Self::Cancelled => f.write_str("cancelled"),
            Self::Refuse(refusal) => f.write_str(refusal.name()),
            Self::BadRequest => f.write_str("bad-request"),
            Self::Unauthorized => f.write_str("unauthorized"),
            Self::Unreachable => f.write_str("unreachable"),
            Self::Mishap(mishap, work) => write!(f, "{}-{}", mishap.name(), work.name()),
        }
    }
}

impl Work {
    const fn name(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Declined => "declined",
            Self::Unpaid => "unpaid",
        }
    }
}

impl Mishap {
    /// Every mishap.
    pub const ALL: [Self; 12] = [
        Self::Cut,
        Self::Truncated,
        Self::TimeOut,
        Self::Http408,
        Self::Http429,
        Self::Http500,
        Self::Http502,
        Self::Bare404,
        Self::Redirect,
        Self::EmptyBody,
        Self::NotJson,
        Self::NoCode,
    ];

    /// The name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cut => "cut",
            Self::Truncated => "truncated",
            Self::TimeOut => "time-out",
            Self::Http408 => "http-408",
            Self::Http429 => "http-429",
            Self::Http500 => "http-500",
            Self::Http502 => "http-502",
            Self::Bare404 => "bare-404",
            Self::Redirect => "redirect",
            Self::EmptyBody => "empty-body",
            Self::NotJson => "not-json",
            Self::NoCode => "no-code",
        }
    }

    /// The mishap of that name.
    pub fn named(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mishap| mishap.name() == text)
    }
}

impl Decline {
    /// Every reason.
    pub const ALL: [Self; 12] = [
        Self::Funds,
        Self::Balance,
        Self::MerchantLimit,
        Self::Technical,
        Self::Generic,
        Self::Uncoded,
        Self::Expired,
        Self::Lost,
        Self::Closed,
        Self::KeyGone,
        Self::Merchant,
        Self::Duplicate,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Funds => "funds",
            Self::Balance => "balance",
            Self::MerchantLimit => "merchant-limit",
            Self::Technical => "technical",
            Self::Generic => "generic",
            Self::Uncoded => "uncoded",
            Self::Expired => "expired",
            Self::Lost => "lost",
            Self::Closed => "closed",
            Self::KeyGone => "key-gone",
            Self::Merchant => "merchant",
            Self::Duplicate => "duplicate",
        }
    }

    /// The PG's text, as `fail_reason` carries it. Codes: GATEWAY section 4 (KCP, Inicis).
    pub const fn text(self) -> &'static str {
        match self {
            Self::Funds => "[CC61] 1회 이용한도 초과입니다",
            Self::Balance => "[CC08] 계좌 잔액이 부족합니다",
            Self::MerchantLimit => "[CC10] 가맹점 한도초과입니다",
            Self::Technical => "[CC98] 카드사 시스템 장애입니다. 잠시 후 다시 시도해 주세요",
            Self::Generic => "[CC01] 카드사로 문의하시기 바랍니다",
            Self::Uncoded => "승인 불가",
            Self::Expired => "[CC54] 유효기간이 경과한 카드입니다",
            Self::Lost => "[CC43] 도난 또는 분실 신고된 카드입니다",
            Self::Closed => "[CC14] 해지된 카드입니다",
            Self::KeyGone => "[12B2] 삭제된 빌링키입니다",
            Self::Merchant => "[CC33] 가맹점 정보 오류입니다",
            Self::Duplicate => "[8128] 동일 주문번호로 이미 승인된 중복 거래입니다",
        }
    }
}

impl Wrong {
    const ALL: [Self; 5] = [
        Self::Amount,
        Self::Customer,
        Self::Uid,
        Self::Currency,
        Self::Sandbox,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::Customer => "customer",
            Self::Uid => "uid",
            Self::Currency => "currency",
            Self::Sandbox => "sandbox",
        }
    }
}

impl Refusal {
    const ALL: [Self; 3] = [Self::AlreadyOrdered, Self::NoBillingKey, Self::Other];

    const fn name(self) -> &'static str {
        match self {
            Self::AlreadyOrdered => "already-ordered",
            Self::NoBillingKey => "no-billing-key",
            Self::Other => "refused",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_outcome_has_a_name_of_its_own() {
        for outcome in Outcome::all() {
            let name = outcome.to_string();
            assert_eq!(Outcome::named(&name), Some(outcome), "{name}");
            assert!(
                !name.contains("then"),
                "{name}: \"then\" joins outcomes in a customer_uid"
            );
        }
        assert_eq!(Outcome::named("decline-fund"), None);
    }
}
