//! Names and messages that steer terminals, turn lines round or hide: none of them comes out raw, on stdout or in logs.

use apic_configsync::sandbox::{
    Cluster, Effect, Fault, seed,
    world::{App, ConsumerOrg},
};
use serde_json::json;

use super::{pair::Pair, program::Ended};

/// What a terminal, a reader or a log must not be given: colours, a bell, DEL, C1, a turned direction, an invisible
/// blank, a byte order mark, a tag, and a line of somebody else's.
const NASTY: &str =
    "\u{1b}[2J\u{7}\u{7f}\u{9b}31m\u{202e}\u{2066}\u{200b}\u{feff}\u{e0041}\r\nin sync: nothing to do\u{2028}";

fn nasty(name: &str) -> String {
    format!("{name}{NASTY}")
}

fn world() -> (Cluster, Cluster) {
    let (mut source, mut target) = seed::pair();
    for cluster in [&mut source, &mut target] {
        cluster.add_registry(&nasty("people"), "ldap");
    }
    let owner = source.add_user(&nasty("people"), &nasty("alice"));
    let org = source.add_org(&nasty("acme"), owner);
    source.retitle::<ConsumerOrg>(org, &nasty("Acme"));
    let app = source.add_app_with(org, &nasty("shop"), &nasty("client"), "secret-of-shop");
    source.retitle::<App>(app, &nasty("Shop"));
    source.change::<App>(app, |app| {
        let metadata = json!({ nasty("key"): nasty("value") });
        app.head.metadata = serde_json::from_value(metadata).unwrap();
    });
    (source, target)
}

/// Answers creations of applications with a message of that kind.
fn refusing(pair: &Pair) {
    let refusal = Effect::alter(|_, mut answer| {
        *answer.status_mut() = http::StatusCode::BAD_REQUEST;
        let body = json!({"status": 400, "message": [nasty("no")], "errors": [nasty("never")]});
        answer.map(|_| body.to_string().into())
    });
    pair.target().faults.add(Fault::on("POST", "/apps", refusal));
}

#[track_caller]
fn assert_clean(place: &str, text: &str) {
    for c in NASTY.chars().filter(|c| !c.is_ascii() || c.is_ascii_control()) {
        assert!(c == '\n' || !text.contains(c), "{place} has {c:?} in it:\n{text:?}");
    }
    let forged = text.lines().any(|line| line.starts_with("in sync: nothing to do"));
    assert!(!forged, "{place} has a line that is none of its own:\n{text}");
}

fn run(command: &str, output: &str, log: &str) -> Ended {
    let pair = Pair::of(world()).with("OUTPUT", output).with("LOG_ENCODE", log);
    refusing(&pair);
    let ended = pair.run(&[command]);
    assert!(matches!(ended.code, Some(0 | 3 | 6)), "{}{}", ended.stdout, ended.stderr);
    assert_clean("stdout", &ended.stdout);
    assert_clean("the log", &ended.stderr);
    ended
}

#[test]
fn no_output_passes_on_what_steers_a_terminal() {
    for log in ["json", "console"] {
        for command in ["sync", "plan", "check"] {
            let ended = run(command, "text", log);
            assert!(command == "check" || ended.stdout.contains("\\u{9b}31m\\u{202e}"), "{}", ended.stdout);
        }
    }
}

#[test]
fn json_writes_it_out_and_keeps_it_true() {
    let ended = run("sync", "json", "json");
    let report: serde_json::Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(report, ended.report);
    let changes = report["changes"].as_array().unwrap();
    let org = changes.iter().find(|change| change["kind"] == "consumer_orgs").unwrap();
    let address = org["address"].as_str().unwrap();
    assert!(address.contains("\u{9b}31m\u{202e}"), "{address:?}");
    for line in ended.stderr.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap();
    }
}

#[test]
fn a_bad_setting_is_quoted_without_it() {
    let pair = Pair::first_sync().with("ON_LIMIT", &nasty("refuse"));
    let ended = pair.run(&["sync"]).exits(2);
    assert_clean("stderr", &ended.stderr);
}
