//! `dues list`.

use clap::builder::PossibleValuesParser;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::pages;
use crate::cli::show::status;
use crate::cli::table::Side;
use crate::cli::words::{local_or_nothing, won_each};
use crate::control::client::Client;
use crate::control::protocol::Subscription;
use crate::core::subscription::Status;

/// Which subscriptions.
#[derive(Debug, clap::Args)]
pub(super) struct List {
    /// Only those of this status
    #[arg(long, value_parser = PossibleValuesParser::new(Status::ALL.map(Status::name)))]
    status: Option<String>,
}

pub(super) async fn list(
    list: List,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let shown = pages::List {
        columns: [
            ("id", Side::Left),
            ("customer", Side::Left),
            ("plan", Side::Left),
            ("amount", Side::Right),
            ("status", Side::Left),
            ("next due", Side::Left),
            ("hold", Side::Left),
        ],
        cells,
        words: None,
    };
    let wanted = list.status.as_deref();
    let page = async |after: Option<&str>| client.list(after, wanted).await;
    pages::write(shown, page, output).await?;
    Ok(Exit::Done)
}

fn cells(row: &Subscription) -> [String; 7] {
    [
        row.id.clone(),
        row.customer_uid.clone(),
        row.plan.clone(),
        won_each(row.amount, row.quantity),
        status(row),
        local_or_nothing(row.next_due_at.as_deref()),
        row.hold.clone().unwrap_or_default(),
    ]
}
