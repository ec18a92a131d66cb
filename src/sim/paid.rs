//! In the end: what is recorded as paid and what is paid at the gateway are the same, and nothing is paid
//! there that nobody here knows of.

use std::collections::BTreeSet;

use anyhow::{Result, bail, ensure};
use jiff::Timestamp;

use crate::gateway::simulator::ledger::{Ledger, Status};
use crate::gateway::simulator::outcome::Decline;
use crate::sim::books::{Books, Key, Row, number, text};
use crate::sim::ending::Totals;
use crate::sim::laws::{self, is_as_asked, is_final, is_paid};
use crate::sim::story::Story;
use crate::sim::uids;

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// Recorded as paid, and paid there, are the same.
    pub(super) fn check_books(&self, totals: &mut Totals) -> Result<()> {
        let world = &self.world;
        let now = world.stage.true_now().as_microsecond();
        world.gateway.with(|gateway, _| {
            let ledger = gateway.ledger();
            laws::nobody_paid_twice(ledger)?;
            let cycles = world.books.cycles();
            let cycles: Vec<(i64, i64)> = cycles.map(|(key, n, _)| (key, n)).collect();
            laws::recorded_is_paid(&world.laws, (&world.books, &cycles), ledger)?;
            for (subscription, n, cycle) in world.books.cycles() {
                let uid = world.laws.uid(&world.books, subscription, n);
                let all = uids::all(&uid, number(cycle, "uid_no").unwrap_or(0));
                let payment = all
                    .iter()
                    .flat_map(|uid| ledger.of_uid(uid))
                    .find(|payment| is_as_asked(payment, cycle));
                let state = text(cycle, "state");
                let Some(payment) = payment.filter(|_| !is_paid(state)) else {
                    continue;
                };
                // It came due while the books were compared a last time, and its answer is on its way.
                if state == "charging" && number(cycle, "act_at") > Some(now) {
                    continue;
                }
                let asked = uids::last(&world.books, (subscription, n)).unwrap_or(&uid);
                if state == "in_doubt" && is_endless(asked, cycle, (&world.books, ledger)) {
                    continue;
                }
                // A lost history used a later uid than the one that was asked about last; the next try
                // goes out under it or asks about it.
                let uid_no = uids::parts(&payment.merchant_uid).1;
                let is_next = Some(i64::from(uid_no)) >= number(cycle, "uid_no");
                if self.was_rolled_back && state == "retrying" && uid_no > 0 && is_next {
                    totals.unasked += 1;
                    continue;
                }
                // Not asked about while it stands still: found when it goes on, and never sent twice.
                // While the fence waits for a person nothing is compared either.
                let is_still = !self.is_charged(subscription);
                // The machine was rolled back, and the card waits for another doubt: the next try is not sent.
                let row = world.books.row(Key::Subscription(subscription));
                let is_kept = self.was_rolled_back
                    && row.is_some_and(|row| {
                        is_kept_by_doubt(text(row, "customer_uid"), (&world.books, ledger))
                    });
                if self.is_held || (is_still || is_kept) && state == "scheduled" {
                    totals.unasked += 1;
                    continue;
                }
                // A person was told, and let it go; or it waits for a try, which does not get past it.
                let waits = matches!(state, "scheduled" | "retrying");
                if world.told.contains(&(subscription, n)) && (waits || is_final(state)) {
                    totals.let_go += 1;
                    continue;
                }
                if self.was_rolled_back && matches!(state, "skipped" | "waived") {
                    totals.forgotten += 1;
                    continue;
                }
                bail!(
                    "{uid}: {} is {} at the gateway, and the cycle is {state}",
                    payment.imp_uid(),
                    payment.status.name()
                );
            }
            self.check_known(ledger, totals)
        })
    }

    /// Whether the last cycle that is here before this uid's is paid at the gateway as well, and not due yet.
    fn comes_later(&self, uid: &str, ledger: &Ledger) -> bool {
        let (laws, books) = (&self.world.laws, &self.world.books);
        let now = self.world.stage.true_now().as_microsecond();
        books.cycles().any(|(subscription, n, cycle)| {
            let own = laws.uid(books, subscription, n);
            let prefix = own.trim_end_matches(|digit: char| digit.is_ascii_digit());
            let after = uid
                .strip_prefix(prefix)
                .and_then(|after| after.parse().ok());
            text(cycle, "state") == "scheduled"
                && number(cycle, "due_at") > Some(now)
                && after.is_some_and(|after: i64| after > n)
                && ledger.of_uid(&own).any(|one| one.status == Status::Paid)
        })
    }

    /// Every payment is one of a cycle that there is.
    fn check_known(&self, ledger: &Ledger, totals: &mut Totals) -> Result<()> {
        if self.asks_again_from.is_some() {
            // The desk did not come to bring everybody in again: it waits for what the fence found.
            return Ok(());
        }
        let (laws, books) = (&self.world.laws, &self.world.books);
        let known = books.cycles();
        let known: BTreeSet<String> = known.map(|(key, n, _)| laws.uid(books, key, n)).collect();
        let told = self.world.told.iter();
        let told: BTreeSet<String> = told.map(|(key, n)| laws.uid(books, *key, *n)).collect();
        // Somebody whose cycles were lost with a disk is brought in again from a later cycle on.
        // What a lost history paid for somebody whose cycles stand still is found out when they go on: a lost change
        // of plan may have brought cycles forward (seeds 47566, 72849, 84579). Of those who have ended it has to be
        // known before they do, unless they were brought in again after a copy was put back (seed 302901).
        let since = self.world.quiet.history_since();
        let is_unknown = |uid: &str, paid_at: Timestamp| {
            books.subscriptions().any(|(key, row)| {
                let first = number(row, "first_cycle").unwrap_or(0);
                let prefix = format!("sim-{}-", text(row, "id"));
                let is_new = number(row, "created_at") >= Some(since.as_microsecond());
                let is_over = matches!(text(row, "status"), "canceled" | "completed");
                let may_be_lost = paid_at < since && (self.was_rolled_back || is_new || !is_over);
                (0..first).any(|n| laws.uid(books, key, n) == uid)
                    || may_be_lost && !self.is_charged(key) && uid.starts_with(&prefix)
            })
        };
        for payment in ledger.payments() {
            let (uid, _) = uids::parts(&payment.merchant_uid);
            if payment.status != Status::Paid || known.contains(uid) {
                continue;
            }
            // It comes after the last cycle of an older copy. A person was told, and let it go.
            if told.contains(uid) {
                totals.let_go += 1;
                continue;
            }
            // Where a lost change of plan or anchor brought cycles forward, the copy asks about them when the
            // one comes due that it has.
            if self.comes_later(uid, ledger) {
                totals.unasked += 1;
                continue;
            }
            ensure!(
                is_unknown(uid, payment.settled_at),
                "{uid}: paid, and nobody knows such a cycle"
            );
        }
        Ok(())
    }
}

