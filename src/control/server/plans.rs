//! Newer versions of plans for those who subscribed before. The whole is counted page by page, so that a
//! million subscriptions need no more memory than a thousand.

use std::collections::BTreeMap;

use axum::Json;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{Query, State};
use jiff::Timestamp;
use serde::Deserialize;

use crate::control::protocol::plans::{
    Applied, Apply, CYCLES_MAX, Change, Changes, Diff, Part, TooDear, Unfit,
};
use crate::control::server::Api;
use crate::control::server::peer::{Answered, Operator};
use crate::control::server::read::place;
use crate::control::server::refusal::{Refusal, parse};
use crate::core::price::BadPrice;
use crate::core::succession::Outlook;
use crate::store::{Behind, ChangeName, Given};

/// Over how many cycles a difference is told when nobody says.
const CYCLES: u32 = 12;

/// Over how many cycles, and which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    cycles: Option<u32>,
    after: Option<String>,
}

/// What is counted of those who are on one version.
#[derive(Debug)]
struct Sum {
    subscriptions: u64,
    need_consent: u64,
    first_at: Timestamp,
    before: i64,
    after: i64,
}

pub(super) async fn diff(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Diff>, Refusal> {
    let Query(asked) = asked?;
    let (now, cycles) = ((api.now)(), cycles(asked.cycles)?);
    let (mut name, mut sums) = (ChangeName::default(), BTreeMap::new());
    let (mut too_dear, mut after) = (Vec::new(), -1);
    loop {
        let (found, next) = api.reader.behind(after, now, cycles as usize).await?;
        for one in found {
            match one.outlook {
                Ok(outlook) => {
                    name.add(&one, &outlook);
                    count(&mut sums, one, outlook);
                }
                Err(BadPrice { won }) => note(&mut too_dear, one, won),
            }
        }
        match next {
            Some(next) => after = next,
            None => break,
        }
    }
    let unfit = api.reader.unfit().into_iter();
    Ok(Json(Diff {
        hash: name.text().filter(|_| too_dear.is_empty()),
        cycles,
        too_dear,
        parts: sums.into_iter().map(part).collect(),
        unfit: unfit
            .map(|(plan, from_version, to_version)| Unfit {
                plan,
                from_version,
                to_version,
            })
            .collect(),
    }))
}

pub(super) async fn changes(
    State(api): State<Api>,
    asked: Result<Query<Asked>, QueryRejection>,
) -> Result<Json<Changes>, Refusal> {
    let Query(asked) = asked?;
    let (now, cycles) = ((api.now)(), cycles(asked.cycles)?);
    let [after] = place(asked.after.as_deref())?;
    let (found, next) = api.reader.behind(after, now, cycles as usize).await?;
    let (mut rows, mut too_dear) = (Vec::new(), Vec::new());
    for one in found {
        match one.outlook {
            Ok(outlook) => rows.push(change(one, outlook)),
            Err(BadPrice { won }) => note(&mut too_dear, one, won),
        }
    }
    Ok(Json(Changes {
        rows,
        too_dear,
        next: next.map(|next| next.to_string()),
    }))
}

pub(super) async fn apply(
    operator: Operator,
    State(api): State<Api>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Answered<Applied>, Refusal> {
    let apply: Apply = parse(body)?;
    let who = operator.asking("apply plans", &apply, apply.reason.as_deref())?;
    let given = api.handle.apply_plans(&apply.hash, who).await??;
    let applied = given.answer;
    Ok(Answered(Given {
        answer: Applied {
            hash: apply.hash,
            subscriptions: applied.subscriptions,
            need_consent: applied.need_consent,
        },
        is_repeated: given.is_repeated,
    }))
}

/// One more who would be asked for too much.
fn note(too_dear: &mut Vec<TooDear>, one: Behind, won: i64) {
    let is_its = |part: &&mut TooDear| {
        (&*part.plan, part.from_version, part.to_version)
            == (&*one.plan, one.from_version, one.to_version)
    };
    let Some(part) = too_dear.iter_mut().find(is_its) else {
        too_dear.push(TooDear {
            plan: one.plan,
            from_version: one.from_version,
            to_version: one.to_version,
            subscriptions: 1,
            example: one.id,
            won,
        });
        return;
    };
    part.subscriptions += 1;
    if won > part.won {
        (part.example, part.won) = (one.id, won);
    }
}

fn count(sums: &mut BTreeMap<(String, i64, i64), Sum>, one: Behind, outlook: Outlook) {
    let sum = sums
        .entry((one.plan, one.from_version, one.to_version))
        .or_insert(Sum {
            subscriptions: 0,
            need_consent: 0,
            first_at: outlook.at,
            before: 0,
            after: 0,
        });
    sum.subscriptions += 1;
    sum.need_consent += u64::from(outlook.rise.is_some());
    sum.first_at = sum.first_at.min(outlook.at);
    sum.before += outlook.sum_before;
    sum.after += outlook.sum_after;
}

fn part(((plan, from_version, to_version), sum): ((String, i64, i64), Sum)) -> Part {
    Part {
        plan,
        from_version,
        to_version,
        subscriptions: sum.subscriptions,
        need_consent: sum.need_consent,
        first_at: sum.first_at.to_string(),
        before: sum.before,
        after: sum.after,
    }
}

fn change(one: Behind, outlook: Outlook) -> Change {
    Change {
        subscription: one.id,
        customer_uid: one.customer_uid,
        plan: one.plan,
        from_version: one.from_version,
        to_version: one.to_version,
        cycle: outlook.n.number(),
        at: outlook.at.to_string(),
        before: outlook.before,
        after: outlook.after,
        needs_consent: outlook.rise.is_some(),
        difference: outlook.sum_after - outlook.sum_before,
    }
}

fn cycles(wanted: Option<u32>) -> Result<u32, Refusal> {
    match wanted.unwrap_or(CYCLES) {
        cycles @ 1..=CYCLES_MAX => Ok(cycles),
        odd => Err(Refusal::invalid(format!(
            "cycles {odd} is not allowed: ask for 1 to {CYCLES_MAX}"
        ))),
    }
}
