//! What befalls the database between two lives of the process: an older copy is put back as the
//! documents say, the shop moves to another machine and back, the file beside the database is lost.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use tempfile::TempDir;

use crate::core::change_plan::Begins;
use crate::core::plan::Terms;
use crate::core::window::Window;
use crate::engine::handle::Stop;
use crate::sim::books::{BackDoor, Books};
use crate::sim::desk::Asked;
use crate::sim::opening::{self, DATABASE, LOG, StateDirectory};
use crate::sim::story::Story;
use crate::sim::world::{Asking, World};
use crate::store::Command;

/// The file beside the database.
const SIDECAR: &str = "dues.generation";

/// A copy of the database, as the nightly backup makes it.
#[derive(Debug)]
pub(super) struct Copy {
    directory: TempDir,
    asked: usize,
}

/// A state directory that was left.
#[derive(Debug)]
pub(super) struct Left {
    directory: StateDirectory,
    machine: &'static str,
    asked: usize,
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// Makes a copy.
    pub(super) async fn back_up(&mut self) -> Result<()> {
        let directory = opening::directory()?;
        let path = directory.path().join(DATABASE);
        sqlx::query("VACUUM INTO ?1")
            .bind(path.to_string_lossy().into_owned())
            .execute(self.world.door.connection())
            .await
            .context("cannot copy the database")?;
        let asked = self.asked_in_it();
        self.copy = Some(Copy { directory, asked });
        Ok(())
    }

    /// Puts the last copy in the place of the database, as docs/install.md says: stop, wait until nothing
    /// is under way any more, replace the database and leave everything else, let the charge window begin
    /// some hours from now.
    pub(super) async fn put_back(&mut self) -> Result<()> {
        let Some(copy) = self.copy.take() else {
            return Ok(());
        };
        self.world.marks.met("copy: put back");
        self.stops_for_long().await?;
        // In this process the old connections may still be closing, and would take the new log with
        // them: so it is the file beside the database that moves.
        let sidecar = self.world.directory.path().join(SIDECAR);
        if sidecar.exists() {
            fs::copy(sidecar, copy.directory.path().join(SIDECAR))?;
        }
        self.world.directory = StateDirectory::of(copy.directory);
        let directory = self.world.directory.path().to_owned();

        let now = self.world.stage.true_now();
        let later = Window::parse(hour_far_from(now))?;
        for terms in &mut self.world.shop.terms {
            terms.window = later;
        }
        self.other_windows_since = Some(now);
        self.asks_again_from = Some(self.asks_again_from.unwrap_or(copy.asked).min(copy.asked));
        self.comes_back_to(directory.as_path()).await
    }

    /// Goes on from a copy of everything, on another machine.
    pub(super) async fn move_away(&mut self) -> Result<()> {
        self.world.marks.met("copy: moved away");
        self.stops_for_long().await?;
        let there = opening::directory()?;
        for name in [DATABASE, LOG, SIDECAR] {
            let here = self.world.directory.path().join(name);
            if here.exists() {
                fs::copy(here, there.path().join(name))?;
            }
        }
        let there = StateDirectory::of(there);
        let here = std::mem::replace(&mut self.world.directory, there);
        let machine = std::mem::replace(&mut self.world.machine, "there");
        self.left = Some(Left {
            directory: here,
            machine,
            asked: self.asked_in_it(),
        });
        let directory = self.world.directory.path().to_owned();
        self.comes_back_to(&directory).await
    }

    /// Goes back to where everything was before the move, and is as it was then. No fence can see that:
    /// the gateway's refusal of a second payment is what is left.
    pub(super) async fn move_back(&mut self) -> Result<()> {
        let Some(left) = self.left.take() else {
            return Ok(());
        };
        self.world.marks.met("copy: moved back");
        self.stops_for_long().await?;
        self.world.directory = left.directory;
        self.world.machine = left.machine;
        self.was_rolled_back = true;
        self.copy = None;
        self.asks_again_from = Some(self.asks_again_from.unwrap_or(left.asked).min(left.asked));
        let directory = self.world.directory.path().to_owned();
        self.comes_back_to(&directory).await
    }

    /// The file beside the database is gone after a stop.
    pub(super) async fn lose_sidecar(&mut self) -> Result<()> {
        self.world.marks.met("copy: without the file beside it");
        self.world.stops().await?;
        self.world.audit().await?;
        remove(&self.world.directory.path().join(SIDECAR))?;
        self.world.start().await
    }

    /// How much of what was asked is in the database: what a copy does not know may still have to be
    /// asked again.
    fn asked_in_it(&self) -> usize {
        let all = self.asked.len();
        self.asks_again_from.map_or(all, |from| from.min(all))
    }

