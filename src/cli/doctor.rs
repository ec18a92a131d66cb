//! `dues doctor`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::table::{Side, Table};
use crate::cli::words::{local, won};
use crate::control::client::Client;
use crate::control::protocol::doctor::{
    DECLINES_DAYS, DECLINES_MAX, Difference, Doctor, Doubt, Hold, Unread,
};
use crate::control::protocol::status::Health;
use crate::control::protocol::sweep::Part;
use crate::core::money::grouped;

pub(super) async fn doctor(client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let found = client.doctor().await?;
    output.one(&found, || in_words(&found))?;
    Ok(match found.health {
        Health::Ok => Exit::Done,
        Health::Attention => Exit::Attention,
    })
}

fn in_words(found: &Doctor) -> String {
    let mut parts = vec![match found.health {
        Health::Ok => "nothing is wrong: charging goes on, nothing is held, no doubt is old, and \
                       the clock is right\n"
            .to_owned(),
        Health::Attention => String::new(),
    }];
    let sentences = found.attention.iter();
    parts.extend(sentences.map(|sentence| format!("! {sentence}\n")));

    let held = found.sweep.iter().flat_map(|held| &held.parts);
    let held: Vec<&Part> = held.collect();
    let sections = [
        (
            held.len(),
            batch(&held).to_string(),
            "Held until it is approved. new: added less than a day before; late: by more than a day; \
             dear: at a price that rose too far. `dues show SUBSCRIPTION` shows one of each; what is \
             wrong is canceled or paused; `dues approve` lets out the rest.",
        ),
        (
            found.differences.len(),
            differences(&found.differences).to_string(),
            "The gateway says otherwise. Find each merchant_uid in its console; refund there what \
             nobody owed, or leave it. Then `dues release --fence`; who is held besides is \
             released by `dues release ID`.",
        ),
        (
            found.holds.len(),
            holds(&found.holds).to_string(),
            "Held. Look with `dues show ID`, then `dues release ID`; `no_consent` waits for `dues consent ID`, \
             or for `dues cancel ID`.",
        ),
        (
            found.doubts.len(),
            doubts(&found.doubts).to_string(),
            "In doubt. They are asked about again and again; nothing is to be done unless they stay.",
        ),
    ];
    for (rows, table, words) in sections {
        if rows > 0 {
            parts.push(format!("\n{words}\n{table}"));
        }
    }
    if !found.unread.is_empty() {
        parts.push(format!(
            "\n{}\n{}",
            not_understood(found),
            unread(&found.unread)
        ));
    }
    parts.concat()
}

fn differences(rows: &[Difference]) -> Table<6> {
    let mut table = Table::new([
        ("subscription", Side::Left),
        ("cycle", Side::Right),
        ("amount", Side::Right),
        ("we have", Side::Left),
        ("the gateway has", Side::Left),
        ("merchant_uid", Side::Left),
    ]);
    for row in rows {
        table.push([
            row.subscription.clone(),
            row.cycle.to_string(),
            won(row.amount),
            row.ours.clone(),
            row.theirs.clone(),
            row.merchant_uid.clone(),
        ]);
    }
    table
}

fn batch(parts: &[&Part]) -> Table<7> {
    let mut table = Table::new([
        ("plan", Side::Left),
        ("why", Side::Left),
        ("charges", Side::Right),
        ("sum", Side::Right),
        ("due from", Side::Left),
        ("to", Side::Left),
        ("such as", Side::Left),
    ]);
    for part in parts {
        table.push([
            part.plan.clone(),
            part.reason.clone(),
            grouped(part.charges),
            won(part.won),
            local(&part.first_due_at),
            local(&part.last_due_at),
            part.example.clone(),
        ]);
    }
    table
}

fn holds(rows: &[Hold]) -> Table<3> {
    let mut table = Table::new([
        ("subscription", Side::Left),
        ("reason", Side::Left),
        ("status", Side::Left),
    ]);
    for row in rows {
        table.push([
            row.subscription.clone(),
            row.reason.clone(),
            row.status.clone(),
        ]);
    }
    table
}

/// What the declines are that could not be read, and what to do about them.
fn not_understood(found: &Doctor) -> String {
    let newest = if found.declines_read < DECLINES_MAX {
        String::new()
    } else {
        format!(
            ", of the newest {} declines without a known reason",
            grouped(found.declines_read.into())
        )
    };
    format!(
        "Not understood, in the last {DECLINES_DAYS} days{newest}: they are tried again as `generic`. Ask your PG \
         what the code means; write it with its class (funds, technical, generic, new_card, never, duplicate or \
         merchant) under the table that is named, and start dues anew. For a text without a code there is nothing \
         to write."
    )
}

fn unread(rows: &[Unread]) -> Table<5> {
    let mut table = Table::new([
        ("pg", Side::Left),
        ("times", Side::Right),
        ("last", Side::Left),
        ("text", Side::Left),
        ("write", Side::Left),
    ]);
    for row in rows {
        table.push([
            row.pg.clone().unwrap_or_default(),
            row.times.to_string(),
            local(&row.last_at),
            row.example.clone(),
            row.write.clone().unwrap_or_default(),
        ]);
    }
    table
}

fn doubts(rows: &[Doubt]) -> Table<6> {
    let mut table = Table::new([
        ("subscription", Side::Left),
        ("cycle", Side::Right),
        ("amount", Side::Right),
        ("since", Side::Left),
        ("asked", Side::Right),
        ("why", Side::Left),
    ]);
    for row in rows {
        let why = [row.cause.as_deref(), row.message.as_deref()];
        let why: Vec<&str> = why.into_iter().flatten().collect();
        table.push([
            row.subscription.clone(),
            row.cycle.to_string(),
            won(row.amount),
            local(&row.begun_at),
            row.asked.to_string(),
            why.join(" "),
        ]);
    }
    table
}
