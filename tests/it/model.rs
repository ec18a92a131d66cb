//! Every state that one cycle, its daemons and the gateway can be in: one daemon; two on one
//! database; a restored backup; a copied database with a daemon of its own. docs/model.md tells what
//! is left out.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "expect-test writes its texts so"
)]

mod checker;
mod proved;
mod shop;
mod steps;

use std::fmt::Write as _;
use std::time::Duration;

use dues::gateway::simulator::switches::Duplicates;
use expect_test::expect;

use crate::model::checker::{Counterexample, explore};
use crate::model::shop::{Apart, Left, Restores, Scope, Setting, World};
use crate::world;
use crate::world::books::Reading;
use crate::world::row::Row;

/// Within the quiet period.
const PROMPT: Duration = Duration::from_mins(2);

const ONE: (usize, Left) = (1, left(2, 0, 0));
const TWO: (usize, Left) = (2, left(1, 0, 0));
const TORN: (usize, Left) = (2, left(1, 0, 0));
const RESTORED: (usize, Left) = (1, left(1, 1, 0));
const COPIED: (usize, Left) = (1, left(0, 0, 1));

const fn left(faults: u8, restores: u8, clones: u8) -> Left {
    Left {
        faults,
        restores,
        clones,
    }
}

fn setting(reading: Reading) -> Setting {
    Setting {
        terms: world::two_tries(),
        reading,
        scope: Scope::Cycle,
        apart: Apart::Lock,
        restores: Restores::AfterQuiet,
        attempts_max: u16::MAX,
        latest: PROMPT,
    }
}

/// Explores a setting: how many states it has, or the shortest way to break a law.
fn check(
    setting: &Setting,
    (daemons, left): (usize, Left),
) -> Result<(usize, usize), Counterexample> {
    let start = World::new(daemons, left);
    let space = explore(start, |world| world.steps(setting), broken)?;
    match space.stuck(World::is_settled) {
        Some(stuck) => Err(stuck),
        None => Ok(space.size()),
    }
}

/// The law that a state breaks.
fn broken(world: &World) -> Option<&'static str> {
    let times_paid = world.books.times_paid();
    let is_believed = world.rows.iter().any(Row::is_paid);
    if times_paid > 1 {
        Some("at most one success")
    } else if is_believed && times_paid == 0 {
        Some("recorded paid is paid there")
    } else {
        None
    }
}

/// One line a reading, and the way where there is one.
fn table(of: impl Fn(Reading) -> bool, make: impl Fn(&mut Setting), cast: (usize, Left)) -> String {
    let mut text = String::new();
    for reading in Reading::all() {
        if !of(reading) {
            continue;
        }
        let mut setting = setting(reading);
        make(&mut setting);
        let name = reading.name();
        match check(&setting, cast) {
            Ok((states, steps)) => writeln!(text, "{name}: {states} states, {steps} steps"),
            Err(Counterexample { law, path }) => {
                let path: Vec<String> = path.chunks(7).map(|steps| steps.join(" ")).collect();
                writeln!(text, "{name}: not {law}\n    {}", path.join("\n    "))
            }
        }
        .expect("a string takes everything");
    }
    text
}

fn any(_: Reading) -> bool {
    true
}

fn atomic(reading: Reading) -> bool {
    reading.duplicates == Duplicates::Atomic
}

fn check_then_act(reading: Reading) -> bool {
    reading.duplicates == Duplicates::CheckThenAct
}

fn as_is(_: &mut Setting) {}

