//! The books of both sides: everybody is brought to an end, and both sides say the same of it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::real::gateway::Simulator;
use crate::real::stage::Stage;

/// Waits until nothing is open. Who was declined, or whose request was lost, would be tried again in
/// minutes or days; they bring another card, which is tried after the quiet period.
pub(crate) fn everybody_pays(stage: &Stage, wanted: usize) {
    let figures = || {
        let status = stage.status().unwrap();
        let figure = |place: &str| status.pointer(place).unwrap().as_u64().unwrap();
        (figure("/last_day/paid"), figure("/dunning"))
    };
    let wanted = u64::try_from(wanted).unwrap();
    while figures().0 < wanted {
        stage.until("nobody is open", || {
            let (paid, waiting) = figures();
            paid + waiting == wanted
        });
        for cycle in stage.export("cycles") {
            if cycle["state"] == "retrying" {
                let id = cycle["subscription"].as_str().unwrap();
                let card = json!({"customer_uid": format!("another-card-of-{id}")});
                let path = format!("/v1/subscriptions/{id}/card");
                let (status, said) = stage.post(&path, &card).unwrap();
                assert_eq!(status, 200, "{said}");
            }
        }
        stage.until("they are tried", || {
            let (paid, waiting) = figures();
            paid == wanted || paid + waiting < wanted
        });
    }
}

/// The gateway's books and ours say the same, payment by payment and decline by decline.
pub(crate) fn agree(stage: &Stage, simulator: &Simulator) {
    let ledger = simulator.ledger();
    assert_eq!(ledger["double_charges"], 0, "{ledger}");
    let text = |row: &Value, field: &str| row[field].as_str().unwrap().to_owned();
    let (mut paid_there, mut declined_there) = (BTreeMap::new(), BTreeMap::new());
    for payment in simulator.payments() {
        let uid = text(&payment, "merchant_uid");
        match payment["status"].as_str().unwrap() {
            "paid" => {
                let earlier = paid_there.insert(uid, text(&payment, "imp_uid"));
                assert_eq!(earlier, None, "{payment}");
            }
            "failed" => *declined_there.entry(uid).or_insert(0) += 1,
            other => panic!("{other}: {payment}"),
        }
    }

    let (mut charged, mut refused) = (BTreeMap::new(), BTreeMap::new());
    for cycle in stage.export("cycles") {
        let uid = text(&cycle, "merchant_uid");
        if let Some(imp_uid) = cycle["imp_uid"].as_str() {
            charged.insert(uid.clone(), imp_uid.to_owned());
        }
        if cycle["declines"] != 0 {
            refused.insert(uid, cycle["declines"].as_i64().unwrap());
        }
    }
    assert_eq!(charged, paid_there, "paid here, and there");
    assert_eq!(refused, declined_there, "declined here, and there");
}
