//! Spreading load without chance: a stable hash of a key, the same on every machine and release.

use std::time::Duration;

const OFFSET_BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// FNV-1a, 128 bits. Written out because the hashers of `std` may change between releases, and both
/// subscription ids and retry times have to stay what they were.
pub fn fingerprint(key: &str) -> u128 {
    key.bytes().fold(OFFSET_BASIS, |hash, byte| {
        (hash ^ u128::from(byte)).wrapping_mul(PRIME)
    })
}

/// A span from zero up to (not including) `within`, in whole seconds, that depends on `key` alone.
pub fn delay(key: &str, within: Duration) -> Duration {
    let seconds = u128::from(within.as_secs().max(1));
    let chosen = (fingerprint(key) >> 32) % seconds;
    Duration::from_secs(u64::try_from(chosen).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Published FNV-1a 128 test vectors (draft-eastlake-fnv).
    #[test]
    fn it_is_fnv_1a() {
        assert_eq!(fingerprint(""), OFFSET_BASIS);
        assert_eq!(fingerprint("a"), 0xd228_cb69_6f1a_8caf_7891_2b70_4e4a_8964);
        assert_eq!(
            fingerprint("foobar"),
            0x343e_1662_793c_64bf_6f0d_3597_ba44_6f18
        );
    }

    #[test]
    fn delays_stay_inside_and_spread() {
        let hour = Duration::from_hours(1);
        let delays: Vec<u64> = (0..1000)
            .map(|n| delay(&format!("s-{n}"), hour).as_secs())
            .collect();
        assert!(delays.iter().all(|seconds| *seconds < 3600));
        for quarter in 0..4 {
            let there = delays
                .iter()
                .filter(|seconds| *seconds / 900 == quarter)
                .count();
            assert!(
                (180..320).contains(&there),
                "{there} of 1000 in quarter {quarter}"
            );
        }
    }
}
