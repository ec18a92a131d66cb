//! `dues cards`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::pages::{self, List};
use crate::cli::table::Side;
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
    let list = List {
        columns: [
            ("subscription", Side::Left),
            ("customer", Side::Left),
            ("plan", Side::Left),
            ("expires", Side::Left),
            ("cycle", Side::Right),
            ("charged", Side::Left),
        ],
        cells,
        words: Some((
            "nobody has to be asked: no card is known to expire before it is charged",
            "dues card ID CUSTOMER_UID --expires YYYY-MM says which card is charged from then on",
        )),
    };
    let page = async |after: Option<&str>| client.cards(expiring.days, after).await;
    pages::write(list, page, output).await?;
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
