//! A configuration in plain words, for `dues config check`: what will be charged when, so that a
//! wrong price or date is seen by a person before a customer sees it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use crate::config::{Config, ConfiguredPlan, duration};
use crate::core::calendar::CycleNo;
use crate::core::counted::counted;
use crate::core::dunning::Ladder;
use crate::core::plan::Plan;
use crate::core::price::Trial;
use crate::core::window::Window;

/// How many dues are shown after the anchor.
const DUES_SHOWN: u32 = 3;

/// One line for each plan, in the order of ids, then one for each ladder. The dues are those of a
/// subscription that starts at the first moment from `now` on at which the plan may be charged.
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
    plans.chain(ladders).collect()
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
        "{}: {:?} {} {} ({}), charged {charged}; an anchor of {} gives {}; dunning {}",
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
    )
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
