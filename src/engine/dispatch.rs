//! Sending what is durable, and asking. It knows no database.

use std::sync::Arc;

use jiff::Timestamp;

use crate::core::answer::{Finding, Unanswered, Words};
use crate::core::cycle::{self, Event};
use crate::core::order::Order;
use crate::gateway::{Gateway, Refusal};
use crate::store::{Durable, Outcome, Question, Sending};

/// What came of one request.
#[derive(Debug)]
pub(super) enum Done {
    /// A charge was answered or not.
    Charged(Outcome),
    /// A charge was not sent, because of what was found of an earlier uid of its cycle.
    Withheld([Outcome; 2]),
    /// A question was answered.
    Found(Outcome),
    /// A question was not answered. It will be asked again at its own time.
    NotFound(Unanswered),
    /// Many were asked about together: those that are paid, and those that are to be asked about alone.
    FoundPaid(Vec<Outcome>, Vec<Question>),
    /// A charge that went first was looked up, or not.
    Looked(Result<Outcome, Unanswered>),
    /// The gateway told its time, or not.
    Timed(Result<Timestamp, Refusal>),
}

/// Sends one order: one request that could charge, at most.
pub(super) async fn send<G: Gateway>(gateway: Arc<G>, sending: Durable<Sending>) -> Done {
    let sending = sending.into_inner();
    for earlier in &sending.earlier {
        if let Some(done) = may_be_paid(&*gateway, &sending, earlier).await {
            return done;
        }
    }
    let event = match gateway.charge(&sending.order).await {
        Ok(answer) => Event::Answered(answer),
        Err(unanswered) => Event::Unanswered(unanswered),
    };
    Done::Charged(of_sending(&sending, event))
}

/// Asks whether an earlier uid of the cycle was paid, immediately before the charge: what becomes of that
/// instead, unless it is proved that it was not.
async fn may_be_paid<G: Gateway>(gateway: &G, sending: &Sending, earlier: &Order) -> Option<Done> {
    let not_sent = |why| of_sending(sending, Event::Unanswered(Unanswered::NotSent(why)));
    match gateway.find(earlier).await {
        Err(unanswered) => {
            let (uid, why) = (&earlier.merchant_uid, unanswered.words());
            let why = Words::new(&format!("{uid}, asked for before, was not found: {why}"));
            Some(Done::Charged(not_sent(why)))
        }
        Ok(finding) => {
            let why = cycle::stands_in_the_way(&earlier.merchant_uid, &finding)?;
            let found = Outcome {
                uid: earlier.merchant_uid.no(),
                ..of_sending(sending, Event::Found(finding))
            };
            Some(Done::Withheld([not_sent(why), found]))
        }
    }
}

fn of_sending(sending: &Sending, event: Event) -> Outcome {
    Outcome {
        key: sending.key,
        attempt: sending.attempt,
        uid: sending.order.merchant_uid.no(),
        event,
    }
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

/// Asks about many orders in one request. What it does not show as paid, or all of it when it is not
/// answered, is asked about alone.
pub(super) async fn ask_together<G: Gateway>(gateway: Arc<G>, questions: Vec<Question>) -> Done {
    let orders: Vec<Order> = questions.iter().map(|one| one.order.clone()).collect();
    let Ok(paid) = gateway.paid_of(&orders).await else {
        return Done::FoundPaid(Vec::new(), questions);
    };
    let (mut found, mut alone) = (Vec::new(), Vec::new());
    for (question, receipt) in questions.into_iter().zip(paid) {
        match receipt {
            Some(receipt) => found.push(of_question(&question, Finding::Paid(receipt))),
            None => alone.push(question),
        }
    }
    Done::FoundPaid(found, alone)
}

/// Looks up a charge that went first.
pub(super) async fn look<G: Gateway>(gateway: Arc<G>, question: Question) -> Done {
    Done::Looked(find(&gateway, question).await)
}

async fn find<G: Gateway>(gateway: &G, question: Question) -> Result<Outcome, Unanswered> {
    let finding = gateway.find(&question.order).await?;
    Ok(of_question(&question, finding))
}

fn of_question(question: &Question, finding: Finding) -> Outcome {
    Outcome {
        key: question.key,
        attempt: question.attempt,
        uid: question.order.merchant_uid.no(),
        event: Event::Found(finding),
    }
}
