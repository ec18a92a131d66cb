//! Where the log goes: systemd's journal with fields, or lines of text or JSON on stderr.

use std::io::IsTerminal;

use anyhow::{Context, Result};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use crate::config::LogForm;

/// What is logged unless `RUST_LOG` says otherwise. Libraries below us may log what they send.
const FILTER: &str = "warn,dues=info";

/// Starts the log.
pub(super) fn start(form: LogForm) -> Result<()> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(FILTER));
    let layer = layer(form).context("cannot start the log")?;
    Registry::default()
        .with(layer.with_filter(filter))
        .try_init()
        .context("cannot start the log")
}

type AnyLayer = Box<dyn Layer<Registry> + Send + Sync>;

fn layer(form: LogForm) -> std::io::Result<AnyLayer> {
    let stderr = || tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    let text = || -> AnyLayer { stderr().with_ansi(std::io::stderr().is_terminal()).boxed() };
    match form {
        LogForm::Journal => Ok(tracing_journald::layer()?.boxed()),
        LogForm::Json => Ok(stderr().json().flatten_event(true).boxed()),
        LogForm::Auto if is_under_journal() => Ok(match tracing_journald::layer() {
            Ok(journal) => journal.boxed(),
            // The journal is not reachable: stderr is collected by the same systemd.
            Err(_) => text(),
        }),
        LogForm::Auto | LogForm::Text => Ok(text()),
    }
}

/// systemd sets this when stderr leads to its journal.
fn is_under_journal() -> bool {
    std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal()
}