#[test]
fn one_daemon_charges_once_and_ends() {
    expect![[r#"
        atomic, reuse allowed, in flight shown: 1149 states, 1974 steps
        atomic, reuse allowed, in flight hidden: 1149 states, 1974 steps
        atomic, reuse refused, in flight shown: 867 states, 1506 steps
        atomic, reuse refused, in flight hidden: 867 states, 1506 steps
        check-then-act, reuse allowed, in flight shown: 1149 states, 1974 steps
        check-then-act, reuse allowed, in flight hidden: 1149 states, 1974 steps
        check-then-act, reuse refused, in flight shown: 867 states, 1506 steps
        check-then-act, reuse refused, in flight hidden: 867 states, 1506 steps
    "#]]
    .assert_eq(&table(any, as_is, ONE));
}

#[test]
fn two_daemons_are_kept_apart_by_the_lock() {
    expect![[r#"
        atomic, reuse allowed, in flight shown: 421 states, 679 steps
        atomic, reuse allowed, in flight hidden: 421 states, 679 steps
        atomic, reuse refused, in flight shown: 348 states, 556 steps
        atomic, reuse refused, in flight hidden: 348 states, 556 steps
        check-then-act, reuse allowed, in flight shown: 421 states, 679 steps
        check-then-act, reuse allowed, in flight hidden: 421 states, 679 steps
        check-then-act, reuse refused, in flight shown: 348 states, 556 steps
        check-then-act, reuse refused, in flight hidden: 348 states, 556 steps
    "#]]
    .assert_eq(&table(any, as_is, TWO));
}

/// Turns are transactions, so that two daemons take turns as one would.
#[test]
fn two_daemons_without_the_lock_are_kept_apart_by_the_database() {
    let unlocked = |setting: &mut Setting| setting.apart = Apart::Turns;
    expect![[r#"
        atomic, reuse allowed, in flight shown: 725 states, 1734 steps
        atomic, reuse allowed, in flight hidden: 725 states, 1734 steps
        atomic, reuse refused, in flight shown: 585 states, 1407 steps
        atomic, reuse refused, in flight hidden: 585 states, 1407 steps
        check-then-act, reuse allowed, in flight shown: 725 states, 1734 steps
        check-then-act, reuse allowed, in flight hidden: 725 states, 1734 steps
        check-then-act, reuse refused, in flight shown: 585 states, 1407 steps
        check-then-act, reuse refused, in flight hidden: 585 states, 1407 steps
    "#]]
    .assert_eq(&table(any, unlocked, TWO));
}

/// On a file system whose locks do not work, one daemon writes over what the other wrote. What is
/// left is the uid, where the gateway takes it at once.
#[test]
fn two_daemons_with_no_lock_at_all_are_kept_apart_by_the_uid() {
    let torn = |setting: &mut Setting| setting.apart = Apart::Nothing;
    expect![[r#"
        atomic, reuse allowed, in flight shown: 1814 states, 4221 steps
        atomic, reuse allowed, in flight hidden: 1814 states, 4221 steps
        atomic, reuse refused, in flight shown: 1149 states, 2584 steps
        atomic, reuse refused, in flight hidden: 1149 states, 2584 steps
    "#]]
    .assert_eq(&table(atomic, torn, TORN));
}

#[test]
fn a_restored_backup_charges_nothing_twice() {
    expect![[r#"
        atomic, reuse allowed, in flight shown: 7343 states, 12058 steps
        atomic, reuse allowed, in flight hidden: 7343 states, 12058 steps
        atomic, reuse refused, in flight shown: 5068 states, 8487 steps
        atomic, reuse refused, in flight hidden: 5068 states, 8487 steps
        check-then-act, reuse allowed, in flight shown: 7343 states, 12058 steps
        check-then-act, reuse allowed, in flight hidden: 7343 states, 12058 steps
        check-then-act, reuse refused, in flight shown: 5068 states, 8487 steps
        check-then-act, reuse refused, in flight hidden: 5068 states, 8487 steps
    "#]]
    .assert_eq(&table(any, as_is, RESTORED));
}

#[test]
fn a_copied_database_charges_nothing_twice() {
    expect![[r#"
        atomic, reuse allowed, in flight shown: 2457 states, 4393 steps
        atomic, reuse allowed, in flight hidden: 2420 states, 4334 steps
        atomic, reuse refused, in flight shown: 1337 states, 2114 steps
        atomic, reuse refused, in flight hidden: 1337 states, 2114 steps
    "#]]
    .assert_eq(&table(atomic, as_is, COPIED));
}

/// The reason for one uid a cycle: with one an attempt the gateway has nothing to refuse.
#[test]
fn a_uid_for_each_attempt_charges_twice() {
    let mut text = String::new();
    let casts = [
        ("one daemon", ONE, Apart::Lock),
        ("two daemons", TWO, Apart::Lock),
        ("two daemons, no lock", TWO, Apart::Turns),
        ("two daemons, no lock at all", TORN, Apart::Nothing),
        ("a restored backup", RESTORED, Apart::Lock),
        ("a copied database", COPIED, Apart::Lock),
    ];
    for (name, cast, apart) in casts {
        let by_attempt = |setting: &mut Setting| {
            (setting.scope, setting.apart) = (Scope::Attempt, apart);
        };
        let gentlest = |reading: Reading| Some(reading) == Reading::all().first().copied();
        let line = table(gentlest, by_attempt, cast);
        let (_, line) = line.split_once(": ").expect("a name and what came of it");
        write!(text, "{name}: {line}").expect("a string takes everything");
    }
    expect![[r#"
        one daemon: 1172 states, 1980 steps
        two daemons: 427 states, 679 steps
        two daemons, no lock: 734 states, 1740 steps
        two daemons, no lock at all: not at most one success
            Read(0) Start(1) Turn(1) Arrives(0) Declines(0) Pass Turn(1)
            Turn(0) Arrives(0) Pays(0) Arrives(0) Pays(0)
        a restored backup: not at most one success
            BackUp Turn(0) Arrives(0) Pays(0) Restore Start(0) TurnNotSent(0)
            Pass Turn(0) Arrives(0) Pays(0)
        a copied database: not at most one success
            Copy Turn(0) Start(1) Turn(1) Arrives(0) Declines(1) Arrives(0)
            Pays(0) Pass Turn(0) Arrives(0) Pays(0)
    "#]]
    .assert_eq(&text);
}

/// How late is too late: for each reading the shortest span from the send to the charge with which
/// two attempts can charge a cycle twice. The quiet period is 3 minutes.
#[test]
fn the_boundary_is_a_charge_later_than_the_quiet_period() {
    let mut text = String::new();
    for scope in [Scope::Cycle, Scope::Attempt, Scope::Proved] {
        for reading in Reading::all() {
            let is_broken = |minutes: &u64| {
                let setting = Setting {
                    scope,
                    attempts_max: 2,
                    latest: Duration::from_mins(*minutes),
                    ..setting(reading)
                };
                let mut setting = setting;
                if scope == Scope::Proved {
                    proved::made(&mut setting);
                }
                let start = World::new(1, left(1, 0, 0));
                explore(start, |world| world.steps(&setting), broken).is_err()
            };
            let first = if is_broken(&6) {
                (1..=6).find(is_broken)
            } else {
                None
            };
            let first = first.map_or("never".to_owned(), |minutes| format!("{minutes} min"));
            let name = reading.name();
            let scope = format!("{scope:?}").to_lowercase();
            writeln!(text, "a uid for each {scope}, {name}: {first}")
                .expect("a string takes everything");
        }
    }
    expect![[r#"
        a uid for each cycle, atomic, reuse allowed, in flight shown: never
        a uid for each cycle, atomic, reuse allowed, in flight hidden: never
        a uid for each cycle, atomic, reuse refused, in flight shown: never
        a uid for each cycle, atomic, reuse refused, in flight hidden: never
        a uid for each cycle, check-then-act, reuse allowed, in flight shown: 4 min
        a uid for each cycle, check-then-act, reuse allowed, in flight hidden: 4 min
        a uid for each cycle, check-then-act, reuse refused, in flight shown: 4 min
        a uid for each cycle, check-then-act, reuse refused, in flight hidden: 4 min
        a uid for each attempt, atomic, reuse allowed, in flight shown: 3 min
        a uid for each attempt, atomic, reuse allowed, in flight hidden: 3 min
        a uid for each attempt, atomic, reuse refused, in flight shown: 3 min
        a uid for each attempt, atomic, reuse refused, in flight hidden: 3 min
        a uid for each attempt, check-then-act, reuse allowed, in flight shown: 3 min
        a uid for each attempt, check-then-act, reuse allowed, in flight hidden: 3 min
        a uid for each attempt, check-then-act, reuse refused, in flight shown: 3 min
        a uid for each attempt, check-then-act, reuse refused, in flight hidden: 3 min
        a uid for each proved, atomic, reuse allowed, in flight shown: never
        a uid for each proved, atomic, reuse allowed, in flight hidden: never
        a uid for each proved, atomic, reuse refused, in flight shown: never
        a uid for each proved, atomic, reuse refused, in flight hidden: never
        a uid for each proved, check-then-act, reuse allowed, in flight shown: 4 min
        a uid for each proved, check-then-act, reuse allowed, in flight hidden: 4 min
        a uid for each proved, check-then-act, reuse refused, in flight shown: 4 min
        a uid for each proved, check-then-act, reuse refused, in flight hidden: 4 min
    "#]]
    .assert_eq(&text);
}

/// Where the uid is looked for first and charged then, it keeps out nobody who comes at the same
/// moment: a backup restored while a request is under way, or a copy that is due at the same time.
#[test]
fn the_boundary_is_two_requests_at_the_same_moment() {
    let at_once = |setting: &mut Setting| setting.restores = Restores::AtOnce;
    expect![[r#"
        atomic, reuse allowed, in flight shown: not it can still end well
            Turn(0) Arrives(0) Declines(0) Pass BackUp Turn(0) Restore
            Start(0) Turn(0) Arrives(1) Declines(1) Arrives(0) Pays(0)
        atomic, reuse allowed, in flight hidden: not it can still end well
            Turn(0) Arrives(0) Declines(0) Pass BackUp Turn(0) Restore
            Start(0) Turn(0) Arrives(1) Declines(1) Arrives(0) Pays(0)
        atomic, reuse refused, in flight shown: 7368 states, 14323 steps
        atomic, reuse refused, in flight hidden: 7262 states, 14165 steps
        check-then-act, reuse allowed, in flight shown: not at most one success
            BackUp Turn(0) Restore Start(0) Turn(0) Arrives(0) Arrives(0)
            Pays(0) Pays(0)
        check-then-act, reuse allowed, in flight hidden: not at most one success
            BackUp Turn(0) Restore Start(0) Turn(0) Arrives(0) Arrives(0)
            Pays(0) Pays(0)
        check-then-act, reuse refused, in flight shown: not at most one success
            BackUp Turn(0) Restore Start(0) Turn(0) Arrives(0) Arrives(0)
            Pays(0) Pays(0)
        check-then-act, reuse refused, in flight hidden: not at most one success
            BackUp Turn(0) Restore Start(0) Turn(0) Arrives(0) Arrives(0)
            Pays(0) Pays(0)
    "#]]
    .assert_eq(&table(any, at_once, RESTORED));
    expect![[r#"
        check-then-act, reuse allowed, in flight shown: not at most one success
            Copy Turn(0) Start(1) Turn(1) Arrives(0) Arrives(0) Pays(0)
            Pays(0)
        check-then-act, reuse allowed, in flight hidden: not at most one success
            Copy Turn(0) Start(1) Turn(1) Arrives(0) Arrives(0) Pays(0)
            Pays(0)
        check-then-act, reuse refused, in flight shown: not at most one success
            Copy Turn(0) Start(1) Turn(1) Arrives(0) Arrives(0) Pays(0)
            Pays(0)
        check-then-act, reuse refused, in flight hidden: not at most one success
            Copy Turn(0) Start(1) Turn(1) Arrives(0) Arrives(0) Pays(0)
            Pays(0)
    "#]]
    .assert_eq(&table(check_then_act, as_is, COPIED));
}
