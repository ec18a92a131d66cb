//! Maintenance: a nightly comparison with the gateway, a nightly backup, and old entries put away. tokio-cron-scheduler is
//! only the doorbell: when each job last ran is in the ledger, and whoever rings, what is due runs. It
//! knows nothing of charges.

mod archive;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::civil::Time;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan};
use tokio::sync::Notify;
use tokio_cron_scheduler::{Job, JobScheduler};
use tracing::{error, info};

use crate::engine::clock::Clock;
use crate::engine::handle::Handle;
use crate::store::{JobView, Reader};

/// When the bell rings: every minute.
const BELL: &str = "0 * * * * *";

/// What runs at night.
#[derive(Debug, Clone)]
pub struct Night {
    /// Where times of day are local.
    pub zone: TimeZone,
    /// When to compare with the gateway.
    pub reconcile_at: Time,
    /// When to back up.
    pub backup_at: Time,
    /// How many backups to keep.
    pub backups_kept: u16,
    /// After how many days entries of the journal move to files; never when there is none.
    pub journal_days: Option<u16>,
    /// Where backups go.
    pub directory: PathBuf,
}

/// Rings every minute until it is shut down. A bell that falls silent delays no charge and, because
/// others look too, no job for long.
///
/// # Errors
/// When the scheduler cannot start.
pub async fn ring(bell: Arc<Notify>, handle: Handle) -> Result<JobScheduler> {
    let scheduler = JobScheduler::new()
        .await
        .context("cannot make the scheduler")?;
    let job = Job::new_async(BELL, move |_, _| {
        let (bell, handle) = (bell.clone(), handle.clone());
        Box::pin(async move {
            handle.nudge();
            bell.notify_one();
        })
    })
    .context("cannot make the bell")?;
    scheduler.add(job).await.context("cannot hang the bell")?;
    scheduler
        .start()
        .await
        .context("cannot start the scheduler")?;
    Ok(scheduler)
}

/// Runs whatever is due, one job after the other.
pub async fn run_due<C: Clock>(night: &Night, clock: &C, handle: &Handle, reader: &Reader) {
    let jobs = match reader.jobs().await {
        Ok(jobs) => jobs,
        Err(why) => return error!(error = %chain(&why), "cannot read the ledger of jobs"),
    };
    if is_due("reconcile", night.reconcile_at, &jobs, night, clock.now()) {
        run("reconcile", handle, reconcile(handle)).await;
    }
    if is_due("backup", night.backup_at, &jobs, night, clock.now()) {
        run("backup", handle, back_up(night, reader, clock.now())).await;
    }
    if let Some(days) = night.journal_days
        && is_due("archive", night.backup_at, &jobs, night, clock.now())
    {
        let before = clock.now() - SignedDuration::from_hours(24 * i64::from(days));
        run("archive", handle, archive::archive(handle, reader, before)).await;
    }
}

async fn run(name: &'static str, handle: &Handle, job: impl Future<Output = Result<String>>) {
    if handle.job_started(name).await.is_err() {
        return;
    }
    let result = match job.await {
        Ok(result) => {
            info!(job = name, result, "job done");
            result
        }
        Err(why) => {
            error!(job = name, error = format!("{why:#}"), "job failed");
            format!("failed: {why:#}")
        }
    };
    if handle.job_ended(name, result).await.is_err() {
        info!(job = name, "stopped before the job was noted");
    }
}

/// Whether the latest of a job's moments has passed without a whole run. One that began and did not end
/// died with its process: jobs run one after the other, and whoever asks is between two.
fn is_due(name: &str, at: Time, jobs: &[JobView], night: &Night, now: Timestamp) -> bool {
    let today = night.zone.to_datetime(now).date();
    let moment = [today, today.saturating_sub(1.day())]
        .into_iter()
        .filter_map(|day| {
            night
                .zone
                .to_ambiguous_timestamp(day.to_datetime(at))
                .compatible()
                .ok()
        })
        .find(|moment| *moment <= now);
    let Some(moment) = moment else { return false };
    let last = jobs.iter().find(|job| job.name == name);
    last.is_none_or(|job| job.ended_at.is_none() || job.started_at < moment.as_microsecond())
}

async fn reconcile(handle: &Handle) -> Result<String> {
    let found = handle.reconcile().await.context("the engine is gone")?;
    let crate::engine::handle::Reconciled {
        compared,
        differing,
        unanswered,
    } = found;
    Ok(format!(
        "{compared} compared, {differing} differing, {unanswered} not answered"
    ))
}

