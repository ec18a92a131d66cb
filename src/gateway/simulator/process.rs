//! The way in without a network: a [`Gateway`] that writes the very requests that the client would
//! send, hands them to the behaviour, and lets the client's own reading judge the answers. Waiting is
//! the caller's, so that a simulation can own the clock.

use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::core::answer::{Answer, Finding, Receipt, Unanswered, Words};
use crate::core::decline::Codes;
use crate::core::order::Order;
use crate::gateway::iamport::settings::Mode;
use crate::gateway::iamport::verdict::{Judge, Verdict};
use crate::gateway::simulator::reply::{Fate, Reply};
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::shared::Shared;
use crate::gateway::simulator::switches::Keys;
use crate::gateway::{Gateway, Refusal};

/// How the client reads which of many orders are paid.
pub type ReadsMany = fn(u16, &[u8], &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered>;

/// How the client reads an HTTP status and body, given the order that it asked about.
#[derive(Clone, Copy)]
pub struct Reading {
    /// The answer to `POST /subscribe/payments/again`.
    pub charge: fn(u16, &[u8], &Order) -> Result<Answer, Unanswered>,
    /// The answer to `GET /payments/findAll/{merchant_uid}?page=1&limit=1000`.
    pub find: fn(u16, &[u8], &Order) -> Result<Finding, Unanswered>,
    /// The answer to `GET /payments?merchant_uid[]=…`.
    pub paid_of: ReadsMany,
}

impl Reading {
    /// The reading of the real client, on a channel that is live.
    pub fn as_the_client() -> Self {
        Self {
            charge: |status, body, order| match judge().charge(status, body, order) {
                Verdict::Said(answer) => Ok(answer),
                Verdict::Unauthorized(words) => Ok(Answer::Barred(words)),
                Verdict::Lost(words) => Err(Unanswered::Lost(words)),
            },
            find: |status, body, order| match judge().find(status, body, order) {
                Verdict::Said(finding) => Ok(finding),
                Verdict::Unauthorized(words) | Verdict::Lost(words) => Err(Unanswered::Lost(words)),
            },
            paid_of: |status, body, orders| match judge().paid_of(status, body, orders) {
                Verdict::Said(paid) => Ok(paid),
                Verdict::Unauthorized(words) | Verdict::Lost(words) => Err(Unanswered::Lost(words)),
            },
        }
    }
}

fn judge() -> Judge {
    Judge {
        mode: Mode::Live,
        codes: Codes::default(),
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Reading")
    }
}

/// The simulated gateway in this process.
#[derive(Debug)]
pub struct InProcess<N, S> {
    shared: Shared<N>,
    sleep: S,
    reading: Reading,
    keys: Keys,
    deadline: Duration,
    token: Mutex<String>,
}

#[derive(Serialize)]
struct AgainFields<'a> {
    customer_uid: &'a str,
    merchant_uid: &'a str,
    amount: i64,
    currency: &'static str,
    name: &'a str,
}

#[derive(Serialize)]
struct KeyFields<'a> {
    imp_key: &'a str,
    imp_secret: &'a str,
}

/// What came of asking for a token.
enum Granted {
    Token(String),
    Not(Reply),
}

#[derive(Deserialize)]
struct TokenEnvelope {
    response: TokenFields,
}

#[derive(Deserialize)]
struct TokenFields {
    access_token: String,
    now: i64,
}

impl<N, S, W> InProcess<N, S>
where
    N: Fn() -> Timestamp + Send + Sync + 'static,
    S: Fn(Duration) -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send,
{
    /// A port to the shared gateway. `sleep` waits on the clock that the gateway goes by; an answer
    /// that takes longer than `deadline` is lost.
    pub fn new(
        shared: Shared<N>,
        keys: Keys,
        reading: Reading,
        deadline: Duration,
        sleep: S,
    ) -> Self {
        Self {
            shared,
            sleep,
            reading,
            keys,
            deadline,
            token: Mutex::default(),
        }
    }

    /// The gateway behind the port, for an oracle.
    pub fn shared(&self) -> &Shared<N> {
        &self.shared
    }

    /// Asks with our token, getting one first if there is none; once more with a new one if it is
    /// refused, as the client does. A 401 was refused before anything was done.
    async fn ask(&self, method: Method, path: &str, body: &[u8]) -> Result<Reply, Unanswered> {
        let mut token = self
            .token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if token.is_empty() {
            token = match self.renew_token().await? {
                Granted::Token(token) => token,
                Granted::Not(refusal) => return Ok(refusal),
            };
        }

        let reply = self.send(method, path, body, &token).await?;
        if reply.status != 401 {
            return Ok(reply);
        }
        match self.renew_token().await? {
            Granted::Token(token) => self.send(method, path, body, &token).await,
            Granted::Not(refusal) => Ok(refusal),
        }
    }

    /// Without a token the request itself is not written, so a silence here is "not sent".
    async fn renew_token(&self) -> Result<Granted, Unanswered> {
        let fetched = self.fetch_token().await;
        let reply = fetched.map_err(|why| Unanswered::NotSent(why.words().clone()))?;
        let Some(TokenFields { access_token, .. }) = granted_token(&reply) else {
            return Ok(Granted::Not(reply));
        };
        self.token
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone_from(&access_token);
        Ok(Granted::Token(access_token))
    }

    async fn fetch_token(&self) -> Result<Reply, Unanswered> {
        let fields = KeyFields {
            imp_key: &self.keys.key,
            imp_secret: &self.keys.secret,
        };
        self.send(Method::Post, "/users/getToken", &json(&fields), "")
            .await
    }

    async fn send(
        &self,
        method: Method,
        target: &str,
        body: &[u8],
        token: &str,
    ) -> Result<Reply, Unanswered> {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let request = Request {
            method,
            path,
            query,
            authorization: Some(token),
            content_type: Some("application/json"),
            body,
        };
        let reply = self
            .shared
            .with(|behaviour, now| behaviour.handle(&request, now));

        let waited = reply.after.min(self.deadline);
        if !waited.is_zero() {
            (self.sleep)(waited).await;
        }
        if reply.after > self.deadline {
            return Err(lost("no answer within the deadline"));
        }
        arrived(reply)
    }
}

