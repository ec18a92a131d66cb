//! The way to the gateway, as a network is: requests travel, and go on when the process that sent them
//! is dead; lines break. It notes every call, and is where a process dies between two steps that no
//! clock sees. It changes no answer.

use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::core::answer::{Answer, Finding, Receipt, Unanswered, Words};
use crate::core::order::{MerchantUid, Order};
use crate::gateway::{Gateway, Refusal};
use crate::sim::proofs::Proofs;
use crate::sim::quiet::Arrival;
use crate::sim::stage::Stage;
use crate::sim::told::Told;
use crate::sim::trace::Trace;

/// How long a request is on its way there.
const TRAVEL: Duration = Duration::from_millis(1);

/// How the line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Requests and answers pass.
    Open,
    /// Nobody can be reached: no name, or connections are refused.
    Refused,
    /// Connections are accepted and nothing follows.
    HalfOpen,
}

/// Between which two steps a process dies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// An order is committed and not sent.
    Sending,
    /// An answer has arrived and is not recorded.
    Answered,
    /// A question is committed and not asked.
    Asking,
    /// A question was answered and the answer is not recorded.
    Told,
}

/// An order that left the process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) merchant_uid: String,
    pub(super) customer_uid: String,
    pub(super) won: i64,
}

/// The network. Cloning gives another handle on it.
#[derive(Debug, Clone)]
pub(super) struct Network {
    stage: Stage,
    trace: Trace,
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    line: Line,
    trips: JoinSet<()>,
    sent: Vec<Sent>,
    arrivals: Vec<Arrival>,
    proofs: Proofs,
    calls: Vec<Timestamp>,
    under_way: u32,
    under_way_most: u32,
    death: Option<(Moment, u32)>,
    /// How long the client waits for an answer.
    deadline: Duration,
    /// The uids that were looked up since somebody asked.
    looked: Vec<String>,
    told: Told,
}

/// The port of one process.
#[derive(Debug)]
pub(super) struct Port<G> {
    gateway: Arc<G>,
    network: Network,
}

impl Network {
    pub(super) fn new(stage: Stage, trace: Trace, deadline: Duration) -> Self {
        let inner = Inner {
            line: Line::Open,
            trips: JoinSet::new(),
            sent: Vec::new(),
            arrivals: Vec::new(),
            proofs: Proofs::default(),
            calls: Vec::new(),
            under_way: 0,
            under_way_most: 0,
            death: None,
            deadline,
            looked: Vec::new(),
            told: Told::default(),
        };
        Self {
            stage,
            trace,
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// From now on the line is like this.
    pub(super) fn set_line(&self, line: Line) {
        self.lock().line = line;
    }

    /// The process dies the so-many-th time that it comes to this moment.
    pub(super) fn dies_at(&self, moment: Moment, times: u32) {
        self.lock().death = Some((moment, times));
    }

    /// Nothing is planned any more.
    pub(super) fn forget_death(&self) {
        self.lock().death = None;
    }

    /// Another process begins: it knows nothing of the calls before.
    pub(super) fn starts(&self) {
        let mut inner = self.lock();
        inner.calls.clear();
        inner.told = Told::default();
    }

    /// Everything that is on its way is lost.
    pub(super) fn cut(&self) {
        self.lock().trips.abort_all();
    }

    /// What was sent since the last time that somebody asked.
    pub(super) fn take_sent(&self) -> Vec<Sent> {
        std::mem::take(&mut self.lock().sent)
    }

    /// Which uids nobody asked about before a later one of their cycle was sent.
    pub(super) fn take_unproved(&self) -> Vec<String> {
        self.lock().proofs.take_missing()
    }

    /// An order leaves.
    fn leaves(&self, sent: Sent) {
        let mut inner = self.lock();
        inner.proofs.leaves(&sent.merchant_uid);
        inner.sent.push(sent);
    }

    /// A question about a payment, or a charge, leaves.
    fn asks(&self, what: &str) {
        let when = self.when();
        self.lock().told.asks(what, when);
    }

    /// A question about a uid leaves.
    fn looks_up(&self, uid: &MerchantUid) {
        let mut inner = self.lock();
        inner.looked.push(uid.to_string());
        inner.told.begins_to_ask(uid.as_str());
    }

    /// The requests to charge of which it turned out since somebody asked that they came to the gateway.
    pub(super) fn take_arrivals(&self) -> Vec<Arrival> {
        std::mem::take(&mut self.lock().arrivals)
    }

    fn found(&self, uid: &MerchantUid, found: &Result<Finding, Unanswered>) {
        let mut inner = self.lock();
        let is_too_often = matches!(found, Err(Unanswered::TooOften { .. }));
        inner.told.has_asked(uid.as_str(), is_too_often);
        inner.proofs.found(uid.as_str(), found);
    }

    /// The uids that were looked up since the last time that somebody asked.
    pub(super) fn take_looked(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().looked)
    }

    /// A call that left while the gateway was to be left alone, in words.
    pub(super) fn take_rash(&self) -> Option<String> {
        self.lock().told.take_rash()
    }

    /// How many calls began within the last second, while the pace is half of what is configured at most.
    pub(super) fn calls_when_told(&self) -> usize {
        self.lock().told.calls(self.when())
    }

    /// By which times somebody calls: the true one, and by how much the engine's is ahead of it.
    fn when(&self) -> (Timestamp, SignedDuration) {
        (self.stage.true_now(), self.stage.ours_ahead())
    }

    /// Whether anything was sent since then.
    pub(super) fn has_sent(&self) -> bool {
        !self.lock().sent.is_empty()
    }

    /// How many calls are under way.
    pub(super) fn under_way(&self) -> u32 {
        self.lock().under_way
    }

    /// How many calls this process began within the last second.
    pub(super) fn calls_in_a_second(&self) -> usize {
        let mut inner = self.lock();
        let since = self.stage.true_now().checked_sub(Duration::from_secs(1));
        inner
            .calls
            .retain(|at| since.as_ref().is_ok_and(|since| at > since));
        inner.calls.len()
    }

    /// The most calls that were ever under way at once.
    pub(super) fn under_way_most(&self) -> u32 {
        self.lock().under_way_most
    }

    fn begin(&self) -> UnderWay<'_> {
        let mut inner = self.lock();
        let now = self.stage.true_now();
        inner.calls.push(now);
        inner.under_way += 1;
        inner.under_way_most = inner.under_way_most.max(inner.under_way);
        UnderWay(self)
    }

