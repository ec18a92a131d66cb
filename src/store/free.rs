//! What becomes of the cycles of a subscription that goes on, or that ended.

use crate::core::cycle::{Event, Forgone};
use crate::core::subscription::{Card, Missed};
use crate::store::StoreError;
use crate::store::rows::WorkRow;
use crate::store::turn::Turn;
use crate::store::work::Work;

impl Turn<'_> {
    /// Forgoes what is not begun of the subscriptions that ended in this turn. It goes last, over what the
    /// turn has written: a cycle of theirs may have been answered in the same batch.
    pub(super) async fn forgo_ended(&mut self) -> Result<(), StoreError> {
        for subscription in std::mem::take(&mut self.ended) {
            let mut works = self.unsettled(subscription).await?;
            works.retain(|at_work| !at_work.cycle.state.is_open());
            self.forgo(&mut works, "dues").await?;
            for at_work in works {
                self.put(at_work);
            }
            self.flush().await?;
        }
        Ok(())
    }

    pub(super) async fn forgo(
        &mut self,
        works: &mut [Work],
        actor: &str,
    ) -> Result<(), StoreError> {
        for at_work in works
            .iter_mut()
            .filter(|at_work| !at_work.cycle.state.is_open())
        {
            self.step(
                at_work,
                &Event::Forgone(Forgone::Canceled),
                Card::Free,
                actor,
            )
            .await?;
        }
        Ok(())
    }

    /// Has the retries looked at anew that were put off, of cards of which a decline turned out to be none:
    /// it may be what they rest for (seed 494). It goes over what the turn has written, too.
    pub(super) async fn free_rested(&mut self) -> Result<(), StoreError> {
        for card in std::mem::take(&mut self.undeclined) {
            for mut at_work in self.unsettled_of_card(&card).await? {
                if at_work.is_put_off() {
                    self.step(&mut at_work, &Event::Released, Card::Free, "gateway")
                        .await?;
                    self.put(at_work);
                }
            }
        }
        self.flush().await
    }

    /// Lets what was kept back go on, and settles what came due in the meantime.
    pub(super) async fn free(
        &mut self,
        works: &mut Vec<Work>,
        missed: Option<Missed>,
        actor: &str,
    ) -> Result<(), StoreError> {
        for at_work in works
            .iter_mut()
            .filter(|at_work| !at_work.cycle.state.is_open())
        {
            self.step(at_work, &Event::Released, Card::Free, actor)
                .await?;
        }
        let Some(missed) = missed else { return Ok(()) };

        while let Some(place) = works
            .iter()
            .position(|at_work| self.is_forgone(at_work, missed))
        {
            let Some(at_work) = works.get_mut(place) else {
                break;
            };
            self.step(at_work, &Event::Forgone(Forgone::Missed), Card::Free, actor)
                .await?;
            let Some(next) = self.cycle_after(at_work)? else {
                break;
            };
            works.push(next);
        }
        // Whoever let the others go knows how late the latest is.
        if let Some(latest) = works.last_mut().filter(|latest| latest.is_scheduled()) {
            self.step(latest, &Event::Released, Card::Free, actor)
                .await?;
        }
        Ok(())
    }

    /// The cycle that the last step enrolled after this one, taken into work; nothing after the
    /// plan's last one.
    pub(super) fn cycle_after(&self, before: &Work) -> Result<Option<Work>, StoreError> {
        let newest = self.pending.new_cycles.last();
        let enrolled = newest.filter(|newest| newest.n == before.row.cycle.n + 1);
        let taken = enrolled.cloned().map(|cycle| {
            self.take(WorkRow {
                cycle,
                charged_uid: None,
                ..WorkRow::clone(&before.row)
            })
        });
        taken.transpose()
    }

    pub(super) fn is_missed(&self, at_work: &Work) -> bool {
        at_work.is_scheduled() && at_work.row.cycle.due_at <= self.now.as_microsecond()
    }

    fn is_forgone(&self, at_work: &Work, missed: Missed) -> bool {
        self.is_missed(at_work)
            && match missed {
                Missed::Skip => true,
                Missed::MoveAnchor => false,
                Missed::ChargeLatest => {
                    let next = at_work.next_due_at().ok().flatten();
                    next.is_some_and(|next| next <= self.now)
                }
            }
    }
}
