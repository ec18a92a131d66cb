//! `dues consent` and `dues consents`.

use crate::cli::changed::tell;
use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::Manner;
use crate::cli::output::Output;
use crate::cli::pages::{self, List};
use crate::cli::table::Side;
use crate::cli::typed;
use crate::cli::words::{local, won};
use crate::control::client::Client;
use crate::control::protocol::consent::{Consent, DAYS_MAX, Want};

/// A consent to write down.
#[derive(Debug, clap::Args)]
pub(super) struct Given {
    /// The subscription's id
    id: String,
    /// When the customer agreed, such as 2026-03-01T15:30:00+09:00
    #[arg(long, value_name = "RFC3339", value_parser = typed::instant)]
    at: String,
    /// Up to how much for a whole cycle, in won
    #[arg(long, value_name = "WON", value_parser = typed::amount)]
    amount: i64,
    /// What shows it: where the customer's answer can be found
    #[arg(long, value_name = "TEXT", value_parser = typed::said)]
    evidence: String,
    #[command(flatten)]
    manner: Manner,
}

/// Whom to ask.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// How far ahead: a consent is good for 30 days [default: 30]
    #[arg(long, value_name = "N", value_parser = typed::count(1..=DAYS_MAX))]
    days: Option<u32>,
}

pub(super) async fn consent(
    given: Given,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = given.manner.of(client);
    let consent = Consent {
        at: given.at,
        amount: given.amount,
        evidence: given.evidence,
        reason: given.manner.reason,
    };
    tell(client.consent(&given.id, &consent).await?, output)
}

pub(super) async fn consents(
    wanted: Wanted,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let list = List {
        columns: [
            ("subscription", Side::Left),
            ("customer", Side::Left),
            ("plan", Side::Left),
            ("cycle", Side::Right),
            ("from", Side::Right),
            ("to", Side::Right),
            ("charged", Side::Left),
            ("ask from", Side::Left),
            ("without", Side::Left),
        ],
        cells,
        words: Some((
            "nobody has to be asked: no price rises that was not agreed to",
            "dues consent ID --at WHEN --amount WON --evidence TEXT writes an answer down",
        )),
    };
    let page = async |after: Option<&str>| client.consents(wanted.days, after).await;
    pages::write(list, page, output).await?;
    Ok(Exit::Done)
}

fn cells(row: &Want) -> [String; 9] {
    [
        row.subscription.clone(),
        row.customer_uid.clone(),
        row.plan.clone(),
        row.cycle.to_string(),
        won(row.from),
        won(row.to),
        local(&row.at),
        local(&row.ask_from),
        row.without.clone(),
    ]
}
