//! Values as a person types them, looked at before anybody is asked: what is wrong with one is said with the
//! word that it belongs to, whether a daemon is there or not. The daemon looks at them again; what depends
//! on what it knows, such as whether a plan exists, it says alone.

use std::ops::RangeInclusive;

use jiff::Timestamp;

use crate::cli::exit::{Exit, Failure};
use crate::cli::words::{end_of, start_of};
use crate::core::calendar::CycleNo;
use crate::core::card_expiry::CardExpiry;
use crate::core::contract::Quantity;
use crate::core::coupon::CouponCode;
use crate::core::idempotency::IdempotencyKey;
use crate::core::money::Krw;
use crate::core::order::{CustomerUid, PlanId, SubscriptionId};

/// What is said instead of a value.
type Why = String;

/// An instant, as it is written.
pub(super) fn instant(text: &str) -> Result<String, Why> {
    let text = text.trim();
    let instant: Result<Timestamp, _> = text.parse();
    instant.map(|_| text.to_owned()).map_err(|_| {
        "there is no such instant; write a date, a time and an offset, such as \
         2026-03-01T00:00:00+09:00"
            .to_owned()
    })
}

/// An instant; of a date, its first moment in Korea.
pub(super) fn beginning(text: &str) -> Result<String, Why> {
    instant(&start_of(text.trim())).map_err(|_| DAY_FORM.to_owned())
}

/// An instant; of a date, its last moment in Korea.
pub(super) fn end(text: &str) -> Result<String, Why> {
    instant(&end_of(text.trim())).map_err(|_| DAY_FORM.to_owned())
}

const DAY_FORM: &str = "there is no such day or instant; write a date, such as 2026-03-01, or a date, a \
                        time and an offset, such as 2026-03-01T00:00:00+09:00";

/// How many a subscription has of what its plan sells.
pub(super) fn quantity(text: &str) -> Result<u32, Why> {
    let quantity = Quantity::parse(whole(text)?).map_err(|bad| bad.to_string())?;
    Ok(u32::from(quantity.number()))
}

/// The number of a cycle.
pub(super) fn cycle(text: &str) -> Result<u32, Why> {
    let number = u32::try_from(whole(text)?).ok();
    let cycle = number.and_then(|number| CycleNo::parse(number).ok());
    let cycle = cycle.ok_or_else(|| format!("cycles are counted from 0 to {}", CycleNo::MAX))?;
    Ok(cycle.number())
}

/// How many of something that is shown.
pub(super) fn count(range: RangeInclusive<u32>) -> impl Fn(&str) -> Result<u32, Why> + Clone {
    move |text| {
        let number = u32::try_from(whole(text)?).ok();
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| format!("ask for {} to {}", range.start(), range.end()))
    }
}

/// A number of won.
pub(super) fn amount(text: &str) -> Result<i64, Why> {
    let amount = Krw::parse(whole(text)?).map_err(|bad| bad.to_string())?;
    Ok(amount.won())
}

fn whole(text: &str) -> Result<i64, Why> {
    let number = text.trim().parse();
    number.map_err(|_| "write a whole number, in digits alone".to_owned())
}

/// The id of a subscription that is to be.
pub(super) fn subscription(text: &str) -> Result<String, Why> {
    as_it_is(text, SubscriptionId::parse(text))
}

/// The id of a plan.
pub(super) fn plan(text: &str) -> Result<String, Why> {
    as_it_is(text, PlanId::parse(text))
}

/// The gateway's name for a card.
pub(super) fn customer_uid(text: &str) -> Result<String, Why> {
    as_it_is(text, CustomerUid::parse(text))
}

/// The code of a coupon.
pub(super) fn coupon(text: &str) -> Result<String, Why> {
    as_it_is(text, CouponCode::parse(text))
}

/// An idempotency key.
pub(super) fn idempotency_key(text: &str) -> Result<String, Why> {
    as_it_is(text, IdempotencyKey::parse(text))
}

fn as_it_is<T>(text: &str, parsed: Result<T, impl ToString>) -> Result<String, Why> {
    parsed
        .map(|_| text.to_owned())
        .map_err(|bad| bad.to_string())
}

/// The month in which a card expires. The command line would repeat what was written instead of one, and that may be
/// another number of the card: so it does not look at it.
pub(super) fn expiry(option: &str, text: Option<&str>) -> Result<Option<String>, Failure> {
    let expires = text.map(CardExpiry::parse).transpose();
    let expires = expires.map_err(|bad| Failure::said(Exit::Usage, format!("{option}: {bad}")))?;
    Ok(expires.map(|month| month.to_string()))
}

/// What may not be left empty: a reason, or where something can be found.
pub(super) fn said(text: &str) -> Result<String, Why> {
    if text.trim().is_empty() {
        return Err("it is empty".to_owned());
    }
    Ok(text.to_owned())
}
