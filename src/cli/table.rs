//! Aligned columns. Nothing is cut: what does not fit the terminal can still be searched and copied.

use std::fmt;

/// Which side of a column is straight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// Rows under a header.
#[derive(Debug)]
pub(super) struct Table<const N: usize> {
    sides: [Side; N],
    rows: Vec<[String; N]>,
}

impl<const N: usize> Table<N> {
    /// A table without rows.
    pub(super) fn new(columns: [(&str, Side); N]) -> Self {
        Self {
            sides: columns.map(|(_, side)| side),
            rows: vec![columns.map(|(name, _)| name.to_uppercase())],
        }
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: [String; N]) {
        self.rows.push(row);
    }
}

impl<const N: usize> fmt::Display for Table<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut widths = [0; N];
        for row in &self.rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = cell.chars().count().max(*width);
            }
        }
        for row in &self.rows {
            let cells: Vec<String> = row
                .iter()
                .zip(widths)
                .zip(self.sides)
                .map(|((cell, width), side)| match side {
                    Side::Left => format!("{cell:<width$}"),
                    Side::Right => format!("{cell:>width$}"),
                })
                .collect();
            writeln!(f, "{}", cells.join("  ").trim_end())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn columns_are_aligned_and_lines_end_with_words() {
        let mut table = Table::new([
            ("id", Side::Left),
            ("amount", Side::Right),
            ("hold", Side::Left),
        ]);
        table.push(["alice".into(), "9,900 KRW".into(), String::new()]);
        table.push(["b".into(), "1,234,567 KRW".into(), "mismatch".into()]);
        expect![[r"
            ID            AMOUNT  HOLD
            alice      9,900 KRW
            b      1,234,567 KRW  mismatch
        "]]
        .assert_eq(&table.to_string());
    }

    #[test]
    fn an_empty_table_is_its_header() {
        let table = Table::new([("id", Side::Left), ("amount", Side::Right)]);
        assert_eq!(table.to_string(), "ID  AMOUNT\n");
    }
}
