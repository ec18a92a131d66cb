//! The uids of a cycle, written as the documents say and not as the code does it: its own, and with `a1`,
//! `a2` and so on at its end where it may be asked for under more than one.

use crate::sim::books::{Books, Key, Row, number, text};

/// The cycle's own uid, and the number of this one.
pub(super) fn parts(uid: &str) -> (&str, u32) {
    let tail = uid.rfind('-').map_or(0, |place| place + 1);
    let (own, number) = match uid.get(tail..).and_then(|tail| tail.find('a')) {
        Some(place) => uid.split_at(tail + place),
        None => (uid, ""),
    };
    let number = number.get(1..).and_then(|number| number.parse().ok());
    (own, number.unwrap_or(0))
}

/// The number of the cycle that a difference names because the database has no such cycle: "there is a
/// record of sim-p0-3, which comes after it".
pub(super) fn beyond(words: &str) -> Option<i64> {
    let after = words.strip_prefix("there is a record of ")?;
    let (uid, _) = after.split_once(',')?;
    let (_, n) = parts(uid).0.rsplit_once('-')?;
    n.parse().ok()
}

/// The uid of that number.
pub(super) fn numbered(own: &str, number: u32) -> String {
    match number {
        0 => own.to_owned(),
        _ => format!("{own}a{number}"),
    }
}

/// Those before it.
pub(super) fn earlier(uid: &str) -> Vec<String> {
    let (own, number) = parts(uid);
    (0..number).map(|number| numbered(own, number)).collect()
}

/// Every uid that a cycle may have gone out under, up to this number and the one after it, which a
/// history that is lost may have used.
pub(super) fn all(own: &str, number: i64) -> Vec<String> {
    let last = u32::try_from(number).unwrap_or(0) + 1;
    (0..=last).map(|number| numbered(own, number)).collect()
}

/// The uid that a cycle was paid under, by its attempts.
pub(super) fn paid(books: &Books, (subscription, n): (i64, i64)) -> Option<String> {
    let attempts = (1..).map_while(|k| books.row(Key::Attempt(subscription, n, k)));
    let is_paid = |attempt: &&Row| matches!(text(attempt, "outcome"), "paid" | "refunded");
    let mut paid = attempts.filter(is_paid);
    Some(text(paid.next()?, "merchant_uid").to_owned())
}

/// The uid that a cycle was asked for under last: what a doubt about it is about.
pub(super) fn last(books: &Books, (subscription, n): (i64, i64)) -> Option<&str> {
    let cycle = books.row(Key::Cycle(subscription, n))?;
    let last = Key::Attempt(subscription, n, number(cycle, "attempts")?);
    Some(text(books.row(last)?, "merchant_uid"))
}
