//! What must hold after every step, whatever went wrong: the invariants of DESIGN section 4, checked
//! against what the journal says, what left the process, and the gateway's own ledger.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::order::Installation;
use crate::core::plan::{Plan, Terms};
use crate::gateway::simulator::ledger::{Ledger, Payment, Status};
use crate::sim::asked::{Asked, First};
use crate::sim::bond;
use crate::sim::books::{Books, Entry, Key, Row, number, text};
use crate::sim::cards::Cards;
use crate::sim::credits::Credits;
use crate::sim::dates;
use crate::sim::gate;
use crate::sim::port::Sent;
use crate::sim::prices::{self, Bought};
use crate::sim::uids;

/// How far the engine's time may be from the true one when it charges: two clocks agree within two
/// minutes, and the gateway tells whole seconds.
const TRUST: Duration = Duration::from_secs(121);

/// The laws, and what of this instant they have to remember.
#[derive(Debug)]
pub(super) struct Laws {
    installation: Installation,
    /// The terms of each plan by the key of its version.
    terms: BTreeMap<i64, Terms>,
    /// Attempts that were written down and not sent yet, in this instant; those under a later uid for longer.
    intents: Vec<Sent>,
    /// How many attempts of the last instant never left.
    unsent: usize,
    /// Cycles that were ever seen paid, by uid.
    paid: BTreeMap<String, String>,
    /// What is paid and not used.
    pub(super) credits: Credits,
    /// Whose card is dead.
    cards: Cards,
    /// What was asked for.
    asked: Asked,
}

impl Laws {
    pub(super) fn new(installation: Installation) -> Self {
        Self {
            installation,
            terms: BTreeMap::new(),
            intents: Vec::new(),
            unsent: 0,
            paid: BTreeMap::new(),
            credits: Credits::default(),
            cards: Cards::default(),
            asked: Asked::default(),
        }
    }

    /// The versions of plans, as the database numbers them.
    pub(super) fn know_plans(&mut self, terms: BTreeMap<i64, Terms>) {
        self.terms = terms;
    }

    /// The terms under that key.
    pub(super) fn terms(&self, plan_key: i64) -> Option<&Terms> {
        self.terms.get(&plan_key)
    }

    /// The database is an older one from here on: what it no longer knows is not held against it.
    pub(super) fn forget(&mut self, books: &Books) {
        self.asked.forget(books);
        self.paid.clear();
        self.intents.clear();
        self.credits.forget();
        self.cards.forget();
    }

    /// The `merchant_uid` of a cycle, written as the documents say and not as the code does it.
    pub(super) fn uid(&self, books: &Books, subscription: i64, n: i64) -> String {
        let row = books.row(Key::Subscription(subscription));
        let id = row.map(|row| text(row, "id")).unwrap_or_default();
        format!("{}-{id}-{n}", self.installation)
    }

    /// Whether an entry tells that the desk let somebody go who was bound.
    pub(super) fn is_waived(&self, entry: &Entry, books: &Books) -> Result<bool> {
        bond::is_waived(entry, books, &self.terms)
    }

    /// Checks one entry of the journal, which `books` have taken in. `before` is the row of its cycle
    /// as it was, `now` the true time.
    pub(super) fn check(
        &mut self,
        entry: &Entry,
        before: Option<&Row>,
        books: &Books,
        now: Timestamp,
    ) -> Result<()> {
        self.credits.note(entry, before, books)?;
        self.cards.note(entry, books);
        self.asked.note(entry, books, &self.terms)?;
        bond::holds(entry, books, &self.terms)?;
        let (Some(subscription), Some(n)) = (entry.subscription_key, entry.n) else {
            return Ok(());
        };
        let after = books.row(Key::Cycle(subscription, n));
        let after = after.context("an entry about a cycle that was never enrolled")?;
        let state = text(after, "state");
        let has_moment = number(after, "wake_at").is_some();
        ensure!(
            has_moment != is_final(state),
            "a cycle that is {state} has a next moment: {has_moment}"
        );
        if let Some(before) = before {
            let was = text(before, "state");
            ensure!(
                !is_paid(was) || is_paid(state),
                "paid became unpaid: {was} became {state}"
            );
            ensure!(
                !is_final(was) || is_final(state),
                "what was over is not: {was} became {state}"
            );
            gate::ladder_stays(&entry.kind, before, after)?;
        }
        if is_paid(state) {
            let imp_uid = text(after, "imp_uid").to_owned();
            let uid = self.uid(books, subscription, n);
            let first = self.paid.entry(uid).or_insert_with(|| imp_uid.clone());
            ensure!(
                *first == imp_uid,
                "a payment changed its name: {first} became {imp_uid}"
            );
        }
        match entry.kind.as_str() {
            "begun" => self.begun(entry, (subscription, n), books, now),
            _ => Ok(()),
        }
    }

