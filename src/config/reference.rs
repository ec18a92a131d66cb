//! The reference: every key with its default and one line about it, as a file that can be loaded.
//! `config/dues.example.toml` is this text; a test keeps it so.

use std::fmt::Write;

use crate::config::elsewhere::VARIABLES;
use crate::config::keys;
use crate::config::schema::{Key, Kind, Need};

/// The tables in the order of the reference: the pattern, the name that the reference shows for it,
/// and what it is about. One that is not there unless somebody writes it stands behind #.
const SECTIONS: [(&str, &str, &str); 10] = [
    ("daemon", "daemon", "The process itself."),
    (
        "gateway",
        "gateway",
        "How the gateway is reached, and how hard it is asked.",
    ),
    (
        "gateway.codes",
        "gateway.codes",
        "What the PG's codes mean, where they say more than its texts: CODE = \"CLASS\".",
    ),
    (
        "gateway.codes.*",
        "#gateway.codes.kcp",
        "What they mean at one PG alone, which goes before: one table for each PG, by its pg_provider or a part\n\
         # of it. A refusal that does not say whose it is (most that the gateway itself makes) is read by the table\n\
         # above alone.",
    ),
    ("billing", "billing", "When money is collected."),
    (
        "guard",
        "guard",
        "What is too much to be charged without a person's word: it is held until dues approve.",
    ),
    (
        "dunning.*",
        "dunning.standard",
        "Retries after declines: any number of named ladders. These are the values of \"standard\", the\n\
         # one built in; what another ladder leaves out is taken from \"standard\".",
    ),
    (
        "plans.*",
        "plans.basic",
        "What is sold: one table for each plan, 1 to 40 of A-Z a-z 0-9 _ - as its id.",
    ),
    (
        "coupons.*",
        "#coupons.SPRING",
        "What is taken off: one table for each coupon, 1 to 40 of A-Z a-z 0-9 _ - as its code. It is\n\
         # redeemed with dues add --coupon or dues coupon; what was promised then stays as it was.",
    ),
    (
        "jobs",
        "jobs",
        "Maintenance, at times of day in billing.time_zone.",
    ),
];

const HEAD: &str = "\
# dues: every key there is. A key behind # shows its default, or an example where it has none.
# Files in conf.d/*.toml beside this one are read after it, in the order of their names; what is
# written later wins, but a plan stands in one file only. Spans of time are a whole number and one of
# ms, s, m, h, d. Relative paths count from the directory of the file. dues config check FILE reports
# everything that is wrong at once.
";

const VARIABLES_HEAD: &str = "
# Variables that win over every file:
";

/// The reference as TOML.
pub fn reference() -> String {
    let mut text = HEAD.to_owned();
    for (pattern, shown, about) in SECTIONS {
        let (mark, shown) = match shown.strip_prefix('#') {
            Some(shown) => ("#", shown),
            None => ("", shown),
        };
        push(&mut text, format_args!("\n# {about}\n{mark}[{shown}]\n"));
        for key in keys::all() {
            if let Some((section, name)) = key.path.rsplit_once('.')
                && section == pattern
            {
                push_key(&mut text, key, name);
            }
        }
    }

    text.push_str(VARIABLES_HEAD);
    for (variable, path) in VARIABLES {
        push(&mut text, format_args!("#   {variable:<22} {path}\n"));
    }
    text
}

fn push_key(text: &mut String, key: &Key, name: &str) {
    // Somebody's code for "no funds", where the key itself is the operator's choice.
    let name = if name == "*" { "CC61" } else { name };
    let mark = match key.need {
        // Under the unit the secret comes as a credential; a file that is named here would win over
        // it, and the daemon's user could not read it.
        Need::Credential if matches!(key.kind, Kind::Path) => "#",
        Need::Required | Need::Credential => "",
        Need::Default | Need::Optional => "#",
    };
    push(
        text,
        format_args!("# {}\n{mark}{name} = {}\n", key.doc, key.sample),
    );
}

fn push(text: &mut String, line: std::fmt::Arguments<'_>) {
    // Writing to a String does not fail.
    text.write_fmt(line).unwrap_or_default();
}
