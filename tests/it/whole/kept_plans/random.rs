//! Random worlds: a kept plan does what a sync would do, and no more than was kept when the world has moved on.

use std::collections::BTreeSet;

use apic_configsync::engine::report::{ChangeResult, ExitStatus, Report};
use proptest::{prelude::*, test_runner::TestRunner};

use super::Kept;
use crate::{
    random_world::{Deed, bare, deeds, perform},
    stage::{Stage, exits, shown},
};

fn check<S: Strategy>(cases: u32, strategy: S, property: impl Fn(S::Value)) {
    let config = ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() };
    let property = |value| {
        property(value);
        Ok(())
    };
    TestRunner::new(config).run(&strategy, property).unwrap();
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap().block_on(future)
}

/// A stage that is in sync, and has then lived on.
async fn stage(first: &[Deed], second: &[Deed]) -> Stage {
    let stage = Stage::of(bare()).with("MAX_DELETE_PERCENT", "100").with("ALLOW_EMPTY_SOURCE", "true").sealed();
    perform(&mut stage.source(), first);
    stage.sync().await;
    perform(&mut stage.source(), second);
    stage
}

#[test]
fn a_plan_that_is_applied_at_once_makes_a_mirror() {
    check(40, (deeds(40), deeds(15)), |(first, second)| {
        block_on(async {
            let stage = stage(&first, &second).await;
            let kept = Kept::pending(&stage).await;
            let report = kept.apply(&stage).await;
            exits(&report, ExitStatus::Success);
            stage.assert_mirrored();
            stage.again().await;
        });
    });
}

#[test]
fn a_plan_that_the_world_has_left_behind_does_nothing_that_was_not_kept() {
    let worlds = (deeds(40), deeds(15), deeds(8));
    check(60, worlds, |(first, second, third)| {
        block_on(async {
            let stage = stage(&first, &second).await;
            let kept = Kept::pending(&stage).await;
            perform(&mut stage.source(), &third);
            let report = kept.apply(&stage).await;
            assert_no_more_than_kept(&kept, &report);
            stage.sync().await;
            stage.assert_mirrored();
            stage.again().await;
        });
    });
}

#[track_caller]
fn assert_no_more_than_kept(kept: &Kept, report: &Report) {
    let plan = kept.read();
    let planned: BTreeSet<(&str, &str)> =
        plan.steps.iter().map(|step| (&*step.address.path, step.verb.word())).collect();
    for change in &report.changes {
        let goes_along = change.reason.as_ref().is_some_and(|reason| reason.starts_with("goes with "));
        assert!(
            goes_along
                || change.result == ChangeResult::Withheld
                || planned.contains(&(&*change.address, change.action)),
            "{} was not kept: {}",
            change.address,
            shown(report)
        );
        assert_ne!(change.result, ChangeResult::Failed, "{}", shown(report));
    }
}
