//! What came back from the gateway, in our words: answers to a charge and findings of a look-up.

use std::fmt;
use std::time::Duration;

use jiff::Timestamp;

use crate::core::decline::PgName;
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

/// Text that the gateway or a PG wrote, kept for people: control characters become spaces, of a card
/// number its middle becomes stars, and it is cut at [`Words::LENGTH_MAX`] characters.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words(String);

impl Words {
    /// How much of a foreign text is kept, in characters.
    pub const LENGTH_MAX: usize = 300;

    /// Takes any text.
    pub fn new(text: &str) -> Self {
        let clean = |c: char| if c.is_control() { ' ' } else { c };
        // A card number may begin before the cut and end behind it.
        let most = Self::LENGTH_MAX + 2 * CARD_DIGITS_MAX;
        let mut letters: Vec<char> = text.trim().chars().take(most).map(clean).collect();
        hide_cards(&mut letters);
        Self(letters.into_iter().take(Self::LENGTH_MAX).collect())
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

/// The fewest and the most digits of a card number.
const CARD_DIGITS_MIN: usize = 13;
const CARD_DIGITS_MAX: usize = 19;

/// How much of a card number may be shown: its first six digits and its last four.
const CARD_FIRST: usize = 6;
const CARD_LAST: usize = 4;

/// Puts stars in the place of the middle digits of whatever may be a card number: some PGs write it
/// into their reasons, and words are kept, logged and shown.
fn hide_cards(letters: &mut [char]) {
    let digit = |(place, letter): (usize, &char)| Some((place, letter.to_digit(10)?));
    let digits: Vec<(usize, u32)> = letters.iter().enumerate().filter_map(digit).collect();
    for from in 0..digits.len() {
        for count in CARD_DIGITS_MIN..=CARD_DIGITS_MAX {
            let Some(run) = digits.get(from..from + count) else {
                break;
            };
            if !is_card(letters, run) {
                continue;
            }
            for (place, _) in run
                .iter()
                .skip(CARD_FIRST)
                .take(count - CARD_FIRST - CARD_LAST)
            {
                if let Some(letter) = letters.get_mut(*place) {
                    *letter = '*';
                }
            }
        }
    }
}

/// Whether these digits stand together, with nothing but a blank or a hyphen between two of them, are
/// no part of a longer number, and have the check digit of a card.
fn is_card(letters: &[char], run: &[(usize, u32)]) -> bool {
    let (Some((first, _)), Some((last, _))) = (run.first(), run.last()) else {
        return false;
    };
    let is_digit = |place: Option<usize>| {
        place
            .and_then(|place| letters.get(place))
            .is_some_and(char::is_ascii_digit)
    };
    if is_digit(first.checked_sub(1)) || is_digit(last.checked_add(1)) {
        return false;
    }
    let is_joined = run
        .iter()
        .zip(run.iter().skip(1))
        .all(|((one, _), (next, _))| {
            next - one == 1 || (next - one == 2 && matches!(letters.get(one + 1), Some(' ' | '-')))
        });
    is_joined && has_check_digit(run)
}

/// Luhn's check: every second digit from the right is doubled, and its digits added.
fn has_check_digit(run: &[(usize, u32)]) -> bool {
    let added = |(place, (_, digit)): (usize, &(usize, u32))| match place % 2 {
        0 => *digit,
        _ => digit * 2 / 10 + digit * 2 % 10,
    };
    let sum: u32 = run.iter().rev().enumerate().map(added).sum();
    sum.is_multiple_of(10)
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
    /// Whose it is, where the gateway says so. It is kept with the attempt, not with the cycle: of a decline
    /// that is read back from its cycle it is not known.
    pub pg: Option<PgName>,
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
    /// Declined: nothing was charged, and the gateway has a record of it.
    Declined(Decline),
    /// The gateway has no such card: nothing was charged, and there is no record of it.
    NoCard(Decline),
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
    /// Declined for a technical reason, as everybody's charges are just now: nothing was charged, and it
    /// says nothing about the card. No single answer shows it; the engine's circuit breaker does.
    Outage(Words),
}

/// Why there is no answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unanswered {
    /// No byte of the request was written. It is certain that nothing happened.
    NotSent(Words),
    /// Sent, or perhaps sent, and nothing came back that we can read. The outcome is unknown.
    Lost(Words),
    /// Sent, and the gateway says that it is asked too often (HTTP 429). That nothing happened is
    /// likely and not certain: the outcome is unknown.
    TooOften {
        /// What it said.
        words: Words,
        /// For how long it wants to be left alone; nothing when it does not say.
        alone: Duration,
    },
}

impl Unanswered {
    /// What there was instead of an answer.
    pub const fn words(&self) -> &Words {
        match self {
            Self::NotSent(words) | Self::Lost(words) | Self::TooOften { words, .. } => words,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_card_number_the_middle_is_hidden() {
        for (text, kept) in [
            ("카드 5425233430109903 거절", "카드 542523******9903 거절"),
            ("(5425-2334-3010-9903)", "(5425-23**-****-9903)"),
            ("9900 5425 2334 3010 9903", "9900 5425 23** **** 9903"),
            ("378282246310005", "378282*****0005"),
            // One digit off, a part of a longer number, an order and a time.
            ("5425233430109904", "5425233430109904"),
            ("imp_448280090638", "imp_448280090638"),
            ("1769821200, 1769821201", "1769821200, 1769821201"),
            // Something else than a blank or a hyphen between two digits, or more than one.
            ("5425/2334/3010/9903", "5425/2334/3010/9903"),
            ("5425  2334 3010 9903", "5425  2334 3010 9903"),
            (
                "[CC61] 1회 이용한도 초과입니다",
                "[CC61] 1회 이용한도 초과입니다",
            ),
        ] {
            assert_eq!(Words::new(text).as_str(), kept, "{text}");
        }
    }

    #[test]
    fn whatever_there_was_instead_of_an_answer_has_its_words() {
        let words = || Words::new("cut off");
        let alone = Duration::ZERO;
        for unanswered in [
            Unanswered::NotSent(words()),
            Unanswered::Lost(words()),
            Unanswered::TooOften {
                words: words(),
                alone,
            },
        ] {
            assert_eq!(unanswered.words(), &words());
        }
    }

    #[test]
    fn a_card_number_over_the_cut_is_hidden_too() {
        for before in 270..=Words::LENGTH_MAX {
            let text = format!("{} 5425233430109903", "x".repeat(before));
            assert!(!Words::new(&text).as_str().contains("5425233"), "{before}");
        }
    }
}
