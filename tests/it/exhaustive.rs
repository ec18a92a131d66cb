//! Every sequence of faults, up to so many, that can befall one cycle: a decline, and a retry that
//! pays. Under each reading of what nobody could establish of the gateway.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its texts so"
)]

mod faults;
mod run;
mod script;

use std::fmt::Write as _;
use std::time::Duration;

use dues::gateway::simulator::switches::Duplicates;
use expect_test::expect;

use crate::exhaustive::run::{Broken, Run, Setting};
use crate::exhaustive::script::Script;
use crate::world;
use crate::world::books::Reading;

/// Just within the quiet period.
const PROMPT: Duration = Duration::from_secs(179);

/// After the second request under the uid, which follows a look-up that found nothing.
const AFTER_RESEND: Duration = Duration::from_secs(250);

/// After the second try has had its time.
const AFTER_RETRY: Duration = Duration::from_mins(16);

/// What a set of sequences came to.
#[derive(Default)]
struct Count {
    sequences: usize,
    steps: usize,
    /// How many broke a law, and the first that did.
    broken: usize,
    first: Option<Broken>,
}

/// Runs every sequence; the one call of the function under test.
fn check(reading: Reading, latest: &[Duration], faults_max: usize) -> Count {
    let setting = Setting {
        terms: world::two_tries(),
        reading,
        sends: faults::sends(latest),
        is_prompt: latest.iter().all(|late| *late < world::QUIET),
        faults_max,
    };
    let mut script = Script::default();
    let mut count = Count::default();
    loop {
        count.sequences += 1;
        match Run::new(&setting, &mut script).finish() {
            Ok(steps) => count.steps += steps,
            Err(broken) => {
                count.broken += 1;
                count.first.get_or_insert(broken);
            }
        }
        if !script.advance() {
            return count;
        }
    }
}

fn sound(duplicates: Duplicates, latest: &[Duration], faults_max: usize) -> String {
    let mut text = String::new();
    for reading in Reading::all() {
        if reading.duplicates != duplicates {
            continue;
        }
        let count = check(reading, latest, faults_max);
        let name = reading.name();
        assert!(count.first.is_none(), "{name}: {:?}", count.first);
        writeln!(
            text,
            "{name}: {} sequences, {} steps",
            count.sequences, count.steps
        )
        .expect("a string takes everything");
    }
    text
}

#[test]
fn no_sequence_breaks_a_law_when_duplicates_are_refused_at_once() {
    expect![[r#"
        atomic, reuse allowed, in flight shown: 9213 sequences, 106329 steps
        atomic, reuse allowed, in flight hidden: 9213 sequences, 106329 steps
        atomic, reuse refused, in flight shown: 22221 sequences, 321313 steps
        atomic, reuse refused, in flight hidden: 22221 sequences, 321313 steps
    "#]]
    .assert_eq(&sound(Duplicates::Atomic, &[PROMPT], 3));
}

#[test]
fn no_sequence_breaks_a_law_when_duplicates_are_looked_for_first() {
    expect![[r#"
        check-then-act, reuse allowed, in flight shown: 9213 sequences, 106329 steps
        check-then-act, reuse allowed, in flight hidden: 9213 sequences, 106329 steps
        check-then-act, reuse refused, in flight shown: 22221 sequences, 321313 steps
        check-then-act, reuse refused, in flight hidden: 22221 sequences, 321313 steps
    "#]]
    .assert_eq(&sound(Duplicates::CheckThenAct, &[PROMPT], 3));
}

/// Whatever arrives late meets a uid that is taken.
#[test]
fn atomic_duplicates_stand_executions_later_than_the_quiet_period() {
    let late = [PROMPT, AFTER_RESEND, AFTER_RETRY];
    expect![[r#"
        atomic, reuse allowed, in flight shown: 1887 sequences, 22170 steps
        atomic, reuse allowed, in flight hidden: 2167 sequences, 28014 steps
        atomic, reuse refused, in flight shown: 2624 sequences, 34078 steps
        atomic, reuse refused, in flight hidden: 2764 sequences, 37226 steps
    "#]]
    .assert_eq(&sound(Duplicates::Atomic, &late, 2));
}

/// The boundary, which no client can move. The gateway looks for duplicates before it works, and is
/// done only after the quiet period; look-ups do not show what is still on its way.
#[test]
fn the_boundary_is_an_execution_later_than_the_quiet_period() {
    let mut text = String::new();
    for reading in Reading::all() {
        let count = check(reading, &[PROMPT, AFTER_RESEND], 2);
        let (sequences, broken, name) = (count.sequences, count.broken, reading.name());
        writeln!(text, "{name}: {broken} of {sequences}").expect("a string takes everything");
        if let Some(Broken { law, story }) = count.first {
            writeln!(text, "    not {law}:\n    {story}").expect("as above");
        }
    }
    expect![[r#"
        atomic, reuse allowed, in flight shown: 0 of 1209
        atomic, reuse allowed, in flight hidden: 0 of 1317
        atomic, reuse refused, in flight shown: 0 of 1794
        atomic, reuse refused, in flight hidden: 0 of 1848
        check-then-act, reuse allowed, in flight shown: 4 of 1209
            not at most one success:
            answered / late, lost / look-up answered / late, lost => in_doubt
        check-then-act, reuse allowed, in flight hidden: 64 of 1231
            not at most one success:
            answered / late, lost / look-up answered / late, lost => in_doubt
        check-then-act, reuse refused, in flight shown: 0 of 1794
        check-then-act, reuse refused, in flight hidden: 2 of 1770
            not at most one success:
            refused / look-up answered / late, lost / look-up answered / answered => paid
    "#]]
    .assert_eq(&text);
}
