//! Somebody who is charged once: when, what keeps the charge from succeeding, and until when. All of it
//! is drawn before anybody tries anything, so that every ladder meets the same person.

use std::ops::Range;

use crate::core::spread;
use crate::sim::draw::Draws;
use crate::sim::dunning::assumptions::{
    BILL_DAYS, CARD_REPLACED, COUNTED_DAYS, DEAD, DEPOSIT_LASTS, DEPOSIT_ONE_IN, DUE_DAYS,
    GLITCH_ONE_IN, IRREGULAR, ISSUERS, LASTS_OTHERWISE, LIMITED, MONEY_LASTS, PAYDAYS, PerMille,
    REFUSAL_DAYS, REFUSAL_LIFTED, REFUSED, REPLACED_AT_ONCE_ONE_IN, REPLACED_DAYS, SALARY_HOURS,
    SILENT, SPENT_TODAY, STEADY, TIGHT, TOP_UP_LASTS, TOP_UP_ONE_IN, WAKING_HOURS,
};
use crate::sim::dunning::bank::{Banks, hours, words};
use crate::sim::dunning::time::{DAY, HOUR, MINUTE, Second, working_day};

/// How many days around the due date an account is drawn for.
const DAYS: u64 = COUNTED_DAYS + 10;

/// Somebody.
#[derive(Debug)]
pub(super) struct Person {
    /// When the charge is due.
    pub(super) due: Second,
    /// When there is another card, for the owner of a dead one who gives one.
    pub(super) replaced: Option<Second>,
    issuer: usize,
    key: String,
    trouble: Trouble,
}

/// What keeps a charge from succeeding, besides the issuer.
#[derive(Debug)]
enum Trouble {
    Nothing,
    /// There is money in these spans only.
    Money {
        funded: Vec<Range<Second>>,
        says: &'static str,
    },
    /// The card is dead, for as long as there is no other.
    Card(&'static str),
    /// The issuer refuses until then; for ever, if it never lifts it.
    Refusal(Option<Second>),
}

impl Person {
    /// Draws the person of that number.
    pub(super) fn draw(seed: u64, number: u64) -> Self {
        let key = format!("person {seed} {number}");
        let mut draws = Draws::new(seed, &key);
        let due = draws.below(DUE_DAYS) * DAY + draws.below(DAY / MINUTE) * MINUTE;
        let issuer = draws.place(ISSUERS).unwrap_or(0);
        let mut replaced = None;
        let trouble = match weighted(&mut draws, &KINDS) {
            Kind::Steady => Trouble::Nothing,
            Kind::Tight => {
                let day = weighted(&mut draws, &PAYDAYS);
                let lasts = weighted(&mut draws, &MONEY_LASTS);
                let lasts = hours(&mut draws, lasts);
                Trouble::money(
                    &mut draws,
                    words::FUNDS,
                    |draws| monthly(draws, due, day, lasts),
                    due,
                )
            }
            Kind::Irregular => Trouble::money(
                &mut draws,
                words::FUNDS,
                |draws| now_and_then(draws, due, DEPOSIT_ONE_IN, DEPOSIT_LASTS),
                due,
            ),
            Kind::Limited => {
                let day = draws.one_of(BILL_DAYS);
                let lasts = weighted(&mut draws, &MONEY_LASTS);
                let lasts = hours(&mut draws, lasts);
                Trouble::money(
                    &mut draws,
                    words::LIMIT,
                    |draws| monthly(draws, due, day, lasts),
                    due,
                )
            }
            Kind::SpentToday => {
                let tomorrow = (due / DAY + 1) * DAY;
                let for_good = tomorrow..Second::MAX;
                Trouble::money(&mut draws, words::LIMIT, |_| vec![for_good], due)
            }
            Kind::Dead => {
                replaced = replacement(&mut draws, due);
                let all = [words::EXPIRED, words::EXPIRED, words::CLOSED, words::LOST];
                Trouble::Card(draws.one_of(all))
            }
            Kind::Refused => {
                let is_lifted = draws.below(1_000) < REFUSAL_LIFTED;
                let after = draws.within(REFUSAL_DAYS.0 * DAY, REFUSAL_DAYS.1 * DAY);
                Trouble::Refusal(is_lifted.then_some(due + after))
            }
        };
        Self {
            due,
            replaced,
            issuer,
            key,
            trouble,
        }
    }

