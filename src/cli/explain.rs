//! `dues explain`: why a subscription was, was not, or will be charged.

use std::fmt::Write;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::typed;
use crate::cli::words::{local, won};
use crate::control::client::Client;
use crate::control::protocol::Attempt;
use crate::control::protocol::preview::{Explained, Guard, Reasons};

/// What to explain.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    /// The subscription's id, or its `customer_uid`
    id: String,
    /// One cycle, past, present or to come [default: all that are not over]
    #[arg(long, value_name = "N", value_parser = typed::cycle)]
    cycle: Option<u32>,
}

pub(super) async fn explain(
    explain: Explain,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let explained = client.explain(&explain.id, explain.cycle).await?;
    output.one(&explained, || in_words(&explained))?;
    Ok(Exit::Done)
}

fn in_words(explained: &Explained) -> String {
    let whole = &explained.subscription;
    let hold = whole.hold.as_deref().map(|hold| format!(", held: {hold}"));
    let mut text = format!(
        "{} of {} on plan {} (version {}): {}{}\n",
        whole.id,
        whole.customer_uid,
        whole.plan,
        whole.plan_version,
        whole.status,
        hold.unwrap_or_default()
    );
    if let Some(term) = &explained.term {
        line(&mut text, "term", term);
    }
    if let Some(card) = &explained.card {
        line(&mut text, "card", card);
    }
    for cycle in &explained.cycles {
        text.push('\n');
        text.push_str(&reasons(cycle));
    }
    text
}

fn reasons(cycle: &Reasons) -> String {
    let mut text = format!(
        "cycle {}: {}, {}\n",
        cycle.cycle,
        won(cycle.amount),
        cycle.state
    );
    let mut line = |name: &str, words: &str| line(&mut text, name, words);
    line("due", &cycle.due);
    line("first try", &cycle.first_try);
    line("price", &cycle.price);
    for Guard { guard, passed, saw } in &cycle.guards {
        let mark = if *passed { "yes" } else { "NO " };
        line(guard, &format!("{mark}  {saw}"));
    }
    for one in &cycle.attempts {
        line(&format!("attempt {}", one.attempt), &attempt(one));
    }
    if let Some(rung) = &cycle.rung {
        line("ladder", rung);
    }
    match (&cycle.next_at, &cycle.next) {
        (Some(at), Some(words)) => line("next", &format!("{}: {words}", local(at))),
        _ if cycle.state == "not_enrolled" => {}
        _ => line("next", "nothing: nobody looks at it any more"),
    }
    text
}

fn line(text: &mut String, name: &str, words: &str) {
    // A string takes everything.
    writeln!(text, "  {name:<12}{words}").ok();
}

fn attempt(one: &Attempt) -> String {
    let outcome = one.outcome.as_deref().unwrap_or("its outcome is not known");
    let ended = one
        .ended_at
        .as_deref()
        .map(|at| format!(", over at {}", local(at)));
    let parts = [&one.imp_uid, &one.class, &one.code, &one.message];
    let said: Vec<&str> = parts
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    format!(
        "{} {outcome} {}{}",
        local(&one.begun_at),
        said.join(" "),
        ended.unwrap_or_default()
    )
}
