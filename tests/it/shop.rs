//! The shop that these tests are about: its plan, its rules and its installation. Rules are the
//! standard ones, so that a snapshot shows what an operator gets.

use std::path::Path;
use std::time::Duration;

use dues::core::calendar::{Cadence, CycleNo};
use dues::core::catch_up::CatchUp;
use dues::core::consent::WithoutConsent;
use dues::core::contract::Quantity;
use dues::core::dunning::Ladder;
use dues::core::money::Krw;
use dues::core::order::{CustomerUid, Installation, PlanId, SubscriptionId, UidScope};
use dues::core::particulars::Particulars;
use dues::core::plan::{Pace, Plan, Terms};
use dues::core::price::{Price, PriceList};
use dues::core::template::NameTemplate;
use dues::core::window::Window;
use dues::store::{Identity, NewSubscription, NotOpened, Opening, Standards, Store};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sqlx::ConnectOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

/// 9,900 won a month, at any time of the day.
pub(crate) fn monthly() -> Terms {
    terms("basic", "1 month")
}

/// 9,900 won at this cadence, at any time of the day.
pub(crate) fn terms(id: &str, cadence: &str) -> Terms {
    Terms {
        plan: Plan {
            id: PlanId::parse(id).expect("a plan's id"),
            name: NameTemplate::parse("Basic").expect("a name"),
            amount: Krw::parse(9_900).expect("an amount"),
            dates: Cadence::parse(cadence).expect("a cadence").into(),
            zone: zone(),
            price_list: PriceList::default(),
            particulars: Particulars::default(),
        },
        ladder: Ladder::standard(),
        window: Window::Always,
        pace: pace(),
        catch_up: CatchUp::ChargeOne,
        without_consent: WithoutConsent::Hold,
        applies_from: None,
        coupons: Vec::new(),
    }
}

/// What a cycle of any of these plans asks for.
pub(crate) fn price() -> Price {
    Price::of_won(9_900).expect("an amount")
}

/// How long the gateway is waited for.
pub(crate) fn pace() -> Pace {
    Pace {
        answer_within: Duration::from_secs(90),
        quiet_period: Duration::from_mins(3),
        ask_again_max: Duration::from_hours(1),
        uid_scope: UidScope::Cycle,
    }
}

/// The rules for plans that are gone.
pub(crate) fn standards() -> Standards {
    Standards {
        ladder: Ladder::standard(),
        window: Window::Always,
        pace: pace(),
        catch_up: CatchUp::ChargeOne,
        without_consent: WithoutConsent::Hold,
    }
}

/// The prefix of every uid.
pub(crate) fn installation() -> Installation {
    Installation::parse("shop").expect("a name of an installation")
}

/// Where the shop is.
pub(crate) fn zone() -> TimeZone {
    TimeZone::get("Asia/Seoul").expect("a zone that is compiled in")
}

/// An instant, written down.
pub(crate) fn instant(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

/// Opens the database in a directory, as the daemon would.
pub(crate) async fn open(directory: &Path, terms: &[Terms], now: Timestamp) -> Store {
    open_on("the shop's", directory, terms, now).await
}

/// The same, on this machine.
pub(crate) async fn open_on(
    machine: &str,
    directory: &Path,
    terms: &[Terms],
    now: Timestamp,
) -> Store {
    let opening = Opening {
        state_dir: directory,
        installation: &installation(),
        machine,
        terms,
        standards: &standards(),
    };
    // A process that another test starts has our lock too, until it becomes what it is to be.
    for _ in 0..LOCK_LOOKS {
        match Store::open(opening, now).await {
            Err(NotOpened::Locked(_)) => tokio::time::sleep(LOCK_WAIT).await,
            opened => return opened.expect("the store opens"),
        }
    }
    panic!("somebody keeps the lock of {}", directory.display())
}

/// How often a lock that is taken is looked at again, and how soon.
const LOCK_LOOKS: u32 = 500;
const LOCK_WAIT: Duration = Duration::from_millis(10);

/// A connection of our own to the same file, past everything that the store sees to.
pub(crate) async fn back_door(directory: &Path) -> SqliteConnection {
    SqliteConnectOptions::new()
        .filename(directory.join("dues.db"))
        .foreign_keys(true)
        .connect()
        .await
        .expect("the database opens")
}

/// A subscription to ask for, with this card and plan.
pub(crate) fn wanted(id: &str, card: &str, plan: &str, anchor_at: Timestamp) -> NewSubscription {
    NewSubscription {
        identity: Identity::Chosen(SubscriptionId::parse(id).expect("an id")),
        customer_uid: CustomerUid::parse(card).expect("a card"),
        plan: PlanId::parse(plan).expect("a plan's id"),
        anchor_at,
        first_cycle: CycleNo::parse(0).expect("a number"),
        quantity: Quantity::ONE,
        coupon: None,
        card_expires: None,
    }
}
