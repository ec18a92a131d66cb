//! The pace of calls: never above what is configured, slower for a while when the gateway says that it is
//! asked too often, and back by small steps. It sends nothing and knows no HTTP.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::engine::clock::span;
use crate::engine::handle::Pace;

/// A pace is counted in calls a minute, so that one below a call a second is a whole number too.
const MINUTE: Duration = Duration::from_mins(1);

/// The slowest pace: whoever is asked too often may still be asked now and then.
const SLOWEST: u32 = 30;

/// Where slowing down begins when no pace is configured: a thousand calls a second.
const UNCAPPED: u32 = 60_000;

/// What is answered within this span of a slowing down was under way before: it slows down once.
const SETTLES: Duration = Duration::from_secs(2);

/// How soon after a refusal the pace rises by a step, and how many steps it is from nothing to the top.
const STEP_EVERY: Duration = Duration::from_secs(5);
const STEPS: u32 = 20;

/// The longest that a gateway is left alone because it says so: a day would be lost cycles, and at the
/// slowest pace it is asked for little.
const ALONE_MAX: Duration = Duration::from_mins(5);

/// The part of a second's calls that may leave at once after a pause, two at least: whoever wakes a moment
/// late makes up for it, or a part of every span would be lost.
const BURST_PER_SECOND: u32 = 50;
const BURST_MIN: u32 = 2;

/// Within this span no more calls leave than are allowed in a second. It is longer than that, because a call
/// is on its way for longer than the one after it: the gateway must not see one too many.
const SECOND: Duration = Duration::from_millis(1_015);

/// A pace of calls: evenly spread, with a small burst.
#[derive(Debug)]
pub(super) struct Rate {
    /// Calls a second; as many as there are when `None`.
    cap: Option<u32>,
    free_at: Timestamp,
    /// When the last calls left, as many as may leave in a second.
    left_at: VecDeque<Timestamp>,
    slowed: Option<Slowed>,
}

/// A pace below the configured one.
#[derive(Debug)]
struct Slowed {
    /// Calls a minute.
    to: u32,
    /// Until when further refusals are those of calls that left before.
    settles_at: Timestamp,
    /// When it rises.
    rises_at: Timestamp,
    /// Before this nothing leaves.
    alone_until: Timestamp,
}

/// A change that a person must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// It is slower now.
    Slowed(Pace),
    /// It is as configured again.
    Recovered,
}

impl Rate {
    pub(super) fn new(calls_per_second: Option<u32>) -> Self {
        Self {
            cap: calls_per_second.map(|calls| calls.max(1)),
            free_at: Timestamp::MIN,
            left_at: VecDeque::new(),
            slowed: None,
        }
    }

    /// How many calls may leave now.
    pub(super) fn allowed(&self, now: Timestamp) -> u32 {
        if self.is_left_alone(now) {
            return 0;
        }
        let Some((interval, burst)) = self.interval() else {
            return u32::MAX;
        };
        let owed = span(now, self.free_at).as_nanos();
        let room = (interval * burst).as_nanos().saturating_sub(owed);
        let room = u32::try_from(room / interval.as_nanos().max(1)).unwrap_or(burst);
        room.min(self.left_of_second(now))
    }

    /// Notes that so many calls left now.
    pub(super) fn take(&mut self, calls: u32, now: Timestamp) {
        let Some((interval, _)) = self.interval() else {
            return;
        };
        let from = self.free_at.max(now);
        self.free_at = later(from, interval.saturating_mul(calls));
        let most = self.in_a_second();
        self.left_at.extend((0..calls).map(|_| now));
        let surplus = self.left_at.len().saturating_sub(most);
        self.left_at.drain(..surplus);
    }

    /// When the next call may leave.
    pub(super) fn next_at(&self, now: Timestamp) -> Timestamp {
        let alone_until = self
            .slowed
            .as_ref()
            .map_or(now, |slowed| slowed.alone_until);
        let Some((interval, burst)) = self.interval() else {
            return now.max(alone_until);
        };
        let burst_left = interval * (burst - 1);
        let free_at = self.free_at.checked_sub(burst_left).unwrap_or(now);
        let is_full = self.left_at.len() >= self.in_a_second();
        let oldest = self.left_at.front().filter(|_| is_full);
        let second_over = oldest.map_or(now, |oldest| later(*oldest, SECOND));
        free_at.max(alone_until).max(second_over).max(now)
    }

