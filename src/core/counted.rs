//! How many there are of something, as people say it: one of it is not several.

use crate::core::money::grouped;

/// `1 cycle`, `2 cycles`, `1,204 charges`. The noun is the one for one; more of it end in an s.
pub fn counted(count: impl TryInto<i64>, noun: &str) -> String {
    let count = count.try_into().unwrap_or(i64::MAX);
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// The same with what they are: `1 cycle is`, `2 cycles are`.
pub fn counted_are(count: impl TryInto<i64> + Copy, noun: &str) -> String {
    let is_one = matches!(count.try_into(), Ok(1));
    format!(
        "{} {}",
        counted(count, noun),
        if is_one { "is" } else { "are" }
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_of_something_is_not_several() {
        let told = [0_u32, 1, 2, 1_204].map(|count| counted(count, "charge"));
        assert_eq!(
            told,
            ["0 charges", "1 charge", "2 charges", "1,204 charges"]
        );
        assert_eq!(counted_are(1_usize, "cycle"), "1 cycle is");
        assert_eq!(counted_are(0_u64, "cycle"), "0 cycles are");
    }
}
