//! `dues sandbox`: the whole life of a dozen subscriptions, live.

use std::io::Write;
use std::time::Duration;

use clap::Args;

use crate::cli::exit::{Exit, Failure};
use crate::daemon::sandbox::{self, Options};

/// How fast, and for how long.
#[derive(Debug, Clone, Args)]
pub(super) struct Sandbox {
    /// How fast time goes: what passes in the sandbox, and what passes here
    #[arg(long, value_name = "SPAN=SPAN", default_value = "1d=1s", value_parser = speed)]
    speed: u32,
    /// When to end, in real time
    #[arg(long = "for", value_name = "SPAN", default_value = "30s", value_parser = span)]
    lasts: Duration,
}

/// Runs it. Fails when the sums do not add up.
pub(super) fn run(sandbox: &Sandbox) -> Result<Exit, Failure> {
    let mut stdout = std::io::stdout().lock();
    let mut say = |line: &str| {
        writeln!(stdout, "{line}")?;
        stdout.flush()
    };
    let options = Options {
        speed: sandbox.speed,
        lasts: sandbox.lasts,
    };
    let summary = match sandbox::run(options, &mut say) {
        Ok(summary) => summary,
        Err(why) if is_closed_pipe(&why) => return Ok(Exit::Done),
        Err(why) => return Err(Failure::new(Exit::Failed, why)),
    };
    if summary.adds_up() {
        Ok(Exit::Done)
    } else {
        let what = "the sums above do not add up: that is a bug";
        Err(Failure::said(Exit::Failed, what.to_owned()))
    }
}

/// Whoever read the story has seen enough.
fn is_closed_pipe(why: &anyhow::Error) -> bool {
    why.chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

/// The longest that a sandbox may run.
const SPAN_MAX: Duration = Duration::from_hours(24);

/// The fastest clock: twelve days a second. Beyond that, charges overlap their own deadlines.
const SPEED_MAX: u64 = 12 * 86_400;

fn span(text: &str) -> Result<Duration, String> {
    let bad =
        || format!("{text:?} is not a span: write a number and ms, s, m, h or d, such as 30s");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let count: u64 = digits.parse().map_err(|_| bad())?;
    let unit = match text.get(digits.len()..).unwrap_or("") {
        "ms" => Duration::from_millis(1),
        "s" => Duration::from_secs(1),
        "m" => Duration::from_mins(1),
        "h" => Duration::from_hours(1),
        "d" => Duration::from_hours(24),
        _ => return Err(bad()),
    };
    let count = u32::try_from(count).map_err(|_| bad())?;
    let span = unit.checked_mul(count).ok_or_else(bad)?;
    if span.is_zero() {
        Err(format!("{text:?} is no time at all"))
    } else {
        Ok(span)
    }
    .and_then(|span| {
        let too_long = format!("{text:?} is longer than a day");
        if span > SPAN_MAX {
            Err(too_long)
        } else {
            Ok(span)
        }
    })
}

fn speed(text: &str) -> Result<u32, String> {
    let (there, here) = text
        .split_once('=')
        .ok_or_else(|| format!("{text:?} is not a speed: write 1d=1s"))?;
    let (there, here) = (span(there)?, span(here)?);
    let times = there.as_millis() / here.as_millis().max(1);
    match u64::try_from(times) {
        Ok(times @ 1..=SPEED_MAX) => Ok(u32::try_from(times).unwrap_or(u32::MAX)),
        _ => Err(format!("{text:?} is out of range: from 1s=1s to 12d=1s")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn speeds_and_spans_are_read() {
        assert_eq!(speed("1d=1s"), Ok(86_400));
        assert_eq!(speed("1h=1s"), Ok(3_600));
        assert_eq!(span("30s"), Ok(Duration::from_secs(30)));
        assert_eq!(span("500ms"), Ok(Duration::from_millis(500)));
        for bad in ["", "s", "30", "-1s", "0s", "2d", "30sec"] {
            assert!(span(bad).is_err(), "{bad}");
        }
        for bad in ["", "1d", "1s=1d", "1d=1ms", "=", "1d=0s"] {
            assert!(speed(bad).is_err(), "{bad}");
        }
    }
}
