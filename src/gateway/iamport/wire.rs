//! The JSON of the V1 REST API: what we send, and what we read of what comes back.
//!
//! Tolerant of what it reads: new fields, null or "" for an absent text, fractions in times. Strict
//! about what it claims: an answer without an integer `code` is not an answer, and neither is a list.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::core::answer::Words;
use crate::gateway::iamport::settings::Secret;

/// What every answer is wrapped in. docs: V1 API description, `{code, message, response}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope<T> {
    /// Zero when the API call worked, which does not say that a payment did.
    pub(crate) code: i64,
    #[serde(default, deserialize_with = "text")]
    pub(crate) message: Option<String>,
    pub(crate) response: Option<T>,
}

impl<'a, T: Deserialize<'a>> Envelope<T> {
    /// Reads a body whose response is an object, or says in words for the operator why it is not an
    /// answer.
    pub(crate) fn read(status: u16, body: &'a [u8]) -> Result<Self, String> {
        let Envelope {
            code,
            message,
            response,
        } = Envelope::<Object<T>>::read_any(status, body)?;
        Ok(Self {
            code,
            message,
            response: response.map(|Object(response)| response),
        })
    }

    /// Reads a body with any response.
    ///
    /// The parser's own message is left out: it may quote the body.
    pub(crate) fn read_any(status: u16, body: &'a [u8]) -> Result<Self, String> {
        let read: Result<Object<Self>, _> = serde_json::from_slice(body);
        read.map(|Object(envelope)| envelope).map_err(|error| {
            format!(
                "HTTP {status} with {} bytes that are not an answer of the gateway ({:?} at line {} \
                 column {})",
                body.len(),
                error.classify(),
                error.line(),
                error.column()
            )
        })
    }

    /// The text of a refusal: `code` other than 0 and no response. `None` for everything else.
    pub(crate) fn refusal(&self) -> Option<&str> {
        let is_refusal = self.code != 0 && self.response.is_none();
        is_refusal.then(|| self.message.as_deref().unwrap_or_default())
    }

    /// What the envelope said, in words for the operator, without the response. One line of limited
    /// length, whatever the gateway wrote: it goes to the log.
    pub(crate) fn summary(&self, status: u16) -> String {
        let response = self
            .response
            .as_ref()
            .map_or("no response", |_| "a response");
        let message = Words::new(self.message.as_deref().unwrap_or("no message"));
        format!("HTTP {status}, code {}, {response}: {message}", self.code)
    }
}

/// The body of `POST /users/getToken`.
#[derive(Serialize)]
pub(crate) struct TokenRequest<'a> {
    pub(crate) imp_key: &'a str,
    pub(crate) imp_secret: &'a str,
}

/// The answer to it; times in unix seconds of *their* clock.
#[derive(Debug, Deserialize)]
pub(crate) struct TokenIssued {
    pub(crate) access_token: Secret,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) now: Option<i64>,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) expired_at: Option<i64>,
}

/// Where a payment stands. docs: V1 API description, `PaymentAnnotation.status`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Value")]
pub(crate) enum Status {
    Ready,
    Paid,
    Cancelled,
    Failed,
    /// New values may appear at any time: a status that we do not know is doubt.
    Unknown(String),
}

impl From<Value> for Status {
    fn from(value: Value) -> Self {
        let text = value.text().unwrap_or_default();
        match text.as_str() {
            "ready" => Self::Ready,
            "paid" => Self::Paid,
            "cancelled" => Self::Cancelled,
            "failed" => Self::Failed,
            _ => Self::Unknown(text),
        }
    }
}

/// The part of a payment that we look at. `None` is "not said": null, "", 0 for a time, a value of
/// another type, or no such field.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Payment {
    pub(crate) status: Status,
    #[serde(default, deserialize_with = "text")]
    pub(crate) imp_uid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) merchant_uid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) customer_uid: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) currency: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) pg_provider: Option<String>,
    #[serde(default, deserialize_with = "text")]
    pub(crate) fail_reason: Option<String>,
    #[serde(default, deserialize_with = "won")]
    pub(crate) amount: Option<i64>,
    #[serde(default, deserialize_with = "won")]
    pub(crate) cancel_amount: Option<i64>,
    #[serde(default, deserialize_with = "flag")]
    pub(crate) sandbox: Option<bool>,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) started_at: Option<i64>,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) paid_at: Option<i64>,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) failed_at: Option<i64>,
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) cancelled_at: Option<i64>,
}

/// The newest payments of many uids: `GET /payments?merchant_uid[]=…`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct Many(#[serde(deserialize_with = "objects")] pub(crate) Vec<Payment>);

/// One page of `GET /payments/findAll/{merchant_uid}`.
#[derive(Debug, Deserialize)]
pub(crate) struct Page {
    /// How many payments there are over all pages.
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) total: Option<i64>,
    /// The number of the next page; 0 when this is the last.
    #[serde(default, deserialize_with = "nonzero")]
    pub(crate) next: Option<i64>,
    #[serde(deserialize_with = "objects")]
    pub(crate) list: Vec<Payment>,
}

