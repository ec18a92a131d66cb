//! One file against the schema: every unknown key, every value that does not fit. The library that
//! merges the files would take `9900.6` as 9901 and `true` as 1, so nothing reaches it that did not
//! pass here.

use std::path::{Path, PathBuf};

use ::config::{Map, Value, ValueKind};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::codes;
use crate::config::keys;
use crate::config::kinds;
use crate::config::problems::{Fault, Place, Report};
use crate::config::schema::{self, Key, Node};
use crate::config::suggest::{nearest, quoted};
use crate::config::values::check_chosen;
use crate::config::values::plans::bad_name;
use crate::core::order::PlanId;

/// A text to read: a file, or anything else with a name.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// Its path; problems name it, and relative paths count from its directory.
    pub(crate) path: PathBuf,
    /// What is in it.
    pub(crate) text: String,
}

/// The values of a source that passed.
pub(crate) type Layer = Map<String, Value>;

/// The most faults of syntax that are shown of one file: the later ones follow from the first.
const SYNTAX_FAULTS_MAX: usize = 20;

/// Reads a source, the `order`-th of its kind; what is wrong goes to the report.
pub(crate) fn read(source: &Source, order: usize, report: &mut Report) -> Layer {
    let mut walk = Walk {
        lines: Lines::of(&source.text),
        name: source.path.display().to_string(),
        base: source.path.parent().unwrap_or(Path::new("")),
        order,
        report,
    };
    let (document, errors) = DeTable::parse_recoverable(&source.text);
    if errors.is_empty() {
        return walk.table(&mut Vec::new(), document.get_ref());
    }
    for error in errors.iter().take(SYNTAX_FAULTS_MAX) {
        walk.refuse_syntax(error);
    }
    Layer::new()
}

/// The lines of a text, for finding the line of a byte.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Lines<'a> {
    fn of(text: &'a str) -> Self {
        let after_breaks = text.match_indices('\n').map(|(byte, _)| byte + 1);
        let starts = std::iter::once(0).chain(after_breaks).collect();
        Self { text, starts }
    }

    /// Counted from 1.
    fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|start| *start <= byte)
    }

    /// In characters, counted from 1.
    fn column(&self, byte: usize) -> usize {
        let start = self.starts.get(self.line(byte).saturating_sub(1));
        let before = self.text.get(start.copied().unwrap_or(0)..byte);
        before.map_or(0, |before| before.chars().count()) + 1
    }
}

struct Walk<'a> {
    lines: Lines<'a>,
    name: String,
    base: &'a Path,
    order: usize,
    report: &'a mut Report,
}

