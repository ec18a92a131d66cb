//! Coupons out of typed values: what is missing, what does not go together, and which plans they are for.

use std::collections::BTreeMap;

use crate::config::ConfiguredPlan;
use crate::config::plans::refuse_at;
use crate::config::problems::{Fault, Report};
use crate::config::raw::{Parsed, RawCoupon};
use crate::config::suggest::nearest;
use crate::core::coupon::{Coupon, CouponCode, Off, Percent};
use crate::core::order::PlanId;

/// Gives every plan the coupons that can be redeemed for it.
pub(crate) fn offer(
    raw: BTreeMap<String, RawCoupon>,
    plans: &mut BTreeMap<PlanId, ConfiguredPlan>,
    report: &mut Report,
) {
    for (code, written) in raw {
        check_plans(&code, &written, plans, report);
        let Some(coupon) = coupon(&code, &written, report) else {
            continue;
        };
        let is_for = |plan: &PlanId| match &written.plans {
            Some(named) => named.iter().any(|name| name == plan.as_str()),
            None => true,
        };
        for (_, plan) in plans.iter_mut().filter(|(id, _)| is_for(id)) {
            plan.coupons.push(coupon.clone());
        }
    }
}

fn coupon(code: &str, raw: &RawCoupon, report: &mut Report) -> Option<Coupon> {
    let key = |name: &str| format!("coupons.{code}.{name}");
    let off = match (raw.percent, raw.amount) {
        (Some(percent), None) => Percent::of(percent.into()).map(Off::Percent),
        (None, Some(amount)) => Some(Off::Amount(amount.0)),
        (Some(_), Some(_)) => {
            let fault = Fault::new("takes off a percentage already", "keep one of the two");
            refuse_at(&key("amount"), &fault, report);
            None
        }
        (None, None) if report.is_sound(&key("percent")) && report.is_sound(&key("amount")) => {
            let fault = Fault::new("takes nothing off", "write percent = 10 or amount = 5000");
            refuse_at(&format!("coupons.{code}"), &fault, report);
            None
        }
        (None, None) => None,
    };
    let lasts = raw.duration.as_ref().map(|Parsed(lasts)| *lasts);
    if lasts.is_none() && report.is_sound(&key("duration")) {
        let remedy = "write duration = \"once\", \"3 cycles\" or \"forever\"";
        let fault = Fault::new("does not say how long it lasts", remedy);
        refuse_at(&format!("coupons.{code}"), &fault, report);
    }
    Some(Coupon {
        code: CouponCode::parse(code).ok()?,
        off: off?,
        lasts: lasts?,
    })
}

/// A plan that is named and does not exist is a slip of the finger: the coupon would be for nobody.
fn check_plans(
    code: &str,
    raw: &RawCoupon,
    plans: &BTreeMap<PlanId, ConfiguredPlan>,
    report: &mut Report,
) {
    // One that is wrong, or stands in a file that could not be read, is not among them.
    if report.has_unread() {
        return;
    }
    for name in raw.plans.iter().flatten() {
        let is_written = report.place_of(&format!("plans.{name}")).is_some();
        if is_written || plans.keys().any(|plan| plan.as_str() == name) {
            continue;
        }
        let remedy = match nearest(name, plans.keys().map(PlanId::as_str)) {
            Some(guess) => format!("did you mean {guess:?}?"),
            None => "name plans that exist, or leave plans out for all".to_owned(),
        };
        let fault = Fault::new(format!("there is no plan {name:?}"), remedy);
        refuse_at(&format!("coupons.{code}.plans"), &fault, report);
    }
}
