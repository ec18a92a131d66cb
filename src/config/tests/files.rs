//! The shipped files work, and the reference says what the schema knows.

use expect_test::expect_file;

use crate::config::keys;
use crate::config::reference::reference;
use crate::config::schema::{Kind, Need};
use crate::config::sources::Environment;
use crate::config::tests::{Etc, GATEWAY, shipped};
use crate::config::{Config, load_to_serve};
use crate::core::decline;
use crate::core::dunning::{Class, Ladder};

#[test]
fn the_first_file_works() {
    let (config, _) = load_to_serve(&shipped("dues.toml"), &Environment::default()).unwrap();
    assert_eq!(config.gateway.base_url, "http://127.0.0.1:8787");
    assert_eq!(config.plans.len(), 1);
}

#[test]
fn the_reference_is_the_schema() {
    expect_file![shipped("dues.example.toml")].assert_eq(&reference());
    for key in keys::all() {
        let name = key.path.rsplit('.').next().unwrap().replace('*', "CC61");
        let line = format!("{name} = {}\n", key.sample);
        assert!(reference().contains(&line), "{line}");
    }
}

#[test]
fn the_reference_loads_as_it_stands() {
    let config = load_reference(&reference());
    assert_eq!(config.ladders["standard"], Ladder::standard());
    // The secret is the one thing that it leaves to the unit's credential.
    let warnings: Vec<String> = config.warnings.iter().map(ToString::to_string).collect();
    let [warning] = warnings.as_slice() else {
        panic!("{warnings:?}")
    };
    assert!(
        warning.contains("gateway.imp_secret: is missing"),
        "{warning}"
    );
}

#[test]
fn the_reference_loads_with_every_key_set() {
    // A sentence starts with "# ", a key that is switched off with "#".
    let text = reference();
    let switch_on = |line| match str::strip_prefix(line, "#") {
        // A coupon takes off a part or a sum.
        Some("amount = 5000") => line,
        // A plan is due by a count or by a calendar.
        Some(key) if key.starts_with("cron = ") => line,
        Some(key) if !key.starts_with(' ') => key,
        Some(_) | None => line,
    };
    let every: Vec<&str> = text.lines().map(switch_on).collect();
    let config = load_reference(&every.join("\n"));
    assert_eq!(config.ladders["standard"], Ladder::standard());
    let codes = &config.gateway.codes;
    for pg in [None, Some("kcp_billing")] {
        let kind = codes.read("[CC61]", pg).kind;
        assert_eq!(kind, decline::Kind::Class(Class::Funds), "{pg:?}");
    }
}

fn load_reference(text: &str) -> Config {
    let etc = Etc::new("").with("key", "k").with_mode("key", 0o600);
    let here = text
        .replace("/etc/dues/imp_secret", "secret")
        .replace("/etc/dues/imp_key", "key");
    etc.with("dues.toml", here).load()
}

#[test]
fn every_word_of_the_schema_is_understood() {
    for key in keys::all() {
        let Kind::Word(words) = key.kind else {
            continue;
        };
        for word in words {
            let path = key.path.replace('*', "x1");
            let text = format!("{path} = \"{word}\"\n{GATEWAY}").replace("[gateway]\n", "");
            let text = text
                .replace("imp_key =", "gateway.imp_key =")
                .replace("imp_secret_file", "gateway.imp_secret_file");
            // A word of a plan needs the rest of one.
            let plan = if path.starts_with("plans.x1.") {
                "plans.x1.name = \"X\"\nplans.x1.amount = 1\nplans.x1.every = \"1 month\"\n\
                 plans.x1.anchor = { day = 25 }\n"
            } else {
                ""
            };
            Etc::new(&format!("{plan}{text}")).load();
        }
    }
}

#[test]
fn every_default_is_a_value_that_passes() {
    for key in keys::all().filter(|key| key.need == Need::Default) {
        assert!(
            !key.path.contains('*'),
            "{} has nobody to default for",
            key.path
        );
    }
    // A default that did not pass would be missing here.
    Etc::new(GATEWAY).load();
}
