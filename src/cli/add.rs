//! `dues add`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::{Manner, answer};
use crate::cli::output::Output;
use crate::cli::typed;
use crate::cli::words::local;
use crate::control::client::Client;
use crate::control::protocol::Wanted;

/// A subscription to add.
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// The gateway's name for the card
    #[arg(value_parser = typed::customer_uid)]
    customer_uid: String,
    /// The plan
    #[arg(long, value_name = "ID", value_parser = typed::plan)]
    plan: String,
    /// Its id; derived from customer, plan and anchor if left out
    #[arg(long, value_parser = typed::subscription)]
    id: Option<String>,
    /// Where cycles are counted from, such as 2026-01-31T10:00:00+09:00; now if left out
    #[arg(long, value_name = "RFC3339", value_parser = typed::instant)]
    anchor: Option<String>,
    /// The first cycle to charge, if earlier ones were paid elsewhere
    #[arg(long, value_name = "N", value_parser = typed::cycle)]
    next_cycle: Option<u32>,
    /// How many of what the plan sells [default: 1]
    #[arg(long, value_name = "N", value_parser = typed::quantity)]
    quantity: Option<u32>,
    /// The code of a coupon to redeem
    #[arg(long, value_name = "CODE", value_parser = typed::coupon)]
    coupon: Option<String>,
    /// The last month in which the card can be charged, such as 2027-03 (dues cards)
    #[arg(long, value_name = "YYYY-MM")]
    card_expires: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn add(add: Add, client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let client = add.manner.of(client);
    let wanted = Wanted {
        customer_uid: add.customer_uid,
        plan: add.plan,
        anchor: add.anchor,
        id: add.id,
        next_cycle: add.next_cycle,
        quantity: add.quantity,
        coupon: add.coupon,
        card_expires: typed::expiry("--card-expires", add.card_expires.as_deref())?,
        reason: add.manner.reason,
    };
    let added = answer(client.add(&wanted).await?);
    output.one(&added, || {
        let (id, due) = (&added.id, local(&added.first_due_at));
        if added.is_new {
            format!("{id} added: first cycle due {due}\n")
        } else {
            format!("{id} is there already, just so: nothing changed\n")
        }
    })?;
    Ok(Exit::Done)
}
