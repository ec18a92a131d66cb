//! `dues plan diff` and `dues plan apply`.

use std::fmt::Write;

use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::{Manner, answer};
use crate::cli::output::{Format, Output, say};
use crate::cli::table::{Side, Table};
use crate::cli::typed;
use crate::cli::words::{local, won};
use crate::control::client::Client;
use crate::control::protocol::plans::{Apply, CYCLES_MAX, Diff};
use crate::core::counted::counted;
use crate::core::money::Krw;

/// What to do about newer versions of plans.
#[derive(Debug, clap::Subcommand)]
pub(super) enum Plan {
    /// Shows what newer versions change for those who subscribed before: who is charged what, and when
    Diff(Look),
    /// Applies exactly what `dues plan diff` showed
    Apply(Named),
}

/// How far to look.
#[derive(Debug, clap::Args)]
pub(super) struct Look {
    /// Over how many cycles, from the first changed one on, the difference is [default: 12]
    #[arg(long, value_name = "N", value_parser = typed::count(1..=CYCLES_MAX))]
    cycles: Option<u32>,
}

/// A change.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// The name of the change, as `dues plan diff` shows it
    hash: String,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn plan(
    plan: Plan,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    match plan {
        Plan::Diff(look) => diff(&look, client, output).await,
        Plan::Apply(named) => apply(named, client, output).await,
    }
}

/// A line a version for people, a line a subscription for programs.
async fn diff(look: &Look, client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let formats = [Format::Table, Format::Json, Format::Jsonl, Format::Csv];
    let format = output.format(Format::Table, &formats)?;
    if format != Format::Table {
        let mut page = client.plan_changes(look.cycles, None).await?;
        let mut many = output.many(format);
        let mut left_out = 0;
        loop {
            many.write(&page.rows)?;
            left_out += page
                .too_dear
                .iter()
                .map(|part| part.subscriptions)
                .sum::<u64>();
            let Some(next) = page.next else { break };
            page = client.plan_changes(look.cycles, Some(&next)).await?;
        }
        many.end()?;
        return Ok(if left_out == 0 {
            Exit::Done
        } else {
            say(&format!(
                "dues: {left_out} are left out, who would be asked for more than one charge may: `dues plan \
                 diff` says whom, and nothing is applied while there is anybody"
            ));
            Exit::Partial
        });
    }

    let found = client.plan_diff(look.cycles).await?;
    output.text(&in_words(&found))?;
    if !found.too_dear.is_empty() {
        say(
            "nothing can be applied while anybody would be asked for too much: change their quantity or plan, or \
             the price",
        );
        return Ok(Exit::Partial);
    }
    match &found.hash {
        Some(hash) => say(&format!(
            "nothing has changed yet. -o csv shows everybody; `dues plan apply {hash}` does exactly this"
        )),
        None => say("nobody is on an older version of a plan that says applies_from"),
    }
    Ok(Exit::Done)
}

fn in_words(found: &Diff) -> String {
    let mut table = Table::new([
        ("plan", Side::Left),
        ("version", Side::Left),
        ("subscriptions", Side::Right),
        ("to be asked", Side::Right),
        ("first charge", Side::Left),
        ("now", Side::Right),
        ("then", Side::Right),
        ("difference", Side::Right),
    ]);
    for part in &found.parts {
        table.push([
            part.plan.clone(),
            format!("{} -> {}", part.from_version, part.to_version),
            part.subscriptions.to_string(),
            part.need_consent.to_string(),
            local(&part.first_at),
            won(part.before),
            won(part.after),
            won(part.after - part.before),
        ]);
    }
    let mut text = String::new();
    if !found.parts.is_empty() {
        let cycles = counted(found.cycles, "cycle");
        // A string takes everything.
        writeln!(
            text,
            "{table}sums are over {cycles} of each, from the first changed one"
        )
        .ok();
    }
    for part in &found.too_dear {
        let (plan, from, to) = (&part.plan, part.from_version, part.to_version);
        writeln!(
            text,
            "{plan}: version {to} asks {} who are on version {from} for more than the {} that one charge may ask \
             for, such as {} for {}",
            part.subscriptions,
            won(Krw::MAX_WON),
            part.example,
            won(part.won)
        )
        .ok();
    }
    for unfit in &found.unfit {
        let (plan, from, to) = (&unfit.plan, unfit.from_version, unfit.to_version);
        writeln!(
            text,
            "{plan}: version {to} has other dates or terms than version {from} (every, cron, \
             anchor, first, trial, minimum_term, notice or time_zone), and so is for new subscribers alone"
        )
        .ok();
    }
    text
}

async fn apply(named: Named, client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let client = named.manner.of(client);
    let apply = Apply {
        hash: named.hash,
        reason: named.manner.reason,
    };
    let applied = answer(client.apply_plans(&apply).await?);
    output.one(&applied, || {
        let changed = counted(applied.subscriptions, "subscription");
        format!("the plan of {changed} changes\n")
    })?;
    if applied.need_consent > 0 {
        say(&format!(
            "dues: {} of them pay more and have to agree to that within the 30 days before: `dues \
             consents` lists whom to ask",
            applied.need_consent
        ));
    }
    Ok(Exit::Done)
}
