//! A configuration in plain words, for `dues config check`: what will be charged when, so that a
//! wrong price or date is seen by a person before a customer sees it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::config::{Config, ConfiguredPlan, duration};
use crate::core::calendar::CycleNo;
use crate::core::catch_up::CatchUp;
use crate::core::consent::WithoutConsent;
use crate::core::counted::{counted, counted_are};
use crate::core::coupon::{Coupon, CouponCode, Lasts};
use crate::core::dunning::Ladder;
use crate::core::money::Krw;
use crate::core::particulars::{CashReceipt, Particulars, Quota, Tax};
use crate::core::plan::Plan;
use crate::core::price::Trial;
use crate::core::window::Window;

/// How many dues are shown after the anchor.
const DUES_SHOWN: u32 = 3;

/// One line for each plan, in the order of ids, then one for each coupon, then one for each ladder. The dues are
/// those of a subscription that starts at the first moment from `now` on at which the plan may be charged.
pub fn describe(config: &Config, now: Timestamp) -> Vec<String> {
    let window = config.billing.charge_window;
    let plans = config
        .plans
        .values()
        .map(|configured| describe_plan(configured, window, now));
    let ladders = config
        .ladders
        .iter()
        .map(|(name, ladder)| describe_ladder(name, ladder));
    plans.chain(coupons(config)).chain(ladders).collect()
}

fn describe_plan(configured: &ConfiguredPlan, window: Window, now: Timestamp) -> String {
    let plan = &configured.plan;
    let charged = match window {
        Window::Always => "at any hour but 23:30-00:40 KST".to_owned(),
        Window::Unguarded => "at any hour".to_owned(),
        Window::Daily { .. } => window.to_string(),
    };
    let anchor = window.earliest(now, &plan.zone);
    let dues: Vec<String> = (1..=DUES_SHOWN)
        .filter_map(|cycle| {
            let cycle = CycleNo::parse(cycle).ok()?;
            let due_at = plan.due_at(anchor, cycle).ok()?;
            if !plan.has_cycle(anchor, cycle).ok()? {
                return None;
            }
            Some(local(due_at, &plan.zone).date().to_string())
        })
        .collect();

    format!(
        "{}: {:?} {} {} ({}), charged {charged}; an anchor of {} gives {}; dunning {}{}",
        plan.id,
        plan.name.as_str(),
        price(plan),
        plan.dates,
        plan.zone.iana_name().unwrap_or("local time"),
        local(anchor, &plan.zone).strftime("%Y-%m-%d %H:%M"),
        if dues.is_empty() {
            "nothing after it".to_owned()
        } else {
            dues.join(", ")
        },
        configured.dunning,
        besides(configured)
    )
}

/// What becomes of whatever is not as it should be, where that is not the default, and what is sent with each
/// charge besides the money.
fn besides(configured: &ConfiguredPlan) -> String {
    let missed = match configured.catch_up {
        CatchUp::ChargeOne => None,
        CatchUp::LatestOnly => Some("of missed cycles the latest is charged".to_owned()),
        CatchUp::ChargeAll(most) => Some(format!(
            "up to {} charged one after the other",
            counted_are(u32::from(most), "missed cycle")
        )),
        CatchUp::Hold => Some("a missed cycle holds".to_owned()),
    };
    let unconsented = match configured.without_consent {
        WithoutConsent::Hold => None,
        WithoutConsent::Cancel => Some("without consent to a rise it is canceled".to_owned()),
    };
    let more = [missed, unconsented].into_iter().flatten();
    let sent = sent(&configured.plan.particulars);
    let sent = (!sent.is_empty()).then(|| format!("sent with it: {}", sent.join(", ")));
    let parts: Vec<String> = more.chain(sent).collect();
    if parts.is_empty() {
        String::new()
    } else {
        format!("; {}", parts.join("; "))
    }
}

