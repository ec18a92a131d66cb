//! A price list as the table `plan` keeps it: one JSON object, empty where there is nothing but the
//! plan's amount. It is written once and never changes.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::core::calendar::Cadence;
use crate::core::money::Krw;
use crate::core::price::{Phase, PriceList, Trial};
use crate::core::term::{Minimum, Term};

/// A price list, written down.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_cycles: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trial_span: Option<String>,
    /// Cycles and won.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    phases: Vec<(u16, i64)>,
    #[serde(skip_serializing_if = "Option::is_none")]
    setup_fee: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cycles: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_cycles: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    minimum_span: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<String>,
}

/// The column's text.
pub(super) fn write(list: &PriceList) -> Result<String, serde_json::Error> {
    let (trial_cycles, trial_span) = match list.trial {
        Some(Trial::Cycles(cycles)) => (Some(cycles), None),
        Some(Trial::Span(span)) => (None, Some(span.to_string())),
        None => (None, None),
    };
    let (minimum_cycles, minimum_span) = match list.term.minimum {
        Some(Minimum::Cycles(cycles)) => (Some(cycles), None),
        Some(Minimum::Span(span)) => (None, Some(span.to_string())),
        None => (None, None),
    };
    let phase = |phase: &Phase| (phase.cycles, phase.amount.won());
    serde_json::to_string(&Written {
        trial_cycles,
        trial_span,
        phases: list.phases.iter().map(phase).collect(),
        setup_fee: list.setup_fee.map(Krw::won),
        cycles: list.cycles,
        until: list.until.map(|day| day.to_string()),
        minimum_cycles,
        minimum_span,
        notice: list.term.notice.map(|notice| notice.to_string()),
    })
}

/// Reads the column; nothing when it holds what was not written by [`write`].
pub(super) fn read(text: &str) -> Option<PriceList> {
    let written: Written = serde_json::from_str(text).ok()?;
    let trial = match (written.trial_cycles, written.trial_span) {
        (Some(cycles), None) => Some(Trial::Cycles(cycles)),
        (None, Some(span)) => Some(Trial::Span(Cadence::parse(&span).ok()?)),
        (None, None) => None,
        (Some(_), Some(_)) => return None,
    };
    let minimum = match (written.minimum_cycles, written.minimum_span) {
        (Some(cycles), None) => Some(Minimum::Cycles(cycles)),
        (None, Some(span)) => Some(Minimum::Span(Cadence::parse(&span).ok()?)),
        (None, None) => None,
        (Some(_), Some(_)) => return None,
    };
    let notice = match written.notice {
        Some(notice) => Some(Cadence::parse(&notice).ok()?),
        None => None,
    };
    let phase = |(cycles, won)| {
        let amount = Krw::parse(won).ok()?;
        Some(Phase { cycles, amount })
    };
    let phases: Option<Vec<Phase>> = written.phases.into_iter().map(phase).collect();
    let setup_fee = match written.setup_fee {
        Some(won) => Some(Krw::parse(won).ok()?),
        None => None,
    };
    let until: Option<Date> = match written.until {
        Some(day) => Some(day.parse().ok()?),
        None => None,
    };
    Some(PriceList {
        trial,
        phases: phases?,
        setup_fee,
        cycles: written.cycles,
        until,
        term: Term { minimum, notice },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn won(amount: i64) -> Krw {
        Krw::parse(amount).unwrap()
    }

    #[test]
    fn what_is_written_is_read_back() {
        let phase = |cycles, amount| Phase {
            cycles,
            amount: won(amount),
        };
        let full = PriceList {
            trial: Some(Trial::Cycles(1)),
            phases: vec![phase(2, 4_900), phase(1, 7_900)],
            setup_fee: Some(won(10_000)),
            cycles: Some(12),
            until: Some("2027-12-31".parse().unwrap()),
            term: Term {
                minimum: Some(Minimum::Cycles(6)),
                notice: Some(Cadence::parse("14 days").unwrap()),
            },
        };
        let spanned = PriceList {
            trial: Some(Trial::Span(Cadence::parse("14 days").unwrap())),
            term: Term {
                minimum: Some(Minimum::Span(Cadence::parse("1 year").unwrap())),
                notice: None,
            },
            ..PriceList::default()
        };
        let table = [
            (PriceList::default(), "{}"),
            (
                spanned,
                r#"{"trial_span":"14 days","minimum_span":"1 year"}"#,
            ),
            (
                full,
                r#"{"trial_cycles":1,"phases":[[2,4900],[1,7900]],"setup_fee":10000,"cycles":12,"until":"2027-12-31","minimum_cycles":6,"notice":"14 days"}"#,
            ),
        ];
        for (list, text) in table {
            assert_eq!(write(&list).unwrap(), text);
            assert_eq!(read(text), Some(list));
        }
        for text in [
            "",
            r#"{"trail":1}"#,
            r#"{"setup_fee":0}"#,
            r#"{"notice":"soon"}"#,
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
