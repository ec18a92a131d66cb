//! The shape of the merged values, typed. Everything here passed the strict pass; what is left to
//! check is what one value alone cannot show.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

use crate::config::codes::Meaning;
use crate::config::gateway::{Authorization, CallRate, Mode, UidScope};
use crate::config::guard::Limit;
use crate::config::values::plans::Notice;
use crate::config::values::{Address, Proxy, Setting, Token};
use crate::config::{LogForm, Operator};
use crate::core::calendar::Cadence;
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::coupon::Lasts;
use crate::core::cron::Cron;
use crate::core::dunning::EndAction;
use crate::core::fixed_day::FirstPeriod;
use crate::core::money::Krw;
use crate::core::order::Installation;
use crate::core::particulars::{CashReceipt, CustomData, ProductCode};
use crate::core::price::Trial;
use crate::core::template::NameTemplate;
use crate::core::term::Minimum;
use crate::core::window::Window;

/// A [`Setting`] in a place where text stands.
#[derive(Debug)]
pub(crate) struct Parsed<T>(pub(crate) T);

impl<'de, T: Setting> Deserialize<'de> for Parsed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        T::parse(&text).map(Self).map_err(D::Error::custom)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Raw {
    pub(crate) daemon: RawDaemon,
    pub(crate) gateway: RawGateway,
    pub(crate) billing: RawBilling,
    #[serde(default)]
    pub(crate) dunning: BTreeMap<String, RawLadder>,
    #[serde(default)]
    pub(crate) plans: BTreeMap<String, RawPlan>,
    #[serde(default)]
    pub(crate) coupons: BTreeMap<String, RawCoupon>,
    pub(crate) guard: RawGuard,
    pub(crate) jobs: RawJobs,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawDaemon {
    pub(crate) state_dir: PathBuf,
    pub(crate) socket: PathBuf,
    pub(crate) installation: Parsed<Installation>,
    #[serde(default)]
    pub(crate) operators: Vec<Operator>,
    pub(crate) log: LogForm,
    pub(crate) disk_low_mib: u32,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawGateway {
    pub(crate) base_url: Parsed<Address>,
    pub(crate) imp_key: Option<Parsed<Token>>,
    pub(crate) imp_key_file: Option<PathBuf>,
    pub(crate) imp_secret_file: Option<PathBuf>,
    pub(crate) request_timeout: Parsed<Duration>,
    pub(crate) quiet_period: Parsed<Duration>,
    pub(crate) calls_per_second: CallRate,
    pub(crate) in_flight_max: u16,
    pub(crate) mode: Mode,
    pub(crate) authorization: Authorization,
    pub(crate) merchant_uid_scope: UidScope,
    pub(crate) tier: Option<Parsed<Token>>,
    pub(crate) proxy: Option<Parsed<Proxy>>,
    #[serde(default)]
    pub(crate) codes: BTreeMap<String, Meaning>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawBilling {
    pub(crate) time_zone: Parsed<TimeZone>,
    pub(crate) charge_window: Parsed<Window>,
    pub(crate) catch_up: Parsed<CatchUp>,
    pub(crate) without_consent: RawWithoutConsent,
}

/// [`WithoutConsent`] as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawWithoutConsent {
    Hold,
    Cancel,
}

impl From<RawWithoutConsent> for WithoutConsent {
    fn from(raw: RawWithoutConsent) -> Self {
        match raw {
            RawWithoutConsent::Hold => Self::Hold,
            RawWithoutConsent::Cancel => Self::Cancel,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(clippy::struct_field_names, reason = "they are called as in the file")]
pub(crate) struct RawGuard {
    pub(crate) unforetold_charges_max: Limit,
    pub(crate) unforetold_won_max: Limit,
    pub(crate) charges_per_day_max: Limit,
    pub(crate) won_per_day_max: Limit,
    pub(crate) price_rise_max: Limit,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLadder {
    pub(crate) funds: Option<Vec<Parsed<Duration>>>,
    pub(crate) technical: Option<Vec<Parsed<Duration>>>,
    pub(crate) generic: Option<Vec<Parsed<Duration>>>,
    pub(crate) paydays: Option<Vec<i8>>,
    pub(crate) declines_max: Option<u8>,
    pub(crate) grace: Option<Parsed<Duration>>,
    pub(crate) end_action: Option<RawEndAction>,
}

/// [`EndAction`] as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawEndAction {
    Suspend,
    Cancel,
    Keep,
}

impl From<RawEndAction> for EndAction {
    fn from(raw: RawEndAction) -> Self {
        match raw {
            RawEndAction::Suspend => Self::Suspend,
            RawEndAction::Cancel => Self::Cancel,
            RawEndAction::Keep => Self::Keep,
        }
    }
}

/// A coupon; what was refused or never written is absent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawCoupon {
    pub(crate) percent: Option<u8>,
    pub(crate) amount: Option<RawAmount>,
    pub(crate) duration: Option<Parsed<Lasts>>,
    pub(crate) plans: Option<Vec<String>>,
}

/// A plan; what was refused or never written is absent.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPlan {
    pub(crate) name: Option<Parsed<NameTemplate>>,
    pub(crate) amount: Option<RawAmount>,
    pub(crate) every: Option<Parsed<Cadence>>,
    pub(crate) cron: Option<Parsed<Cron>>,
    pub(crate) anchor: Option<RawFixedDay>,
    pub(crate) first: Option<RawFirstPeriod>,
    pub(crate) trial: Option<Parsed<Trial>>,
    pub(crate) tax: Option<RawTax>,
    pub(crate) tax_free: Option<RawAmount>,
    pub(crate) vat: Option<String>,
    pub(crate) card_quota: Option<u8>,
    pub(crate) daou_product_code: Option<Parsed<ProductCode>>,
    pub(crate) daou_cash_receipt: Option<RawCashReceipt>,
    pub(crate) product_type: Option<String>,
    pub(crate) custom_data: Option<Parsed<CustomData>>,
    #[serde(default)]
    pub(crate) phases: Vec<RawPhase>,
    pub(crate) setup_fee: Option<RawAmount>,
    pub(crate) cycles: Option<u32>,
    pub(crate) until: Option<Parsed<Date>>,
    pub(crate) minimum_term: Option<Parsed<Minimum>>,
    pub(crate) notice: Option<Parsed<Notice>>,
    pub(crate) time_zone: Option<Parsed<TimeZone>>,
    pub(crate) dunning: Option<String>,
    pub(crate) catch_up: Option<Parsed<CatchUp>>,
    pub(crate) without_consent: Option<RawWithoutConsent>,
    pub(crate) applies_from: Option<Parsed<Date>>,
}

/// A fixed day as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawFixedDay {
    pub(crate) day: i64,
    pub(crate) time: Option<Parsed<Time>>,
}

/// [`FirstPeriod`] as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawFirstPeriod {
    Prorated,
    Whole,
    Free,
}

