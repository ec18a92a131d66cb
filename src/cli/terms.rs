//! `dues change-plan` and `dues change-quantity`: what a subscription is charged for.

use crate::cli::changed::tell;
use crate::cli::exit::{Exit, Failure};
use crate::cli::manner::Manner;
use crate::cli::output::{Output, say};
use crate::cli::typed;
use crate::control::client::{Client, Told};
use crate::control::protocol::Changed;
use crate::control::protocol::change::{NewPlan, NewQuantity};

/// A subscription and its new plan.
#[derive(Debug, clap::Args)]
pub(super) struct Changing {
    /// The subscription's id
    id: String,
    /// The plan to charge it by
    #[arg(value_parser = typed::plan)]
    plan: String,
    /// Let the new plan begin now, and take what is left of the paid period off the next cycles [default:
    /// from the next cycle on]
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    manner: Manner,
}

/// A subscription and how many it is to have.
#[derive(Debug, clap::Args)]
pub(super) struct Counting {
    /// The subscription's id
    id: String,
    /// How many it has of what its plan sells
    #[arg(allow_negative_numbers = true, value_parser = typed::quantity)]
    quantity: u32,
    /// Let it begin now, and take what is left of the paid period off the next cycles [default: from the
    /// next cycle on]
    #[arg(long)]
    now: bool,
    #[command(flatten)]
    manner: Manner,
}

pub(super) async fn change_plan(
    changing: Changing,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = changing.manner.of(client);
    let reason = changing.manner.reason;
    has_reason(changing.now, reason.as_ref())?;
    let new = NewPlan {
        plan: changing.plan,
        now: changing.now,
        reason,
    };
    told(
        client.change_plan(&changing.id, &new).await?,
        new.now,
        output,
    )
}

pub(super) async fn change_quantity(
    counting: Counting,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let client = counting.manner.of(client);
    let reason = counting.manner.reason;
    has_reason(counting.now, reason.as_ref())?;
    let new = NewQuantity {
        quantity: counting.quantity.into(),
        now: counting.now,
        reason,
    };
    told(
        client.change_quantity(&counting.id, &new).await?,
        new.now,
        output,
    )
}

fn has_reason(now: bool, reason: Option<&String>) -> Result<(), Failure> {
    if now && reason.is_none() {
        let what = "say why with --reason TEXT: money moves now";
        return Err(Failure::said(Exit::Usage, what.to_owned()));
    }
    Ok(())
}

/// Whoever said now and changed nothing may have meant a change that begins with the next cycle already.
fn told(told: Told<Changed>, now: bool, output: &mut Output) -> Result<Exit, Failure> {
    let is_in_vain = now && !told.answer.is_changed;
    let exit = tell(told, output)?;
    if is_in_vain {
        say(
            "dues: it has that already, from now or from its next cycle on; to let what begins with the next cycle \
             begin now, change it back first",
        );
    }
    Ok(exit)
}
