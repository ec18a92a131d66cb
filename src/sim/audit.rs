//! The audit of an instant: what the journal, the network and the gateway's ledger tell of it goes into
//! the trace and before the laws. What the laws are is theirs to know.

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;

use crate::sim::books::{Entry, Key, text};
use crate::sim::gate::{self, Instant};
use crate::sim::laws;
use crate::sim::uids;
use crate::sim::world::World;

/// How many calls may leave at once after a pause, beyond the pace.
const BURST: usize = 2;

/// What the journal tells that a person has to decide about.
const TOLD: [&str; 4] = ["differs", "contradicted", "mismatch", "found_mismatch"];

/// What is in the journal without being news.
const ROUTINE: [&str; 5] = [
    "asked",
    "deferred",
    "found_absent",
    "found_mismatch",
    "found_unclear",
];

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    /// Checks everything that happened in this instant. It goes before the clock moves.
    pub(super) async fn audit(&mut self) -> Result<()> {
        let now = self.stage.true_now();
        let entries = self.news().await?;
        let mut about = Vec::with_capacity(entries.len());
        for entry in &entries {
            let (kind, after) = (&entry.kind, &entry.after);
            let before = self.books.take(entry)?;
            about.push(gate::attempt_of(entry, &self.books));
            let whose = entry.subscription_key.and_then(|key| {
                let row = self.books.row(Key::Subscription(key))?;
                Some(text(row, "id").to_owned())
            });
            let (whose, n) = (whose.unwrap_or_default(), entry.n);
            let n = n.map(|n| format!("-{n}")).unwrap_or_default();
            let words = entry.words.as_deref().unwrap_or_default();
            let line = format_args!("sim-{whose}{n}: {kind} {after} {words}");
            self.trace.tell(now, line);
            self.marks.entry(entry);
            if self.laws.is_waived(entry, &self.books)? {
                self.marks.met("term: an end that was waived");
            }
            if let (true, Some(key)) = (
                TOLD.contains(&kind.as_str()),
                entry.subscription_key.zip(entry.n),
            ) {
                let beyond = uids::beyond(words).map(|later| (key.0, later));
                self.told.insert(key);
                self.told.extend(beyond);
            }
            if let ("retried", Some(key)) = (&**kind, entry.subscription_key.zip(entry.n)) {
                self.by_hand.insert(key);
            }
            self.laws
                .check(entry, before.as_ref(), &self.books, now)
                .with_context(|| format!("sim-{whose}{n}: {kind}"))?;
        }
        let sent = self.network.take_sent();
        if sent.iter().any(|one| uids::parts(&one.merchant_uid).1 > 0) {
            self.marks.met("uid: a second one of a cycle");
        }
        let quiet_period = self.shop.limits.quiet_period;
        self.quiet
            .check(self.network.take_arrivals(), quiet_period)?;
        let quiet = &self.quiet;
        self.gateway.with(|gateway, _| {
            let mut uids = sent.iter().map(|one| one.merchant_uid.as_str());
            uids.try_for_each(|uid| quiet.rests(uid, gateway.ledger(), (quiet_period, now)))
        })?;
        self.laws.check_sent(sent)?;
        let unproved = self.network.take_unproved();
        ensure!(
            unproved.is_empty(),
            "a later uid was sent, and nobody had asked about {}",
            unproved.join(", ")
        );
        self.laws.credits.check(&self.books)?;
        let is_routine = |entry: &Entry| ROUTINE.contains(&entry.kind.as_str());
        if entries.iter().any(|entry| !is_routine(entry)) {
            self.idle_steps = 0;
        }
        let entries: Vec<(Option<gate::Attempt>, Entry)> = about.into_iter().zip(entries).collect();
        self.audit_gate(&entries, now)?;
        self.audit_ledger(now)
    }

    /// What was written since. An engine that has not been at work since the last time wrote nothing; a dead
    /// one may have, in its last moment. One that was at work has often only looked.
    async fn news(&mut self) -> Result<Vec<Entry>> {
        let naps = self.life.is_some().then(|| self.stage.naps());
        if naps.is_some() && naps == self.read_at {
            return Ok(Vec::new());
        }
        self.read_at = naps;
        if !self.door.has_news()? {
            return Ok(Vec::new());
        }
        self.door.entries_after(self.books.seen()).await
    }

    /// What stands between a due cycle and the gateway.
    fn audit_gate(
        &mut self,
        entries: &[(Option<gate::Attempt>, Entry)],
        now: Timestamp,
    ) -> Result<()> {
        let health = self.handle().ok().map(|handle| handle.health());
        let instant = Instant {
            entries,
            books: &self.books,
            looked: self.network.take_looked(),
            health: health.as_ref(),
            now,
            ours_ahead: self.stage.ours_ahead(),
        };
        self.gate.check(&instant, &mut self.marks)?;
        if let Some(rash) = self.network.take_rash() {
            bail!("{rash}");
        }
        let Some(allowed) = self.shop.limits.calls_per_second else {
            return Ok(());
        };
        let (calls, half) = (self.network.calls_when_told(), allowed.div_ceil(2));
        ensure!(
            calls <= usize::try_from(half)?,
            "{calls} calls within a second just after a 429, and {half} are half the pace"
        );
        Ok(())
    }

    fn audit_ledger(&mut self, now: Timestamp) -> Result<()> {
        let changed = self.books.take_changed();
        let (laws, books, trace) = (&self.laws, &self.books, &self.trace);
        let seen = &mut self.payments_seen;
        self.gateway.with(|gateway, _| -> Result<()> {
            let ledger = gateway.ledger();
            for payment in ledger.payments().iter().skip(*seen) {
                let (uid, name) = (&payment.merchant_uid, payment.imp_uid());
                let (status, at) = (payment.status.name(), payment.settled_at);
                trace.tell(
                    now,
                    format_args!("{uid}: at the gateway {name}, {status} at {at}"),
                );
            }
            *seen = ledger.payments().len();
            laws::nobody_paid_twice(ledger)?;
            laws::recorded_is_paid(laws, (books, &changed), ledger)
        })?;
        let most = self.network.under_way_most();
        // The question for the time is not counted by the engine.
        ensure!(
            most <= self.shop.limits.in_flight_max + 1,
            "{most} calls under way at once, and {} are allowed",
            self.shop.limits.in_flight_max
        );
        if let Some(allowed) = self.shop.limits.calls_per_second {
            let calls = self.network.calls_in_a_second();
            ensure!(
                calls <= usize::try_from(allowed)? + BURST,
                "{calls} calls within a second, and {allowed} are allowed"
            );
        }
        laws::contiguous(books, &changed)
    }
}
