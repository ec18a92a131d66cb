//! What must be true once nothing has gone wrong for two days: every doubt is settled, everybody who was
//! due was charged or is waiting with a reason, and both sides' books agree.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::dunning::{CARD_DECLINES_MAX, CARD_DECLINES_WITHIN};
use crate::sim::books::{Key, Row, number, text};
use crate::sim::desk::rested_until;
use crate::sim::laws::{self, instant};
use crate::sim::paid::{is_endless, is_kept_by_doubt};
use crate::sim::prices;
use crate::sim::shop::days;
use crate::sim::stage::later;
use crate::sim::story::Story;
use crate::sim::uids;

/// For how long nothing goes wrong before the end.
pub(super) const CALM: Duration = Duration::from_hours(48);

/// How late a charge may be without a reason: a charge window opens once a day, and a card that is busy
/// is tried again minutes later.
const LATE_MAX: Duration = Duration::from_hours(26);

/// How much later it may be where windows were changed: what waited for the old one waits for the new one then.
const OTHER_WINDOW: Duration = Duration::from_hours(24);

/// How far off the next look at what stands still may be: it doubles.
pub(super) const LOOK_AGAIN_MAX: Duration = days(64);

/// The longest wait of any ladder, its hour of spread, and a charge window.
const RETRY_MAX: Duration = days(10);

/// The longest grace of any ladder.
const GRACE_MAX: Duration = days(22);

/// How late a wake-up may be: the story looks away for up to two hours when there is no news.
const OVERSLEPT_MAX: Duration = Duration::from_hours(3);

/// What a seed came to.
#[derive(Debug, Clone, Copy, Default)]
pub struct Totals {
    /// Charges that were asked for, at the gateway.
    pub charges: u64,
    /// Payments there.
    pub paid: u64,
    /// Cycles that were due.
    pub cycles: u64,
    /// Those of them that nobody will ask for although nobody said so.
    pub lost_cycles: u64,
    /// How long subscriptions were there, in seconds.
    pub subscriber_seconds: u64,
    /// Doubts that the gateway itself does not end.
    pub doubts_without_end: u64,
    /// Payments that a rolled back disk forgot and that nobody will ask for again.
    pub forgotten: u64,
    /// Payments of subscriptions that stand still, which come to light when they go on.
    pub unasked: u64,
    /// Payments that the gateway told otherwise than asked for, or of cycles that an older copy does not have,
    /// which a person was told of and let go.
    pub let_go: u64,
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// The last checks.
    pub(super) async fn ends(&mut self) -> Result<Totals> {
        let now = self.world.stage.true_now();
        let health = self.world.handle()?.health();
        // A person has to decide: that is a reason with a name.
        let is_decided = |why: &str| !why.contains("dues release --fence");
        self.is_held = health.stopped.iter().any(|one| !is_decided(&one.why));
        // What lasts until the next charge tries waits for one to be due, and for nothing else.
        let lasts = |until: Option<Timestamp>| until.is_none_or(|until| until > now);
        let stopped = health.stopped.iter().filter(|one| lasts(one.until));
        let stopped = stopped.map(|one| one.why.as_str());
        let stopped: Vec<&str> = stopped.filter(|why| is_decided(why)).collect();
        ensure!(
            stopped.is_empty(),
            "two days without a fault, and nobody is charged: {}",
            stopped.join("; ")
        );
        ensure!(
            health.pace.is_none(),
            "two days without a fault, and the pace is still {:?}",
            health.pace
        );
        let mut totals = Totals::default();
        for (subscription, n, cycle) in self.world.books.cycles() {
            let uid = self.world.laws.uid(&self.world.books, subscription, n);
            self.check_cycle((subscription, &uid), cycle, now, &mut totals)
                .with_context(|| format!("{uid}: in the end"))?;
        }
        self.check_enrolled(now)?;

        self.reconcile().await?;
        self.world.stops().await?;
        self.world.audit().await?;
        self.world.books.compare(&mut self.world.door).await?;
        let cycles = self.world.books.cycles();
        let cycles: Vec<(i64, i64)> = cycles.map(|(key, n, _)| (key, n)).collect();
        laws::contiguous(&self.world.books, &cycles)?;
        self.check_books(&mut totals)?;
        self.count(now, &mut totals)?;
        Ok(totals)
    }

