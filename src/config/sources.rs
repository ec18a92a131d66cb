//! Where configuration comes from: the main file, `conf.d/*.toml` beside it in the order of their
//! names, and a few variables. It knows nothing of what they say.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::config::problems::{Fault, Place, Report};
use crate::config::strict::Source;

/// The environment of the process, as far as it is configuration.
#[derive(Debug, Clone, Default)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// This process's variables. One that is not Unicode is not there.
    pub fn of_process() -> Self {
        let unicode = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self(std::env::vars_os().filter_map(unicode).collect())
    }

    /// The value of a variable.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names of the variables, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The first directory in one of systemd's variables, which may list several.
    pub(crate) fn directory(&self, name: &str) -> Option<&Path> {
        let first = self.get(name)?.split(':').next()?;
        (!first.is_empty()).then(|| Path::new(first))
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Environment {
    fn from(variables: [(&str, &str); N]) -> Self {
        let owned = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Self(owned.into())
    }
}

/// The largest file, in bytes: thousands of plans.
const FILE_MAX: u64 = 1 << 20;
/// The most files in `conf.d`.
const FILES_MAX: usize = 256;

/// Reads the files. What cannot be read goes to the report.
pub(crate) fn read_all(main: &Path, report: &mut Report) -> Vec<Source> {
    let mut paths = vec![main.to_owned()];
    match beside(main) {
        Ok(more) => paths.extend(more),
        Err((path, fault)) => {
            let place = Place::new(1, &path.display().to_string(), 0, 0);
            report.refuse_source(&place, "", &fault);
        }
    }

    let mut sources = Vec::new();
    for (order, path) in paths.into_iter().enumerate() {
        // An unreadable file keeps its turn, empty, so that the order of the others stays.
        let text = read(&path).unwrap_or_else(|fault| {
            let place = Place::new(order, &path.display().to_string(), 0, 0);
            report.refuse_source(&place, "", &fault);
            String::new()
        });
        sources.push(Source { path, text });
    }
    sources
}

fn beside(main: &Path) -> Result<Vec<PathBuf>, (PathBuf, Fault)> {
    let directory = main.parent().unwrap_or(Path::new("")).join("conf.d");
    let listed = match fs::read_dir(&directory) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        listed => listed.and_then(Iterator::collect::<Result<Vec<_>, _>>),
    };
    let entries = listed.map_err(|error| {
        let what = format!("cannot list the directory: {error}");
        let remedy = "let the daemon's user read it, or remove it";
        (directory.clone(), Fault::new(what, remedy))
    })?;

    let mut paths: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    paths.retain(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".toml") && !name.starts_with('.')
    });
    paths.sort();
    if paths.len() > FILES_MAX {
        let fault = Fault::new(
            format!("holds {} files", paths.len()),
            format!("keep at most {FILES_MAX}"),
        );
        return Err((directory, fault));
    }
    Ok(paths)
}

fn read(path: &Path) -> Result<String, Fault> {
    let cannot = |error: std::io::Error| {
        Fault::new(
            format!("cannot be read: {error}"),
            "name the file with --config FILE, and let the daemon's user read it",
        )
    };
    let file = fs::File::open(path).map_err(cannot)?;
    let mut bytes = Vec::new();
    file.take(FILE_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;

    if u64::try_from(bytes.len()).is_ok_and(|length| length > FILE_MAX) {
        let what = format!("is larger than {FILE_MAX} bytes");
        return Err(Fault::new(what, "spread it over files in conf.d"));
    }
    String::from_utf8(bytes)
        .map_err(|error| Fault::new(format!("is not UTF-8: {error}"), "save it as UTF-8"))
}
