//! The book of plans: every version that subscriptions are on, with the rules in force today.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use sqlx::{FromRow, SqliteConnection};

use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::dunning::Ladder;
use crate::core::money::Krw;
use crate::core::order::PlanId;
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::succession::keeps_dates;
use crate::core::template::NameTemplate;
use crate::core::window::Window;
use crate::store::journal::{Entry, Journal};
use crate::store::{StoreError, dates, doing, particulars, price_list};

/// The rules for what remains of plans that are no longer configured and that nobody is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standards {
    /// When to try again.
    pub ladder: Ladder,
    /// When charges go out.
    pub window: Window,
    /// How long to wait for the gateway.
    pub pace: Pace,
    /// What becomes of cycles that came due while nobody was charging.
    pub catch_up: CatchUp,
    /// What becomes of a price that rises without the customer's consent.
    pub without_consent: WithoutConsent,
}

/// Plans by the key of their version, and the version that new subscriptions get.
#[derive(Debug)]
pub(super) struct Book {
    versions: HashMap<i64, Arc<Terms>>,
    numbers: HashMap<i64, i64>,
    current: HashMap<PlanId, i64>,
}

/// An older version of a plan, and the one that is to apply to its subscribers.
#[derive(Debug, Clone)]
pub(super) struct Heir {
    pub(super) old: i64,
    pub(super) new: i64,
    /// Their numbers, for people.
    pub(super) versions: (i64, i64),
    /// The new one.
    pub(super) terms: Arc<Terms>,
    /// Cycles that are due from then on are charged by it.
    pub(super) from: Timestamp,
}

impl Heir {
    pub(super) const fn keys(&self) -> (i64, i64) {
        (self.old, self.new)
    }
}

#[derive(FromRow)]
struct PlanRow {
    key: i64,
    id: String,
    version: i64,
    name: String,
    amount: i64,
    #[sqlx(flatten)]
    dates: dates::Columns,
    time_zone: String,
    price_list: String,
    particulars: String,
}

impl Book {
    /// The terms of a version.
    pub(super) fn terms(&self, plan_key: i64) -> Result<Arc<Terms>, StoreError> {
        self.versions
            .get(&plan_key)
            .cloned()
            .ok_or_else(|| StoreError::Corrupt {
                place: "subscription.plan_key".to_owned(),
                found: plan_key.to_string(),
                wanted: "the key of a plan",
            })
    }

    /// The version of a plan that a new subscription gets.
    pub(super) fn current(&self, plan: &PlanId) -> Option<(i64, Arc<Terms>)> {
        let key = *self.current.get(plan)?;
        Some((key, self.versions.get(&key)?.clone()))
    }

    /// The ids of the plans that new subscriptions can be on, in order.
    pub(super) fn on_offer(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.current.keys().map(PlanId::as_str).collect();
        ids.sort_unstable();
        ids
    }

    /// The number of the version with these terms.
    pub(super) fn version_of(&self, terms: &Terms) -> i64 {
        let mut versions = self.versions.iter();
        let found = versions.find(|(_, known)| known.plan == terms.plan);
        found
            .and_then(|(key, _)| self.numbers.get(key).copied())
            .unwrap_or(0)
    }

    /// Every older version whose subscribers the newest one is to apply to, and from when on: never before
    /// now, for what was due by now was due by the older one.
    pub(super) fn heirs(&self, now: Timestamp) -> Vec<Heir> {
        let mut heirs = Vec::new();
        for (old, new) in self.successions() {
            let (Some(terms), Some(older)) = (self.versions.get(&new), self.versions.get(&old))
            else {
                continue;
            };
            let Some(from) = starts_at(terms).filter(|_| keeps_dates(&older.plan, &terms.plan))
            else {
                continue;
            };
            heirs.push(Heir {
                old,
                new,
                versions: (self.number(old), self.number(new)),
                terms: terms.clone(),
                from: from.max(now),
            });
        }
        heirs
    }

    /// Plans whose newest version is to apply to subscribers of an older one and cannot, because their
    /// dates differ: the plan and both versions.
    pub(super) fn unfit(&self) -> Vec<(String, i64, i64)> {
        let mut unfit = Vec::new();
        for (old, new) in self.successions() {
            if let (Some(terms), Some(older)) = (self.versions.get(&new), self.versions.get(&old))
                && terms.applies_from.is_some()
                && !keeps_dates(&older.plan, &terms.plan)
            {
                let plan = terms.plan.id.to_string();
                unfit.push((plan, self.number(old), self.number(new)));
            }
        }
        unfit
    }

    /// Older versions with the newest one of their plan, in order.
    fn successions(&self) -> Vec<(i64, i64)> {
        let older = |(id, new): (&PlanId, &i64)| {
            let (id, new) = (id.clone(), *new);
            let versions = self.versions.iter();
            let of_plan = versions.filter(move |(key, terms)| terms.plan.id == id && **key != new);
            of_plan.map(move |(key, _)| (*key, new)).collect::<Vec<_>>()
        };
        let mut successions: Vec<(i64, i64)> = self.current.iter().flat_map(older).collect();
        successions.sort_unstable();
        successions
    }

    fn number(&self, key: i64) -> i64 {
        self.numbers.get(&key).copied().unwrap_or(0)
    }

