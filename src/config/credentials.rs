//! The merchant's credentials: where they are looked for, and what is said when they are not there.

use std::path::{Path, PathBuf};

use crate::config::Purpose;
use crate::config::problems::{Fault, Place, Report};
use crate::config::raw::{Parsed, RawGateway};
use crate::config::secret::{self, Secret, Unusable};
use crate::config::sources::Environment;

/// What the gateway knows the merchant by.
#[derive(Debug, Clone)]
pub struct Credentials {
    /// The REST API key.
    pub imp_key: Secret,
    /// The REST API secret.
    pub imp_secret: Secret,
}

/// Looks for both: in the file that is named, in what is written, in systemd's directory.
pub(crate) fn find(
    raw: &RawGateway,
    main: &Path,
    environment: &Environment,
    purpose: Purpose,
    report: &mut Report,
) -> Option<Credentials> {
    let mut search = Search {
        place: Place::new(0, &main.display().to_string(), 0, 0),
        directory: environment.directory("CREDENTIALS_DIRECTORY"),
        is_loopback: raw.base_url.0.is_loopback && report.is_sound("gateway.base_url"),
        purpose,
        report,
    };
    let written = raw.imp_key.as_ref();
    let written = written.map(|Parsed(token)| Secret::new(&token.0));
    let imp_key = search.find("imp_key", raw.imp_key_file.as_ref(), written);
    let imp_secret = search.find("imp_secret", raw.imp_secret_file.as_ref(), None);
    Some(Credentials {
        imp_key: imp_key?,
        imp_secret: imp_secret?,
    })
}

struct Search<'a> {
    place: Place,
    directory: Option<&'a Path>,
    is_loopback: bool,
    purpose: Purpose,
    report: &'a mut Report,
}

impl Search<'_> {
    fn find(
        &mut self,
        name: &str,
        file: Option<&PathBuf>,
        written: Option<Secret>,
    ) -> Option<Secret> {
        let key = format!("gateway.{name}");
        let file_key = format!("{key}_file");
        if let Some(path) = file {
            let place = self.report.place_of(&file_key).unwrap_or(&self.place);
            return self.read(&place.clone(), &file_key, path);
        }
        if written.is_some() || !self.report.is_sound(&file_key) || !self.report.is_sound(&key) {
            return written;
        }

        let handed_over = self.directory.map(|directory| directory.join(name));
        if let Some(path) = handed_over.filter(|path| path.exists()) {
            let place = Place::new(0, "CREDENTIALS_DIRECTORY", 0, 0);
            return self.read(&place, name, &path);
        }
        // It may stand in a file that could not be read.
        if !self.report.has_unread() {
            let remedy = format!(
                "write {name}_file = \"PATH\" into [gateway], or give the unit LoadCredential={name}:PATH"
            );
            let place = self.place.clone();
            self.blame_the_daemon(&place, &key, &Fault::new("is missing", remedy));
        }
        None
    }

    fn read(&mut self, place: &Place, key: &str, path: &Path) -> Option<Secret> {
        let kept = match secret::read(path) {
            Ok(kept) => kept,
            Err(Unusable::Unreadable(fault)) => {
                self.blame_the_daemon(place, key, &fault);
                return None;
            }
            Err(Unusable::Wrong(fault)) => {
                self.report.refuse(place, key, &fault);
                return None;
            }
        };
        match (kept.exposed, self.is_loopback) {
            (None, _) => {}
            // What a simulated gateway takes protects nothing, and a fresh checkout should work.
            (Some(fault), true) => self.report.warn(place, key, &fault),
            (Some(fault), false) => self.report.refuse(place, key, &fault),
        }
        Some(kept.secret)
    }

    /// Only the daemon must be able to read credentials: a person who checks a file may not be, and
    /// has no directory from systemd.
    fn blame_the_daemon(&mut self, place: &Place, key: &str, fault: &Fault) {
        match self.purpose {
            Purpose::Serve => self.report.refuse(place, key, fault),
            Purpose::Check => self.report.warn(place, key, fault),
        }
    }
}
