//! No charge is above what the customer last agreed to. Shops are drawn from seeds: trials and phases,
//! people who agree early, late, to less, or never, and a process that dies now and then. What was charged
//! is read from the attempts, and compared with what was agreed to as the test itself remembers it.

use std::collections::BTreeMap;

use dues::core::answer::Words;
use dues::core::calendar::CycleNo;
use dues::core::consent::{Agreement, WithoutConsent};
use dues::core::contract::{Contract, Quantity};
use dues::core::money::Krw;
use dues::core::plan::Terms;
use dues::core::price::{Phase, PriceList, Trial};
use dues::gateway::simulator::switches::Switches;
use dues::store::{Command, Missed};
use jiff::{SignedDuration, Timestamp};

use crate::preview::Draw;
use crate::shop;
use crate::sim::{self, id};

const SEEDS: u64 = 10;
const PEOPLE: u64 = 6;
const THIRTY_DAYS: SignedDuration = SignedDuration::from_hours(30 * 24);

#[tokio::test]
async fn no_charge_is_above_what_was_agreed_to() {
    let (mut charges, mut rises, mut held) = (0, 0, 0);
    for seed in 0..SEEDS {
        let mut draw = Draw(seed);
        let terms = terms(&mut draw);
        let plan = terms.plan.clone();
        let start = "2026-01-05T10:00:00+09:00";
        let mut sim = sim::open(start, vec![terms], Switches::honest()).await;
        let start = shop::instant(start);

        // Who agreed to what, and when it was told.
        let mut told: BTreeMap<String, Vec<(Timestamp, Agreement)>> = BTreeMap::new();
        for number in 0..PEOPLE {
            let name = format!("p{number}");
            sim.script(&name, draw.of(&[&["pay"][..], &["decline-funds", "pay"]]));
            sim.add(&name, &name, "basic").await;
            let won = plan.price_list.highest(plan.amount, Quantity::ONE);
            let agreement = Agreement { at: start, won };
            told.insert(name, vec![(start, agreement)]);
        }
        let mut now = start;
        for _ in 0..30 {
            now += SignedDuration::from_hours(i64::try_from(6 + draw.below(150)).expect("few"));
            sim.until_with_crashes(&now.to_string(), draw.below(1_000))
                .await;
            let name = format!("p{}", draw.below(PEOPLE));
            match draw.below(5) {
                0 | 1 => {
                    let won = draw.of(&[4_900, 9_899, 9_900, 12_000]);
                    let back = SignedDuration::from_hours(draw.of(&[0, 24, 24 * 20, 24 * 31]));
                    let agreement = Agreement {
                        at: now - back,
                        won,
                    };
                    let last = told[&name].last().expect("the sign-up").1;
                    let command = Command::Consent(id(&name), agreement, Words::new("a letter"));
                    let said = sim.tell(command).await;
                    if last.at <= agreement.at && !said.contains("cannot") {
                        let agreements = told.get_mut(&name).expect("somebody");
                        agreements.push((now, agreement));
                    }
                }
                2 => drop(sim.tell(Command::Skip(id(&name), None)).await),
                3 => {
                    let missed = draw.of(&[Missed::Skip, Missed::ChargeLatest]);
                    drop(sim.tell(Command::Release(id(&name), Some(missed))).await);
                }
                _ => {}
            }
        }
        held += sim
            .count("SELECT count(*) FROM subscription WHERE hold = 'no_consent' OR status = 'canceled'")
            .await;
        for (name, agreements) in &told {
            let (count, up) = check(&sim.first_tries(name).await, agreements, &plan, start);
            (charges, rises) = (charges + count, rises + up);
        }
        sim.audit().await;
        sim.stop().await;
    }
    assert!(charges > 250, "only {charges} charges");
    assert!(rises > 15, "only {rises} of them at a higher price");
    assert!(held > 10, "only {held} were kept from one");
}

fn terms(draw: &mut Draw) -> Terms {
    let mut terms = shop::terms("basic", draw.of(&["1 week", "1 month", "10 days"]));
    let phase = |cycles, amount| Phase {
        cycles,
        amount: Krw::parse(amount).expect("an amount"),
    };
    let none: &[Phase] = &[];
    terms.plan.price_list = PriceList {
        trial: draw.of(&[None, Some(Trial::Cycles(1)), Some(Trial::Cycles(5))]),
        phases: draw
            .of(&[
                none,
                &[phase(2, 4_900)],
                &[phase(1, 4_900), phase(2, 7_000)],
            ])
            .to_vec(),
        ..PriceList::default()
    };
    terms.without_consent = draw.of(&WithoutConsent::ALL);
    terms
}

/// Charge by charge: one that is above the last price that was charged needs the last agreement that was
/// told by then, and that one has to be enough. Counts the charges, and those that rose.
fn check(
    tries: &[(i64, i64, i64)],
    agreements: &[(Timestamp, Agreement)],
    plan: &dues::core::plan::Plan,
    start: Timestamp,
) -> (u32, u32) {
    let first = CycleNo::parse(0).expect("a number");
    let mut last = plan.price(Contract::of_one(start), first).won();
    let mut rises = 0;
    for (n, amount, begun_at) in tries {
        let at = Timestamp::from_microsecond(*begun_at).expect("an instant");
        if *amount > last {
            let known = agreements.iter().rfind(|(told_at, _)| *told_at <= at);
            let (_, agreement) = known.expect("the sign-up");
            assert!(
                agreement.won >= *amount,
                "cycle {n}: {amount} won, {agreement:?}"
            );
            let age = at.duration_since(agreement.at);
            assert!(age <= THIRTY_DAYS, "cycle {n} at {at}: {agreement:?}");
            rises += 1;
        }
        last = *amount;
    }
    (u32::try_from(tries.len()).expect("few"), rises)
}