    /// Whether the process dies here.
    fn kills(&self, moment: Moment) -> bool {
        let mut inner = self.lock();
        let Some((planned, times)) = &mut inner.death else {
            return false;
        };
        if *planned != moment {
            return false;
        }
        *times = times.saturating_sub(1);
        if *times > 0 {
            return false;
        }
        inner.death = None;
        drop(inner);
        self.stage.dies();
        true
    }

    /// Waits as long as a request travels, and sees whether it arrives.
    async fn travel(&self) -> Result<(), Unanswered> {
        self.stage.wait(TRAVEL).await;
        let (line, deadline) = {
            let inner = self.lock();
            (inner.line, inner.deadline)
        };
        match line {
            Line::Open => Ok(()),
            Line::Refused => Err(Unanswered::NotSent(Words::new("connection refused"))),
            Line::HalfOpen => {
                self.stage.wait(deadline).await;
                Err(Unanswered::Lost(Words::new("connected, and then nothing")))
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct UnderWay<'a>(&'a Network);

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let mut inner = self.0.lock();
        inner.under_way = inner.under_way.saturating_sub(1);
    }
}

impl<G> Port<G> {
    pub(super) fn new(gateway: G, network: Network) -> Self {
        Self {
            gateway: Arc::new(gateway),
            network,
        }
    }

    /// Lets a request go its way, which it does whatever becomes of this process.
    async fn goes<T: Send + 'static>(
        &self,
        (leaving, arrived): (Moment, Moment),
        trip: impl Future<Output = Result<T, Unanswered>> + Send + 'static,
    ) -> Result<T, Unanswered> {
        if self.network.kills(leaving) {
            return pending().await;
        }
        let (reply, answer) = oneshot::channel();
        let network = self.network.clone();
        self.network.lock().trips.spawn(async move {
            let answered = match network.travel().await {
                Ok(()) => trip.await,
                Err(unanswered) => Err(unanswered),
            };
            if !reply.is_closed() && !network.kills(arrived) {
                // Whoever asked may be dead.
                drop(reply.send(answered));
            }
        });
        match answer.await {
            Ok(answered) => {
                if let Err(Unanswered::TooOften { alone, .. }) = &answered {
                    self.network
                        .lock()
                        .told
                        .is_told(*alone, self.network.when());
                }
                answered
            }
            // The process is dead, or everything under way was cut with it.
            Err(_) => pending().await,
        }
    }
}

impl<G: Gateway> Gateway for Port<G> {
    async fn charge(&self, order: &Order) -> Result<Answer, Unanswered> {
        let _under_way = self.network.begin();
        let (uid, card, won) = (&order.merchant_uid, &order.customer_uid, order.amount.won());
        let now = self.network.stage.true_now();
        self.network
            .trace
            .tell(now, format_args!("{uid}: sent, {won} won from {card}"));
        self.network.asks(uid.as_str());
        self.network.leaves(Sent {
            merchant_uid: uid.to_string(),
            customer_uid: card.to_string(),
            won,
        });
        let (gateway, order, network) = (self.gateway.clone(), order.clone(), self.network.clone());
        let moments = (Moment::Sending, Moment::Answered);
        let charge = async move {
            let arrival = (order.merchant_uid.to_string(), network.stage.true_now());
            let answered = gateway.charge(&order).await;
            if !matches!(answered, Err(Unanswered::NotSent(_))) {
                network.lock().arrivals.push(arrival);
            }
            answered
        };
        self.goes(moments, charge).await
    }

    async fn find(&self, order: &Order) -> Result<Finding, Unanswered> {
        let _under_way = self.network.begin();
        let now = self.network.stage.true_now();
        let uid = &order.merchant_uid;
        self.network.trace.tell(now, format_args!("{uid}: asked"));
        self.network.asks(uid.as_str());
        self.network.looks_up(uid);
        let (gateway, order) = (self.gateway.clone(), order.clone());
        let moments = (Moment::Asking, Moment::Told);
        let found = self.goes(moments, async move { gateway.find(&order).await });
        let found = found.await;
        self.network.found(uid, &found);
        found
    }

    async fn paid_of(&self, orders: &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered> {
        let _under_way = self.network.begin();
        let now = self.network.stage.true_now();
        let count = orders.len();
        self.network
            .trace
            .tell(now, format_args!("{count} together: asked"));
        self.network.asks("many together");
        let (gateway, orders) = (self.gateway.clone(), orders.to_vec());
        let moments = (Moment::Asking, Moment::Told);
        self.goes(moments, async move { gateway.paid_of(&orders).await })
            .await
    }

    async fn check(&self) -> Result<Timestamp, Refusal> {
        let _under_way = self.network.begin();
        match self.network.travel().await {
            Ok(()) => self.gateway.check().await,
            Err(unanswered) => Err(Refusal::Silence(unanswered.words().to_string())),
        }
    }
}