    /// The gateway was asked too often: half the pace, and for so long nothing at all.
    pub(super) fn slow_down(&mut self, alone: Duration, now: Timestamp) -> Option<Change> {
        let alone_until = later(now, alone.min(ALONE_MAX));
        let (before, alone_before) = match &mut self.slowed {
            Some(slowed) if now < slowed.settles_at => {
                slowed.alone_until = slowed.alone_until.max(alone_until);
                slowed.rises_at = later(now, STEP_EVERY).max(slowed.alone_until);
                return None;
            }
            Some(slowed) => (slowed.to, slowed.alone_until),
            None => (self.top(), now),
        };
        let is_news = self.slowed.is_none();
        // A refusal that names no time does not take back what an earlier one named.
        let alone_until = alone_until.max(alone_before);
        let slowed = Slowed {
            to: (before / 2).max(SLOWEST.min(self.top())),
            settles_at: later(alone_until, SETTLES),
            rises_at: later(alone_until, STEP_EVERY),
            alone_until,
        };
        self.slowed = Some(slowed);
        self.pace().filter(|_| is_news).map(Change::Slowed)
    }

    /// Lets the pace rise by what is due.
    pub(super) fn rise(&mut self, now: Timestamp) -> Option<Change> {
        let top = self.top();
        let slowed = self.slowed.as_mut()?;
        while slowed.rises_at <= now && slowed.to < top {
            slowed.to = slowed.to.saturating_add((top / STEPS).max(1)).min(top);
            slowed.rises_at = later(slowed.rises_at, STEP_EVERY);
        }
        if slowed.to < top {
            return None;
        }
        self.slowed = None;
        Some(Change::Recovered)
    }

    /// The pace, when it is below the configured one.
    pub(super) fn pace(&self) -> Option<Pace> {
        let slowed = self.slowed.as_ref()?;
        Some(Pace {
            calls_per_minute: slowed.to,
            alone_until: slowed.alone_until,
        })
    }

    /// The configured pace, in calls a minute.
    fn top(&self) -> u32 {
        self.cap.map_or(UNCAPPED, |cap| cap.saturating_mul(60))
    }

    /// How many calls may leave in a second, at most.
    fn in_a_second(&self) -> usize {
        usize::try_from(self.cap.unwrap_or(UNCAPPED / 60)).unwrap_or(usize::MAX)
    }

    /// How many of the calls of this second are left.
    fn left_of_second(&self, now: Timestamp) -> u32 {
        let is_over = |at: &&Timestamp| later(**at, SECOND) <= now;
        let recent = self.left_at.len() - self.left_at.iter().take_while(is_over).count();
        u32::try_from(self.in_a_second().saturating_sub(recent)).unwrap_or(u32::MAX)
    }

    fn is_left_alone(&self, now: Timestamp) -> bool {
        let slowed = self.slowed.as_ref();
        slowed.is_some_and(|slowed| now < slowed.alone_until)
    }

    /// The span between two calls, and how many may leave together.
    fn interval(&self) -> Option<(Duration, u32)> {
        let (calls, within, burst) = match (&self.slowed, self.cap) {
            (Some(slowed), _) => (slowed.to, MINUTE, 1),
            (None, Some(cap)) => {
                let burst = (cap / BURST_PER_SECOND).max(BURST_MIN);
                (cap, Duration::from_secs(1), burst)
            }
            (None, None) => return None,
        };
        let nanoseconds = within.as_nanos().div_ceil(u128::from(calls.max(1)));
        let interval = u64::try_from(nanoseconds).unwrap_or(u64::MAX);
        Some((Duration::from_nanos(interval), burst))
    }
}

