//! The command `sandbox`: what a newcomer runs first, without any settings.

use apic_configsync::sandbox::seed;
use serde_json::Value;

use super::program::Program;
use crate::secrets::Secrets;

/// The secrets of the world that the command shows, which is the same in every process.
fn secrets() -> Secrets {
    let secrets = Secrets::default();
    let (source, target) = seed::small();
    secrets.learn_world(&source);
    secrets.learn_world(&target);
    secrets
}

#[test]
fn it_plans_syncs_and_finds_nothing_left() {
    let ended = Program::new(&["sandbox"], &secrets()).run().exits(0);
    ended.says(&[
        "== what a sync would change",
        "== the sync",
        "applied: 20 created, 8 updated, 4 deleted",
        "== again: what is left to do",
        "waits for approval on the source",
        "in sync: nothing to do",
    ]);
}

#[test]
fn a_grace_that_is_asked_for_is_part_of_the_story() {
    let grace = [("DELETE_GRACE".to_owned(), "1h".to_owned())];
    let ended = Program::new(&["sandbox"], &secrets()).with(grace).run();
    ended.exits(0).says(&["is missing from the source: kept until"]);
}

#[test]
fn its_json_holds_all_three_reports() {
    let ended = Program::new(&["sandbox", "--output", "json"], &secrets()).run().exits(0);
    let acts: Value = serde_json::from_str(&ended.stdout).unwrap();
    let commands = ["plan", "sync", "again"].map(|act| &acts[act]["command"]);
    assert_eq!(commands, ["plan", "sync", "plan"]);
    assert_eq!(acts["sync"]["changes"].as_array().unwrap().len(), acts["plan"]["changes"].as_array().unwrap().len());
}

#[test]
fn served_it_is_a_place_to_point_other_commands_at() {
    for (signal, code) in [("TERM", 143), ("INT", 130)] {
        // Its stdout shows secrets on purpose: they are the variables to use.
        let served = Program::new(&["sandbox", "--serve"], &Secrets::default()).start();
        let variables: Vec<(String, String)> = (0..16)
            .map(|_| {
                let line = served.line().expect("sixteen variables");
                let (name, value) = line.trim_end().split_once('=').expect("a variable");
                (name.to_owned(), value.to_owned())
            })
            .collect();
        let run = |command| {
            Program::new(&[command], &secrets())
                .with(variables.clone())
                .with([("DELETE_GRACE".to_owned(), "0s".to_owned())])
                .run()
        };
        run("plan").exits(0).says(&["20 to create, 8 to update, 4 to delete"]);
        run("sync").exits(0).says(&["20 created, 8 updated, 4 deleted"]);
        run("plan").exits(0).says(&["in sync: nothing to do"]);
        served.remote.signal(signal);
        let ended = served.finish().exits(code);
        assert_eq!(ended.stdout, "", "more than the variables");
        secrets().assert_absent("its stderr", &ended.stderr);
    }
}
