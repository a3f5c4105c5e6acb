//! A fallback owner in whole runs: without him, with him, and when the real owner can be there after all.

use apic_configsync::{
    engine::report::{ChangeResult, ExitStatus, Report},
    sandbox::seed,
};

use crate::stage::{Stage, change, changes, counts, shown};

const FALLBACK: &str = "sandbox-catalog/admin";

/// Paul of a registry that the target lacks owns `other` with an app; the target has its administrator.
fn stage() -> Stage {
    let (mut source, mut target) = seed::pair();
    source.add_registry("partners", "oidc");
    let paul = source.add_user("partners", "paul");
    let other = source.add_org("other", paul);
    source.add_app_with(other, "app", "app-id", "app-secret");
    target.add_user("sandbox-catalog", "admin");
    Stage::of((source, target))
}

fn owner(stage: &Stage) -> String {
    let target = stage.target();
    let owner = target.org("other").unwrap().owner;
    target.users[owner].username.clone()
}

fn reason(report: &Report, kind: &str, address: &str) -> String {
    change(report, kind, address).reason.clone().unwrap()
}

#[tokio::test]
async fn without_the_setting_the_organization_stays_at_home() {
    let stage = stage();
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(counts(&report, "consumer_orgs").withheld, 1);
    assert!(stage.target().org("other").is_none());
    stage.again().await;
}

#[tokio::test]
async fn an_organization_is_made_with_him_and_handed_over_when_the_owner_can_be_there() {
    let stage = stage().with("FALLBACK_OWNER", FALLBACK);
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let note = reason(&report, "consumer_orgs", "other");
    assert!(note.contains("FALLBACK_OWNER") && note.contains("until partners/paul"));
    assert_eq!(owner(&stage), "admin", "{}", shown(&report));
    assert!(stage.target().verify("app-id", "app-secret"));
    stage.again().await;

    let report = stage.sync().await;
    let told = change(&report, "consumer_orgs", "other");
    assert_eq!(told.result, ChangeResult::Withheld);
    assert_eq!(told.fields[0].path, "/owner");

    stage.target().add_registry("partners", "oidc");
    let report = stage.settle().await;
    assert_eq!(owner(&stage), "paul", "{}", shown(&report));
    assert_eq!(changes(&report, "consumer_orgs"), ["update other"]);
    let target = stage.target();
    let org = target.org("other").unwrap().head.id;
    let admin = target.user("sandbox-catalog", "admin").unwrap().head.id;
    assert!(target.member(org, admin).is_some(), "he stays a member");
}

#[tokio::test]
async fn only_the_withheld_owner_himself_makes_the_run_incomplete() {
    let stage = stage().with("FALLBACK_OWNER", FALLBACK).with("ACKNOWLEDGE", "partners/paul");
    let report = stage.settle().await;
    assert_eq!(counts(&report, "users").withheld, 1);
}

#[tokio::test]
async fn a_fallback_owner_whom_the_target_does_not_have_changes_nothing() {
    let stage = stage().with("FALLBACK_OWNER", "sandbox-catalog/nobody");
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    let reason = reason(&report, "consumer_orgs", "other");
    assert!(reason.contains("sandbox-catalog/nobody (FALLBACK_OWNER)"), "{reason}");
    assert!(stage.target().org("other").is_none());
    stage.again().await;
}

#[tokio::test]
async fn a_fallback_owner_who_is_a_member_anyway_gets_his_roles_with_the_transfer() {
    let stage = stage().with("FALLBACK_OWNER", "sandbox-catalog/Admin");
    {
        let mut source = stage.source();
        let admin = source.add_user("sandbox-catalog", "admin");
        let other = source.org("other").unwrap().head.id;
        source.add_member(other, admin, &["viewer"]);
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert_eq!(owner(&stage), "admin", "{}", shown(&report));
    stage.again().await;
    stage.target().add_registry("partners", "oidc");
    stage.settle().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_he_was_given_goes_with_its_original() {
    let stage = stage().with("FALLBACK_OWNER", FALLBACK);
    stage.sync().await;
    stage.target().add_registry("partners", "oidc");
    stage.settle().await;
    {
        let mut source = stage.source();
        let other = source.org("other").unwrap().head.id;
        source.remove_org(other);
    }
    stage.set("ALLOW_EMPTY_SOURCE", "true");
    stage.settle().await;
    assert!(stage.target().org("other").is_none());
}

#[tokio::test]
async fn on_the_way_back_the_original_keeps_its_owner() {
    let stage = stage().with("FALLBACK_OWNER", FALLBACK);
    stage.sync().await;
    stage.source().add_user("sandbox-catalog", "admin");
    let back = stage.swapped();
    let report = back.sync().await;
    let owner = {
        let source = stage.source();
        let owner = source.org("other").unwrap().owner;
        source.users[owner].username.clone()
    };
    assert_eq!(owner, "paul", "{}", shown(&report));
    back.again().await;
}
