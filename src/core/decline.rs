//! What a refusal means, read from the PG's code and text. There is no unified list of codes; texts
//! are the PG's own and change, so that only codes in brackets and single words are looked for. It
//! knows what PGs write, not how it comes here.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::fmt;

use crate::core::dunning::Class;

pub mod unread;

/// What a refusal calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Somebody says that this was charged already: evidence of success, to be looked up.
    Duplicate,
    /// The merchant's contract or channel is at fault, not the card.
    Merchant,
    /// The card, or those behind it.
    Class(Class),
}

impl Kind {
    /// The kind of that name in configuration: `duplicate`, `merchant` or the name of a class.
    pub fn named(text: &str) -> Option<Self> {
        match text {
            "duplicate" => Some(Self::Duplicate),
            "merchant" => Some(Self::Merchant),
            _ => Class::named(text).map(Self::Class),
        }
    }
}

/// A refusal as we read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// What it calls for.
    pub kind: Kind,
    /// The PG's code, if the text carries one in brackets.
    pub code: Option<String>,
    /// For a duplicate that rests on the word "already" alone, where the text also says that the card
    /// is gone ("already cancelled card"): the class, should the look-up find no success. These
    /// classes are never charged again by themselves, so believing them risks no second charge.
    pub otherwise: Option<Class>,
    /// Whether nothing in it was recognised: it is `generic` because it has to be something.
    pub is_unread: bool,
}

/// The name of a PG as the gateway writes it (`pg_provider`), in small letters: 1 to 30 of a-z 0-9 _ -.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PgName(String);

impl PgName {
    /// Takes a name; nothing when it is none. It is foreign text and is kept, so that what is longer or
    /// has other letters is left out rather than cut.
    pub fn parse(text: &str) -> Option<Self> {
        let name = text.to_ascii_lowercase();
        let of_ours = |byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        ((1..=30).contains(&name.len()) && name.bytes().all(of_ours)).then_some(Self(name))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PgName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// The operator's own meaning of codes, which goes before ours. Letter case does not matter, neither
/// of codes nor of PGs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    /// Whoever the PG is.
    of_all: HashMap<String, Kind>,
    /// Of PGs in whose name a text stands; the longest text first.
    of_pgs: Vec<(String, HashMap<String, Kind>)>,
}

impl Codes {
    /// What this code means, whoever the PG is.
    pub fn mean(&mut self, code: &str, kind: Kind) {
        self.of_all.insert(code.to_ascii_uppercase(), kind);
    }

    /// What this code means where `pg` stands in the PG's name: `kcp` in `kcp_billing`.
    pub fn mean_at(&mut self, pg: &str, code: &str, kind: Kind) {
        let (pg, code) = (pg.to_ascii_lowercase(), code.to_ascii_uppercase());
        if let Some((_, book)) = self.of_pgs.iter_mut().find(|(name, _)| *name == pg) {
            book.insert(code, kind);
            return;
        }
        self.of_pgs.push((pg, HashMap::from([(code, kind)])));
        // Of two that stand in one name, the one that says more goes first.
        self.of_pgs
            .sort_by_cached_key(|(name, _)| (Reverse(name.len()), name.clone()));
    }

    /// Reads the text of a refusal by the PG of that name (`pg_provider`), if the PG is known.
    ///
    /// The operator's codes for this PG go first, then those for all, then the PG's own, then words,
    /// then `generic`.
    pub fn read(&self, text: &str, pg: Option<&str>) -> Reading {
        let codes = bracketed(text);
        let known = |code: &&String| self.kind_of(code, pg).is_some();

        // A text may begin with "[KCP]" or the like: a code that somebody knows goes before it, and
        // one with a digit before one without.
        let code = codes
            .iter()
            .find(known)
            .or_else(|| codes.iter().find(|code| code.contains(has_digit)))
            .or_else(|| codes.first())
            .cloned();

        let by_code = code.as_deref().and_then(|code| self.kind_of(code, pg));
        let read = by_code.map(|kind| (kind, None)).or_else(|| by_words(text));
        // "Declined" alone is all that some PGs ever say; beside a code it is not all.
        let is_unread = read.is_none() && (code.is_some() || !says_only_no(text));
        let (kind, otherwise) = read.unwrap_or((Kind::Class(Class::Generic), None));
        Reading {
            kind,
            code,
            otherwise,
            is_unread,
        }
    }

