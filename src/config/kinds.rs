//! One value against its kind: what it is if it fits, what is wrong with it if not. Nothing is
//! converted: a number in quotes is text, and a fraction is no amount.

use std::path::{Path, PathBuf};
use std::time::Duration;

use ::config::ValueKind;
use toml::Spanned;
use toml::de::{DeArray, DeInteger, DeValue};

use crate::config::duration;
use crate::config::fixed_day;
use crate::config::phases;
use crate::config::problems::Fault;
use crate::config::schema::{Key, Kind, Need};
use crate::config::suggest::{nearest, one_of, quoted};
use crate::config::values::Setting;
use crate::core::money::{Krw, grouped};

/// A fault and the byte of the file at which it starts.
pub(crate) type Located = (usize, Fault);

/// The most rungs of a ladder, phases of a plan, and operators.
const LIST_MAX: usize = 15;

/// Reads a value of a file whose directory is `base`.
pub(crate) fn read(
    key: &Key,
    value: &Spanned<DeValue<'_>>,
    base: &Path,
) -> Result<ValueKind, Vec<Located>> {
    let at = value.span().start;
    let alone = |fault| vec![(at, fault)];

    match (key.kind, value.get_ref()) {
        (Kind::Text(check), DeValue::String(text)) => {
            check(text).map_err(alone).map(|()| text_of(text))
        }
        (Kind::Path, DeValue::String(text)) => path(text, base).map_err(alone),
        (Kind::Word(words), DeValue::String(text)) => word(text, words).map_err(alone),
        (Kind::Span { min, max }, DeValue::String(text)) => {
            let span = duration::parse(text).map_err(alone)?;
            if (min..=max).contains(&span) {
                return Ok(text_of(text));
            }
            let (min, max) = (duration::words(min), duration::words(max));
            let remedy = format!("write a span from \"{min}\" to \"{max}\"");
            Err(alone(Fault::new(
                format!("{} is out of range", quoted(text)),
                remedy,
            )))
        }
        (Kind::Whole { min, max }, DeValue::Integer(number)) => {
            whole(number, min, max).map_err(alone)
        }
        (Kind::Rate, DeValue::Integer(number)) => rate(number).map_err(alone),
        (Kind::Cap { max }, DeValue::Integer(number)) => cap(number, max).map_err(alone),
        (Kind::Rate | Kind::Cap { .. }, DeValue::String(text)) if text == "unlimited" => {
            Ok(text_of(text))
        }
        (Kind::Amount, DeValue::Integer(number)) => amount(number).map_err(alone),
        (Kind::Rungs { apart }, DeValue::Array(rungs)) => read_rungs(rungs, apart, at),
        (Kind::Days, DeValue::Array(days)) => read_days(days, at),
        (Kind::Users, DeValue::Array(users)) => read_users(users, at),
        (Kind::Names, DeValue::Array(names)) => read_names(names, at),
        (Kind::FixedDay, DeValue::Table(table)) => fixed_day::read(table, at),
        (Kind::Phases, DeValue::Array(listed)) => {
            let (taken, faults) = phases::read(listed);
            finish_list(taken, listed.len(), faults, at)
        }
        (kind, found) => Err(alone(ill_typed(key, kind, found))),
    }
}

fn text_of(text: &str) -> ValueKind {
    ValueKind::String(text.to_owned())
}

fn path(text: &str, base: &Path) -> Result<ValueKind, Fault> {
    let path = base.join(PathBuf::parse(text)?);
    let unicode = path.to_str().map(text_of);
    unicode.ok_or_else(|| {
        let what = format!(
            "{} lies below a directory whose name is not UTF-8",
            quoted(text)
        );
        Fault::new(what, "write the whole path, from / on")
    })
}

fn word(text: &str, words: &[&str]) -> Result<ValueKind, Fault> {
    if words.contains(&text) {
        return Ok(text_of(text));
    }
    let choices = one_of(words, |word| format!("{word:?}"));
    let remedy = match nearest(text, words.iter().copied()) {
        Some(guess) => format!("did you mean {guess:?}? It is {choices}"),
        None => format!("write {choices}"),
    };
    Err(Fault::new(
        format!("{} is not known here", quoted(text)),
        remedy,
    ))
}

