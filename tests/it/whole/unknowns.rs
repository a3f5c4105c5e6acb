//! Every unknown of the contract, one by one, both ways.

use apic_configsync::{
    engine::report::ExitStatus,
    sandbox::{
        Cluster, seed,
        switches::{ErrorBody, ListedHash, Metadata, Switches, TotalResults},
        world::{App, Subscription},
    },
};

use super::replication::one_app;
use crate::stage::{Stage, change, counts, exits, shown};

/// A world with everything in it is synced under these switches, changed, and synced again.
async fn works_under(name: &str, set: impl Fn(&mut Switches)) {
    let stage = Stage::of(seed::small()).with("DELETE_UNMARKED_CHILDREN", "true");
    for mut cluster in [stage.source(), stage.target()] {
        set(&mut cluster.switches);
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Success, "{name}\n{}", shown(&report));
    stage.again().await;
    {
        let mut source = stage.source();
        let alice = source.org("alice-bank").unwrap().head.id;
        let carol = source.org("carol-bank").unwrap().owner;
        source.add_member(alice, carol, &["developer"]);
        source.hand_over(alice, carol);
        let app = source.app("alice-bank", "shop").unwrap().head.id;
        let old = source.credentials(app)[0].head.id;
        source.remove_credential(old).unwrap();
    }
    let report = stage.sync().await;
    assert_eq!(report.exit_status, ExitStatus::Success, "{name}\n{}", shown(&report));
    stage.again().await;
    stage.assert_no_source_left();
}

#[tokio::test]
async fn each_switch_both_ways() {
    for on in [false, true] {
        works_under("null_fields", |switches| switches.null_fields = on).await;
        works_under("newest_first", |switches| switches.newest_first = on).await;
        works_under("millisecond_timestamps", |switches| {
            switches.millisecond_timestamps = on;
        })
        .await;
        works_under("delete_returns_body", |switches| {
            switches.delete_returns_body = on;
        })
        .await;
        works_under("client_headers_demanded", |switches| {
            switches.client_headers_demanded = on;
        })
        .await;
        works_under("owner_patch_refused", |switches| {
            switches.owner_patch_refused = on;
        })
        .await;
        works_under("metadata_merged", |switches| switches.metadata_merged = on).await;
        works_under("one_plan_per_product", |switches| {
            switches.one_plan_per_product = on;
        })
        .await;
        works_under("app_created_disabled", |switches| {
            switches.app_created_disabled = on;
        })
        .await;
        works_under("base_role_added", |switches| switches.base_role_added = on).await;
        works_under("registry_listing_refused", |switches| {
            switches.registry_listing_refused = on;
        })
        .await;
        works_under("new_owner_keeps_roles", |switches| {
            switches.new_owner_keeps_roles = on;
        })
        .await;
        works_under("owner_member_protected", |switches| {
            switches.owner_member_protected = on;
        })
        .await;
        works_under("fields_honoured", |switches| switches.fields_honoured = on).await;
        works_under("readable_secret", |switches| switches.readable_secret = on).await;
        works_under("default_page_size", |switches| {
            switches.default_page_size = on.then_some(100);
        })
        .await;
        works_under("duplicate_status", |switches| switches.duplicate_status = if on { 400 } else { 409 }).await;
    }
}

#[tokio::test]
async fn each_switch_of_more_than_two_ways() {
    for body in [ErrorBody::MessageList, ErrorBody::WithErrors, ErrorBody::MessageText] {
        works_under("error_body", |switches| switches.error_body = body).await;
    }
    for total in [TotalResults::Total, TotalResults::PageLength, TotalResults::Absent] {
        works_under("total_results", |switches| switches.total_results = total).await;
    }
    for hash in [ListedHash::Always, ListedHash::OnRequest, ListedHash::Never] {
        works_under("listed_hash", |switches| switches.listed_hash = hash).await;
    }
    for role in ["administrator", "developer", "viewer"] {
        works_under("old_owner_role", |switches| switches.old_owner_role = role).await;
    }
    for cap in [None, Some(2)] {
        works_under("page_cap", |switches| switches.page_cap = cap).await;
    }
}

#[tokio::test]
async fn metadata_stored_ignored_or_refused_kind_by_kind() {
    for metadata in [Metadata::Stored, Metadata::Ignored, Metadata::Refused] {
        works_under("users", |switches| switches.metadata.users = metadata).await;
        works_under("members", |switches| switches.metadata.members = metadata).await;
        works_under("credentials", |switches| {
            switches.metadata.credentials = metadata;
        })
        .await;
        works_under("subscriptions", |switches| {
            switches.metadata.subscriptions = metadata;
        })
        .await;
    }
}