fn sent(particulars: &Particulars) -> Vec<String> {
    let tax = match particulars.tax {
        Tax::Included => None,
        Tax::Partly(untaxed) => Some(format!("{} of it not taxed", untaxed.free())),
        Tax::Free => Some("all of it not taxed".to_owned()),
    };
    let quota = particulars.quota.map(|quota| {
        let from =
            Krw::parse(Quota::FROM_WON).map_or_else(|_| String::new(), |won| won.to_string());
        format!("{} months to pay from {from} on", quota.months())
    });
    let receipt = particulars.cash_receipt.map(|receipt| match receipt {
        CashReceipt::Issued => "a cash receipt",
        CashReceipt::NotIssued => "no cash receipt",
    });
    let code = particulars.product_code.as_ref();
    let kind = particulars.product_type;
    let text = particulars.custom_data.as_ref();
    let parts = [
        tax,
        particulars.vat.map(|vat| format!("vat {}", vat.name())),
        quota,
        code.map(|code| format!("product code {}", code.as_str())),
        receipt.map(str::to_owned),
        kind.map(|kind| format!("product type {}", kind.name())),
        text.map(|text| format!("custom_data {:?}", text.as_str())),
    ];
    parts.into_iter().flatten().collect()
}

/// Each coupon with the plans that it can be redeemed for.
fn coupons(config: &Config) -> impl Iterator<Item = String> {
    let mut offers: BTreeMap<&CouponCode, (&Coupon, Vec<String>)> = BTreeMap::new();
    for (id, configured) in &config.plans {
        for coupon in &configured.coupons {
            let (_, plans) = offers
                .entry(&coupon.code)
                .or_insert_with(|| (coupon, Vec::new()));
            plans.push(id.to_string());
        }
    }
    let everywhere = config.plans.len();
    offers.into_values().map(move |(coupon, plans)| {
        let lasts = match coupon.lasts {
            Lasts::Cycles(cycles) => counted(u32::from(cycles), "cycle"),
            Lasts::Forever => "every cycle".to_owned(),
        };
        let plans = if plans.len() == everywhere {
            "every plan".to_owned()
        } else {
            plans.join(", ")
        };
        format!(
            "coupon {}: {} off {lasts}; for {plans}",
            coupon.code, coupon.off
        )
    })
}

/// The amount, and whatever else a cycle may cost.
fn price(plan: &Plan) -> String {
    let list = &plan.price_list;
    let mut more = Vec::new();
    match list.trial {
        Some(Trial::Span(span)) => more.push(format!("after a trial of {span}")),
        Some(Trial::Cycles(1)) => more.push("the first cycle free".to_owned()),
        Some(Trial::Cycles(cycles)) => {
            more.push(format!("the first {} free", counted(cycles, "cycle")));
        }
        None => {}
    }
    for phase in &list.phases {
        let cycles = counted(phase.cycles, "cycle");
        more.push(format!("{} for {cycles}", phase.amount));
    }
    more.extend(list.setup_fee.map(|fee| format!("{fee} once")));
    more.extend(list.cycles.map(|cycles| counted(cycles, "cycle")));
    more.extend(list.until.map(|day| format!("until {day}")));
    let term = list.term;
    more.extend(term.minimum.map(|least| format!("at least {least}")));
    more.extend(term.notice.map(|notice| format!("{notice} of notice")));

    if more.is_empty() {
        plan.amount.to_string()
    } else {
        format!("{} ({})", plan.amount, more.join(", "))
    }
}

fn local(moment: Timestamp, zone: &TimeZone) -> DateTime {
    zone.to_datetime(moment)
}

fn describe_ladder(name: &str, ladder: &Ladder) -> String {
    let rungs = |spans: &[std::time::Duration]| {
        let words: Vec<String> = spans.iter().map(|span| duration::words(*span)).collect();
        if words.is_empty() {
            "never".to_owned()
        } else {
            words.join(" ")
        }
    };
    let paydays: Vec<String> = ladder.paydays.iter().map(ToString::to_string).collect();
    let paydays = if paydays.is_empty() || ladder.funds.is_empty() {
        String::new()
    } else {
        format!(" (near a payday on it: {})", paydays.join(" "))
    };
    format!(
        "dunning {name}: again, counted from the first try: funds {}{paydays}; technical {}; other {}; after {} at most, and {} after the due date at the earliest, {}",
        rungs(&ladder.funds),
        rungs(&ladder.technical),
        rungs(&ladder.generic),
        counted(ladder.declines_max, "decline"),
        duration::words(ladder.grace),
        ladder.end_action.words(),
    )
}
