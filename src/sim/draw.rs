//! Numbers that follow from a seed and from nothing else: the same seed draws the same numbers on every
//! machine and in every release.

use std::time::Duration;

use crate::core::spread;

/// A stream of numbers.
#[derive(Debug, Clone)]
pub(super) struct Draws(u64);

impl Draws {
    /// The stream of that name. Streams of one seed do not disturb each other: who draws more from one
    /// leaves the others as they are.
    pub(super) fn new(seed: u64, name: &str) -> Self {
        let print = spread::fingerprint(&format!("{name} {seed}"));
        Self(u64::try_from((print ^ (print >> 64)) & u128::from(u64::MAX)).unwrap_or(0))
    }

    /// The next number (splitmix64).
    pub(super) fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.number() % end.max(1)
    }

    /// A number from `from` up to and with `to`.
    pub(super) fn within(&mut self, from: u64, to: u64) -> u64 {
        from + self.below(to.saturating_sub(from) + 1)
    }

    /// True once in so many times.
    pub(super) fn one_in(&mut self, times: u64) -> bool {
        self.below(times) == 0
    }

    /// One of these, all alike.
    pub(super) fn one_of<T: Copy, const N: usize>(&mut self, all: [T; N]) -> T {
        let place = usize::try_from(self.below(N as u64)).unwrap_or(0);
        *all.get(place).expect("the place is below the length")
    }

    /// The place of one of so many; nothing of none.
    pub(super) fn place(&mut self, length: usize) -> Option<usize> {
        (length > 0).then(|| usize::try_from(self.below(length as u64)).unwrap_or(0))
    }

    /// A span between these two, in whole seconds.
    pub(super) fn span(&mut self, from: Duration, to: Duration) -> Duration {
        Duration::from_secs(self.within(from.as_secs(), to.as_secs()))
    }
}
