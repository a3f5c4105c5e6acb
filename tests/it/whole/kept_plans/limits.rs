//! Limits that refuse a kept plan, and operators who accept them.

use apic_configsync::engine::report::{ExitStatus, RunResult};

use super::{Kept, ends, retitle_org};
use crate::{
    stage::{counts, exits, shown},
    whole::limits::{many, remove_orgs},
};

#[tokio::test]
async fn a_refused_plan_is_kept_and_applied_only_when_its_limits_are_accepted() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    let kept = Kept::of(&stage, ExitStatus::Refused).await;
    assert_eq!(kept.read().refusals[0].limit, "MAX_DELETE_PERCENT");
    let refused = kept.apply(&stage).await;
    ends(&refused, ExitStatus::Refused, RunResult::Refused);
    assert_eq!(refused.target.requests.writes, 0);
    let report = kept.apply_accepting_limits(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(counts(&report, "consumer_orgs").deleted, 4);
    let accepted = report.findings.iter().find(|it| it.check == "MAX_DELETE_PERCENT").unwrap();
    assert!(accepted.message.contains("--accept-limits"), "{}", accepted.message);
    stage.again().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn accepted_limits_are_accepted_once_and_for_that_plan_only() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    let kept = Kept::of(&stage, ExitStatus::Refused).await;
    {
        let mut source = stage.source();
        for n in 4..8 {
            let org = source.org(&format!("org-{n}")).unwrap().head.id;
            source.remove_org(org);
        }
    }
    let report = kept.apply_accepting_limits(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(counts(&report, "consumer_orgs").deleted, 4, "{}", shown(&report));
    assert!((4..8).all(|n| stage.target().org(&format!("org-{n}")).is_some()));
    let before = stage.target().dump();
    let again = kept.apply_accepting_limits(&stage).await;
    ends(&again, ExitStatus::Incomplete, RunResult::Incomplete);
    assert_eq!(before, stage.target().dump());
}

#[tokio::test]
async fn limits_are_judged_on_what_is_left_to_apply() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    let kept = Kept::of(&stage, ExitStatus::Refused).await;
    {
        let mut target = stage.target();
        for n in 0..2 {
            let org = target.org(&format!("org-{n}")).unwrap().head.id;
            target.remove_org(org);
        }
    }
    // Two of the eight that are left are less than the limit of 30 %, and eight are too few for a share anyway.
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    assert_eq!(counts(&report, "consumer_orgs").deleted, 2, "{}", shown(&report));
}

#[tokio::test]
async fn withheld_deletions_stay_withheld_until_they_are_accepted() {
    let stage = many(10).await.with("ON_LIMIT", "withhold-deletes");
    remove_orgs(&stage, 4);
    retitle_org(&mut stage.source(), "org-9", "Nine");
    let kept = Kept::of(&stage, ExitStatus::Refused).await;
    let held = kept.apply(&stage).await;
    exits(&held, ExitStatus::Refused);
    assert_eq!(counts(&held, "consumer_orgs").withheld, 4);
    assert_eq!(counts(&held, "consumer_orgs").updated, 1);
    let accepted = kept.apply_accepting_limits(&stage).await;
    assert_eq!(counts(&accepted, "consumer_orgs").deleted, 4, "{}", shown(&accepted));
    stage.again().await;
    stage.assert_mirrored();
}
