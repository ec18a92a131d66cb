//! How what stands in a plan or a coupon is read.

use crate::config::problems::Fault;
use crate::config::suggest::{is_like_credential, quoted};
use crate::config::values::Setting;
use crate::core::calendar::Cadence;
use crate::core::coupon::Lasts;
use crate::core::cron::{BadCron, Cron};
use crate::core::order::BadName;
use crate::core::particulars::{BadCustomData, CustomData, ProductCode};
use crate::core::price::Trial;
use crate::core::template::{BadTemplate, NameTemplate};
use crate::core::term::Minimum;

impl Setting for Cadence {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| {
            Fault::new(
                format!("{} is not a cadence", quoted(text)),
                format!(
                    "write a count from 1 to {} and day, week, month or year, such as \"1 month\"",
                    Self::COUNT_MAX
                ),
            )
        };
        Self::parse(text).map_err(bad)
    }
}

impl Setting for Cron {
    fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|why| {
            let remedy = match why {
                BadCron::Fields(_) | BadCron::NotUnderstood(_) => {
                    "write minute, hour, day of the month, month and day of the week, such as \"0 10 25 * *\""
                }
                BadCron::Field { .. } => {
                    "correct it; * is every one, 1-5 a range, 1,15 a list and */3 every third"
                }
                BadCron::TwoDays => {
                    "write * for one of them, such as \"0 10 25 * *\" or \"0 10 * * MON\""
                }
                BadCron::TooOften => "write one minute and one hour, such as \"0 10 * * *\" for every day",
                BadCron::Never => "name a day that one of its months has; L is the last one",
            };
            Fault::new(format!("{} {why}", quoted(text)), remedy)
        })
    }
}

impl Setting for Trial {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || {
            Fault::new(
                format!("{} is not a trial", quoted(text)),
                "write a span such as \"14 days\" or \"1 month\", or free cycles such as \"1 cycle\"",
            )
        };
        if let Some((count, "cycle" | "cycles")) = text.trim().split_once(' ') {
            let most = Cadence::COUNT_MAX;
            let count = count
                .parse()
                .ok()
                .filter(|count| (1..=most).contains(count));
            return count.map(Self::Cycles).ok_or_else(bad);
        }
        Cadence::parse(text).map(Self::Span).map_err(|_| bad())
    }
}

impl Setting for ProductCode {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| {
            Fault::new(
                format!("{} is not a product code", quoted(text)),
                format!("write 1 to {} of A-Z a-z 0-9 _ -", Self::LENGTH_MAX),
            )
        };
        Self::parse(text).map_err(bad)
    }
}

impl Setting for CustomData {
    fn parse(text: &str) -> Result<Self, Fault> {
        Self::parse(text).map_err(|why| match why {
            BadCustomData::Text(why) => bad_name(text, why),
            why @ BadCustomData::Unknown(_) => {
                Fault::new(why, "write a text such as \"{subscription} {cycle}\"")
            }
        })
    }
}

/// How long before an end it has to be said.
#[derive(Debug)]
pub(crate) struct Notice(pub(crate) Cadence);

impl Setting for Notice {
    fn parse(text: &str) -> Result<Self, Fault> {
        Cadence::parse(text).map(Self).map_err(|_| {
            let what = format!("{} is no time of notice", quoted(text));
            Fault::new(what, "write a span such as \"14 days\" or \"1 month\"")
        })
    }
}

impl Setting for Minimum {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || {
            Fault::new(
                format!("{} is not a minimum term", quoted(text)),
                "write so many cycles, such as \"12 cycles\", or a span such as \"1 year\"",
            )
        };
        if let Some((count, "cycle" | "cycles")) = text.trim().split_once(' ') {
            let count = count.parse().ok();
            let count = count.filter(|count| (1..=Cadence::COUNT_MAX).contains(count));
            return count.map(Self::Cycles).ok_or_else(bad);
        }
        Cadence::parse(text).map(Self::Span).map_err(|_| bad())
    }
}

impl Setting for Lasts {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || {
            Fault::new(
                format!("{} is not a duration of a coupon", quoted(text)),
                "write \"once\", \"forever\" or so many cycles, such as \"3 cycles\"",
            )
        };
        match text {
            "once" => return Ok(Self::Cycles(1)),
            "forever" => return Ok(Self::Forever),
            _ => {}
        }
        let Some((count, "cycle" | "cycles")) = text.trim().split_once(' ') else {
            return Err(bad());
        };
        let count = count.parse().ok();
        let count = count.filter(|count| (1..=Cadence::COUNT_MAX).contains(count));
        count.map(Self::Cycles).ok_or_else(bad)
    }
}

impl Setting for NameTemplate {
    /// The PG takes the name in EUC-KR. docs: Daou guide, `name` and the like, no emoji.
    fn parse(text: &str) -> Result<Self, Fault> {
        let name = Self::parse(text).map_err(|why| match why {
            BadTemplate::Name(why) => bad_name(text, why),
            why @ (BadTemplate::Unknown(_) | BadTemplate::Open) => {
                Fault::new(why, "write a name such as \"Basic {from}~{to}\"")
            }
        })?;
        for (place, letter) in text.chars().enumerate() {
            if !euc_kr(letter).is_held {
                return Err(Fault::new(
                    format!(
                        "{letter:?} (character {} of {}) does not exist in EUC-KR, in which the PG takes the name",
                        place + 1,
                        quoted(text)
                    ),
                    "leave it out or write it in Hangul or ASCII",
                ));
            }
        }
        Ok(name)
    }
}

/// How EUC-KR holds a letter.
pub(crate) struct EucKr {
    /// Whether it is in the table that goes by this name today, Microsoft's extension of it.
    pub(crate) is_held: bool,
    /// Whether it was in the original table too (KS X 1001).
    pub(crate) is_original: bool,
}

/// Looks a letter up in EUC-KR.
pub(crate) fn euc_kr(letter: char) -> EucKr {
    let mut text = [0; 4];
    let (bytes, _, is_lost) = encoding_rs::EUC_KR.encode(letter.encode_utf8(&mut text));
    EucKr {
        is_held: !is_lost,
        // The extension is every pair with a byte below 0xA1.
        is_original: !is_lost && (bytes.len() == 1 || bytes.iter().all(|byte| *byte >= 0xA1)),
    }
}

/// What the core says about a name, which repeats it: the core knows no credentials.
pub(crate) fn bad_name(text: &str, why: BadName) -> Fault {
    if is_like_credential(text) {
        Fault::new(
            format!("{} is not a name", quoted(text)),
            "write a name here",
        )
    } else {
        Fault::of(why)
    }
}
