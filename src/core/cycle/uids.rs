//! Which uid an attempt goes out under. It changes where the scope is an attempt, after one that left a
//! failed record at the gateway, and nowhere else: a doubt and an absent record are met with the same uid.
//! How a new uid is allowed to leave is said in [`stands_in_the_way`].

use crate::core::answer::{Answer, Finding, Words};
use crate::core::cycle::transition::Origin;
use crate::core::cycle::{Event, State, Step};
use crate::core::order::{MerchantUid, UidNo, UidScope};

impl Origin<'_> {
    /// Whether the event is about another uid than the one that the open attempt went out under.
    pub(super) fn is_about_another_uid(&self) -> bool {
        self.rules.uid != self.cycle.tally.uid_no
    }
}

/// The uid of the next attempt after this step, or of the one that is still open.
pub(super) fn after(from: &Origin<'_>, event: &Event, step: &Step) -> UidNo {
    let (before, about) = (from.cycle.tally.uid_no, from.rules.uid);
    let is_spent = from.rules.terms.pace.uid_scope == UidScope::Attempt
        && may_be_asked_for_again(&step.cycle.state)
        && leaves_a_failed_record(event);
    // A history that is lost had come as far as the gateway knows.
    let is_known = matches!(event, Event::Found(Finding::Paid(_) | Finding::Refunded(_)));
    let reached = match (is_spent, is_known) {
        (true, _) => about.next(),
        (false, true) => about,
        (false, false) => before,
    };
    before.max(reached)
}

/// Whether the gateway has a failed record of the attempt's uid from then on.
fn leaves_a_failed_record(event: &Event) -> bool {
    matches!(
        event,
        Event::Answered(Answer::Declined(_) | Answer::Outage(_))
            | Event::Found(Finding::Failed { .. })
    )
}

/// Neither open nor paid.
fn may_be_asked_for_again(state: &State) -> bool {
    match state {
        State::Scheduled { .. }
        | State::Retrying { .. }
        | State::Exhausted { .. }
        | State::Uncollectible(_)
        | State::Skipped(_)
        | State::Waived(_) => true,
        State::Charging { .. }
        | State::InDoubt { .. }
        | State::Paid(_)
        | State::PartiallyRefunded(_)
        | State::Refunded(_) => false,
    }
}

/// Why an attempt may not be sent under a later uid, by what was found of an earlier one; nothing when it
/// may. Only a failed record proves that nothing was paid: there was one, so that nothing at all is an
/// answer that came too early.
pub fn stands_in_the_way(earlier: &MerchantUid, finding: &Finding) -> Option<Words> {
    let why = match finding {
        Finding::Failed { .. } => return None,
        Finding::Absent => "is not shown any more".to_owned(),
        Finding::Paid(receipt) => format!("was paid as {}", receipt.imp_uid),
        Finding::Refunded(receipt) => format!("was paid as {} and refunded", receipt.imp_uid),
        Finding::Mismatch(words) | Finding::Unclear(words) => words.as_str().to_owned(),
    };
    Some(Words::new(&format!("{earlier}, asked for before: {why}")))
}
