//! How far an import is, for somebody who watches a terminal; silent otherwise.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::output::say;

/// A bar, if somebody watches.
#[derive(Debug)]
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over so many bytes, or without an end.
    pub(super) fn new(length: Option<u64>) -> Self {
        if !std::io::stderr().is_terminal() {
            return Self(None);
        }
        let bar = length.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
        // A template that cannot be read leaves the usual style.
        if let Ok(style) = ProgressStyle::with_template(
            "{bar:40} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
        ) {
            bar.set_style(style);
        }
        Self(Some(bar))
    }

    /// So many bytes are done.
    pub(super) fn at(&self, place: u64) {
        if let Some(bar) = &self.0 {
            bar.set_position(place);
        }
    }

    /// Says something above the bar.
    pub(super) fn say(&self, what: &str) {
        match &self.0 {
            Some(bar) => bar.suspend(|| say(what)),
            None => say(what),
        }
    }

    /// Takes the bar away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
