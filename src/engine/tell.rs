//! The log: one line an attempt, and one for each thing that a person must know.

use jiff::Timestamp;
use tracing::{debug, error, info, warn};

use crate::core::answer::{Answer, Words};
use crate::core::cycle::Event;
use crate::engine::breaker::Change;
use crate::engine::handle::Health;
use crate::engine::rate;
use crate::gateway::Refusal;
use crate::store::{Held, Outcome, Recorded, Suspicion};

/// The canonical line of an attempt, after its outcome was committed.
pub(super) fn recorded(one: &Recorded) {
    let next = one.wake_at.map(|at| at.to_string()).unwrap_or_default();
    info!(
        subscription.id = one.subscription,
        cycle = one.cycle,
        attempt = one.attempt,
        amount = one.amount,
        outcome = one.kind,
        state = one.state,
        next = next,
        words = one.words,
        "attempt"
    );

    if let Some(hold) = one.hold {
        error!(
            subscription.id = one.subscription,
            reason = hold.name(),
            "held: not charged until `dues release {}`",
            one.subscription
        );
    }
    if let Some(contradiction) = &one.contradiction {
        error!(
            subscription.id = one.subscription,
            cycle = one.cycle,
            says = contradiction.as_str(),
            "the gateway contradicts what was recorded"
        );
    }
}

/// The circuit breaker opened or closed.
pub(super) fn breaker(change: &Change) {
    match change {
        Change::Opened(reason, why) => error!(
            reason = reason.name(),
            why = why.as_str(),
            "nobody is charged: after a pause one charge tries whether it is over"
        ),
        Change::Closed => warn!("the charge that tried was answered: charging goes on"),
    }
}

/// The charges that went first came back.
pub(super) fn canaries_are_well() {
    info!("the charges that went first came back well: the rest goes");
}

/// The gateway is asked less often, or as often as before again.
pub(super) fn pace(change: rate::Change) {
    match change {
        rate::Change::Slowed(pace) => warn!(
            calls_per_minute = pace.calls_per_minute,
            "the gateway says that it is asked too often: it is asked less often for a while"
        ),
        rate::Change::Recovered => info!("the gateway is asked as often as configured again"),
    }
}

/// A question that was not answered.
pub(super) fn not_found(why: &str) {
    debug!(why, "a question was not answered; it will be asked again");
}

/// The clocks agree again.
pub(super) fn clocks_agree() {
    info!("the clocks of this machine and of the gateway agree: charging");
}

/// The time that we carried was wrong.
pub(super) fn clock_corrected(from: Timestamp, to: Timestamp) {
    warn!(%from, %to, "the time was corrected: this machine and the gateway agree on it");
}

/// The time cannot be trusted.
pub(super) fn clock_doubtful(why: &Words) {
    warn!(
        why = why.as_str(),
        "nobody is charged until the clocks agree"
    );
}

/// The gateway did not say what time it is.
pub(super) fn time_not_told(refusal: &Refusal) {
    match refusal {
        Refusal::Key(_) => error!(
            why = %refusal,
            "nobody can be charged: look at imp_key and imp_secret, and which addresses the gateway's console allows"
        ),
        Refusal::Silence(_) => warn!(why = %refusal, "cannot ask the gateway; it is asked again"),
    }
}

/// Nobody is charged for now.
pub(super) fn suspected(suspicion: &Suspicion) {
    error!(
        since = %suspicion.since,
        reason = suspicion.reason.name(),
        "nobody is charged: {}; the gateway is asked what it knows",
        suspicion.reason.words()
    );
}

/// Some of what a subscription may have been charged for is not asked about.
pub(super) fn left_out(subscription: &str, cycles: usize) {
    warn!(
        subscription.id = subscription,
        cycles,
        "it stood still for so long that the gateway is not asked about the oldest of its cycles"
    );
}

/// The gateway agreed.
pub(super) fn trusted(answers: u64) {
    warn!(
        answers,
        "the gateway was asked and agrees: charging goes on"
    );
}

/// The gateway did not agree.
pub(super) fn differs(differences: i64) {
    error!(
        differences,
        "nobody is charged: the gateway says otherwise: `dues doctor`, then `dues release --fence`"
    );
}

/// A batch is held.
pub(super) fn sweep_held(held: &Held) {
    error!(
        charges = held.total.charges,
        won = held.total.won,
        hash = held.hash,
        "nobody is charged: {}; look with `dues doctor`, then `dues approve {}`",
        held.why,
        held.hash
    );
}

/// A person let a batch out.
pub(super) fn sweep_approved(held: &Held, actor: &str) {
    warn!(
        actor,
        hash = held.hash,
        "{} were approved: charging goes on",
        held.total.words()
    );
}

/// Nothing is left of a held batch.
pub(super) fn sweep_emptied() {
    info!("nothing is left of what was held: charging goes on");
}

/// The disk is nearly full.
pub(super) fn disk_low(why: &str) {
    error!(why, "nobody is charged until there is room on the disk");
}

/// The disk has room again.
pub(super) fn disk_has_room() {
    info!("there is room on the disk again: charging");
}

/// The ballast was given up.
pub(super) fn ballast_given_up() {
    warn!("the ballast file was removed, so that outcomes can be written");
}

/// The ballast could not be laid down or given up.
pub(super) fn no_ballast(error: &std::io::Error) {
    warn!(%error, "cannot keep the ballast file");
}

/// The disk could not be looked at.
pub(super) fn disk_unseen(error: &std::io::Error) {
    warn!(%error, "cannot ask how much room is left on the disk");
}

/// A task that panicked.
pub(super) fn panicked(panic: &tokio::task::JoinError) {
    error!(%panic, "a request to the gateway broke off; its attempt will be looked up");
}

/// What a stop leaves behind.
pub(super) fn left_behind(in_flight: usize) {
    warn!(
        in_flight,
        "stopping before everything was answered; what is left will be looked up"
    );
}

/// Counts outcomes for the status page.
pub(super) fn count(health: &mut Health, outcomes: &[Outcome], now: Timestamp) {
    for outcome in outcomes {
        match &outcome.event {
            Event::Answered(answer) => {
                health.answered += 1;
                health.paid += u64::from(matches!(answer, Answer::Paid(_)));
            }
            Event::Unanswered(unanswered) => {
                health.unanswered += 1;
                health.last_silence = Some((unanswered.words().as_str().to_owned(), now));
            }
            Event::Found(_)
            | Event::Withheld(_)
            | Event::Begun
            | Event::Expired
            | Event::Asked
            | Event::Deferred { .. }
            | Event::Overtaken
            | Event::Unconsented
            | Event::Forgone(_)
            | Event::GraceOver
            | Event::Retried
            | Event::Released
            | Event::CardDied(_)
            | Event::CardChanged => {}
        }
    }
}
