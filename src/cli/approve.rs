//! `dues approve`.

use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::{Manner, answer};
use crate::cli::output::Output;
use crate::cli::words::won;
use crate::control::client::Client;
use crate::control::protocol::sweep::Approval;
use crate::core::counted::counted;

/// A batch that is held.
#[derive(Debug, clap::Args)]
pub(super) struct Approve {
    /// The name of the batch, as `dues doctor` shows it
    hash: String,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn approve(
    approve: Approve,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let Approve { hash, manner } = approve;
    let reason = manner.reason.clone();
    let client = manner.of(client);
    let approved = answer(client.approve(&Approval { hash, reason }).await?);
    output.one(&approved, || {
        let (charges, sum) = (counted(approved.charges, "charge"), won(approved.won));
        format!("{charges} of {sum} may go out; charging goes on\n")
    })?;
    Ok(Exit::Done)
}