    fn kind_of(&self, code: &str, pg: Option<&str>) -> Option<Kind> {
        let code = code.to_ascii_uppercase();
        let name = pg.unwrap_or_default().to_ascii_lowercase();
        let of_it = self.of_pgs.iter().filter(|(part, _)| name.contains(part));
        let mut books = of_it.map(|(_, book)| book).chain([&self.of_all]);
        let said = books.find_map(|book| book.get(&code).copied());
        said.or_else(|| Pg::named(pg).kind_of(&code))
    }
}

/// Whether a text can be the code of a PG: what stands in brackets and is longer, shorter, or has other
/// letters is a word.
pub fn is_code(text: &str) -> bool {
    (2..=8).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether a text says that the gateway has no card under this `customer_uid`.
///
/// Whole phrases, because "등록되지 않은 가맹점 … 고객센터" must not ask every customer for a card.
pub fn says_no_billing_key(text: &str) -> bool {
    let text = squeezed(text);
    let who = ["구매자", "고객", "빌링키", "customer_uid"];
    let missing =
        |who: &str| ["등록되지않은", "존재하지않는", "찾을수없는"].map(|not| format!("{not}{who}"));
    let ends = ["빌링키가존재하지않", "빌링키가없", "빌링키를찾을수없"];

    ends.iter().any(|end| text.contains(end))
        || who
            .iter()
            .any(|who| missing(who).iter().any(|phrase| text.contains(phrase)))
}

/// PGs whose code books are public, as far as codes decide something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pg {
    Kcp,
    Inicis,
    Toss,
    /// Another PG, Daou among them: its codes may look like anybody's and mean something else.
    Other,
    /// Nobody said which.
    Unsaid,
}

impl Pg {
    /// docs: `pg_provider`; `html5_inicis`, `kcp_billing`, `uplus` and `tosspayments` are seen.
    fn named(name: Option<&str>) -> Self {
        let Some(name) = name else {
            return Self::Unsaid;
        };
        if name.contains("kcp") {
            Self::Kcp
        } else if name.contains("inicis") {
            Self::Inicis
        } else if name.contains("toss") || name.contains("uplus") {
            Self::Toss
        } else {
            Self::Other
        }
    }

