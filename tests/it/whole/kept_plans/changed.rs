//! What has changed between the making of a plan and its application: skipped, named, and nothing else with it.

use apic_configsync::engine::report::{ExitStatus, RunResult};
use secrecy::ExposeSecret;

use super::{Kept, ends, reason, retitle_org};
use crate::{
    stage::{change, changes, counts, shown},
    whole::{
        limits::{many, remove_orgs},
        replication::one_app,
    },
};

#[tokio::test]
async fn what_changed_on_the_source_is_skipped_and_the_rest_goes_on() {
    let stage = many(4).await;
    for name in ["org-0", "org-1", "org-2"] {
        retitle_org(&mut stage.source(), name, "planned");
    }
    let kept = Kept::pending(&stage).await;
    retitle_org(&mut stage.source(), "org-1", "changed again");
    remove_orgs(&stage, 1);
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    let changed = reason(&report, "consumer_orgs", "org-1");
    assert!(changed.starts_with("changed since the plan was made: "), "{changed}");
    let gone = reason(&report, "consumer_orgs", "org-0");
    assert!(gone.contains("a run would delete it now"), "{gone}");
    assert_eq!(change(&report, "consumer_orgs", "org-1").fields[0].after, "planned");
    assert_eq!(counts(&report, "consumer_orgs").updated, 1);
    {
        let target = stage.target();
        let title = |name: &str| target.org(name).unwrap().head.title.clone();
        assert_eq!([title("org-0"), title("org-1"), title("org-2")], ["org-0", "org-1", "planned"]);
    }
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_changed_on_the_target_is_skipped_and_the_rest_goes_on() {
    let stage = many(4).await;
    for name in ["org-0", "org-1", "org-2"] {
        retitle_org(&mut stage.source(), name, "planned");
    }
    let kept = Kept::pending(&stage).await;
    retitle_org(&mut stage.target(), "org-0", "somebody was here");
    retitle_org(&mut stage.target(), "org-1", "planned");
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    let changed = reason(&report, "consumer_orgs", "org-0");
    assert!(changed.starts_with("changed since the plan was made: "), "{changed}");
    assert_eq!(reason(&report, "consumer_orgs", "org-1"), "already done: source and target agree");
    assert_eq!(counts(&report, "consumer_orgs").updated, 1);
    assert_eq!(stage.target().org("org-0").unwrap().head.title, "somebody was here");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_came_up_since_is_left_out_and_counted() {
    let stage = many(2).await;
    {
        let mut source = stage.source();
        let org = source.org("org-0").unwrap().head.id;
        source.add_app(org, "planned");
    }
    let kept = Kept::pending(&stage).await;
    {
        let mut source = stage.source();
        let org = source.org("org-1").unwrap().head.id;
        source.add_app(org, "unplanned");
    }
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    assert_eq!(changes(&report, "applications"), ["create org-0/planned"], "{}", shown(&report));
    let warning = report.findings.iter().find(|it| it.check == "plan_file").unwrap();
    assert_eq!(warning.message, "2 changes that came up since the plan was made are left out");
    assert!(stage.target().app("org-1", "unplanned").is_none());
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_step_that_needs_a_changed_one_is_skipped_with_it() {
    let stage = many(2).await;
    {
        let mut source = stage.source();
        let alice = source.user("sandbox-catalog", "alice").unwrap().head.id;
        let org = source.add_org("new", alice);
        source.add_app(org, "app");
        let other = source.org("org-1").unwrap().head.id;
        source.add_app(other, "second");
    }
    let kept = Kept::pending(&stage).await;
    retitle_org(&mut stage.source(), "new", "newer");
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    let stranded = reason(&report, "applications", "new/app");
    assert_eq!(stranded, "needs the consumer organization new, which has changed since the plan was made");
    assert!(stage.target().org("new").is_none());
    assert!(stage.target().app("org-1", "second").is_some());
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_step_that_needs_one_which_the_plan_does_not_have_is_skipped() {
    let stage = many(2).await;
    {
        let mut source = stage.source();
        let org = source.org("org-0").unwrap().head.id;
        source.add_app(org, "planned");
    }
    let kept = Kept::pending(&stage).await;
    {
        let mut target = stage.target();
        let org = target.org("org-0").unwrap().head.id;
        target.remove_org(org);
    }
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    assert_eq!(
        reason(&report, "applications", "org-0/planned"),
        "needs the consumer organization org-0, which the plan does not have: it came up since"
    );
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn deletions_are_carried_out_once_and_only_if_the_source_still_lacks_the_thing() {
    let stage = many(12).await;
    remove_orgs(&stage, 3);
    let kept = Kept::pending(&stage).await;
    {
        // Restored under its old name: the target's copy is to be paired again, not deleted.
        let mut source = stage.source();
        let alice = source.user("sandbox-catalog", "alice").unwrap().head.id;
        source.add_org("org-1", alice);
        let mut target = stage.target();
        let gone = target.org("org-2").unwrap().head.id;
        target.remove_org(gone);
    }
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    assert!(stage.target().org("org-0").is_none());
    assert!(stage.target().org("org-1").is_some());
    let restored = reason(&report, "consumer_orgs", "org-1");
    assert!(restored.starts_with("changed since"), "{restored}");
    assert_eq!(reason(&report, "consumer_orgs", "org-2"), "already done: the target does not have it any more");
    stage.settle().await;
}

#[tokio::test]
async fn what_is_out_of_scope_when_the_plan_is_applied_counts_as_changed_not_as_done() {
    let stage = many(12).await;
    remove_orgs(&stage, 1);
    for name in ["org-2", "org-3"] {
        retitle_org(&mut stage.source(), name, "planned");
    }
    let kept = Kept::pending(&stage).await;
    stage.set("EXCLUDE_CONSUMER_ORGS", "org-0,org-2");
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    for org in ["org-0", "org-2"] {
        let reason = reason(&report, "consumer_orgs", org);
        assert!(reason.contains("out of scope"), "{reason}");
    }
    assert_eq!(counts(&report, "consumer_orgs").updated, 1);
}

#[tokio::test]
async fn what_is_withheld_when_the_plan_is_applied_is_told_once() {
    let stage = one_app();
    let kept = Kept::pending(&stage).await;
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        target.add_org("acme", bob);
    }
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Incomplete, RunResult::Incomplete);
    let told: Vec<_> =
        report.changes.iter().filter(|change| (change.kind, &*change.address) == ("consumer_orgs", "acme")).collect();
    assert_eq!(told.len(), 1, "{}", shown(&report));
    let reason = reason(&report, "consumer_orgs", "acme");
    assert!(reason.starts_with("changed since the plan was made: withheld now: "), "{reason}");
}

#[tokio::test]
async fn a_secret_is_read_when_the_plan_is_applied() {
    let stage = one_app();
    let kept = Kept::pending(&stage).await;
    let issued = {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        let credential = source.credentials(app)[0].clone();
        source.reset_credential(credential.head.id, false).unwrap()
    };
    let report = kept.apply(&stage).await;
    ends(&report, ExitStatus::Success, RunResult::Applied);
    let secret = issued.client_secret.unwrap();
    assert!(stage.target().verify(&issued.client_id, secret.expose_secret()));
    stage.again().await;
}
