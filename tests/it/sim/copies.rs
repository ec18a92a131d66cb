//! What befalls the database between two lives of the process: an older copy is put back, the machine
//! is cloned, a second process takes over.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use dues::gateway::simulator::behaviour::Behaviour;
use dues::gateway::simulator::switches::Switches;
use jiff::Timestamp;
use sqlx::Connection;
use tempfile::TempDir;

use crate::shop;
use crate::sim::Sim;

/// The file beside the database.
pub(crate) const SIDECAR: &str = "dues.generation";

/// How long a stop that waits for answers waits, by the clock of the machine that tests run on.
const PATIENCE: Duration = Duration::from_mins(5);

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Sim<N> {
    /// Writes a copy of the database as it is, as the nightly backup does.
    pub(crate) async fn back_up(&mut self) -> (TempDir, PathBuf) {
        let directory = tempfile::tempdir().expect("a directory");
        let copy = directory.path().join("copy.db");
        sqlx::query("VACUUM INTO ?1")
            .bind(copy.to_string_lossy().into_owned())
            .execute(&mut self.back_door)
            .await
            .expect("it is copied");
        (directory, copy)
    }

    /// The process dies; what it comes back to is this copy beside the file that was there.
    pub(crate) async fn come_back_to(&mut self, copy: &Path) {
        self.running = None;
        self.stage.forget_answers();
        let directory = tempfile::tempdir().expect("a directory");
        fs::copy(copy, directory.path().join("dues.db")).expect("it is put back");
        fs::copy(self.sidecar(), directory.path().join(SIDECAR)).expect("it stays");

        self.directory = directory;
        let back_door = shop::back_door(self.directory.path()).await;
        let old = std::mem::replace(&mut self.back_door, back_door);
        old.close().await.expect("it is closed");
        self.crash().await;
    }

    /// The process dies and comes back on another machine.
    pub(crate) async fn wake_elsewhere(&mut self) {
        self.machine = "another";
        self.crash().await;
    }

    /// The file beside the database.
    pub(crate) fn sidecar(&self) -> PathBuf {
        self.directory.path().join(SIDECAR)
    }

    /// Where everything is.
    pub(crate) fn directory(&self) -> &Path {
        self.directory.path()
    }

    /// From now on the gateway takes this long for an answer.
    pub(crate) fn slow_down(&self, latency: Duration) {
        self.behaves(Switches {
            latency,
            ..Switches::honest()
        });
    }

    /// From now on the gateway behaves like this.
    pub(crate) fn behaves(&self, switches: Switches) {
        self.gateway
            .with(|gateway, _| gateway.set_switches(switches));
    }

    /// The daemon is started anew, and waits for answers when it is stopped.
    pub(crate) async fn will_wait_for_answers(&mut self) {
        self.settle().await;
        self.stop().await;
        self.grace = PATIENCE;
        self.crash().await;
    }

    /// Stops the engine, and lets the world go on until then while it waits for answers.
    pub(crate) async fn stops_until(&mut self, end: &str) {
        self.settle().await;
        let running = self.running.take().expect("it runs");
        running.stop.send_replace(true);
        self.stage.move_to(shop::instant(end));
        self.has_ended(running).await;
        self.grace = Duration::ZERO;
    }

    /// Every `merchant_uid` of a table, in order.
    pub(crate) async fn uids(&mut self, table: &'static str) -> Vec<String> {
        let sql = match table {
            "attempt" => "SELECT merchant_uid FROM attempt ORDER BY subscription_key, n, k",
            _ => "SELECT merchant_uid FROM charge ORDER BY subscription, cycle",
        };
        let uids = sqlx::query_scalar(sql).fetch_all(&mut self.back_door).await;
        uids.expect("uids")
    }

    /// Somebody gives the newest payment back, at the gateway's console.
    pub(crate) fn gives_back_the_newest(&self) -> String {
        let refunded = self.gateway.with(Behaviour::refund_newest);
        refunded.expect("there is one")
    }

    /// The next time that the clock moves to: the engine comes to its end, and says this.
    pub(crate) async fn ends_by_itself_at(&mut self, at: &str) -> String {
        self.stage.move_to(shop::instant(at));
        let mut running = self.running.take().expect("it runs");
        let ended = tokio::select! {
            Some(ended) = running.engine.join_next() => ended.expect("it did not panic"),
            () = self.stage.is_idle() => panic!("it goes on"),
        };
        ended.expect_err("it cannot go on").to_string()
    }

    /// How many requests of any kind came to the gateway.
    pub(crate) fn requests(&self) -> u64 {
        self.gateway.with(|gateway, _| gateway.requests())
    }

    /// How often the gateway was asked to charge.
    pub(crate) fn tries(&self, merchant_uid: &str) -> u32 {
        self.gateway
            .with(|gateway, _| gateway.ledger().tries(merchant_uid))
    }
}
