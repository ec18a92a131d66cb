//! What came back from the gateway, in our words: answers to a charge and findings of a look-up.

use std::fmt;

use jiff::Timestamp;

use crate::core::dunning::Class;
use crate::core::order::BadName;

/// The gateway's name for one payment (`imp_uid`): 1 to 64 printable ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImpUid(String);

impl ImpUid {
    /// The longest `imp_uid` that we take, in characters; documented are 32.
    pub const LENGTH_MAX: usize = 64;

    /// Takes a name.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has a character other than printable ASCII.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        BadName::unless("imp_uid", text, Self::LENGTH_MAX, "printable ASCII", |c| {
            c.is_ascii_graphic()
        })
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ImpUid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// Text that the gateway or a PG wrote, kept for people: control characters become spaces and it is
/// cut at [`Words::LENGTH_MAX`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(String);

impl Words {
    /// How much of a foreign text is kept, in characters.
    pub const LENGTH_MAX: usize = 300;

    /// Takes any text.
    pub fn new(text: &str) -> Self {
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        Self(
            text.trim()
                .chars()
                .take(Self::LENGTH_MAX)
                .map(clean)
                .collect(),
        )
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// A payment that succeeded, and that is ours in every respect that we can compare.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// The gateway's name for it.
    pub imp_uid: ImpUid,
    /// When it was paid, by the gateway's clock.
    pub paid_at: Timestamp,
    /// How much of it was refunded since, in won.
    pub refunded_won: i64,
}

/// A charge that a card, or those behind it, said no to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decline {
    /// What decides whether and when to try again.
    pub class: Class,
    /// The PG's code, where the text carries one in brackets.
    pub code: Option<String>,
    /// The PG's text, as it came.
    pub message: Words,
}

/// What the gateway said to a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Paid, and uid, amount, currency, customer and sandbox flag are ours.
    Paid(Receipt),
    /// Declined: nothing was charged.
    Declined(Decline),
    /// A paid or cancelled record of this uid exists: evidence of success, to be looked up.
    Settled(Words),
    /// Refused for a reason that we do not know. Whether a payment exists has to be looked up; if
    /// none does, it counts as this decline.
    Refused(Decline),
    /// There is a record of this uid which was paid and then refunded in full.
    Refunded(Receipt),
    /// Paid, but something about it is not ours: what it is.
    Mismatch(Words),
    /// The gateway could not read our request (HTTP 400): nothing was charged, and asking again in
    /// the same way would not help.
    Malformed(Words),
    /// The key or the merchant's channel is refused: nothing was charged, and nothing will be for
    /// anybody until the merchant has put it right.
    Barred(Words),
}

/// Why there is no answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// No byte of the request was written. It is certain that nothing happened.
    NotSent(Words),
    /// Sent, or perhaps sent, and nothing came back that we can read. The outcome is unknown.
    Lost(Words),
}

/// What a look-up of a uid found, over all payments under that uid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// A payment that is ours.
    Paid(Receipt),
    /// Only failed payments; this is the newest.
    Failed {
        /// Why it failed.
        decline: Decline,
        /// When it failed, by the gateway's clock, if it said so.
        failed_at: Option<Timestamp>,
    },
    /// The gateway knows no payment under this uid. Weak evidence: records can appear late.
    Absent,
    /// A payment that is ours and was refunded in full.
    Refunded(Receipt),
    /// A paid payment that is not ours in some respect: which.
    Mismatch(Words),
    /// A payment that is neither done nor failed yet, or whose status we do not know.
    Unclear(Words),
}