fn later(now: Timestamp, span: Duration) -> Timestamp {
    now.checked_add(span).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(milliseconds: i64) -> Timestamp {
        Timestamp::from_millisecond(milliseconds).unwrap()
    }

    /// What a hungry caller sends who looks at these moments, and is refused at some of them.
    fn sent(rate: &mut Rate, looks: &[(i64, Option<u64>)]) -> Vec<(Timestamp, u32)> {
        let mut sent = Vec::new();
        let mut now = at(0);
        for (step, refused) in looks {
            now = now
                .checked_add(Duration::from_millis(step.unsigned_abs()))
                .unwrap();
            rate.rise(now);
            let calls = rate.allowed(now).min(5_000);
            rate.take(calls, now);
            sent.push((now, calls));
            if let Some(alone) = refused {
                rate.slow_down(Duration::from_secs(*alone), now);
            }
        }
        sent
    }

    fn most_in_a_second(sent: &[(Timestamp, u32)]) -> u32 {
        let within = |from: Timestamp| {
            let until = from.checked_add(Duration::from_secs(1)).unwrap();
            let calls = sent.iter().filter(|(at, _)| (from..until).contains(at));
            calls.map(|(_, calls)| calls).sum()
        };
        sent.iter().map(|(at, _)| within(*at)).max().unwrap_or(0)
    }

    proptest! {
        #[test]
        fn it_is_never_above_the_cap_in_any_second(
            cap in 1_u32..400,
            looks in prop::collection::vec((0_i64..70, prop::option::weighted(0.02, 0_u64..3)), 1..400),
        ) {
            let sent = sent(&mut Rate::new(Some(cap)), &looks);
            prop_assert!(most_in_a_second(&sent) <= cap);
        }

        #[test]
        fn it_recovers_to_the_cap_and_never_starves(
            cap in prop::option::of(1_u32..2_000),
            refusals in prop::collection::vec(
                (0_i64..20_000, (0_u64..100_000).prop_map(Some)),
                1..100,
            ),
        ) {
            let mut rate = Rate::new(cap);
            sent(&mut rate, &refusals);
            let end = at(refusals.iter().map(|(step, _)| *step).sum());
            // However it was refused: something may leave after the longest rest and one slow span.
            let next_at = rate.next_at(end);
            let most = ALONE_MAX + Duration::from_secs(2);
            prop_assert!(next_at <= end.checked_add(most).unwrap(), "{next_at}");
            prop_assert!(rate.allowed(next_at) >= 1);

            let recovered_at = end
                .checked_add(ALONE_MAX + STEP_EVERY * (STEPS + 1))
                .unwrap();
            prop_assert_eq!(rate.rise(recovered_at), Some(Change::Recovered));
            prop_assert_eq!(rate.pace(), None);
            let second: Vec<(i64, Option<u64>)> = vec![(1, None); 1_000];
            rate.free_at = Timestamp::MIN;
            let calls: u32 = sent(&mut rate, &second).iter().map(|(_, calls)| calls).sum();
            // Whoever looks once a millisecond misses a part of the next one at some calls.
            let is_whole = |cap: u32| (cap - cap / 10 - 1..=cap).contains(&calls);
            prop_assert!(cap.is_none_or(is_whole), "{calls} of {cap:?}");
        }
    }

    /// Whoever wakes up to three milliseconds late, and has more to send than is allowed.
    #[test]
    fn lateness_costs_nothing_of_the_cap() {
        for cap in [1, 7, 50, 300] {
            let mut rate = Rate::new(Some(cap));
            let (mut now, mut calls) = (at(0), 0);
            while now < at(20_000) {
                let allowed = rate.allowed(now);
                rate.take(allowed, now);
                calls += if now < at(10_000) { 0 } else { allowed };
                let late = Duration::from_micros(u64::from(calls) * 997 % 3_000);
                now = later(rate.next_at(now), late);
            }
            assert!(
                (cap * 98 / 10..=cap * 10).contains(&calls),
                "{calls} calls in ten seconds at {cap} a second"
            );
        }
    }

    #[test]
    fn one_refusal_halves_it_and_so_do_all_that_were_under_way() {
        let mut rate = Rate::new(Some(40));
        let pace = |rate: &Rate| rate.pace().map(|pace| pace.calls_per_minute);
        assert!(matches!(
            rate.slow_down(Duration::ZERO, at(0)),
            Some(Change::Slowed(_))
        ));
        assert_eq!(pace(&rate), Some(1_200));
        for now in [10, 500, 1_999] {
            assert_eq!(rate.slow_down(Duration::ZERO, at(now)), None);
        }
        assert_eq!(pace(&rate), Some(1_200));
        assert_eq!(rate.slow_down(Duration::ZERO, at(2_000)), None, "no news");
        assert_eq!(pace(&rate), Some(600));
        rate.rise(at(7_000));
        assert_eq!(pace(&rate), Some(720));
    }

    #[test]
    fn it_leaves_the_gateway_alone_for_as_long_as_it_says() {
        let mut rate = Rate::new(Some(40));
        rate.slow_down(Duration::from_secs(30), at(0));
        assert_eq!(rate.allowed(at(29_999)), 0);
        assert_eq!(rate.next_at(at(0)), at(30_000));
        assert_eq!(rate.allowed(at(30_000)), 1);
        // One that was under way is told the same; a later one is told nothing.
        rate.slow_down(Duration::from_secs(30), at(31_000));
        rate.slow_down(Duration::ZERO, at(32_500));
        assert_eq!(rate.next_at(at(32_500)), at(61_000));
        let mut rate = Rate::new(None);
        rate.slow_down(Duration::from_hours(24), at(0));
        assert_eq!(rate.next_at(at(0)), at(300_000), "five minutes are enough");
    }

    #[test]
    fn a_refused_call_is_allowed_when_it_was_said_to_be() {
        let mut rate = Rate::new(Some(3));
        rate.take(2, at(0));
        assert_eq!(rate.allowed(at(0)), 0);
        let next = rate.next_at(at(0));
        assert_eq!(rate.allowed(next), 1);
        assert_eq!(Rate::new(None).allowed(at(0)), u32::MAX);
    }
}
