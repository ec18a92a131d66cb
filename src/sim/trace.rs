//! What happened in one seed, line by line, and a sum of it: two runs of one seed have the same sum.

use std::collections::hash_map::DefaultHasher;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

/// The trace. Cloning gives another handle on it.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    inner: Arc<Mutex<Inner>>,
}

#[derive(Debug)]
struct Inner {
    sum: DefaultHasher,
    /// Nothing when only the sum is wanted.
    lines: Option<Vec<String>>,
}

impl Trace {
    /// A trace that keeps its lines, or only their sum.
    pub(super) fn new(keeps_lines: bool) -> Self {
        let inner = Inner {
            sum: DefaultHasher::new(),
            lines: keeps_lines.then(Vec::new),
        };
        Self {
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Adds what happened now.
    pub(super) fn tell(&self, now: Timestamp, what: fmt::Arguments<'_>) {
        let mut inner = self.lock();
        let what = what.to_string();
        (now.as_microsecond(), &what).hash(&mut inner.sum);
        if let Some(lines) = &mut inner.lines {
            let local = TimeZone::fixed(Offset::constant(9)).to_datetime(now);
            lines.push(format!("{} {what}", local.strftime("%F %T%.3f")));
        }
    }

    /// The sum.
    pub(super) fn sum(&self) -> u64 {
        self.lock().sum.finish()
    }

    /// The lines that were kept.
    pub(super) fn lines(&self) -> Vec<String> {
        self.lock().lines.clone().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