    fn check_cycle(
        &self,
        (subscription, uid): (i64, &str),
        cycle: &Row,
        now: Timestamp,
        totals: &mut Totals,
    ) -> Result<()> {
        let Some(wake_at) = number(cycle, "wake_at") else {
            return Ok(());
        };
        let (wake_at, state) = (instant(wake_at)?, text(cycle, "state"));
        if self.is_held && matches!(state, "scheduled" | "retrying") {
            return Ok(());
        }
        ensure!(
            later(wake_at, OVERSLEPT_MAX) >= now,
            "{state} and not looked at since {wake_at}"
        );
        let key = Key::Subscription(subscription);
        let row = self.world.books.row(key).context("a cycle of nobody")?;
        let is_charged =
            self.is_charged(subscription) && !self.is_kept_by_doubt(text(row, "customer_uid"));
        let due_at = instant(number(cycle, "due_at").context("a due date")?)?;
        match state {
            // It waits for another card.
            "scheduled" if is_charged && !row.contains_key("card_dead") => {
                let rested = rested_until(&self.asked, text(row, "id"), now);
                let could_at = due_at.max(rested);
                let other = self.other_windows_since.map(|_| OTHER_WINDOW);
                let late = LATE_MAX + other.unwrap_or_default();
                ensure!(
                    later(could_at, late) >= now && wake_at <= later(now.max(due_at), LATE_MAX),
                    "due at {due_at}, looked at next at {wake_at}, and not charged"
                );
            }
            "scheduled" => ensure!(
                wake_at <= later(now.max(due_at), LOOK_AGAIN_MAX),
                "due at {due_at}, and looked at next at {wake_at}"
            ),
            "retrying" if text(cycle, "cause") == "exhausted" => ensure!(
                wake_at <= later(now.max(due_at), GRACE_MAX),
                "given up at {wake_at}, which is later than any grace"
            ),
            "retrying" => self.check_retry((subscription, cycle, row), (due_at, wake_at), now)?,
            "charging" | "in_doubt" => {
                let begun_at = instant(number(cycle, "begun_at").context("an attempt")?)?;
                let is_new = later(begun_at, CALM / 2) > now;
                if !is_new {
                    let key = number(cycle, "n").context("a number")?;
                    let asked = uids::last(&self.world.books, (subscription, key));
                    ensure!(
                        self.is_endless(asked.unwrap_or(uid), cycle),
                        "{state} since {begun_at}, and the gateway knows better"
                    );
                    totals.doubts_without_end += 1;
                }
            }
            _ => bail!("{state}, and has a next moment"),
        }
        Ok(())
    }

    /// A retry waits as long as a ladder says, or as its card rests; and one that a person asked for after
    /// the end of the ladder is followed by what came next then, which is the end of the grace.
    fn check_retry(
        &self,
        (subscription, cycle, row): (i64, &Row, &Row),
        (due_at, wake_at): (Timestamp, Timestamp),
        now: Timestamp,
    ) -> Result<()> {
        let card = text(row, "customer_uid");
        let is_charged = self.is_charged(subscription) && !self.is_kept_by_doubt(card);
        let longest = if is_charged {
            RETRY_MAX
        } else {
            LOOK_AGAIN_MAX
        };
        let key = number(cycle, "n").map(|n| (subscription, n));
        let is_by_hand = key.is_some_and(|key| self.world.by_hand.contains(&key));
        let grace_ends = later(due_at, GRACE_MAX + LATE_MAX);
        ensure!(
            wake_at <= later(now, longest)
                || Some(wake_at) <= self.rests_until(card)
                || is_by_hand && wake_at <= grace_ends,
            "tried again at {wake_at}, which no ladder says"
        );
        Ok(())
    }

