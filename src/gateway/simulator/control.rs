//! The control surface under `/simulator`: reading the books, and making things go wrong. It takes
//! no token: whoever reaches the simulator may do all of this.

use serde::Serialize;

use crate::gateway::simulator::behaviour::Behaviour;
use crate::gateway::simulator::ledger::Payment;
use crate::gateway::simulator::reply::{JSON, Reply};
use crate::gateway::simulator::request::{Method, Request};
use crate::gateway::simulator::script::Script;
use crate::gateway::simulator::settings::SwitchesText;

/// The first segment of every path of the control surface.
pub(super) const PREFIX: &str = "/simulator/";

const LIMIT_MAX: usize = 10_000;
const LIMIT_USUAL: usize = 1_000;
const ROUTES: &str = "known are GET /simulator/ledger, GET /simulator/payments?after=&limit=, \
     GET and PUT /simulator/switches, PUT /simulator/customers/{customer_uid}/script, \
     POST /simulator/reset";

/// `GET /simulator/ledger`
#[derive(Serialize)]
struct LedgerText<'a> {
    payments: u64,
    ready: u64,
    paid: u64,
    failed: u64,
    cancelled: u64,
    collected_won: i64,
    double_charges: usize,
    doubly_charged: Vec<&'a str>,
}

/// A line of `GET /simulator/payments`
#[derive(Serialize)]
struct LineText<'a> {
    number: usize,
    merchant_uid: &'a str,
    customer_uid: &'a str,
    amount: i64,
    refunded: i64,
    status: &'static str,
    imp_uid: String,
    at: String,
}

#[derive(Serialize)]
struct ErrorText<'a> {
    error: &'a str,
}

/// Answers a request to the control surface.
pub(super) fn answer(behaviour: &mut Behaviour, request: &Request<'_>) -> Reply {
    let segments = request.segments();
    let segments: Vec<&str> = segments.iter().map(AsRef::as_ref).collect();

    let answered = match (request.method, segments.as_slice()) {
        (Method::Get, ["simulator", "ledger"]) => Ok(ledger(behaviour)),
        (Method::Get, ["simulator", "payments"]) => payments(behaviour, request),
        (Method::Get, ["simulator", "switches"]) => Ok(switches(behaviour)),
        (Method::Put, ["simulator", "switches"]) => set_switches(behaviour, request),
        (Method::Put, ["simulator", "customers", uid, "script"]) => {
            set_script(behaviour, uid, request)
        }
        (Method::Post, ["simulator", "reset"]) => {
            behaviour.reset();
            Ok(ledger(behaviour))
        }
        (Method::Get | Method::Post | Method::Put | Method::Delete | Method::Other, _) => {
            return error(404, &format!("no such path; {ROUTES}"));
        }
    };
    answered.unwrap_or_else(|problem| error(400, &problem))
}

fn ledger(behaviour: &Behaviour) -> Reply {
    let books = behaviour.ledger();
    let totals = books.totals();
    let doubles = books.double_charges();

    Reply::with_json(
        200,
        &LedgerText {
            payments: totals.payments,
            ready: totals.ready,
            paid: totals.paid,
            failed: totals.failed,
            cancelled: totals.cancelled,
            collected_won: totals.collected_won,
            double_charges: doubles.len(),
            doubly_charged: doubles.take(LIMIT_USUAL).collect(),
        },
    )
}

/// Payments in the order they were made, those after the one with the number `after`.
fn payments(behaviour: &Behaviour, request: &Request<'_>) -> Result<Reply, String> {
    let after = number(request, "after")?.unwrap_or(0);
    let limit = number(request, "limit")?
        .unwrap_or(LIMIT_USUAL)
        .min(LIMIT_MAX);

    let mut lines = Vec::new();
    let rest = behaviour
        .ledger()
        .payments()
        .get(after..)
        .unwrap_or_default();
    for payment in rest.iter().take(limit) {
        serde_json::to_writer(&mut lines, &line(payment)).map_err(|e| e.to_string())?;
        lines.push(b'\n');
    }
    Ok(Reply::bytes(200, "application/x-ndjson", lines))
}

fn line(payment: &Payment) -> LineText<'_> {
    LineText {
        number: payment.number,
        merchant_uid: &payment.merchant_uid,
        customer_uid: &payment.customer_uid,
        amount: payment.amount,
        refunded: payment.refunded_won(),
        status: payment.status.name(),
        imp_uid: payment.imp_uid(),
        at: payment.made_at.to_string(),
    }
}

fn switches(behaviour: &Behaviour) -> Reply {
    Reply::with_json(200, &SwitchesText::of(behaviour.switches()))
}

fn set_switches(behaviour: &mut Behaviour, request: &Request<'_>) -> Result<Reply, String> {
    let changes: SwitchesText = serde_json::from_slice(request.body)
        .map_err(|problem| format!("the switches cannot be read: {problem}"))?;
    let switches = changes.over(behaviour.switches())?;
    behaviour.set_switches(switches);
    Ok(self::switches(behaviour))
}

fn set_script(
    behaviour: &mut Behaviour,
    customer_uid: &str,
    request: &Request<'_>,
) -> Result<Reply, String> {
    let names: Vec<String> = serde_json::from_slice(request.body)
        .map_err(|problem| format!("a script is a JSON list of outcome names: {problem}"))?;
    let script = Script::parse(names.iter().map(String::as_str)).map_err(|e| e.to_string())?;
    behaviour.set_script(customer_uid, script);
    Ok(Reply::bytes(200, JSON, b"{}".to_vec()))
}

fn number(request: &Request<'_>, name: &str) -> Result<Option<usize>, String> {
    let Some(text) = request.parameter(name) else {
        return Ok(None);
    };
    let number = text.parse().map(Some);
    number.map_err(|_| format!("{name}: {text:?} is not a whole number"))
}

fn error(status: u16, problem: &str) -> Reply {
    Reply::with_json(status, &ErrorText { error: problem })
}
