//! The journal of a subscription, as `dues show` tells it: what happened, and what that led to.

use jiff::Timestamp;
use serde_json::Value;

use crate::cli::table::{Side, Table};
use crate::cli::words::{local, won};
use crate::control::protocol::Event;
use crate::core::card_expiry::CardExpiry;
use crate::core::civil;
use crate::core::coupon::Discount;

/// A line for each entry.
pub(super) fn journal(rows: &[Event]) -> Table<6> {
    let mut table = Table::new([
        ("at", Side::Left),
        ("event", Side::Left),
        ("cycle", Side::Right),
        ("by", Side::Left),
        ("led to", Side::Left),
        ("words", Side::Left),
    ]);
    for row in rows {
        table.push([
            local(&row.at),
            row.kind.clone(),
            row.cycle.map(|cycle| cycle.to_string()).unwrap_or_default(),
            row.actor.clone(),
            led_to(row),
            row.words.clone().unwrap_or_default(),
        ]);
    }
    table
}

/// What there is since then that was not there before, or is another one.
fn led_to(event: &Event) -> String {
    let [row, of_cycle] = ["subscription", "cycle"].map(|name| Row(event.after.get(name)));
    let parts = match event.kind.as_str() {
        "repriced" | "recast" => vec![
            of_cycle.number("amount").map(won),
            of_cycle.instant("due_at").map(|at| format!("due {at}")),
        ],
        "added" => vec![plan(event), row.quantity(), row.coupon(), row.card()],
        "plan_changed" | "plan_will_change" | "quantity_changed" => {
            vec![plan(event), row.quantity(), row.credit()]
        }
        "card_changed" => vec![row.card()],
        "card_expiry_told" => vec![row.card_expires()],
        "coupon" => vec![row.coupon()],
        "cancel" | "cancel_early" | "cancel_at_period_end" | "cancel_early_at_period_end" => {
            vec![row.ends_at()]
        }
        "pause" => vec![row.instant("resumes_at").map(|at| format!("until {at}"))],
        "consented" => vec![row.number("agreed_won").map(won)],
        "credit_taken" | "credit_back" => vec![row.credit()],
        _ => Vec::new(),
    };
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    parts.join(", ")
}

/// The plan by then, or the one that will be.
fn plan(event: &Event) -> Option<String> {
    let (plan, version) = event.plan.as_ref().zip(event.plan_version)?;
    Some(format!("{plan} (version {version})"))
}

/// A row as it became. What is not in it is nothing.
struct Row<'a>(Option<&'a Value>);

impl Row<'_> {
    fn number(&self, column: &str) -> Option<i64> {
        self.0?.get(column)?.as_i64()
    }

    fn text(&self, column: &str) -> Option<&str> {
        self.0?.get(column)?.as_str()
    }

    fn instant(&self, column: &str) -> Option<String> {
        let at = Timestamp::from_microsecond(self.number(column)?).ok()?;
        Some(civil::korean(at))
    }

    fn card(&self) -> Option<String> {
        self.text("customer_uid").map(|card| format!("card {card}"))
    }

    fn card_expires(&self) -> Option<String> {
        let month = CardExpiry::numbered(self.number("card_expires")?)?;
        Some(format!("expires {month}"))
    }

    fn quantity(&self) -> Option<String> {
        let quantity = self.number("quantity").filter(|quantity| *quantity != 1);
        quantity.map(|quantity| format!("quantity {quantity}"))
    }

    fn coupon(&self) -> Option<String> {
        let code = self.text("coupon")?;
        let discount = self.text("discount").and_then(Discount::read)?;
        Some(format!("{code}: {discount}"))
    }

    fn credit(&self) -> Option<String> {
        let credit = self.number("credit")?;
        Some(format!("credit {}", won(credit)))
    }

    fn ends_at(&self) -> Option<String> {
        self.instant("ends_at").map(|at| format!("cancels at {at}"))
    }
}
