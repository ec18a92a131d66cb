//! What it came to, counted from our records and held against the gateway's own books.

use anyhow::Result;
use jiff::Timestamp;

use crate::core::money::grouped;
use crate::gateway::simulator::ledger::Totals;
use crate::store::{CycleView, Page, Reader};

/// How many rows are read at once.
const PAGE: u32 = 1_000;

/// An hour, in microseconds.
const HOUR_US: i64 = 3_600_000_000;

/// The sums of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Summary {
    /// Cycles that came due.
    pub due: u64,
    /// Those that were paid.
    pub paid: u64,
    /// Those of them that took more than one try.
    pub recovered: u64,
    /// Those that are being tried again.
    pub retrying: u64,
    /// Those whose outcome is open.
    pub open: u64,
    /// What those ask for, in won: the gateway may have collected it already.
    pub open_won: i64,
    /// Those that dunning gave up.
    pub uncollectible: u64,
    /// Those that the desk chose not to ask for, or that wait while it has paused a subscription.
    pub stood_still: u64,
    /// Those that came due and that nobody looked at: always 0.
    pub forgotten: u64,
    /// What we recorded as paid, in won.
    pub collected_won: i64,
    /// What the gateway's books say, in won.
    pub ledger_won: i64,
    /// Requests to charge.
    pub attempts: u64,
    /// Cycles that the gateway charged more than once: always 0.
    pub double: usize,
}

impl Summary {
    pub(super) async fn of(
        reader: &Reader,
        (totals, double): (Totals, usize),
        now: Timestamp,
    ) -> Result<Self> {
        let mut summary = Self {
            double,
            ledger_won: totals.collected_won,
            ..Self::default()
        };
        let mut after = (0, -1);
        loop {
            let cycles = reader.cycles(Page { after, limit: PAGE }).await?;
            let Some(last) = cycles.last() else {
                return Ok(summary);
            };
            after = (last.subscription_key, last.cycle);
            for cycle in cycles
                .iter()
                .filter(|cycle| cycle.due_at <= now.as_microsecond())
            {
                summary.count(cycle, now);
            }
        }
    }

    /// Whether the books agree, nothing was charged twice and nothing was forgotten.
    pub const fn adds_up(&self) -> bool {
        let settled = self.paid + self.retrying + self.open + self.uncollectible + self.stood_still;
        self.double == 0
            && self.forgotten == 0
            && self.collected_won <= self.ledger_won
            && self.ledger_won <= self.collected_won + self.open_won
            && settled == self.due
    }

    pub(super) fn lines(&self) -> Vec<String> {
        vec![
            format!("due          {:>9}  cycles", self.due),
            format!(
                "  paid       {:>9}  of them {} after more than one try",
                self.paid, self.recovered
            ),
            format!("  retrying   {:>9}", self.retrying),
            format!(
                "  open       {:>9}  for {} won that the gateway may have",
                self.open,
                grouped(self.open_won)
            ),
            format!("  given up   {:>9}", self.uncollectible),
            format!(
                "  stood still{:>9}  paused, or skipped by the desk",
                self.stood_still
            ),
            format!(
                "charged      {:>9}  requests for {} payments",
                self.attempts, self.paid
            ),
            format!(
                "collected    {:>9}  won; the gateway's books say {}",
                grouped(self.collected_won),
                grouped(self.ledger_won)
            ),
            format!("double       {:>9}", self.double),
            format!("skipped      {:>9}", self.forgotten),
        ]
    }

    fn count(&mut self, cycle: &CycleView, now: Timestamp) {
        self.due += 1;
        self.attempts += u64::try_from(cycle.attempts).unwrap_or(0);
        match cycle.state.as_str() {
            "paid" | "partially_refunded" | "refunded" => {
                self.paid += 1;
                self.recovered += u64::from(cycle.attempts > 1 || cycle.declines > 0);
                self.collected_won += cycle.amount - cycle.refunded;
            }
            "retrying" => self.retrying += 1,
            "charging" | "in_doubt" => {
                self.open += 1;
                self.open_won += cycle.amount;
            }
            "uncollectible" => self.uncollectible += 1,
            "skipped" | "waived" => self.stood_still += 1,
            _ if cycle
                .wake_at
                .is_some_and(|wake_at| wake_at > now.as_microsecond()) =>
            {
                self.stood_still += 1;
            }
            // Its moment may have come as the sandbox ended.
            _ if cycle
                .wake_at
                .is_some_and(|wake_at| wake_at > now.as_microsecond() - HOUR_US) =>
            {
                self.open += 1;
            }
            _ => self.forgotten += 1,
        }
    }
}
