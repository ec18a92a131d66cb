//! Tests of configuration as an operator meets it: files in, values or a list of faults out.

#![allow(
    clippy::needless_raw_string_hashes,
    reason = "snapshots are written with them"
)]

mod credentials;
mod faults;
mod files;
mod merging;
mod prices;
mod shown;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::config::credentials::Credentials;
use crate::config::problems::Problems;
use crate::config::sources::Environment;
use crate::config::{Config, load, load_to_serve};

/// What every test needs that is about something else. Keys of the gateway can follow.
const GATEWAY: &str = "[gateway]\nimp_key = \"key\"\nimp_secret_file = \"secret\"\n";

/// The same with something to sell.
const SHOP: &str = "[plans.any]\nname = \"Any\"\namount = 1\nevery = \"1 month\"\n[gateway]\nimp_key = \"key\"\nimp_secret_file = \"secret\"\n";

/// A directory with a configuration and a secret of mode 0600.
struct Etc {
    directory: tempfile::TempDir,
}

impl Etc {
    fn new(main: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("conf.d")).unwrap();
        Self { directory }
            .with("dues.toml", main)
            .with("secret", "s3cr3t\n")
            .with_mode("secret", 0o600)
    }

    fn with(self, name: &str, text: impl AsRef<[u8]>) -> Self {
        fs::write(self.path(name), text).unwrap();
        self
    }

    fn with_mode(self, name: &str, mode: u32) -> Self {
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        self
    }

    fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    fn load(&self) -> Config {
        self.load_in(&Environment::default())
    }

    fn load_in(&self, environment: &Environment) -> Config {
        load(&self.path("dues.toml"), environment).unwrap()
    }

    fn serve(&self) -> Result<(Config, Credentials), Problems> {
        self.serve_in(&Environment::default())
    }

    fn serve_in(&self, environment: &Environment) -> Result<(Config, Credentials), Problems> {
        load_to_serve(&self.path("dues.toml"), environment)
    }

    /// The report, or the warnings if there is none, with the directory's name taken out.
    fn report(&self) -> String {
        self.report_in(&Environment::default())
    }

    fn report_in(&self, environment: &Environment) -> String {
        let text = match self.serve_in(environment) {
            Ok((config, _)) => {
                let warnings = config.warnings.iter();
                let lines: Vec<String> = warnings
                    .map(|warning| format!("warning: {warning}"))
                    .collect();
                lines.join("\n")
            }
            Err(problems) => problems.to_string(),
        };
        text.replace(&format!("{}/", self.directory.path().display()), "")
    }
}

/// The repository's `config` directory.
fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("config")
        .join(name)
}