/// Whether a card waits for a doubt that the gateway never ends: at most one attempt of a card is open, and
/// the front page begins with the oldest doubt.
pub(super) fn is_kept_by_doubt(card: &str, (books, ledger): (&Books, &Ledger)) -> bool {
    books
        .open_attempts()
        .filter(|one| text(one, "customer_uid") == card)
        .any(|one| {
            let key = number(one, "subscription_key").zip(number(one, "n"));
            let cycle = key.and_then(|(subscription, n)| books.row(Key::Cycle(subscription, n)));
            let uid = text(one, "merchant_uid");
            cycle.is_some_and(|cycle| is_endless(uid, cycle, (books, ledger)))
        })
}

/// Whether the gateway itself never ends this doubt: its payment stays `ready` for ever, it is not what
/// we asked for, or it speaks of a settled order of which it has no record.
pub(super) fn is_endless(uid: &str, cycle: &Row, (books, ledger): (&Books, &Ledger)) -> bool {
    let of_cycle = |attempt: &&Row| text(attempt, "merchant_uid") == uid;
    let attempt = books.attempts().filter(of_cycle).last();
    let card = attempt.map(|attempt| text(attempt, "customer_uid"));
    let mut payments = ledger.of_uid(uid).peekable();
    if payments.peek().is_none() {
        return text(cycle, "cause") == "settled";
    }
    payments.any(|payment| match payment.status {
        Status::Ready => true,
        // Another card than the one that we asked to charge: by a history that is lost.
        Status::Paid | Status::Cancelled => {
            !is_as_asked(payment, cycle) || card != Some(&*payment.customer_uid)
        }
        // "Paid before", says the PG, and there is no such payment.
        Status::Failed => {
            let is_duplicate = payment.fail_reason == Some(Decline::Duplicate.text());
            is_duplicate || text(cycle, "cause") == "settled"
        }
    })
}