    /// An attempt was written down, and will be sent.
    fn begun(
        &mut self,
        entry: &Entry,
        (subscription, n): (i64, i64),
        books: &Books,
        now: Timestamp,
    ) -> Result<()> {
        let row = books.row(Key::Subscription(subscription));
        let row = row.context("a charge of a subscription that is not there")?;
        may_be_charged(row, entry.at)?;
        let cycle = books.row(Key::Cycle(subscription, n)).context("a cycle")?;
        self.cards.begun(subscription, cycle)?;
        ensure!(
            !books.is_sweep_held(),
            "charged while a batch is held that nobody approved"
        );

        let due_at = instant(number(cycle, "due_at").context("a due date")?)?;
        let early = due_at.duration_since(now);
        ensure!(
            early <= TRUST.try_into()?,
            "charged {early:#} before it is due, by the true time"
        );
        let terms = number(cycle, "plan_key").and_then(|key| self.terms.get(&key));
        let terms = terms.context("a charge on a plan that nobody knows")?;
        let at = instant(entry.at)?;
        ensure!(
            terms.window.earliest(at, &terms.plan.zone) == at,
            "charged outside the window {}: {at}",
            terms.window
        );
        let no = CycleNo::parse(u32::try_from(n)?)?;
        if number(cycle, "plan_key") == number(row, "plan_key") {
            due_by_anchor(row, &terms.plan, no, due_at)?;
        }
        ensure!(
            books.row(Key::Cycle(subscription, n + 1)).is_some()
                || prices::is_last(&terms.plan, no.number()),
            "cycle {n} was begun and cycle {} is not enrolled",
            n + 1
        );
        if number(cycle, "attempts") == Some(1) {
            let before = books.row(Key::Cycle(subscription, n - 1));
            let plan = terms_of(&self.terms, cycle)?;
            let earlier = before.map(|before| terms_of(&self.terms, before));
            let first = First {
                no,
                row,
                cycle,
                plan,
                bought: Bought::of(row, plan)?,
                earlier: earlier.transpose()?.unwrap_or(plan),
            };
            self.asked.first(first, at)?;
        }
        self.intends((subscription, n), cycle, books)?;
        one_open_a_card(books)
    }

    /// What is to be sent, under the uid of its cycle.
    fn intends(&mut self, (subscription, n): (i64, i64), cycle: &Row, books: &Books) -> Result<()> {
        let k = number(cycle, "attempts").context("a number of attempts")?;
        let attempt = books.row(Key::Attempt(subscription, n, k));
        let attempt = attempt.context("begun without an attempt on record")?;
        let own = self.uid(books, subscription, n);
        let uid = text(attempt, "merchant_uid").to_owned();
        ensure!(
            uids::parts(&uid).0 == own,
            "cycle {n} goes out under {uid}, and its uid is {own}"
        );
        self.intents.retain(|intent| intent.merchant_uid != uid);
        self.intents.push(Sent {
            merchant_uid: uid,
            customer_uid: text(attempt, "customer_uid").to_owned(),
            won: number(attempt, "amount").context("an amount")?,
        });
        Ok(())
    }

    /// Whatever left the process in this instant was on disk before; at the end of the instant nothing
    /// is left of it but what is still asked about.
    pub(super) fn check_sent(&mut self, sent: Vec<Sent>) -> Result<()> {
        for one in sent {
            let Some(place) = self.intents.iter().position(|intent| *intent == one) else {
                bail!(
                    "{}: sent, {} won from {}, and no such intent is on disk",
                    one.merchant_uid,
                    one.won,
                    one.customer_uid
                );
            };
            self.intents.swap_remove(place);
        }
        let before = self.intents.len();
        // What goes out under a later uid is asked about first, and may leave in a later instant.
        self.intents
            .retain(|intent| uids::parts(&intent.merchant_uid).1 > 0);
        self.unsent = before - self.intents.len();
        Ok(())
    }

    /// Whether an attempt of the last instant was written down and never left.
    pub(super) fn has_unsent(&self) -> bool {
        self.unsent > 0
    }
}

/// The plan by whose version a cycle is charged.
fn terms_of<'a>(terms: &'a BTreeMap<i64, Terms>, cycle: &Row) -> Result<&'a Plan> {
    let terms = number(cycle, "plan_key").and_then(|key| terms.get(&key));
    Ok(&terms.context("a cycle on a plan that nobody knows")?.plan)
}

/// Whoever is charged is not stopped, held or over.
fn may_be_charged(row: &Row, at: i64) -> Result<()> {
    let status = text(row, "status");
    ensure!(
        matches!(status, "active" | "past_due" | "trialing"),
        "charged while {status}"
    );
    ensure!(
        !row.contains_key("hold"),
        "charged while held: {}",
        text(row, "hold")
    );
    let ends_at = number(row, "ends_at");
    ensure!(
        ends_at.is_none_or(|ends_at| at < ends_at),
        "charged after its end, which was at {ends_at:?}"
    );
    Ok(())
}