    /// Reads the versions on record and writes down what is new in the configuration. A plan whose
    /// price, name, cadence or zone changed gets a new version; subscriptions keep the one they have.
    pub(super) async fn reconcile(
        connection: &mut SqliteConnection,
        configured: &[Terms],
        standards: &Standards,
        now: Timestamp,
    ) -> Result<Self, StoreError> {
        let mut book = Self {
            versions: HashMap::new(),
            numbers: HashMap::new(),
            current: HashMap::new(),
        };
        let mut newest: HashMap<PlanId, (i64, i64, Plan)> = HashMap::new();

        let rows: Vec<PlanRow> = sqlx::query_as(include_str!("sql/plans.sql"))
            .fetch_all(&mut *connection)
            .await
            .map_err(doing("read the plans"))?;
        for row in rows {
            let (key, version) = (row.key, row.version);
            let rules = configured
                .iter()
                .find(|terms| terms.plan.id.as_str() == row.id);
            let plan = read(&row, rules)?;
            newest.insert(plan.id.clone(), (key, version, plan.clone()));
            book.numbers.insert(key, version);
            book.versions
                .insert(key, Arc::new(with_rules(plan, rules, standards)));
        }

        for terms in configured {
            let known = newest.remove(&terms.plan.id);
            let (key, version) = match known {
                Some((key, version, plan)) if plan == terms.plan => (key, version),
                Some((_, version, _)) => {
                    let key = insert(connection, &terms.plan, version + 1, now).await?;
                    (key, version + 1)
                }
                None => (insert(connection, &terms.plan, 1, now).await?, 1),
            };
            book.numbers.insert(key, version);
            book.versions.insert(key, Arc::new(terms.clone()));
            book.current.insert(terms.plan.id.clone(), key);
        }

        for vanished in newest.keys() {
            refuse_if_in_use(connection, vanished).await?;
        }
        Ok(book)
    }
}

/// The first moment of the day from which on a version applies to others, where its dates are local.
fn starts_at(terms: &Terms) -> Option<Timestamp> {
    let day = terms.applies_from?;
    let midnight = day.to_datetime(Time::midnight());
    terms.plan.zone.to_timestamp(midnight).ok()
}

fn with_rules(plan: Plan, rules: Option<&Terms>, standards: &Standards) -> Terms {
    match rules {
        Some(rules) => Terms {
            plan,
            ..rules.clone()
        },
        None => Terms {
            plan,
            ladder: standards.ladder.clone(),
            window: standards.window,
            pace: standards.pace,
            catch_up: standards.catch_up,
            without_consent: standards.without_consent,
            applies_from: None,
            coupons: Vec::new(),
        },
    }
}

async fn insert(
    connection: &mut SqliteConnection,
    plan: &Plan,
    version: i64,
    now: Timestamp,
) -> Result<i64, StoreError> {
    let zone = plan.zone.iana_name().unwrap_or("UTC");
    let dates = dates::write(&plan.dates);
    let price_list = price_list::write(&plan.price_list)
        .map_err(|source| StoreError::Encode("a price list", source))?;
    let particulars = particulars::write(&plan.particulars)
        .map_err(|source| StoreError::Encode("particulars", source))?;
    let key: i64 = sqlx::query_scalar(include_str!("sql/insert_plan.sql"))
        .bind(plan.id.as_str())
        .bind(version)
        .bind(plan.name.as_str())
        .bind(plan.amount.won())
        .bind(dates.cadence_count)
        .bind(dates.cadence_unit)
        .bind(zone)
        .bind(dates.fixed_day)
        .bind(dates.cron)
        .bind(price_list)
        .bind(particulars)
        .bind(now.as_microsecond())
        .fetch_one(&mut *connection)
        .await
        .map_err(doing("write down a version of a plan"))?;

    let words = format!(
        "{} version {version}: {} {}, {zone}",
        plan.id, plan.amount, plan.dates
    );
    let mut journal = Journal::default();
    journal.push(Entry::of_system("plan_version", now).worded(&words));
    journal.flush(connection).await?;
    Ok(key)
}

async fn refuse_if_in_use(
    connection: &mut SqliteConnection,
    plan: &PlanId,
) -> Result<(), StoreError> {
    let subscriptions: i64 = sqlx::query_scalar(include_str!("sql/plan_in_use.sql"))
        .bind(plan.as_str())
        .fetch_one(connection)
        .await
        .map_err(doing("count the subscriptions of a plan"))?;

    if subscriptions == 0 {
        return Ok(());
    }
    Err(StoreError::PlanVanished {
        plan: plan.as_str().to_owned(),
        subscriptions,
    })
}

/// The version of a row. To read a calendar is to work it out, which costs more than to see that it is the
/// configured one.
fn read(row: &PlanRow, configured: Option<&Terms>) -> Result<Plan, StoreError> {
    let configured = configured.map(|terms| &terms.plan.dates);
    let known = configured.filter(|known| dates::write(known) == row.dates);
    let corrupt = |found: String, wanted| StoreError::Corrupt {
        place: format!("plan {} version {}", row.id, row.version),
        found,
        wanted,
    };
    Ok(Plan {
        id: PlanId::parse(&row.id).map_err(|_| corrupt(row.id.clone(), "a plan id"))?,
        name: NameTemplate::parse(&row.name).map_err(|_| corrupt(row.name.clone(), "a name"))?,
        amount: Krw::parse(row.amount).map_err(|_| corrupt(row.amount.to_string(), "an amount"))?,
        dates: known
            .cloned()
            .or_else(|| dates::read(&row.dates))
            .ok_or_else(|| corrupt(format!("{:?}", row.dates), "dates"))?,
        zone: TimeZone::get(&row.time_zone)
            .map_err(|_| corrupt(row.time_zone.clone(), "a time zone"))?,
        price_list: price_list::read(&row.price_list)
            .ok_or_else(|| corrupt(row.price_list.clone(), "a price list"))?,
        particulars: particulars::read(&row.particulars)
            .ok_or_else(|| corrupt(row.particulars.clone(), "particulars"))?,
    })
}
