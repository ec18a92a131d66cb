//! The behaviour of the gateway: a state machine over requests. The clock is an argument and every
//! draw is a hash, so the same seed, requests and times give the same answers. It does not know how
//! a request arrives, nor how an answer is lost.

use std::collections::HashMap;
use std::time::Duration;

use jiff::Timestamp;

use crate::gateway::simulator::customers::StoredCard;
use crate::gateway::simulator::ledger::Ledger;
use crate::gateway::simulator::outcome::{Mishap, Outcome};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::script::{BadScript, Script};
use crate::gateway::simulator::switches::Switches;
use crate::gateway::simulator::token::Token;
use crate::gateway::simulator::wire::ChannelText;

/// The gateway: its books, its customers, its token, and what shall go wrong.
#[derive(Debug)]
pub struct Behaviour {
    pub(super) switches: Switches,
    pub(super) ledger: Ledger,
    pub(super) token: Option<Token>,
    pub(super) tokens_issued: u64,
    pub(super) cards: HashMap<String, StoredCard>,
    scripts: HashMap<String, Running>,
    requests: u64,
    /// The second of the last request, and how many came in it.
    second: (i64, u32),
    at_start: Switches,
    pub(super) happened: Happened,
}

/// What came of charges and befell look-ups, and how often: whoever counts on a fault can see that it
/// was met.
#[derive(Debug, Clone, Default)]
pub struct Happened {
    /// Outcomes of charges.
    pub charges: HashMap<Outcome, u64>,
    /// Mishaps of look-ups.
    pub lookups: HashMap<Mishap, u64>,
}

/// A script and how many of its outcomes are used up.
#[derive(Debug)]
struct Running {
    script: Script,
    used: usize,
}

impl Behaviour {
    /// A gateway with empty books.
    pub fn new(switches: Switches) -> Self {
        Self {
            at_start: switches.clone(),
            switches,
            ledger: Ledger::default(),
            token: None,
            tokens_issued: 0,
            cards: HashMap::new(),
            scripts: HashMap::new(),
            requests: 0,
            second: (i64::MIN, 0),
            happened: Happened::default(),
        }
    }

    /// Answers a request that comes at `now`.
    pub fn handle(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        self.requests += 1;
        if self.is_asked_too_often(now) {
            let mut reply = Reply::page(429, "Too Many Requests");
            reply.alone = self.switches.retry_after;
            return reply;
        }
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();

        let mut reply = self.route(request, &segments, now);
        reply.after = reply.after.max(self.switches.latency);
        reply
    }

    /// The books.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// How many requests came in.
    pub fn requests(&self) -> u64 {
        self.requests
    }

    /// What happened so far.
    pub fn happened(&self) -> &Happened {
        &self.happened
    }

    /// The switches as they are now.
    pub fn switches(&self) -> &Switches {
        &self.switches
    }

    /// Changes the switches; the books stay.
    pub fn set_switches(&mut self, switches: Switches) {
        self.switches = switches;
    }

    /// From now on this script decides the customer's charges, from its beginning.
    pub fn set_script(&mut self, customer_uid: &str, script: Script) {
        let running = Running { script, used: 0 };
        self.scripts.insert(customer_uid.to_owned(), running);
    }

    /// Forgets everything but the switches, which go back to what they were at the start.
    pub fn reset(&mut self) {
        *self = Self::new(self.at_start.clone());
    }

    /// What the next charge of a customer comes to, if a script says so. It is then used up.
    pub(super) fn next_of_script(&mut self, customer_uid: &str) -> Option<Outcome> {
        if self.scripts.is_empty() {
            return None;
        }
        let running = self.scripts.get_mut(customer_uid)?;
        let outcome = running.script.at(running.used);
        running.used = running.used.saturating_add(1);
        Some(outcome)
    }

    /// Takes up the script that a `customer_uid` carries, unless the customer has one.
    ///
    /// # Errors
    /// [`BadScript`] when it cannot be read.
    pub(super) fn learn_script(&mut self, customer_uid: &str) -> Result<(), BadScript> {
        if let Some(script) = Script::of_customer(customer_uid)?
            && !self.scripts.contains_key(customer_uid)
        {
            self.set_script(customer_uid, script);
        }
        Ok(())
    }

    /// Whether this is one request too many of its second.
    fn is_asked_too_often(&mut self, now: Timestamp) -> bool {
        let Some(most) = self.switches.calls_per_second else {
            return false;
        };
        let (second, before) = self.second;
        let this = now.as_second();
        self.second = (this, if second == this { before + 1 } else { 1 });
        self.second.1 > most
    }

    fn route(&mut self, request: &Request<'_>, segments: &[&str], now: Timestamp) -> Reply {
        if let (Method::Post, ["users", "getToken"]) = (request.method, segments) {
            return self.give_token(request, now);
        }
        if !self.admits(request, now) {
            return Reply::unauthorized();
        }

        match (request.method, segments) {
            (Method::Post, ["subscribe", "payments", "again"]) => self.again(request, now),
            (Method::Post, ["subscribe", "payments", "onetime"]) => self.onetime(request, now),
            (Method::Post, ["payments", "cancel"]) => self.cancel(request, now),
            (Method::Get, ["users", "pg"]) => self.channels(),
            (Method::Get, ["payments", rest @ ..]) => {
                let reply = self.look_up(request, rest, now);
                self.befall_lookup(reply)
            }
            (method, ["subscribe", "customers", rest @ ..]) => {
                self.customer(request, method, rest, now)
            }
            // The gateway's router, not its application, answers for a path it does not have.
            (Method::Get | Method::Post | Method::Put | Method::Delete | Method::Other, _) => {
                Reply::page(404, "Cannot find this path")
            }
        }
    }

    fn befall_lookup(&mut self, reply: Reply) -> Reply {
        match self.switches.draw_lookup(self.requests) {
            Some(mishap) => {
                *self.happened.lookups.entry(mishap).or_default() += 1;
                self.befall(mishap, reply)
            }
            None => reply,
        }
    }

    fn channels(&self) -> Reply {
        Reply::done(&[ChannelText::new(self.switches.sandbox)])
    }
}

/// The moment after a span; the end of time when there is none.
pub(super) fn after(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}
