//! How each kind of text in a configuration is read. The strict pass and the typed structs use the
//! same reading, so what the one lets through the other understands.

pub(crate) mod plans;

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::{self, TimeZone};
use reqwest::Url;

use crate::config::duration;
use crate::config::problems::Fault;
use crate::config::suggest::{is_like_credential, nearest, quoted};
use crate::core::catch_up::CatchUp;
use crate::core::civil;
use crate::core::order::Installation;
use crate::core::window::Window;

/// A value that is written as text.
pub(crate) trait Setting: Sized {
    /// Reads it.
    fn parse(text: &str) -> Result<Self, Fault>;
}

/// Whether a text can be read as a `T`: the form in which the schema carries [`Setting::parse`].
pub(crate) fn check<T: Setting>(text: &str) -> Result<(), Fault> {
    T::parse(text).map(drop)
}

impl Setting for Duration {
    fn parse(text: &str) -> Result<Self, Fault> {
        duration::parse(text)
    }
}

impl Setting for Installation {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| {
            Fault::new(
                format!("{} is not the name of an installation", quoted(text)),
                format!("write 1 to {} of a-z 0-9", Self::LENGTH_MAX),
            )
        };
        Self::parse(text).map_err(bad)
    }
}

impl Setting for Date {
    fn parse(text: &str) -> Result<Self, Fault> {
        civil::day(text).ok_or_else(|| {
            Fault::new(
                format!("{} is not a day", quoted(text)),
                "write year, month and day, such as \"2027-12-31\"",
            )
        })
    }
}

impl Setting for Window {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| {
            Fault::new(
                format!("{} is not a charge window", quoted(text)),
                "write two times of one day in order, such as \"10:00-20:00\", \"always\" or \"unguarded\"",
            )
        };
        Self::parse(text).map_err(bad)
    }
}

impl Setting for CatchUp {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = |_| {
            Fault::new(
                format!("{} is not a rule for missed cycles", quoted(text)),
                format!(
                    "write \"charge_one\", \"latest_only\", \"hold\", or \"charge_all(1)\" to \
                     \"charge_all({})\"",
                    Self::CHARGES_MAX
                ),
            )
        };
        Self::parse(text).map_err(bad)
    }
}

impl Setting for Time {
    fn parse(text: &str) -> Result<Self, Fault> {
        let bad = || {
            Fault::new(
                format!("{} is not a time of day", quoted(text)),
                "write hours and minutes, such as \"04:10\"",
            )
        };
        let (hour, minute) = text.split_once(':').ok_or_else(bad)?;
        let two_digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
        if !two_digits(hour) || !two_digits(minute) {
            return Err(bad());
        }
        let hour = hour.parse().map_err(|_| bad())?;
        let minute = minute.parse().map_err(|_| bad())?;
        Self::new(hour, minute, 0, 0).map_err(|_| bad())
    }
}

impl Setting for TimeZone {
    fn parse(text: &str) -> Result<Self, Fault> {
        match Self::get(text) {
            Ok(zone) if !zone.is_unknown() => Ok(zone),
            Ok(_) | Err(_) => Err(unknown_zone(text)),
        }
    }
}

fn unknown_zone(text: &str) -> Fault {
    let names: Vec<String> = tz::db().available().map(|name| name.to_string()).collect();
    let names = || names.iter().map(String::as_str);
    let cities = || names().filter_map(|name| name.rsplit_once('/').map(|(_, city)| city));

    // Abbreviations are no zones, and the nearest name to "KST" would be "EST".
    let guess = match text.to_lowercase().as_str() {
        "kst" | "korea" => Some("Asia/Seoul"),
        _ => nearest(text, names()).or_else(|| {
            let city = nearest(text, cities())?;
            names().find(|name| name.ends_with(&format!("/{city}")))
        }),
    };

    let what = format!("{} is not a time zone", quoted(text));
    match guess {
        Some(name) => Fault::new(what, format!("did you mean {name:?}?")),
        None => Fault::new(what, "write an IANA name such as \"Asia/Seoul\""),
    }
}

impl Setting for PathBuf {
    fn parse(text: &str) -> Result<Self, Fault> {
        if text.is_empty() || text.contains('\0') {
            return Err(Fault::new(
                format!("{} is not a path", quoted(text)),
                "write the path of a file or directory",
            ));
        }
        // Pasted in place of its file's name, it would be shown in "cannot read ...".
        if is_like_credential(text) && !text.contains(['/', '.']) {
            return Err(Fault::new(
                "looks like a credential, not like a path",
                "put it into a file that only the daemon can read, and name the file here",
            ));
        }
        Ok(Self::from(text))
    }
}

/// One word of the console's: the merchant's REST key, a tier.
#[derive(Debug)]
pub(crate) struct Token(pub(crate) String);

impl Setting for Token {
    fn parse(text: &str) -> Result<Self, Fault> {
        let length_max = 200;
        if (1..=length_max).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Fault::new(
            "is not one word of ASCII",
            "write it without spaces, as the console shows it",
        ))
    }
}

/// A name that the operator chooses for a ladder of retries.
#[derive(Debug)]
pub(crate) struct LadderName;

impl Setting for LadderName {
    fn parse(text: &str) -> Result<Self, Fault> {
        check_chosen("the name of a ladder", text).map(|()| Self)
    }
}

/// Whether an operator may choose this name; `kind` says what for.
pub(crate) fn check_chosen(kind: &str, name: &str) -> Result<(), Fault> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if (1..=40).contains(&name.len()) && name.chars().all(allowed) {
        return Ok(());
    }
    Err(Fault::new(
        format!("{} is not {kind}", quoted(name)),
        "write 1 to 40 of A-Z a-z 0-9 _ -",
    ))
}

/// The address of a gateway: an origin, perhaps with a path; no `/` at its end.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) text: String,
    pub(crate) is_loopback: bool,
}

impl Setting for Address {
    fn parse(text: &str) -> Result<Self, Fault> {
        let url = bare_url(text)?;
        let is_loopback = is_loopback(&url);
        if url.scheme() != "https" && !is_loopback {
            return Err(Fault::new(
                format!(
                    "{} would carry the merchant's secret in the clear",
                    quoted(text)
                ),
                "write https:// (http:// is for 127.0.0.1, ::1 and localhost only)",
            ));
        }
        let text = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { text, is_loopback })
    }
}

/// The address of a proxy.
#[derive(Debug)]
pub(crate) struct Proxy(pub(crate) String);

impl Setting for Proxy {
    fn parse(text: &str) -> Result<Self, Fault> {
        bare_url(text).map(|url| Self(url.into()))
    }
}

/// An http or https URL without user, query and fragment. The text is not repeated when it may hold
/// a password.
fn bare_url(text: &str) -> Result<Url, Fault> {
    let remedy = "write an address such as \"https://api.iamport.kr\"";
    let url = match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url,
        Ok(_) | Err(_) if text.contains('@') => {
            return Err(Fault::new("is not an http or https address", remedy));
        }
        Ok(_) | Err(_) => {
            let what = format!("{} is not an http or https address", quoted(text));
            return Err(Fault::new(what, remedy));
        }
    };

    let has_user = !url.username().is_empty() || url.password().is_some();
    if has_user || url.query().is_some() || url.fragment().is_some() {
        return Err(Fault::new(
            "has a user, a query or a fragment",
            format!("leave them out; {remedy}"),
        ));
    }
    Ok(url)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}
