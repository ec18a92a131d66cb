//! `dues show`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::journal::journal;
use crate::cli::output::Output;
use crate::cli::table::{Side, Table};
use crate::cli::words::{local, local_or_nothing, won, won_each};
use crate::control::client::Client;
use crate::control::protocol::{Attempt, Cycle, Shown, Subscription};

/// A subscription.
#[derive(Debug, clap::Args)]
pub(super) struct Show {
    /// The subscription's id, or its `customer_uid`
    id: String,
}

pub(super) async fn show(
    show: Show,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let shown = client.show(&show.id).await?;
    output.one(&shown, || in_words(&shown))?;
    Ok(Exit::Done)
}

fn in_words(shown: &Shown) -> String {
    let mut parts = vec![head(shown), cycles(&shown.cycles).to_string()];
    if !shown.attempts.is_empty() {
        parts.push(attempts(&shown.attempts).to_string());
    }
    parts.push(journal(&shown.events).to_string());
    parts.join("\n")
}

fn head(shown: &Shown) -> String {
    let row = &shown.subscription;
    let lines = [
        ("subscription", row.id.clone()),
        ("customer", row.customer_uid.clone()),
        ("card", card(shown)),
        (
            "plan",
            format!(
                "{} (version {}), {}",
                row.plan,
                row.plan_version,
                won_each(row.amount, row.quantity)
            ),
        ),
        ("status", status(row)),
        ("term", shown.term.clone().unwrap_or_default()),
        ("hold", row.hold.clone().unwrap_or_default()),
        ("anchor", local(&row.anchor_at)),
        (
            "agreed to",
            format!("{} at {}", won(row.agreed_won), local(&row.agreed_at)),
        ),
        ("coupon", coupon(row)),
        ("then", coming(row)),
        ("credit", row.credit.map(won).unwrap_or_default()),
        ("moved to", local_or_nothing(row.moved_at.as_deref())),
        ("next due", local_or_nothing(row.next_due_at.as_deref())),
        (next(row), local_or_nothing(row.next_wake_at.as_deref())),
        ("ended", local_or_nothing(row.ended_at.as_deref())),
    ];
    let lines: Vec<String> = lines
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name:<14}{value}"))
        .collect();
    lines.join("\n") + "\n"
}

/// What happens at its next moment: nothing is tried of what stands still.
fn next(row: &Subscription) -> &'static str {
    let is_going = matches!(row.status.as_str(), "trialing" | "active" | "past_due");
    if is_going && row.hold.is_none() && row.card_dead.is_none() {
        "next try"
    } else {
        "next look"
    }
}

/// That nothing is asked of its card, or when that expires.
fn card(shown: &Shown) -> String {
    let dead = shown.subscription.card_dead.as_ref();
    let dead = dead.map(|class| {
        format!("dead ({class}): nothing is asked of it, until `dues card` gives another")
    });
    dead.or_else(|| shown.card.clone()).unwrap_or_default()
}

/// The coupon that was redeemed last, and what it takes off.
fn coupon(row: &Subscription) -> String {
    let coupon = row.coupon.as_ref().zip(row.discount.as_ref());
    let coupon = coupon.map(|(code, discount)| format!("{code}: {discount}"));
    coupon.unwrap_or_default()
}

/// The version of the plan that comes after this one, if it was applied.
fn coming(row: &Subscription) -> String {
    let coming = row.next_version.zip(row.next_version_at.as_deref());
    let coming = coming.map(|(version, at)| format!("version {version} from {} on", local(at)));
    coming.unwrap_or_default()
}

/// `active, cancels at 2026-02-28 10:00 +09:00`.
pub(super) fn status(row: &Subscription) -> String {
    let mut words = row.status.clone();
    if let Some(at) = &row.resumes_at {
        words = format!("{words} until {}", local(at));
    }
    if let Some(end) = &row.ends_at {
        words = format!("{words}, cancels at {}", local(end));
    }
    words
}

fn cycles(rows: &[Cycle]) -> Table<8> {
    let mut table = Table::new([
        ("cycle", Side::Right),
        ("due", Side::Left),
        ("amount", Side::Right),
        ("state", Side::Left),
        ("next look", Side::Left),
        ("tries", Side::Right),
        ("merchant_uid", Side::Left),
        ("paid, or why not", Side::Left),
    ]);
    for row in rows {
        let paid_at = row.paid_at.as_deref().map(local);
        table.push([
            row.cycle.to_string(),
            local(&row.due_at),
            won(row.amount),
            row.state.clone(),
            local_or_nothing(row.wake_at.as_deref()),
            row.attempts.to_string(),
            row.merchant_uid.clone(),
            paid_at.unwrap_or_else(|| spaced([&row.cause, &row.class, &row.code, &row.message])),
        ]);
    }
    table
}

fn attempts(rows: &[Attempt]) -> Table<5> {
    let mut table = Table::new([
        ("cycle", Side::Right),
        ("try", Side::Right),
        ("begun", Side::Left),
        ("outcome", Side::Left),
        ("imp_uid, or why not", Side::Left),
    ]);
    for row in rows {
        table.push([
            row.cycle.to_string(),
            row.attempt.to_string(),
            local(&row.begun_at),
            row.outcome.clone().unwrap_or_else(|| "unknown".to_owned()),
            spaced([&row.imp_uid, &row.class, &row.code, &row.message]),
        ]);
    }
    table
}

fn spaced(parts: [&Option<String>; 4]) -> String {
    let words: Vec<&str> = parts
        .into_iter()
        .filter_map(|part| part.as_deref())
        .collect();
    words.join(" ")
}
