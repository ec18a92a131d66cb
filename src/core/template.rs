//! What the customer is told is sold, with the parts of it that follow from the cycle.

use std::fmt::Write as _;

use jiff::civil::Date;

use crate::core::calendar::CycleNo;
use crate::core::contract::Quantity;
use crate::core::order::{BadName, OrderName, PlanId};

/// A name with placeholders: `{plan}`, `{cycle}` (counted from 1), `{from}` and `{to}` (the first and the
/// last day of the period), `{quantity}`. Without any it is the name of every cycle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NameTemplate(String);

/// What is known of a cycle that gets a name.
#[derive(Debug, Clone, Copy)]
pub struct Named<'a> {
    /// The plan.
    pub plan: &'a PlanId,
    /// Which cycle.
    pub n: CycleNo,
    /// The first day of its period.
    pub from: Date,
    /// The last one.
    pub to: Date,
    /// How many of what the plan sells.
    pub quantity: Quantity,
}

impl NameTemplate {
    /// The longest template, in characters: every placeholder besides a name.
    pub const LENGTH_MAX: usize = 100;

    /// Takes a template for a plan. Its longest name has to be one that the gateway takes.
    ///
    /// # Errors
    /// [`BadTemplate`] when a placeholder is unknown or open, or the longest name is none.
    pub fn parse(text: &str) -> Result<Self, BadTemplate> {
        let template = Self(text.to_owned());
        if text.chars().count() > Self::LENGTH_MAX {
            OrderName::parse(text)?;
        }
        OrderName::parse(&template.filled(longest)?)?;
        Ok(template)
    }

    /// The name of every cycle, where it is the same.
    pub fn fixed(&self) -> Option<OrderName> {
        if self.0.contains(['{', '}']) {
            return None;
        }
        OrderName::parse(&self.0).ok()
    }

    /// The name of a cycle; the plan's id, should it be none that the gateway takes: the plan was checked.
    pub fn name(&self, named: Named<'_>) -> OrderName {
        let filled = self.filled(|placeholder| {
            Some(match placeholder {
                "plan" => named.plan.to_string(),
                "cycle" => (named.n.number() + 1).to_string(),
                "from" => named.from.to_string(),
                "to" => named.to.to_string(),
                "quantity" => named.quantity.to_string(),
                _ => return None,
            })
        });
        let name = filled
            .ok()
            .and_then(|filled| OrderName::parse(&filled).ok());
        name.unwrap_or_else(|| OrderName::of_plan(named.plan))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn filled(&self, value: impl Fn(&str) -> Option<String>) -> Result<String, BadTemplate> {
        let mut filled = String::new();
        let mut rest = self.0.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (placeholder, after) = after.split_once('}').ok_or(BadTemplate::Open)?;
            let value = value(placeholder);
            let value = value.ok_or_else(|| BadTemplate::Unknown(placeholder.to_owned()))?;
            // A string takes everything.
            write!(filled, "{before}{value}").ok();
            rest = after;
        }
        if rest.contains('}') {
            return Err(BadTemplate::Open);
        }
        filled.push_str(rest);
        Ok(filled)
    }
}

/// The longest value of a placeholder. A plan's id is looked at with the plan.
fn longest(placeholder: &str) -> Option<String> {
    Some(match placeholder {
        "plan" => "p".to_owned(),
        "cycle" => (CycleNo::MAX + 1).to_string(),
        "from" | "to" => "9999-12-31".to_owned(),
        "quantity" => Quantity::MAX.to_string(),
        _ => return None,
    })
}

impl NameTemplate {
    /// Whether every name of this plan's cycles is one that the gateway takes.
    ///
    /// # Errors
    /// [`BadTemplate`] with the longest name.
    pub fn check(&self, plan: &PlanId) -> Result<(), BadTemplate> {
        let filled = self.filled(|placeholder| match placeholder {
            "plan" => Some(plan.to_string()),
            placeholder => longest(placeholder),
        })?;
        OrderName::parse(&filled)?;
        Ok(())
    }
}

/// A template that does not give names.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadTemplate {
    /// There is no such placeholder.
    #[error(
        "there is no placeholder {{{0}}}: there are {{plan}} {{cycle}} {{from}} {{to}} {{quantity}}"
    )]
    Unknown(String),
    /// A brace has no other.
    #[error("a {{ or }} stands alone")]
    Open,
    /// Its longest name is too long, or has a character that no name has.
    #[error("its longest name: {0}")]
    Name(#[from] BadName),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(plan: &PlanId) -> Named<'_> {
        Named {
            plan,
            n: CycleNo::parse(2).unwrap(),
            from: "2026-03-31".parse().unwrap(),
            to: "2026-04-29".parse().unwrap(),
            quantity: Quantity::parse(3).unwrap(),
        }
    }

    #[test]
    fn a_name_is_filled_in() {
        let plan = PlanId::parse("basic").unwrap();
        for (template, expected) in [
            ("월간 구독", "월간 구독"),
            ("Basic {from}~{to}", "Basic 2026-03-31~2026-04-29"),
            ("{plan} #{cycle} x{quantity}", "basic #3 x3"),
            ("{cycle}{cycle}", "33"),
        ] {
            let name = NameTemplate::parse(template).unwrap().name(named(&plan));
            assert_eq!(name.as_str(), expected, "{template}");
        }
    }

    #[test]
    fn what_could_ever_be_too_long_is_refused_at_once() {
        let parse = |text: &str| NameTemplate::parse(text).map_err(|why| why.to_string());
        let refused = parse("{month}").unwrap_err();
        assert!(refused.contains("no placeholder {month}"), "{refused}");
        for open in ["{", "}", "a {b", "a} b", "{from"] {
            assert_eq!(parse(open).unwrap_err(), "a { or } stands alone", "{open}");
        }
        // 20 characters of dates and 20 of text, then one more.
        assert!(parse(&format!("{}{{from}}{{to}}", "x".repeat(20))).is_ok());
        let refused = parse(&format!("{}{{from}}{{to}}", "x".repeat(21))).unwrap_err();
        assert!(refused.contains("has 41 characters"), "{refused}");
        assert!(parse("").is_err() && parse(&"x".repeat(101)).is_err());

        let template = NameTemplate::parse("{plan} {from}~{to}").unwrap();
        let check = |length: usize| template.check(&PlanId::parse(&"p".repeat(length)).unwrap());
        assert_eq!(check(18), Ok(()));
        assert!(check(19).is_err());
    }
}
