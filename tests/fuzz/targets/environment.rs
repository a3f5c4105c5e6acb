//! The configuration as a whole: whatever stands in the environment, all problems come at once, and no secret shows.

use std::collections::BTreeSet;

use apic_configsync::{
    config::{
        Config, Environment, FlagValues, Problems, Settings,
        vars::{self, ValueType},
    },
    platform,
};

use super::tape::Tape;

/// Stands in every secret that is set here, and in nothing else.
const SECRET: &str = "hush";

/// Lines of a choice and a value: a variable of ours, or a name in the value's own first word.
pub(super) fn check(input: &[u8]) {
    let variables = variables(input);
    let environment: Environment = variables.iter().cloned().collect();
    match Config::load(&environment, &FlagValues::default(), &kinds()) {
        Ok((config, warnings)) => {
            assert_hides_secrets(&format!("{config:?} {warnings:?}"));
        }
        Err(problems) => {
            assert_hides_secrets(&format!("{problems} {problems:?}"));
            assert_each_is_told_once(&problems);
            assert_all_are_told(&problems, &variables);
        }
    }
}

/// The settings of an environment that has nothing else in it.
pub(super) fn settings<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Settings, Problems> {
    let environment: Environment = variables.into_iter().collect();
    Settings::load(&environment, &FlagValues::default(), &kinds()).map(|(settings, _)| settings)
}

fn kinds() -> Vec<&'static str> {
    let table = platform::kinds();
    table.reported().map(|kind| table.row(kind).name).collect()
}

/// Files and folders are left out: what a name of the fuzzer's invention leads to is the machine's business.
fn variables(input: &[u8]) -> Vec<(String, String)> {
    let known: Vec<vars::Setting> =
        vars::settings().filter(|setting| !["_FILE", "_DIR"].iter().any(|end| setting.name().ends_with(end))).collect();
    let mut tape = Tape::new(input);
    let mut variables = Vec::new();
    while !tape.is_over() {
        let which = usize::from(tape.byte());
        let value = tape.text();
        if let Some(setting) = known.get(which) {
            variables.push((setting.name(), with_secret(setting, &value)));
            continue;
        }
        let (name, value) = value.split_once('=').unwrap_or((&value, "x"));
        let is_path = name.ends_with("_FILE") || name.ends_with("_DIR");
        variables.extend((!is_path).then(|| (name.to_owned(), without_secret(value))));
    }
    variables
}

/// URLs may carry a password too.
fn with_secret(setting: &vars::Setting, value: &str) -> String {
    match setting.variable.values {
        _ if setting.is_secret() => format!("{SECRET}{value}"),
        ValueType::Proxy | ValueType::Server if value.starts_with('@') => {
            format!("https://user:{SECRET}{}", without_secret(value))
        }
        _ => without_secret(value),
    }
}

fn without_secret(value: &str) -> String {
    value.replace(SECRET, "")
}

fn assert_hides_secrets(shown: &str) {
    assert!(!shown.contains(SECRET), "a secret shows in {shown}");
}

fn assert_each_is_told_once(problems: &Problems) {
    let told: BTreeSet<&str> = problems.problems.iter().map(|problem| problem.variable.as_str()).collect();
    assert_eq!(told.len(), problems.problems.len(), "{problems}");
    assert!(!told.is_empty(), "refused without a reason");
}

/// A setting that is wrong by itself is told of in whatever company it is wrong.
fn assert_all_are_told(problems: &Problems, variables: &[(String, String)]) {
    let last: std::collections::BTreeMap<&str, &str> =
        variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    for alone in last {
        let Err(own) = settings([alone]) else {
            continue;
        };
        for problem in &own.problems {
            assert!(
                problems.problems.iter().any(|told| told.variable == problem.variable),
                "{} is not told of in {problems}",
                problem.variable
            );
        }
    }
}
