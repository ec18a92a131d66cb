//! The operator's meaning of the PGs' codes: `[gateway.codes]` for all, `[gateway.codes.PG]` for one.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::config::plans::refuse_at;
use crate::config::problems::{Fault, Report};
use crate::config::raw::Parsed;
use crate::config::suggest::quoted;
use crate::config::values::Setting;
use crate::core::decline::{self, Codes, Kind};

/// What stands under a name in `[gateway.codes]`.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Meaning {
    /// The name is a code, and it means this.
    Code(Parsed<Kind>),
    /// The name is that of a PG, and these are its codes.
    Pg(BTreeMap<String, Parsed<Kind>>),
}

impl Setting for Kind {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || {
            Fault::new(
                format!("{} is not a class of decline", quoted(text)),
                "write \"funds\", \"technical\", \"generic\", \"new_card\", \"never\", \"duplicate\" or \
                 \"merchant\"",
            )
        };
        Self::named(text).ok_or_else(bad)
    }
}

/// Whether a name can be a code. One that can stand in no text would never be found there.
pub(super) fn check(name: &str) -> Result<(), Fault> {
    if decline::is_code(name) {
        return Ok(());
    }
    Err(Fault::new(
        format!("{} is not a PG's code", quoted(name)),
        "write what stands in brackets in its texts, 2 to 8 of A-Z a-z 0-9",
    ))
}

/// The codes of all tables. A code that is written twice in one table, in capitals and in small letters,
/// would mean whichever was read last.
pub(super) fn build(raw: BTreeMap<String, Meaning>, report: &mut Report) -> Codes {
    let mut codes = Codes::default();
    let mut seen = BTreeMap::new();
    for (pg, code, kind) in raw.into_iter().flat_map(listed) {
        let path = match &pg {
            Some(pg) => format!("gateway.codes.{pg}.{code}"),
            None => format!("gateway.codes.{code}"),
        };
        let folded = pg.as_ref().map(|pg| pg.to_ascii_lowercase());
        let meant = (folded, code.to_ascii_uppercase());
        if let Some(before) = seen.insert(meant, path.clone()) {
            let fault = Fault::new(
                format!("is the same code as {before}"),
                "keep one of the two: letter case does not matter",
            );
            refuse_at(&path, &fault, report);
        }
        match pg {
            Some(pg) => codes.mean_at(&pg, &code, kind),
            None => codes.mean(&code, kind),
        }
    }
    codes
}

/// What stands under a name, as PG, code and meaning.
fn listed((name, meaning): (String, Meaning)) -> Vec<(Option<String>, String, Kind)> {
    match meaning {
        Meaning::Code(Parsed(kind)) => vec![(None, name, kind)],
        Meaning::Pg(book) => {
            let of_it = |(code, Parsed(kind))| (Some(name.clone()), code, kind);
            book.into_iter().map(of_it).collect()
        }
    }
}
