//! Access tokens: `POST /users/getToken`, and whether a request carries a good one.

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;

use crate::core::spread;
use crate::gateway::simulator::behaviour::{Behaviour, after};
use crate::gateway::simulator::reply::Reply;
use crate::gateway::simulator::request::{Request, text};
use crate::gateway::simulator::wire::TokenText;

/// docs: a token lives for 30 minutes.
const LIFE: Duration = Duration::from_mins(30);
/// docs: asked for again with less than this left, ...
const LATE: Duration = Duration::from_mins(1);
/// ... the same token lives longer by this.
const GROWTH: Duration = Duration::from_mins(5);

/// The one token of the merchant.
#[derive(Debug)]
pub(super) struct Token {
    text: String,
    expired_at: Timestamp,
}

#[derive(Deserialize)]
struct KeyFields {
    #[serde(default, deserialize_with = "text")]
    imp_key: Option<String>,
    #[serde(default, deserialize_with = "text")]
    imp_secret: Option<String>,
}

impl Behaviour {
    /// Whether the request carries the token, and the token is still good.
    pub(super) fn admits(&self, request: &Request<'_>, now: Timestamp) -> bool {
        let good = self.token.as_ref().filter(|token| now < token.expired_at);
        good.is_some_and(|token| request.token() == Some(&token.text))
    }

    pub(super) fn give_token(&mut self, request: &Request<'_>, now: Timestamp) -> Reply {
        let fields: KeyFields = match request.fields() {
            Ok(fields) => fields,
            Err(problem) => return Reply::malformed(&problem),
        };
        let present = |field: Option<String>| field.filter(|text| !text.is_empty());
        let (Some(key), Some(secret)) = (present(fields.imp_key), present(fields.imp_secret))
        else {
            return Reply::malformed("imp_key, imp_secret 파라미터가 누락되었습니다.");
        };
        let is_ours = |keys: &crate::gateway::simulator::switches::Keys| {
            keys.key == key && keys.secret == secret
        };
        if !self.switches.keys.as_ref().is_none_or(is_ours) {
            return Reply::refused(
                401,
                -1,
                "인증에 실패하였습니다. API키와 secret을 확인하세요.",
            );
        }

        let token = self.current_token(now);
        Reply::done(&TokenText {
            access_token: &token.text,
            now: now.as_second(),
            expired_at: token.expired_at.as_second(),
        })
    }

    fn current_token(&mut self, now: Timestamp) -> &Token {
        let good = self.token.take().filter(|token| now < token.expired_at);
        let token = match good {
            Some(token) if token.expired_at < after(now, LATE) => Token {
                expired_at: after(token.expired_at, GROWTH),
                ..token
            },
            Some(token) => token,
            None => self.new_token(now),
        };
        self.token.insert(token)
    }

    fn new_token(&mut self, now: Timestamp) -> Token {
        self.tokens_issued += 1;
        let key = format!("{}\ntoken {}", self.switches.seed, self.tokens_issued);
        Token {
            text: format!("{:032x}", spread::fingerprint(&key)),
            expired_at: after(now, LIFE),
        }
    }
}
