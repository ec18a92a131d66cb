//! The rows of a CSV file as they were written, or what is wrong with them. Values are the daemon's
//! to judge; here is only what a file can get wrong.

use std::io::Read;

use csv::{ByteRecord, ReaderBuilder};

use crate::control::protocol::Wanted;

/// Every column, in the order of documentation; the first three must be there.
const COLUMNS: [&str; 8] = [
    "customer_uid",
    "plan",
    "anchor",
    "id",
    "next_cycle",
    "quantity",
    "coupon",
    "card_expires",
];
const COLUMNS_NEEDED: usize = 3;

/// A row that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Counted from 1.
    pub line: u64,
    /// What is wrong, and what to do.
    pub reason: String,
}

/// The rows of a file.
pub struct Rows {
    reader: csv::Reader<Box<dyn Read>>,
    places: [Option<usize>; COLUMNS.len()],
    width: usize,
    is_broken: bool,
}

impl Rows {
    /// Reads the header.
    ///
    /// # Errors
    /// When a column is unknown, missing or there twice.
    pub fn of(reader: Box<dyn Read>) -> Result<Self, Wrong> {
        let wrong = |reason| Wrong { line: 1, reason };
        let mut reader = ReaderBuilder::new()
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(reader);
        let header = reader
            .byte_headers()
            .map_err(|error| wrong(format!("cannot be read: {error}")))?;
        let names = texts(header).map_err(wrong)?;
        let places = places(&names).map_err(wrong)?;
        Ok(Self {
            width: names.len(),
            reader,
            places,
            is_broken: false,
        })
    }

    /// The next row; nothing after the last one.
    pub fn next_row(&mut self) -> Option<Result<(u64, Wanted), Wrong>> {
        let mut record = ByteRecord::new();
        let read = self.reader.read_byte_record(&mut record);
        let place = record.position().unwrap_or(self.reader.position());
        let line = place.line();
        match read {
            Ok(false) => None,
            Ok(true) => {
                let wanted = self.wanted(&record);
                Some(
                    wanted
                        .map(|wanted| (line, wanted))
                        .map_err(|reason| Wrong { line, reason }),
                )
            }
            Err(error) => {
                self.is_broken = true;
                let reason = format!("cannot be read from here on: {error}");
                Some(Err(Wrong { line, reason }))
            }
        }
    }

    /// Whether reading stopped before the end.
    pub const fn is_broken(&self) -> bool {
        self.is_broken
    }

    /// How many bytes were read.
    pub fn place(&self) -> u64 {
        self.reader.position().byte()
    }

    fn wanted(&self, record: &ByteRecord) -> Result<Wanted, String> {
        let cells = texts(record)?;
        if cells.len() != self.width {
            return Err(format!(
                "has {} fields and the header has {}: put a text with commas in quotes",
                cells.len(),
                self.width
            ));
        }

        let cell = |place: Option<usize>| {
            let cell = place.and_then(|place| cells.get(place)).copied();
            cell.filter(|cell| !cell.is_empty()).map(str::to_owned)
        };
        let [
            customer_uid,
            plan,
            anchor,
            id,
            next_cycle,
            quantity,
            coupon,
            card_expires,
        ] = self.places.map(cell);
        Ok(Wanted {
            customer_uid: customer_uid.unwrap_or_default(),
            plan: plan.unwrap_or_default(),
            anchor,
            id,
            next_cycle: whole("next_cycle", next_cycle)?,
            quantity: whole("quantity", quantity)?,
            coupon,
            card_expires,
            reason: None,
        })
    }
}

/// A whole number, if one is written.
fn whole(column: &str, cell: Option<String>) -> Result<Option<u32>, String> {
    let Some(text) = cell else {
        return Ok(None);
    };
    let bad = |_| format!("{column} {} is not a whole number", quoted(&text));
    text.parse().map(Some).map_err(bad)
}

fn texts(record: &ByteRecord) -> Result<Vec<&str>, String> {
    let text = |cell| std::str::from_utf8(cell);
    let texts: Result<Vec<&str>, _> = record.iter().map(text).collect();
    texts.map_err(|_| "is not UTF-8: save the file as \"CSV UTF-8\"".to_owned())
}

/// Where each of our columns is.
fn places(names: &[&str]) -> Result<[Option<usize>; COLUMNS.len()], String> {
    if let Some(unknown) = names.iter().find(|name| !COLUMNS.contains(name)) {
        let meant = nearest(unknown, names);
        let hint = meant
            .map(|name| format!(" (did you mean {name}?)"))
            .unwrap_or_default();
        return Err(format!(
            "column {} is not known{hint}: there are {}",
            quoted(unknown),
            COLUMNS.join(", ")
        ));
    }
    let count = |column: &&str| names.iter().filter(|name| *name == column).count();
    if let Some(twice) = COLUMNS.iter().find(|column| count(column) > 1) {
        return Err(format!("column {twice:?} is there twice: keep one"));
    }
    let (needed, _) = COLUMNS.split_at(COLUMNS_NEEDED);
    if let Some(missing) = needed.iter().find(|column| count(column) == 0) {
        return Err(format!(
            "column {missing:?} is missing: the first line names the columns, {} and perhaps id, \
             next_cycle, quantity, coupon, card_expires",
            needed.join(",")
        ));
    }
    Ok(COLUMNS.map(|column| names.iter().position(|name| *name == column)))
}

