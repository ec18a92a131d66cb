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

/// A text as a message shows it: in quotes, cut when it is long.
pub(crate) fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    if text.chars().count() <= SHOWN_MAX {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(SHOWN_MAX).collect();
    format!("{start:?}...")
}

#[cfg(test)]
mod tests {
    use super::*;

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
