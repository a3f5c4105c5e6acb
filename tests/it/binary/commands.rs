//! The commands, and the exit statuses that scripts go by.

use apic_configsync::sandbox::seed;

use super::{
    pair::{Pair, size},
    program::{Ended, Program},
};
use crate::secrets::Secrets;

#[test]
fn without_a_command_it_syncs() {
    let pair = Pair::first_sync();
    let first = pair.run(&[]).exits(0).with_outcome("applied");
    assert_eq!(first.report["command"], "sync");
    assert_eq!(first.changes("applied"), first.report["changes"].as_array().unwrap().len());
    assert_eq!(first.report["target"]["requests"]["writes"], pair.writes());
    pair.assert_mirrored();
    let writes = pair.writes();
    let again = pair.run(&["sync"]).exits(0).with_outcome("in_sync");
    again.says(&["in sync: nothing to do"]);
    assert_eq!(pair.writes(), writes);
}

#[test]
fn a_plan_writes_nothing_and_has_a_status_of_its_own_on_request() {
    let pair = Pair::first_sync();
    let plan = pair.run(&["plan"]).exits(0).with_outcome("changes_pending");
    assert_eq!(plan.changes("pending"), plan.report["changes"].as_array().unwrap().len());
    let detailed = pair.run(&["plan", "--detailed-exitcode"]).exits(5).with_outcome("changes_pending");
    assert_eq!(detailed.report["changes"], plan.report["changes"]);
    assert_eq!(pair.writes(), 0);
    let sync = pair.run(&["sync"]).exits(0);
    for (kind, counts) in plan.report["kinds"].as_object().unwrap() {
        assert_eq!(sync.report["kinds"][kind]["created"], counts["created"], "{kind}");
    }
    pair.run(&["plan", "--detailed-exitcode"]).exits(0).with_outcome("in_sync");
}

#[test]
fn a_check_looks_and_writes_nothing() {
    let pair = Pair::first_sync();
    let check = pair.run(&["check"]).exits(0);
    assert_eq!(check.report["command"], "check");
    check.says(&["check passed: a run can go ahead"]);
    assert_eq!(pair.writes(), 0);
}

#[test]
fn a_check_of_the_way_back_has_the_same_statuses() {
    let pair = Pair::first_sync();
    pair.source().set("hash_client_secret", false);
    pair.run(&["check"]).exits(0);
    let closed = pair.run(&["check", "--reverse"]).exits(6);
    assert_eq!(closed.report["command"], "check");
    closed.says(&["error  hash_client_secret: reverse: the source catalog", "mend: set it on the source"]);
    pair.source().set("hash_client_secret", true);
    pair.run(&["check", "--reverse"]).exits(0).says(&["check passed: a run can go ahead"]);
    assert_eq!(pair.writes(), 0);
}

#[test]
fn what_waits_for_something_else_makes_a_run_incomplete() {
    let pair = Pair::of(seed::small());
    {
        let mut source = pair.source();
        let app = source.app("alice-bank", "mobile").unwrap().head.id;
        source.subscribe(app, "inventory:1.0.0", "default");
    }
    let sync = pair.run(&["sync"]).exits(3).with_outcome("incomplete");
    sync.says(&["the target has no Product inventory:1.0.0", "waits for approval on the source"]);
    let writes = pair.writes();
    pair.run(&["sync"]).exits(3);
    assert_eq!(pair.writes(), writes);
}

#[test]
fn a_list_that_cannot_be_read_makes_a_run_incomplete() {
    use apic_configsync::sandbox::{Effect, Fault};
    let pair = Pair::of(seed::large_synced(size(2)));
    pair.source().faults.add(Fault::on("GET", "/subscriptions", Effect::status(403)));
    let sync = pair.run(&["sync"]).exits(3).with_outcome("incomplete");
    assert_eq!(sync.report["gaps"][0]["kind"], "subscriptions");
    assert_eq!(sync.report["gaps"][0]["side"], "source");
    sync.says(&["? source subscriptions could not be read whole", "answered 403"]);
    assert_eq!(pair.writes(), 0);
}

#[test]
fn a_safety_limit_refuses_and_names_what_would_allow_it() {
    let (_, synced) = seed::large_synced(size(8));
    let pair = Pair::of((seed::pair().0, synced));
    let words = ["refused by ALLOW_EMPTY_SOURCE", "refused: a safety limit stands in the way"];
    let refused = |ended: Ended| ended.exits(4).with_outcome("refused").says(&words);
    let sync = refused(pair.run(&["sync"]));
    assert_eq!(sync.report["refusals"][0]["limit"], "ALLOW_EMPTY_SOURCE");
    refused(pair.run(&["plan", "--detailed-exitcode"]));
    assert_eq!(pair.writes(), 0);
}

#[test]
fn many_deletions_are_refused_until_the_named_setting_allows_them() {
    let pair = Pair::of(seed::large_synced(size(8)));
    {
        let mut source = pair.source();
        let orgs: Vec<_> = (0..4).map(|n| source.org(&format!("org-{n}")).unwrap().head.id).collect();
        for org in orgs {
            source.remove_org(org);
        }
    }
    pair.run(&["sync"]).exits(4).says(&["refused by MAX_DELETE_PERCENT"]);
    assert_eq!(pair.writes(), 0);
    pair.run(&["sync", "--max-delete-percent", "60"]).exits(0).with_outcome("applied");
    pair.assert_mirrored();
}

#[test]
fn a_deadline_leaves_the_rest_for_the_next_run() {
    let pair = Pair::first_sync();
    let late = pair.run_edited(&["sync"], |variables| {
        variables.insert("RUN_DEADLINE".into(), "0s".into());
    });
    late.exits(3).with_outcome("incomplete").says(&["RUN_DEADLINE"]);
    assert_eq!(pair.writes(), 0);
    pair.run(&["sync"]).exits(0);
    pair.assert_mirrored();
}

#[test]
fn wrong_usage_is_told_from_help() {
    let run = |arguments: &[&str]| Program::new(arguments, &Secrets::default()).run();
    for help in [&["--help"][..], &["plan", "--help"], &["--version"]] {
        let ended = run(help).exits(0).says(&["apic-configsync"]);
        assert_eq!(ended.stderr, "");
    }
    for (wrong, words) in [
        (&["replicate"][..], "replicate"),
        (&["sync", "--no-such-flag"], "--no-such-flag"),
        (&["sync", "--detailed-exitcode"], "--detailed-exitcode"),
        (&["sync", "--target-admin-password", "x"], "--target-admin-password"),
    ] {
        run(wrong).exits(2).complains(&[words, "Usage:"]);
    }
    let secret = run(&["sync", "--source-admin-password=word-on-the-command-line"]);
    assert!(!secret.stderr.contains("word-on-the-command-line"), "{}", secret.stderr);
}
