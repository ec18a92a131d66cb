//! People and the desk: what they ask of the daemon, over and over until it answers, since it may die over
//! it.

use anyhow::Result;
use jiff::Timestamp;

use crate::core::calendar::CycleNo;
use crate::core::order::{CustomerUid, SubscriptionId};
use crate::sim::agenda::Wish;
use crate::sim::books::text;
use crate::sim::story::Story;
use crate::sim::world::Asking;
use crate::store::{Command, Identity, Missed, NewSubscription, NotAdded, Who};

/// Something that was asked of the daemon.
#[derive(Debug, Clone)]
pub(super) enum Asked {
    Add(NewSubscription),
    Do(Command),
}

impl<N: Fn() -> Timestamp + Clone + Send + Sync + 'static> Story<N> {
    /// Asks the daemon, again and again until it answers: it may die over it.
    pub(super) async fn ask(&mut self, mut asked: Asked) -> Result<()> {
        loop {
            let handle = self.world.handle()?;
            let answer = match asked.clone() {
                Asked::Add(person) => {
                    let adding = async { handle.add(vec![person], Who::named("person")).await };
                    match self.world.ask(adding).await? {
                        Asking::Answered(Ok(added)) => {
                            let answers = added.iter().flat_map(|given| &given.answer);
                            let late = answers.into_iter().find_map(|one| match one {
                                Err(NotAdded::ManyDue { latest, .. }) => Some(*latest),
                                Ok(_) | Err(_) => None,
                            });
                            if let (Some(latest), Asked::Add(person)) = (late, &mut asked) {
                                // Whoever keeps the records knows which cycles are paid.
                                person.first_cycle = CycleNo::parse(latest)?;
                                continue;
                            }
                            Some(format!("{added:?}"))
                        }
                        Asking::Answered(Err(_)) | Asking::Dead | Asking::GivenUp => None,
                    }
                }
                Asked::Do(command) => {
                    let doing = async { handle.command(command, Who::named("desk")).await };
                    match self.world.ask(doing).await? {
                        Asking::Answered(Ok(done)) => Some(format!("{done:?}")),
                        Asking::Answered(Err(_)) | Asking::Dead | Asking::GivenUp => None,
                    }
                }
            };
            if let Some(answer) = answer {
                let now = self.world.stage.true_now();
                self.world
                    .trace
                    .tell(now, format_args!("{asked:?}: {answer}"));
                self.asked.push(asked);
                return Ok(());
            }
            self.world.marks.met("death: over a command");
            self.come_back().await?;
        }
    }

    pub(super) async fn wish(&mut self, place: usize, wish: Wish) -> Result<()> {
        let person = self.world.shop.people.get(place);
        let Some(Identity::Chosen(id)) = person.map(|person| person.identity.clone()) else {
            return Ok(());
        };
        let (mark, command) = match wish {
            Wish::Pause => ("desk: pause", Command::Pause(id)),
            Wish::Resume(missed) => ("desk: resume", Command::Resume(id, Some(missed))),
            Wish::Cancel => ("desk: cancel", Command::Cancel(id)),
            Wish::NewCard => {
                let card = format!("card-new-{}", self.draws.below(1_000));
                let card = CustomerUid::parse(&card)?;
                ("desk: new card", Command::ChangeCard(id, card))
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
            if row.contains_key("hold") {
                commands.push(("desk: release", Command::Release(id.clone(), missed)));
            }
            if text(row, "status") == "suspended" {
                commands.push(("desk: resume", Command::Resume(id, missed)));
            }
        }
        for (mark, command) in commands {
            self.world.marks.met(mark);
            self.ask(Asked::Do(command)).await?;
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
}
