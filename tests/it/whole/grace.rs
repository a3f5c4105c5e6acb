//! `DELETE_GRACE`: organizations and apps that the source has lost are kept for a while.

use apic_configsync::{
    engine::report::{ExitStatus, Report, RunResult},
    sandbox::{Effect, Fault, seed, world::App},
};
use serde_json::{Value, json};

use crate::stage::{Stage, change, changes, counts, exits, shown};

/// Two apps of one organization in sync, with a grace of a day.
pub(super) async fn two_apps() -> Stage {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    for app in ["shop", "other"] {
        let id = source.add_app_with(acme, app, &format!("{app}-id"), "secret");
        source.subscribe(id, "petstore:1.0.0", "gold");
    }
    let alone = source.add_org("alone", alice);
    let app = source.add_app(alone, "app");
    source.subscribe(app, "petstore:1.0.0", "gold");
    let stage = Stage::of((source, target)).with("DELETE_GRACE", "24h");
    stage.settle().await;
    stage
}

fn remove(stage: &Stage) {
    let mut source = stage.source();
    let gone = source.app("acme", "shop").unwrap().head.id;
    source.remove_app(gone);
}

/// What the target has noted on the app, null where nothing.
fn since(stage: &Stage) -> Value {
    let target = stage.target();
    let metadata = &target.app("acme", "shop").unwrap().head.metadata;
    metadata.as_ref().unwrap()["source_missing_since"].clone()
}

fn state(stage: &Stage) -> String {
    stage.target().app("acme", "shop").unwrap().state.clone()
}

#[track_caller]
fn succeeds(report: &Report, outcome: RunResult) {
    assert_eq!((report.exit_status, report.outcome), (ExitStatus::Success, outcome), "{}", shown(report));
}

#[tokio::test]
async fn an_app_is_suspended_then_kept_then_deleted() {
    for merged in [false, true] {
        let stage = two_apps().await;
        stage.target().switches.metadata_merged = merged;
        let shop = stage.target().app("acme", "shop").unwrap().head.id;
        stage.target().change::<App>(shop, |row| {
            let metadata = row.head.metadata.as_mut().unwrap();
            metadata.insert("own".into(), json!("kept"));
        });
        remove(&stage);

        let report = stage.sync().await;
        succeeds(&report, RunResult::Applied);
        assert!(shown(&report).contains("kept until 2026-01-19T08:00:00Z"), "{}", shown(&report));
        assert_eq!(counts(&report, "applications").withheld, 1);
        assert_eq!((state(&stage).as_str(), since(&stage)), ("disabled", json!("2026-01-18T08:00:00Z")));
        assert_eq!(stage.target().apps[shop].head.metadata.as_ref().unwrap()["own"], "kept");

        stage.wait_hours(23);
        stage.again().await;
        succeeds(&stage.sync().await, RunResult::InSync);

        stage.wait_hours(1);
        let report = stage.settle().await;
        assert_eq!(changes(&report, "applications"), ["delete acme/shop"]);
        assert_eq!(counts(&report, "credentials").deleted, 1);
        stage.assert_mirrored();
    }
}

#[tokio::test]
async fn what_comes_back_is_as_before_and_has_its_whole_grace_again() {
    for merged in [false, true] {
        let stage = two_apps().await;
        stage.target().switches.metadata_merged = merged;
        let backup = stage.source().clone();
        remove(&stage);
        stage.sync().await;
        stage.wait_hours(23);
        *stage.source() = backup;
        let report = stage.settle().await;
        assert_eq!(changes(&report, "applications"), ["update acme/shop"]);
        assert_eq!((state(&stage).as_str(), since(&stage)), ("enabled", Value::Null));
        assert!(stage.target().verify("shop-id", "secret"));
        stage.assert_mirrored();

        stage.wait_hours(23);
        remove(&stage);
        succeeds(&stage.sync().await, RunResult::Applied);
        assert_eq!(since(&stage), json!("2026-01-20T06:00:00Z"));
    }
}

#[tokio::test]
async fn what_is_made_anew_takes_the_place_of_what_was_kept() {
    let stage = two_apps().await;
    let copy = stage.target().app("acme", "shop").unwrap().head.id;
    remove(&stage);
    stage.sync().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        let shop = source.add_app_with(acme, "shop", "new-id", "new-secret");
        source.subscribe(shop, "petstore:1.0.0", "gold");
    }
    stage.settle().await;
    assert_eq!(stage.target().app("acme", "shop").unwrap().head.id, copy);
    assert!(stage.target().verify("new-id", "new-secret"));
    assert!(!stage.target().verify("shop-id", "secret"));
    stage.assert_mirrored();
}

