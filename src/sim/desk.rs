//! People and the desk: what they ask of the daemon, over and over until it answers, since it may die over
//! it.

use std::time::Duration;

use anyhow::{Context, Result};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::core::answer::Words;
use crate::core::calendar::CycleNo;
use crate::core::change_plan::Begins;
use crate::core::consent::Agreement;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, SubscriptionId};
use crate::engine::handle::Stop;
use crate::sim::agenda::Wish;
use crate::sim::books::text;
use crate::sim::stage::later;
use crate::sim::story::Story;
use crate::sim::world::Asking;
use crate::store::{
    Command, Ends, Identity, Missed, NewSubscription, NotAdded, NotApplied, NotDone, Who,
};

/// Something that was asked of the daemon.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Add(NewSubscription),
    Do(Command),
}

/// What the daemon said to it.
enum Reply {
    /// Yes or no, in words.
    Said(String),
    /// More than one cycle would be due at once; this is the latest.
    ManyDue(u32),
    /// Not while nobody knows what time it is.
    TooEarly,
    /// Nothing: it died over it.
    Silence,
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// Asks the daemon, again and again until it answers: it may die over it.
    pub(super) async fn ask(&mut self, mut asked: Asked) -> Result<()> {
        loop {
            let reply = match asked.clone() {
                Asked::Add(person) => self.add(person).await?,
                Asked::Do(command) => self.command(command).await?,
            };
            let now = self.world.stage.true_now();
            match (reply, &mut asked) {
                (Reply::Said(answer), _) => {
                    let line = format_args!("{asked:?}: {answer}");
                    self.world.trace.tell(now, line);
                    self.asked.push(asked);
                    return Ok(());
                }
                // Whoever keeps the records knows which cycles are paid.
                (Reply::ManyDue(latest), Asked::Add(person)) => {
                    person.first_cycle = CycleNo::parse(latest)?;
                }
                (Reply::ManyDue(_) | Reply::TooEarly, _) => {
                    self.world
                        .marks
                        .met("desk: refused while the time is not known");
                    let line = format_args!("{asked:?}: not while the time is not known");
                    self.world.trace.tell(now, line);
                    self.too_early.push(asked);
                    return Ok(());
                }
                (Reply::Silence, _) => {
                    self.world.marks.met("death: over a command");
                    self.come_back().await?;
                }
            }
        }
    }

    async fn add(&mut self, person: NewSubscription) -> Result<Reply> {
        let handle = self.world.handle()?;
        let adding = async { handle.add(vec![person], Who::named("person")).await };
        let Asking::Answered(Ok(added)) = self.world.ask(adding).await? else {
            return Ok(Reply::Silence);
        };
        let first = added.as_ref().ok().and_then(|given| given.answer.first());
        Ok(match first {
            Some(Err(NotAdded::ManyDue { latest, .. })) => Reply::ManyDue(*latest),
            Some(Err(NotAdded::TimeUnknown)) => Reply::TooEarly,
            Some(Ok(_) | Err(_)) | None => Reply::Said(format!("{added:?}")),
        })
    }

    async fn command(&mut self, command: Command) -> Result<Reply> {
        let handle = self.world.handle()?;
        let doing = async { handle.command(command, Who::named("desk")).await };
        Ok(match self.world.ask(doing).await? {
            Asking::Answered(Ok(Err(NotDone::TimeUnknown))) => Reply::TooEarly,
            Asking::Answered(Ok(done)) => {
                let keeps = done
                    .as_ref()
                    .is_ok_and(|given| given.answer.kept_by.is_some());
                if keeps {
                    self.world.marks.met("term: an end that was put off");
                }
                if matches!(done, Err(NotDone::Bound { .. })) {
                    self.world
                        .marks
                        .met("term: an end at once that was refused");
                }
                Reply::Said(format!("{done:?}"))
            }
            Asking::Answered(Err(_)) | Asking::Dead | Asking::GivenUp => Reply::Silence,
        })
    }

    /// Whether what was refused because nobody knew the time can be asked again.
    pub(super) fn can_ask_now(&self) -> Result<bool> {
        Ok(!self.too_early.is_empty() && !self.is_stopped(Stop::Clock)?)
    }

    /// Asks for it again.
    pub(super) async fn ask_now(&mut self) -> Result<()> {
        for asked in std::mem::take(&mut self.too_early) {
            Box::pin(self.ask(asked)).await?;
        }
        Ok(())
    }

