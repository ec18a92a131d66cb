//! Several sources become one: later wins, but a plan stands in one file.

use std::path::Path;

use expect_test::expect;

use crate::config::sources::Environment;
use crate::config::tests::{Etc, GATEWAY};
use crate::config::{LogForm, Operator};
use crate::core::order::PlanId;

const BASIC: &str = "[plans.basic]\nname = \"Basic\"\namount = 9900\nevery = \"1 month\"\n";

#[test]
fn later_files_win_key_by_key() {
    let etc = Etc::new(&format!(
        "{GATEWAY}in_flight_max = 10\ncodes = {{ A1 = \"funds\", B2 = \"never\", kcp = {{ A1 = \"technical\" }} }}\n{BASIC}\
         [daemon]\nlog = \"text\"\noperators = [\"ann\", 7, \"bob\"]\n[dunning.gentle]\nfunds = [\"1d\", \"2d\"]\ndeclines_max = 3\n"
    ))
    .with("conf.d/20-b.toml", "[daemon]\nlog = \"journal\"\n[gateway]\nin_flight_max = 12\n")
    .with(
        "conf.d/10-a.toml",
        "[daemon]\nlog = \"json\"\noperators = [\"cho\"]\n[gateway.codes]\nA1 = \"merchant\"\nkcp.B2 = \"duplicate\"\n\
         [dunning.gentle]\nfunds = [\"4d\"]\n[plans.pro]\nname = \"프로\"\namount = 19900\nevery = \"1 year\"\ndunning = \"gentle\"\n",
    )
    .with("conf.d/readme.txt", "not = toml = at all")
    .with("conf.d/.10-a.toml", "[[[");

    let config = etc.load();
    assert_eq!(config.daemon.log, LogForm::Journal);
    assert_eq!(config.daemon.operators, [Operator::User("cho".to_owned())]);
    assert_eq!(config.gateway.in_flight_max, 12);
    let codes = &config.gateway.codes;
    let kind = |code: &str, pg| codes.read(&format!("[{code}]"), pg).kind;
    let kinds = [
        ("A1", None),
        ("B2", None),
        ("A1", Some("kcp")),
        ("B2", Some("kcp")),
    ]
    .map(|(code, pg)| format!("{:?}", kind(code, pg)));
    assert_eq!(
        kinds,
        ["Merchant", "Class(Never)", "Class(Technical)", "Duplicate"]
    );

    let plans: Vec<&str> = config.plans.keys().map(PlanId::as_str).collect();
    assert_eq!(plans, ["basic", "pro"]);
    let gentle = &config.terms()[1].ladder;
    assert_eq!(gentle.funds.len(), 1);
    assert_eq!((gentle.declines_max, gentle.generic.len()), (3, 5));
}

#[test]
fn a_plan_stands_in_one_file() {
    let etc =
        Etc::new(&format!("{GATEWAY}{BASIC}")).with("conf.d/x.toml", "[plans.basic]\namount = 1\n");
    expect![[r#"conf.d/x.toml:1: plans.basic: the plan "basic" is defined at dues.toml:4 already; keep one of the two: a plan's price must stand in one place"#]].assert_eq(&etc.report());
}

#[test]
fn faults_of_all_files_come_in_the_order_of_reading() {
    let etc = Etc::new("[gateway]\nimp_key = \"\"\n[daemon]\nlog = 1\n")
        .with("conf.d/b.toml", "[jobs]\nbackups_kept = 0\n")
        .with("conf.d/a.toml", "x = 1\n")
        .with("conf.d/c.toml", b"\xff\xfe");
    let environment = Environment::from([("DUES_LOG", "xml"), ("DUES_SOKET", "/x"), ("HOME", "/")]);
    expect![[r#"
        dues.toml:2: gateway.imp_key: is not one word of ASCII; write it without spaces, as the console shows it
        dues.toml:4: daemon.log: 1 is a number, but text in quotes is wanted; write it like "auto"
        conf.d/a.toml:1: x: is not known here; remove it, or write one of: daemon, gateway, billing, dunning, plans, coupons, guard, jobs
        conf.d/b.toml:2: jobs.backups_kept: 0 is out of range; write a whole number from 1 to 1000
        conf.d/c.toml: is not UTF-8: invalid utf-8 sequence of 1 bytes from index 0; save it as UTF-8
        environment: DUES_LOG: "xml" is not known here; write "auto", "journal", "text" or "json""#]].assert_eq(&etc.report_in(&environment));
}

#[test]
fn variables_win_over_files_and_carry_no_prices() {
    let etc = Etc::new(&format!(
        "{GATEWAY}base_url = \"https://a.example\"\n{BASIC}[daemon]\nsocket = \"/file\"\n"
    ));
    let environment = Environment::from([
        ("STATE_DIRECTORY", "/state/a:/state/b"),
        ("RUNTIME_DIRECTORY", "/run/unused"),
        ("DUES_SOCKET", "/variable"),
        ("DUES_LOG", "json"),
        ("DUES_GATEWAY_BASE_URL", "https://b.example/"),
        ("DUES_PLANS_BASIC_AMOUNT", "1"),
    ]);
    let config = etc.load_in(&environment);
    assert_eq!(config.daemon.state_dir, Path::new("/state/a"));
    assert_eq!(config.daemon.socket, Path::new("/variable"));
    assert_eq!(config.daemon.log, LogForm::Json);
    assert_eq!(config.gateway.base_url, "https://b.example");
    assert_eq!(config.terms()[0].plan.amount.won(), 9_900);
    expect!["warning: environment: DUES_PLANS_BASIC_AMOUNT: nothing reads this variable; unset it (plans and prices come from files only)"].assert_eq(&etc.report_in(&environment));
}

#[test]
fn systemd_changes_defaults_only() {
    let environment = Environment::from([("RUNTIME_DIRECTORY", "/run/shop")]);
    let config = Etc::new(GATEWAY).load_in(&environment);
    assert_eq!(config.daemon.socket, Path::new("/run/shop/dues.sock"));
    assert_eq!(config.daemon.state_dir, Path::new("/var/lib/dues"));
}

#[test]
fn a_file_that_is_not_there_is_the_only_problem() {
    let etc = Etc::new("");
    std::fs::remove_file(etc.path("dues.toml")).unwrap();
    expect!["dues.toml: cannot be read: No such file or directory (os error 2); name the file with --config FILE, and let the daemon's user read it"].assert_eq(&etc.report());
}
