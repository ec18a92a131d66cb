//! While the database may know less than the gateway does, nobody is charged. Here the gateway is
//! asked about every cycle that a lost history may have charged, in the gaps that charging leaves
//! open; when it agrees the suspicion ends by itself. How one comes up is the store's business.

mod beyond;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::{Finding, Words};
use crate::core::cycle::Event;
use crate::core::order::UidNo;
use crate::engine::clock::Clock;
use crate::engine::fence::beyond::Beyond;
use crate::engine::gate::Gate;
use crate::engine::handle::{Message, Stop};
use crate::engine::inbox::Batch;
use crate::engine::{Engine, dispatch, tell};
use crate::gateway::{Gateway, PAID_MAX};
use crate::store::{
    self, Asked, CycleKey, Difference, Given, KeyTaken, Outcome, Question, StoreError, Suspicion,
    Turn, Who,
};

/// How many subscriptions are looked at together.
const PAGE: u32 = 500;

/// How long to leave a gateway alone that did not answer a question.
const REST: Duration = Duration::from_secs(20);

/// What a question is about: a cycle, and one of its uids.
type Uid = (CycleKey, UidNo);

/// The suspicion, and how far its questions are.
#[derive(Debug)]
pub(super) struct Fence {
    suspicion: Option<Suspicion>,
    waiting: VecDeque<(Question, String)>,
    /// What was asked about together, and is not paid as far as that shows.
    alone: VecDeque<(Question, String)>,
    asked: BTreeMap<Uid, String>,
    answered: BTreeSet<Uid>,
    answers: u64,
    news: Vec<Difference>,
    beyond: Beyond,
    rests_until: Timestamp,
    has_asked_all: bool,
}

impl Fence {
    /// The fence as the store found it, and the gate that it closes.
    pub(super) fn new(suspicion: Option<Suspicion>, mut gate: Gate) -> (Self, Gate) {
        let fence = Self::around(suspicion);
        if let Some(suspicion) = &fence.suspicion {
            tell::suspected(suspicion);
            gate.stop(Stop::Fence, fence.words(suspicion));
        }
        (fence, gate)
    }

    fn around(suspicion: Option<Suspicion>) -> Self {
        Self {
            suspicion,
            waiting: VecDeque::new(),
            alone: VecDeque::new(),
            asked: BTreeMap::new(),
            answered: BTreeSet::new(),
            answers: 0,
            news: Vec::new(),
            beyond: Beyond::default(),
            rests_until: Timestamp::MIN,
            has_asked_all: false,
        }
    }

    /// Whether charging waits for what the gateway says, or for what a person says to that.
    pub(super) const fn is_up(&self) -> bool {
        self.suspicion.is_some()
    }

    /// Takes note of an answer, if it is one to a question of ours.
    pub(super) fn answered(&mut self, outcome: &Outcome) {
        let about = (outcome.key, outcome.uid);
        let Some(ours) = self.asked.remove(&about) else {
            return;
        };
        self.answered.insert(about);
        self.answers += 1;
        if let Event::Found(finding) = &outcome.event
            && let Some(theirs) = contradicts(finding)
        {
            self.beyond.unsettled.insert(outcome.key);
            self.beyond.met.insert(outcome.key);
            self.news.push(Difference {
                key: outcome.key,
                ours,
                theirs,
            });
        }
    }

    /// Takes note of what was found of cycles that are not enrolled here.
    pub(super) fn answered_beyond(&mut self, found: &[Outcome], alone: Vec<Question>) {
        self.answers += u64::try_from(found.len()).unwrap_or(0);
        self.beyond.answered(found, alone);
    }

    /// These were asked about together in vain: each is asked about by itself. What was asked anew in
    /// the meantime is not ours any more.
    pub(super) fn asks_alone(&mut self, questions: Vec<Question>) {
        for question in questions {
            if let Some(ours) = self.asked.remove(&about(&question)) {
                self.alone.push_back((question, ours));
            }
        }
    }

    /// The next questions, for one request: as many together as there may be, and then one by one those
    /// that have to be alone.
    fn take_next(&mut self) -> Vec<(Question, String)> {
        let many = self.waiting.len().min(PAID_MAX);
        if many == 0 {
            return self.alone.pop_front().into_iter().collect();
        }
        self.waiting.drain(..many).collect()
    }

    /// Whether nothing is left to be asked about.
    fn has_asked(&self) -> bool {
        self.waiting.is_empty() && self.alone.is_empty() && self.beyond.has_asked()
    }

    /// Whether all that was asked is answered.
    fn is_answered(&self) -> bool {
        self.asked.is_empty() && self.beyond.is_answered()
    }

