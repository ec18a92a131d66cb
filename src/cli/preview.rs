//! `dues preview`: what will be charged, if every card pays.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::cli::exit::{Exit, Failure};
use crate::cli::output::{Format, Output, say};
use crate::cli::pages::FORMATS;
use crate::cli::table::{Side, Table};
use crate::cli::typed;
use crate::cli::words::{day, local, won};
use crate::control::client::Client;
use crate::control::protocol::preview::{CYCLES_MAX, Charge, OfPlan, Preview};
use crate::core::counted::counted;

/// What to look ahead at.
#[derive(Debug, clap::Args)]
pub(super) struct Ahead {
    /// A subscription's id, or its `customer_uid`; without one, and without --plan, everybody
    #[arg(conflicts_with = "plan")]
    id: Option<String>,
    /// A plan, as somebody who starts now would pay it
    #[arg(long, value_name = "ID", value_parser = typed::plan)]
    plan: Option<String>,
    /// When that somebody starts: a date, or an instant with its offset [default: now]
    #[arg(long, value_name = "DATE", requires = "plan", value_parser = typed::beginning)]
    from: Option<String>,
    /// How many that somebody has of what the plan sells [default: 1]
    #[arg(long, value_name = "N", requires = "plan", value_parser = typed::quantity)]
    quantity: Option<u32>,
    /// The coupon that somebody redeems when they start
    #[arg(long, value_name = "CODE", requires = "plan", value_parser = typed::coupon)]
    coupon: Option<String>,
    /// How many cycles of the subscription or plan [default: 12]
    #[arg(long, value_name = "N", value_parser = typed::count(1..=CYCLES_MAX))]
    cycles: Option<u32>,
    /// Until when: a date (its whole day, in Korea), or an instant with its offset
    #[arg(long, value_name = "DATE", conflicts_with = "plan", value_parser = typed::end)]
    until: Option<String>,
}

pub(super) async fn preview(
    ahead: Ahead,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    match (&ahead.id, &ahead.plan, &ahead.until) {
        (None, None, Some(until)) if ahead.cycles.is_none() => fleet(until, client, output).await,
        (None, None, None) => Err(usage(
            "say what to look at: a subscription's id, --plan ID, or --until DATE for everybody",
        )),
        (None, None, Some(_)) => Err(usage("--cycles goes with a subscription or with --plan")),
        (Some(id), _, _) => {
            let shown = client
                .preview(id, ahead.until.as_deref(), ahead.cycles)
                .await?;
            few(&shown, output)
        }
        (None, Some(plan), _) => {
            let wanted = OfPlan {
                from: ahead.from,
                cycles: ahead.cycles,
                quantity: ahead.quantity.map(i64::from),
                coupon: ahead.coupon,
            };
            let shown = client.preview_plan(plan, &wanted).await?;
            few(&shown, output)
        }
    }
}

/// A subscription or a plan: cycle by cycle, with the sum.
fn few(shown: &Preview, output: &mut Output) -> Result<Exit, Failure> {
    let format = output.format(Format::Table, &FORMATS)?;
    if format != Format::Table {
        let mut many = output.many(format);
        many.write(&shown.rows)?;
        many.end()?;
        return Ok(Exit::Done);
    }

    let mut table = Table::new([
        ("cycle", Side::Right),
        ("due", Side::Left),
        ("charged", Side::Left),
        ("amount", Side::Right),
        ("what", Side::Left),
    ]);
    for row in &shown.rows {
        table.push([
            row.cycle.to_string(),
            local(&row.due_at),
            local(&row.at),
            won(row.amount),
            row.what.clone(),
        ]);
    }
    let charges = shown.rows.iter().filter(|row| is_charge(row)).count();
    let charges = counted(charges, "charge");
    output.text(&format!("{table}{charges}, {}\n", won(shown.sum)))?;
    if shown.standing_still > 0 {
        say(
            "nothing is charged while it is paused, suspended or held, or its card dead: dues explain says more",
        );
    }
    Ok(Exit::Done)
}

/// Everybody: a line a day for people, a line a charge for programs. Days are few, charges are not.
async fn fleet(until: &str, client: &Client, output: &mut Output) -> Result<Exit, Failure> {
    let format = output.format(Format::Table, &FORMATS)?;
    let mut page = client.preview_fleet(until, None).await?;
    if format != Format::Table {
        let mut many = output.many(format);
        many.write(&page.rows)?;
        while let Some(next) = page.next {
            page = client.preview_fleet(until, Some(&next)).await?;
            many.write(&page.rows)?;
        }
        many.end()?;
        return Ok(Exit::Done);
    }

    let mut days = Days::default();
    days.count(&page);
    while let Some(next) = page.next {
        page = client.preview_fleet(until, Some(&next)).await?;
        days.count(&page);
    }
    output.text(&days.in_words())?;
    Ok(Exit::Done)
}

/// What is charged, day by day.
#[derive(Debug, Default)]
struct Days {
    charges: BTreeMap<String, (u64, i64)>,
    under_way: (u64, i64),
    not_charged: u64,
    standing_still: u64,
}

impl Days {
    fn count(&mut self, page: &Preview) {
        self.standing_still += u64::from(page.standing_still);
        for row in &page.rows {
            let counted = match row.what.as_str() {
                "charge" | "retry" => self.charges.entry(day(&row.at)).or_default(),
                "under_way" => &mut self.under_way,
                _ => {
                    self.not_charged += 1;
                    continue;
                }
            };
            counted.0 += 1;
            counted.1 = counted.1.saturating_add(row.amount);
        }
    }

    fn in_words(&self) -> String {
        let mut table = Table::new([
            ("day", Side::Left),
            ("charges", Side::Right),
            ("sum", Side::Right),
        ]);
        let (mut count, mut sum) = (0, 0);
        for (day, (charges, won_of_day)) in &self.charges {
            table.push([day.clone(), charges.to_string(), won(*won_of_day)]);
            count += charges;
            sum += won_of_day;
        }
        table.push(["in all".to_owned(), count.to_string(), won(sum)]);

        let mut text = table.to_string();
        let (open, of_open) = (self.under_way.0, won(self.under_way.1));
        let under_way = format!("under way, {of_open}, paid or not");
        for (what, number) in [
            (under_way.as_str(), open),
            ("skipped or held when their turn comes", self.not_charged),
            (
                "paused, suspended or held subscriptions, or ones with a dead card",
                self.standing_still,
            ),
        ] {
            if number > 0 {
                // A string takes everything.
                writeln!(text, "not counted: {what}: {number}").ok();
            }
        }
        text
    }
}

fn is_charge(row: &Charge) -> bool {
    matches!(row.what.as_str(), "charge" | "retry")
}

fn usage(words: &str) -> Failure {
    Failure::said(Exit::Usage, words.to_owned())
}
