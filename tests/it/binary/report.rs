//! What goes where: the result on stdout and in `REPORT_FILE`, logs on stderr; and the report's form (interface.md).

use std::collections::BTreeSet;

use apic_configsync::sandbox::{Effect, Fault, seed};
use serde_json::Value;

use super::pair::Pair;

const REPORT: &[&str] = &[
    "schema",
    "outcome",
    "exit_status",
    "started_at",
    "duration_ms",
    "source",
    "target",
    "kinds",
    "changes",
    "gaps",
    "findings",
];
const KINDS: &[&str] =
    &["users", "consumer_orgs", "members", "applications", "credentials", "products", "apis", "subscriptions"];
const COUNTS: &[&str] = &[
    "source",
    "target",
    "unchanged",
    "created",
    "updated",
    "deleted",
    "failed",
    "skipped",
    "withheld",
    "only_on_target",
];
const CHANGE: &[&str] = &["kind", "address", "action", "fields", "result", "reason"];

/// Insists on all of these keys, and perhaps others.
#[track_caller]
fn assert_keys(object: &Value, keys: &[&str]) {
    let missing: Vec<_> = keys.iter().filter(|key| object.get(key).is_none()).collect();
    assert!(missing.is_empty(), "{missing:?} missing in {object}");
}

/// Each row of a list that must not be empty.
#[track_caller]
fn each<'a>(report: &'a Value, list: &str) -> impl Iterator<Item = &'a Value> {
    let rows = report[list].as_array().unwrap();
    assert!(!rows.is_empty(), "no {list} in {report}");
    rows.iter()
}

#[test]
fn the_report_has_every_key_of_schema_1() {
    let pair = Pair::of(seed::small()).with("USER_REGISTRY_NAME_MAPPING", "nowhere,ldap");
    pair.source().faults.add(Fault::on("GET", "/members", Effect::status(403)));
    let ended = pair.run(&["sync", "--output", "json"]).exits(3);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report, ended.report, "stdout and REPORT_FILE differ");
    assert_keys(&report, REPORT);
    assert_eq!(report["schema"], 1);
    report["started_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    assert!(report["duration_ms"].is_u64());
    for side in ["source", "target"] {
        assert_keys(&report[side], &["server", "org", "catalog", "requests"]);
        assert_keys(&report[side]["requests"], &["reads", "writes", "retries", "throttled"]);
    }
    let kinds = report["kinds"].as_object().unwrap();
    assert_eq!(kinds.keys().map(String::as_str).collect::<BTreeSet<_>>(), KINDS.iter().copied().collect());
    kinds.values().for_each(|counts| assert_keys(counts, COUNTS));
    each(&report, "changes").for_each(|change| assert_keys(change, CHANGE));
    for field in each(&report, "changes").flat_map(|change| change["fields"].as_array().unwrap()) {
        assert_keys(field, &["path", "before", "after"]);
    }
    each(&report, "gaps").for_each(|gap| assert_keys(gap, &["side", "kind", "under", "reason"]));
    each(&report, "findings").for_each(|it| assert_keys(it, &["check", "severity", "message", "mend"]));
}

#[test]
fn a_changed_secret_is_shown_as_such() {
    let pair = Pair::of(seed::small());
    let plan = pair.run(&["plan"]);
    let secret = each(&plan.report, "changes")
        .flat_map(|change| change["fields"].as_array().unwrap())
        .find(|field| field["path"] == "/client_secret_hashed");
    let shown = serde_json::json!({"path": "/client_secret_hashed", "before": "(secret)", "after": "(secret)"});
    assert_eq!(secret, Some(&shown));
}

#[test]
fn a_failed_check_is_a_whole_report_too() {
    let pair = Pair::first_sync().with("SOURCE_ADMIN_PASSWORD", "definitely-wrong");
    let ended = pair.run(&["sync", "--output", "json"]).exits(6);
    let report: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_keys(&report, REPORT);
    for kind in KINDS {
        assert_keys(&report["kinds"][kind], COUNTS);
    }
}

#[test]
fn logs_are_json_on_stderr_and_the_result_stands_alone_on_stdout() {
    let ended = Pair::first_sync().run(&["sync", "--output", "json"]).exits(0);
    let log: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(log.iter().any(|line| line["message"] == "collected"));
    assert!(log.iter().any(|line| line["level"] == "DEBUG" && line["message"] == "exchange"));
    for line in &log {
        assert_keys(line, &["timestamp", "level", "message"]);
    }
    assert!(ended.stdout.starts_with('{') && ended.stdout.ends_with("}\n"), "{}", ended.stdout);
}

#[test]
fn logs_are_lines_where_that_is_asked_for_and_fewer_at_a_higher_level() {
    let pair = Pair::first_sync().with("LOG_ENCODE", "console").with("LOG_LEVEL", "info");
    let ended = pair.run(&["plan"]).exits(0);
    assert!(ended.stderr.contains(" INFO collected"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("exchange") && !ended.stderr.contains('\u{1b}'), "{}", ended.stderr);
    let quiet = pair.with("LOG_LEVEL", "error").run(&["plan"]).exits(0);
    assert_eq!(quiet.stderr, "");
}

#[test]
fn no_log_line_has_a_key_twice() {
    let ended = Pair::first_sync().run(&["sync"]).exits(0);
    for line in ended.stderr.lines() {
        assert!(line.matches("\"target\":").count() <= 1, "{line}");
    }
}