    /// A question was not answered. All that is open is asked anew after a rest: what is not known to
    /// be answered comes up again by itself.
    pub(super) fn not_answered(&mut self, now: Timestamp) {
        self.asked.clear();
        self.waiting.clear();
        self.alone.clear();
        self.beyond.not_answered();
        self.rests_until = now.checked_add(REST).unwrap_or(now);
    }

    /// The time that we carry was corrected: a rest that began by the wrong time is over.
    pub(super) fn was_corrected(&mut self, now: Timestamp) {
        self.rests_until = self.rests_until.min(now);
    }

    /// Whether something was found to differ that is not written down yet.
    pub(super) fn has_news(&self) -> bool {
        !self.news.is_empty()
    }

    /// Writes down what was found to differ, in the turn that records the answers themselves.
    pub(super) async fn put_down(&mut self, turn: &mut Turn<'_>) -> Result<(), StoreError> {
        let news = std::mem::take(&mut self.news);
        if let Some(suspicion) = &mut self.suspicion {
            suspicion.differences += i64::try_from(news.len()).unwrap_or(0);
        }
        turn.note_differences(&news).await
    }

    /// What is the matter, and what is being done about it.
    fn words(&self, suspicion: &Suspicion) -> Words {
        let (since, why) = (suspicion.since, suspicion.reason.words());
        Words::new(&if self.has_asked_all {
            format!(
                "{why} (since {since}), and the gateway says otherwise about cycles, {} in all: \
                 look with `dues doctor`, then `dues release --fence`",
                suspicion.differences
            )
        } else {
            format!(
                "{why} (since {since}); the gateway is asked about every charge that may be lost \
                 here ({} answers so far), and charging goes on by itself if nothing differs",
                self.answers
            )
        })
    }
}

fn about(question: &Question) -> Uid {
    (question.key, question.order.merchant_uid.no())
}