fn integer(number: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

pub(crate) fn whole(number: &DeInteger<'_>, min: i64, max: i64) -> Result<ValueKind, Fault> {
    match integer(number) {
        Some(whole) if (min..=max).contains(&whole) => Ok(ValueKind::I64(whole)),
        Some(_) | None => Err(Fault::new(
            format!("{} is out of range", shown(number)),
            format!("write a whole number from {min} to {max}"),
        )),
    }
}

fn rate(number: &DeInteger<'_>) -> Result<ValueKind, Fault> {
    let most = 100_000;
    whole(number, 1, most).map_err(|_| {
        Fault::new(
            format!("{} is not a rate", shown(number)),
            format!("write a whole number from 1 to {most}, or \"unlimited\""),
        )
    })
}

fn cap(number: &DeInteger<'_>, max: i64) -> Result<ValueKind, Fault> {
    whole(number, 1, max).map_err(|_| {
        Fault::new(
            format!("{} is not a cap", shown(number)),
            format!("write a whole number from 1 to {max}, or \"unlimited\""),
        )
    })
}

pub(crate) fn amount(number: &DeInteger<'_>) -> Result<ValueKind, Fault> {
    match integer(number).map(Krw::parse) {
        Some(Ok(amount)) => Ok(ValueKind::I64(amount.won())),
        Some(Err(_)) | None => Err(Fault::new(
            format!("{} won cannot be charged", shown(number)),
            format!("write a whole number from 1 to {}", grouped(Krw::MAX_WON)),
        )),
    }
}

/// A number as it was written, cut like a text.
fn shown(number: &DeInteger<'_>) -> String {
    quoted(&number.to_string()).replace('"', "")
}

fn read_rungs(rungs: &DeArray<'_>, apart: Duration, at: usize) -> Result<ValueKind, Vec<Located>> {
    let mut faults = Vec::new();
    let mut taken = Vec::new();
    let mut last = None;

    for rung in rungs {
        let spot = rung.span().start;
        let DeValue::String(text) = rung.get_ref() else {
            let what = format!("{} is not a span of time", phrase(rung.get_ref()));
            faults.push((
                spot,
                Fault::new(what, "write a list such as [\"1d\", \"3d\"]"),
            ));
            continue;
        };
        match duration::parse(text) {
            Err(fault) => faults.push((spot, fault)),
            Ok(span) if span.is_zero() || last.is_some_and(|before| span <= before) => {
                faults.push((
                    spot,
                    Fault::new(
                        format!("{text} does not come after what stands before it"),
                        "count every rung from the first try, each longer than the last",
                    ),
                ));
            }
            Ok(span) if span.saturating_sub(last.unwrap_or_default()) < apart => {
                let (apart, before) = (duration::words(apart), last.map(duration::words));
                let before =
                    before.map_or("the first try".to_owned(), |rung| format!("\"{rung}\""));
                let what = format!(
                    "{text} is less than {apart} after {before}: the card rests for so long"
                );
                faults.push((
                    spot,
                    Fault::new(what, format!("leave {apart} between two tries")),
                ));
                last = Some(span);
            }
            Ok(span) => {
                last = Some(span);
                taken.push(::config::Value::new(None, text.to_string()));
            }
        }
    }
    finish_list(taken, rungs.len(), faults, at)
}

fn read_days(days: &DeArray<'_>, at: usize) -> Result<ValueKind, Vec<Located>> {
    let mut faults = Vec::new();
    let mut taken = Vec::new();
    let mut seen = Vec::new();

    for day in days {
        let number = day.get_ref().as_integer().and_then(integer);
        match number.filter(|number| (1..=31).contains(number)) {
            Some(number) if !seen.contains(&number) => {
                seen.push(number);
                taken.push(::config::Value::new(None, number));
            }
            known => {
                let what = match known {
                    Some(number) => format!("{number} stands there already"),
                    None => format!("{} is not a day of the month", phrase(day.get_ref())),
                };
                let remedy = "write each day once, from 1 to 31, such as [25, 10]";
                faults.push((day.span().start, Fault::new(what, remedy)));
            }
        }
    }
    finish_list(taken, days.len(), faults, at)
}

fn read_names(names: &DeArray<'_>, at: usize) -> Result<ValueKind, Vec<Located>> {
    let mut faults = Vec::new();
    let mut taken = Vec::new();
    for name in names {
        if let DeValue::String(text) = name.get_ref() {
            taken.push(::config::Value::new(None, text.to_string()));
        } else {
            let what = format!("{} is not a name", phrase(name.get_ref()));
            let fault = Fault::new(what, "write names in quotes, such as [\"basic\"]");
            faults.push((name.span().start, fault));
        }
    }
    finish_list(taken, names.len(), faults, at)
}

fn read_users(users: &DeArray<'_>, at: usize) -> Result<ValueKind, Vec<Located>> {
    let mut faults = Vec::new();
    let mut taken = Vec::new();

    for user in users {
        match self::user(user.get_ref()) {
            Ok(kind) => taken.push(::config::Value::new(None, kind)),
            Err(remedy) => {
                let what = format!("{} is not a user", phrase(user.get_ref()));
                faults.push((user.span().start, Fault::new(what, remedy)));
            }
        }
    }
    finish_list(taken, users.len(), faults, at)
}

/// A user's name or id, or what to write instead.
fn user(found: &DeValue<'_>) -> Result<ValueKind, String> {
    let name_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '$');
    let remedy = || "write a user's name in quotes or a user id without".to_owned();
    match found {
        DeValue::Integer(uid) => whole(uid, 0, i64::from(u32::MAX) - 1).map_err(|_| remedy()),
        DeValue::String(uid) if is_whole(uid) => Err(format!("leave the quotes out: {uid}")),
        DeValue::String(name)
            if name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
                && name.chars().all(name_safe) =>
        {
            Ok(text_of(name))
        }
        DeValue::String(_)
        | DeValue::Float(_)
        | DeValue::Boolean(_)
        | DeValue::Datetime(_)
        | DeValue::Array(_)
        | DeValue::Table(_) => Err(remedy()),
    }
}