    pub(super) async fn wish(&mut self, place: usize, wish: Wish) -> Result<()> {
        let person = self.world.shop.people.get(place);
        let Some(Identity::Chosen(id)) = person.map(|person| person.identity.clone()) else {
            return Ok(());
        };
        let (mark, command) = match wish {
            Wish::Pause => ("desk: pause", Command::Pause(id)),
            Wish::PauseFor(hours, missed) => {
                let span = Duration::from_hours(hours.into());
                let until = later(self.world.stage.true_now(), span);
                let command = Command::PauseUntil(id, until, missed);
                ("desk: pause until a day", command)
            }
            Wish::ChangePlan(plan, begins) => {
                let terms = self.world.shop.terms.get(plan);
                let plan = terms.context("a plan that was drawn")?.plan.id.clone();
                let mark = match begins {
                    Begins::AtPeriodEnd => "desk: change plan at period end",
                    Begins::Now => "desk: change plan now",
                };
                (mark, Command::ChangePlan(id, plan, begins))
            }
            Wish::ChangeQuantity(quantity, begins) => {
                let quantity = Quantity::parse(quantity.into())?;
                let mark = match begins {
                    Begins::AtPeriodEnd => "desk: change quantity at period end",
                    Begins::Now => "desk: change quantity now",
                };
                (mark, Command::ChangeQuantity(id, quantity, begins))
            }
            Wish::Redeem => {
                let code = CouponCode::parse("a-while")?;
                ("desk: redeem a coupon", Command::Coupon(id, code))
            }
            Wish::TakeCouponAway => ("desk: take a coupon away", Command::TakeCouponAway(id)),
            Wish::Resume(Missed::MoveAnchor) => (
                "desk: resume from a moved anchor",
                Command::Resume(id, Some(Missed::MoveAnchor)),
            ),
            Wish::Resume(missed) => ("desk: resume", Command::Resume(id, Some(missed))),
            Wish::Suspend => ("desk: suspend", Command::Suspend(id)),
            Wish::Cancel => ("desk: cancel", Command::Cancel(id)),
            Wish::CancelAtPeriodEnd => {
                ("desk: cancel at period end", Command::CancelAtPeriodEnd(id))
            }
            Wish::CancelEarly => (
                "desk: cancel early",
                Command::CancelEarly(id, self.draws.one_of([Ends::Now, Ends::AtPeriodEnd])),
            ),
            Wish::Uncancel => ("desk: uncancel", Command::Uncancel(id)),
            Wish::Retry => ("desk: retry by hand", Command::Retry(id, None)),
            Wish::NewCard => {
                let card = format!("card-new-{}", self.draws.below(1_000));
                let card = CustomerUid::parse(&card)?;
                ("desk: new card", Command::ChangeCard(id, card, None))
            }
        };
        self.world.marks.met(mark);
        self.ask(Asked::Do(command)).await
    }

    /// The desk looks at what is held and suspended, and at what the fence found.
    pub(super) async fn review(&mut self) -> Result<()> {
        let mut commands = Vec::new();
        for (_, row) in self.world.books.subscriptions() {
            let id = SubscriptionId::parse(text(row, "id"))?;
            let missed = Some(Missed::ChargeLatest);
            if text(row, "hold") == "no_consent" {
                // Whatever the plan asks for at most: the customer was asked, and said yes.
                let at = self.world.stage.true_now();
                let won = Krw::MAX_WON;
                let consent =
                    Command::Consent(id.clone(), Agreement { at, won }, Words::new("mail"));
                commands.push(("desk: consent", consent));
            } else if row.contains_key("hold") {
                commands.push(("desk: release", Command::Release(id.clone(), missed)));
            }
            if text(row, "status") == "suspended" {
                commands.push(("desk: reactivate", Command::Reactivate(id, missed)));
            }
        }
        for (mark, command) in commands {
            self.world.marks.met(mark);
            self.ask(Asked::Do(command)).await?;
        }

        if self.can_approve()? {
            self.approve().await?;
        }
        let health = self.world.handle()?.health();
        let differs = |why: &str| why.contains("dues release --fence");
        if health.stopped.iter().any(|one| differs(&one.why)) {
            self.world.marks.met("desk: release of everybody");
            let handle = self.world.handle()?;
            let releasing = async { handle.release_fence(Who::named("desk")).await };
            if self.world.ask(releasing).await? == Asking::Dead {
                self.come_back().await?;
            }
        }
        Ok(())
    }

