//! `docs/faults.md` is true: every test that it names is in the sources, and it names enough faults.

use std::collections::BTreeSet;
use std::fs;

use crate::tidy::root;

/// How many faults there have to be.
const FAULTS_MIN: usize = 60;

/// A row of a table: the fault, and the test as `path::name`.
fn table(document: &str) -> Vec<(String, String)> {
    let cells = |line: &str| -> Vec<String> {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect()
    };
    document
        .lines()
        .take_while(|line| *line != "## Broken on purpose")
        .filter(|line| line.starts_with('|') && line.contains(".rs::"))
        .map(|line| match cells(line).as_slice() {
            [fault, test, action] if !fault.is_empty() && !action.is_empty() => {
                (fault.clone(), test.clone())
            }
            other => panic!("not a fault, a test and what the daemon does: {other:?}"),
        })
        .collect()
}

/// What is wrong with a row.
fn trouble(test: &str) -> Option<String> {
    let Some((path, name)) = test.split_once("::") else {
        return Some(format!("{test}: not path::name"));
    };
    let Ok(source) = fs::read_to_string(root().join(path)) else {
        return Some(format!("{path}: no such file"));
    };
    let head = format!("fn {name}(");
    let Some((before, _)) = source.split_once(&head) else {
        return Some(format!("{path}: no test {name}"));
    };
    // A test's attribute stands on one of the lines right above it.
    let above: Vec<&str> = before.lines().rev().take(4).collect();
    let is_test = above.iter().any(|line| line.contains("test]"));
    (!is_test).then(|| format!("{path}: {name} is no test"))
}

#[test]
fn every_fault_has_its_test() {
    let text = fs::read_to_string(root().join("docs/faults.md")).expect("the document");
    let named = table(&text);
    let faults: BTreeSet<&String> = named.iter().map(|(fault, _)| fault).collect();
    assert_eq!(faults.len(), named.len(), "a fault is named twice");
    assert!(faults.len() >= FAULTS_MIN, "only {} faults", faults.len());
    let troubles: BTreeSet<String> = named.iter().filter_map(|(_, test)| trouble(test)).collect();
    assert!(troubles.is_empty(), "docs/faults.md: {troubles:#?}");
}

/// The cases of a wire, which the document names one by one, are those of the test.
#[test]
fn every_case_of_a_wire_is_in_the_document() {
    let text = fs::read_to_string(root().join("docs/faults.md")).expect("the document");
    let source = fs::read_to_string(root().join("tests/it/real/wires.rs")).expect("the test");
    let named = |line: &str| Some(line.split_once("case `")?.1.split_once('`')?.0.to_owned());
    let named: BTreeSet<String> = text.lines().filter_map(named).collect();
    assert!(named.len() > 15, "{named:?}");
    for case in &named {
        assert!(source.contains(&format!("\"{case}\"")), "no case {case}");
    }
}

#[test]
fn a_test_that_is_not_there_is_noticed() {
    let here = "tests/it/faults.rs";
    assert_eq!(trouble(&format!("{here}::every_fault_has_its_test")), None);
    for wrong in ["table", "no_such_test", "every_fault_has_its"] {
        assert!(trouble(&format!("{here}::{wrong}")).is_some(), "{wrong}");
    }
    assert!(trouble("tests/it/nowhere.rs::anything").is_some());
}
