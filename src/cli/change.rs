//! `dues pause`, `resume`, `cancel`, `uncancel`, `release` and `card`.

use crate::cli::changed::tell;
use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::{Manner, answer};
use crate::cli::output::Output;
use crate::cli::typed;
use crate::control::client::Client;
use crate::control::protocol::change::{Cancel, NewCard, Pause};
use crate::control::protocol::{Freed, Missed, Retry, Skip};

/// A subscription.
#[derive(Debug, clap::Args)]
pub(super) struct Named {
    /// The subscription's id
    pub(super) id: String,
    #[command(flatten)]
    pub(super) manner: Manner,
}

/// A subscription to end.
#[derive(Debug, clap::Args)]
pub(super) struct Canceling {
    /// The subscription's id
    id: String,
    /// End it when the period that was begun last is over, and charge nothing after it (dues uncancel)
    /// [default: now]
    #[arg(long)]
    at_period_end: bool,
    /// End it although its minimum term is not over, or notice was not given; needs --reason
    #[arg(long, requires = "reason")]
    waive_term: bool,
    #[command(flatten)]
    manner: Manner,
}

/// A subscription not to charge for a while.
#[derive(Debug, clap::Args)]
pub(super) struct Pausing {
    #[command(flatten)]
    freeing: Freeing,
    /// Go on by itself then: an instant, or the beginning of a day in Korea [default: when you resume it]
    #[arg(long, value_name = "DATE", value_parser = typed::beginning)]
    until: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// A subscription to let go on.
#[derive(Debug, clap::Args)]
pub(super) struct Freeing {
    /// The subscription's id
    id: String,
    /// Do not charge what came due in the meantime
    #[arg(long, conflicts_with = "charge_latest")]
    skip_missed: bool,
    /// Charge the latest cycle that came due in the meantime, and skip the others
    #[arg(long)]
    charge_latest: bool,
    /// Let the cycle that came due in the meantime begin when it goes on, and count the dates from there
    #[arg(long, conflicts_with_all = ["skip_missed", "charge_latest"])]
    move_anchor: bool,
}

/// A hold to lift: of one subscription, or of everybody.
#[derive(Debug, clap::Args)]
pub(super) struct Releasing {
    #[command(flatten)]
    freeing: Option<Freeing>,
    #[command(flatten)]
    manner: Manner,
    /// Charge again although the gateway says otherwise about some cycles (dues doctor)
    #[arg(long, conflicts_with = "Freeing", required_unless_present = "id")]
    fence: bool,
}

/// A subscription and its new card.
#[derive(Debug, clap::Args)]
pub(super) struct Card {
    /// The subscription's id
    id: String,
    /// The gateway's name for the card to charge from now on
    #[arg(value_parser = typed::customer_uid)]
    new_customer_uid: String,
    /// The last month in which it can be charged, such as 2027-03; of the card that the subscription has
    /// already, that is all that is told
    #[arg(long, value_name = "YYYY-MM")]
    expires: Option<String>,
    #[command(flatten)]
    manner: Manner,
}

/// A cycle not to charge.
#[derive(Debug, clap::Args)]
pub(super) struct Skipping {
    /// The subscription's id
    id: String,
    /// The cycle that is meant, so that saying it twice skips one [default: the one that waits]
    #[arg(long, value_name = "N", value_parser = typed::cycle)]
    cycle: Option<u32>,
    #[command(flatten)]
    manner: Manner,
}

/// A cycle to try now.
#[derive(Debug, clap::Args)]
pub(super) struct Retrying {
    /// The subscription's id
    id: String,
    /// The cycle that is meant [default: the oldest that is owed]
    #[arg(long, value_name = "N", value_parser = typed::cycle)]
    cycle: Option<u32>,
    #[command(flatten)]
    manner: Manner,
}

/// A subscription to charge again.
#[derive(Debug, clap::Args)]
pub(super) struct Resuming {
    #[command(flatten)]
    freeing: Freeing,
    /// Leave the dates as they were, which is what happens anyhow
    #[arg(long, conflicts_with = "move_anchor")]
    keep_anchor: bool,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn pause(
    pausing: Pausing,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = pausing.manner.of(client);
    let Freed { missed, reason } = pausing.freeing.freed(&pausing.manner);
    let pause = Pause {
        until: pausing.until,
        missed,
        reason,
    };
    tell(client.pause(&pausing.freeing.id, &pause).await?, output)
}

pub(super) async fn resume(
    resuming: Resuming,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let Resuming {
        freeing,
        keep_anchor,
        manner,
    } = resuming;
    // Saying so is saying nothing: the dates stay unless somebody moves them.
    debug_assert!(!(keep_anchor && freeing.move_anchor), "clap sees to it");
    let client = manner.of(client);
    let freed = freeing.freed(&manner);
    tell(client.resume(&freeing.id, &freed).await?, output)
}

pub(super) async fn suspend(
    named: Named,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = named.manner.of(client);
    let why = named.manner.why();
    if why.reason.is_none() {
        let what = "say why with --reason TEXT: nobody asked for it but you";
        return Err(Failure::said(Exit::Usage, what.to_owned()));
    }
    tell(client.suspend(&named.id, &why).await?, output)
}

pub(super) async fn reactivate(
    resuming: Resuming,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = resuming.manner.of(client);
    let freed = resuming.freeing.freed(&resuming.manner);
    tell(
        client.reactivate(&resuming.freeing.id, &freed).await?,
        output,
    )
}

pub(super) async fn cancel(
    canceling: Canceling,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = canceling.manner.of(client);
    let cancel = Cancel {
        at_period_end: canceling.at_period_end,
        waive_term: canceling.waive_term,
        reason: canceling.manner.reason,
    };
    tell(client.cancel(&canceling.id, &cancel).await?, output)
}

pub(super) async fn uncancel(
    named: Named,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = named.manner.of(client);
    tell(
        client.uncancel(&named.id, &named.manner.why()).await?,
        output,
    )
}

pub(super) async fn release(
    releasing: Releasing,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let manner = releasing.manner;
    let client = manner.of(client);
    if let Some(freeing) = releasing.freeing {
        let freed = freeing.freed(&manner);
        return tell(client.release(&freeing.id, &freed).await?, output);
    }
    let released = answer(client.release_fence(&manner.why()).await?);
    output.one(&released, || {
        let words = if released.is_changed {
            "charging goes on"
        } else {
            "nothing was held"
        };
        format!("{words}\n")
    })?;
    Ok(Exit::Done)
}

pub(super) async fn skip(
    skipping: Skipping,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = skipping.manner.of(client);
    let skip = Skip {
        cycle: skipping.cycle,
        reason: skipping.manner.reason,
    };
    tell(client.skip(&skipping.id, &skip).await?, output)
}

pub(super) async fn retry(
    retrying: Retrying,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = retrying.manner.of(client);
    let Some(reason) = retrying.manner.reason else {
        let what = "say why with --reason TEXT: money moves, and not by the plan's rules";
        return Err(Failure::said(Exit::Usage, what.to_owned()));
    };
    let retry = Retry {
        cycle: retrying.cycle,
        reason,
    };
    tell(client.retry(&retrying.id, &retry).await?, output)
}

pub(super) async fn card(
    card: Card,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = card.manner.of(client);
    let new = NewCard {
        customer_uid: card.new_customer_uid,
        expires: typed::expiry("--expires", card.expires.as_deref())?,
        reason: card.manner.reason,
    };
    tell(client.card(&card.id, &new).await?, output)
}

impl Freeing {
    fn freed(&self, manner: &Manner) -> Freed {
        let missed = match (self.skip_missed, self.charge_latest, self.move_anchor) {
            (true, _, _) => Some(Missed::Skip),
            (false, true, _) => Some(Missed::ChargeLatest),
            (false, false, true) => Some(Missed::MoveAnchor),
            (false, false, false) => None,
        };
        Freed {
            missed,
            reason: manner.reason.clone(),
        }
    }
}
