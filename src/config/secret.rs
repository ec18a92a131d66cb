//! Credentials: read once from a file that only the daemon can read, and never shown.

use std::fmt;
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::config::problems::Fault;

/// A credential. It can be used, but it prints as `[secret]`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The longest credential, in bytes. The gateway's have about 90.
    pub const LENGTH_MAX: u64 = 4_096;

    /// Takes a credential.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The credential itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A credential out of a file, and what is wrong with the file's mode, if anything is. Whether the
/// mode matters is for the caller to say: the secret of a simulated gateway protects nothing.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) secret: Secret,
    pub(crate) exposed: Option<Fault>,
}

/// Why a file gives no credential.
#[derive(Debug)]
pub(crate) enum Unusable {
    /// It is not there, or not for us to read: somebody else may be able to.
    Unreadable(Fault),
    /// It holds no credential, whoever reads it.
    Wrong(Fault),
}

/// Reads a credential. One newline at its end is not part of it.
pub(crate) fn read(path: &Path) -> Result<Kept, Unusable> {
    let shown = path.display();
    let cannot = |error: std::io::Error| {
        let what = format!("cannot read {shown}: {error}");
        let remedy = "create it, readable by the daemon's user and nobody else";
        Unusable::Unreadable(Fault::new(what, remedy))
    };

    let metadata = fs::metadata(path).map_err(cannot)?;
    // Asked before opening: opening a pipe would wait for somebody to write into it.
    if !metadata.is_file() {
        let remedy = "name a file that holds the credential and nothing else";
        let fault = Fault::new(format!("{shown} is not a file"), remedy);
        return Err(Unusable::Wrong(fault));
    }

    let mut bytes = Vec::new();
    let file = File::open(path).map_err(cannot)?;
    file.take(Secret::LENGTH_MAX + 1)
        .read_to_end(&mut bytes)
        .map_err(cannot)?;

    let secret = parse(bytes).map_err(|what| {
        let remedy = "write the credential into it, one line and nothing else";
        Unusable::Wrong(Fault::new(format!("{shown} {what}"), remedy))
    })?;
    let exposed = exposure(path, metadata.permissions().mode() & 0o777);
    Ok(Kept { secret, exposed })
}

fn parse(bytes: Vec<u8>) -> Result<Secret, &'static str> {
    if u64::try_from(bytes.len()).is_ok_and(|length| length > Secret::LENGTH_MAX) {
        return Err("is too long for a credential");
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not text")?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);

    if text.is_empty() {
        return Err("is empty");
    }
    if !text.chars().all(|c| c.is_ascii_graphic()) {
        return Err("holds more than one word of ASCII");
    }
    Ok(Secret::new(text))
}

fn exposure(path: &Path, mode: u32) -> Option<Fault> {
    let for_others = mode & 0o007;
    if for_others == 0 {
        return None;
    }
    let shown = path.display();
    Some(Fault::new(
        format!("{shown} is open to every user of this machine (mode {mode:04o})"),
        format!("run: chmod o-rwx {shown}"),
    ))
}
