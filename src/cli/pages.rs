//! Lists that the daemon gives page after page.

use serde::Serialize;

use crate::cli::exit::Failure;
use crate::cli::output::{Format, Output, say};
use crate::cli::table::{Side, Table};
use crate::control::client::NoResult;
use crate::control::protocol::Rows;

/// The forms in which a list is written.
pub(super) const FORMATS: [Format; 4] = [Format::Table, Format::Json, Format::Jsonl, Format::Csv];

/// A list as people see it.
pub(super) struct List<R, const N: usize> {
    pub(super) columns: [(&'static str, Side); N],
    pub(super) cells: fn(&R) -> [String; N],
    /// What is said instead of an empty table, and what is said after one that is not.
    pub(super) words: Option<(&'static str, &'static str)>,
}

/// Writes a list in the form that was asked for. `page` gives the first page, or the one after a place.
///
/// # Errors
/// When a page does not come, or cannot be written.
pub(super) async fn write<R: Serialize, const N: usize>(
    list: List<R, N>,
    page: impl AsyncFn(Option<&str>) -> Result<Rows<R>, NoResult>,
    output: &mut Output,
) -> Result<(), Failure> {
    let format = output.format(Format::Table, &FORMATS)?;
    let mut rows = page(None).await?;
    if format != Format::Table {
        let mut many = output.many(format);
        many.write(&rows.rows)?;
        while let Some(next) = rows.next {
            rows = page(Some(&next)).await?;
            many.write(&rows.rows)?;
        }
        return Ok(many.end()?);
    }

    // A table is as wide as its widest row, so that all of them have to be here first.
    let mut table = Table::new(list.columns);
    let mut is_empty = true;
    loop {
        is_empty &= rows.rows.is_empty();
        rows.rows
            .iter()
            .for_each(|row| table.push((list.cells)(row)));
        let Some(next) = rows.next else {
            break;
        };
        rows = page(Some(&next)).await?;
    }
    match list.words {
        Some((instead, _)) if is_empty => say(instead),
        Some((_, after)) => {
            output.text(&table.to_string())?;
            say(after);
        }
        None => output.text(&table.to_string())?,
    }
    Ok(())
}
