//! Kept plans and the passing of time: when something was missed is when the plan is applied.

use apic_configsync::engine::report::{ExitStatus, RunResult};

use super::{Kept, ends};
use crate::{stage::shown, whole::grace::two_apps};

#[tokio::test]
async fn a_kept_note_is_written_with_the_time_of_its_application() {
    let stage = two_apps().await;
    stage.wait_hours(1);
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    let kept = Kept::pending(&stage).await;
    stage.wait_hours(5);
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    let target = stage.target();
    let app = target.app("acme", "shop").unwrap();
    assert_eq!(app.state, "disabled", "{}", shown(&report));
    assert_eq!(app.head.metadata.as_ref().unwrap()["source_missing_since"], "2026-01-18T14:00:00Z");
}

#[tokio::test]
async fn a_kept_deletion_past_the_grace_is_applied_later() {
    let stage = two_apps().await;
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    stage.source().remove_app(gone);
    stage.sync().await;
    stage.wait_hours(25);
    let kept = Kept::pending(&stage).await;
    stage.wait_hours(5);
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert!(stage.target().app("acme", "shop").is_none());
}
