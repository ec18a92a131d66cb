//! What people do in a simulation: they import, approve, and change the configuration.

use dues::core::guard::Caps;
use dues::core::plan::Terms;
use dues::store::Who;
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

    /// A person approves a batch; tells what became of it.
    pub(crate) async fn approve(&mut self, hash: &str) -> String {
        let approved = self.handle().approve(hash, Who::named("test")).await;
        match approved.expect("the engine runs") {
            Ok(given) => format!("approved {}", given.answer.words()),
            Err(why) => why.to_string(),
        }
    }
}