fn finish_list(
    taken: Vec<::config::Value>,
    length: usize,
    mut faults: Vec<Located>,
    at: usize,
) -> Result<ValueKind, Vec<Located>> {
    if length > LIST_MAX {
        let what = format!("has {length} entries");
        faults.push((at, Fault::new(what, format!("leave at most {LIST_MAX}"))));
    }
    if faults.is_empty() {
        Ok(ValueKind::Array(taken))
    } else {
        Err(faults)
    }
}

fn ill_typed(key: &Key, kind: Kind, found: &DeValue<'_>) -> Fault {
    let expected = match kind {
        Kind::Text(_) | Kind::Path | Kind::Word(_) | Kind::Span { .. } => "text in quotes",
        Kind::Whole { .. } => "a whole number",
        Kind::Rate | Kind::Cap { .. } => "a whole number or \"unlimited\"",
        Kind::Amount => "a whole number of won",
        Kind::Rungs { .. } => "a list of spans of time",
        Kind::Days => "a list of days of the month",
        Kind::Users => "a list of users",
        Kind::Names => "a list of names",
        Kind::Phases => "a list of phases",
        Kind::FixedDay => "a day of the month",
    };
    let is = match key.need {
        // It may be the credential itself.
        Need::Credential => format!("is {}", type_of(found)),
        Need::Default | Need::Optional | Need::Required => phrase_is(found),
    };
    let what = format!("{is}, but {expected} is wanted");

    let wants_number = matches!(
        kind,
        Kind::Amount | Kind::Whole { .. } | Kind::Rate | Kind::Cap { .. }
    );
    if let DeValue::String(text) = found
        && wants_number
        && is_whole(text)
    {
        return Fault::new(what, format!("leave the quotes out: {}", text.trim()));
    }
    Fault::new(what, format!("write it like {}", key.sample))
}

fn is_whole(text: &str) -> bool {
    let digits = text.trim();
    (1..=18).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// What was written and what that is: `60 is a number`, or only `is a list`.
pub(crate) fn phrase_is(found: &DeValue<'_>) -> String {
    let what = type_of(found);
    if found.is_array() || found.is_table() {
        format!("is {what}")
    } else {
        format!("{} is {what}", phrase(found))
    }
}

fn type_of(found: &DeValue<'_>) -> &'static str {
    match found {
        DeValue::String(_) => "text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

/// What was written, short enough for a message.
pub(crate) fn phrase(found: &DeValue<'_>) -> String {
    match found {
        DeValue::String(text) => quoted(text),
        DeValue::Integer(number) => shown(number),
        DeValue::Float(number) => quoted(number.as_str()).replace('"', ""),
        DeValue::Boolean(truth) => truth.to_string(),
        DeValue::Datetime(moment) => moment.to_string(),
        DeValue::Array(_) => "a list".to_owned(),
        DeValue::Table(_) => "a table".to_owned(),
    }
}