/// Organizations and apps are known by their marks. A server that keeps none is told of, never guessed at.
#[tokio::test]
async fn a_target_without_metadata_on_organizations_or_apps_is_reported() {
    for metadata in [Metadata::Ignored, Metadata::Refused] {
        for kind in ["consumer_orgs", "applications"] {
            let stage = one_app();
            let set = |cluster: &mut Cluster| match kind {
                "consumer_orgs" => cluster.switches.metadata.consumer_orgs = metadata,
                _ => cluster.switches.metadata.applications = metadata,
            };
            set(&mut stage.target());
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Incomplete, "{kind} {metadata:?}\n{}", shown(&report));
            assert_eq!(counts(&report, kind).failed, 1, "{kind} {metadata:?}\n{}", shown(&report));
            let again = stage.sync().await;
            assert_eq!(again.exit_status, ExitStatus::Incomplete, "{kind} {metadata:?}\n{}", shown(&again));
        }
    }
}

#[tokio::test]
async fn an_app_without_credentials_under_a_server_that_keeps_the_last_one() {
    let (mut source, target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let bare = source.add_app(acme, "bare");
    let only = source.credentials(bare)[0].head.id;
    source.remove_credential(only).unwrap();
    let stage = Stage::of((source, target));
    stage.target().switches.last_credential_protected = true;
    let report = stage.sync().await;
    let reason = change(&report, "applications", "acme/bare").reason.clone().unwrap_or_default();
    assert!(reason.contains("could not be removed"), "{}", shown(&report));
}

#[tokio::test]
async fn a_subscription_that_comes_out_pending_is_reported_and_left_in_peace() {
    let (mut source, mut target) = seed::pair();
    let alice = source.add_user("sandbox-catalog", "alice");
    let acme = source.add_org("acme", alice);
    let shop = source.add_app(acme, "shop");
    for cluster in [&mut source, &mut target] {
        cluster.add_product("guarded", "1.0.0", &[("gold", true)]);
    }
    target.switches.approval_plan_pends = true;
    source.switches.approval_plan_pends = false;
    source.subscribe(shop, "guarded:1.0.0", "gold");
    let stage = Stage::of((source, target));
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let reason = change(&report, "subscriptions", "acme/shop/guarded:1.0.0/gold").reason.clone().unwrap();
    assert!(reason.contains("approval on the target"), "{reason}");
    stage.again().await;
    {
        let mut target = stage.target();
        let waiting = target.subscriptions.under(target.home)[0];
        target.change::<Subscription>(waiting, |row| row.state = "enabled".into());
    }
    stage.settle().await;
}

#[tokio::test]
async fn a_person_whom_the_target_knows_but_does_not_list_is_found() {
    let stage = one_app();
    {
        let mut target = stage.target();
        target.add_user("sandbox-catalog", "alice");
        target.switches.registry_listing_refused = true;
    }
    stage.settle().await;
}

#[tokio::test]
async fn an_app_that_waits_for_its_lifecycle_is_reported_and_left_in_peace() {
    let stage = one_app();
    let lifecycle = serde_json::json!({"enabled": true});
    stage.source().set("application_lifecycle", lifecycle.clone());
    stage.target().set("application_lifecycle", lifecycle);
    {
        let mut source = stage.source();
        let app = source.app("acme", "shop").unwrap().head.id;
        source.change::<App>(app, |row| row.lifecycle_state = "production".into());
    }
    let report = stage.sync().await;
    exits(&report, ExitStatus::Incomplete);
    let reason = change(&report, "applications", "acme/shop").reason.clone();
    assert!(reason.unwrap().contains("approval on the target"));
    stage.again().await;
    assert!(stage.target().verify("shop-id", "shop-secret"));
}

/// Where no list shows users, one made for nothing would be made again by every run.
#[tokio::test]
async fn nobody_is_made_for_what_is_withheld() {
    for refused in [false, true] {
        let (mut source, mut target) = seed::pair();
        let alice = source.add_user("sandbox-catalog", "alice");
        source.add_org("acme", alice);
        let zoe = target.add_user("sandbox-catalog", "zoe");
        target.add_org("acme", zoe);
        target.switches.registry_listing_refused = refused;
        let stage = Stage::of((source, target));
        for _ in 0..2 {
            let report = stage.sync().await;
            assert_eq!(report.exit_status, ExitStatus::Incomplete);
            assert_eq!(report.target.requests.writes, 0, "{}", shown(&report));
        }
        stage.set("ADOPT", "acme");
        stage.settle().await;
    }
}
