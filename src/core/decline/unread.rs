//! Declines of which nothing was recognised, told together for whoever can say what they mean.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::core::decline::{Codes, PgName, squeezed};

/// A decline as it is on record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Declined {
    /// Whose it is, if that is known.
    pub pg: Option<PgName>,
    /// The PG's text.
    pub text: String,
    /// When we heard of it.
    pub at: Timestamp,
}

/// Declines by one PG with one code, or with texts that differ in their numbers alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// Whose they are, if that is known.
    pub pg: Option<PgName>,
    /// Their code, if they have one.
    pub code: Option<String>,
    /// How many there are.
    pub times: u32,
    /// When the last of them was heard of.
    pub last_at: Timestamp,
    /// The text of that one.
    pub example: String,
}

impl Codes {
    /// Of these declines those that are not understood as the operator has it now, the most frequent
    /// first.
    pub fn unread(&self, declines: impl IntoIterator<Item = Declined>) -> Vec<Unread> {
        let mut told: BTreeMap<(Option<PgName>, String), Unread> = BTreeMap::new();
        for Declined { pg, text, at } in declines {
            let reading = self.read(&text, pg.as_ref().map(PgName::as_str));
            if !reading.is_unread {
                continue;
            }
            let code = reading.code.map(|code| code.to_ascii_uppercase());
            let sign = code.clone().unwrap_or_else(|| without_numbers(&text));
            let one = told.entry((pg.clone(), sign)).or_insert_with(|| Unread {
                pg,
                code,
                times: 0,
                last_at: at,
                example: text.clone(),
            });
            one.times = one.times.saturating_add(1);
            if at > one.last_at {
                (one.last_at, one.example) = (at, text);
            }
        }
        let mut told: Vec<Unread> = told.into_values().collect();
        told.sort_by_key(|one| Reverse((one.times, one.last_at)));
        told
    }
}

/// What two texts have in common that differ in an amount, a time or the number of an order.
fn without_numbers(text: &str) -> String {
    let blank = |c: char| if c.is_numeric() { '0' } else { c };
    let mut blanked: Vec<char> = squeezed(text).chars().map(blank).collect();
    blanked.dedup_by(|next, last| *next == '0' && *last == '0');
    blanked.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::decline::Kind;
    use crate::core::dunning::Class;

    fn declined(pg: &str, text: &str, second: i64) -> Declined {
        Declined {
            pg: PgName::parse(pg),
            text: text.to_owned(),
            at: Timestamp::from_second(second).unwrap(),
        }
    }

    fn told(codes: &Codes, declines: &[Declined]) -> Vec<String> {
        let line = |one: Unread| {
            let pg = one.pg.map_or("?".to_owned(), |pg| pg.to_string());
            let code = one.code.unwrap_or_default();
            let last = one.last_at.as_second();
            format!(
                "{pg} [{code}] {} times, last at {last}: {}",
                one.times, one.example
            )
        };
        codes
            .unread(declines.to_vec())
            .into_iter()
            .map(line)
            .collect()
    }

    #[test]
    fn what_nobody_understands_is_told_together_until_somebody_says_what_it_means() {
        let declines = [
            declined("daou", "[D0123] 처리불가", 30),
            declined("DAOU", "[d0123] 처리 불가 (2)", 50),
            declined("daou", "[D0123] 처리불가", 10),
            declined("kcp_billing", "[D0123] 처리불가", 20),
            declined("daou", "[D0123] 한도초과", 60),
            declined("daou", "[D7] 승인거절", 40),
            declined("daou", "승인 거절", 41),
            declined("daou", "카드사로 문의 바랍니다", 42),
            declined("daou", "주문 1234 처리불가", 43),
            declined("daou", "주문 98 처리불가", 44),
            declined("daou", "내부 확인 요망", 12),
            declined("no name", "", 45),
            declined("kcp_billing", "[CC01] 거절", 46),
        ];
        let mut codes = Codes::default();
        assert_eq!(
            told(&codes, &declines),
            [
                "daou [D0123] 3 times, last at 50: [d0123] 처리 불가 (2)",
                "daou [] 2 times, last at 44: 주문 98 처리불가",
                "? [] 1 times, last at 45: ",
                "daou [D7] 1 times, last at 40: [D7] 승인거절",
                "kcp_billing [D0123] 1 times, last at 20: [D0123] 처리불가",
                "daou [] 1 times, last at 12: 내부 확인 요망",
            ]
        );

        codes.mean_at("daou", "D0123", Kind::Class(Class::Funds));
        codes.mean("D7", Kind::Class(Class::Generic));
        assert_eq!(
            told(&codes, &declines),
            [
                "daou [] 2 times, last at 44: 주문 98 처리불가",
                "? [] 1 times, last at 45: ",
                "kcp_billing [D0123] 1 times, last at 20: [D0123] 처리불가",
                "daou [] 1 times, last at 12: 내부 확인 요망",
            ]
        );
    }
}
