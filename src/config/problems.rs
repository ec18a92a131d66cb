//! What is wrong with a configuration, where, and what to do about it. It collects; it does not
//! know any rule.

use std::collections::BTreeMap;
use std::fmt;

/// Where something was written: a file and a line, or an environment variable.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    // First, so that problems sort in the order in which the sources are read.
    order: usize,
    line: usize,
    column: usize,
    source: String,
}

impl Place {
    /// A place in a source; `line` and `column` count from 1, and 0 means that there is none.
    pub(crate) fn new(order: usize, source: &str, line: usize, column: usize) -> Self {
        Self {
            order,
            line,
            column,
            source: source.to_owned(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.source)?;
        for number in [self.line, self.column] {
            if number > 0 {
                write!(f, ":{number}")?;
            }
        }
        Ok(())
    }
}

/// One thing that is wrong, or that deserves a look: `file:line: key: what is wrong; what to do`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    place: Place,
    key: String,
    fault: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.place)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.fault)
    }
}

/// Everything that is wrong with a configuration, sorted by file and line; never empty.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems in order.
    pub fn iter(&self) -> impl Iterator<Item = &Problem> {
        self.0.iter()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }
}

fn lines(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// What is wrong with one value, without where: `what; what to do`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(String);

impl Fault {
    /// A fault, and what the operator can do about it.
    pub(crate) fn new(what: impl fmt::Display, remedy: impl fmt::Display) -> Self {
        Self(format!("{what}; {remedy}"))
    }

    /// A fault of the core, whose messages have the same form.
    pub(crate) fn of(error: impl fmt::Display) -> Self {
        Self(error.to_string())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a key was written last, and whether what was written there could be taken.
#[derive(Debug, Clone)]
struct Written {
    place: Place,
    is_good: bool,
}

/// What has been found so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    written: BTreeMap<String, Written>,
    has_unread: bool,
}

impl Report {
    /// Adds a problem.
    pub(crate) fn refuse(&mut self, place: &Place, key: &str, fault: &Fault) {
        self.problems.push(problem(place, key, fault));
    }

    /// Adds a problem of a source that could not be read as a whole. What seems to be missing
    /// elsewhere may stand in it.
    pub(crate) fn refuse_source(&mut self, place: &Place, key: &str, fault: &Fault) {
        self.has_unread = true;
        self.refuse(place, key, fault);
    }

    /// Adds something that is allowed, but deserves a look.
    pub(crate) fn warn(&mut self, place: &Place, key: &str, fault: &Fault) {
        self.warnings.push(problem(place, key, fault));
    }

    /// Notes that a key was written, and whether its value could be taken.
    pub(crate) fn note(&mut self, key: &str, place: &Place, is_good: bool) {
        let place = place.clone();
        self.written
            .insert(key.to_owned(), Written { place, is_good });
    }

    /// Where a key was written last.
    pub(crate) fn place_of(&self, key: &str) -> Option<&Place> {
        self.written.get(key).map(|written| &written.place)
    }

    /// Whether the merged value of a key is the one its author meant: it was not written, or what
    /// was written could be taken. Rules over two keys ask before they blame either.
    pub(crate) fn is_sound(&self, key: &str) -> bool {
        self.written.get(key).is_none_or(|written| written.is_good)
    }

    /// Whether a source could not be read at all.
    pub(crate) fn has_unread(&self) -> bool {
        self.has_unread
    }

    /// The end: what was built, and the warnings, sorted.
    ///
    /// # Errors
    /// [`Problems`] when there is any, or when nothing was built.
    pub(crate) fn close<T>(mut self, built: Option<T>) -> Result<(T, Vec<Problem>), Problems> {
        self.problems.sort();
        self.problems.dedup();
        self.warnings.sort();
        match built {
            Some(built) if self.problems.is_empty() => Ok((built, self.warnings)),
            Some(_) => Err(Problems(self.problems)),
            None => {
                if self.problems.is_empty() {
                    let nowhere = Place::new(0, "configuration", 0, 0);
                    let fault = Fault::new("nothing could be built", "report this fault of dues");
                    self.refuse(&nowhere, "", &fault);
                }
                Err(Problems(self.problems))
            }
        }
    }
}

fn problem(place: &Place, key: &str, fault: &Fault) -> Problem {
    Problem {
        place: place.clone(),
        key: key.to_owned(),
        fault: fault.to_string(),
    }
}
