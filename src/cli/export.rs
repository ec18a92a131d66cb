//! `dues export`.

use clap::ValueEnum;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Format, Output};
use crate::control::client::Client;
use crate::control::protocol::{self, Attempt, Cycle, Event, Subscription};

/// What to write.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    /// What to write
    what: What,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum What {
    /// Every subscription
    Subscriptions,
    /// Every cycle: what was and will be asked for, and what became of it
    Cycles,
    /// Every request to charge
    Attempts,
    /// The journal: everything that ever happened
    Events,
}

pub(super) async fn export(
    export: Export,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let possible = [Format::Jsonl, Format::Json, Format::Csv];
    let format = output.format(Format::Jsonl, &possible)?;
    let to = (output, format);
    match export.what {
        What::Subscriptions => {
            let what = protocol::Export::Subscriptions;
            pages(client, what, to, |row: Subscription| row).await
        }
        What::Cycles => {
            let what = protocol::Export::Cycles;
            pages(client, what, to, |row: Cycle| row).await
        }
        What::Attempts => {
            let what = protocol::Export::Attempts;
            pages(client, what, to, |row: Attempt| row).await
        }
        What::Events if format == Format::Csv => {
            pages(client, protocol::Export::Events, to, flat).await
        }
        What::Events => {
            let what = protocol::Export::Events;
            pages(client, what, to, |row: Event| row).await
        }
    }
}

async fn pages<T: Serialize + DeserializeOwned>(
    client: &Client,
    what: protocol::Export,
    (output, format): (&mut Output, Format),
    shape: impl Fn(T) -> T,
) -> Result<Exit, Failure> {
    let mut page = client.export(what, None).await?;
    let mut many = output.many(format);
    loop {
        let rows: Vec<T> = page.rows.into_iter().map(&shape).collect();
        many.write(&rows)?;
        let Some(next) = page.next else { break };
        page = client.export(what, Some(&next)).await?;
    }
    many.end()?;
    Ok(Exit::Done)
}

/// A cell of CSV holds no object, but its text.
fn flat(event: Event) -> Event {
    Event {
        after: serde_json::Value::String(event.after.to_string()),
        ..event
    }
}
