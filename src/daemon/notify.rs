//! What systemd is told. Outside systemd all of it does nothing.

use std::time::Duration;

use sd_notify::NotifyState;
use tracing::debug;

/// Everything is up.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// What we are doing, in a line for `systemctl status`.
pub(super) fn status(line: &str) {
    tell(&[NotifyState::Status(line)]);
}

/// The configuration is being read anew.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(why) => debug!(%why, "cannot read the monotonic clock"),
    }
}

/// The stop has begun.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// We are alive.
pub(super) fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// How often [`alive`] is to be said at least, if systemd asks for it.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled()
}

fn tell(state: &[NotifyState<'_>]) {
    if let Err(why) = sd_notify::notify(state) {
        debug!(%why, "cannot tell systemd");
    }
}
