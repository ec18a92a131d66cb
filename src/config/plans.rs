//! Plans and ladders out of typed values: what is missing, and what does not go together.

use std::collections::BTreeMap;

use crate::config::dates::dates;
use crate::config::keys;
use crate::config::night;
use crate::config::problems::{Fault, Place, Report};
use crate::config::raw::{Parsed, RawLadder, RawPhase, RawPlan, RawTax};
use crate::config::schema::Need;
use crate::config::suggest::nearest;
use crate::config::values::plans::euc_kr;
use crate::config::{Billing, ConfiguredPlan};
use crate::core::dates::Dates;
use crate::core::dunning::Ladder;
use crate::core::money::grouped;
use crate::core::order::PlanId;
use crate::core::particulars::{Particulars, ProductType, Quota, Tax, Untaxed, Vat};
use crate::core::plan::Plan;
use crate::core::price::{Contradiction, Phase, PriceList};
use crate::core::term::Term;

/// The ladder of a plan that names none.
pub(crate) const STANDARD: &str = "standard";

/// The ladders by name. `standard` starts from the built-in one, the others from `standard`.
pub(crate) fn ladders(mut raw: BTreeMap<String, RawLadder>) -> BTreeMap<String, Ladder> {
    let standard = match raw.remove(STANDARD) {
        Some(written) => ladder(written, &Ladder::standard()),
        None => Ladder::standard(),
    };
    let mut ladders: BTreeMap<String, Ladder> = raw
        .into_iter()
        .map(|(name, written)| (name, ladder(written, &standard)))
        .collect();
    ladders.insert(STANDARD.to_owned(), standard);
    ladders
}

fn ladder(raw: RawLadder, base: &Ladder) -> Ladder {
    let rungs = |written: Option<Vec<Parsed<_>>>, inherited: &Vec<_>| match written {
        Some(rungs) => rungs.into_iter().map(|Parsed(rung)| rung).collect(),
        None => inherited.clone(),
    };
    Ladder {
        funds: rungs(raw.funds, &base.funds),
        technical: rungs(raw.technical, &base.technical),
        generic: rungs(raw.generic, &base.generic),
        paydays: raw.paydays.unwrap_or_else(|| base.paydays.clone()),
        declines_max: raw.declines_max.unwrap_or(base.declines_max),
        grace: raw.grace.map_or(base.grace, |Parsed(grace)| grace),
        end_action: raw.end_action.map_or(base.end_action, Into::into),
    }
}

/// The plans by id. One that lacks something is not among them; the report says what it lacks.
pub(crate) fn plans(
    raw: BTreeMap<String, RawPlan>,
    billing: &Billing,
    ladders: &BTreeMap<String, Ladder>,
    report: &mut Report,
) -> BTreeMap<PlanId, ConfiguredPlan> {
    let mut plans = BTreeMap::new();
    for (id, written) in raw {
        require_keys(&id, report);
        if let Some(configured) = plan(&id, written, billing, ladders, report) {
            plans.insert(configured.plan.id.clone(), configured);
        }
    }
    plans
}

fn require_keys(id: &str, report: &mut Report) {
    let Some(place) = report.place_of(&format!("plans.{id}")).cloned() else {
        return;
    };
    for key in keys::all().filter(|key| key.need == Need::Required) {
        let path = key.path.replace('*', id);
        let name = key.path.rsplit('.').next().unwrap_or_default();
        let has_cron = || report.place_of(&format!("plans.{id}.cron")).is_some();
        if report.place_of(&path).is_none() && !(name == "every" && has_cron()) {
            let remedy = format!("write {name} = {}, or what it should be", key.sample);
            report.refuse(&place, &path, &Fault::new("is missing", remedy));
        }
    }
}

