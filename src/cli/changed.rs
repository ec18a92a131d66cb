//! What a command led to, in words.

use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::answer;
use crate::cli::output::{Output, say};
use crate::cli::words::{local, won};
use crate::control::client::Told;
use crate::control::protocol::Changed;

pub(super) fn tell(told: Told<Changed>, output: &mut Output) -> Result<Exit, Failure> {
    let changed = answer(told);
    output.one(&changed, || in_words(&changed))?;
    if let Some(cycle) = changed.in_flight {
        say(&format!(
            "dues: a charge for cycle {cycle} of {} is under way: its outcome will be recorded \
             (dues show {})",
            changed.id, changed.id
        ));
    }
    if let Some(rise) = changed.rises_to {
        say(&format!(
            "dues: a cycle costs {} from the next one on, and the customer has not agreed to that within the 30 \
             days before: without `dues consent {}` it is not charged then",
            won(rise),
            changed.id
        ));
    }
    Ok(Exit::Done)
}

fn in_words(changed: &Changed) -> String {
    let cycles: Vec<String> = changed.forgone.iter().map(ToString::to_string).collect();
    let given_up: Vec<String> = changed.given_up.iter().map(ToString::to_string).collect();
    let next = changed.next_due_at.as_deref().map(local);
    let retry = changed.retry_at.as_deref().map(local);
    let end = changed.ends_at.as_deref().map(local);
    let resumption = changed.resumes_at.as_deref().map(local);
    let parts = [
        Some(format!("{} is {}", changed.id, changed.status)),
        changed.hold.as_ref().map(|hold| format!("held: {hold}")),
        (!changed.is_changed).then(|| "nothing changed".to_owned()),
        (!cycles.is_empty()).then(|| format!("not charged any more: cycle {}", cycles.join(", "))),
        retry.map(|retry| format!("what is owed is tried at {retry}")),
        resumption.map(|at| format!("goes on at {at}")),
        match end {
            Some(end) => Some(match &changed.kept_by {
                Some(bond) => format!("cancels at {end}, kept by {bond}"),
                None => format!("cancels at {end}"),
            }),
            None => next.map(|next| format!("next due {next}")),
        },
        changed
            .next_amount
            .map(|amount| format!("it asks for {}", won(amount))),
        (!given_up.is_empty()).then(|| {
            format!(
                "given up and not asked for again: cycle {}",
                given_up.join(", ")
            )
        }),
        changed
            .credit
            .map(|credit| format!("credit left {}", won(credit))),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join("; ") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_told_in_one_line() {
        let changed = Changed {
            id: "alice".into(),
            status: "canceled".into(),
            hold: Some("mismatch".into()),
            is_changed: false,
            forgone: vec![3, 4],
            in_flight: None,
            next_due_at: Some("2026-01-31T01:00:00Z".into()),
            retry_at: Some("2026-01-30T01:03:00Z".into()),
            ends_at: None,
            kept_by: None,
            resumes_at: None,
            credit: None,
            next_amount: None,
            rises_to: None,
            given_up: vec![2],
        };
        expect_test::expect![[r"
            alice is canceled; held: mismatch; nothing changed; not charged any more: cycle 3, 4; what is owed is tried at 2026-01-30 10:03 +09:00; next due 2026-01-31 10:00 +09:00; given up and not asked for again: cycle 2
        "]]
        .assert_eq(&in_words(&changed));
    }
}
