//! Watching the disk: a charge whose outcome cannot be written down is worse than a late one.

use std::time::Duration;

use jiff::Timestamp;

use crate::core::answer::Words;
use crate::engine::clock::Clock;
use crate::engine::handle::Stop;
use crate::engine::{Engine, tell};
use crate::gateway::Gateway;
use crate::store::Advice;

/// How often the disk is looked at.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// When the disk is looked at next, and what is too little.
#[derive(Debug)]
pub(super) struct DiskWatch {
    low_bytes: u64,
    look_at: Timestamp,
}

impl DiskWatch {
    pub(super) const fn new(low_bytes: u64, now: Timestamp) -> Self {
        Self {
            low_bytes,
            look_at: now,
        }
    }

    /// The time that we carry was corrected: it looks now, and not when the wrong time would come.
    pub(super) fn was_corrected(&mut self, now: Timestamp) {
        self.look_at = now;
    }
}

impl<G: Gateway, C: Clock> Engine<G, C> {
    /// Looks at the disk now and then. Little room stops new charges; nearly none gives up the
    /// ballast, so that what is under way can be recorded.
    pub(super) fn keep_room_on_disk(&mut self) {
        let now = self.clock.now();
        if self.watch.low_bytes == 0 || now < self.watch.look_at {
            return;
        }
        self.watch.look_at = now.checked_add(LOOK_EVERY).unwrap_or(Timestamp::MAX);

        let disk = self.writer.disk();
        let free = match disk.free_bytes() {
            Ok(free) => free,
            Err(error) => return tell::disk_unseen(&error),
        };
        match Advice::for_free(free, self.watch.low_bytes) {
            Advice::Charge => {
                if let Err(error) = disk.lay_ballast() {
                    tell::no_ballast(&error);
                }
                if self.gate.go(Stop::Disk) {
                    tell::disk_has_room();
                }
            }
            Advice::Stay => {}
            Advice::Stop => self.stop_for_room(free),
            Advice::GiveUpBallast => {
                match disk.give_up_ballast() {
                    Ok(true) => tell::ballast_given_up(),
                    Ok(false) => {}
                    Err(error) => tell::no_ballast(&error),
                }
                self.stop_for_room(free);
            }
        }
    }

    fn stop_for_room(&mut self, free: u64) {
        let words = format!(
            "{} MiB are free on the disk of {}: make room; charging goes on by itself",
            free >> 20,
            self.writer.disk().directory().display()
        );
        if self.gate.stop(Stop::Disk, Words::new(&words)) {
            tell::disk_low(&words);
        }
    }
}
