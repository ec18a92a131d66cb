//! The pure core: money, dates, plans, the cycle machine, dunning. It knows no clock, no database,
//! no wire and no configuration file; `now` is always an argument and nothing here is random.

pub mod answer;
pub mod calendar;
pub mod card_expiry;
pub mod catch_up;
pub mod change_plan;
pub mod civil;
pub mod consent;
pub mod contract;
pub mod counted;
pub mod coupon;
pub mod credit;
pub mod cron;
pub mod cycle;
pub mod dates;
pub mod decline;
pub mod dunning;
pub mod explain;
pub mod fixed_day;
pub mod guard;
pub mod idempotency;
pub mod money;
pub mod night;
pub mod order;
pub mod particulars;
pub mod plan;
pub mod preview;
pub mod price;
pub mod retry;
pub mod share;
pub mod spread;
pub mod subscription;
pub mod succession;
pub mod template;
pub mod term;
pub mod window;
