//! The book of plans: every version that subscriptions are on, with the rules in force today.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::{FromRow, SqliteConnection};

use crate::core::calendar::{Cadence, Unit};
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::dunning::Ladder;
use crate::core::money::Krw;
use crate::core::order::{OrderName, PlanId};
use crate::core::plan::{Pace, Plan, Terms};
use crate::core::window::Window;
use crate::store::journal::{Entry, Journal};
use crate::store::{StoreError, doing, particulars, price_list};

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
    current: HashMap<PlanId, i64>,
}

#[derive(FromRow)]
struct PlanRow {
    key: i64,
    id: String,
    version: i64,
    name: String,
    amount: i64,
    cadence_count: i64,
    cadence_unit: String,
    time_zone: String,
    fixed_day: Option<String>,
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
            current: HashMap::new(),
        };
        let mut newest: HashMap<PlanId, (i64, i64, Plan)> = HashMap::new();

        let rows: Vec<PlanRow> = sqlx::query_as(include_str!("sql/plans.sql"))
            .fetch_all(&mut *connection)
            .await
            .map_err(doing("read the plans"))?;
        for row in rows {
            let (key, version) = (row.key, row.version);
            let plan = read(&row)?;
            let rules = configured.iter().find(|terms| terms.plan.id == plan.id);
            newest.insert(plan.id.clone(), (key, version, plan.clone()));
            book.versions
                .insert(key, Arc::new(with_rules(plan, rules, standards)));
        }

        for terms in configured {
            let known = newest.remove(&terms.plan.id);
            let key = match known {
                Some((key, _, plan)) if plan == terms.plan => key,
                Some((_, version, _)) => insert(connection, &terms.plan, version + 1, now).await?,
                None => insert(connection, &terms.plan, 1, now).await?,
            };
            book.versions.insert(key, Arc::new(terms.clone()));
            book.current.insert(terms.plan.id.clone(), key);
        }

        for vanished in newest.keys() {
            refuse_if_in_use(connection, vanished).await?;
        }
        Ok(book)
    }
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
    let price_list = price_list::write(&plan.price_list)
        .map_err(|source| StoreError::Encode("a price list", source))?;
    let particulars = particulars::write(&plan.particulars)
        .map_err(|source| StoreError::Encode("particulars", source))?;
    let key: i64 = sqlx::query_scalar(include_str!("sql/insert_plan.sql"))
        .bind(plan.id.as_str())
        .bind(version)
        .bind(plan.name.as_str())
        .bind(plan.amount.won())
        .bind(i64::from(plan.cadence.count()))
        .bind(plan.cadence.unit().name())
        .bind(zone)
        .bind(plan.fixed_day.map(price_list::write_day))
        .bind(price_list)
        .bind(particulars)
        .bind(now.as_microsecond())
        .fetch_one(&mut *connection)
        .await
        .map_err(doing("write down a version of a plan"))?;

    let words = format!(
        "{} version {version}: {} every {}, {zone}",
        plan.id, plan.amount, plan.cadence
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

fn read(row: &PlanRow) -> Result<Plan, StoreError> {
    let corrupt = |found: String, wanted| StoreError::Corrupt {
        place: format!("plan {} version {}", row.id, row.version),
        found,
        wanted,
    };
    let unit = Unit::named(&row.cadence_unit)
        .ok_or_else(|| corrupt(row.cadence_unit.clone(), "a unit of time"))?;
    let cadence = u16::try_from(row.cadence_count)
        .ok()
        .and_then(|count| Cadence::new(count, unit).ok())
        .ok_or_else(|| corrupt(row.cadence_count.to_string(), "a count of units"))?;

    Ok(Plan {
        id: PlanId::parse(&row.id).map_err(|_| corrupt(row.id.clone(), "a plan id"))?,
        name: OrderName::parse(&row.name).map_err(|_| corrupt(row.name.clone(), "a name"))?,
        amount: Krw::parse(row.amount).map_err(|_| corrupt(row.amount.to_string(), "an amount"))?,
        cadence,
        zone: TimeZone::get(&row.time_zone)
            .map_err(|_| corrupt(row.time_zone.clone(), "a time zone"))?,
        fixed_day: match &row.fixed_day {
            Some(day) => {
                Some(price_list::read_day(day).ok_or_else(|| corrupt(day.clone(), "a fixed day"))?)
            }
            None => None,
        },
        price_list: price_list::read(&row.price_list)
            .ok_or_else(|| corrupt(row.price_list.clone(), "a price list"))?,
        particulars: particulars::read(&row.particulars)
            .ok_or_else(|| corrupt(row.particulars.clone(), "particulars"))?,
    })
}
