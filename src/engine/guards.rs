//! Guards: what the engine may use of the gateway, and how fast.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::guard::Caps;
use crate::engine::clock::span;

/// What the engine may use of the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How many requests may be under way at once.
    pub in_flight_max: u32,
    /// How many may be begun in a second; as many as there are when `None`.
    pub calls_per_second: Option<u32>,
    /// How long after its start the engine asks nothing about attempts of an earlier run.
    pub quiet_period: Duration,
    /// With fewer free bytes on the disk nobody is charged; 0 to watch nothing.
    pub disk_low_bytes: u64,
    /// How much may be charged before a person has to approve it.
    pub caps: Caps,
}

/// The part of a second's calls that may leave at once after a pause.
const BURST_PER_SECOND: u32 = 20;

/// A pace of calls: evenly spread, with a small burst.
#[derive(Debug)]
pub(super) struct Rate {
    interval: Option<Duration>,
    burst: u32,
    free_at: Timestamp,
}

impl Rate {
    pub(super) fn new(calls_per_second: Option<u32>) -> Self {
        let calls = calls_per_second.unwrap_or(0);
        Self {
            interval: calls_per_second.map(|calls| Duration::from_secs(1) / calls.max(1)),
            burst: (calls / BURST_PER_SECOND).max(1),
            free_at: Timestamp::MIN,
        }
    }

    /// How many calls may leave now.
    pub(super) fn allowed(&self, now: Timestamp) -> u32 {
        let Some(interval) = self.interval else {
            return u32::MAX;
        };
        let owed = span(now, self.free_at).as_micros();
        let room = (interval * self.burst).as_micros().saturating_sub(owed);
        u32::try_from(room / interval.as_micros().max(1)).unwrap_or(self.burst)
    }

    /// Notes that so many calls left now.
    pub(super) fn take(&mut self, calls: u32, now: Timestamp) {
        let Some(interval) = self.interval else {
            return;
        };
        let from = self.free_at.max(now);
        self.free_at = from.checked_add(interval * calls).unwrap_or(from);
    }

    /// When the next call may leave.
    pub(super) fn next_at(&self, now: Timestamp) -> Timestamp {
        let Some(interval) = self.interval else {
            return now;
        };
        let burst_left = interval * (self.burst - 1);
        self.free_at.checked_sub(burst_left).unwrap_or(now).max(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    #[test]
    fn the_pace_is_kept_and_never_exceeded() {
        let mut rate = Rate::new(Some(50));
        let mut left = Vec::new();
        for now in (0..10_000).map(at) {
            let calls = rate.allowed(now).min(7);
            rate.take(calls, now);
            left.extend(std::iter::repeat_n(now, usize::try_from(calls).unwrap()));
        }
        assert!(
            (499..=503).contains(&left.len()),
            "{} in ten seconds",
            left.len()
        );
        for first in &left {
            let until = first.checked_add(Duration::from_secs(1)).unwrap();
            let within = left
                .iter()
                .filter(|call| (*first..until).contains(call))
                .count();
            assert!(within <= 52, "{within} within a second");
        }
    }

    #[test]
    fn a_refused_call_is_allowed_when_it_was_said_to_be() {
        let mut rate = Rate::new(Some(3));
        rate.take(1, at(0));
        assert_eq!(rate.allowed(at(0)), 0);
        let next = rate.next_at(at(0));
        assert_eq!(rate.allowed(next), 1);
        assert_eq!(Rate::new(None).allowed(at(0)), u32::MAX);
    }
}
