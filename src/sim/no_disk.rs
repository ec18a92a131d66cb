//! In place of `disk`, in a build without the feature `lossy-disk`: the power is never cut.

use std::path::Path;

use crate::sim::draw::Draws;

/// Databases are on the file system that SQLite has of its own.
pub(super) const fn install() {}

/// A power cut that never comes.
#[derive(Debug)]
pub(super) struct Fuse {
    is_cut: bool,
}

impl Fuse {
    pub(super) fn lay(_: &Path, _: u32, _: Draws) -> Self {
        Self { is_cut: false }
    }

    pub(super) const fn is_cut(&self) -> bool {
        self.is_cut
    }
}
