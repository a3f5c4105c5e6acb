//! Settings that cannot be used: exit 2 before anything is asked of a server, all problems at once.

use std::fs;

use super::{
    pair::Pair,
    program::{Ended, Program},
};
use crate::secrets::Secrets;

/// Runs with these variables alone.
fn run(variables: &[(&str, &str)]) -> Ended {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Program::new(&["sync"], &Secrets::default()).with(variables).run()
}

#[test]
fn missing_settings_are_told_all_at_once() {
    let mut words = vec!["the configuration has 12 problems"];
    words.extend([
        "SOURCE_MGMT_SERVER",
        "SOURCE_ORG",
        "SOURCE_CATALOG",
        "SOURCE_ADMIN_PASSWORD",
        "SOURCE_ADMIN_APIKEY",
    ]);
    words.extend(["TARGET_MGMT_SERVER", "TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET", "example:"]);
    let ended = run(&[]).exits(2).complains(&words);
    assert!(ended.report.is_null());
}

#[test]
fn misspelt_settings_are_named_with_what_was_meant() {
    let pair = Pair::first_sync();
    let ended = pair.run_edited(&["sync"], |variables| {
        for (wrong, right) in [("SOURCE_ORG_NAME", "SOURCE_ORG"), ("TARGET_PASSWORD", "TARGET_ADMIN_PASSWORD")] {
            let value = variables.remove(right).unwrap();
            variables.insert(wrong.into(), value);
        }
    });
    ended.exits(2).complains(&[
        "the configuration has 2 problems",
        "probably misspelt: SOURCE_ORG_NAME (for SOURCE_ORG)",
        "probably misspelt: TARGET_PASSWORD (for TARGET_ADMIN_PASSWORD)",
    ]);
    assert!(pair.source().requests().is_empty());
}

#[test]
fn a_misspelt_setting_that_nothing_depends_on_is_a_warning() {
    let pair = Pair::first_sync().with("SOURCE_PAGE_SIZE", "7").with("TARGET_PORT", "tcp://10.0.0.1:80");
    let ended = pair.with("MAX_DELETE_PERCENTAGE", "5").run(&["plan"]).exits(0);
    assert!(ended.stderr.contains("was MAX_DELETE_PERCENT meant?"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("TARGET_PORT"), "{}", ended.stderr);
}

#[test]
fn impossible_values_are_told_all_at_once_without_the_secrets() {
    let pair = Pair::first_sync()
        .with("MAX_DELETE_PERCENT", "400")
        .with("LOG_LEVEL", "loud")
        .with("EXCLUDE_KINDS", "apps")
        .with("SOURCE_MGMT_SERVER", "ftp://host")
        .with("USER_REGISTRY_NAME_MAPPING", "a,b;a,c")
        .with("TARGET_ADMIN_APIKEY", "a-key-beside-the-password");
    pair.run(&["sync"]).exits(2).complains(&[
        "the configuration has 6 problems",
        "MAX_DELETE_PERCENT\n  found:    400",
        "LOG_LEVEL\n  found:    loud",
        "EXCLUDE_KINDS\n  found:    apps",
        "SOURCE_MGMT_SERVER\n  found:    ftp://host",
        "USER_REGISTRY_NAME_MAPPING",
        "TARGET_ADMIN_APIKEY",
        "but both are set",
    ]);
}

#[test]
fn secrets_come_from_files_too() {
    let directory = tempfile::tempdir().unwrap();
    let pair = Pair::first_sync();
    let from_files = |variables: &mut std::collections::BTreeMap<String, String>| {
        for name in ["SOURCE_ADMIN_PASSWORD", "TARGET_TOOLKIT_CREDENTIALS_CLIENTSECRET"] {
            let file = directory.path().join(name);
            fs::write(&file, variables.remove(name).unwrap() + "\n").unwrap();
            variables.insert(format!("{name}_FILE"), file.to_str().unwrap().into());
        }
    };
    pair.run_edited(&["plan"], from_files).exits(0);
    let missing = |variables: &mut std::collections::BTreeMap<String, String>| {
        variables.remove("SOURCE_ADMIN_PASSWORD");
        variables.insert("SOURCE_ADMIN_PASSWORD_FILE".into(), "/nowhere/password".into());
    };
    let ended = pair.run_edited(&["plan"], missing).exits(2);
    ended.complains(&["SOURCE_ADMIN_PASSWORD_FILE", "/nowhere/password"]);
}

#[test]
fn a_flag_goes_before_its_variable() {
    let pair = Pair::first_sync().with("EXCLUDE_KINDS", "members").with("OUTPUT", "json");
    let ended = pair.run(&["plan", "--exclude-kinds", "subscriptions", "--output=text"]).exits(0);
    assert_eq!(ended.report["kinds"]["subscriptions"]["created"], 0);
    assert_ne!(ended.report["kinds"]["members"]["created"], 0);
    ended.says(&["changes pending: "]);
}
