//! The key under which somebody asks for something once, however often the request is sent.

use std::fmt;

use crate::core::order::BadName;

/// An idempotency key: 1 to 200 printable ASCII characters, chosen by whoever asks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

impl IdempotencyKey {
    /// The longest key, in characters: a UUID with a prefix fits in several times.
    pub const LENGTH_MAX: usize = 200;

    /// Takes a key.
    ///
    /// # Errors
    /// [`BadName`] when it is empty, too long, or has a character other than printable ASCII.
    pub fn parse(text: &str) -> Result<Self, BadName> {
        let printable = |c: char| c.is_ascii_graphic();
        BadName::unless(
            "valid idempotency key",
            text,
            Self::LENGTH_MAX,
            "printable ASCII without spaces",
            printable,
        )
        .map(Self)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_word() {
        let uuid = "7a0f3f5e-6f1c-4c0e-9a55-0f6c6f3f2a11";
        assert_eq!(IdempotencyKey::parse(uuid).unwrap().as_str(), uuid);
        for odd in ["", "two words", "키", &"k".repeat(201)] {
            let why = IdempotencyKey::parse(odd).unwrap_err().to_string();
            assert!(why.contains("is not a valid idempotency key"), "{why}");
        }
    }
}