#[tokio::test]
async fn an_organization_is_kept_with_its_people_and_its_apps_are_suspended() {
    let stage = two_apps().await;
    let acme = stage.source().org("acme").unwrap().head.id;
    stage.source().remove_org(acme);
    let report = stage.sync().await;
    succeeds(&report, RunResult::Applied);
    for kind in ["consumer_orgs", "members", "applications", "credentials", "subscriptions"] {
        assert_eq!(counts(&report, kind).deleted, 0, "{kind}");
    }
    assert_eq!(counts(&report, "applications").updated, 2);
    assert_eq!(state(&stage), "disabled");
    stage.again().await;
    stage.wait_hours(24);
    let report = stage.settle().await;
    assert_eq!(counts(&report, "applications").deleted, 2);
    stage.assert_mirrored();
}

#[tokio::test]
async fn nothing_is_suspended_on_the_word_of_a_list_alone() {
    let stage = two_apps().await;
    let shop = stage.source().app("acme", "shop").unwrap().head.id;
    for list in ["/apps", "/credentials", "/subscriptions"] {
        let hidden = shop.to_string();
        let hide = Effect::filter(move |row| !row.to_string().contains(&hidden));
        let fault = Fault::on("GET", list, hide);
        let fault = fault.when(|request| request.uri().path().contains("/catalogs/"));
        stage.source().faults.add(fault);
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    assert_eq!(report.target.requests.writes, 0);
    assert!(report.gaps.iter().any(|gap| gap.under == "acme/shop"));
    assert_eq!(state(&stage), "enabled");
}

#[tokio::test]
async fn without_a_grace_what_was_noted_earlier_is_deleted() {
    let stage = two_apps().await;
    remove(&stage);
    stage.sync().await;
    stage.set("DELETE_GRACE", "0");
    let report = stage.settle().await;
    assert_eq!(counts(&report, "applications").deleted, 1);
}

#[tokio::test]
async fn past_the_grace_the_source_is_asked_like_before_any_deletion() {
    let stage = two_apps().await;
    let gone = stage.source().app("acme", "shop").unwrap().head.id;
    remove(&stage);
    stage.sync().await;
    stage.wait_hours(24);
    stage.source().faults.add(Fault::on("GET", &format!("/{gone}"), Effect::ingress(404)));
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Incomplete);
    assert!(change(&report, "applications", "acme/shop").reason.is_some());
    assert_eq!(state(&stage), "disabled");
}

#[tokio::test]
async fn a_reverse_run_brings_back_what_is_kept_and_a_forward_run_clears_the_note() {
    let stage = two_apps().await;
    stage.source().set("hash_client_secret", true);
    remove(&stage);
    stage.sync().await;
    stage.swapped().settle().await;
    assert_eq!(stage.source().app("acme", "shop").unwrap().state, "disabled");
    stage.settle().await;
    assert_eq!(since(&stage), Value::Null);
    stage.wait_hours(100);
    stage.again().await;
    stage.assert_mirrored();
}

#[tokio::test]
async fn a_key_whose_id_a_kept_app_holds_makes_the_run_incomplete_until_it_is_free() {
    let stage = two_apps().await;
    remove(&stage);
    {
        let mut source = stage.source();
        let other = source.app("acme", "other").unwrap().head.id;
        source.add_credential(other, "shop-id", "moved");
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    stage.again().await;
    stage.wait_hours(24);
    stage.settle().await;
    assert!(stage.target().verify("shop-id", "moved"));
    stage.assert_mirrored();
}

#[tokio::test]
async fn what_exceeds_a_limit_is_not_suspended_when_deletions_are_withheld() {
    let stage = two_apps().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        for number in 0..10 {
            source.add_app(acme, &format!("more-{number}"));
        }
    }
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        source.remove_org(acme);
    }
    stage.set("ON_LIMIT", "withhold-deletes");
    let report = stage.sync().await;
    exits(&report, ExitStatus::Refused);
    assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
    assert_eq!(state(&stage), "enabled");
}

#[tokio::test]
async fn nobody_is_suspended_where_deletions_are_only_reported() {
    let stage = two_apps().await.with("DELETE_POLICY", "report");
    remove(&stage);
    succeeds(&stage.sync().await, RunResult::InSync);
    assert_eq!(state(&stage), "enabled");
    stage.again().await;
}
