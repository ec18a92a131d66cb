//! `dues status`.

use std::collections::BTreeMap;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::words::{local, won};
use crate::control::client::Client;
use crate::control::protocol::status::{Doubts, Due, Gateway, Health, Job, Status};

pub(super) async fn status(client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let status = client.status().await?;
    output.one(&status, || in_words(&status))?;
    Ok(match status.health {
        Health::Ok => Exit::Done,
        Health::Attention => Exit::Attention,
    })
}

fn in_words(status: &Status) -> String {
    let health = match status.health {
        Health::Ok => "ok",
        Health::Attention => "attention",
    };
    let mut lines = vec![health.to_owned()];
    let sentences = status.attention.iter();
    lines.extend(sentences.map(|sentence| format!("  ! {sentence}")));
    let figures = figures(status);
    lines.extend(figures.map(|(name, value)| format!("{name:<15}{value}")));
    // In a large fleet counting is not waited for.
    if status.counted_at != status.clock.now {
        lines.push(format!("{:<15}{}", "counted", local(&status.counted_at)));
    }
    let jobs = status.jobs.iter();
    lines.extend(jobs.map(|one| format!("{:<15}{}", format!("job {}", one.name), job(one))));
    lines.join("\n") + "\n"
}

fn figures(status: &Status) -> [(&'static str, String); 9] {
    [
        ("in doubt", doubts(&status.doubts)),
        ("due", due(&status.due)),
        ("dunning", status.dunning.to_string()),
        ("held", counts(&status.holds)),
        ("subscriptions", subscriptions(status)),
        (
            "last 24 h",
            format!(
                "{} paid, {}",
                status.last_day.paid,
                won(status.last_day.collected)
            ),
        ),
        (
            "clock",
            format!(
                "{}, the machine's {} s ahead",
                local(&status.clock.now),
                status.clock.skew_seconds
            ),
        ),
        ("gateway", gateway(&status.gateway)),
        (
            "daemon",
            format!(
                "dues {} since {}",
                status.version,
                local(&status.started_at)
            ),
        ),
    ]
}

/// By status, and what there is to know of them besides.
fn subscriptions(status: &Status) -> String {
    let besides = [
        (status.ending, "with an end to come"),
        (status.card_dead, "with a dead card"),
        (status.card_expiring, "with an expiring card (dues cards)"),
    ];
    let besides = besides.into_iter().filter(|(count, _)| *count > 0);
    let besides = besides.map(|(count, what)| format!("{count} {what}"));
    let parts: Vec<String> = std::iter::once(counts(&status.subscriptions))
        .chain(besides)
        .collect();
    parts.join("; ")
}

fn doubts(doubts: &Doubts) -> String {
    match &doubts.oldest_at {
        None => doubts.count.to_string(),
        Some(oldest) => format!("{}, the oldest since {}", doubts.count, local(oldest)),
    }
}

fn due(due: &Due) -> String {
    let next = match &due.next_at {
        None => String::new(),
        Some(next) => format!("; next {}", local(next)),
    };
    format!("{} now, {} within 24 h{next}", due.overdue, due.next_day)
}

fn counts(counts: &BTreeMap<String, i64>) -> String {
    let words: Vec<String> = counts
        .iter()
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    if words.is_empty() {
        "none".to_owned()
    } else {
        words.join(", ")
    }
}

fn gateway(gateway: &Gateway) -> String {
    let silence = gateway
        .last_silence
        .as_ref()
        .map_or_else(String::new, |silence| {
            format!("; last silence {}: {}", local(&silence.at), silence.what)
        });
    let slowed = gateway.slowed_to_per_minute;
    let slowed = slowed.map_or_else(String::new, |calls| {
        format!("; it is asked too often: slowed to {calls} calls a minute for now")
    });
    format!(
        "{} ({}): {} under way, {} answered, {} of them paid, {} without an answer{slowed}{silence}",
        gateway.host,
        gateway.mode,
        gateway.in_flight,
        gateway.answered,
        gateway.paid,
        gateway.unanswered
    )
}

fn job(job: &Job) -> String {
    let result = job.result.as_deref().unwrap_or("under way");
    format!("{}: {result}", local(&job.started_at))
}
