//! Guesses at what was meant. A guess is only ever shown, never acted on.

/// The candidate nearest to `written`, if one is near enough to be a slip of the finger. Case is
/// ignored.
pub(crate) fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    /// Longer than any of our words; a whole line pasted by mistake is near to nothing.
    const LENGTH_MAX: usize = 64;
    let length = written.chars().count();
    if length > LENGTH_MAX {
        return None;
    }

    let written = written.to_lowercase();
    let slips_max = (length / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| {
            let slips = strsim::damerau_levenshtein(&written, &candidate.to_lowercase());
            (slips, candidate)
        })
        .filter(|(slips, _)| *slips <= slips_max)
        .min()
        .map(|(_, candidate)| candidate)
}

/// `a, b or c`, each as `mark` writes it.
pub(crate) fn one_of(words: &[&str], mark: impl Fn(&str) -> String) -> String {
    let marked: Vec<String> = words.iter().map(|word| mark(word)).collect();
    match marked.split_last() {
        None => String::new(),
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
    }
}

/// A text as a message shows it: in quotes, cut when it is long, and not at all when it may be a
/// credential that was pasted into the wrong place.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    if is_like_credential(text) {
        return "[a text like a credential]".to_owned();
    }
    if text.chars().count() <= SHOWN_MAX {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN_MAX).collect();
    format!("{start:?}...")
}

/// Whether a text holds a word as long and as shapeless as the gateway's secrets, which have 80 to 90
/// letters and digits, or a user and a password before an `@`.
pub(crate) fn is_like_credential(text: &str) -> bool {
    /// Longer than any word that means something here.
    const LENGTH_MIN: usize = 40;
    let has_user = text.contains('@') && text.contains(':');
    let mut words = text.split(|c: char| !c.is_ascii_alphanumeric());
    has_user || words.any(|word| word.len() >= LENGTH_MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_a_credential_is_not_quoted() {
        let secret = "a1".repeat(43);
        for text in [&secret, &format!("http://{secret}/"), "http://me:pw@proxy"] {
            assert_eq!(quoted(text), "[a text like a credential]");
        }
        for text in [
            "me@example.com",
            "23:00-01:00",
            "a-long-name-of-several-words-that-may-stand",
        ] {
            assert_eq!(quoted(text), format!("{text:?}"));
        }
    }

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        let keys = ["state_dir", "socket", "imp_key", "imp_key_file"];
        let cases = [
            ("state_dri", Some("state_dir")),
            ("statedir", Some("state_dir")),
            ("Socket", Some("socket")),
            ("imp_keyfile", Some("imp_key_file")),
            ("colour", None),
            ("", None),
        ];
        for (written, expected) in cases {
            assert_eq!(nearest(written, keys), expected, "{written}");
        }
    }
}