/// A cycle is due by the anchor, or by the one that it was moved to; what was due before the move stays so.
fn due_by_anchor(row: &Row, plan: &Plan, no: CycleNo, due_at: Timestamp) -> Result<()> {
    let moved = number(row, "moved_n").zip(number(row, "moved_at"));
    let (from, first) = match moved {
        None => (number(row, "anchor_at"), 0),
        Some((first, _)) if i64::from(no.number()) < first => return Ok(()),
        Some((first, at)) => (Some(at), u32::try_from(first)?),
    };
    let anchor = instant(from.context("an anchor")?)?;
    let steps = CycleNo::parse(no.number() - first)?;
    let expected = match dates::due_at(plan, anchor, steps.number())? {
        Some(expected) => expected,
        None => plan.due_at(anchor, steps)?,
    };
    ensure!(
        expected == due_at,
        "cycle {no} is not due by its anchor: {due_at}"
    );
    Ok(())
}

/// At most one attempt of a card, and of a cycle, is open.
fn one_open_a_card(books: &Books) -> Result<()> {
    let (mut cards, mut cycles) = (BTreeSet::new(), BTreeSet::new());
    for attempt in books.open_attempts() {
        let card = text(attempt, "customer_uid");
        ensure!(cards.insert(card), "two open attempts of the card {card}");
        let cycle = (number(attempt, "subscription_key"), number(attempt, "n"));
        ensure!(cycles.insert(cycle), "two open attempts of {cycle:?}");
    }
    Ok(())
}

/// The numbers of a subscription's cycles have no gap, and start where it starts: of these cycles, each
/// has one before it or is the first.
pub(super) fn contiguous(books: &Books, cycles: &[(i64, i64)]) -> Result<()> {
    for (subscription, n) in cycles {
        let row = books.row(Key::Subscription(*subscription));
        let first = row.and_then(|row| number(row, "first_cycle"));
        let first = first.context("a cycle of nobody")?;
        ensure!(
            *n == first || books.row(Key::Cycle(*subscription, n - 1)).is_some(),
            "cycle {} of {subscription} is missing",
            n - 1
        );
    }
    Ok(())
}

/// At most one net success a cycle, by the gateway's ledger.
pub(super) fn nobody_paid_twice(ledger: &Ledger) -> Result<()> {
    if let Some(uid) = ledger.double_charges().next() {
        bail!("{uid}: charged twice");
    }
    Ok(())
}

/// What is recorded as paid is paid there, under that uid, as it was asked for: of these cycles. A payment
/// that was made is refunded at most, so whoever looked at a cycle need not look again until it changes.
pub(super) fn recorded_is_paid(
    laws: &Laws,
    (books, cycles): (&Books, &[(i64, i64)]),
    ledger: &Ledger,
) -> Result<()> {
    for (subscription, n) in cycles {
        let cycle = books.row(Key::Cycle(*subscription, *n));
        let own = laws.uid(books, *subscription, *n);
        let last = cycle.and_then(|cycle| number(cycle, "uid_no"));
        let all = uids::all(&own, last.unwrap_or(0));
        let successes: usize = all.iter().map(|uid| ledger.net_successes(uid)).sum();
        ensure!(successes <= 1, "{own}: charged twice, under {all:?}");
        let Some(cycle) = cycle.filter(|cycle| is_paid(text(cycle, "state"))) else {
            continue;
        };
        let uid = uids::paid(books, (*subscription, *n)).unwrap_or(own);
        let imp_uid = text(cycle, "imp_uid");
        let payment = ledger.payment(imp_uid);
        let payment = payment
            .with_context(|| format!("{uid}: recorded as paid as {imp_uid}, and there is none"))?;
        ensure!(
            *payment.merchant_uid == *uid && is_as_asked(payment, cycle),
            "{uid}: recorded as paid as {imp_uid}, and that is {payment:?}"
        );
    }
    Ok(())
}

/// Whether a payment is what the cycle asked for, and was made.
pub(super) fn is_as_asked(payment: &Payment, cycle: &Row) -> bool {
    let is_made = match payment.status {
        Status::Paid | Status::Cancelled => true,
        Status::Ready | Status::Failed => false,
    };
    is_made
        && Some(payment.amount) == number(cycle, "amount")
        && payment.currency == "KRW"
        && !payment.sandbox
        && !payment.customer_uid.ends_with("-other")
}

/// Whether a state of that name is over.
pub(super) fn is_final(state: &str) -> bool {
    !matches!(state, "scheduled" | "charging" | "in_doubt" | "retrying")
}

/// Whether a state of that name has a payment.
pub(super) fn is_paid(state: &str) -> bool {
    matches!(state, "paid" | "partially_refunded" | "refunded")
}

/// An instant of the database.
pub(super) fn instant(microsecond: i64) -> Result<Timestamp> {
    Ok(Timestamp::from_microsecond(microsecond)?)
}
