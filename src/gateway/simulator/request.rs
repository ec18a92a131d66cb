//! A request as the behaviour sees it, and the lenient reading of its parts: clients in the wild send
//! JSON and forms, raw and Bearer tokens, trailing slashes and numbers as text. It does not know what
//! a field means.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

/// What is to be done with the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// GET
    Get,
    /// POST
    Post,
    /// PUT
    Put,
    /// DELETE
    Delete,
    /// Anything else: no route takes it.
    Other,
}

/// One HTTP request, still undecoded.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The method.
    pub method: Method,
    /// The path, percent-encoded, from its first slash, without the query.
    pub path: &'a str,
    /// What follows the question mark, or nothing.
    pub query: &'a str,
    /// The `Authorization` header: the token alone, or `Bearer` and the token.
    pub authorization: Option<&'a str>,
    /// The `Content-Type` header, with or without a charset.
    pub content_type: Option<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    /// The path's segments, decoded; empty ones (a trailing slash, a double one) are left out.
    pub(super) fn segments(&self) -> Vec<Cow<'a, str>> {
        let written = self.path.split('/').filter(|part| !part.is_empty());
        written.map(percent_decoded).collect()
    }

    /// The token, however it is sent. docs: `Bearer <token>`; most clients send it raw.
    pub(super) fn token(&self) -> Option<&str> {
        let sent = self.authorization?.trim();
        Some(sent.strip_prefix("Bearer ").unwrap_or(sent).trim())
    }

    /// The body's fields, from JSON or a form. An empty body has no fields.
    ///
    /// # Errors
    /// In words for the client, when the body is neither.
    pub(super) fn fields<T: for<'de> Deserialize<'de>>(&self) -> Result<T, String> {
        if self.is_form() {
            return serde_urlencoded::from_bytes(self.body)
                .map_err(|problem| format!("the form cannot be read: {problem}"));
        }
        serde_json::from_slice(self.body)
            .map_err(|problem| format!("the JSON cannot be read: {problem}"))
    }

    /// The query's pairs in their order; what cannot be read counts as absent.
    pub(super) fn parameters(&self) -> Vec<(String, String)> {
        serde_urlencoded::from_str(self.query).unwrap_or_default()
    }

    /// The value of one query parameter.
    pub(super) fn parameter(&self, name: &str) -> Option<String> {
        let found = |(key, value)| (key == name).then_some(value);
        self.parameters().into_iter().find_map(found)
    }

    fn is_form(&self) -> bool {
        let declared = self.content_type.unwrap_or_default();
        if declared.contains("json") {
            return false;
        }
        // Without a usable header the first byte tells: every JSON body here is an object.
        declared.contains("form-urlencoded") || !self.body.trim_ascii_start().starts_with(b"{")
    }
}

fn percent_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }

    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let hex = after
            .get(..2)
            .filter(|_| byte == b'%')
            .and_then(|two| std::str::from_utf8(two).ok())
            .and_then(|two| u8::from_str_radix(two, 16).ok());
        decoded.push(hex.unwrap_or(byte));
        let used = if hex.is_some() { 2 } else { 0 };
        rest = after.get(used..).unwrap_or_default();
    }
    Cow::Owned(String::from_utf8_lossy(&decoded).into_owned())
}

/// A text field. Clients send some of them as numbers, and absent ones as null.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Option<String>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a text")
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            Ok(Some(text.to_owned()))
        }
        fn visit_string<E: Error>(self, text: String) -> Result<Self::Value, E> {
            Ok(Some(text))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            Ok(Some(number.to_string()))
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_none<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
        fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Self::Value, D::Error> {
            text(from)
        }
    }
    from.deserialize_any(Text)
}

/// A whole number of won: a JSON integer, or its digits as text (every form field is text).
pub(super) fn won<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    struct Won;
    impl Visitor<'_> for Won {
        type Value = Option<i64>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a whole number of won")
        }
        fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
            Ok(Some(number))
        }
        fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
            i64::try_from(number).map(Some).map_err(E::custom)
        }
        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            text.trim().parse().map(Some).map_err(E::custom)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok(None)
        }
    }
    from.deserialize_any(Won)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_decoded_segment_by_segment() {
        let cases = [
            ("/payments/find/a-1/", vec!["payments", "find", "a-1"]),
            (
                "/payments/find/a%2F1%20b/undefined",
                vec!["payments", "find", "a/1 b", "undefined"],
            ),
            ("//x/100%/%zz/%EC%9D%B4", vec!["x", "100%", "%zz", "이"]),
        ];
        for (path, segments) in cases {
            let request = Request {
                method: Method::Get,
                path,
                query: "",
                authorization: None,
                content_type: None,
                body: b"",
            };
            assert_eq!(request.segments(), segments, "{path}");
        }
    }
}
