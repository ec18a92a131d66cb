//! A retry that a person asks for: the cycle that is owed is tried now, under its own uid, and its ladder
//! stays where it was. Whether that is allowed is decided by the core.

use crate::core::calendar::CycleNo;
use crate::core::cycle::{Cause, Event, State};
use crate::core::retry::{NotRetried, Owed, Tried, may_retry};
use crate::core::subscription::Card;
use crate::store::changed::Changed;
use crate::store::journal::Entry;
use crate::store::not_done::NotDone;
use crate::store::once::Who;
use crate::store::subscription::SubscriptionRow;
use crate::store::turn::Turn;
use crate::store::work::Work;
use crate::store::{StoreError, columns, doing};

impl Turn<'_> {
    /// Has the oldest cycle that is owed tried soon. `n` says which one that is to be.
    pub(super) async fn retry(
        &mut self,
        row: &SubscriptionRow,
        n: Option<CycleNo>,
        works: &mut [Work],
        who: &Who,
    ) -> Result<Result<Changed, NotDone>, StoreError> {
        let place = match owed(works, n) {
            Ok(place) => place,
            Err(why) => return Ok(Err(why.into())),
        };
        let Some(at_work) = works.get_mut(place) else {
            return Ok(Err(NotRetried::NothingOwed.into()));
        };
        let case = Owed {
            status: columns::status(&row.id, &row.status)?,
            hold: columns::hold(&row.id, row.hold.as_deref())?,
            card: at_work.row.card_rest(self.now)?,
            death: at_work.row.death(),
            tried: if at_work.row.charged_uid.as_deref() == Some(row.customer_uid.as_str()) {
                Tried::Same
            } else {
                Tried::Another
            },
            class: class(&at_work.cycle.state),
            declines: self.declines_of_cycle(at_work).await?,
            zone: &at_work.terms.plan.zone,
        };
        if let Err(why) = may_retry(case) {
            return Ok(Err(why.into()));
        }
        // "Now" may be ten years ahead, and would be when it is tried.
        if self.unknown.time {
            return Ok(Err(NotDone::TimeUnknown));
        }

        let entry = Entry::of_cycle("retry", self.now, &at_work.row.cycle);
        self.journal.push(entry.asked_by(who));
        self.step(at_work, &Event::Retried, Card::Free, &who.actor)
            .await?;
        Ok(Ok(self.led_to(row, works, true)))
    }

    async fn declines_of_cycle(&mut self, at_work: &Work) -> Result<u32, StoreError> {
        let key = at_work.key();
        let declines: i64 = sqlx::query_scalar(include_str!("sql/declines_of_cycle.sql"))
            .bind(key.subscription)
            .bind(key.n)
            .fetch_one(&mut *self.tx)
            .await
            .map_err(doing("count the declines of a cycle"))?;
        Ok(u32::try_from(declines).unwrap_or(u32::MAX))
    }
}

/// The place of the oldest cycle that is owed and not being charged.
fn owed(works: &[Work], n: Option<CycleNo>) -> Result<usize, NotRetried> {
    let is_owed = |at_work: &Work| {
        matches!(
            at_work.cycle.state,
            State::Retrying { .. } | State::Exhausted { .. }
        )
    };
    let is_named = |at_work: &Work| n.is_none_or(|n| at_work.row.cycle.n == i64::from(n.number()));
    if let Some(place) = works.iter().position(|one| is_owed(one) && is_named(one)) {
        return Ok(place);
    }
    let is_open = |one: &&Work| one.cycle.state.is_open() && is_named(one);
    if let Some(open) = works.iter().find(is_open) {
        return Err(NotRetried::UnderWay(open.row.cycle.n));
    }
    match (n, works.iter().find(|one| is_owed(one))) {
        (Some(n), Some(owed)) => Err(NotRetried::OtherCycle {
            asked: n.number(),
            owed: owed.row.cycle.n,
        }),
        (None, _) | (Some(_), None) => Err(NotRetried::NothingOwed),
    }
}

fn class(state: &State) -> Option<crate::core::dunning::Class> {
    match state {
        State::Retrying {
            cause: Cause::Declined(decline),
            ..
        }
        | State::Exhausted { decline, .. } => Some(decline.class),
        State::Retrying { .. }
        | State::Scheduled { .. }
        | State::Charging { .. }
        | State::InDoubt { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_)
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => None,
    }
}
