//! The power is cut in the middle of a write, and comes back. What the process had on disk must be there:
//! whatever was read from the journal before, and nothing that is half a write.

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use crate::sim::books::BackDoor;
use crate::sim::disk::Fuse;
use crate::sim::draw::Draws;
use crate::sim::story::Story;
use crate::sim::world::World;

/// A power cut, drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cut {
    /// In which write or sync from its moment on.
    pub(super) writes: u32,
    /// What is lost.
    pub(super) seed: u64,
    /// Whether it comes while the log is copied into the database, which is begun for it.
    pub(super) is_in_checkpoint: bool,
    /// In which write of the start after it the power goes once more.
    pub(super) again: Option<u32>,
}

impl Cut {
    pub(super) fn draw(draws: &mut Draws) -> Self {
        let longest = draws.one_of([4, 40, 120]);
        let below = |draws: &mut Draws, end| u32::try_from(draws.below(end)).unwrap_or(0);
        Self {
            writes: below(draws, longest),
            seed: draws.number(),
            is_in_checkpoint: draws.one_in(3),
            again: draws.one_in(4).then(|| below(draws, 60)),
        }
    }
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// The power is to be cut.
    pub(super) async fn plan_cut(&mut self, cut: Cut) -> Result<()> {
        let draws = Draws::new(cut.seed, "power");
        let directory = self.world.directory.path();
        self.world.fuse = Some(Fuse::lay(directory, cut.writes, draws));
        if !cut.is_in_checkpoint {
            return Ok(());
        }
        let copied = sqlx::query("PRAGMA wal_checkpoint(PASSIVE)")
            .execute(self.world.door.connection())
            .await;
        if self.world.is_cut() {
            self.world.marks.met("power: cut in a checkpoint");
            return self.come_back().await;
        }
        copied.context("cannot copy the log into the database")?;
        Ok(())
    }

    /// Starts the process; the power may go once more meanwhile.
    pub(super) async fn start_after(&mut self, cut: Option<Cut>) -> Result<()> {
        let again = cut.and_then(|cut| Some((cut.again?, cut.seed)));
        let Some((writes, seed)) = again else {
            return self.world.start().await;
        };
        let directory = self.world.directory.path();
        let fuse = Fuse::lay(directory, writes, Draws::new(seed, "once more"));
        self.world.fuse = Some(fuse);
        match self.world.start().await {
            Err(_) if self.world.is_cut() => {
                self.world.marks.met("power: cut in a start");
                self.world.has_power_again().await?;
                self.world.start().await
            }
            started => started,
        }
    }
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> World<N> {
    pub(super) fn is_cut(&self) -> bool {
        self.fuse.as_ref().is_some_and(Fuse::is_cut)
    }

    /// The power is back: the database opens, is sound, and has what was read from it.
    pub(super) async fn has_power_again(&mut self) -> Result<()> {
        self.marks.met("power: cut in a write");
        self.fuse = None;
        self.directory.forget_connections();
        self.door = BackDoor::open(self.directory.path()).await?;
        self.read_at = None;
        let connection = self.door.connection();
        let sound: String = sqlx::query_scalar("PRAGMA integrity_check")
            .fetch_one(&mut *connection)
            .await
            .context("after a power cut")?;
        ensure!(sound == "ok", "after a power cut the database is {sound}");
        let last: Option<i64> = sqlx::query_scalar("SELECT max(seq) FROM journal")
            .fetch_one(connection)
            .await
            .context("after a power cut")?;
        let (last, seen) = (last.unwrap_or(0), self.books.seen());
        ensure!(
            last >= seen,
            "a power cut took entries {} to {seen} of the journal",
            last + 1
        );
        Ok(())
    }
}