    fn kind_of(self, code: &str) -> Option<Kind> {
        let is_of_ours = |kind: Kind, [kcp, inicis, toss]: [&[&str]; 3]| match self {
            Self::Kcp => kcp.contains(&code),
            Self::Inicis => inicis.contains(&code),
            Self::Toss => toss.contains(&code),
            Self::Other => false,
            Self::Unsaid => says_its_pg(code, kind) && [kcp, inicis, toss].concat().contains(&code),
        };
        let found = CODES.iter().find(|(kind, books)| is_of_ours(*kind, *books));
        found.map(|(kind, _)| *kind)
    }
}

/// Whether a code means the same wherever it comes from. Up to four bare digits are anybody's, and
/// would ask a customer for a new card by mistake; a duplicate is looked up, which harms nobody.
fn says_its_pg(code: &str, kind: Kind) -> bool {
    let has_letter = code.contains(|c: char| c.is_ascii_alphabetic());
    match code.len() {
        0..4 => false,
        4..6 => has_letter || kind == Kind::Duplicate,
        _ => true,
    }
}

/// Codes of KCP, of Inicis, of LGU+ and Toss. docs: the PGs' code books; GATEWAY, decline classes.
const CODES: [(Kind, [&[&str]; 3]); 8] = [
    (
        Kind::Duplicate,
        [
            &["8094", "8128", "8338", "7101"],
            &["1236", "500619", "500631"],
            &["A016", "E002", "C088"],
        ],
    ),
    (
        Kind::Merchant,
        [
            &["CC21", "CC33", "CC37"],
            &["500400", "500403", "1207"],
            &["E2", "C002"],
        ],
    ),
    (
        Kind::Class(Class::Never),
        [&["CC04", "CC43"], &["1226"], &["26", "A7", "9141"]],
    ),
    // Expired.
    (
        Kind::Class(Class::NewCard),
        [
            &["CC54", "CC55", "8484"],
            &["1204", "1223", "1165"],
            &["23", "A1", "A2"],
        ],
    ),
    // Closed, suspended, no such card, key gone.
    (
        Kind::Class(Class::NewCard),
        [
            &["CC14", "CC45"],
            &["12B2", "12IS", "1201", "500601"],
            &["8211", "8549", "A9", "14", "125", "A0", "8552"],
        ],
    ),
    (
        Kind::Class(Class::Funds),
        [
            &["CC07", "CC08", "CC10", "CC61", "8122", "8123"],
            &["1254", "500644", "500645", "500646", "500647"],
            &["16", "A8"],
        ],
    ),
    (
        Kind::Class(Class::Technical),
        [
            &[
                "CC75", "CC98", "CC99", "CCC0", "8041", "8042", "8043", "8044", "8045", "8046",
                "8047", "8048",
            ],
            &["500055", "12F5", "12F6"],
            &["3001", "C012", "C045"],
        ],
    ),
    (
        Kind::Class(Class::Generic),
        [&["CC01", "CC03"], &["1234"], &["3000"]],
    ),
];

const CERTAINLY_DUPLICATE: [&str; 2] = ["중복", "기승인"];
const ALREADY: &str = "이미";
const MERCHANT: [&str; 2] = ["가맹점", "상점"];
const LIMIT: &str = "한도";
const NEVER: [&str; 3] = ["분실", "도난", "위변조"];
const NEW_CARD: [&str; 9] = [
    "유효기간",
    "해지",
    "탈회",
    "폐기",
    "정지카드",
    "거래정지",
    "카드번호오류",
    "없는카드",
    "빌링키",
];
const FUNDS: [&str; 3] = [LIMIT, "잔액", "잔고"];
const NO: [&str; 2] = ["카드사로문의", "거절"];
const TECHNICAL: [&str; 6] = ["통신", "장애", "점검", "타임아웃", "잠시후", "시스템"];

/// The kind by the words of the text, in the order of GATEWAY, decline classes: what forbids more
/// goes before what forbids less. With it, what the text says besides "already". Nothing when it has
/// none of our words.
fn by_words(text: &str) -> Option<(Kind, Option<Class>)> {
    let text = squeezed(text);
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));

    let gone = if says(&NEVER) {
        Some(Class::Never)
    } else if says(&NEW_CARD) || says_no_billing_key(&text) {
        Some(Class::NewCard)
    } else {
        None
    };

    if says(&CERTAINLY_DUPLICATE) {
        return Some((Kind::Duplicate, None));
    }
    if says(&[ALREADY]) {
        return Some((Kind::Duplicate, gone));
    }
    // "가맹점 한도 초과" is a limit that passes, not a broken contract.
    if says(&["미등록PG"]) || (says(&MERCHANT) && !says(&[LIMIT])) {
        return Some((Kind::Merchant, None));
    }
    if let Some(class) = gone {
        return Some((Kind::Class(class), None));
    }

    if says(&FUNDS) {
        return Some((Kind::Class(Class::Funds), None));
    }
    says(&TECHNICAL).then_some((Kind::Class(Class::Technical), None))
}

/// Whether a text says that a card was declined, and not why.
fn says_only_no(text: &str) -> bool {
    let text = squeezed(text);
    NO.iter().any(|word| text.contains(word))
}

/// Every code that stands in square brackets.
fn bracketed(text: &str) -> Vec<String> {
    text.split('[')
        .skip(1)
        .filter_map(|rest| rest.split_once(']'))
        .map(|(inside, _)| inside)
        .filter(|inside| is_code(inside))
        .map(ToOwned::to_owned)
        .collect()
}

fn has_digit(c: char) -> bool {
    c.is_ascii_digit()
}

/// The text without blanks: PGs write "카드번호 오류" and "카드번호오류" alike.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

#[cfg(test)]
mod tests;