impl<N, S, W> Gateway for InProcess<N, S>
where
    N: Fn() -> Timestamp + Send + Sync + 'static,
    S: Fn(Duration) -> W + Send + Sync + 'static,
    W: Future<Output = ()> + Send,
{
    async fn charge(&self, order: &Order) -> Result<Answer, Unanswered> {
        let fields = AgainFields {
            customer_uid: order.customer_uid.as_str(),
            merchant_uid: order.merchant_uid.as_str(),
            amount: order.amount.won(),
            currency: "KRW",
            name: order.name.as_str(),
        };
        let body = json(&fields);
        let reply = self
            .ask(Method::Post, "/subscribe/payments/again", &body)
            .await?;
        (self.reading.charge)(reply.status, &reply.body, order)
            .map_err(|why| too_often(&reply, why))
    }

    async fn find(&self, order: &Order) -> Result<Finding, Unanswered> {
        // A uid has no character that would need an escape in a path.
        let target = format!("/payments/findAll/{}?page=1&limit=1000", order.merchant_uid);
        let reply = self.ask(Method::Get, &target, b"").await?;
        (self.reading.find)(reply.status, &reply.body, order).map_err(|why| too_often(&reply, why))
    }

    async fn paid_of(&self, orders: &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered> {
        let uids = orders.iter().map(|order| order.merchant_uid.as_str());
        let uids: Vec<String> = uids.map(|uid| format!("merchant_uid[]={uid}")).collect();
        let target = format!("/payments?{}", uids.join("&"));
        let reply = self.ask(Method::Get, &target, b"").await?;
        (self.reading.paid_of)(reply.status, &reply.body, orders)
            .map_err(|why| too_often(&reply, why))
    }

    async fn check(&self) -> Result<Timestamp, Refusal> {
        let reply = match self.fetch_token().await {
            Ok(reply) => reply,
            Err(unanswered) => return Err(Refusal::Silence(unanswered.words().to_string())),
        };
        if let Some(fields) = granted_token(&reply) {
            let now = Timestamp::from_second(fields.now);
            return now.map_err(|problem| Refusal::Silence(problem.to_string()));
        }

        let said = String::from_utf8_lossy(&reply.body);
        let said = Words::new(&said).to_string();
        match reply.status {
            401 => Err(Refusal::Key(said)),
            _ => Err(Refusal::Silence(said)),
        }
    }
}

/// What of a reply reaches the client.
fn arrived(reply: Reply) -> Result<Reply, Unanswered> {
    match reply.fate {
        Fate::Deliver => Ok(reply),
        Fate::Unreachable => Err(Unanswered::NotSent(Words::new("connection refused"))),
        Fate::DropBefore | Fate::DropAfter => Err(lost("connection closed before an answer")),
        Fate::Truncate => Ok(Reply {
            body: reply.first_half().to_vec(),
            ..reply
        }),
    }
}

/// As the client: a 429 says more than that nothing came back.
fn too_often(reply: &Reply, why: Unanswered) -> Unanswered {
    match why {
        Unanswered::Lost(words) if reply.status == 429 => Unanswered::TooOften {
            words,
            alone: reply.alone.unwrap_or_default(),
        },
        Unanswered::Lost(_) | Unanswered::NotSent(_) | Unanswered::TooOften { .. } => why,
    }
}

fn granted_token(reply: &Reply) -> Option<TokenFields> {
    let envelope: TokenEnvelope = serde_json::from_slice(&reply.body).ok()?;
    (reply.status == 200).then_some(envelope.response)
}

fn lost(why: &str) -> Unanswered {
    Unanswered::Lost(Words::new(why))
}

/// Writing these structs cannot fail: their keys are texts and they hold no maps.
fn json(fields: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(fields).unwrap_or_default()
}
