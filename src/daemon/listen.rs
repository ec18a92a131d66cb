//! The local socket: handed over by systemd, or made here.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use anyhow::{Context, Result};

/// Owner and group may connect; the group is the socket directory's.
const SOCKET_MODE: u32 = 0o660;

/// The socket that commands are answered on. The database's lock is ours by now, so a file that is in
/// the way belongs to a daemon that is gone.
pub(super) fn socket(path: &Path) -> Result<UnixListener> {
    let handed = listenfd::ListenFd::from_env()
        .take_unix_listener(0)
        .context("the socket that systemd handed over is not a stream socket")?;
    if let Some(listener) = handed {
        return waits_for_nobody(listener);
    }

    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot create {}", directory.display()))?;
    }
    if let Err(why) = fs::remove_file(path)
        && why.kind() != std::io::ErrorKind::NotFound
    {
        return Err(why).with_context(|| format!("cannot replace {}", path.display()));
    }
    let listener =
        UnixListener::bind(path).with_context(|| format!("cannot listen on {}", path.display()))?;
    fs::set_permissions(path, fs::Permissions::from_mode(SOCKET_MODE))
        .with_context(|| format!("cannot set the mode of {}", path.display()))?;
    waits_for_nobody(listener)
}

/// As a runtime wants it.
fn waits_for_nobody(listener: UnixListener) -> Result<UnixListener> {
    listener
        .set_nonblocking(true)
        .context("cannot use the socket without waiting on it")?;
    Ok(listener)
}
