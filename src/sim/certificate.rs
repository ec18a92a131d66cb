//! What a run of many seeds shows, for people: how much was lived, what went wrong, which laws held, and
//! where the boundary of the promise is.

use std::fmt;

use crate::sim::Played;
use crate::sim::ending::Totals;
use crate::sim::fleet::Failed;
use crate::sim::marks::Marks;

/// From so many seeds on everything has to be met.
const COMPLETE_FROM: u64 = 400;

/// A year, in seconds.
const YEAR: u64 = 365 * 86_400;

/// What was shown.
#[derive(Debug, Default)]
pub struct Certificate {
    /// How many seeds were played.
    pub seeds: u64,
    /// How many of them twice.
    pub twice: u64,
    /// What was met.
    pub marks: Marks,
    /// Payments beyond one a cycle, also where a law was broken.
    pub double_charges: u64,
    /// The sums, of the seeds that came to their end.
    pub totals: Totals,
    /// Seeds in which a law was broken.
    pub failed: Vec<Failed>,
}

impl Certificate {
    /// Takes a seed in.
    pub(super) fn take(&mut self, played: &Played, is_told_twice: bool) {
        self.seeds += 1;
        self.twice += u64::from(is_told_twice);
        self.marks.take(&played.marks);
        self.double_charges += played.double_charges;
        if let Ok(totals) = &played.ended {
            self.totals.charges += totals.charges;
            self.totals.paid += totals.paid;
            self.totals.cycles += totals.cycles;
            self.totals.lost_cycles += totals.lost_cycles;
            self.totals.subscriber_seconds += totals.subscriber_seconds;
            self.totals.doubts_without_end += totals.doubts_without_end;
            self.totals.forgotten += totals.forgotten;
            self.totals.unasked += totals.unasked;
            self.totals.let_go += totals.let_go;
        }
    }

    /// What should have been met and was not; nothing when there were too few seeds to ask.
    pub fn missing(&self) -> Vec<String> {
        if self.seeds < COMPLETE_FROM {
            return Vec::new();
        }
        self.marks.missing()
    }

    /// Whether every law held, nothing was charged twice or lost, and everything was met.
    pub fn holds(&self) -> bool {
        let losses = self.double_charges + self.totals.lost_cycles;
        self.failed.is_empty() && losses == 0 && self.missing().is_empty()
    }
}

impl fmt::Display for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Totals {
            charges,
            paid,
            cycles,
            lost_cycles,
            subscriber_seconds,
            doubts_without_end,
            forgotten,
            unasked,
            let_go,
        } = self.totals;
        let count = |what: &str| self.marks.count(what);
        let years = subscriber_seconds / YEAR;
        let tenths = subscriber_seconds % YEAR * 10 / YEAR;
        writeln!(f, "seeds                  {}", self.seeds)?;
        writeln!(f, "played twice, the same {}", self.twice)?;
        writeln!(f, "subscriber-years       {years}.{tenths}")?;
        writeln!(f, "cycles due             {cycles}")?;
        writeln!(f, "charges asked for      {charges}")?;
        writeln!(f, "payments               {paid}")?;
        writeln!(f, "deaths                 {}", count("deaths"))?;
        let restores =
            count("copy: put back") + count("copy: moved away") + count("copy: moved back");
        writeln!(f, "restores and moves     {restores}")?;
        writeln!(f, "double charges         {}", self.double_charges)?;
        writeln!(f, "lost cycles            {lost_cycles}")?;
        if self.failed.is_empty() {
            writeln!(f, "broken laws            0")?;
        } else {
            writeln!(f, "broken laws            {} or more", self.failed.len())?;
        }

        writeln!(f, "\nmet, and how often:")?;
        for (what, times) in self.marks.all() {
            writeln!(f, "  {what:<58} {times:>9}")?;
        }
        for what in self.missing() {
            writeln!(f, "  {what:<58}     NEVER")?;
        }
        writeln!(f, "\n{BOUNDARY}")?;
        writeln!(
            f,
            "{doubts_without_end} doubts were left that the gateway itself never ends: a payment that \
             stays `ready` or is not\nwhat was asked for, or \"already ordered\" without a record. They \
             are asked about for ever, and never sent again.\n{forgotten} payments were forgotten with a \
             disk that was rolled back as a whole, and are on record at the gateway alone.\n{unasked} payments of \
             subscriptions that stand still are on record at the gateway alone, until these go on.\n{let_go} payments \
             were not as asked for: a person was told, and let their cycles go."
        )
    }
}

const BOUNDARY: &str = "\
The boundary. On a gateway that looks for a uid first and charges then, the quiet period is longer than its
slowest charge; copies are put back, and machines exchanged, after everything under way has ended and the
gateway's history shows it. Beyond that the promise does not hold: docs/model.md.";
