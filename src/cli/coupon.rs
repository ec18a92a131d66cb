//! `dues coupon` and `dues uncoupon`.

use crate::cli::change::Named;
use crate::cli::changed::tell;
use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::Manner;
use crate::cli::output::Output;
use crate::cli::typed;
use crate::control::client::Client;
use crate::control::protocol::Coupon;

/// A coupon to redeem, from the next cycle on that was not tried.
#[derive(Debug, clap::Args)]
pub(super) struct Redeeming {
    /// The subscription's id
    id: String,
    /// The coupon's code, as in the configuration
    #[arg(value_parser = typed::coupon)]
    code: String,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn coupon(
    redeeming: Redeeming,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = redeeming.manner.of(client);
    let coupon = Coupon {
        coupon: redeeming.code,
        reason: redeeming.manner.reason,
    };
    tell(client.coupon(&redeeming.id, &coupon).await?, output)
}

pub(super) async fn uncoupon(
    named: Named,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = named.manner.of(client);
    tell(
        client.uncoupon(&named.id, &named.manner.why()).await?,
        output,
    )
}
