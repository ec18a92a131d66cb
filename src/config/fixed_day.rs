//! The day of the month on which a plan's cycles fall: `{ day = 25, time = "10:00" }`.

use ::config::{Map, Value, ValueKind};
use jiff::civil::Time;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::kinds::{Located, phrase, whole};
use crate::config::problems::Fault;
use crate::config::suggest::{nearest, quoted};
use crate::config::values::check;

/// What stands in it.
const NAMES: [&str; 2] = ["day", "time"];

/// What it looks like.
const SAMPLE: &str = "{ day = 25, time = \"10:00\" } or { day = \"last\" }";

/// Reads it; all that is wrong is among the faults.
pub(crate) fn read(table: &DeTable<'_>, at: usize) -> Result<ValueKind, Vec<Located>> {
    let (mut taken, mut faults) = (Map::new(), Vec::new());
    for (name, value) in table {
        match field(name.get_ref(), value) {
            Ok(kind) => {
                taken.insert(name.get_ref().to_string(), Value::new(None, kind));
            }
            Err(fault) => faults.push((name.span().start, fault)),
        }
    }
    if !table.iter().any(|(name, _)| name.get_ref() == "day") {
        let fault = Fault::new("lacks day", format!("write it like {SAMPLE}"));
        faults.push((at, fault));
    }
    if faults.is_empty() {
        Ok(ValueKind::Table(taken))
    } else {
        Err(faults)
    }
}

fn field(name: &str, value: &Spanned<DeValue<'_>>) -> Result<ValueKind, Fault> {
    match (name, value.get_ref()) {
        ("day", DeValue::Integer(number)) => whole(number, 1, 31),
        // The 31st is the last day of every month.
        ("day", DeValue::String(text)) if text == "last" => Ok(ValueKind::I64(31)),
        ("time", DeValue::String(text)) => {
            check::<Time>(text).map(|()| ValueKind::String(text.to_string()))
        }
        ("day" | "time", found) => {
            let what = format!("{name}: {} is not understood", phrase(found));
            Err(Fault::new(what, format!("write it like {SAMPLE}")))
        }
        (other, _) => {
            let what = format!("{} is not known here", quoted(other));
            Err(match nearest(other, NAMES.iter().copied()) {
                Some(guess) => Fault::new(what, format!("did you mean {guess}?")),
                None => Fault::new(what, format!("it is written {SAMPLE}")),
            })
        }
    }
}
