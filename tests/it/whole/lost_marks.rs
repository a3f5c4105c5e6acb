//! Copies that lost their marks to somebody's edit, or never got them.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, Effect, Fault, Id, seed,
        switches::{CreatedBy, Metadata},
        world::{App, Member},
    },
};
use serde_json::json;

use super::replication::one_app;
use crate::stage::{Stage, changes, counts, shown};

/// The client id that a run gives to what comes with an app says something below that app alone.
#[tokio::test]
async fn the_prefix_of_what_comes_with_an_app_counts_below_the_app_that_it_names() {
    for names_app in [false, true] {
        let stage = one_app();
        stage.settle().await;
        let id = {
            let source = stage.source();
            let app = source.app("acme", "shop").unwrap().head.id;
            let org = source.org("acme").unwrap().head.id;
            if names_app { app } else { org }
        };
        let key = format!("configsync-unused-{id}");
        let copy = stage.target().app("acme", "shop").unwrap().head.id;
        stage.target().add_credential(copy, &key, "random");
        let report = stage.settle().await;
        let deleted = counts(&report, "credentials").deleted;
        assert_eq!(deleted, usize::from(names_app), "{}", shown(&report));
        assert_eq!(stage.target().verify(&key, "random"), !names_app);
    }
}

#[tokio::test]
async fn a_mark_that_the_portal_dropped_is_written_again() {
    for created_by in [CreatedBy::Hidden, CreatedBy::Everywhere] {
        let stage = one_app();
        stage.target().switches.created_by = created_by;
        stage.settle().await;
        let copy = stage.target().app("acme", "shop").unwrap().head.id;
        let portal = json!({"portal_field": "\"x\""});
        stage.target().consumer_writes::<App>(copy, &portal);
        {
            let mut source = stage.source();
            let shop = source.app("acme", "shop").unwrap().head.id;
            let key = source.credentials(shop)[0].head.id;
            source.change_secret(key, "another-secret");
        }
        let report = stage.settle().await;
        assert_eq!(counts(&report, "applications").updated, 1);
        let target = stage.target();
        let shop = target.app("acme", "shop").unwrap();
        assert_eq!(shop.head.id, copy);
        let metadata = shop.head.metadata.as_ref().unwrap();
        assert_eq!(metadata["portal_field"], "\"x\"");
        assert!(metadata.contains_key("source_id"), "{metadata:?}");
        assert!(target.verify("shop-id", "another-secret"));
    }
}

/// `acme` of `olga`, in which `dora` is a developer, on the source alone.
fn two_people() -> Stage {
    let (mut source, target) = seed::pair();
    let [olga, dora] = ["olga", "dora"].map(|name| source.add_user("sandbox-catalog", name));
    let acme = source.add_org("acme", olga);
    source.add_member(acme, dora, &["developer"]);
    Stage::of((source, target))
}

/// Syncs while all such requests about members fail.
async fn sync_failing_at(stage: &Stage, methods: &[&str]) {
    for method in methods {
        let fault = Fault::on(method, "/members", Effect::status(500));
        stage.target().faults.add(fault);
    }
    let report = stage.sync().await;
    let told = shown(&report);
    // Where the server is seen to store no marks there is nothing to fail at.
    let stores = stage.target().switches.metadata.members == Metadata::Stored;
    let is_complete = report.exit_status == ExitStatus::Success;
    assert!(!(stores && is_complete), "{told}");
    assert!(stage.target().org("acme").is_some(), "{told}");
    stage.target().faults.clear();
}

/// Dora becomes the owner, and Olga leaves.
fn hand_over(source: &mut Cluster) {
    let acme = source.org("acme").unwrap().head.id;
    let [olga, dora] = ["olga", "dora"].map(|name| id_of(source, name));
    source.hand_over(acme, dora);
    let olga = source.member(acme, olga).unwrap().head.id;
    source.remove_member(olga).unwrap();
}

fn id_of(cluster: &Cluster, name: &str) -> Id {
    cluster.user("sandbox-catalog", name).unwrap().head.id
}

#[track_caller]
fn assert_only_dora_is_left(stage: &Stage, told: &str) {
    let target = stage.target();
    let acme = target.org("acme").unwrap();
    let members = target.members.under(acme.head.id).len();
    assert_eq!(members, 1, "{told}");
    assert_eq!(acme.owner, id_of(&target, "dora"), "{told}");
}

