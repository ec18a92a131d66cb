//! What the machine's host gave to others meanwhile. On a machine that is shared a figure means little
//! without it.

use std::io;

/// A look at the kernel's count of time on all processors.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stolen {
    all: u64,
    stolen: u64,
}

impl Stolen {
    /// From here on.
    pub(crate) fn look() -> io::Result<Self> {
        let text = std::fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        // "cpu", then user, nice, system, idle, iowait, irq, softirq and steal (proc(5)).
        let times = line.split_whitespace().skip(1).take(8);
        let times: Vec<u64> = times.map(|time| time.parse().unwrap_or(0)).collect();
        Ok(Self {
            all: times.iter().sum(),
            stolen: times.get(7).copied().unwrap_or(0),
        })
    }

    /// How much of the time since then was the host's, in percent.
    pub(crate) fn percent(self) -> io::Result<u64> {
        let now = Self::look()?;
        let all = now.all.saturating_sub(self.all).max(1);
        Ok(now.stolen.saturating_sub(self.stolen) * 100 / all)
    }
}
