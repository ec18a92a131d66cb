//! Sending what is durable, and asking. It knows no database.

use std::sync::Arc;

use jiff::Timestamp;

use crate::core::answer::Unanswered;
use crate::core::cycle::Event;
use crate::gateway::{Gateway, Refusal};
use crate::store::{Durable, Outcome, Question, Sending};

/// What came of one request.
#[derive(Debug)]
pub(super) enum Done {
    /// A charge was answered or not.
    Charged(Outcome),
    /// A question was answered.
    Found(Outcome),
    /// A question was not answered. It will be asked again at its own time.
    NotFound(Unanswered),
    /// A charge that went first was looked up, or not.
    Looked(Result<Outcome, Unanswered>),
    /// The gateway told its time, or not.
    Timed(Result<Timestamp, Refusal>),
}

/// Sends one order: one request that could charge, at most.
pub(super) async fn send<G: Gateway>(gateway: Arc<G>, sending: Durable<Sending>) -> Done {
    let sending = sending.into_inner();
    let event = match gateway.charge(&sending.order).await {
        Ok(answer) => Event::Answered(answer),
        Err(unanswered) => Event::Unanswered(unanswered),
    };
    Done::Charged(Outcome {
        key: sending.key,
        attempt: sending.attempt,
        event,
    })
}

/// Asks for the time.
pub(super) async fn time<G: Gateway>(gateway: Arc<G>) -> Done {
    Done::Timed(gateway.check().await)
}

/// Asks about one order.
pub(super) async fn ask<G: Gateway>(gateway: Arc<G>, question: Question) -> Done {
    match find(&gateway, question).await {
        Ok(found) => Done::Found(found),
        Err(unanswered) => Done::NotFound(unanswered),
    }
}

/// Looks up a charge that went first.
pub(super) async fn look<G: Gateway>(gateway: Arc<G>, question: Question) -> Done {
    Done::Looked(find(&gateway, question).await)
}

async fn find<G: Gateway>(gateway: &G, question: Question) -> Result<Outcome, Unanswered> {
    let finding = gateway.find(&question.order).await?;
    Ok(Outcome {
        key: question.key,
        attempt: question.attempt,
        event: Event::Found(finding),
    })
}
