//! `dues import`: the good rows of a file are added, the bad ones are named. It goes on after a bad
//! row, and doing it again changes nothing.

mod progress;
pub mod rows;

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::Serialize;
use tokio::task::JoinSet;

use crate::cli::exit::{Exit, Failure};
use crate::cli::import::progress::Progress;
use crate::cli::import::rows::{Rows, Wrong};
use crate::cli::output::Output;
use crate::control::client::{Client, NoResult};
use crate::control::protocol::{Outcome, Wanted};

/// What the file has to be, for `--help`.
pub(super) const COLUMNS_HELP: &str = "\
The first line names the columns, in any order: customer_uid, plan, anchor, and perhaps id,
next_cycle, quantity, coupon and card_expires. An anchor is an instant with its offset, such as
2026-01-31T10:00:00+09:00; a card expires in a month, such as 2027-03.";

/// How many rows go out at once.
const BATCH: usize = 500;

/// How many batches are under way: while the daemon writes one, it reads the next.
const UNDER_WAY_MAX: usize = 8;

/// A file to import.
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// A CSV file; - is stdin
    file: PathBuf,
}

/// What an import came to.
#[derive(Debug, Default, Serialize)]
struct Tally {
    added: usize,
    already_there: usize,
    refused: usize,
}

/// An import under way.
struct Importing<'a> {
    client: &'a Client,
    name: String,
    progress: Progress,
    tally: Tally,
    under_way: JoinSet<Result<Done, NoResult>>,
    /// Whom the batches under way are about. The daemon takes several in any order, and of two rows
    /// about the same one the first counts.
    asked: HashSet<String>,
}

/// A batch that was answered.
struct Done {
    lines: Vec<u64>,
    about: Vec<String>,
    outcomes: Vec<Outcome>,
    /// How many bytes of the file were read with it.
    place: u64,
}

pub(super) async fn import(
    import: Import,
    client: &Client,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let (reader, length) = open(&import.file)?;
    let name = import.file.display().to_string();
    let mut rows = Rows::of(reader).map_err(|why| header_failure(&name, why))?;
    let mut importing = Importing {
        client,
        name,
        progress: Progress::new(length),
        tally: Tally::default(),
        under_way: JoinSet::new(),
        asked: HashSet::new(),
    };

    let ended = importing.all(&mut rows).await;
    // What the daemon was asked for it does, whether or not something else went wrong.
    let ended = importing.wait_for_all().await.and(ended);
    importing.progress.end();
    let tally = importing.tally;
    let told = output.one(&tally, || tally.in_words());
    // What was done before somebody went away stays done, and is told all the same.
    ended.map_err(|failure| failure.doing("not everything was sent; import it again to go on"))?;
    told?;
    Ok(if tally.refused > 0 {
        Exit::Partial
    } else {
        Exit::Done
    })
}

fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let cannot = |error| {
        let name = path.display();
        let what = format!(
            "{name}: cannot be read: {error}; name the file of rows, or - for standard input"
        );
        Failure::said(Exit::Usage, what)
    };
    let file = File::open(path).map_err(cannot)?;
    let length = file.metadata().map_err(cannot)?.len();
    Ok((Box::new(file), Some(length)))
}

fn header_failure(name: &str, why: Wrong) -> Failure {
    let (line, reason) = (why.line, why.reason);
    Failure::said(Exit::Usage, format!("{name}:{line}: {reason}"))
}

impl Importing<'_> {
    async fn all(&mut self, rows: &mut Rows) -> Result<(), Failure> {
        let mut batch: Vec<(u64, Wanted)> = Vec::with_capacity(BATCH);
        while let Some(row) = rows.next_row() {
            match row {
                Ok(row) => batch.push(row),
                Err(wrong) => self.refuse(wrong.line, &wrong.reason),
            }
            if batch.len() >= BATCH {
                self.send(std::mem::take(&mut batch), rows.place()).await?;
            }
            if rows.is_broken() {
                break;
            }
        }
        self.send(batch, rows.place()).await
    }

    async fn send(&mut self, batch: Vec<(u64, Wanted)>, place: u64) -> Result<(), Failure> {
        if batch.is_empty() {
            return Ok(());
        }
        let (lines, wanted): (Vec<u64>, Vec<Wanted>) = batch.into_iter().unzip();
        let about: Vec<String> = wanted.iter().map(about).collect();
        if about.iter().any(|one| self.asked.contains(one)) {
            self.wait_for_all().await?;
        }
        while self.under_way.len() >= UNDER_WAY_MAX {
            self.wait_for_one().await?;
        }
        self.asked.extend(about.iter().cloned());
        let client = self.client.clone();
        self.under_way.spawn(async move {
            let outcomes = client.add_all(&wanted).await?;
            Ok(Done {
                lines,
                about,
                outcomes,
                place,
            })
        });
        Ok(())
    }

    async fn wait_for_all(&mut self) -> Result<(), Failure> {
        let mut ended = Ok(());
        while !self.under_way.is_empty() {
            ended = ended.and(self.wait_for_one().await);
        }
        ended
    }

    async fn wait_for_one(&mut self) -> Result<(), Failure> {
        let Some(done) = self.under_way.join_next().await else {
            return Ok(());
        };
        let broke_off = |why| Failure::new(Exit::Failed, why).doing("sending rows broke off");
        let done = done.map_err(broke_off)??;
        for one in &done.about {
            self.asked.remove(one);
        }
        for (line, outcome) in done.lines.into_iter().zip(done.outcomes) {
            match outcome {
                Outcome::Added(added) if added.is_new => self.tally.added += 1,
                Outcome::Added(_) => self.tally.already_there += 1,
                Outcome::Refused(failed) => self.refuse(line, &failed.error.message),
            }
        }
        self.progress.at(done.place);
        Ok(())
    }

    fn refuse(&mut self, line: u64, reason: &str) {
        self.tally.refused += 1;
        self.progress
            .say(&format!("{}:{line}: {reason}", self.name));
    }
}

/// What tells whom a row is about from others.
fn about(wanted: &Wanted) -> String {
    match &wanted.id {
        Some(id) => id.clone(),
        None => format!(
            "{}\n{}\n{}",
            wanted.customer_uid,
            wanted.plan,
            wanted.anchor.as_deref().unwrap_or_default()
        ),
    }
}

impl Tally {
    fn in_words(&self) -> String {
        let Self {
            added,
            already_there,
            refused,
        } = self;
        format!("added {added}, already there {already_there}, refused {refused}\n")
    }
}
