//! One seed, from the first subscriber to the last check: what was drawn befalls the shop, the process
//! dies and comes back, people and the desk do their part.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use crate::engine::clock::Clock;
use crate::engine::handle::Stop;
use crate::gateway::simulator::outcome::Outcome;
use crate::gateway::simulator::switches::{Keys, Rates, Switches};
use crate::sim::agenda::{Act, Crowd, Death, Key};
use crate::sim::copies::{Copy, Left};
use crate::sim::desk::Asked;
use crate::sim::draw::Draws;
use crate::sim::port::{Line, Moment};
use crate::sim::shop;
use crate::sim::stage::later;
use crate::sim::world::{Asking, Settled, World};

/// Of so many deaths one has the database opened anew. The others leave to the next process what they had
/// open, once it took back what was not committed: that is what a new one finds.
const REOPENED_ONE_IN: u64 = 32;

/// A story under way. `N` is the gateway's clock.
pub(super) struct Story<N> {
    pub(super) world: World<N>,
    pub(super) draws: Draws,
    connection_draws: Draws,
    /// What was asked of the daemon so far, as the desk's own records have it.
    pub(super) asked: Vec<Asked>,
    /// What was refused because nobody knew what time it was; it is asked again when that is known.
    pub(super) too_early: Vec<Asked>,
    pub(super) copy: Option<Copy>,
    pub(super) left: Option<Left>,
    /// From here on the desk asks again for what a restored copy does not know, once nobody can be
    /// charged by mistake.
    pub(super) asks_again_from: Option<usize>,
    /// Whether the shop went back to a disk on which facts were lost that no fence can see.
    pub(super) was_rolled_back: bool,
    /// Since when the charge windows are other ones than in the beginning.
    pub(super) other_windows_since: Option<Timestamp>,
    /// From here on nothing goes wrong, and the desk answers at once.
    pub(super) is_calm: bool,
    /// When the desk last approved a batch.
    pub(super) approved_at: Timestamp,
    /// Whether, in the end, nobody is charged until a person has looked at what the fence found.
    pub(super) is_held: bool,
    death: Option<Death>,
    down: Duration,
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    pub(super) fn new(world: World<N>, seed: u64) -> Self {
        Self {
            world,
            draws: Draws::new(seed, "story"),
            connection_draws: Draws::new(seed, "connections"),
            asked: Vec::new(),
            too_early: Vec::new(),
            copy: None,
            left: None,
            asks_again_from: None,
            was_rolled_back: false,
            other_windows_since: None,
            is_held: false,
            is_calm: false,
            approved_at: Timestamp::MIN,
            death: None,
            down: Duration::ZERO,
        }
    }

