//! What a key is, and how the table of keys is searched. The strict pass, the built-in defaults and
//! the reference (`config/dues.example.toml`) all come from that one table.

use std::time::Duration;

use crate::config::elsewhere::ELSEWHERE;
use crate::config::keys;
use crate::config::problems::Fault;

/// One key.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key {
    /// Where it stands; `*` is a name that the operator chooses.
    pub(crate) path: &'static str,
    /// What may be written.
    pub(crate) kind: Kind,
    /// Whether it has to be written.
    pub(crate) need: Need,
    /// The default, or an example where there is none, as TOML.
    pub(crate) sample: &'static str,
    /// What it does.
    pub(crate) doc: &'static str,
}

/// What may be written for a key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind {
    /// Text that this function takes.
    Text(fn(&str) -> Result<(), Fault>),
    /// A path; a relative one counts from the directory of the file that it is written in.
    Path,
    /// One of these words.
    Word(&'static [&'static str]),
    /// A span of time, both ends included.
    Span { min: Duration, max: Duration },
    /// A whole number, both ends included.
    Whole { min: i64, max: i64 },
    /// A whole number of at least 1, or the word `unlimited`.
    Rate,
    /// The same, up to this number.
    Cap { max: i64 },
    /// A whole number of won that can be charged.
    Amount,
    /// Spans of time, each longer than the one before, and by so much at least.
    Rungs { apart: Duration },
    /// Days of the month.
    Days,
    /// User names and user ids.
    Users,
    /// Names that stand elsewhere in the configuration.
    Names,
    /// Prices for so many cycles each, in order.
    Phases,
    /// A day of the month and a time of the day.
    FixedDay,
}

/// Whether a key has to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Its sample is its default.
    Default,
    /// Without it there is none.
    Optional,
    /// It must be written.
    Required,
    /// It must be written unless systemd hands the credential over.
    Credential,
}

/// What a path leads to.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Node {
    /// A table.
    Section,
    /// A value.
    Value(&'static Key),
    /// A value, or a table of values that go before it.
    Either(&'static Key),
}

/// What stands at a path, if anything may.
pub(crate) fn find(path: &[String]) -> Option<Node> {
    let (mut value, mut is_section) = (None, false);
    for key in keys::all() {
        match below(key.path, path) {
            Some(Below::Name(_)) => is_section = true,
            Some(Below::Nothing) => value = value.or(Some(key)),
            None => {}
        }
    }
    match value {
        Some(key) if is_section => Some(Node::Either(key)),
        Some(key) => Some(Node::Value(key)),
        None => is_section.then_some(Node::Section),
    }
}

/// The names that may stand in the table at this path.
pub(crate) fn names_in(section: &[String]) -> Vec<&'static str> {
    let mut names = Vec::new();
    for key in keys::all() {
        if let Some(Below::Name(name)) = below(key.path, section)
            && name != "*"
            && !names.contains(&name)
        {
            names.push(name);
        }
    }
    names
}

/// What to write instead of a word that is known from elsewhere.
pub(crate) fn instead_of(path: &[String]) -> Option<&'static str> {
    ELSEWHERE
        .iter()
        .find(|(pattern, _)| matches!(below(pattern, path), Some(Below::Nothing)))
        .map(|(_, remedy)| *remedy)
}

/// What a pattern says below a path.
enum Below {
    /// The path leads exactly there.
    Nothing,
    /// The name that comes next.
    Name(&'static str),
}

/// What comes after `path` in `pattern`; `None` when they part before.
fn below(pattern: &'static str, path: &[String]) -> Option<Below> {
    let mut parts = pattern.split('.');
    for name in path {
        let part = parts.next()?;
        if part != "*" && part != name {
            return None;
        }
    }
    Some(parts.next().map_or(Below::Nothing, Below::Name))
}