    /// Whether the gateway was asked about everything that a restored copy does not know, so that the
    /// desk can ask for what it has in its own records.
    pub(super) fn can_ask_again(&self) -> Result<bool> {
        if self.asks_again_from.is_none() {
            return Ok(false);
        }
        Ok(!self.is_stopped(Stop::Fence)? && !self.is_stopped(Stop::Clock)?)
    }

    /// Asks for what a copy does not know, and takes the old charge windows back.
    pub(super) async fn ask_again(&mut self) -> Result<()> {
        let Some(from) = self.asks_again_from.take() else {
            return Ok(());
        };
        let lost = self.asked.split_off(from.min(self.asked.len()));
        // From here on the records have other places, also for those who come back to another copy.
        for place in [
            self.copy.as_mut().map(|copy| &mut copy.asked),
            self.left.as_mut().map(|left| &mut left.asked),
        ]
        .into_iter()
        .flatten()
        {
            *place = from.min(*place);
        }
        for asked in lost {
            let is_to_be_said_again = match &asked {
                Asked::Add(_)
                | Asked::Do(
                    Command::Cancel(_)
                    | Command::CancelAtPeriodEnd(_)
                    | Command::CancelEarly(..)
                    | Command::Uncancel(_)
                    | Command::Pause(_)
                    | Command::PauseUntil(..)
                    | Command::Suspend(_)
                    | Command::ChangeCard(..)
                    | Command::ChangePlan(_, _, Begins::AtPeriodEnd)
                    | Command::Consent(..)
                    | Command::Skip(_, Some(_))
                    | Command::Retry(..)
                    | Command::ChangeQuantity(_, _, Begins::AtPeriodEnd)
                    | Command::Coupon(..)
                    | Command::TakeCouponAway(_),
                ) => true,
                // What a change now would be worth is another sum by now.
                Asked::Do(
                    Command::ChangePlan(_, _, Begins::Now)
                    | Command::ChangeQuantity(_, _, Begins::Now)
                    | Command::Resume(..)
                    | Command::Reactivate(..)
                    | Command::Release(..)
                    | Command::Skip(_, None),
                ) => false,
            };
            if is_to_be_said_again {
                Box::pin(self.ask(asked)).await?;
            }
        }
        self.world
            .shop
            .terms
            .clone_from(&self.world.shop.terms_drawn);
        self.reload().await
    }

    pub(super) async fn reload(&mut self) -> Result<()> {
        let standards = self.world.shop.standards().context("no plans")?;
        let terms: Vec<Terms> = self.world.shop.terms.clone();
        // What has begun by now began before it (seed 304260).
        self.world.audit().await?;
        self.world.gate.goes_carefully();
        let handle = self.world.handle()?;
        let reloading = async { handle.reload(terms, standards).await };
        if self.world.ask(reloading).await? == Asking::Dead {
            // It comes back with the windows that it was to take.
            Box::pin(self.come_back()).await?;
        }
        // What was written down before was by the windows before.
        self.world.audit().await?;
        self.world.learn_plans().await
    }

    /// Stops, and waits until nothing that was sent can still be under way, and the gateway's history
    /// shows all of it.
    async fn stops_for_long(&mut self) -> Result<()> {
        self.world.stops().await?;
        self.world.audit().await?;
        let shop = &self.world.shop;
        let wait = shop.worst_delay() + shop.switches.lookup_lag;
        self.wait_down(wait).await
    }

    async fn comes_back_to(&mut self, directory: &Path) -> Result<()> {
        self.world.refold(directory).await?;
        self.world.start().await
    }
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    /// Reads the database of a directory from the beginning.
    async fn refold(&mut self, directory: &Path) -> Result<()> {
        self.goes_through(BackDoor::open(directory).await?);
        self.books = Books::default();
        for entry in self.door.entries_after(0).await? {
            self.books.take(&entry)?;
        }
        self.read_at = None;
        self.laws.forget(&self.books);
        self.quiet.forget(self.stage.true_now());
        self.laws.credits.learn(&self.books);
        self.learn_plans().await
    }
}

/// An hour of the day that does not come soon.
fn hour_far_from(now: Timestamp) -> &'static str {
    let seoul = TimeZone::get("Asia/Seoul").map(|zone| zone.to_datetime(now).hour());
    match seoul {
        Ok(0..=5) => "11:00-12:00",
        Ok(6..=11) => "17:00-18:00",
        Ok(12..=17) => "22:00-23:00",
        _ => "04:00-05:00",
    }
}

fn remove(path: &Path) -> Result<()> {
    if path.exists() {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(())
}