    /// Lets the world go on until then; whoever dies is started again.
    pub(super) async fn go_until(&mut self, end: Timestamp) -> Result<()> {
        loop {
            match self.world.settle().await? {
                Settled::Dead => self.come_back().await?,
                Settled::Idle => {
                    self.world.audit().await?;
                    if self.can_ask_again()? {
                        self.ask_again().await?;
                    } else if self.can_ask_now()? {
                        self.ask_now().await?;
                    } else if self.is_calm && self.can_approve()? {
                        self.approve().await?;
                    } else if !self.world.step(end)? {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Lets something befall the shop.
    pub(super) async fn befalls(&mut self, act: Act) -> Result<()> {
        let now = self.world.stage.true_now();
        self.world.trace.tell(now, format_args!("{act:?}"));
        match act {
            Act::Join(place) => {
                let person = self.world.shop.people.get(place);
                let person = person.cloned().context("a person that was drawn")?;
                self.ask(Asked::Add(person)).await
            }
            Act::Desk(place, wish) => self.wish(place, wish).await,
            Act::Review => self.review().await,
            Act::Reconcile => self.reconcile().await,
            Act::Nudge => {
                self.world.handle()?.nudge();
                Ok(())
            }
            Act::Crash(death, down) => {
                self.down = down;
                self.plan_death(death).await
            }
            Act::Stop(down) => {
                self.world.marks.met("stopped in good order");
                self.world.stops().await?;
                self.world.audit().await?;
                self.wait_down(down).await?;
                self.world.start().await
            }
            Act::Clock(ahead) => {
                self.set_clock(ahead);
                Ok(())
            }
            Act::Line(line) => {
                self.set_line(line);
                Ok(())
            }
            Act::Key(key) => {
                self.set_key(key);
                Ok(())
            }
            Act::BackUp => self.back_up().await,
            Act::PutBack => self.put_back().await,
            Act::MoveAway => self.move_away().await,
            Act::MoveBack => self.move_back().await,
            Act::LoseSidecar => self.lose_sidecar().await,
            Act::Price(place, amount) => self.change_price(place, amount).await,
            Act::Apply(place, amount, in_days) => self.apply_price(place, amount, in_days).await,
            Act::Crowd(crowd) => {
                self.set_crowd(crowd);
                Ok(())
            }
            Act::Outage(outcome) => {
                self.set_outage(outcome);
                Ok(())
            }
            Act::Second => self.start_a_second().await,
            Act::Refund => {
                let refunded = |gateway: &mut crate::gateway::simulator::behaviour::Behaviour,
                                now| { gateway.refund_newest(now) };
                let which = self.world.gateway.with(refunded);
                self.world
                    .trace
                    .tell(now, format_args!("{which:?} refunded"));
                Ok(())
            }
        }
    }

    /// Nothing goes wrong any more: the gateway keeps its readings and makes no more faults.
    pub(super) async fn faults_end(&mut self) -> Result<()> {
        self.is_calm = true;
        self.world.network.forget_death();
        self.world.stage.forget_death();
        self.world.fuse = None;
        self.world.network.set_line(Line::Open);
        self.set_key(Key::Taken);
        self.set_clock(SignedDuration::ZERO);
        self.world.gateway.with(|gateway, _| {
            let switches = Switches {
                rates: Rates::default(),
                lookup_lag: Duration::ZERO,
                calls_per_second: None,
                ..gateway.switches().clone()
            };
            gateway.set_switches(switches);
        });
        self.review().await
    }

    async fn plan_death(&mut self, death: Death) -> Result<()> {
        self.death = Some(death);
        self.world.network.forget_death();
        self.world.stage.forget_death();
        self.world.fuse = None;
        match death {
            Death::Now | Death::Twice => {
                let is_busy = self.world.network.under_way() > 0;
                let mark = if is_busy {
                    "death: with requests under way"
                } else {
                    "death: asleep"
                };
                self.world.marks.met(mark);
                self.come_back().await
            }
            Death::AtLook(looks) => {
                self.world.stage.dies_after(looks);
                Ok(())
            }
            Death::At(moment, times) => {
                self.world.network.dies_at(moment, times);
                Ok(())
            }
            Death::Power(cut) => self.plan_cut(cut).await,
        }
    }

    /// The process is dead; what it left is looked at, and after a while it is started again.
    pub(super) async fn come_back(&mut self) -> Result<()> {
        let now = self.world.stage.true_now();
        self.world.trace.tell(now, format_args!("dead"));
        let is_fenced = self.is_stopped(Stop::Fence)?;
        let before = self.world.books.seen();
        let is_sent = self.world.network.has_sent();
        let is_cut = self.world.is_cut();
        self.world.dies().await;
        if is_cut {
            self.world.has_power_again().await?;
        }
        self.world.audit().await?;

        let is_written = self.world.books.seen() > before;
        let death = self.death.take().unwrap_or(Death::Now);
        let mark = match death {
            Death::Now | Death::Power(_) => None,
            Death::Twice => Some("death: between two starts"),
            Death::AtLook(_) if is_written && self.world.laws.has_unsent() && !is_sent => {
                Some("death: after a commit, before anything was sent")
            }
            Death::AtLook(_) if is_written => Some("death: after a commit"),
            Death::AtLook(_) => Some("death: before anything was written"),
            Death::At(Moment::Sending, _) => Some("death: with an order on disk that never left"),
            Death::At(Moment::Answered, _) => Some("death: with an answer that is not recorded"),
            Death::At(Moment::Asking, _) => {
                Some("death: with a question on disk that was never asked")
            }
            Death::At(Moment::Told, _) => {
                Some("death: with the answer to a question that is not recorded")
            }
        };
        for mark in mark
            .into_iter()
            .chain(is_fenced.then_some("death: while the gateway is asked about an older copy"))
        {
            self.world.marks.met(mark);
        }
        self.world.marks.met("deaths");
        if self.draws.one_in(2) {
            self.world.network.cut();
        }

        if self.connection_draws.one_in(REOPENED_ONE_IN) {
            self.world.directory.forget_connections();
        }
        let down = std::mem::take(&mut self.down);
        self.wait_down(down).await?;
        if death == Death::Twice {
            self.world.start().await?;
            self.world.dies().await;
        }
        let cut = match death {
            Death::Power(cut) => Some(cut),
            Death::Now | Death::Twice | Death::AtLook(_) | Death::At(..) => None,
        };
        self.start_after(cut).await
    }

    /// Time passes while nothing runs here; what is on its way arrives at its own moment.
    pub(super) async fn wait_down(&mut self, down: Duration) -> Result<()> {
        let end = later(self.world.stage.true_now(), down);
        loop {
            self.world.let_others_run().await;
            match self.world.stage.next_answer_at() {
                Some(at) if at <= end => self.world.stage.move_to(at),
                _ => break,
            }
        }
        self.world.stage.move_to(end);
        self.world.let_others_run().await;
        Ok(())
    }

    /// Compares with the gateway's books, as every night.
    pub(super) async fn reconcile(&mut self) -> Result<()> {
        let handle = self.world.handle()?;
        let comparing = async { handle.reconcile().await };
        match self.world.ask(comparing).await? {
            Asking::Answered(found) => {
                let now = self.world.stage.true_now();
                self.world
                    .trace
                    .tell(now, format_args!("compared: {found:?}"));
            }
            Asking::GivenUp => self
                .world
                .marks
                .met("desk: a comparison that did not end in time"),
            Asking::Dead => {
                self.world.marks.met("death: while comparing");
                self.come_back().await?;
            }
        }
        Ok(())
    }

    /// Whether nobody is charged for this reason.
    pub(super) fn is_stopped(&self, reason: Stop) -> Result<bool> {
        let health = self.world.handle()?.health();
        Ok(health.stopped.iter().any(|one| one.reason == reason))
    }

    fn set_clock(&mut self, ahead: SignedDuration) {
        let mark = match ahead.as_hours() {
            0 => None,
            24 => Some("machine: a day ahead"),
            -24 => Some("machine: a day behind"),
            hours if hours > 0 => Some("machine: ten years ahead"),
            _ => Some("machine: ten years behind"),
        };
        if let Some(mark) = mark {
            self.world.marks.met(mark);
        }
        self.world.stage.set_machine_ahead(ahead);
        let machine = self.world.stage.machine();
        let now = self.world.stage.true_now();
        self.world
            .trace
            .tell(now, format_args!("the machine says {machine}"));
    }

    fn set_line(&mut self, line: Line) {
        match line {
            Line::Open => {}
            Line::Refused => self.world.marks.met("line: refused"),
            Line::HalfOpen => self.world.marks.met("line: half open"),
        }
        self.world.network.set_line(line);
    }

    fn set_crowd(&mut self, crowd: Option<Crowd>) {
        match crowd {
            None => {}
            Some(Crowd { alone: None, .. }) => self.world.marks.met("gateway: asked too often"),
            Some(Crowd { alone: Some(_), .. }) => {
                self.world
                    .marks
                    .met("gateway: asked too often, and says for how long");
            }
        }
        self.world.gateway.with(|gateway, _| {
            let switches = Switches {
                calls_per_second: crowd.map(|crowd| crowd.calls),
                retry_after: crowd.and_then(|crowd| crowd.alone),
                ..gateway.switches().clone()
            };
            gateway.set_switches(switches);
        });
    }

    /// The PG is out, or works as well as was drawn.
    fn set_outage(&mut self, outcome: Option<Outcome>) {
        if outcome.is_some() {
            self.world.marks.met("gateway: an outage of the PG");
        }
        let charges = match outcome {
            Some(outcome) => vec![(outcome, 1_000_000)],
            None => self.world.shop.switches.rates.charges.clone(),
        };
        self.world.gateway.with(|gateway, _| {
            let mut switches = gateway.switches().clone();
            switches.rates.charges = charges;
            gateway.set_switches(switches);
        });
    }

    fn set_key(&mut self, key: Key) {
        let good = match key {
            Key::Taken => shop::keys(),
            Key::Refused => {
                self.world.marks.met("gateway: key refused");
                Keys {
                    key: "another".to_owned(),
                    ..shop::keys()
                }
            }
        };
        self.world.gateway.with(|gateway, _| {
            let switches = Switches {
                keys: Some(good),
                ..gateway.switches().clone()
            };
            gateway.set_switches(switches);
        });
    }
}