impl Walk<'_> {
    fn table(&mut self, path: &mut Vec<String>, table: &DeTable<'_>) -> Layer {
        let mut layer = Layer::new();
        for (name, value) in table {
            let place = self.place(name.span().start);
            path.push(name.get_ref().to_string());
            if let Some(kind) = self.entry(path, &place, value) {
                let origin = Some(&self.name);
                layer.insert(name.get_ref().to_string(), Value::new(origin, kind));
            }
            path.pop();
        }
        layer
    }

    fn entry(
        &mut self,
        path: &mut Vec<String>,
        place: &Place,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<ValueKind> {
        let shown = dotted(path);
        if let Err(fault) = check_chosen_name(path, value.get_ref()) {
            self.report.refuse(place, &shown, &fault);
            return None;
        }
        match (schema::find(path), value.get_ref()) {
            (Some(Node::Section | Node::Either(_)), DeValue::Table(table)) => {
                self.section(path, place);
                Some(ValueKind::Table(self.table(path, table)))
            }
            (Some(Node::Value(key) | Node::Either(key)), _) => {
                self.value(&shown, place, key, value)
            }
            (Some(Node::Section), found) => {
                let what = format!("{}, but a table is wanted", kinds::phrase_is(found));
                let remedy = format!("write [{shown}] on a line of its own, its keys below");
                self.report.refuse(place, &shown, &Fault::new(what, remedy));
                None
            }
            (None, _) => {
                self.report.refuse(place, &shown, &unknown(path));
                None
            }
        }
    }

    fn section(&mut self, path: &[String], place: &Place) {
        let shown = dotted(path);
        if let ([section, id], Some(first)) = (path, self.report.place_of(&shown))
            && section == "plans"
        {
            let what = format!("the plan {id:?} is defined at {first} already");
            let remedy = "keep one of the two: a plan's price must stand in one place";
            self.report.refuse(place, &shown, &Fault::new(what, remedy));
        }
        self.report.note(&shown, place, true);
    }

    fn value(
        &mut self,
        shown: &str,
        place: &Place,
        key: &Key,
        value: &Spanned<DeValue<'_>>,
    ) -> Option<ValueKind> {
        let outcome = kinds::read(key, value, self.base);
        self.report.note(shown, place, outcome.is_ok());

        let faults = match outcome {
            Ok(kind) => return Some(kind),
            Err(faults) => faults,
        };
        for (byte, fault) in faults {
            let place = self.place(byte);
            self.report.refuse(&place, shown, &fault);
        }
        None
    }

    fn refuse_syntax(&mut self, error: &toml::de::Error) {
        let byte = error.span().map_or(0, |span| span.start);
        let (line, column) = (self.lines.line(byte), self.lines.column(byte));
        let place = Place::new(self.order, &self.name, line, column);
        let fault = Fault::new(error.message(), remedy_of_syntax(error.message()));
        self.report.refuse_source(&place, "", &fault);
    }

    fn place(&self, byte: usize) -> Place {
        Place::new(self.order, &self.name, self.lines.line(byte), 0)
    }
}

fn remedy_of_syntax(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "it stands above already: remove one of the two"
    } else if message.contains("quoted") || message.contains("boolean") {
        "text stands in quotes: KEY = \"text\""
    } else {
        "correct it: KEY = VALUE, or [TABLE] on a line of its own"
    }
}

/// The names that operators choose: ids of plans, names of ladders, PGs and their codes.
fn check_chosen_name(path: &[String], value: &DeValue<'_>) -> Result<(), Fault> {
    let names: Vec<&str> = path.iter().map(String::as_str).collect();
    match names.as_slice() {
        ["plans", id] => PlanId::parse(id).map(drop).map_err(|why| bad_name(id, why)),
        ["dunning", name] => check_chosen("the name of a ladder", name),
        ["coupons", code] => check_chosen("a coupon", code),
        ["gateway", "codes", pg] if value.is_table() => check_chosen("the name of a PG", pg),
        ["gateway", "codes", code] | ["gateway", "codes", _, code] => codes::check(code),
        _ => Ok(()),
    }
}

fn unknown(path: &[String]) -> Fault {
    let Some((name, section)) = path.split_last() else {
        return Fault::new("is not known here", "remove it");
    };
    let what = "is not known here";
    let siblings = schema::names_in(section);
    if let Some(remedy) = schema::instead_of(path) {
        return Fault::new(what, remedy);
    }
    let home = keys::all().find_map(|key| {
        let (home, last) = key.path.rsplit_once('.')?;
        (last == name).then_some(home)
    });
    let remedy = match (nearest(name, siblings.iter().copied()), home) {
        (Some(guess), _) => format!("did you mean {guess}?"),
        (None, Some(home)) => format!("it belongs into [{}]", home.replace('*', "NAME")),
        (None, None) => format!("remove it, or write one of: {}", siblings.join(", ")),
    };
    Fault::new(what, remedy)
}

/// A path as TOML writes it.
pub(crate) fn dotted(path: &[String]) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let names: Vec<String> = path
        .iter()
        .map(|name| match name.as_str() {
            simple if !simple.is_empty() && simple.len() <= 60 && simple.chars().all(bare) => {
                simple.to_owned()
            }
            odd => quoted(odd),
        })
        .collect();
    names.join(".")
}
