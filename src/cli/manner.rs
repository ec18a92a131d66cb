//! How something is asked for: once, and why. Every command that changes something takes both.

use crate::cli::output::say;
use crate::cli::typed;
use crate::control::client::{Client, Told};
use crate::control::protocol::Reason;

/// How something is asked for.
#[derive(Debug, Default, clap::Args)]
pub(super) struct Manner {
    /// Do it once, however often it is asked for under this key within 30 days
    #[arg(long, value_name = "KEY", value_parser = typed::idempotency_key)]
    idempotency_key: Option<String>,
    /// Why; kept in the journal with your user id
    #[arg(long, value_name = "TEXT", value_parser = typed::said)]
    pub(super) reason: Option<String>,
}

impl Manner {
    /// The client that asks so.
    pub(super) fn of(&self, client: &Client) -> Client {
        client.under(self.idempotency_key.clone())
    }

    /// The reason alone, for what needs nothing else.
    pub(super) fn why(&self) -> Reason {
        Reason {
            reason: self.reason.clone(),
        }
    }
}

/// Takes the answer; says so when it is one that was given before.
pub(super) fn answer<T>(told: Told<T>) -> T {
    if told.is_repeated {
        say(
            "dues: this was done before under this key: nothing was done now, and this is what was \
             said then",
        );
    }
    told.answer
}