#[tokio::test]
async fn an_owner_leaves_whose_membership_never_got_its_mark() {
    for stores in [Metadata::Stored, Metadata::Ignored, Metadata::Refused] {
        for created_by in [CreatedBy::Hidden, CreatedBy::Everywhere] {
            for failing in [&["PATCH"][..], &["PATCH", "POST"]] {
                let stage = two_people();
                stage.target().switches.metadata.members = stores;
                stage.target().switches.created_by = created_by;
                sync_failing_at(&stage, failing).await;
                stage.settle().await;
                hand_over(&mut stage.source());
                let report = stage.settle().await;
                let told = format!("{stores:?} {created_by:?} {failing:?} {}", shown(&report));
                assert_only_dora_is_left(&stage, &told);
            }
        }
    }
}

/// The organization is made anew under its name, for somebody else.
#[tokio::test]
async fn an_owner_leaves_with_the_organization_that_he_had() {
    let stage = two_people();
    sync_failing_at(&stage, &["PATCH"]).await;
    {
        let mut source = stage.source();
        let dora = id_of(&source, "dora");
        let acme = source.org("acme").unwrap().head.id;
        source.remove_org(acme);
        source.add_org("acme", dora);
    }
    let report = stage.settle().await;
    assert_only_dora_is_left(&stage, &shown(&report));
}

#[tokio::test]
async fn an_owner_leaves_alone_whose_successor_is_new() {
    let (mut source, target) = seed::pair();
    let olga = source.add_user("sandbox-catalog", "olga");
    let acme = source.add_org("acme", olga);
    let stage = Stage::of((source, target));
    sync_failing_at(&stage, &["PATCH"]).await;
    stage.settle().await;
    {
        let mut source = stage.source();
        let dora = source.add_user("sandbox-catalog", "dora");
        source.add_member(acme, dora, &["developer"]);
        hand_over(&mut source);
    }
    let report = stage.settle().await;
    assert_only_dora_is_left(&stage, &shown(&report));
}

#[tokio::test]
async fn a_membership_without_a_mark_gets_it_with_the_next_changes() {
    let stage = two_people();
    sync_failing_at(&stage, &["PATCH"]).await;
    stage.settle().await;
    {
        let mut source = stage.source();
        let acme = source.org("acme").unwrap().head.id;
        let tom = source.add_user("sandbox-catalog", "tom");
        source.add_member(acme, tom, &["viewer"]);
    }
    let report = stage.settle().await;
    assert_eq!(changes(&report, "members"), ["update acme/sandbox-catalog/olga", "create acme/sandbox-catalog/tom"]);
    let target = stage.target();
    let acme = target.org("acme").unwrap().head.id;
    for member in target.members.rows_under(acme) {
        let metadata = member.head.metadata.as_ref().unwrap();
        assert!(metadata.contains_key("source_id"), "{member:?}");
    }
}

/// Two keys of one app, of which the source has revoked the second, on a target that stores no metadata on keys.
async fn revoked(created_by: CreatedBy) -> Stage {
    let stage = one_app();
    stage.target().switches.metadata.credentials = Metadata::Ignored;
    stage.target().switches.created_by = created_by;
    let shop = stage.source().app("acme", "shop").unwrap().head.id;
    let second = stage.source().add_credential(shop, "second-id", "second-secret");
    stage.settle().await;
    stage.source().remove_credential(second).unwrap();
    stage
}

#[tokio::test]
async fn a_revoked_key_goes_that_the_own_login_made() {
    let stage = revoked(CreatedBy::Everywhere).await;
    let report = stage.settle().await;
    assert_eq!(changes(&report, "credentials"), ["delete acme/shop/second-id"]);
    assert!(!stage.target().verify("second-id", "second-secret"));
    assert!(report.findings.is_empty(), "{:?}", report.findings);
}

#[tokio::test]
async fn a_revoked_key_that_nobody_can_tell_stays_and_is_warned_of() {
    let stage = revoked(CreatedBy::Hidden).await;
    let report = stage.settle().await;
    assert_eq!(counts(&report, "credentials").only_on_target, 1);
    let mut findings = report.findings.iter();
    let warning = findings.find(|it| it.check == "DELETE_UNMARKED_CHILDREN");
    let message = &warning.unwrap().message;
    assert!(message.contains("1 credentials"), "{message}");
    stage.set("DELETE_UNMARKED_CHILDREN", "true");
    stage.settle().await;
    assert!(!stage.target().verify("second-id", "second-secret"));
}

#[tokio::test]
async fn members_that_others_made_below_a_copy_stay() {
    let stage = two_people();
    stage.settle().await;
    {
        let mut target = stage.target();
        let acme = target.org("acme").unwrap().head.id;
        target.tick(60);
        let tom = target.add_user("sandbox-catalog", "tom");
        target.add_member(acme, tom, &["viewer"]);
    }
    hand_over(&mut stage.source());
    stage.settle().await;
    let target = stage.target();
    let acme = target.org("acme").unwrap().head.id;
    let left: Vec<&Member> = target.members.rows_under(acme).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}
