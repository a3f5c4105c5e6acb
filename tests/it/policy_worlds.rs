//! Random worlds under the policies of operators: grace, kinds left out, originals that are managed.

use apic_configsync::engine::report::Report;
use proptest::{prelude::*, test_runner::TestRunner};
use serde_json::Value;

use crate::{
    random_world::{Deed, bare, deeds, perform},
    stage::{Stage, shown},
};

/// Runs a property on a runtime of its own, with the random seed printed on failure by proptest itself.
fn check<S: Strategy, F: Future<Output = ()>>(cases: u32, strategy: S, property: impl Fn(S::Value) -> F) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let property = |value| {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .unwrap()
            .block_on(property(value));
        Ok(())
    };
    TestRunner::new(config).run(&strategy, property).unwrap();
}

fn stage() -> Stage {
    let (mut source, target) = bare();
    source.set("hash_client_secret", true);
    Stage::of((source, target)).with("MAX_DELETE_PERCENT", "100").with("ALLOW_EMPTY_SOURCE", "true").sealed()
}

#[track_caller]
fn nothing_failed(report: &Report) {
    let failed = report.kinds.iter().any(|(_, kind)| kind.failed > 0);
    assert!(!failed, "{}", shown(report));
}

#[test]
fn whatever_a_grace_keeps_is_put_right_when_it_ends() {
    let states = prop::collection::vec((deeds(15), 0..30_i64), 1..5);
    check(60, (deeds(40), states), |(first, states)| async move {
        let stage = stage().with("DELETE_GRACE", "24h");
        perform(&mut stage.source(), &first);
        stage.settle().await;
        stage.assert_mirrored();
        for (deeds, hours) in states {
            perform(&mut stage.source(), &deeds);
            nothing_failed(&stage.sync().await);
            stage.again().await;
            stage.wait_hours(hours);
            nothing_failed(&stage.sync().await);
            stage.again().await;
        }
        stage.wait_hours(24);
        nothing_failed(&stage.sync().await);
        // What was missed later has its own day.
        stage.wait_hours(24);
        stage.settle().await;
        stage.assert_mirrored();
    });
}

const KINDS: [&str; 6] = ["users", "consumer_orgs", "members", "applications", "credentials", "subscriptions"];

#[test]
fn a_kind_that_was_left_out_is_made_up_for_by_the_next_full_run() {
    let worlds = (0..KINDS.len(), deeds(40), deeds(15));
    check(90, worlds, |(kind, first, second)| async move {
        let stage = stage();
        perform(&mut stage.source(), &first);
        stage.settle().await;
        perform(&mut stage.source(), &second);
        stage.set("EXCLUDE_KINDS", KINDS[kind]);
        let report = stage.sync().await;
        nothing_failed(&report);
        let left_out = report.changes.iter().filter(|it| it.kind == KINDS[kind]);
        let brought = left_out.filter(|it| it.reason.as_deref().is_none_or(|it| !it.contains("goes with")));
        assert_eq!(brought.count(), 0, "{} {}", KINDS[kind], shown(&report));
        stage.again().await;
        stage.set("EXCLUDE_KINDS", "");
        stage.settle().await;
        stage.assert_mirrored();
    });
}

async fn fail_over(first: Vec<Deed>, mut meanwhile: Vec<Deed>, later: Vec<Deed>) {
    let stage = stage();
    // The seal of an app that is renamed on the target is for its former name until it is written next, and what bears a
    // wrong seal is not deleted (behaviour.md, "A mark is a claim").
    meanwhile.retain(|deed| !matches!(deed, Deed::RenameApp(..)));
    perform(&mut stage.source(), &first);
    stage.settle().await;
    perform(&mut stage.target(), &meanwhile);
    let back = stage.swapped();
    nothing_failed(&back.sync().await);
    back.again().await;
    stage.set("MANAGE_ORIGINALS", "true");
    // What the first run marks may show the second one that the server stores marks on a kind.
    for _ in 0..2 {
        nothing_failed(&stage.sync().await);
    }
    stage.again().await;
    back.again().await;
    let managed = is_all_marked(&stage.target().dump());
    perform(&mut stage.source(), &later);
    if managed {
        stage.settle().await;
        assert_mirrored_but_for_people(&stage);
    } else {
        nothing_failed(&stage.sync().await);
        stage.again().await;
    }
}

/// People who were born on the target are not written, whatever the source says of them.
fn assert_mirrored_but_for_people(stage: &Stage) {
    let mut differences = stage.differences();
    differences.retain(|it| !it.starts_with(" > users > "));
    assert!(differences.is_empty(), "the target is no mirror: {differences:?}");
}

/// Where nothing of a kind bore a mark, nobody could tell whether the target stores any, and originals of that kind may
/// have none; then a deletion on the source does not reach them, and withholds what they hang on.
fn is_all_marked(dump: &Value) -> bool {
    let kinds = KINDS.iter().filter(|kind| **kind != "users");
    let mut rows = kinds.flat_map(|kind| dump[*kind].as_object().unwrap().values());
    rows.all(|row| !row["metadata"]["source_id"].is_null())
}

#[test]
fn managed_originals_follow_the_source_like_copies() {
    let worlds = (deeds(30), deeds(10), deeds(10));
    check(60, worlds, |(first, meanwhile, later)| fail_over(first, meanwhile, later));
}
