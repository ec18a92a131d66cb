//! The client of the gateway: puts tokens, requests and verdicts together. It asks and reports; what
//! follows from an answer is not its business, and nothing here asks for a charge twice.

use jiff::Timestamp;
use reqwest::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use reqwest::{RequestBuilder, Url};
use tokio::time::Instant;

use crate::core::answer::{Answer, Finding, Receipt, Unanswered, Words};
use crate::core::decline::Codes;
use crate::core::order::Order;
use crate::gateway::iamport::again::AgainRequest;
use crate::gateway::iamport::finding;
use crate::gateway::iamport::http::{self, Reply};
use crate::gateway::iamport::settings::{Authorization, BadSettings, Secret, Settings};
use crate::gateway::iamport::token::{Issued, Token, Tokens};
use crate::gateway::iamport::verdict::{self, Judge, Verdict};
use crate::gateway::iamport::wire::TokenRequest;
use crate::gateway::{Gateway, Refusal};

/// How many payments a page of a look-up may hold. docs: findAll, `limit` up to 1000; a cycle has a
/// handful.
const PAGE_SIZE: &str = "100";

/// How many pages of one uid are read. What lies beyond leaves the finding unclear.
const PAGES_MAX: u32 = 10;

/// A merchant's connection to the gateway. Holds a pool of connections and one token.
///
/// A charge makes at most [`Client::REQUESTS_MAX`] requests one after the other, each of which may take
/// [`Settings::request_timeout`]: who waits for an answer has to wait longer than all of them.
#[derive(Debug)]
pub struct Client {
    http: reqwest::Client,
    base_url: Url,
    again_url: Url,
    imp_key: Secret,
    imp_secret: Secret,
    authorization: Authorization,
    tier: Option<HeaderValue>,
    tokens: Tokens<Refusal>,
    judge: Judge,
}

/// Why a call brought nothing.
#[derive(Debug)]
enum Failure {
    /// No token, so that the call itself was never sent.
    NoToken(Refusal),
    /// Two tokens in a row were refused: the key or its rights are wrong.
    Unauthorized(Words),
    /// The call was not sent, or its answer lost.
    Unanswered(Unanswered),
}

impl Client {
    /// The most requests that one charge makes: a token, the charge, and after a 401 both again.
    pub const REQUESTS_MAX: u32 = 4;

    /// A client with these settings, and the operator's meaning of PG codes. Connects to nobody yet.
    ///
    /// # Errors
    /// [`BadSettings`] when a URL or the tier cannot be read, or HTTPS cannot be prepared.
    pub fn new(settings: Settings, codes: Codes) -> Result<Self, BadSettings> {
        let tier = settings.tier.as_deref().map(HeaderValue::from_str);
        let base_url = http::base_url(&settings.base_url)?;
        Ok(Self {
            http: http::client(&settings)?,
            again_url: http::url_of(&base_url, &["subscribe", "payments", "again"]),
            base_url,
            tier: tier.transpose().map_err(|_| BadSettings::Tier)?,
            tokens: Tokens::new(),
            judge: Judge {
                mode: settings.mode,
                codes,
            },
            imp_key: settings.imp_key,
            imp_secret: settings.imp_secret,
            authorization: settings.authorization,
        })
    }

    /// Looks up the newest payment under the order's uid alone: a cheaper question than
    /// [`Gateway::find`], and a weaker answer: it may confirm a success, but what it does not show
    /// must not lead to another charge. Charges nothing.
    ///
    /// # Errors
    /// As [`Gateway::find`].
    pub async fn newest(&self, order: &Order) -> Result<Finding, Unanswered> {
        let url = self.url(&["payments", "find", order.merchant_uid.as_str()]);
        let read = |reply: &Reply| self.judge.find_newest(reply.status, &reply.body, order);
        let asked = self.ask(|| self.http.get(url.clone()), read).await;
        asked.map_err(Failure::of_look_up)
    }

    /// Makes one call with a token. A 401 is answered with one fresh token and the same call again:
    /// docs: it was refused before anything was done. Nothing else is ever sent a second time.
    async fn ask<T>(
        &self,
        request: impl Fn() -> RequestBuilder,
        read: impl Fn(&Reply) -> Verdict<T>,
    ) -> Result<T, Failure> {
        let token = self.token().await?;
        let reply = self.send(request(), &token).await?;
        match read(&reply) {
            Verdict::Said(said) => return Ok(said),
            Verdict::Lost(words) => return Err(Failure::lost(words, &reply)),
            Verdict::Unauthorized(_) => self.tokens.invalidate(&token).await,
        }

        let token = self.token().await?;
        let reply = self.send(request(), &token).await?;
        match read(&reply) {
            Verdict::Said(said) => Ok(said),
            Verdict::Lost(words) => Err(Failure::lost(words, &reply)),
            Verdict::Unauthorized(words) => {
                self.tokens.invalidate(&token).await;
                Err(Failure::Unauthorized(words))
            }
        }
    }