fn plan(
    id: &str,
    mut raw: RawPlan,
    billing: &Billing,
    ladders: &BTreeMap<String, Ladder>,
    report: &mut Report,
) -> Option<ConfiguredPlan> {
    let price_list = price_list(&raw);
    let dates = dates(id, &mut raw, report);
    let particulars = particulars(id, &raw, report);
    let dunning = raw.dunning.unwrap_or_else(|| STANDARD.to_owned());
    let ladder = ladders.get(&dunning).cloned();
    // It may stand in a file that could not be read.
    if ladder.is_none() && !report.has_unread() {
        refuse_ladder(id, &dunning, ladders, report);
    }

    let zone = match raw.time_zone {
        Some(Parsed(zone)) => {
            check_zone(id, billing, &zone, report);
            zone
        }
        None => billing.time_zone.clone(),
    };
    let catch_up = raw.catch_up.map_or(billing.catch_up, |Parsed(rule)| rule);
    let without_consent = raw
        .without_consent
        .map_or(billing.without_consent, Into::into);
    let (Parsed(name), amount, dates) = (raw.name?, raw.amount?.0, dates?);
    warn_of_letters(id, name.as_str(), report);
    let plan_id = PlanId::parse(id).ok()?;
    if let Err(why) = name.check(&plan_id) {
        let fault = Fault::new(why, "shorten it: no name may be longer than 40 characters");
        refuse_at(&format!("plans.{id}.name"), &fault, report);
    }
    if let Some(ladder) = &ladder {
        warn_of_debts(id, &dates, (&dunning, ladder), report);
    }
    if let Err(why) = price_list.check(amount, &dates) {
        refuse_price_list(id, &why, report);
    }

    Some(ConfiguredPlan {
        plan: Plan {
            id: plan_id,
            name,
            amount,
            dates,
            zone,
            price_list,
            particulars,
        },
        dunning,
        ladder: ladder?,
        catch_up,
        without_consent,
        applies_from: raw.applies_from.map(|Parsed(day)| day),
        coupons: Vec::new(),
    })
}

/// The particulars; instalments that no cycle could be paid in are refused.
fn particulars(id: &str, raw: &RawPlan, report: &mut Report) -> Particulars {
    let quota = raw.card_quota.and_then(Quota::of);
    if let (Some(quota), Some(amount)) = (quota, raw.amount)
        && amount.0.won() < Quota::FROM_WON
    {
        let (months, least) = (quota.months(), grouped(Quota::FROM_WON));
        let what = format!(
            "{} in {months} months: a charge must be {least} won",
            amount.0
        );
        let fault = Fault::new(what, "leave card_quota out: the card pays at once then");
        refuse_at(&format!("plans.{id}.card_quota"), &fault, report);
    }
    Particulars {
        tax: tax(id, raw, report),
        vat: vat(id, raw, report),
        quota,
        product_code: raw.daou_product_code.as_ref().map(|code| code.0.clone()),
        cash_receipt: raw.daou_cash_receipt.map(Into::into),
        product_type: raw.product_type.as_deref().and_then(ProductType::named),
        custom_data: raw.custom_data.as_ref().map(|text| text.0.clone()),
    }
}

/// How much is taxed; a part that is none is refused.
fn tax(id: &str, raw: &RawPlan, report: &mut Report) -> Tax {
    let is_free = raw.tax == Some(RawTax::Free);
    let (Some(free), Some(price)) = (raw.tax_free, raw.amount) else {
        return if is_free { Tax::Free } else { Tax::Included };
    };
    let untaxed = Untaxed::of(free.0, price.0);
    let fault = match untaxed {
        Some(untaxed) if !is_free => return Tax::Partly(untaxed),
        Some(_) => Fault::new(
            "tax = \"free\" leaves nothing to be taxed, and this a part",
            "leave out one of the two",
        ),
        None => Fault::new(
            format!("{} of {} is not a part of it", free.0, price.0),
            "write less than the amount, or tax = \"free\" if none of it is taxed",
        ),
    };
    refuse_at(&format!("plans.{id}.tax_free"), &fault, report);
    Tax::Included
}

/// How tax is rounded, where there is any.
fn vat(id: &str, raw: &RawPlan, report: &mut Report) -> Option<Vat> {
    let way = raw.vat.as_deref().and_then(Vat::named)?;
    if raw.tax == Some(RawTax::Free) {
        let fault = Fault::new("tax = \"free\": there is no tax to round", "leave vat out");
        refuse_at(&format!("plans.{id}.vat"), &fault, report);
    }
    Some(way)
}

