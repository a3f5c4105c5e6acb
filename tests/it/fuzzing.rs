//! The fuzzers of `tests/fuzz` for a bounded time: every file of each corpus, and simple mutations of it that are the same on
//! every run.

mod mutations;
#[path = "../fuzz/targets/mod.rs"]
mod targets;

use std::{collections::BTreeSet, fs, path::PathBuf, thread};

use mutations::Mutations;
use targets::{TARGETS, fuzz};

#[test]
fn no_target_breaks_a_promise_near_its_corpus() {
    thread::scope(|scope| {
        for target in &TARGETS {
            scope.spawn(|| try_out(target.name));
        }
    });
}

/// How many mutations a test run can afford: many where each takes microseconds, few where each is a whole sync.
fn tries(target: &str) -> usize {
    match target {
        "runs" => 60,
        "tokens" | "publications" => 200,
        "documents" | "environment" | "handles" | "pages" | "sandbox" => 400,
        _ => 2000,
    }
}

/// A fuzzer without its file, or a file that no list names, would be tried nowhere.
#[test]
fn every_target_has_a_fuzzer_and_a_corpus() {
    let listed: BTreeSet<String> = TARGETS.iter().map(|target| target.name.to_owned()).collect();
    assert_eq!(names_in("fuzz_targets"), listed);
    assert_eq!(names_in("corpus"), listed);
    let manifest = fs::read_to_string(folder("Cargo.toml")).unwrap();
    for name in &listed {
        assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
    }
}

fn try_out(target: &str) {
    let corpus = corpus(target);
    for (name, input) in &corpus {
        attempt(target, input, name);
    }
    let inputs: Vec<Vec<u8>> = corpus.into_iter().map(|(_, input)| input).collect();
    for input in Mutations::of(&inputs, target).take(tries(target)) {
        attempt(target, &input, "a mutation");
    }
}

/// Says which input it was, so that it can be put into the corpus.
fn attempt(target: &str, input: &[u8], name: &str) {
    let outcome = std::panic::catch_unwind(|| fuzz(target, input));
    assert!(outcome.is_ok(), "{target} breaks on {name}: b\"{}\"", input.escape_ascii());
}

fn corpus(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut paths: Vec<PathBuf> = entries(&format!("corpus/{name}"));
    paths.sort();
    assert!(!paths.is_empty(), "{name} has no corpus");
    let read = |path: PathBuf| (path.display().to_string(), fs::read(&path).unwrap());
    paths.into_iter().map(read).collect()
}

fn names_in(below: &str) -> BTreeSet<String> {
    let stem = |path: &PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries(below).iter().map(stem).collect()
}

fn entries(below: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder(below)).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn folder(below: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/fuzz", below].iter().collect()
}
