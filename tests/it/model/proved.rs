//! `merchant_uid_scope = "attempt"`: another uid after a decline, once those before it were found failed.

use std::fmt::Write as _;

use dues::core::order::UidScope;
use dues::gateway::simulator::switches::{InFlight, Reuse};
use expect_test::expect;

use crate::model::shop::{Apart, Scope, Setting};
use crate::model::{COPIED, ONE, RESTORED, TORN, TWO, atomic, table};
use crate::world::books::Reading;

/// What the option does: a later uid leaves when those before it were found failed.
pub(super) fn made(setting: &mut Setting) {
    setting.scope = Scope::Proved;
    setting.terms.pace.uid_scope = UidScope::Attempt;
}

/// On a gateway that takes no uid again after a decline, every copy of a database walks along the same uids,
/// and is refused where another one has been.
#[test]
fn a_uid_that_is_proved_first_charges_once_where_no_uid_is_taken_again() {
    let mut text = String::new();
    let casts = [
        ("one daemon", ONE, Apart::Lock),
        ("two daemons", TWO, Apart::Lock),
        ("two daemons, no lock", TWO, Apart::Turns),
        ("two daemons, no lock at all", TORN, Apart::Nothing),
        ("a restored backup", RESTORED, Apart::Lock),
        ("a copied database", COPIED, Apart::Lock),
    ];
    for reuse in [Reuse::Refused, Reuse::Allowed] {
        writeln!(text, "reuse {reuse:?}").expect("a string takes everything");
        for (name, cast, apart) in casts {
            let is_it = |reading: Reading| {
                atomic(reading) && reading.reuse == reuse && reading.in_flight == InFlight::Hidden
            };
            let kept_apart = |setting: &mut Setting| {
                made(setting);
                setting.apart = apart;
            };
            let line = table(is_it, kept_apart, cast);
            let (_, line) = line.split_once(": ").expect("a name and what came of it");
            write!(text, "{name}: {line}").expect("a string takes everything");
        }
    }
    expect![[r#"
        reuse Refused
        one daemon: 1137 states, 1879 steps
        two daemons: 406 states, 623 steps
        two daemons, no lock: 697 states, 1593 steps
        two daemons, no lock at all: 1480 states, 3275 steps
        a restored backup: 6816 states, 10568 steps
        a copied database: 1431 states, 2293 steps
        reuse Allowed
        one daemon: 1137 states, 1879 steps
        two daemons: 406 states, 623 steps
        two daemons, no lock: 697 states, 1593 steps
        two daemons, no lock at all: not at most one success
            Read(0) Start(1) Turn(1) Arrives(0) Declines(0) Pass Turn(1)
            Turn(0) Arrives(0) Pays(0) Arrives(0) Pays(0)
        a restored backup: not at most one success
            BackUp Turn(0) Arrives(0) Declines(0) Pass Turn(0) Arrives(0)
            Pays(0) Restore Start(0) Turn(0) Arrives(0) Pays(0)
        a copied database: not at most one success
            Copy Turn(0) Arrives(0) Declines(0) Pass Turn(0) Start(1)
            Turn(1) Arrives(0) Pays(0) Arrives(0) Pays(0)
    "#]]
    .assert_eq(&text);
}
