//! How a command ends: a code for scripts, a sentence for people. The one place that knows the codes.

use std::io::Write;
use std::process::ExitCode;

use crate::control::client::NoResult;
use crate::control::protocol::{Fault, Kind};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done.
    Done,
    /// Failed.
    Failed,
    /// The command line is wrong, or a value on it.
    Usage,
    /// Some of it was done.
    Partial,
    /// This user may not.
    NotPermitted,
    /// No such thing.
    NotFound,
    /// It contradicts what is there.
    Conflict,
    /// Nobody answers.
    Unreachable,
    /// A person should look.
    Attention,
    /// The configuration is wrong.
    BadConfiguration,
}

impl Exit {
    /// The code that scripts see.
    pub(super) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Partial => 3,
            Self::NotPermitted => 4,
            Self::NotFound => 5,
            Self::Conflict => 6,
            Self::Unreachable => 7,
            Self::Attention => 10,
            Self::BadConfiguration => 78,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

/// Why a command ended early.
#[derive(Debug)]
pub(super) struct Failure {
    exit: Exit,
    why: anyhow::Error,
}

impl Failure {
    pub(super) fn new(exit: Exit, why: impl Into<anyhow::Error>) -> Self {
        let why = why.into();
        Self { exit, why }
    }

    /// A failure that has no cause but itself.
    pub(super) fn said(exit: Exit, what: String) -> Self {
        Self::new(exit, anyhow::Error::msg(what))
    }

    /// Adds what was being done.
    pub(super) fn doing(self, what: impl Into<String>) -> Self {
        let why = self.why.context(what.into());
        Self { why, ..self }
    }

    /// Tells the person, unless what went wrong is that nobody reads the output any more.
    pub(super) fn tell(self) -> Exit {
        if is_closed_pipe(&self.why) {
            return Exit::Done;
        }
        // When stderr cannot be written, the code still says it.
        writeln!(std::io::stderr().lock(), "dues: {:#}", self.why).ok();
        self.exit
    }
}

fn is_closed_pipe(why: &anyhow::Error) -> bool {
    let kinds = why
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .map(std::io::Error::kind);
    kinds
        .into_iter()
        .any(|kind| kind == std::io::ErrorKind::BrokenPipe)
}

impl From<NoResult> for Failure {
    fn from(why: NoResult) -> Self {
        let exit = match &why {
            NoResult::Refused(fault) => exit_of(fault),
            NoResult::Unreachable(_) => Exit::Unreachable,
            NoResult::NoClient { .. } => Exit::Failed,
        };
        Self::new(exit, why)
    }
}

/// Writing what was found failed.
impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::new(Exit::Failed, error).doing("cannot write the output")
    }
}

fn exit_of(fault: &Fault) -> Exit {
    match fault.kind {
        Kind::NotFound => Exit::NotFound,
        Kind::Conflict => Exit::Conflict,
        Kind::Invalid => Exit::Usage,
        Kind::NotPermitted => Exit::NotPermitted,
        Kind::Stopping => Exit::Unreachable,
        Kind::Failed => Exit::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::control::client::Unreachable;

    #[test]
    fn each_kind_of_fault_has_its_code() {
        let kinds = [
            ("not_found", 5),
            ("conflict", 6),
            ("invalid", 2),
            ("not_permitted", 4),
            ("stopping", 7),
            ("failed", 1),
            ("something a newer daemon says", 1),
        ];
        for (kind, code) in kinds {
            let body = serde_json::json!({ "kind": kind, "message": "why" });
            let fault: Fault = serde_json::from_value(body).unwrap();
            let failure = Failure::from(NoResult::Refused(fault));
            assert_eq!(failure.exit.code(), code, "{kind}");
        }
        let absent = Unreachable::Absent(PathBuf::from("/run/dues/dues.sock"));
        assert_eq!(Failure::from(NoResult::from(absent)).exit.code(), 7);
    }

    #[test]
    fn a_closed_pipe_is_no_failure() {
        let pipe = std::io::Error::from(std::io::ErrorKind::BrokenPipe);
        assert_eq!(Failure::from(pipe).tell(), Exit::Done);
    }

    #[test]
    fn the_help_names_every_code() {
        let all = [
            Exit::Done,
            Exit::Failed,
            Exit::Usage,
            Exit::Partial,
            Exit::NotPermitted,
            Exit::NotFound,
            Exit::Conflict,
            Exit::Unreachable,
            Exit::Attention,
            Exit::BadConfiguration,
        ];
        for exit in all {
            let line = format!("\n  {:>2}  ", exit.code());
            assert!(crate::cli::AFTER_HELP.contains(&line), "{exit:?}");
        }
    }
}
