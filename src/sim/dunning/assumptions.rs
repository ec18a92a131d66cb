//! What is assumed of the people, their banks and their cards. None of these numbers was measured here:
//! no Korean issuer or PG publishes them. Where GATEWAY names a fact it stands beside the number; the
//! rest is a guess that a merchant's own `dues report recovery` should replace.

/// So many of a thousand.
pub(super) type PerMille = u64;

/// Nobody lacks anything: only a fault of the bank's can decline them. Assumed.
pub(super) const STEADY: PerMille = 800;

/// Live on a salary that runs out before the next one. Assumed.
pub(super) const TIGHT: PerMille = 90;

/// Have money on single days: deposits of no fixed day on the account of a check card. Assumed.
pub(super) const IRREGULAR: PerMille = 25;

/// Reached the monthly limit of a credit card, which is free again once its bill is paid. Assumed.
pub(super) const LIMITED: PerMille = 20;

/// Reached a limit of the day, which is gone at midnight. Assumed.
pub(super) const SPENT_TODAY: PerMille = 10;

/// Have a card that is expired, closed or lost. Assumed.
pub(super) const DEAD: PerMille = 25;

/// Are refused by the issuer without a reason ("ask the issuer"). Assumed; the rest of a thousand.
pub(super) const REFUSED: PerMille = 30;

/// Days of the month on which salaries are paid, with their weights. That the 25th is the most common
/// and the 10th, 1st and 15th follow: GATEWAY, decline classes. The weights, and the other days: assumed.
pub(super) const PAYDAYS: [(i8, PerMille); 9] = [
    (25, 380),
    (10, 200),
    (1, 90),
    (15, 80),
    (20, 70),
    (5, 60),
    (21, 50),
    (31, 40),
    (28, 30),
];

/// Hours of the day at which a salary arrives. A payday on a weekend is paid on the Friday before.
/// Assumed: banks book bulk transfers at night and in the morning.
pub(super) const SALARY_HOURS: (u64, u64) = (1, 11);

/// For how many hours after payday a tight account holds enough, with weights: rent, card bills and
/// loans are debited on the same days. Assumed.
pub(super) const MONEY_LASTS: [((u64, u64), PerMille); 4] = [
    ((6, 36), 150),
    ((36, 120), 300),
    ((120, 336), 350),
    ((336, 648), 200),
];

/// By how many hours that differs from month to month, up or down. Assumed.
pub(super) const LASTS_OTHERWISE: u64 = 36;

/// Days of the month on which card bills are paid, all alike; most issuers let customers choose among
/// such days. Assumed.
pub(super) const BILL_DAYS: [i8; 7] = [1, 5, 10, 14, 15, 20, 25];

/// On one day in so many an irregular account receives a deposit, and for how many hours it holds.
/// Assumed.
pub(super) const DEPOSIT_ONE_IN: u64 = 12;
pub(super) const DEPOSIT_LASTS: (u64, u64) = (10, 72);

/// On one day in so many after the first decline somebody fills an account because of it, and for how
/// many hours that holds. Assumed.
pub(super) const TOP_UP_ONE_IN: u64 = 40;
pub(super) const TOP_UP_LASTS: (u64, u64) = (12, 72);

/// The hours of the day at which people move money. Assumed.
pub(super) const WAKING_HOURS: (u64, u64) = (8, 22);

/// How many of those who lack money are declined without a word about it. Assumed: texts are the PG's
/// own, and Daou has no public code book (GATEWAY, decline classes).
pub(super) const SILENT: PerMille = 200;

/// How many refusals without a reason are lifted, and after how many days. Assumed.
pub(super) const REFUSAL_LIFTED: PerMille = 600;
pub(super) const REFUSAL_DAYS: (u64, u64) = (1, 10);

/// How many owners of a dead card give another one, and after how many days: one in so many on the same
/// day. Assumed.
pub(super) const CARD_REPLACED: PerMille = 450;
pub(super) const REPLACED_DAYS: (u64, u64) = (1, 20);
pub(super) const REPLACED_AT_ONCE_ONE_IN: u64 = 4;

/// Issuers. Assumed: about as many as there are large ones.
pub(super) const ISSUERS: usize = 9;

/// How often an issuer is out of order in a month, and for how many minutes. Assumed; outages of an hour
/// and of three are on record (GATEWAY, test mode and outages).
pub(super) const OUTAGES_A_MONTH: u64 = 2;
pub(super) const OUTAGE_MINUTES: (u64, u64) = (10, 300);

/// The nightly maintenance of banks, in minutes of the day in Korea, 23:50 to 00:30: GATEWAY, decline
/// classes.
pub(super) const MAINTENANCE_FROM: u64 = 23 * 60 + 50;
pub(super) const MAINTENANCE_UNTIL: u64 = 30;

/// One charge in so many fails for no reason that lasts. Assumed.
pub(super) const GLITCH_ONE_IN: u64 = 300;

/// The day on which the simulated year begins (a Thursday), and how many days people are due in.
pub(super) const YEAR: i16 = 2026;
pub(super) const DUE_DAYS: u64 = 365;

/// How many days after the first try a payment counts as recovered: then the next month's is due.
pub(super) const COUNTED_DAYS: u64 = 30;
