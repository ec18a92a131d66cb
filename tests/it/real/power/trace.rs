//! Reads what `strace -f -y -x` wrote: calls of several threads, some of them in two parts, into what
//! happened to the files of one directory and what was told outside, in order.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// What is recorded. Reading changes nothing; shared memory is rebuilt by SQLite after a cut.
pub(super) const CALLS: &str = "trace=openat,write,pwrite64,writev,sendto,sendmsg,fsync,fdatasync,\
     ftruncate,rename,renameat,renameat2,unlink,unlinkat";

/// Something that happened, and when it had begun and was over, in lines of the trace.
#[derive(Debug, Clone)]
pub(super) struct Event {
    pub(super) begun: usize,
    pub(super) ended: usize,
    pub(super) what: Happened,
}

/// Files are named as in their directory; the directory itself is "".
#[derive(Debug, Clone)]
pub(super) enum Happened {
    /// A file was opened that was to be made if it was not there.
    Made(String),
    Wrote {
        name: String,
        at: usize,
        bytes: Vec<u8>,
    },
    /// A file got this length.
    Cut {
        name: String,
        length: usize,
    },
    Renamed(String, String),
    Removed(String),
    /// What was written before this began is on disk when it is over.
    Synced {
        name: String,
    },
    /// A charge left, of this `merchant_uid`.
    Sent(String),
    /// Somebody was told that this subscription was added.
    Added(String),
}

/// The events of a trace, in the order in which they can be noticed: a message when it begins, a sync
/// when it is over, a write when it begins.
pub(super) fn read(trace: &Path, directory: &Path) -> Vec<Event> {
    let text = fs::read_to_string(trace).unwrap();
    let directory = format!("{}", directory.display());
    let mut halves: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut events = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let (thread, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start();
        if let Some(first) = rest.strip_suffix(" <unfinished ...>") {
            halves.insert(thread, (place, first.to_owned()));
            continue;
        }
        let (begun, call) = match rest.split_once(" resumed>") {
            Some((start, second)) if start.starts_with("<... ") => {
                let (begun, first) = halves.remove(thread).unwrap();
                (begun, first + second)
            }
            Some(_) | None => (place, rest.to_owned()),
        };
        let happened = happened(&call, &directory);
        events.extend(happened.map(|what| Event {
            begun,
            ended: place,
            what,
        }));
    }
    // Whoever was killed in the middle of a call may have done it.
    for (begun, call) in halves.into_values() {
        let happened = happened(&format!("{call}) = 0"), &directory);
        let what = happened.filter(|what| !matches!(what, Happened::Synced { .. }));
        events.extend(what.map(|what| Event {
            begun,
            ended: usize::MAX,
            what,
        }));
    }
    events.sort_by_key(|event| {
        let is_sync = matches!(event.what, Happened::Synced { .. });
        if is_sync { event.ended } else { event.begun }
    });
    events
}

fn happened(call: &str, directory: &str) -> Option<Happened> {
    let (name, rest) = call.split_once('(')?;
    let (arguments, result) = rest.rsplit_once(" = ")?;
    if result.starts_with('-') {
        return None;
    }
    let within = |path: &str| -> Option<String> {
        let rest = path.strip_prefix(directory)?;
        Some(rest.trim_start_matches('/').to_owned())
    };
    let opened = || within(arguments.split_once('<')?.1.split_once('>')?.0);
    let quoted = texts(arguments);
    let number = |from_end: usize| -> Option<usize> {
        // Results are aligned in columns.
        let bare = arguments.trim_end().trim_end_matches(')');
        bare.rsplit(", ").nth(from_end)?.parse().ok()
    };
    match name {
        "openat" if arguments.contains("O_CREAT") => {
            let name = within(&String::from_utf8_lossy(quoted.first()?))?;
            Some(Happened::Made(name))
        }
        "pwrite64" => Some(Happened::Wrote {
            name: opened()?,
            at: number(0).unwrap_or_else(|| panic!("{arguments}")),
            bytes: quoted.into_iter().next()?,
        }),
        "ftruncate" => Some(Happened::Cut {
            name: opened()?,
            length: number(0)?,
        }),
        "fsync" | "fdatasync" => Some(Happened::Synced { name: opened()? }),
        "rename" | "renameat" | "renameat2" => {
            let name = |place: usize| within(&String::from_utf8_lossy(quoted.get(place)?));
            Some(Happened::Renamed(name(0)?, name(1)?))
        }
        "unlink" | "unlinkat" => {
            let name = within(&String::from_utf8_lossy(quoted.first()?))?;
            Some(Happened::Removed(name))
        }
        "write" | "writev" | "sendto" | "sendmsg" => said(&quoted.concat()),
        _ => None,
    }
}

/// What a message over a socket says to somebody outside.
fn said(message: &[u8]) -> Option<Happened> {
    let text = String::from_utf8_lossy(message);
    let value = |key: &str| {
        let (_, rest) = text.split_once(&format!("\"{key}\":\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    if text.starts_with("POST /subscribe/payments/again") {
        return value("merchant_uid").map(Happened::Sent);
    }
    let is_added = text.starts_with("HTTP/1.1 200") && text.contains("\"is_new\":true");
    is_added.then(|| value("id")).flatten().map(Happened::Added)
}

/// The quoted texts of a call's arguments.
fn texts(arguments: &str) -> Vec<Vec<u8>> {
    let mut texts = Vec::new();
    let mut letters = arguments.bytes();
    while let Some(letter) = letters.next() {
        if letter != b'"' {
            continue;
        }
        let mut text = Vec::new();
        while let Some(letter) = letters.next() {
            match letter {
                b'"' => break,
                b'\\' => text.push(escaped(&mut letters)),
                plain => text.push(plain),
            }
        }
        texts.push(text);
    }
    texts
}

/// The byte that an escape stands for: `\x2f`, `\n`, `\\` and the like.
fn escaped(letters: &mut impl Iterator<Item = u8>) -> u8 {
    let mut digit = || char::from(letters.next().unwrap());
    match digit() {
        'x' => {
            let (high, low) = (digit().to_digit(16).unwrap(), digit().to_digit(16).unwrap());
            u8::try_from(high * 16 + low).unwrap()
        }
        'n' => b'\n',
        'r' => b'\r',
        't' => b'\t',
        'v' => 0x0b,
        'f' => 0x0c,
        other @ ('"' | '\\') => u8::try_from(other).unwrap(),
        other => panic!("strace wrote \\{other}"),
    }
}