    /// What the issuer says to a charge: nothing when it pays. The same at the same time, whoever asks
    /// and however often.
    pub(super) fn declined(&self, banks: &Banks, at: Second) -> Option<&'static str> {
        if banks.is_out(self.issuer, at) {
            return Some(words::OUT);
        }
        let glitch = spread::fingerprint(&format!("{} {}", self.key, at / HOUR));
        if glitch.is_multiple_of(u128::from(GLITCH_ONE_IN)) {
            return Some(words::NOTHING);
        }
        match &self.trouble {
            Trouble::Nothing => None,
            Trouble::Money { funded, says } => {
                let has_money = funded.iter().any(|span| span.contains(&at));
                (!has_money).then_some(*says)
            }
            Trouble::Card(says) => {
                let is_replaced = self.replaced.is_some_and(|replaced| replaced <= at);
                (!is_replaced).then_some(*says)
            }
            Trouble::Refusal(lifted) => {
                let is_lifted = lifted.is_some_and(|lifted| lifted <= at);
                (!is_lifted).then_some(words::NOTHING)
            }
        }
    }

    /// A key to spread tries by.
    pub(super) fn key(&self) -> &str {
        &self.key
    }
}

impl Trouble {
    fn money(
        draws: &mut Draws,
        says: &'static str,
        spans: impl FnOnce(&mut Draws) -> Vec<Range<Second>>,
        due: Second,
    ) -> Self {
        let is_silent = draws.below(1_000) < SILENT;
        let mut funded = spans(draws);
        let after = now_and_then(draws, due, TOP_UP_ONE_IN, TOP_UP_LASTS);
        funded.extend(after.into_iter().filter(|span| span.start > due + HOUR));
        Self::Money {
            funded,
            says: if is_silent { words::NOTHING } else { says },
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Steady,
    Tight,
    Irregular,
    Limited,
    SpentToday,
    Dead,
    Refused,
}

const KINDS: [(Kind, PerMille); 7] = [
    (Kind::Steady, STEADY),
    (Kind::Tight, TIGHT),
    (Kind::Irregular, IRREGULAR),
    (Kind::Limited, LIMITED),
    (Kind::SpentToday, SPENT_TODAY),
    (Kind::Dead, DEAD),
    (Kind::Refused, REFUSED),
];

/// One of these, by weight.
fn weighted<T: Copy, const N: usize>(draws: &mut Draws, all: &[(T, PerMille); N]) -> T {
    let mut left = draws.below(all.iter().map(|(_, weight)| weight).sum());
    for (one, weight) in all {
        if left < *weight {
            return *one;
        }
        left -= weight;
    }
    unreachable!("what is drawn lies below the sum of the weights")
}

/// The spans after a day of each month around the due date.
fn monthly(draws: &mut Draws, due: Second, day: i8, lasts: Second) -> Vec<Range<Second>> {
    let arrives = hours(draws, SALARY_HOURS);
    let month = i64::try_from(due / (30 * DAY)).unwrap_or(0);
    let around = (month - 2)..=(month + 3);
    let paid = around.filter_map(|month| working_day(month, day));
    paid.map(|midnight| {
        let from = midnight + arrives;
        let other = draws.within(0, 2 * LASTS_OTHERWISE * HOUR);
        let until = (from + lasts + other).saturating_sub(LASTS_OTHERWISE * HOUR);
        from..until.max(from + 6 * HOUR)
    })
    .collect()
}

/// Spans that begin on one day in so many, from some days before the due date on.
fn now_and_then(
    draws: &mut Draws,
    due: Second,
    one_in: u64,
    lasts: (u64, u64),
) -> Vec<Range<Second>> {
    let first = (due / DAY).saturating_sub(5);
    let mut spans = Vec::new();
    for day in first..first + DAYS {
        if draws.one_in(one_in) {
            let from = day * DAY + hours(draws, WAKING_HOURS);
            spans.push(from..from + hours(draws, lasts));
        }
    }
    spans
}

/// When the owner of a dead card gives another one: never before it was declined.
fn replacement(draws: &mut Draws, due: Second) -> Option<Second> {
    if draws.below(1_000) >= CARD_REPLACED {
        return None;
    }
    let after = if draws.one_in(REPLACED_AT_ONCE_ONE_IN) {
        hours(draws, (1, 12))
    } else {
        draws.within(REPLACED_DAYS.0 * DAY, REPLACED_DAYS.1 * DAY)
    };
    Some(due + DAY + after)
}
