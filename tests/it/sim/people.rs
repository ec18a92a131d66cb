//! What people do in a simulation: they import, approve, change the configuration, and pay.

use std::collections::BTreeMap;

use dues::core::guard::Caps;
use dues::core::plan::Terms;
use dues::engine::clock::Clock;
use dues::gateway::simulator::ledger::Status;
use dues::store::{ChangeName, Who};
use jiff::Timestamp;

use crate::shop;
use crate::sim::Sim;

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Sim<N> {
    /// Adds subscriptions of so many people, each with a card of their own.
    pub(crate) async fn import(&mut self, people: &[&str], plan: &str, anchor: &str) {
        let anchor_at = shop::instant(anchor);
        let wanted = people
            .iter()
            .map(|name| shop::wanted(name, name, plan, anchor_at));
        let added = self
            .handle()
            .add(wanted.collect(), Who::named("test"))
            .await;
        let added = added.expect("the engine runs").expect("no key").answer;
        assert!(added.iter().all(Result::is_ok), "{added:?}");
    }

    /// The daemon is started anew, and takes a disk with fewer free bytes for full.
    pub(crate) async fn takes_for_full(&mut self, disk_low_bytes: u64) {
        self.settle().await;
        self.stop().await;
        self.disk_low_bytes = disk_low_bytes;
        self.crash().await;
    }

    /// The daemon is started anew, and may call the gateway so many times a second.
    pub(crate) async fn calls_at_most(&mut self, calls_per_second: u32) {
        self.settle().await;
        self.stop().await;
        self.calls_per_second = Some(calls_per_second);
        self.crash().await;
    }

    /// The daemon is started anew, with these caps on what it may charge.
    pub(crate) async fn is_capped(&mut self, caps: Caps) {
        self.settle().await;
        self.stop().await;
        self.caps = caps;
        self.crash().await;
    }

    /// The daemon is started anew, and sells these plans.
    pub(crate) async fn sells(&mut self, terms: Vec<Terms>) {
        self.settle().await;
        self.stop().await;
        self.terms = terms;
        self.crash().await;
    }

    /// What plans cost by now is applied to everybody who was there before; tells for how many it differs.
    pub(crate) async fn apply_prices(&mut self) -> u64 {
        let (mut name, mut after) = (ChangeName::default(), Some(-1));
        while let Some(key) = after {
            let behind = self.reader().behind(key, self.stage.now(), 1).await;
            let (found, next) = behind.expect("it can be read");
            for one in &found {
                name.add(one, &one.outlook.expect("not too dear"));
            }
            after = next;
        }
        let Some(name) = name.text() else {
            return 0;
        };
        let applied = self.handle().apply_plans(&name, Who::named("test")).await;
        let applied = applied
            .expect("the engine runs")
            .expect("it is what it was");
        applied.answer.subscriptions
    }

    /// A person approves a batch; tells what became of it.
    pub(crate) async fn approve(&mut self, hash: &str) -> String {
        let approved = self.handle().approve(hash, Who::named("test")).await;
        match approved.expect("the engine runs") {
            Ok(given) => format!("approved {}", given.answer.words()),
            Err(why) => why.to_string(),
        }
    }

    /// What people paid from then on, by the gateway's books: uid, amount and moment.
    pub(crate) fn payments_since(&self, from: Timestamp) -> BTreeMap<String, (i64, Timestamp)> {
        self.gateway.with(|gateway, _| {
            let payments = gateway.ledger().payments().iter();
            let paid = payments.filter(|payment| payment.status == Status::Paid);
            let since = paid.filter(|payment| payment.made_at >= from);
            since
                .map(|one| (one.merchant_uid.to_string(), (one.amount, one.made_at)))
                .collect()
        })
    }
}