/// A text as a message shows it: in quotes, cut when it is long, for any file may be named by mistake.
fn quoted(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    let start: String = text.chars().take(SHOWN_MAX).collect();
    let more = if start.len() < text.len() { "..." } else { "" };
    format!("{start:?}{more}")
}

/// The column that was meant, if it is a slip of the finger and not there besides.
fn nearest(unknown: &str, names: &[&str]) -> Option<&'static str> {
    /// How many letters may differ.
    const SLIPS_MAX: usize = 3;
    COLUMNS
        .into_iter()
        .filter(|column| !names.contains(column))
        .map(|column| (strsim::damerau_levenshtein(unknown, column), column))
        .filter(|(slips, column)| *slips <= SLIPS_MAX.min(column.len() / 2))
        .min()
        .map(|(_, column)| column)
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use expect_test::{Expect, expect};

    use super::*;

    fn check(file: &[u8], expected: &Expect) {
        let mut text = String::new();
        match Rows::of(Box::new(std::io::Cursor::new(file.to_vec()))) {
            Err(wrong) => writeln!(text, "{}: {}", wrong.line, wrong.reason).unwrap(),
            Ok(mut rows) => {
                while let Some(row) = rows.next_row() {
                    match row {
                        Ok((line, row)) => writeln!(
                            text,
                            "{line}: {} {} {:?} {:?} {:?} {:?}",
                            row.customer_uid,
                            row.plan,
                            row.anchor,
                            row.id,
                            row.next_cycle,
                            row.quantity
                        ),
                        Err(wrong) => writeln!(text, "{}: {}", wrong.line, wrong.reason),
                    }
                    .unwrap();
                }
            }
        }
        expected.assert_eq(&text);
    }

    #[test]
    fn rows_keep_their_lines_and_values_are_not_judged() {
        // A row after an empty line carries the number of that line.
        let file =
            "customer_uid,plan,anchor\nalice,basic,2026-01-31T10:00:00+09:00\n\n\"b,o\nb\", x ,\n";
        check(
            file.as_bytes(),
            &expect![[r#"
                2: alice basic Some("2026-01-31T10:00:00+09:00") None None None
                3: b,o
                b x None None None None
            "#]],
        );
    }

    #[test]
    fn columns_come_in_any_order_after_a_byte_order_mark() {
        let file = "\u{feff}id,next_cycle,anchor,quantity,plan,customer_uid\r\na1,3,now,5,basic,alice\r\n,,,,,\r\n";
        check(
            file.as_bytes(),
            &expect![[r#"
                1: alice basic Some("now") Some("a1") Some(3) Some(5)
                2:   None None None None
            "#]],
        );
    }

    #[test]
    fn a_bad_row_is_named_and_the_next_one_is_read() {
        let file =
            b"customer_uid,plan,anchor,next_cycle,quantity\na,b\na,b,c,1.5,\n\xb0\xed,b,c,1,\nd,e,f,1,\nd,e,f,,many\n";
        check(
            file,
            &expect![[r#"
                2: has 2 fields and the header has 5: put a text with commas in quotes
                3: next_cycle "1.5" is not a whole number
                4: is not UTF-8: save the file as "CSV UTF-8"
                5: d e Some("f") None Some(1) None
                6: quantity "many" is not a whole number
            "#]],
        );
    }

    #[test]
    fn a_header_must_be_ours() {
        check(
            b"",
            &expect![[r#"
                1: column "customer_uid" is missing: the first line names the columns, customer_uid,plan,anchor and perhaps id, next_cycle, quantity, coupon, card_expires
            "#]],
        );
        check(
            b"alice,basic,2026-01-31T10:00:00+09:00\n",
            &expect![[r#"
                1: column "alice" is not known: there are customer_uid, plan, anchor, id, next_cycle, quantity, coupon, card_expires
            "#]],
        );
        check(
            b"customer_id,plan,anchor\n",
            &expect![[r#"
                1: column "customer_id" is not known (did you mean customer_uid?): there are customer_uid, plan, anchor, id, next_cycle, quantity, coupon, card_expires
            "#]],
        );
        check(
            b"customer_uid,plan\n",
            &expect![[r#"
                1: column "anchor" is missing: the first line names the columns, customer_uid,plan,anchor and perhaps id, next_cycle, quantity, coupon, card_expires
            "#]],
        );
        check(
            b"customer_uid,plan,anchor,plan\n",
            &expect![[r#"
            1: column "plan" is there twice: keep one
        "#]],
        );
    }
}