async fn back_up(night: &Night, reader: &Reader, now: Timestamp) -> Result<String> {
    std::fs::create_dir_all(&night.directory)
        .with_context(|| format!("cannot create {}", night.directory.display()))?;
    let name = format!("dues-{}.db", now.strftime("%Y%m%dT%H%M%SZ"));
    let (whole, part) = (
        night.directory.join(&name),
        night.directory.join(format!("{name}.part")),
    );

    if part.exists() {
        std::fs::remove_file(&part).context("cannot remove a half-written backup")?;
    }
    reader.back_up(&part).await?;
    // The disk may take as long as it likes: charges go on.
    let (directory, kept) = (night.directory.clone(), usize::from(night.backups_kept));
    let finished = tokio::task::spawn_blocking(move || {
        synced(&part)?;
        std::fs::rename(&part, &whole)
            .with_context(|| format!("cannot name {}", whole.display()))?;
        // It is there whatever happens, before an older one goes.
        synced(&directory)?;
        prune(&directory, kept)
    });
    let removed = finished.await.context("finishing the backup failed")??;
    Ok(format!("wrote {name}, removed {removed}"))
}

/// Sees to it that what is written of a file, or the names in a directory, are on disk.
fn synced(path: &Path) -> Result<()> {
    let synced = std::fs::File::open(path).and_then(|file| file.sync_all());
    synced.with_context(|| format!("cannot sync {}", path.display()))
}

/// Removes the oldest backups; their names sort by age.
fn prune(directory: &Path, kept: usize) -> Result<usize> {
    let mut backups = Vec::new();
    for entry in std::fs::read_dir(directory).context("cannot list the backups")? {
        let path = entry.context("cannot list the backups")?.path();
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        if name.starts_with("dues-") && path.extension().is_some_and(|end| end == "db") {
            backups.push(path);
        }
    }
    backups.sort();

    let surplus = backups.len().saturating_sub(kept.max(1));
    for path in backups.iter().take(surplus) {
        std::fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(surplus)
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// How long others wait before they look by themselves whether a job is due.
pub const LOOK_EVERY: Duration = Duration::from_mins(5);

#[cfg(test)]
mod tests {
    use super::*;

    fn night() -> Night {
        Night {
            zone: TimeZone::get("Asia/Seoul").unwrap(),
            reconcile_at: Time::constant(4, 10, 0, 0),
            backup_at: Time::constant(4, 40, 0, 0),
            backups_kept: 2,
            journal_days: None,
            directory: PathBuf::new(),
        }
    }

    fn check(last: Option<&str>, now: &str, expected: bool) {
        check_after(last.map(|started| ran(started, true)), now, expected);
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ran(started: &str, has_ended: bool) -> JobView {
        JobView {
            name: "backup".to_owned(),
            started_at: at(started).as_microsecond(),
            ended_at: has_ended.then(|| at(started).as_microsecond()),
            result: has_ended.then(|| "done".to_owned()),
        }
    }

    fn check_after(last: Option<JobView>, now: &str, expected: bool) {
        let jobs: Vec<JobView> = last.into_iter().collect();
        assert_eq!(
            is_due("backup", night().backup_at, &jobs, &night(), at(now)),
            expected
        );
    }

    #[test]
    fn a_job_runs_once_a_night_and_catches_up() {
        check(None, "2026-01-01T12:00:00+09:00", true);
        check(
            Some("2026-01-01T04:40:00+09:00"),
            "2026-01-01T04:41:00+09:00",
            false,
        );
        check(
            Some("2026-01-01T04:40:00+09:00"),
            "2026-01-02T04:39:59+09:00",
            false,
        );
        check(
            Some("2026-01-01T04:40:00+09:00"),
            "2026-01-02T04:40:00+09:00",
            true,
        );
        check(
            Some("2026-01-01T04:40:00+09:00"),
            "2026-01-09T23:00:00+09:00",
            true,
        );
    }

    #[test]
    fn a_job_that_died_with_its_process_runs_again() {
        let interrupted = ran("2026-01-01T04:40:00+09:00", false);
        check_after(Some(interrupted), "2026-01-01T04:41:00+09:00", true);
    }

    #[test]
    fn the_oldest_backups_go() {
        let directory = tempfile::tempdir().unwrap();
        for name in ["dues-1.db", "dues-2.db", "dues-3.db", "notes.txt"] {
            std::fs::write(directory.path().join(name), "x").unwrap();
        }
        assert_eq!(prune(directory.path(), 2).unwrap(), 1);
        let mut left: Vec<String> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        left.sort();
        assert_eq!(left, ["dues-2.db", "dues-3.db", "notes.txt"]);
    }
}