impl From<RawFirstPeriod> for FirstPeriod {
    fn from(raw: RawFirstPeriod) -> Self {
        match raw {
            RawFirstPeriod::Prorated => Self::Prorated,
            RawFirstPeriod::Whole => Self::Whole,
            RawFirstPeriod::Free => Self::Free,
        }
    }
}

/// [`Tax`](crate::core::particulars::Tax) as it is written, unless a part of a price is not taxed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RawTax {
    Included,
    Free,
}

/// [`CashReceipt`] as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RawCashReceipt {
    Issued,
    NotIssued,
}

impl From<RawCashReceipt> for CashReceipt {
    fn from(raw: RawCashReceipt) -> Self {
        match raw {
            RawCashReceipt::Issued => Self::Issued,
            RawCashReceipt::NotIssued => Self::NotIssued,
        }
    }
}

/// [`Phase`] as it is written.
///
/// [`Phase`]: crate::core::price::Phase
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawPhase {
    pub(crate) cycles: u16,
    pub(crate) amount: RawAmount,
}

/// [`Krw`] as it is written.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "i64")]
pub(crate) struct RawAmount(pub(crate) Krw);

impl TryFrom<i64> for RawAmount {
    type Error = crate::core::money::BadAmount;

    fn try_from(won: i64) -> Result<Self, Self::Error> {
        Krw::parse(won).map(Self)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawJobs {
    pub(crate) reconcile_at: Parsed<Time>,
    pub(crate) backup_at: Parsed<Time>,
    pub(crate) backups_kept: u16,
    pub(crate) journal_days: Option<u16>,
}
