//! Where results go: stdout, in the form that was asked for.

use std::io::{self, BufWriter, Stdout, Write};

use clap::ValueEnum;
use serde::Serialize;

use crate::cli::exit::{Exit, Failure};

/// The form of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Aligned columns and Korean time, for people
    Table,
    /// One JSON document
    Json,
    /// One JSON object a line
    Jsonl,
    /// Comma-separated values with a header
    Csv,
}

/// stdout, and the form that was asked for.
#[derive(Debug)]
pub(super) struct Output {
    format: Option<Format>,
    stdout: BufWriter<Stdout>,
}

impl Output {
    pub(super) fn new(format: Option<Format>) -> Self {
        Self {
            format,
            stdout: BufWriter::new(io::stdout()),
        }
    }

    /// The form, given what this command does when nobody says.
    ///
    /// # Errors
    /// When this command cannot write that form.
    pub(super) fn format(&self, usual: Format, possible: &[Format]) -> Result<Format, Failure> {
        let format = self.format.unwrap_or(usual);
        if possible.contains(&format) {
            return Ok(format);
        }
        let name = |format: &Format| format.name();
        let names: Vec<&str> = possible.iter().map(name).collect();
        Err(Failure::said(
            Exit::Usage,
            format!(
                "this command does not write {}: -o takes {} here",
                format.name(),
                names.join(", ")
            ),
        ))
    }

    /// Writes one thing: as text for people, or as JSON.
    ///
    /// # Errors
    /// When it cannot be written, or not in the form that was asked for.
    pub(super) fn one(
        &mut self,
        thing: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let possible = [Format::Table, Format::Json, Format::Jsonl];
        match self.format(Format::Table, &possible)? {
            Format::Table | Format::Csv => self.text(&text()),
            Format::Json => {
                let json = serde_json::to_string_pretty(thing).map_err(io::Error::other)?;
                self.text(&format!("{json}\n"))
            }
            Format::Jsonl => {
                let json = serde_json::to_string(thing).map_err(io::Error::other)?;
                self.text(&format!("{json}\n"))
            }
        }
    }

    /// Writes text as it is.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn text(&mut self, text: &str) -> Result<(), Failure> {
        self.stdout.write_all(text.as_bytes())?;
        Ok(self.stdout.flush()?)
    }

    /// Writes many things as they come.
    pub(super) fn many(&mut self, format: Format) -> Many<'_> {
        Many {
            form: match format {
                Format::Csv => Form::Csv(Box::new(csv::Writer::from_writer(&mut self.stdout))),
                Format::Json | Format::Table => Form::Json {
                    stdout: &mut self.stdout,
                    is_first: true,
                },
                Format::Jsonl => Form::Jsonl(&mut self.stdout),
            },
        }
    }
}

impl Format {
    const fn name(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
        }
    }
}

/// Rows on their way out; nothing keeps them all.
pub(super) struct Many<'a> {
    form: Form<'a>,
}

enum Form<'a> {
    Csv(Box<csv::Writer<&'a mut BufWriter<Stdout>>>),
    Json {
        stdout: &'a mut BufWriter<Stdout>,
        is_first: bool,
    },
    Jsonl(&'a mut BufWriter<Stdout>),
}

impl Many<'_> {
    /// Writes rows.
    ///
    /// # Errors
    /// When they cannot be written.
    pub(super) fn write<T: Serialize>(&mut self, rows: &[T]) -> io::Result<()> {
        for row in rows {
            match &mut self.form {
                Form::Csv(writer) => writer.serialize(row)?,
                Form::Json { stdout, is_first } => {
                    let before: &[u8] = if *is_first { b"[\n" } else { b",\n" };
                    *is_first = false;
                    stdout.write_all(before)?;
                    serde_json::to_writer(&mut **stdout, row)?;
                }
                Form::Jsonl(stdout) => {
                    serde_json::to_writer(&mut **stdout, row)?;
                    stdout.write_all(b"\n")?;
                }
            }
        }
        Ok(())
    }

    /// Writes what comes after the last row.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn end(self) -> io::Result<()> {
        match self.form {
            Form::Csv(mut writer) => writer.flush(),
            Form::Json { stdout, is_first } => {
                let after: &[u8] = if is_first { b"[]\n" } else { b"\n]\n" };
                stdout.write_all(after)?;
                stdout.flush()
            }
            Form::Jsonl(stdout) => stdout.flush(),
        }
    }
}

/// Says something to the person; not part of the result. When stderr is gone nobody listens.
pub(super) fn say(what: &str) {
    writeln!(io::stderr().lock(), "{what}").ok();
}
