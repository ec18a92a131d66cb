//! From sources to one set of values. Later wins: the built-in defaults, systemd's directories, the
//! files in their order, the `DUES_` variables.

use std::path::{Path, PathBuf};

use ::config::{ConfigError, Map, Value, ValueKind};
use toml::Spanned;
use toml::de::DeValue;

use crate::config::elsewhere::VARIABLES;
use crate::config::keys;
use crate::config::kinds;
use crate::config::problems::{Fault, Place, Report};
use crate::config::raw::Raw;
use crate::config::schema::{self, Need, Node};
use crate::config::sources::Environment;
use crate::config::strict::{self, Layer, Source};
use crate::config::suggest::nearest;

/// Checks every source and merges what passed. `None` only when this program contradicts itself,
/// which is then in the report.
pub(crate) fn merge(
    sources: &[Source],
    environment: &Environment,
    report: &mut Report,
) -> Option<Raw> {
    let mut layers = vec![defaults(), directories(environment)];
    for (order, source) in sources.iter().enumerate() {
        layers.push(strict::read(source, order, report));
    }
    layers.push(variables(environment, report));

    match combine(layers) {
        Ok(raw) => Some(raw),
        Err(error) => {
            let what = format!("what passed every check cannot be understood: {error}");
            let fault = Fault::new(what, "this is a fault of dues: report it with the file");
            report.refuse(&Place::new(0, "configuration", 0, 0), "", &fault);
            None
        }
    }
}

fn combine(layers: Vec<Layer>) -> Result<Raw, ConfigError> {
    let mut builder = ::config::Config::builder();
    for layer in layers {
        builder = builder.add_source(Checked(layer));
    }
    builder.build()?.try_deserialize()
}

/// Values that passed, as the merging library takes them.
#[derive(Debug, Clone)]
struct Checked(Layer);

impl ::config::Source for Checked {
    fn clone_into_box(&self) -> Box<dyn ::config::Source + Send + Sync> {
        Box::new(self.clone())
    }

    fn collect(&self) -> Result<Map<String, Value>, ConfigError> {
        Ok(self.0.clone())
    }
}

fn defaults() -> Layer {
    let lines: Vec<String> = keys::all()
        .filter(|key| key.need == Need::Default)
        .map(|key| format!("{} = {}", key.path, key.sample))
        .collect();
    let source = Source {
        path: PathBuf::from("built-in defaults"),
        text: lines.join("\n"),
    };
    // Into a report of its own: a default was not written by anybody. That every default passes is
    // tested; one that did not would be missing, and the merge would say so.
    strict::read(&source, 0, &mut Report::default())
}

fn directories(environment: &Environment) -> Layer {
    let state_dir = environment.directory("STATE_DIRECTORY");
    let socket = environment
        .directory("RUNTIME_DIRECTORY")
        .map(|directory| directory.join("dues.sock"));

    let mut daemon = Layer::new();
    for (name, path) in [("state_dir", state_dir), ("socket", socket.as_deref())] {
        if let Some(path) = path {
            let text = path.to_string_lossy().into_owned();
            daemon.insert(name.to_owned(), Value::new(None, text));
        }
    }
    Layer::from([("daemon".to_owned(), daemon.into())])
}

/// Says which file to read, so it is no part of what the file says.
const THE_FILE: &str = "DUES_CONFIG";

fn variables(environment: &Environment, report: &mut Report) -> Layer {
    // After every file, whatever their number.
    let order = usize::MAX;
    let place = Place::new(order, "environment", 0, 0);
    let mut layer = Layer::new();

    let is_ours = |name: &&str| name.starts_with("DUES_") && *name != THE_FILE;
    for name in environment.names().filter(is_ours) {
        let Some((_, path)) = VARIABLES.iter().find(|(known, _)| *known == name) else {
            report.warn(&place, name, &unknown_variable(name));
            continue;
        };
        let text = environment.get(name).unwrap_or_default();
        match variable(path, text) {
            Ok(kind) => {
                report.note(path, &Place::new(order, name, 0, 0), true);
                insert(&mut layer, path, kind);
            }
            Err(fault) => {
                report.note(path, &Place::new(order, name, 0, 0), false);
                report.refuse(&place, name, &fault);
            }
        }
    }
    layer
}

fn variable(path: &str, text: &str) -> Result<ValueKind, Fault> {
    let names: Vec<String> = path.split('.').map(str::to_owned).collect();
    let Some(Node::Value(key)) = schema::find(&names) else {
        return Err(Fault::new("no such key", "unset it"));
    };
    let value = Spanned::new(0..0, DeValue::String(text.into()));
    kinds::read(key, &value, Path::new("")).map_err(|faults| {
        let first = faults.into_iter().next().map(|(_, fault)| fault);
        first.unwrap_or_else(|| Fault::new("cannot be read", "unset it"))
    })
}

fn unknown_variable(name: &str) -> Fault {
    let known = VARIABLES.iter().map(|(known, _)| *known);
    let remedy = match nearest(name, known) {
        Some(guess) => format!("did you mean {guess}?"),
        None => "unset it (plans and prices come from files only)".to_owned(),
    };
    Fault::new("nothing reads this variable", remedy)
}

fn insert(layer: &mut Layer, path: &str, kind: ValueKind) {
    let (section, name) = path.split_once('.').unwrap_or(("", path));
    let table = layer
        .entry(section.to_owned())
        .or_insert_with(|| Value::new(None, Layer::new()));
    if let ValueKind::Table(keys) = &mut table.kind {
        keys.insert(name.to_owned(), Value::new(None, kind));
    }
}
