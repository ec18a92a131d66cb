//! The properties of the fuzz targets on the toolchain that everybody has: the committed corpora, and
//! what mutation makes of them: always the same, unless `PROPTEST_RNG_SEED=N` draws others and
//! `FUZZED_CASES=N` more. `cargo +nightly fuzz run TARGET` in the same repository looks further.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::{RngSeed, TestRunner};

use crate::tidy::root;

#[path = "../../fuzz/properties.rs"]
#[allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::float_arithmetic,
    unreachable_pub,
    reason = "a property that breaks panics, and its callers are outside of this file"
)]
mod properties;

/// What panics when a property breaks.
type Property = fn(&[u8]);

/// The targets, and what each is fed to.
const TARGETS: [(&str, Property); 6] = [
    ("answers", properties::answers),
    ("config", properties::config),
    ("declines", properties::declines),
    ("import", properties::import),
    ("socket", properties::socket),
    ("token", properties::token),
];

/// How many files a corpus has: enough to mean something, few enough to be read.
const FILES: std::ops::RangeInclusive<usize> = 20..=100;

/// How many mutations of its corpus a target is tried with; the fuzzer tries millions.
const MUTATIONS: u32 = 512;

/// The files of a target's corpus: names and bytes, in order.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let directory = root().join("fuzz/corpus").join(target);
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(directory)
        .expect("a corpus")
        .map(|entry| {
            let entry = entry.expect("an entry");
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("a file of ours"))
        })
        .collect();
    files.sort();
    files
}

#[test]
fn the_corpora_hold() {
    let mut broken = Vec::new();
    for (target, property) in TARGETS {
        let files = corpus(target);
        assert!(
            FILES.contains(&files.len()),
            "{target}: {} files",
            files.len()
        );
        for (name, bytes) in files {
            if catch_unwind(AssertUnwindSafe(|| property(&bytes))).is_err() {
                broken.push(format!("fuzz/corpus/{target}/{name}"));
            }
        }
    }
    assert!(
        broken.is_empty(),
        "properties broke on\n  {}",
        broken.join("\n  ")
    );
}

/// Bytes that a person can read in a report, and put into a corpus with printf.
#[derive(Clone)]
struct Bytes(Vec<u8>);

impl std::fmt::Debug for Bytes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

/// One change of some bytes.
#[derive(Debug, Clone)]
enum Mutation {
    Cut(Index, Index),
    Put(Index, Vec<u8>),
    Swap(Index, u8),
    Repeat(Index, Index),
}

fn mutation() -> impl Strategy<Value = Mutation> {
    // What is near to values: parsers break at their edges.
    let word = prop::sample::select(vec![
        "\"",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "0",
        "-1",
        "1e400",
        "0.5",
        "null",
        "true",
        "\n",
        "[[",
        "\\u0000",
        "\\ud800",
        "\u{feff}",
        "9223372036854775808",
        "이미",
        "=",
        "#",
        "paid",
        "failed",
    ]);
    let word = word.prop_map(|word| word.as_bytes().to_vec());
    let bytes = prop_oneof![4 => word, 1 => prop::collection::vec(any::<u8>(), 1..6)];
    prop_oneof![
        any::<(Index, Index)>().prop_map(|(from, to)| Mutation::Cut(from, to)),
        (any::<Index>(), bytes).prop_map(|(at, bytes)| Mutation::Put(at, bytes)),
        any::<(Index, u8)>().prop_map(|(at, byte)| Mutation::Swap(at, byte)),
        any::<(Index, Index)>().prop_map(|(from, to)| Mutation::Repeat(from, to)),
    ]
}

fn mutated(mut bytes: Vec<u8>, mutations: Vec<Mutation>) -> Vec<u8> {
    for mutation in mutations {
        let place = |index: Index| index.index(bytes.len() + 1);
        let span = |one: Index, other: Index| {
            let (one, other) = (place(one), place(other));
            one.min(other)..one.max(other)
        };
        match mutation {
            Mutation::Cut(from, to) => drop(bytes.drain(span(from, to))),
            Mutation::Put(at, more) => {
                let at = place(at);
                bytes.splice(at..at, more);
            }
            Mutation::Swap(at, new) => {
                let at = place(at);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = new;
                }
            }
            Mutation::Repeat(from, to) => {
                let span = span(from, to);
                let part = bytes.get(span.clone()).unwrap_or_default().to_vec();
                bytes.splice(span.end..span.end, part);
            }
        }
    }
    bytes
}

/// Tries a target with its corpus, changed in up to four places.
fn mutations_hold(target: &str, property: Property, count: u32) {
    let files: Vec<Vec<u8>> = corpus(target).into_iter().map(|(_, bytes)| bytes).collect();
    let changed = (
        prop::sample::select(files),
        prop::collection::vec(mutation(), 1..5),
    )
        .prop_map(|(bytes, mutations)| Bytes(mutated(bytes, mutations)));
    let count = std::env::var("FUZZED_CASES").map_or(count, |text| text.parse().unwrap_or(count));
    let mut runner = TestRunner::new(ProptestConfig {
        cases: count,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let ran = runner.run(&changed, |bytes| {
        property(&bytes.0);
        Ok(())
    });
    if let Err(broken) = ran {
        panic!("{target}: {broken}");
    }
}

#[test]
fn chance_is_seeded() {
    // A case that is drawn afresh each time makes a red run that nobody can repeat.
    let config = ProptestConfig::default();
    assert_ne!(
        config.rng_seed,
        RngSeed::Random,
        "run by cargo, which sets PROPTEST_RNG_SEED from .cargo/config.toml, or set it yourself"
    );
    let draw = || {
        let mut runner = TestRunner::new(config.clone());
        any::<[u64; 4]>()
            .new_tree(&mut runner)
            .map(|tree| tree.current())
    };
    assert_eq!(draw(), draw());
}

#[test]
fn mutated_answers_hold() {
    mutations_hold("answers", properties::answers, MUTATIONS);
}

#[test]
fn mutated_configurations_hold() {
    // Each is written to a file and read four times.
    mutations_hold("config", properties::config, MUTATIONS / 4);
}

#[test]
fn mutated_declines_hold() {
    mutations_hold("declines", properties::declines, MUTATIONS);
}

#[test]
fn mutated_imports_hold() {
    mutations_hold("import", properties::import, MUTATIONS);
}

#[test]
fn mutated_requests_hold() {
    mutations_hold("socket", properties::socket, MUTATIONS);
}

#[test]
fn mutated_tokens_hold() {
    // Each makes a client and a connection.
    mutations_hold("token", properties::token, MUTATIONS / 8);
}