    /// Whether a batch is held that the desk has not looked at.
    pub(super) fn can_approve(&self) -> Result<bool> {
        let now = self.world.stage.true_now();
        Ok(self.approved_at < now && self.is_stopped(Stop::Guard)?)
    }

    /// Lets out the batch that is held, by the name that the front page says.
    pub(super) async fn approve(&mut self) -> Result<()> {
        self.approved_at = self.world.stage.true_now();
        let health = self.world.handle()?.health();
        let why = health
            .stopped
            .into_iter()
            .find(|one| one.reason == Stop::Guard);
        let why = why.map(|guard| guard.why).unwrap_or_default();
        let hash = why.split("`dues approve ").nth(1);
        let hash = hash.and_then(|rest| rest.split('`').next());
        let hash = hash.context("the front page does not say how to approve it")?;
        let handle = self.world.handle()?;
        let approving = async { handle.approve(hash, Who::named("desk")).await };
        let asking = self.world.ask(approving).await?;
        let line = format_args!("approve {hash}: {asking:?}");
        self.world.trace.tell(self.approved_at, line);
        match asking {
            Asking::Answered(Ok(Ok(_))) => self.world.marks.met("desk: approve"),
            Asking::Answered(_) | Asking::GivenUp => {}
            Asking::Dead => Box::pin(self.come_back()).await?,
        }
        Ok(())
    }

    /// Another price, for those who subscribe from now on.
    pub(super) async fn change_price(&mut self, place: usize, amount: Krw) -> Result<()> {
        self.world.marks.met("desk: another price");
        self.sell(place, amount, None).await
    }

    /// Another price, and for everybody from a day on.
    pub(super) async fn apply_price(
        &mut self,
        place: usize,
        amount: Krw,
        in_days: u16,
    ) -> Result<()> {
        let now = self.world.stage.true_now();
        let today = TimeZone::get("Asia/Seoul")?.to_datetime(now).date();
        let from = today.checked_add(Span::new().days(i64::from(in_days)))?;
        self.sell(place, amount, Some(from)).await?;
        // Whoever names anything else is told what it would be, as `dues plan diff` does.
        let Some(hash) = self.apply("?").await? else {
            return Ok(());
        };
        self.apply(&hash).await.map(drop)
    }

    /// Applies what has that name; gives another name when it has that one by now.
    async fn apply(&mut self, hash: &str) -> Result<Option<String>> {
        let handle = self.world.handle()?;
        let applying = async { handle.apply_plans(hash, Who::named("desk")).await };
        let asking = self.world.ask(applying).await?;
        let now = self.world.stage.true_now();
        let line = format_args!("apply {hash}: {asking:?}");
        self.world.trace.tell(now, line);
        match asking {
            Asking::Answered(Ok(Ok(_))) => self.world.marks.met("desk: a price for everybody"),
            Asking::Answered(Ok(Err(NotApplied::Another { now, .. }))) => return Ok(Some(now)),
            Asking::Answered(_) | Asking::GivenUp => {}
            Asking::Dead => Box::pin(self.come_back()).await?,
        }
        Ok(None)
    }

    async fn sell(&mut self, place: usize, amount: Krw, from: Option<Date>) -> Result<()> {
        let shop = &mut self.world.shop;
        for terms in [&mut shop.terms, &mut shop.terms_drawn] {
            let terms = terms.get_mut(place).context("a plan that was drawn")?;
            terms.plan.amount = amount;
            terms.applies_from = from;
            shop.versions.push(terms.plan.clone());
        }
        self.reload().await
    }

    /// A second process is refused by the lock, whatever the first one does.
    pub(super) async fn start_a_second(&mut self) -> Result<()> {
        self.world.is_kept_out().await?;
        self.world.marks.met("a second process, refused");
        Ok(())
    }
}

/// Until when that subscription rested at last, by a pause until a day that has come.
pub(super) fn rested_until(asked: &[Asked], id: &str, now: Timestamp) -> Timestamp {
    let days = asked.iter().filter_map(|one| match one {
        Asked::Do(Command::PauseUntil(whose, until, _)) => {
            (whose.as_str() == id && *until <= now).then_some(*until)
        }
        Asked::Add(_) | Asked::Do(_) => None,
    });
    days.max().unwrap_or(Timestamp::MIN)
}
