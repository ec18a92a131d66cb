//! A customer's consent to a price, as somebody wrote it down. The journal keeps the evidence; the
//! subscription keeps what was agreed to last, so that a charge needs no look for it.

use jiff::Timestamp;

use crate::core::answer::Words;
use crate::core::civil::local;
use crate::core::consent::{Agreement, Consent};
use crate::core::cycle::Event;
use crate::core::subscription::{Card, Hold, Refused};
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::reader::{Page, Reader};
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{Ahead, StoreError, columns, doing};

impl Turn<'_> {
    /// Writes down what a customer agreed to. A subscription that was held for want of it goes on.
    pub(super) async fn agree(
        &mut self,
        mut row: SubscriptionRow,
        (agreement, evidence): (Agreement, &Words),
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let before = Agreement {
            at: columns::instant(&row.id, row.agreed_at)?,
            won: row.agreed_won,
        };
        if let Some(why) = self.stands_against(&row, before, agreement)? {
            return Ok(Err(why));
        }
        if before == agreement {
            return Ok(Ok(self.led_to(&row, works, false)));
        }

        row.agreed_at = agreement.at.as_microsecond();
        row.agreed_won = agreement.won;
        for at_work in works.iter_mut() {
            let known = &mut at_work.row.subscription;
            (known.agreed_at, known.agreed_won) = (row.agreed_at, row.agreed_won);
        }
        let is_freed =
            row.hold.as_deref() == Some(Hold::NoConsent.name()) && self.is_enough(works)?;
        if is_freed && self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }
        if is_freed {
            row.hold = None;
        }
        let shown = format!("{evidence} {}", who.words());
        let entry = Entry::of_subscription("consented", self.now, &row).by(&who.actor);
        self.journal.push(entry.worded(shown.trim_end()));
        self.pending.subscriptions.insert(row.key, row.clone());

        let waits = |at_work: &&mut Work| !at_work.cycle.state.is_open();
        for at_work in works.iter_mut().filter(|_| is_freed).filter(waits) {
            self.step(at_work, &Event::Released, Card::Free, &who.actor)
                .await?;
        }
        // A consent that is too early, or to too little, does not have the next cycle charged.
        let waiting = works.iter().find(|at_work| at_work.is_scheduled());
        let lacking = waiting.map(|waiting| self.lacking(waiting)).transpose()?;
        Ok(Ok(Changed {
            rises_to: lacking.flatten().map(|rise| rise.to),
            ..self.led_to(&row, works, true)
        }))
    }

    fn stands_against(
        &self,
        row: &SubscriptionRow,
        before: Agreement,
        agreement: Agreement,
    ) -> Result<Option<NotDone>, StoreError> {
        let status = columns::status(&row.id, &row.status)?;
        if status.is_ended() {
            let (request, status) = ("note a consent to", status.name());
            return Ok(Some(Refused { request, status }.into()));
        }
        if agreement.at > self.now && self.unknown.time {
            return Ok(Some(NotDone::TimeUnknown));
        }
        if agreement.at > self.now {
            return Ok(Some(NotDone::NotYet { at: agreement.at }));
        }
        if before.at <= agreement.at {
            return Ok(None);
        }
        let zone = &self.book.terms(row.plan_key)?.plan.zone;
        Ok(Some(NotDone::AgreedLater {
            id: row.id.clone(),
            at: local(before.at, zone),
            won: before.won,
        }))
    }

    /// Whether nothing that waits lacks consent any more.
    fn is_enough(&self, works: &[Work]) -> Result<bool, StoreError> {
        for at_work in works {
            if at_work.is_scheduled() && at_work.consent(self.now)? == Consent::Lacking {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl Reader {
    /// A page of the subscriptions whose price may rise by then: their next cycle does, or their plan
    /// has other prices than one.
    ///
    /// # Errors
    /// [`StoreError`] when the database cannot be read.
    pub async fn rises_ahead(
        &self,
        page: Page<i64>,
        by: Timestamp,
    ) -> Result<Vec<Ahead>, StoreError> {
        let rows: Vec<(i64, String)> = sqlx::query_as(include_str!("sql/rises_ahead.sql"))
            .bind(page.after)
            .bind(by.as_microsecond())
            .bind(i64::from(page.limit))
            .fetch_all(&self.pool)
            .await
            .map_err(doing("read whose price rises"))?;
        self.taken(&rows)
    }
}
