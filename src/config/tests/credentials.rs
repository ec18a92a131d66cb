//! Credentials come from files that nobody else can read, and are never shown.

use std::path::Path;

use expect_test::expect;

use crate::config::gateway::CallRate;
use crate::config::sources::Environment;
use crate::config::tests::{Etc, SHOP};
use crate::config::{load, socket};

#[test]
fn a_secret_is_read_and_never_shown() {
    for text in ["s3cr3t", "s3cr3t\n", "s3cr3t\r\n"] {
        let (config, credentials) = Etc::new(SHOP).with("secret", text).serve().unwrap();
        assert_eq!(credentials.imp_secret.expose(), "s3cr3t");
        let shown = format!("{config:?} {credentials:?}");
        assert!(
            !shown.contains("s3cr3t") && shown.contains("[secret]"),
            "{shown}"
        );
    }
}

#[test]
fn modes() {
    let reports: Vec<String> = [0o600, 0o640, 0o400, 0o604, 0o602, 0o601, 0o644]
        .into_iter()
        .map(|mode| {
            let report = Etc::new(SHOP).with_mode("secret", mode).report();
            let blame = report.split(": ").skip(2).collect::<Vec<_>>().join(": ");
            format!("{mode:04o} {blame}")
        })
        .collect();
    expect![[r#"
        0600 
        0640 
        0400 
        0604 secret is open to every user of this machine (mode 0604); run: chmod o-rwx secret
        0602 secret is open to every user of this machine (mode 0602); run: chmod o-rwx secret
        0601 secret is open to every user of this machine (mode 0601); run: chmod o-rwx secret
        0644 secret is open to every user of this machine (mode 0644); run: chmod o-rwx secret"#]]
    .assert_eq(&reports.join("\n"));
}

#[test]
fn only_a_gateway_on_this_machine_takes_an_open_secret() {
    let local = format!("{SHOP}base_url = \"http://127.0.0.1:8787\"\n");
    let etc = Etc::new(&local).with_mode("secret", 0o644);
    assert!(etc.serve().is_ok());
    expect!["warning: dues.toml:7: gateway.imp_secret_file: secret is open to every user of this machine (mode 0644); run: chmod o-rwx secret"].assert_eq(&etc.report());
}

#[test]
fn files_that_hold_no_secret() {
    let contents: [&[u8]; 6] = [
        b"",
        b"\n",
        b"two words",
        b"two\nlines\n",
        b"\xff",
        &[b'x'; 5000],
    ];
    let reports: Vec<String> = contents
        .into_iter()
        .map(|content| Etc::new(SHOP).with("secret", content).report())
        .collect();
    expect![[r#"
        dues.toml:7: gateway.imp_secret_file: secret is empty; write the credential into it, one line and nothing else
        dues.toml:7: gateway.imp_secret_file: secret is empty; write the credential into it, one line and nothing else
        dues.toml:7: gateway.imp_secret_file: secret holds more than one word of ASCII; write the credential into it, one line and nothing else
        dues.toml:7: gateway.imp_secret_file: secret holds more than one word of ASCII; write the credential into it, one line and nothing else
        dues.toml:7: gateway.imp_secret_file: secret is not text; write the credential into it, one line and nothing else
        dues.toml:7: gateway.imp_secret_file: secret is too long for a credential; write the credential into it, one line and nothing else"#]].assert_eq(&reports.join("\n"));
}

#[test]
fn files_that_are_not_there() {
    let secret = "a".repeat(80);
    let text = format!(
        "[plans]\nany = {{ name = \"Any\", amount = 1, every = \"1 day\" }}\n[gateway]\nimp_key_file = \"conf.d\"\nimp_secret_file = \"nowhere\"\n[daemon]\nsocket = \"/{}\"\nstate_dir = \"{secret}\"\n",
        "s".repeat(107)
    );
    expect![[r#"
        dues.toml:4: gateway.imp_key_file: conf.d is not a file; name a file that holds the credential and nothing else
        dues.toml:5: gateway.imp_secret_file: cannot read nowhere: No such file or directory (os error 2); create it, readable by the daemon's user and nobody else
        dues.toml:7: daemon.socket: the path has 108 bytes; a socket's may have 107: choose a shorter one
        dues.toml:8: daemon.state_dir: looks like a credential, not like a path; put it into a file that only the daemon can read, and name the file here"#]].assert_eq(&Etc::new(&text).report());
}

#[test]
fn systemd_hands_credentials_over() {
    let etc = Etc::new(&SHOP.replace(
        "imp_key = \"key\"\nimp_secret_file = \"secret\"",
        "calls_per_second = \"unlimited\"",
    ))
    .with("imp_key", "k")
    .with_mode("imp_key", 0o400)
    .with("imp_secret", "s")
    .with_mode("imp_secret", 0o400);
    let directory = etc.path("");
    let environment = Environment::from([("CREDENTIALS_DIRECTORY", directory.to_str().unwrap())]);
    let (config, credentials) = etc.serve_in(&environment).unwrap();
    assert_eq!(credentials.imp_key.expose(), "k");
    assert_eq!(credentials.imp_secret.expose(), "s");
    assert_eq!(config.gateway.calls_per_second, CallRate::Unlimited);
}

#[test]
fn a_key_file_wins_over_a_key() {
    let etc = Etc::new(SHOP).with("key", "k2").with_mode("key", 0o600);
    let path = etc.path("key");
    let environment = Environment::from([("DUES_IMP_KEY_FILE", path.to_str().unwrap())]);
    let (_, credentials) = etc.serve_in(&environment).unwrap();
    assert_eq!(credentials.imp_key.expose(), "k2");
}

#[test]
fn whoever_checks_a_file_may_lack_the_credentials() {
    let etc = Etc::new("[gateway]\nimp_secret_file = \"nowhere\"\n");
    let warnings = etc.load().warnings;
    let lines: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    let directory = format!("{}/", etc.path("").display()).replace("//", "/");
    expect![[r#"
        dues.toml: gateway.imp_key: is missing; write imp_key_file = "PATH" into [gateway], or give the unit LoadCredential=imp_key:PATH
        dues.toml: plans: there is nothing to sell; write a [plans.ID] table with name, amount and every
        dues.toml:2: gateway.imp_secret_file: cannot read nowhere: No such file or directory (os error 2); create it, readable by the daemon's user and nobody else"#]].assert_eq(&lines.join("\n").replace(&directory, ""));

    // What anybody can see to be wrong is wrong for everybody.
    let open = Etc::new(SHOP).with_mode("secret", 0o644);
    assert!(load(&open.path("dues.toml"), &Environment::default()).is_err());
}

#[test]
fn a_command_finds_the_socket_of_a_broken_configuration() {
    let find = |main: &str| socket(&Etc::new(main).path("dues.toml"), &Environment::default());
    let cases = [
        (
            "[daemon]\nsocket = \"/here\"\n[plans.a]\namount = 1.5\n",
            "/here",
        ),
        ("[daemon]\nsocket = 7\n", "/run/dues/dues.sock"),
        ("[daemon", "/run/dues/dues.sock"),
    ];
    for (main, expected) in cases {
        assert_eq!(find(main).unwrap(), Path::new(expected), "{main}");
    }
}