/// What a finding says against a cycle that is not charged here: nothing, unless a person has to
/// decide. A plain payment is not a contradiction but the news that we came for.
fn contradicts(finding: &Finding) -> Option<String> {
    match finding {
        Finding::Paid(_) | Finding::Failed { .. } | Finding::Absent => None,
        Finding::Refunded(receipt) => Some(format!("paid as {} and refunded", receipt.imp_uid)),
        Finding::Mismatch(words) => Some(format!("a payment that is not ours: {words}")),
        Finding::Unclear(words) => Some(format!("neither paid nor failed: {words}")),
    }
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Asks the next questions of a suspicion, if there is one, and ends it when all is answered and
    /// nothing differs.
    pub(super) async fn heal(&mut self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let fence = &self.fence;
        if self.is_healing() && now >= fence.rests_until {
            if fence.has_asked() && fence.is_answered() {
                self.turn_page(now).await?;
            }
            self.ask_on(now);
        }

        if let Some(suspicion) = &self.fence.suspicion {
            self.gate.stop(Stop::Fence, self.fence.words(suspicion));
        }
        let stopped = self.gate.stopped();
        self.health.send_if_modified(|health| {
            let is_news = health.stopped != stopped;
            health.stopped = stopped;
            is_news
        });
        Ok(())
    }

    /// When there is a question to ask again, if nothing comes in before.
    pub(super) fn heals_at(&self, now: Timestamp) -> Option<Timestamp> {
        let fence = &self.fence;
        if !self.is_healing() || (fence.has_asked() && !fence.is_answered()) {
            return None;
        }
        let calls_at = self.gate.calls_at(self.in_flight.len(), now)?;
        Some(calls_at.max(fence.rests_until))
    }

    /// Whether there is something to ask. Which cycles are due, and so may have been charged, is known
    /// once the time is.
    fn is_healing(&self) -> bool {
        let fence = &self.fence;
        fence.suspicion.is_some() && !fence.has_asked_all && self.gate.knows_the_time()
    }

    fn ask_on(&mut self, now: Timestamp) {
        let calls = self.gate.calls(self.in_flight.len(), now);
        for _ in 0..calls {
            let mut questions = Vec::new();
            for (question, ours) in self.fence.take_next() {
                self.fence.asked.insert(about(&question), ours);
                questions.push(question);
            }
            let gateway = self.gateway.clone();
            match (questions.len(), questions.pop()) {
                (_, None) if self.ask_beyond() => {}
                (_, None) => return,
                (1, Some(question)) => {
                    self.in_flight.spawn(dispatch::ask(gateway, question));
                }
                (_, Some(last)) => {
                    questions.push(last);
                    self.in_flight
                        .spawn(dispatch::ask_together(gateway, questions));
                }
            }
            self.gate.took(1, now);
        }
    }

    /// Reads the next page on which there is something to ask. A page is read again until nothing on
    /// it is new: a cycle that turns out to be paid is followed by one that may be paid as well, what
    /// failed under one uid may have been asked for under the next, and after the last that is enrolled
    /// others may have come due.
    async fn turn_page(&mut self, now: Timestamp) -> Result<(), StoreError> {
        self.pass_to_reached(now).await?;
        while let Some(suspicion) = &mut self.fence.suspicion {
            let after = suspicion.asked_to;
            let mut turn = self.writer.begin(now).await?;
            if turn.pass_free_cycles(after, PAGE).await? {
                turn.commit().await?;
                continue;
            }
            drop(turn);
            let met = &self.fence.beyond.met;
            let mut page = self.reader.cycles_to_ask(after, PAGE, met, now).await?;
            let Some(last) = page.last().map(|row| row.subscription) else {
                return self.conclude(now).await;
            };

            let beyond = page.iter_mut().filter_map(|row| row.beyond.take());
            let beyond: Vec<store::Beyond> = beyond.collect();
            let answered = &self.fence.answered;
            let asked = page.into_iter().filter_map(|row| row.asked);
            let questions = asked.flat_map(|Asked { questions, ours }| {
                let each = questions.into_iter();
                each.map(move |question| (question, ours.clone()))
            });
            self.fence.waiting = questions
                .filter(|(question, _)| !answered.contains(&about(question)))
                .collect();
            if !self.fence.waiting.is_empty() || self.fence.beyond.take(beyond) {
                return Ok(());
            }
            self.fence.beyond = Beyond::default();

            suspicion.asked_to = last;
            if !std::mem::take(&mut self.fence.answered).is_empty() {
                let mut turn = self.writer.begin(now).await?;
                turn.note_asked(last).await?;
                turn.commit().await?;
            }
        }
        Ok(())
    }

    async fn conclude(&mut self, now: Timestamp) -> Result<(), StoreError> {
        let Some(suspicion) = self.fence.suspicion else {
            return Ok(());
        };
        if suspicion.differences > 0 {
            self.fence.has_asked_all = true;
            tell::differs(suspicion.differences);
            return Ok(());
        }
        self.end_suspicion(None, now).await?;
        tell::trusted(self.fence.answers);
        Ok(())
    }

    async fn end_suspicion(
        &mut self,
        person: Option<&Who>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let Some(suspicion) = self.fence.suspicion else {
            return Ok(());
        };
        let mut turn = self.writer.begin(now).await?;
        turn.clear_suspicion(suspicion.reason, person).await?;
        if let Some(who) = person {
            turn.keep_reply(who, &true).await?;
        }
        let committed = turn.commit().await?;
        self.is_next(committed.next, committed.earliest);
        self.gate.go(Stop::Fence);
        self.gate.goes_carefully();
        let answers = self.fence.answers;
        self.fence = Fence {
            answers,
            ..Fence::around(None)
        };
        Ok(())
    }

    /// Goes on because a person says so. It stands apart from the turn, which may not charge yet.
    pub(super) async fn release_fence(&mut self, batch: &mut Batch) -> Result<(), StoreError> {
        let is_release = |message: &Message| matches!(message, Message::ReleaseFence { .. });
        let (releases, others): (Vec<Message>, Vec<Message>) = std::mem::take(&mut batch.messages)
            .into_iter()
            .partition(is_release);
        batch.messages = others;

        for release in releases {
            let Message::ReleaseFence { who, reply } = release else {
                continue;
            };
            let given = self.release_once(&who).await?;
            // Whoever asked may have gone; what was committed stays.
            drop(reply.send(given));
        }
        Ok(())
    }

    async fn release_once(
        &mut self,
        who: &Who,
    ) -> Result<Result<Given<bool>, KeyTaken>, StoreError> {
        let now = self.clock.now();
        let mut turn = self.writer.begin(now).await?;
        match turn.replied(who).await? {
            Err(taken) => return Ok(Err(taken)),
            Ok(Some(answer)) => return Ok(Ok(Given::before(answer))),
            Ok(None) => {}
        }
        if self.fence.suspicion.is_none() {
            turn.keep_reply(who, &false).await?;
            self.gate.is_next(turn.commit().await?.next);
            return Ok(Ok(Given::now(false)));
        }
        drop(turn);
        self.end_suspicion(Some(who), now).await?;
        Ok(Ok(Given::now(true)))
    }
}
