//! The phases of a plan: a list of `{ cycles = 3, amount = 4900 }`, read as strictly as everything else.

use ::config::{Map, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use crate::config::kinds::{Located, amount, phrase, whole};
use crate::config::problems::Fault;
use crate::config::suggest::{nearest, quoted};

/// The most cycles of one phase.
pub(crate) const CYCLES_MAX: i64 = 1_200;

/// What a phase has.
const NAMES: [&str; 2] = ["cycles", "amount"];

/// What a phase looks like.
const SAMPLE: &str = "{ cycles = 3, amount = 4900 }";

/// Reads every phase; what is wrong with any of them is among the faults.
pub(crate) fn read(phases: &DeArray<'_>) -> (Vec<Value>, Vec<Located>) {
    let (mut taken, mut faults) = (Vec::new(), Vec::new());
    for phase in phases {
        let at = phase.span().start;
        let DeValue::Table(table) = phase.get_ref() else {
            let what = format!("{} is not a phase", phrase(phase.get_ref()));
            faults.push((at, Fault::new(what, format!("write it like {SAMPLE}"))));
            continue;
        };
        match one(table, at) {
            Ok(kind) => taken.push(Value::new(None, kind)),
            Err(found) => faults.extend(found),
        }
    }
    (taken, faults)
}

fn one(table: &DeTable<'_>, at: usize) -> Result<ValueKind, Vec<Located>> {
    let (mut phase, mut faults) = (Map::new(), Vec::new());
    for (name, value) in table {
        match field(name.get_ref(), value) {
            Ok(kind) => {
                phase.insert(name.get_ref().to_string(), Value::new(None, kind));
            }
            Err(fault) => faults.push((name.span().start, fault)),
        }
    }

    let written = |wanted: &&str| table.iter().any(|(name, _)| name.get_ref() == *wanted);
    for missing in NAMES.iter().filter(|name| !written(name)) {
        let what = format!("a phase lacks {missing}");
        faults.push((at, Fault::new(what, format!("write it like {SAMPLE}"))));
    }
    if faults.is_empty() {
        Ok(ValueKind::Table(phase))
    } else {
        Err(faults)
    }
}

fn field(name: &str, value: &Spanned<DeValue<'_>>) -> Result<ValueKind, Fault> {
    let of_field = |fault| Fault::of(format!("{name}: {fault}"));
    match (name, value.get_ref()) {
        ("cycles", DeValue::Integer(number)) => whole(number, 1, CYCLES_MAX).map_err(of_field),
        ("amount", DeValue::Integer(number)) => amount(number).map_err(of_field),
        ("cycles" | "amount", found) => {
            let what = format!("{name}: {} is not a whole number", phrase(found));
            Err(Fault::new(what, format!("write it like {SAMPLE}")))
        }
        (other, _) => {
            let what = format!("{} is not known in a phase", quoted(other));
            Err(match nearest(other, NAMES.iter().copied()) {
                Some(guess) => Fault::new(what, format!("did you mean {guess}?")),
                None => Fault::new(what, format!("a phase is written {SAMPLE}")),
            })
        }
    }
}