fn price_list(raw: &RawPlan) -> PriceList {
    let phase = |phase: &RawPhase| Phase {
        cycles: phase.cycles,
        amount: phase.amount.0,
    };
    PriceList {
        trial: raw.trial.as_ref().map(|Parsed(trial)| *trial),
        phases: raw.phases.iter().map(phase).collect(),
        setup_fee: raw.setup_fee.map(|fee| fee.0),
        cycles: raw.cycles,
        until: raw.until.as_ref().map(|Parsed(day)| *day),
        term: Term {
            minimum: raw.minimum_term.as_ref().map(|Parsed(minimum)| *minimum),
            notice: raw.notice.as_ref().map(|Parsed(notice)| notice.0),
        },
    }
}

fn refuse_price_list(id: &str, why: &Contradiction, report: &mut Report) {
    let (key, remedy) = match why {
        Contradiction::TrialOutlastsTerm { .. } | Contradiction::SpanOutlastsTerm { .. } => {
            ("trial", "let the trial be shorter, or raise cycles")
        }
        Contradiction::PhaseBeyondTerm { .. } => ("phases", "leave the phase out, or raise cycles"),
        Contradiction::MinimumOutlastsTerm { .. } => {
            ("minimum_term", "shorten it, or raise cycles")
        }
        Contradiction::TooMuch(_) => ("setup_fee", "lower it: amount and fee are one charge"),
    };
    let fault = Fault::new(why.to_string(), remedy);
    refuse_at(&format!("plans.{id}.{key}"), &fault, report);
}

fn refuse_ladder(id: &str, name: &str, ladders: &BTreeMap<String, Ladder>, report: &mut Report) {
    let remedy = match nearest(name, ladders.keys().map(String::as_str)) {
        Some(guess) => format!("did you mean {guess:?}?"),
        None => format!("write a [dunning.{name}] table, or leave it out for {STANDARD:?}"),
    };
    let fault = Fault::new(format!("there is no ladder {name:?}"), remedy);
    refuse_at(&format!("plans.{id}.dunning"), &fault, report);
}

/// A plan's own zone moves the window against the Korean night.
fn check_zone(id: &str, billing: &Billing, zone: &jiff::tz::TimeZone, report: &mut Report) {
    if !report.is_sound("billing.charge_window") || *zone == billing.time_zone {
        return;
    }
    if let Some(what) = night::complaint(billing.charge_window, zone) {
        let fault = Fault::new(what, "choose a zone or a window that keeps clear of it");
        refuse_at(&format!("plans.{id}.time_zone"), &fault, report);
    }
}

/// A ladder that goes on when the next cycle is due: then more than one is owed, and the card is asked for
/// each of them.
fn warn_of_debts(id: &str, dates: &Dates, named: (&str, &Ladder), report: &mut Report) {
    let (name, ladder) = named;
    let (lasts, day) = (ladder.lasts().as_secs(), 24 * 60 * 60);
    let cycle = dates.days_about(1).max(1) * day;
    let own = format!("plans.{id}.dunning");
    let key = if report.place_of(&own).is_some() {
        own
    } else {
        format!("plans.{id}.every")
    };
    let Some(place) = report.place_of(&key).cloned().filter(|_| lasts > cycle) else {
        return;
    };
    let owed = lasts.div_ceil(cycle);
    let what = format!(
        "its ladder {name:?} lasts {} days, and a cycle is due {dates}: {owed} may be owed at once, and \
         the card is asked for each",
        lasts.div_ceil(day)
    );
    let remedy = "give it a shorter ladder and grace of its own, unless that is meant";
    report.warn(&place, &key, &Fault::new(what, remedy));
}

fn warn_of_letters(id: &str, name: &str, report: &mut Report) {
    let key = format!("plans.{id}.name");
    let rare = name.chars().find(|letter| !euc_kr(*letter).is_original);
    if let (Some(letter), Some(place)) = (rare, report.place_of(&key).cloned()) {
        let what = format!("{letter:?} is not in the original EUC-KR (KS X 1001)");
        let remedy = "some PGs show it as \"?\"; choose another word if yours does";
        report.warn(&place, &key, &Fault::new(what, remedy));
    }
}

/// A problem at the place where a key was written, or of the whole if nobody wrote it.
pub(crate) fn refuse_at(key: &str, fault: &Fault, report: &mut Report) {
    let nowhere = || Place::new(0, "configuration", 0, 0);
    let place = report.place_of(key).cloned().unwrap_or_else(nowhere);
    report.refuse(&place, key, fault);
}
