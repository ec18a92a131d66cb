//! `dues cards`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Format, Output, say};
use crate::cli::table::{Side, Table};
use crate::cli::typed;
use crate::cli::words::local;
use crate::control::client::Client;
use crate::control::protocol::cards::Expiring as Row;
use crate::control::protocol::consent::DAYS_MAX;

/// Whom to ask.
#[derive(Debug, clap::Args)]
pub(super) struct Expiring {
    /// How far ahead charges are looked at [default: 30]
    #[arg(long, value_name = "N", value_parser = typed::count(1..=DAYS_MAX))]
    days: Option<u32>,
}

pub(super) async fn cards(
    expiring: Expiring,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let formats = [Format::Table, Format::Json, Format::Jsonl, Format::Csv];
    let format = output.format(Format::Table, &formats)?;
    let mut page = client.cards(expiring.days, None).await?;
    if format != Format::Table {
        let mut many = output.many(format);
        many.write(&page.rows)?;
        while let Some(next) = page.next {
            page = client.cards(expiring.days, Some(&next)).await?;
            many.write(&page.rows)?;
        }
        many.end()?;
        return Ok(Exit::Done);
    }

    let mut table = Table::new([
        ("subscription", Side::Left),
        ("customer", Side::Left),
        ("plan", Side::Left),
        ("expires", Side::Left),
        ("cycle", Side::Right),
        ("charged", Side::Left),
    ]);
    let mut count = page.rows.len();
    page.rows.iter().for_each(|row| table.push(cells(row)));
    while let Some(next) = page.next {
        page = client.cards(expiring.days, Some(&next)).await?;
        count += page.rows.len();
        page.rows.iter().for_each(|row| table.push(cells(row)));
    }
    if count == 0 {
        say("nobody has to be asked: no card is known to expire before it is charged");
        return Ok(Exit::Done);
    }
    output.text(&table.to_string())?;
    say("dues card ID CUSTOMER_UID --expires YYYY-MM says which card is charged from then on");
    Ok(Exit::Done)
}

fn cells(row: &Row) -> [String; 6] {
    [
        row.subscription.clone(),
        row.customer_uid.clone(),
        row.plan.clone(),
        row.card_expires.clone(),
        row.cycle.to_string(),
        local(&row.at),
    ]
}