    async fn send(&self, request: RequestBuilder, token: &Token) -> Result<Reply, Failure> {
        let secret = token.secret.expose();
        let text = match self.authorization {
            Authorization::Bearer => format!("Bearer {secret}"),
            Authorization::Raw => secret.to_owned(),
        };
        let mut value = HeaderValue::from_str(&text)
            .map_err(|_| Failure::NoToken(Refusal::Silence("the token is garbled".to_owned())))?;
        value.set_sensitive(true);

        let request = self.tiered(request).header(AUTHORIZATION, value);
        let reply = http::send(request).await.map_err(Failure::Unanswered)?;
        // Only the token was told in this request; a gateway that repeats more has it from others.
        let reply = reply.without(&token.secret).without(&self.imp_secret);
        Ok(reply.without(&self.imp_key))
    }

    async fn token(&self) -> Result<Token, Failure> {
        let fetch = async || self.issue().await.map(|(issued, _)| issued);
        self.tokens.get(fetch).await.map_err(Failure::NoToken)
    }

    /// Asks for a token, and reads the gateway's clock on the way.
    async fn issue(&self) -> Result<(Issued, Timestamp), Refusal> {
        let body = TokenRequest {
            imp_key: self.imp_key.expose(),
            imp_secret: self.imp_secret.expose(),
        };
        let request = self.http.post(self.url(&["users", "getToken"])).json(&body);
        match http::send(self.tiered(request)).await {
            Ok(reply) => {
                let reply = reply.without(&self.imp_secret).without(&self.imp_key);
                verdict::issued(reply.status, &reply.body)
            }
            Err(unanswered) => Err(Refusal::Silence(unanswered.words().to_string())),
        }
    }

    fn tiered(&self, request: RequestBuilder) -> RequestBuilder {
        let request = request.header(ACCEPT, "application/json");
        match &self.tier {
            Some(tier) => request.header("Tier", tier),
            None => request,
        }
    }

    fn url(&self, segments: &[&str]) -> Url {
        http::url_of(&self.base_url, segments)
    }
}

impl Gateway for Client {
    async fn charge(&self, order: &Order) -> Result<Answer, Unanswered> {
        let request = || {
            self.http
                .post(self.again_url.clone())
                .json(&AgainRequest::of(order))
        };
        let read = |reply: &Reply| self.judge.charge(reply.status, &reply.body, order);
        match self.ask(request, read).await {
            Ok(answer) => Ok(answer),
            Err(Failure::NoToken(Refusal::Key(why))) => Ok(Answer::Barred(Words::new(&why))),
            Err(Failure::NoToken(Refusal::Silence(why))) => {
                Err(Unanswered::NotSent(Words::new(&format!("no token: {why}"))))
            }
            Err(Failure::Unauthorized(words)) => Ok(Answer::Barred(words)),
            Err(Failure::Unanswered(unanswered)) => Err(unanswered),
        }
    }

    async fn find(&self, order: &Order) -> Result<Finding, Unanswered> {
        let url = self.url(&["payments", "findAll", order.merchant_uid.as_str()]);
        let mut payments = Vec::new();
        let mut total = 0;
        let mut number = 1;
        let is_whole = loop {
            let query = [
                ("page", number.to_string()),
                ("limit", PAGE_SIZE.to_owned()),
            ];
            let mut url = url.clone();
            url.query_pairs_mut().extend_pairs(&query);

            let read = |reply: &Reply| finding::page(reply.status, &reply.body);
            let asked = self.ask(|| self.http.get(url.clone()), read).await;
            let page = asked.map_err(Failure::of_look_up)?;
            let is_empty = page.list.is_empty();
            payments.extend(page.list.iter().cloned());
            // A later page may be unknown or forget the total; what was promised stays promised.
            total = total.max(page.total.unwrap_or(0));
            match finding::next_page(&page, number, payments.len()) {
                None => break i64::try_from(payments.len()).is_ok_and(|seen| seen >= total),
                Some(next) if is_empty || next > PAGES_MAX => break false,
                Some(next) => number = next,
            }
        };
        Ok(self.judge.merge(&payments, is_whole, order))
    }

    async fn paid_of(&self, orders: &[Order]) -> Result<Vec<Option<Receipt>>, Unanswered> {
        let mut url = self.url(&["payments"]);
        let uids = orders.iter().map(|order| order.merchant_uid.as_str());
        url.query_pairs_mut()
            .extend_pairs(uids.map(|uid| ("merchant_uid[]", uid)));
        let read = |reply: &Reply| self.judge.paid_of(reply.status, &reply.body, orders);
        let asked = self.ask(|| self.http.get(url.clone()), read).await;
        asked.map_err(Failure::of_look_up)
    }

    async fn check(&self) -> Result<Timestamp, Refusal> {
        let asked_at = Instant::now();
        let (issued, now) = self.issue().await?;
        self.tokens.put(asked_at, issued).await;
        Ok(now)
    }
}

impl Failure {
    /// What came back cannot be read as an answer; a 429 says at least that we ask too often.
    fn lost(words: Words, reply: &Reply) -> Self {
        Self::Unanswered(match reply.status {
            429 => Unanswered::TooOften {
                words,
                alone: reply.alone,
            },
            _ => Unanswered::Lost(words),
        })
    }

    /// A look-up changes nothing, so that it matters only whether it was sent.
    fn of_look_up(self) -> Unanswered {
        match self {
            Self::NoToken(refusal) => Unanswered::NotSent(Words::new(&refusal.to_string())),
            Self::Unauthorized(words) => Unanswered::Lost(words),
            Self::Unanswered(unanswered) => unanswered,
        }
    }
}

#[cfg(test)]
mod tests;
