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
    /// A charge was not sent, because the question about an earlier uid of its cycle was not answered.
    Unproved(Outcome, Unanswered),
    /// A question was answered.
    Found(Outcome),
    /// A question was not answered. It will be asked again at its own time.
    NotFound(Unanswered),
    /// Many were asked about together.
    FoundPaid(Together),
    /// Cycles that are not enrolled here were asked about, one or many.
    FoundBeyond(Together),
    /// A charge that went first was looked up, or not.
    Looked(Result<Outcome, Unanswered>),
    /// The gateway told its time, or not.
    Timed(Result<Timestamp, Refusal>),
}

/// What came of asking about many in one request.
#[derive(Debug, Default)]
pub(super) struct Together {
    /// Those that are paid; or what was found of the only one.
    pub(super) found: Vec<Outcome>,
    /// Those that are to be asked about alone.
    pub(super) alone: Vec<Question>,
    /// Why none of them was answered.
    pub(super) silence: Option<Unanswered>,
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
    let withheld = |why| of_sending(sending, Event::Withheld(why));
    match gateway.find(earlier).await {
        Err(unanswered) => {
            let (uid, why) = (&earlier.merchant_uid, unanswered.words());
            let why = Words::new(&format!("{uid}, asked for before, was not found: {why}"));
            Some(Done::Unproved(withheld(why), unanswered))
        }
        Ok(finding) => {
            let why = cycle::stands_in_the_way(&earlier.merchant_uid, &finding)?;
            let found = Outcome {
                uid: earlier.merchant_uid.no(),
                ..of_sending(sending, Event::Found(finding))
            };
            Some(Done::Withheld([withheld(why), found]))
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

/// Asks about many orders in one request.
pub(super) async fn ask_together<G: Gateway>(gateway: Arc<G>, questions: Vec<Question>) -> Done {
    Done::FoundPaid(together(&*gateway, questions).await)
}

/// Asks about cycles that are not enrolled here: about one, or about many in one request.
pub(super) async fn ask_beyond<G: Gateway>(gateway: Arc<G>, questions: Vec<Question>) -> Done {
    match <[Question; 1]>::try_from(questions) {
        Ok([question]) => match find(&*gateway, question).await {
            Ok(outcome) => Done::FoundBeyond(Together {
                found: vec![outcome],
                ..Together::default()
            }),
            Err(unanswered) => Done::NotFound(unanswered),
        },
        Err(many) => Done::FoundBeyond(together(&*gateway, many).await),
    }
}

/// What one request does not show as paid, or all of it when it is not answered, is asked about alone.
async fn together<G: Gateway>(gateway: &G, questions: Vec<Question>) -> Together {
    let orders: Vec<Order> = questions.iter().map(|one| one.order.clone()).collect();
    let paid = match gateway.paid_of(&orders).await {
        Ok(paid) => paid,
        Err(unanswered) => {
            return Together {
                found: Vec::new(),
                alone: questions,
                silence: Some(unanswered),
            };
        }
    };
    let mut together = Together::default();
    for (question, receipt) in questions.into_iter().zip(paid) {
        match receipt {
            Some(receipt) => {
                let found = of_question(&question, Finding::Paid(receipt));
                together.found.push(found);
            }
            None => together.alone.push(question),
        }
    }
    together
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
