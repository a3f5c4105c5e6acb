//! The safety limits, the scope, and what is known to be withheld.

use apic_configsync::{
    engine::report::{ExitStatus, RunResult},
    sandbox::{Cluster, seed, world::ConsumerOrg},
};

use super::replication::one_app;
use crate::stage::{Stage, assert_told, counts, exits, shown};

/// `number` organizations with an app each, in sync.
pub(super) async fn many(number: usize) -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    for n in 0..number {
        let org = source.add_org(&format!("org-{n}"), alice);
        source.add_app(org, "app");
    }
    let stage = Stage::of((source, target));
    stage.settle().await;
    stage
}

pub(super) fn remove_orgs(stage: &Stage, number: usize) {
    let mut source = stage.source();
    for n in 0..number {
        let org = source.org(&format!("org-{n}")).unwrap().head.id;
        source.remove_org(org);
    }
}

#[tokio::test]
async fn too_many_deletions_are_refused_before_the_first_write() {
    let stage = many(10).await;
    remove_orgs(&stage, 4);
    let report = stage.sync().await;
    assert_eq!((report.outcome, report.exit_status), (RunResult::Refused, ExitStatus::Refused));
    assert_eq!(report.target.requests.writes, 0);
    let message = &report.refusals[0].message;
    assert!(message.contains("4 of 10") && message.contains("MAX_DELETE_PERCENT=40"), "{message}");
    assert_eq!(stage.plan().await.exit_status, ExitStatus::Refused);
    stage.set("MAX_DELETE_PERCENT", "40");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_small_catalog_may_change_as_it_likes() {
    let stage = many(9).await;
    remove_orgs(&stage, 8);
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn withheld_deletions_let_the_rest_go_on_and_still_exit_with_4() {
    let stage = many(10).await.with("ON_LIMIT", "withhold-deletes");
    remove_orgs(&stage, 4);
    {
        let mut source = stage.source();
        let org = source.org("org-9").unwrap().head.id;
        source.retitle::<ConsumerOrg>(org, "Nine");
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Refused);
    assert_eq!(counts(&report, "consumer_orgs").updated, 1, "{}", shown(&report));
    assert_eq!(counts(&report, "consumer_orgs").withheld, 4);
    assert_eq!(counts(&report, "consumer_orgs").deleted, 0);
}

#[tokio::test]
async fn too_many_updates_are_refused() {
    let stage = many(10).await.with("MAX_UPDATE_PERCENT", "10");
    for n in 0..2 {
        let mut source = stage.source();
        let org = source.org(&format!("org-{n}")).unwrap().head.id;
        source.retitle::<ConsumerOrg>(org, "changed");
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Refused);
    assert!(report.refusals[0].message.contains("MAX_UPDATE_PERCENT=20"));
}

#[tokio::test]
async fn an_empty_source_is_refused_however_little_the_target_has() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.remove_app(app);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert!(report.refusals.iter().any(|refusal| refusal.message.contains("ALLOW_EMPTY_SOURCE=applications")));
    stage.set("ALLOW_EMPTY_SOURCE", "applications,credentials,subscriptions");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn another_catalog_in_the_sources_place_takes_nothing_over() {
    let stage = many(3).await;
    let mut wrong = Cluster::new(9, "provider", "sandbox");
    wrong.add_registry("ldap", "ldap");
    let alice = wrong.add_user("sandbox-catalog", "alice");
    let org = wrong.add_org("org-1", alice);
    wrong.add_app(org, "app");
    *stage.source() = wrong;
    let before = stage.target().dump();
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_told(&report, "consumer_orgs", "org-1", "belongs to another sync");
    assert_eq!(stage.target().dump(), before);
}

#[tokio::test]
async fn a_source_that_knows_nothing_of_what_was_made_from_it_is_refused() {
    let stage = many(3).await;
    remove_orgs(&stage, 3);
    {
        let mut source = stage.source();
        let alice = source.user("sandbox-catalog", "alice").unwrap().head.id;
        source.remove_user(alice).unwrap();
        let bob = source.add_user("sandbox-catalog", "bob");
        let org = source.add_org("org-9", bob);
        source.add_app(org, "app");
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert!(report.refusals.iter().any(|refusal| refusal.message.contains("wrong source")));
    assert_eq!(report.target.requests.writes, 0);
}

#[tokio::test]
async fn out_of_scope_means_untouched_on_both_sides() {
    let stage = many(4).await.with("EXCLUDE_CONSUMER_ORGS", "org-1,org-3");
    {
        let mut source = stage.source();
        for name in ["org-1", "org-2"] {
            let org = source.org(name).unwrap().head.id;
            source.retitle::<ConsumerOrg>(org, "changed");
        }
        let gone = source.org("org-3").unwrap().head.id;
        source.remove_org(gone);
    }
    let report = stage.settle().await;
    assert_eq!(counts(&report, "consumer_orgs").source, 2);
    assert_eq!(counts(&report, "consumer_orgs").updated, 1);
    let target = stage.target();
    assert_eq!(target.org("org-1").unwrap().head.title, "org-1");
    assert!(target.org("org-3").is_some());
}

#[tokio::test]
async fn members_are_read_only_where_they_are_in_scope() {
    let stage = many(4).await.with("INCLUDE_CONSUMER_ORGS", "org-2");
    stage.target().clear_requests();
    stage.again().await;
    let asked = stage.target().requests().iter().filter(|request| request.path.ends_with("/members")).count();
    assert_eq!(asked, 1);
}

#[tokio::test]
async fn an_organization_renamed_out_of_scope_is_not_deleted() {
    let stage = many(3).await.with("INCLUDE_CONSUMER_ORGS", "org-*").with("ALLOW_EMPTY_SOURCE", "true");
    {
        let mut source = stage.source();
        let org = source.org("org-1").unwrap().head.id;
        source.rename::<ConsumerOrg>(org, "elsewhere");
    }
    stage.settle().await;
    assert!(stage.target().org("org-1").is_some());
}

#[tokio::test]
async fn excluded_kinds_are_used_but_not_changed() {
    let stage = one_app();
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.retitle::<ConsumerOrg>(acme, "changed");
        let bob = source.add_user("sandbox-catalog", "bob");
        source.add_member(acme, bob, &["viewer"]);
        source.add_app(acme, "second");
    }
    stage.set("EXCLUDE_KINDS", "members,consumer_orgs");
    stage.target().clear_requests();
    let report = stage.settle().await;
    assert_eq!(counts(&report, "applications").created, 1);
    let target = stage.target();
    assert_eq!(target.org("acme").unwrap().head.title, "acme");
    assert!(!target.requests().iter().any(|request| request.path.contains("/members")));
}

#[tokio::test]
async fn the_sandbox_organization_is_passed_over_unless_it_is_named() {
    let stage = Stage::of(seed::small());
    stage.settle().await;
    let stage = Stage::of(seed::small()).with("INCLUDE_CONSUMER_ORGS", "*,sandbox-test-org");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete, "named in full, it is a conflict like any other");
}

#[tokio::test]
async fn what_is_acknowledged_makes_no_run_incomplete() {
    let stage = one_app();
    {
        let mut target = stage.target();
        let bob = target.add_user("sandbox-catalog", "bob");
        target.add_org("acme", bob);
    }
    assert_eq!(stage.sync().await.exit_status, ExitStatus::Incomplete);
    stage.set("ACKNOWLEDGE", "acme*");
    assert_eq!(stage.sync().await.exit_status, ExitStatus::Success);
}

#[tokio::test]
async fn a_deadline_that_has_come_starts_nothing() {
    let stage = one_app().with("RUN_DEADLINE", "0s");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    let message = &report.findings[0].message;
    assert!(message.contains("RUN_DEADLINE"), "{message}");
}
