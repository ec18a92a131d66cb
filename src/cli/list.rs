//! `dues list`.

use clap::builder::PossibleValuesParser;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Format, Output};
use crate::cli::show::status;
use crate::cli::table::{Side, Table};
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
    let possible = [Format::Table, Format::Json, Format::Jsonl, Format::Csv];
    let format = output.format(Format::Table, &possible)?;
    let status = list.status.as_deref();
    let mut page = client.list(None, status).await?;

    if format == Format::Table {
        // A table is as wide as its widest row, so that all of them have to be here first.
        let mut rows = page.rows;
        while let Some(next) = page.next {
            page = client.list(Some(&next), status).await?;
            rows.append(&mut page.rows);
        }
        output.text(&table(&rows).to_string())?;
        return Ok(Exit::Done);
    }

    let mut many = output.many(format);
    many.write(&page.rows)?;
    while let Some(next) = page.next {
        page = client.list(Some(&next), status).await?;
        many.write(&page.rows)?;
    }
    many.end()?;
    Ok(Exit::Done)
}

fn table(rows: &[Subscription]) -> Table<7> {
    let mut table = Table::new([
        ("id", Side::Left),
        ("customer", Side::Left),
        ("plan", Side::Left),
        ("amount", Side::Right),
        ("status", Side::Left),
        ("next due", Side::Left),
        ("hold", Side::Left),
    ]);
    for row in rows {
        table.push([
            row.id.clone(),
            row.customer_uid.clone(),
            row.plan.clone(),
            won_each(row.amount, row.quantity),
            status(row),
            local_or_nothing(row.next_due_at.as_deref()),
            row.hold.clone().unwrap_or_default(),
        ]);
    }
    table
}
