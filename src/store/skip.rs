//! Skipping a cycle before it is tried: it is never asked for, and the one after it is enrolled.

use crate::core::calendar::CycleNo;
use crate::core::cycle::{Event, Forgone};
use crate::core::subscription::{Card, Refused};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns};

impl Turn<'_> {
    /// Skips the cycle that waits. `n` says which one that is to be: whoever names it can say so twice
    /// without skipping two.
    pub(super) async fn skip(
        &mut self,
        row: &SubscriptionRow,
        n: Option<CycleNo>,
        works: &mut Vec<Work>,
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let refused = Refused {
                request: "skip a cycle of",
                status: status.name(),
            };
            return Ok(Err(refused.into()));
        }
        // The next cycle would be looked at when the time that the clock says now has come.
        if self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }
        let Some(waiting) = works.iter_mut().find(|at_work| at_work.is_scheduled()) else {
            return Ok(Err(NotDone::NothingWaits(row.id.clone())));
        };
        if let Some(n) = n.filter(|n| i64::from(n.number()) != waiting.row.cycle.n) {
            return Ok(Err(NotDone::OtherCycle {
                id: row.id.clone(),
                asked: n.number(),
                waiting: waiting.row.cycle.n,
            }));
        }
        if row
            .ends_at
            .is_some_and(|end| end <= waiting.row.cycle.due_at)
        {
            return Ok(Err(NotDone::EndsBefore {
                id: row.id.clone(),
                cycle: waiting.row.cycle.n,
            }));
        }

        let entry = Entry::of_cycle("skip", self.now, &waiting.row.cycle);
        self.journal.push(entry.asked_by(who));
        let event = Event::Forgone(Forgone::Skipped);
        self.step(waiting, &event, Card::Free, &who.actor).await?;
        let next = self.cycle_after(waiting)?;
        works.extend(next);
        Ok(Ok(self.led_to(row, works, true)))
    }
}
