//! The house rules that no compiler knows: who may name whom, how long a file may be, and that every
//! SQL file has one user of its name. It reads the sources as text.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The most lines of a file.
const LINES_MAX: usize = 400;

/// Who may name whom. A module may always name itself; `lib` and `main` may name everybody.
const EDGES: [(&str, &[&str]); 10] = [
    ("core", &[]),
    ("store", &["core"]),
    ("gateway", &["core"]),
    ("engine", &["core", "store", "gateway"]),
    ("control", &["core", "store", "engine::handle"]),
    ("jobs", &["engine", "store"]),
    ("config", &["core"]),
    ("sim", &["core", "store", "gateway", "engine"]),
    ("cli", &["config", "control", "daemon", "sim", "core"]),
    (
        "daemon",
        &[
            "core", "store", "gateway", "engine", "control", "jobs", "config",
        ],
    ),
];

/// What the pure core must not know.
const NOT_IN_CORE: [&str; 7] = [
    "serde",
    "tokio",
    "sqlx",
    "reqwest",
    "tracing",
    "rustix",
    "std::time::SystemTime",
];

/// A source file.
struct Source {
    path: String,
    module: String,
    text: String,
}

#[test]
fn modules_name_only_those_below_them() {
    let mut broken = Vec::new();
    for source in sources() {
        if matches!(source.module.as_str(), "lib" | "main") {
            continue;
        }
        let Some((_, allowed)) = EDGES.iter().find(|(module, _)| *module == source.module) else {
            broken.push(format!(
                "{}: the table has no module {}",
                source.path, source.module
            ));
            continue;
        };
        for (line, named) in named(&source.text) {
            if !is_allowed(&source.module, allowed, &named) {
                let module = &source.module;
                let path = &source.path;
                broken.push(format!(
                    "{path}:{line}: {module} must not know crate::{named}"
                ));
            }
        }
    }
    none(
        &broken,
        "a module names one that it must not know; the table is in tests/it/tidy.rs",
    );
}

fn is_allowed(module: &str, allowed: &[&str], named: &str) -> bool {
    let is_in = |place: &str| {
        named
            .strip_prefix(place)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    is_in(module) || allowed.iter().any(|place| is_in(place))
}

#[test]
fn the_core_knows_no_outside() {
    let mut broken = Vec::new();
    for source in sources().iter().filter(|source| source.module == "core") {
        for (place, line) in code(&source.text) {
            let known = NOT_IN_CORE.iter().filter(|word| has_word(line, word));
            broken.extend(known.map(|word| format!("{}:{place}: {word}", source.path)));
        }
    }
    none(
        &broken,
        "the core is pure: no clocks, no wires, no derives of Serialize",
    );
}

#[test]
fn files_are_short_and_say_what_they_are_for() {
    let mut broken = Vec::new();
    let tests = files(&root().join("tests/it"), "rs");
    for path in files(&root().join("src"), "rs").iter().chain(&tests) {
        let text = read(path);
        let lines = text.lines().count();
        if lines > LINES_MAX {
            broken.push(format!(
                "{}: {lines} lines, more than {LINES_MAX}",
                show(path)
            ));
        }
        if !text.starts_with("//!") {
            broken.push(format!("{}: does not open with //!", show(path)));
        }
    }
    none(&broken, "STYLE, READING");
}

#[test]
fn every_statement_is_used_and_named_like_its_file() {
    let users: Vec<Source> = sources()
        .into_iter()
        .filter(|source| source.module == "store")
        .collect();
    let mut broken = Vec::new();
    for path in files(&root().join("src/store/sql"), "sql") {
        let file = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let include = format!("include_str!(\"sql/{file}\")");
        let times: usize = users
            .iter()
            .map(|user| user.text.matches(&include).count())
            .sum();
        if times == 0 {
            broken.push(format!("{}: nobody uses it", show(&path)));
        }

        let name = file.trim_end_matches(".sql");
        let is_known = users.iter().any(|user| is_spoken_of(&user.text, name));
        if !is_known {
            broken.push(format!(
                "{}: nothing that uses it has its words",
                show(&path)
            ));
        }
    }
    none(
        &broken,
        "one statement, one file, named like what it serves",
    );
}

#[test]
fn statements_list_their_columns() {
    let mut broken = Vec::new();
    for path in files(&root().join("src/store/sql"), "sql") {
        let text = read(&path);
        let is_starred = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .any(|line| line.contains("SELECT *") || line.contains(".*"));
        if is_starred {
            broken.push(show(&path));
        }
    }
    none(&broken, "columns are listed, never *");
}

/// Whether the file that includes a statement has all words of its name, plural or not, in the names
/// around: `end_attempts.sql` is at home where `ended_attempts` are written.
fn is_spoken_of(text: &str, name: &str) -> bool {
    let small = ["of", "by", "in", "for"];
    text.contains(&format!("sql/{name}.sql"))
        && name
            .split('_')
            .filter(|word| !small.contains(word))
            .all(|word| {
                let stem = word.trim_end_matches('s').trim_end_matches('e');
                let without_include = text.replace(&format!("sql/{name}.sql"), "");
                without_include.contains(stem) || word == "insert"
            })
}

/// The modules that a file names after `crate::`, with the lines.
fn named(text: &str) -> Vec<(usize, String)> {
    let mut named = Vec::new();
    for (place, line) in code(text) {
        for (_, rest) in line
            .match_indices("crate::")
            .map(|(at, m)| (at, &line[at + m.len()..]))
        {
            if rest.starts_with('{') && !rest.contains('}') {
                // Nobody writes them, and reading them would take a parser.
                named.push((place, "{..} over several lines".to_owned()));
            } else if let Some(group) = rest.strip_prefix('{') {
                let parts = group.split([',', '}']).map(str::trim);
                let parts = parts.filter(|part| !part.is_empty() && *part != ";");
                named.extend(parts.map(|part| (place, part.to_owned())));
            } else {
                let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let end = rest.find(|c| !is_path(c)).unwrap_or(rest.len());
                named.push((place, rest[..end].trim_end_matches(':').to_owned()));
            }
        }
    }
    named
}

/// The lines that are not comments, counted from 1.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.lines().enumerate();
    lines
        .map(|(place, line)| (place + 1, line))
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
}

fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let is_part = |c: char| c.is_alphanumeric() || c == '_';
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

fn sources() -> Vec<Source> {
    let src = root().join("src");
    let sources = files(&src, "rs").into_iter().map(|path| {
        let inside = path.strip_prefix(&src).expect("it was found there");
        let first = inside.components().next().expect("a file has a name");
        let module = first.as_os_str().to_string_lossy();
        Source {
            path: show(&path),
            module: module.trim_end_matches(".rs").to_owned(),
            text: read(&path),
        }
    });
    let sources: Vec<Source> = sources.collect();
    let modules: BTreeSet<&str> = sources
        .iter()
        .map(|source| source.module.as_str())
        .collect();
    assert!(
        modules.contains("core") && sources.len() > 50,
        "the sources were not found"
    );
    sources
}

/// Every file below a directory with this extension, in order.
pub(crate) fn files(directory: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![directory.to_owned()];
    while let Some(directory) = waiting.pop() {
        for entry in fs::read_dir(&directory).expect("a directory of ours") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The root of the repository.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).expect("a text of ours")
}

fn show(path: &Path) -> String {
    let inside = path.strip_prefix(root()).unwrap_or(path);
    inside.to_string_lossy().into_owned()
}

fn none(broken: &[String], rule: &str) {
    assert!(broken.is_empty(), "{rule}:\n  {}", broken.join("\n  "));
}