    /// Until when a card rests that was declined as often as it may be: the last of so many declines,
    /// counted from the newest, has to be as old as they count.
    fn rests_until(&self, card: &str) -> Option<Timestamp> {
        let attempts = self.world.books.attempts();
        let mut declined: Vec<i64> = attempts
            .filter(|row| text(row, "customer_uid") == card && text(row, "outcome") == "declined")
            .filter_map(|row| number(row, "begun_at"))
            .collect();
        declined.sort_unstable_by(|one, other| other.cmp(one));
        let last = declined.get(CARD_DECLINES_MAX as usize - 1)?;
        Some(later(instant(*last).ok()?, CARD_DECLINES_WITHIN))
    }

    /// Whether a subscription is charged when it is due.
    pub(super) fn is_charged(&self, subscription: i64) -> bool {
        let row = self.world.books.row(Key::Subscription(subscription));
        row.is_some_and(|row| {
            let is_live = matches!(text(row, "status"), "active" | "past_due" | "trialing");
            is_live && !row.contains_key("hold")
        })
    }

    /// Whether a card waits for a doubt that the gateway never ends: at most one attempt of a card is
    /// open, and the front page begins with the oldest doubt.
    fn is_kept_by_doubt(&self, card: &str) -> bool {
        let (gateway, books) = (&self.world.gateway, &self.world.books);
        gateway.with(|gateway, _| is_kept_by_doubt(card, (books, gateway.ledger())))
    }

    fn is_endless(&self, uid: &str, cycle: &Row) -> bool {
        let gateway = &self.world.gateway;
        let books = &self.world.books;
        gateway.with(|gateway, _| is_endless(uid, cycle, (books, gateway.ledger())))
    }

    /// Whoever can be charged has a cycle that is still to come, or one that is being charged.
    fn check_enrolled(&self, now: Timestamp) -> Result<()> {
        for (key, row) in self.world.books.subscriptions() {
            let newest = self
                .world
                .books
                .cycles()
                .filter(|(subscription, _, _)| *subscription == key)
                .last();
            let (_, n, cycle) = newest.context("a subscription without a cycle")?;
            let plan = number(row, "plan_key").and_then(|key| self.world.laws.terms(key));
            let plan = &plan.context("a plan that nobody knows")?.plan;
            let is_over = matches!(text(row, "status"), "canceled" | "completed")
                || prices::is_last(plan, u32::try_from(n)?);
            ensure!(
                is_over
                    || number(cycle, "wake_at").is_some() && text(cycle, "state") == "scheduled",
                "{}: cycle {n} is {}, and no cycle follows: a lost cycle",
                text(row, "id"),
                text(cycle, "state")
            );
            ensure!(
                is_over || instant(number(cycle, "due_at").unwrap_or(0))? <= later(now, days(400)),
                "{}: cycle {n} lies years ahead",
                text(row, "id")
            );
        }
        Ok(())
    }

    fn count(&self, now: Timestamp, totals: &mut Totals) -> Result<()> {
        let world = &self.world;
        for (_, row) in world.books.subscriptions() {
            let from = instant(number(row, "created_at").context("a beginning")?)?;
            let until = number(row, "ended_at").map(instant).transpose()?;
            let span = Duration::try_from(until.unwrap_or(now).duration_since(from));
            totals.subscriber_seconds += span.unwrap_or_default().as_secs();
        }
        let now = now.as_microsecond();
        let due = world.books.cycles();
        let due = due.filter(|(_, _, cycle)| number(cycle, "due_at").is_some_and(|at| at <= now));
        totals.cycles = u64::try_from(due.count())?;
        let sums = world.gateway.with(|gateway, _| gateway.ledger().totals());
        totals.paid = sums.paid + sums.cancelled;
        let charges = world.gateway.with(|gateway, _| {
            let counts = gateway.happened().charges.values();
            counts.sum::<u64>()
        });
        totals.charges = charges;
        for (subscription, n, _) in world.books.cycles() {
            CycleNo::parse(u32::try_from(n)?)
                .with_context(|| format!("cycle {n} of {subscription}"))?;
        }
        Ok(())
    }
}
