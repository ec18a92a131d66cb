//! Tools that a test needs and a machine may lack. `.ci/run` installs them and demands them; elsewhere
//! a test that lacks one says so and is left out.

use std::io::Write;
use std::process::{Command, Stdio};

/// When it says `required`, a tool that is missing fails the test.
const REQUIRED: &str = "DUES_TEST_TOOLS";

/// Whether there is a tool. What is not there is told, and is a failure where tools are required.
pub(crate) fn has(tool: &str, probe: &[&str]) -> bool {
    let works = Command::new(probe[0])
        .args(&probe[1..])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !works {
        let is_required = std::env::var(REQUIRED).is_ok_and(|value| value == "required");
        let probe = probe.join(" ");
        assert!(
            !is_required,
            "{tool} is required, but `{probe}` does not work"
        );
        // Past the test harness, which keeps to itself what a test that goes well prints.
        let left_out = format!("LEFT OUT: needs {tool}, and `{probe}` does not work here\n");
        std::io::stderr().write_all(left_out.as_bytes()).unwrap();
    }
    works
}
