//! What the gateway says of an attempt that is over. A success is a fact in whatever state it reaches
//! us, also one that was given back: a look-up can be overtaken by the next attempt, and the gateway has
//! turned failed payments into paid ones. Anything else that it says late tells us nothing new.

use crate::core::answer::{Answer, Finding, Receipt, Words};
use crate::core::cycle::transition::{Origin, illegal};
use crate::core::cycle::{Effect, Event, Illegal, State, Step};
use crate::core::subscription::Hold;

/// The part of the machine that no attempt waits for.
pub(super) fn apply(from: &Origin<'_>, event: &Event) -> Result<Step, Illegal> {
    match (&from.cycle.state, event) {
        (State::Charging { .. }, Event::Found(Finding::Paid(receipt))) => Ok(from.paid(receipt)),
        (
            State::Retrying { .. }
            | State::Exhausted { .. }
            | State::Uncollectible(_)
            | State::Waived(_),
            Event::Found(Finding::Paid(receipt)) | Event::Answered(Answer::Paid(receipt)),
        ) => Ok(undeclined(from, from.paid(receipt))),

        // Money was taken that nobody can match: not once more before a person has looked.
        (State::Retrying { .. } | State::Exhausted { .. }, Event::Found(Finding::Mismatch(_))) => {
            let held = [Effect::Hold(Hold::Mismatch)];
            Ok(from.to(from.cycle.state.clone(), &held))
        }

        // It turned into a payment, and somebody gave that back before we asked.
        (
            State::Retrying { .. } | State::Uncollectible(_) | State::Waived(_),
            Event::Found(Finding::Refunded(receipt)),
        ) => Ok(undeclined(from, from.refunded_unasked(receipt))),

        (
            State::Paid(ours) | State::PartiallyRefunded(ours) | State::Refunded(ours),
            Event::Answered(Answer::Paid(theirs)),
        ) => Ok(paid_before(from, ours, theirs)),
        (
            State::Paid(ours) | State::PartiallyRefunded(ours) | State::Refunded(ours),
            Event::Found(finding),
        ) => Ok(confirmed(from, ours, finding)),

        (
            State::Charging { .. }
            | State::Retrying { .. }
            | State::Exhausted { .. }
            | State::Uncollectible(_)
            | State::Waived(_),
            Event::Found(_),
        )
        | (
            State::Retrying { .. }
            | State::Exhausted { .. }
            | State::Paid(_)
            | State::PartiallyRefunded(_)
            | State::Refunded(_)
            | State::Uncollectible(_)
            | State::Waived(_),
            Event::Answered(_) | Event::Unanswered(_) | Event::Withheld(_),
        ) => Ok(from.unchanged()),

        // Begun by a history that this database has lost: see docs/decisions/0003-fences.md.
        (State::Scheduled { .. } | State::Skipped(_), Event::Found(finding)) => {
            Ok(found_unasked(from, finding))
        }

        (state, event) => Err(illegal(state, event)),
    }
}

/// What the gateway knows of a cycle for which nothing was ever sent by this database.
fn found_unasked(from: &Origin<'_>, finding: &Finding) -> Step {
    // The next cycle is enrolled where this one leaves `scheduled`, and only there.
    let enrolls = if matches!(from.cycle.state, State::Scheduled { .. }) {
        &[Effect::EnrollNext][..]
    } else {
        &[]
    };
    match finding {
        Finding::Paid(receipt) => adopted(from.paid(receipt), enrolls),
        Finding::Refunded(receipt) => adopted(from.refunded_unasked(receipt), enrolls),
        Finding::Mismatch(_) => {
            let held = [Effect::Hold(Hold::Mismatch)];
            from.to(from.cycle.state.clone(), &held)
        }
        // It left `scheduled` then, and the next one was enrolled: that one may be paid.
        Finding::Failed { decline, .. } if !enrolls.is_empty() => {
            adopted(from.declined(decline), enrolls)
        }
        Finding::Failed { .. } | Finding::Absent | Finding::Unclear(_) => from.unchanged(),
    }
}

/// The step of an attempt that is not on record: it is written down now, as it ended.
fn adopted(mut step: Step, enrolls: &[Effect]) -> Step {
    step.cycle.tally.attempts = step.cycle.tally.attempts.saturating_add(1);
    let first = std::iter::once(&Effect::Adopt).chain(enrolls);
    step.effects.splice(..0, first.cloned());
    step
}

/// The step of an attempt that, when it was declined, counted against its card until now.
fn undeclined(from: &Origin<'_>, mut step: Step) -> Step {
    if from.cycle.tally.declines > 0 {
        step.effects.push(Effect::Undeclined);
    }
    step
}

fn paid_before(from: &Origin<'_>, ours: &Receipt, theirs: &Receipt) -> Step {
    if ours.imp_uid == theirs.imp_uid {
        return from.unchanged();
    }
    // The gateway took money twice under one uid. Nothing that we send could mend it.
    let words = format!("paid again as {}", theirs.imp_uid);
    let effects = [
        Effect::Hold(Hold::PaidTwice),
        Effect::Contradicted(Words::new(&words)),
    ];
    from.to(from.cycle.state.clone(), &effects)
}

fn confirmed(from: &Origin<'_>, ours: &Receipt, finding: &Finding) -> Step {
    let contradicted = |words: &str| {
        from.to(
            from.cycle.state.clone(),
            &[Effect::Contradicted(Words::new(words))],
        )
    };
    match finding {
        Finding::Paid(theirs) if theirs.imp_uid != ours.imp_uid => paid_before(from, ours, theirs),
        Finding::Paid(theirs) if theirs.refunded_won > ours.refunded_won => {
            from.to(State::PartiallyRefunded(theirs.clone()), &[])
        }
        Finding::Paid(_) | Finding::Unclear(_) => from.unchanged(),
        Finding::Refunded(_) if matches!(from.cycle.state, State::Refunded(_)) => from.unchanged(),
        Finding::Refunded(theirs) => from.to(State::Refunded(theirs.clone()), &[]),
        // Beside it, or in its place, is money that nobody can match: the customer may have paid twice.
        Finding::Mismatch(words) => {
            let effects = [
                Effect::Hold(Hold::Mismatch),
                Effect::Contradicted(words.clone()),
            ];
            from.to(from.cycle.state.clone(), &effects)
        }
        Finding::Failed { .. } => contradicted("the gateway now calls it failed"),
        Finding::Absent => contradicted("the gateway no longer knows it"),
    }
}