/// A value that was written as an object. By itself the parser takes a list as well, for the fields in
/// the order in which *we* declare them: what the gateway never meant would then be paid, or declined.
struct Object<T>(T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Fields<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for Fields<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(fields))
            }
        }

        from.deserialize_map(Fields(PhantomData)).map(Self)
    }
}

fn objects<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Vec<T>, D::Error> {
    let objects = Vec::<Object<T>>::deserialize(from)?;
    Ok(objects.into_iter().map(|Object(one)| one).collect())
}

/// A value of any type: what the gateway writes where is not ours to insist on. The parser's own way
/// for one of several types keeps a copy first.
enum Value {
    Text(String),
    Whole(i64),
    Fraction(f64),
    Flag(bool),
    /// Null, a list, an object, or a number beyond all amounts.
    Other,
}

impl Value {
    fn text(self) -> Option<String> {
        match self {
            Self::Text(text) if !text.is_empty() => Some(text),
            Self::Text(_) | Self::Whole(_) | Self::Fraction(_) | Self::Flag(_) | Self::Other => {
                None
            }
        }
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Any;

        impl<'de> Visitor<'de> for Any {
            type Value = Value;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a value")
            }

            fn visit_str<E>(self, text: &str) -> Result<Value, E> {
                Ok(Value::Text(text.to_owned()))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
                Ok(Value::Whole(number))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
                Ok(i64::try_from(number).map_or(Value::Other, Value::Whole))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
                Ok(Value::Fraction(number))
            }

            fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
                Ok(Value::Flag(flag))
            }

            fn visit_unit<E>(self) -> Result<Value, E> {
                Ok(Value::Other)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
                while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::Other)
            }
        }

        from.deserialize_any(Any)
    }
}

fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(Value::deserialize(from)?.text())
}

fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Flag(flag) => Some(flag),
        Value::Text(_) | Value::Whole(_) | Value::Fraction(_) | Value::Other => None,
    })
}

/// An amount: a whole number, also when it is written `9900.0`.
fn won<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Whole(won) => Some(won),
        // Through text, because a cast would round 9900.5 and wrap what does not fit.
        Value::Fraction(won) => won.to_string().parse().ok(),
        Value::Text(_) | Value::Flag(_) | Value::Other => None,
    })
}

/// A time in unix seconds, or a count. A fraction is dropped; 0 is "did not happen" and "none".
fn nonzero<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    let number = match Value::deserialize(from)? {
        Value::Whole(number) => Some(number),
        Value::Fraction(number) => {
            let written = number.to_string();
            let whole = written.split('.').next();
            whole.and_then(|whole| whole.parse().ok())
        }
        Value::Text(_) | Value::Flag(_) | Value::Other => None,
    };
    Ok(number.filter(|number| *number != 0))
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ready => "ready",
            Self::Paid => "paid",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Unknown(text) => text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payment(fields: &str) -> Payment {
        let body = format!(r#"{{"code":0,"message":null,"response":{{{fields}}}}}"#);
        let envelope = Envelope::<Payment>::read(200, body.as_bytes()).unwrap();
        envelope.response.unwrap()
    }

    #[test]
    fn absent_is_null_empty_missing_or_of_another_type() {
        for fields in [
            r#""status":"paid""#,
            r#""status":"paid","customer_uid":null,"amount":null,"sandbox":null,"paid_at":null"#,
            r#""status":"paid","customer_uid":"","amount":"9900","sandbox":1,"paid_at":0"#,
            r#""status":"paid","customer_uid":{},"amount":9900.5,"sandbox":"","paid_at":"x""#,
        ] {
            let payment = payment(fields);
            assert_eq!(payment.customer_uid, None, "{fields}");
            assert_eq!(payment.amount, None, "{fields}");
            assert_eq!(payment.sandbox, None, "{fields}");
            assert_eq!(payment.paid_at, None, "{fields}");
        }
    }

    #[test]
    fn numbers_may_be_fractions_and_fields_may_be_new() {
        let payment = payment(
            r#""status":"settling","amount":9900.0,"paid_at":1700000000.75,"card_type":null,
               "card_quota":0,"novelty":{"deep":[1,2,{"x":null}]}"#,
        );
        assert_eq!(payment.status, Status::Unknown("settling".to_owned()));
        assert_eq!(payment.amount, Some(9_900));
        assert_eq!(payment.paid_at, Some(1_700_000_000));
    }

    #[test]
    fn without_an_integer_code_it_is_not_an_answer() {
        for body in [
            "",
            "null",
            "[]",
            "{}",
            "<html>",
            r#"[0,null,{"status":"paid"}]"#,
            r#"{"code":0,"message":null,"response":["paid"]}"#,
            r#"{"message":null}"#,
            r#"{"code":null}"#,
            r#"{"code":"0"}"#,
            r#"{"code":0.0}"#,
            r#"{"code":true}"#,
            r#"{"code":0,"response":null"#,
        ] {
            let read = Envelope::<Payment>::read(502, body.as_bytes());
            assert!(read.unwrap_err().starts_with("HTTP 502 with "), "{body}");
        }
    }
}
